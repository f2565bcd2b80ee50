/* SPDX-License-Identifier: MPL-2.0 */
/* NSS's and NSPR's errors in our categories and words: the one place that translates them. */

#include <prerror.h>
#include <stdio.h>

#include "core/worker/session_nss.h"

static const struct {
	PRErrorCode code;
	enum trust_code category;
	const char *words;
} rows[] = {
	{ SEC_ERROR_BAD_PASSWORD, TRUST_STORE_PASSWORD, "wrong password" },
	{ SEC_ERROR_TOKEN_NOT_LOGGED_IN, TRUST_STORE_PASSWORD,
	    "the store's password was not given" },
	{ SEC_ERROR_READ_ONLY, TRUST_STORE_PERMISSION, "the store may not be written" },
	{ SEC_ERROR_BAD_DATABASE, TRUST_STORE_DAMAGED, "the store's database is damaged" },
	{ SEC_ERROR_LEGACY_DATABASE, TRUST_STORE_LEGACY, "the store is in the old format" },
	{ SEC_ERROR_REUSED_ISSUER_AND_SERIAL, TRUST_INPUT_UNSUPPORTED,
	    "another certificate with the same issuer and serial number is there" },
	{ SEC_ERROR_ADDING_CERT, TRUST_STORE_NSS, "the certificate cannot be added" },
	{ SEC_ERROR_BAD_DER, TRUST_INPUT_MALFORMED, "malformed data" },
	{ SEC_ERROR_BAD_DATA, TRUST_INPUT_MALFORMED, "malformed data" },
	{ SEC_ERROR_INVALID_KEY, TRUST_INPUT_MALFORMED, "the private key is malformed" },
	{ SEC_ERROR_BAD_KEY, TRUST_INPUT_MALFORMED, "the private key is malformed" },
	{ SEC_ERROR_UNSUPPORTED_KEYALG, TRUST_INPUT_UNSUPPORTED, "unsupported kind of key" },
	{ SEC_ERROR_UNSUPPORTED_ELLIPTIC_CURVE, TRUST_INPUT_UNSUPPORTED,
	    "unsupported elliptic curve" },
	{ SEC_ERROR_UNRECOGNIZED_OID, TRUST_INPUT_UNSUPPORTED, "unknown algorithm" },
	{ SEC_ERROR_INVALID_ALGORITHM, TRUST_INPUT_UNSUPPORTED, "unsupported algorithm" },
	{ SEC_ERROR_NO_MEMORY, TRUST_BUG, "out of memory" },
	{ SEC_ERROR_BUSY, TRUST_STORE_NSS, "references were left behind" },
	{ SEC_ERROR_PKCS11_GENERAL_ERROR, TRUST_STORE_NSS,
	    "the store cannot be opened or is locked" },
	{ PR_LOAD_LIBRARY_ERROR, TRUST_STORE_NSS, "the library is missing or damaged" },
	{ SEC_ERROR_UNKNOWN_PKCS11_ERROR, TRUST_STORE_NSS, "NSS does not say why" },
	/* What verification says. */
	{ SEC_ERROR_EXPIRED_CERTIFICATE, TRUST_ANSWER_NO, "expired, or not yet valid" },
	{ SEC_ERROR_EXPIRED_ISSUER_CERTIFICATE, TRUST_ANSWER_NO, "an issuer has expired" },
	{ SEC_ERROR_UNKNOWN_ISSUER, TRUST_ANSWER_NO, "no issuer that may vouch for it is known" },
	{ SEC_ERROR_UNTRUSTED_ISSUER, TRUST_ANSWER_NO, "its issuer is not trusted" },
	{ SEC_ERROR_UNTRUSTED_CERT, TRUST_ANSWER_NO, "distrusted" },
	{ SEC_ERROR_BAD_SIGNATURE, TRUST_ANSWER_NO, "a signature is wrong" },
	{ SEC_ERROR_CA_CERT_INVALID, TRUST_ANSWER_NO, "an issuer may not issue certificates" },
	{ SEC_ERROR_INADEQUATE_CERT_TYPE, TRUST_ANSWER_NO, "not for this usage" },
	{ SEC_ERROR_INADEQUATE_KEY_USAGE, TRUST_ANSWER_NO, "its key is not for this usage" },
	{ SEC_ERROR_CERT_NOT_IN_NAME_SPACE, TRUST_ANSWER_NO, "a name that its CA may not certify" },
	{ SEC_ERROR_PATH_LEN_CONSTRAINT_INVALID, TRUST_ANSWER_NO, "too many CAs in the path" },
	{ SEC_ERROR_REVOKED_CERTIFICATE, TRUST_ANSWER_NO, "revoked" },
	{ SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED, TRUST_ANSWER_NO,
	    "a weak signature algorithm" },
};

static const char *
words_of(PRErrorCode code, enum trust_code *ret_category)
{
	static char number[48];

	*ret_category = TRUST_STORE_NSS;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++)
		if (rows[i].code == code) {
			*ret_category = rows[i].category;
			return rows[i].words;
		}
	const char *name = code ? PR_ErrorToName(code) : NULL;
	if (name)
		return name;
	/* Many paths fail without setting an error at all. */
	if (!code)
		return "unspecified NSS failure";
	snprintf(number, sizeof number, "NSS error %d", (int)code);
	return number;
}

const char *
session_error_words(void)
{
	enum trust_code category;
	return words_of(PORT_GetError(), &category);
}

bool
session_fail(struct trust_error *error, const char *what)
{
	enum trust_code category;
	const char *words = words_of(PORT_GetError(), &category);
	return trust_fail(error, category, NULL, "%s: %s", what, words);
}
