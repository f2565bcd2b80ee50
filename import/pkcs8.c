/* SPDX-License-Identifier: MPL-2.0 */
/* A private key as DER: PrivateKeyInfo, encrypted or not, and the two traditional structures. */

#include "core/der.h"
#include "import/crypt.h"
#include "import/internal.h"

static bool
recognise(struct trust_bytes bytes)
{
	return import_is_key_info(bytes) || import_is_encrypted_key(bytes) ||
	    import_is_traditional_key(bytes);
}

static bool
decrypt(struct trust_bytes bytes, const struct trust_secret *password, struct import_file *file,
    struct trust_secret **ret_pkcs8, struct trust_error *error)
{
	uint64_t budget = IMPORT_KDF_BUDGET;
	struct import_scheme scheme;

	if (!import_scheme_of_key(bytes, &scheme, error))
		return false;
	TRUST_AUTO_FREE char *words = import_scheme_words(&scheme);
	trust_free(file->protection);
	file->protection = trust_printf("private key %s", words);
	import_cipher_note(file, &scheme, "the private key");
	import_rounds_note(file, scheme.kdf.rounds, "the private key");
	if (!password)
		return trust_fail(
		    error, TRUST_INPUT_PASSWORD, NULL, "its private key needs a password");
	TRUST_AUTO(trust_secret) *bmp =
	    trust_password_bmp((struct trust_bytes){ password->bytes, password->size });
	const struct import_password spellings = {
		.utf8 = { password->bytes, password->size },
		.bmp = { bmp->bytes, bmp->size },
	};
	switch (import_open_key(bytes, &spellings, &budget, ret_pkcs8, error)) {
	case IMPORT_OPENED:
		return true;
	case IMPORT_WRONG_PASSWORD:
		return trust_fail(
		    error, TRUST_INPUT_PASSWORD, NULL, "wrong password for its private key");
	case IMPORT_NOT_OPENED:
		break;
	}
	return false;
}

static bool
decode(struct trust_bytes bytes, const struct trust_secret *password, struct import_file *file,
    struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *made = NULL;
	struct trust_der der = trust_der_init(bytes);
	struct trust_der_element key;

	if (!trust_der_next(&der, &key))
		return trust_fail(
		    error, TRUST_INPUT_MALFORMED, NULL, "the private key is cut short or damaged");
	if (!trust_der_at_end(&der))
		import_add_note(file, "%zu bytes behind the private key are ignored",
		    (size_t)(der.end - der.at));
	if (import_is_encrypted_key(key.whole) && !decrypt(key.whole, password, file, &made, error))
		return false;
	const struct trust_bytes info =
	    made ? (struct trust_bytes){ made->bytes, made->size } : key.whole;
	return import_add_plain_key(file, info, trust_strdup("private key")) ||
	    import_fail_full(error);
}

const struct import_format import_format_pkcs8 = {
	.name = "private key",
	.summary = "a private key without certificate, as its bytes (.p8, .key)",
	.recognise = recognise,
	.decode = decode,
};
