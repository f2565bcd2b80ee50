/* SPDX-License-Identifier: MPL-2.0 */
/* NSS's second opinion: libpkix, with this store and the built-in roots, without network. */

#include <prerror.h>
#include <string.h>

#include <cert.h>
#include <certdb.h>

#include "core/worker/session_nss.h"

static const SECCertificateUsage usages[] = {
	[TRUST_TLS_SERVER] = certificateUsageSSLServer,
	[TRUST_TLS_CLIENT] = certificateUsageSSLClient,
	[TRUST_EMAIL] = certificateUsageEmailSigner,
	[TRUST_CODE_SIGNING] = certificateUsageObjectSigner,
};

static void
free_log(CERTVerifyLog *log)
{
	for (CERTVerifyLogNode *node = log->head; node; node = node->next)
		if (node->cert)
			CERT_DestroyCertificate(node->cert);
}

static SECStatus
verify(CERTCertificate *cert, SECCertificateUsage usage, PRTime when, CERTVerifyLog *log)
{
	/* Without explicit flags libpkix fails good chains; these say: no revocation, no
	 * network. */
	PRUint64 leaf[2] = { 0, 0 };
	PRUint64 chain[2] = { 0, 0 };
	CERTRevocationFlags flags;
	CERTValInParam in[3];
	CERTValOutParam out[2];

	memset(&flags, 0, sizeof flags);
	memset(in, 0, sizeof in);
	memset(out, 0, sizeof out);
	flags.leafTests.number_of_defined_methods = 2;
	flags.leafTests.cert_rev_flags_per_method = leaf;
	flags.chainTests.number_of_defined_methods = 2;
	flags.chainTests.cert_rev_flags_per_method = chain;
	in[0].type = cert_pi_date;
	in[0].value.scalar.time = when;
	in[1].type = cert_pi_revocationFlags;
	in[1].value.pointer.revocation = &flags;
	in[2].type = cert_pi_end;
	out[0].type = cert_po_errorLog;
	out[0].value.pointer.log = log;
	out[1].type = cert_po_end;
	/* By default a day after its end a certificate is still good. */
	CERT_SetSlopTime(0);
	PORT_SetError(0);
	return CERT_PKIXVerifyCert(cert, usage, in, out, NULL);
}

static bool
is_anchor(CERTCertificate *cert, enum trust_usage usage)
{
	CERTCertTrust trust;

	if (CERT_GetCertTrust(cert, &trust) != SECSuccess)
		return false;
	unsigned flags = usage == TRUST_EMAIL ? trust.emailFlags
	    : usage == TRUST_CODE_SIGNING     ? trust.objectSigningFlags
					      : trust.sslFlags;
	return flags & (usage == TRUST_TLS_CLIENT ? CERTDB_TRUSTED_CLIENT_CA : CERTDB_TRUSTED_CA);
}

/* A CA that is asked about itself libpkix calls unfit to be a server or person, mostly before it
 * looks at anybody's trust, which is no answer. It has one question about CAs, for TLS servers, and
 * does not ask there whether the CA is an anchor itself. */
static bool
ask(CERTCertificate *cert, enum trust_usage usage, PRTime when, CERTVerifyLog *log,
    char **ret_reason, struct trust_error *error)
{
	SECStatus trusted = verify(cert, usages[usage], when, log);
	PRErrorCode code = trusted == SECSuccess ? 0 : PORT_GetError();
	bool unfit =
	    code == SEC_ERROR_INADEQUATE_KEY_USAGE || code == SEC_ERROR_INADEQUATE_CERT_TYPE;

	if (unfit && CERT_IsCACert(cert, NULL)) {
		if (is_anchor(cert, usage))
			trusted = SECSuccess;
		else if (usage == TRUST_TLS_SERVER)
			trusted = verify(cert, certificateUsageSSLCA, when, log);
		else
			return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
			    "it has no question about a CA for %s", trust_usage_word(usage));
	}
	*ret_reason = trusted == SECSuccess ? NULL : trust_strdup(session_error_words());
	return true;
}

/* Others that NSS cannot read are none that it would make use of. */
static bool
ask_among(CERTCertificate *cert, enum trust_usage usage, int64_t at_seconds,
    const struct trust_bytes *others, size_t other_count, char **ret_reason,
    struct trust_error *error)
{
	CERTVerifyLog log = { .arena = PORT_NewArena(DER_DEFAULT_CHUNKSIZE) };

	if (!log.arena)
		return session_fail(error, "NSS cannot verify the certificate");
	CERTCertificate **kept = trust_alloc_array(other_count + 1, sizeof(CERTCertificate *));
	for (size_t i = 0; i < other_count; i++)
		kept[i] = session_temporary_cert(others[i]);
	bool asked = ask(cert, usage, at_seconds * PR_USEC_PER_SEC, &log, ret_reason, error);
	free_log(&log);
	PORT_FreeArena(log.arena, PR_FALSE);
	for (size_t i = 0; i < other_count; i++)
		if (kept[i])
			CERT_DestroyCertificate(kept[i]);
	trust_free(kept);
	return asked;
}

bool
session_verify(struct session *session, struct trust_bytes der, enum trust_usage usage,
    int64_t at_seconds, const struct trust_bytes *others, size_t other_count, char **ret_reason,
    struct trust_error *error)
{
	char spec[] = "name=\"Builtins\" library=\"libnssckbi.so\"";
	SECMODModule *builtins = SECMOD_LoadUserModule(spec, NULL, PR_FALSE);
	(void)session;

	/* A module that could not be loaded is given all the same. */
	if (!builtins || !builtins->loaded) {
		(void)session_fail(error, "NSS cannot load its built-in roots, libnssckbi.so");
		if (builtins)
			SECMOD_DestroyModule(builtins);
		return false;
	}
	CERTCertificate *cert = session_temporary_cert(der);
	bool asked = cert
	    ? ask_among(cert, usage, at_seconds, others, other_count, ret_reason, error)
	    : session_fail(error, "NSS cannot read the certificate");
	if (cert)
		CERT_DestroyCertificate(cert);
	SECMOD_UnloadUserModule(builtins);
	SECMOD_DestroyModule(builtins);
	return asked;
}
