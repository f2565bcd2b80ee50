/* SPDX-License-Identifier: MPL-2.0 */
/* Why a handshake failed: what the stream saw, the server's alert, and NSS's error, in our
 * words. */

#include <prerror.h>
#include <sslerr.h>
#include <string.h>

#include "core/worker/probe_nss.h"

static const struct {
	PRErrorCode code;
	enum trust_probe_cause cause;
	const char *words;
} rows[] = {
	{ SSL_ERROR_UNSUPPORTED_VERSION, TRUST_PROBE_TLS_VERSION,
	    "the server chose a version that was not offered" },
	{ SSL_ERROR_NO_CYPHER_OVERLAP, TRUST_PROBE_TLS_CIPHER, "no cipher suite in common" },
	{ SEC_ERROR_UNSUPPORTED_KEYALG, TRUST_PROBE_TLS_CIPHER,
	    "the server's key is of a kind NSS does not support" },
	{ SSL_ERROR_UNSUPPORTED_SIGNATURE_ALGORITHM, TRUST_PROBE_TLS_CIPHER,
	    "the server signs with an algorithm that was not offered" },
	{ SSL_ERROR_WEAK_SERVER_EPHEMERAL_DH_KEY, TRUST_PROBE_TLS_BROKEN,
	    "the server's Diffie-Hellman key is too short" },
	{ SSL_ERROR_WEAK_SERVER_CERT_KEY, TRUST_PROBE_TLS_BROKEN,
	    "the key of the server's certificate is too short" },
	{ SSL_ERROR_BAD_CERTIFICATE, TRUST_PROBE_TLS_BROKEN,
	    "the server's certificate is damaged" },
	{ SSL_ERROR_NO_CERTIFICATE, TRUST_PROBE_TLS_BROKEN, "the server sent no certificate" },
	{ SSL_ERROR_RX_MALFORMED_CERTIFICATE, TRUST_PROBE_TLS_BROKEN,
	    "the server's list of certificates is damaged" },
	{ SEC_ERROR_REUSED_ISSUER_AND_SERIAL, TRUST_PROBE_TLS_BROKEN,
	    "two different certificates of the chain have the same issuer and serial number" },
	{ SEC_ERROR_BAD_DER, TRUST_PROBE_TLS_BROKEN, "a certificate of the chain is damaged" },
	{ SEC_ERROR_INADEQUATE_KEY_USAGE, TRUST_PROBE_TLS_BROKEN,
	    "the key usage of the server's certificate forbids what the server does with its key" },
	{ SEC_ERROR_BAD_SIGNATURE, TRUST_PROBE_TLS_BROKEN,
	    "the server does not hold the private key of its certificate" },
	{ SSL_ERROR_BAD_HANDSHAKE_HASH_VALUE, TRUST_PROBE_TLS_BROKEN,
	    "the handshake was altered on its way" },
	{ SSL_ERROR_BAD_MAC_READ, TRUST_PROBE_TLS_BROKEN, "data was altered on its way" },
	{ SSL_ERROR_RX_RECORD_TOO_LONG, TRUST_PROBE_TLS_NOT_TLS,
	    "a record longer than TLS allows" },
	{ SSL_ERROR_RX_UNEXPECTED_HANDSHAKE, TRUST_PROBE_TLS_BROKEN, "an unexpected message" },
};

/* Alerts with which servers refuse who shows no, or the wrong, certificate. */
static bool
is_about_certificate(int alert)
{
	return alert == 40 || (alert >= 41 && alert <= 49) || alert == 116;
}

static bool
refused_certificate(struct session_tls *tls, int alert, struct trust_probe_problem *problem)
{
	const char *words = trust_probe_alert_words(alert);

	if (tls->facts->identity_shown)
		return trust_probe_fail(problem, TRUST_PROBE_TLS_CLIENT_REFUSED,
		    "the server refused the personal certificate it was shown: alert '%s'", words);
	tls->facts->client_cert = TRUST_PROBE_CLIENT_REQUIRED;
	return trust_probe_fail(problem, TRUST_PROBE_TLS_CLIENT_CERT,
	    "the server requires a personal certificate: it ended the connection with alert '%s'",
	    words);
}

