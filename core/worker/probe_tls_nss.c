/* SPDX-License-Identifier: MPL-2.0 */
/* One TLS handshake, and what it shows of the server. Nothing is verified here. */

#include <string.h>

#include "core/limits.h"
#include "core/text.h"
#include "core/worker/probe_nss.h"

/* How long a server of TLS 1.3 may take to say that it wanted a certificate. */
#define SECOND_THOUGHTS_MS 700

/* ---- what NSS calls ------------------------------------------------------------------------- */

static struct trust_bytes
bytes_of(const SECItem *item)
{
	return (struct trust_bytes){ item->data, item->len };
}

/* The chain as sent. Taken in the callback: a handshake that fails later has it no more. */
static void
take_chain(PRFileDesc *fd, struct trust_probe_tls *facts)
{
	CERTCertList *list = SSL_PeerCertificateChain(fd);
	size_t bytes = 0;

	if (!list)
		return;
	for (CERTCertListNode *node = CERT_LIST_HEAD(list); !CERT_LIST_END(node, list);
	     node = CERT_LIST_NEXT(node)) {
		facts->chain_sent++;
		bytes += node->cert->derCert.len;
		if (facts->chain.count < TRUST_MAX_PROBE_CERTS &&
		    bytes <= TRUST_MAX_PROBE_CHAIN_BYTES)
			trust_probe_blobs_add(&facts->chain, bytes_of(&node->cert->derCert));
	}
	CERT_DestroyCertList(list);
}

static void
take_extras(PRFileDesc *fd, struct trust_probe_tls *facts)
{
	const SECItemArray *responses = SSL_PeerStapledOCSPResponses(fd);
	const SECItem *scts = SSL_PeerSignedCertTimestamps(fd);

	for (unsigned i = 0; responses && i < responses->len && i < TRUST_MAX_PROBE_CERTS; i++)
		if (responses->items[i].len > 0)
			trust_probe_blobs_add(&facts->ocsp, bytes_of(&responses->items[i]));
	if (scts && scts->len > 0 && !facts->scts.data)
		facts->scts = (struct trust_probe_blob){
			.data = trust_memdup(scts->data, scts->len),
			.size = scts->len,
		};
}

static void
take_version(PRFileDesc *fd, struct trust_probe_tls *facts)
{
	SSLPreliminaryChannelInfo info;

	if (SSL_GetPreliminaryChannelInfo(fd, &info, sizeof info) != SECSuccess)
		return;
	if (info.valuesSet & ssl_preinfo_version)
		facts->version = info.protocolVersion;
	if (info.valuesSet & ssl_preinfo_cipher_suite)
		facts->cipher_suite = info.cipherSuite;
}

/* Any certificate will do: whether it is trusted is asked elsewhere. */
static SECStatus
on_certificate(
    void *context, PRFileDesc *fd, PRBool check TRUST_UNUSED, PRBool is_server TRUST_UNUSED)
{
	struct session_tls *tls = context;

	if (tls->facts->chain_sent == 0) { /* once: a renegotiation comes here again */
		take_chain(fd, tls->facts);
		take_extras(fd, tls->facts);
		take_version(fd, tls->facts);
	}
	return SECSuccess;
}

static SECStatus
on_client_auth(void *context, PRFileDesc *fd TRUST_UNUSED, CERTDistNames *names,
    CERTCertificate **ret_cert, SECKEYPrivateKey **ret_key)
{
	struct session_tls *tls = context;
	struct trust_probe_tls *facts = tls->facts;

	if (facts->client_cert == TRUST_PROBE_CLIENT_NOT_ASKED) {
		facts->client_cert = TRUST_PROBE_CLIENT_ASKED;
		facts->asked_later = facts->finished;
		for (int i = 0; names && i < names->nnames && i < TRUST_MAX_PROBE_CA_NAMES; i++)
			trust_probe_blobs_add(&facts->ca_names, bytes_of(&names->names[i]));
	}
	if (!tls->identity)
		return SECFailure; /* none; the handshake goes on */
	*ret_cert = CERT_DupCertificate(tls->identity);
	*ret_key = SECKEY_CopyPrivateKey(tls->key);
	facts->identity_shown = *ret_key != NULL;
	if (*ret_key)
		return SECSuccess;
	CERT_DestroyCertificate(*ret_cert);
	*ret_cert = NULL;
	return SECFailure;
}

static void
on_alert(const PRFileDesc *fd TRUST_UNUSED, void *context, const SSLAlert *alert)
{
	struct session_tls *tls = context;

	tls->facts->alert = alert->description;
	/* RFC 8446 section 6: all alerts but close_notify and user_canceled are fatal there,
	 * whatever their level says. */
	bool fatal = alert->level == 2 ||
	    (tls->facts->version >= 0x0304 && alert->description != 0 && alert->description != 90);
	if (fatal && tls->fatal_alert < 0)
		tls->fatal_alert = alert->description;
}

/* ---- the handshake -------------------------------------------------------------------------- */