static bool
alerted(struct session_tls *tls, int alert, struct trust_probe_problem *problem)
{
	const char *words = trust_probe_alert_words(alert);
	enum trust_probe_cause cause = TRUST_PROBE_TLS_ALERT;

	if (tls->facts->client_cert != TRUST_PROBE_CLIENT_NOT_ASKED && is_about_certificate(alert))
		return refused_certificate(tls, alert, problem);
	if (alert == 70 || alert == 86)
		cause = TRUST_PROBE_TLS_VERSION;
	else if (alert == 112)
		cause = TRUST_PROBE_TLS_NAME;
	else if (alert == 71)
		cause = TRUST_PROBE_TLS_CIPHER;
	return trust_probe_fail(
	    problem, cause, "the server ended the handshake with alert '%s' (%d)", words, alert);
}

/* Records begin with a type of 20 to 24 and version 3.x. */
static bool
looks_like_tls(const struct trust_probe_stream *stream)
{
	return stream->first[0] >= 20 && stream->first[0] <= 24 &&
	    (stream->received < 2 || stream->first[1] == 3);
}

static bool
not_tls(const struct trust_probe_stream *stream, struct trust_probe_problem *problem)
{
	size_t size = stream->received;

	if (size > sizeof stream->first)
		size = sizeof stream->first;
	const uint8_t *line_end = memchr(stream->first, '\n', size);
	if (line_end)
		size = (size_t)(line_end - stream->first) + 1;
	TRUST_AUTO_FREE char *quoted = trust_probe_quote(stream->first, size, 80);
	trust_probe_fail(problem, TRUST_PROBE_TLS_NOT_TLS,
	    "the server does not speak TLS here: it answered '%s'", quoted);
	return trust_probe_hint(
	    problem, "a mail or directory server may want STARTTLS on this port: see --starttls");
}

static bool
stream_ended(const struct trust_probe_stream *stream, struct trust_probe_problem *problem)
{
	double seconds = stream->limit_ms / 1000.0;

	if (stream->end == PROBE_TIMED_OUT && stream->received == 0) {
		trust_probe_fail(problem, TRUST_PROBE_TLS_SILENT,
		    "waited %.1f s for the server's TLS hello, nothing came", seconds);
		return trust_probe_hint(problem,
		    "some servers want STARTTLS on this port, and a "
		    "proxy may swallow the connection");
	}
	if (stream->end == PROBE_TIMED_OUT)
		return trust_probe_fail(problem, TRUST_PROBE_TLS_SLOW,
		    "the handshake did not end within %.1f s (%zu bytes came)", seconds,
		    stream->received);
	if (stream->end == PROBE_TOO_MUCH)
		return trust_probe_fail(problem, TRUST_PROBE_TLS_ENDLESS,
		    "the server sent more than %zu bytes and the handshake did not end",
		    stream->most);
	return trust_probe_fail(problem, TRUST_PROBE_TLS_CLOSED,
	    "the server hung up during the handshake, after %zu bytes%s%s", stream->received,
	    stream->cause ? ": " : "", stream->cause ? strerror(stream->cause) : "");
}

bool
session_tls_failed(struct session_tls *tls, struct trust_probe_problem *problem)
{
	PRErrorCode code = PORT_GetError();
	const struct trust_probe_stream *stream = &tls->stream;
	const char *name = NULL;

	if (tls->failed_locally)
		return trust_probe_fail(problem, TRUST_PROBE_LOCAL,
		    "NSS cannot open a TLS connection: %s", session_error_words());
	if (tls->fatal_alert >= 0)
		return alerted(tls, tls->fatal_alert, problem);
	if (stream->received > 0 && !looks_like_tls(stream))
		return not_tls(stream, problem);
	if (stream->end != PROBE_OPEN)
		return stream_ended(stream, problem);
	for (size_t i = 0; i < TRUST_COUNT(rows); i++)
		if (rows[i].code == code)
			return trust_probe_fail(
			    problem, rows[i].cause, "the TLS handshake failed: %s", rows[i].words);
	name = code ? PR_ErrorToName(code) : NULL;
	if (name)
		return trust_probe_fail(
		    problem, TRUST_PROBE_TLS_BROKEN, "the TLS handshake failed: %s", name);
	return trust_probe_fail(
	    problem, TRUST_PROBE_TLS_BROKEN, "the TLS handshake failed: NSS error %d", (int)code);
}