static bool
set_up(struct session_tls *tls, const struct session_tls_offer *offer)
{
	SSLVersionRange supported;
	SSLVersionRange range = { offer->min_version, offer->max_version };
	PRFileDesc *socket = session_stream_socket(&tls->stream);

	tls->fd = socket ? SSL_ImportFD(NULL, socket) : NULL;
	if (!tls->fd) {
		if (socket)
			PR_Close(socket);
		return false;
	}
	if (SSL_VersionRangeGetSupported(ssl_variant_stream, &supported) != SECSuccess)
		return false;
	range.min = range.min < supported.min ? supported.min : range.min;
	range.max = range.max > supported.max ? supported.max : range.max;
	if (SSL_VersionRangeSet(tls->fd, &range) != SECSuccess ||
	    SSL_OptionSet(tls->fd, SSL_SECURITY, PR_TRUE) != SECSuccess ||
	    SSL_OptionSet(tls->fd, SSL_HANDSHAKE_AS_CLIENT, PR_TRUE) != SECSuccess ||
	    SSL_OptionSet(tls->fd, SSL_NO_CACHE, PR_TRUE) != SECSuccess ||
	    SSL_OptionSet(tls->fd, SSL_ENABLE_SESSION_TICKETS, PR_FALSE) != SECSuccess ||
	    SSL_OptionSet(tls->fd, SSL_ENABLE_OCSP_STAPLING, PR_TRUE) != SECSuccess ||
	    SSL_OptionSet(tls->fd, SSL_ENABLE_SIGNED_CERT_TIMESTAMPS, PR_TRUE) != SECSuccess)
		return false;
	if (offer->later_auth &&
	    SSL_OptionSet(tls->fd, SSL_ENABLE_POST_HANDSHAKE_AUTH, PR_TRUE) != SECSuccess)
		return false;
	if (offer->alpn &&
	    SSL_SetNextProtoNego(tls->fd, (const unsigned char *)offer->alpn,
		(unsigned)strlen(offer->alpn)) != SECSuccess)
		return false;
	return SSL_AuthCertificateHook(tls->fd, on_certificate, tls) == SECSuccess &&
	    SSL_GetClientAuthDataHook(tls->fd, on_client_auth, tls) == SECSuccess &&
	    SSL_AlertReceivedCallback(tls->fd, on_alert, tls) == SECSuccess &&
	    (!offer->host || SSL_SetURL(tls->fd, offer->host) == SECSuccess) &&
	    SSL_ResetHandshake(tls->fd, PR_FALSE) == SECSuccess;
}

static void
take_alpn(PRFileDesc *fd, struct trust_probe_tls *facts)
{
	SSLNextProtoState state;
	unsigned char name[255];
	unsigned size = 0;

	if (SSL_GetNextProto(fd, &state, name, &size, sizeof name) == SECSuccess &&
	    (state == SSL_NEXT_PROTO_SELECTED || state == SSL_NEXT_PROTO_NEGOTIATED))
		facts->alpn = trust_text_display(name, size);
}

static void
take_channel(PRFileDesc *fd, struct trust_probe_tls *facts)
{
	SSLChannelInfo channel;
	SSLCipherSuiteInfo suite;

	if (SSL_GetChannelInfo(fd, &channel, sizeof channel) == SECSuccess &&
	    channel.protocolVersion) {
		facts->version = channel.protocolVersion;
		facts->cipher_suite = channel.cipherSuite;
		facts->key_bits = channel.authKeyBits;
		facts->group = trust_strdup(session_group_name(channel.keaGroup));
		facts->signature = trust_strdup(session_signature_name(channel.signatureScheme));
	}
	if (facts->cipher_suite &&
	    SSL_GetCipherSuiteInfo(facts->cipher_suite, &suite, sizeof suite) == SECSuccess)
		facts->cipher_suite_name = trust_strdup(suite.cipherSuiteName);
}

bool
session_tls_open(struct session_tls *tls, int fd, const struct session_tls_offer *offer,
    uint32_t limit_ms, int64_t deadline, struct trust_probe_problem *problem)
{
	tls->fatal_alert = -1;
	tls->facts->alert = -1;
	trust_probe_stream_init(&tls->stream, fd, limit_ms, deadline, TRUST_MAX_PROBE_TLS_BYTES);
	PORT_SetError(0);
	if (!set_up(tls, offer)) {
		tls->failed_locally = true;
		return session_tls_failed(tls, problem);
	}
	PORT_SetError(0);
	bool done = SSL_ForceHandshake(tls->fd) == SECSuccess;
	if (done) {
		take_alpn(tls->fd, tls->facts);
	} else {
		session_tls_failed(tls, problem);
		take_version(tls->fd, tls->facts);
	}
	take_channel(tls->fd, tls->facts);
	tls->facts->finished = done;
	return done;
}

bool
session_tls_accepted(struct session_tls *tls, struct trust_probe_problem *problem)
{
	uint8_t data[512];
	struct trust_probe_stream kept = tls->stream;

	if (tls->facts->version < 0x0304 || tls->facts->client_cert == TRUST_PROBE_CLIENT_NOT_ASKED)
		return true;
	trust_probe_stream_init(
	    &tls->stream, kept.fd, SECOND_THOUGHTS_MS, kept.deadline, kept.most);
	PORT_SetError(0);
	if (PR_Recv(tls->fd, data, sizeof data, 0, PR_INTERVAL_NO_TIMEOUT) < 0 &&
	    tls->fatal_alert >= 0)
		return session_tls_failed(tls, problem);
	tls->stream.end = PROBE_OPEN;
	return true;
}

void
session_tls_close(struct session_tls *tls)
{
	if (tls->fd)
		PR_Close(tls->fd);
	tls->fd = NULL;
}