const char *
session_group_name(SSLNamedGroup group)
{
	static const struct {
		SSLNamedGroup group;
		const char *name;
	} names[] = {
		{ ssl_grp_ec_secp256r1, "secp256r1" }, { ssl_grp_ec_secp384r1, "secp384r1" },
		{ ssl_grp_ec_secp521r1, "secp521r1" }, { ssl_grp_ec_curve25519, "x25519" },
		{ ssl_grp_ffdhe_2048, "ffdhe2048" }, { ssl_grp_ffdhe_3072, "ffdhe3072" },
		{ ssl_grp_ffdhe_4096, "ffdhe4096" }, { ssl_grp_ffdhe_6144, "ffdhe6144" },
		{ ssl_grp_ffdhe_8192, "ffdhe8192" },
		{ ssl_grp_ffdhe_custom, "dhe of the server's own" },
		{ (SSLNamedGroup)4588, "X25519MLKEM768" }, /* NSS 3.105 and newer */
	};

	for (size_t i = 0; i < TRUST_COUNT(names); i++)
		if (names[i].group == group)
			return names[i].name;
	return NULL;
}

const char *
session_signature_name(SSLSignatureScheme scheme)
{
	static const struct {
		SSLSignatureScheme scheme;
		const char *name;
	} names[] = {
		/* RFC 8446 section 4.2.3 */
		{ ssl_sig_rsa_pkcs1_sha1, "rsa_pkcs1_sha1" },
		{ ssl_sig_rsa_pkcs1_sha256, "rsa_pkcs1_sha256" },
		{ ssl_sig_rsa_pkcs1_sha384, "rsa_pkcs1_sha384" },
		{ ssl_sig_rsa_pkcs1_sha512, "rsa_pkcs1_sha512" },
		{ ssl_sig_ecdsa_secp256r1_sha256, "ecdsa_secp256r1_sha256" },
		{ ssl_sig_ecdsa_secp384r1_sha384, "ecdsa_secp384r1_sha384" },
		{ ssl_sig_ecdsa_secp521r1_sha512, "ecdsa_secp521r1_sha512" },
		{ ssl_sig_rsa_pss_rsae_sha256, "rsa_pss_rsae_sha256" },
		{ ssl_sig_rsa_pss_rsae_sha384, "rsa_pss_rsae_sha384" },
		{ ssl_sig_rsa_pss_rsae_sha512, "rsa_pss_rsae_sha512" },
		{ ssl_sig_ed25519, "ed25519" },
		{ ssl_sig_ed448, "ed448" },
		{ ssl_sig_rsa_pss_pss_sha256, "rsa_pss_pss_sha256" },
		{ ssl_sig_rsa_pss_pss_sha384, "rsa_pss_pss_sha384" },
		{ ssl_sig_rsa_pss_pss_sha512, "rsa_pss_pss_sha512" },
		{ ssl_sig_ecdsa_sha1, "ecdsa_sha1" },
		{ ssl_sig_rsa_pkcs1_sha1md5, "rsa_pkcs1_md5_sha1" },
		{ ssl_sig_dsa_sha1, "dsa_sha1" },
		{ ssl_sig_dsa_sha256, "dsa_sha256" },
	};

	for (size_t i = 0; i < TRUST_COUNT(names); i++)
		if (names[i].scheme == scheme)
			return names[i].name;
	return NULL;
}
