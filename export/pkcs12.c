/* SPDX-License-Identifier: MPL-2.0 */
/*
 * PKCS #12 (RFC 7292): certificates in an encrypted safe, keys in a second one, each encrypted by
 * itself, and a MAC over both. The order is the one that OpenSSL writes, which is what every reader
 * of the last years has been tried with; the algorithms are those of a preset.
 */

#include <assert.h>
#include <string.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/error.h"
#include "core/kdf.h"
#include "core/oid.h"
#include "core/progress.h"
#include "export/internal.h"

#define OID_ENCRYPTED_DATA "1.2.840.113549.1.7.6"
#define OID_KEY_BAG "1.2.840.113549.1.12.10.1.2" /* pkcs8ShroudedKeyBag */
#define OID_CERT_BAG "1.2.840.113549.1.12.10.1.3"
#define OID_X509_CERT "1.2.840.113549.1.9.22.1"
#define OID_FRIENDLY_NAME "1.2.840.113549.1.9.20"
#define OID_LOCAL_KEY_ID "1.2.840.113549.1.9.21"
#define OID_TRUSTED_KEY_USAGE "2.16.840.1.113894.746875.1.1" /* Oracle's */

#define SALT_BYTES 16

const struct export_preset export_presets[] = {
#define X(name_, cipher_, mac_, rounds_, readers_, proof_)                                         \
	{                                                                                          \
		.name = (name_),                                                                   \
		.cipher = EXPORT_CIPHER_##cipher_,                                                 \
		.mac = TRUST_HASH_##mac_,                                                          \
		.rounds = (rounds_),                                                               \
	},
#include "data/pkcs12_presets.def"
#undef X
};
const size_t export_preset_count = TRUST_COUNT(export_presets);

const struct export_preset *
export_preset_by_name(const char *name)
{
	for (size_t i = 0; i < export_preset_count; i++)
		if (strcmp(export_presets[i].name, name) == 0)
			return &export_presets[i];
	return NULL;
}

struct pfx {
	const struct export_request *request;
	struct export_protection protection;
	enum trust_hash mac;
	bool trusted; /* each certificate carries Oracle's mark of an anchor */
};

/* ---- bags ----------------------------------------------------------------------------------- */

/* The name, for what belongs to a key the identifier that joins the two, and the mark by which Java
 * tells an anchor. Nothing when there is none of them: an empty SET is not what readers know. */
static void
put_attributes(struct trust_buffer *out, const struct pfx *pfx, const struct export_part *part)
{
	const char *text = part->friendly_name ? part->friendly_name : "";
	struct trust_buffer list[3];
	TRUST_AUTO_BUFFER value;

	export_begin(&value);
	for (size_t i = 0; i < TRUST_COUNT(list); i++)
		export_begin(&list[i]);
	if (*text) {
		TRUST_AUTO(trust_secret) *bmp =
		    trust_password_bmp((struct trust_bytes){ (const uint8_t *)text, strlen(text) });
		trust_der_put(&value, TRUST_DER_BMP_STRING,
		    (struct trust_bytes){ bmp->bytes, bmp->size - 2 }); /* without its NUL */
		export_put_attribute(&list[0], OID_FRIENDLY_NAME, &value);
	}
	if (part->encrypted_key) {
		trust_der_put_octets(
		    &value, (struct trust_bytes){ part->cert->id, sizeof part->cert->id });
		export_put_attribute(&list[1], OID_LOCAL_KEY_ID, &value);
	}
	if (pfx->trusted) {
		trust_der_put_oid(&value, TRUST_OID_ANY_PURPOSE);
		export_put_attribute(&list[2], OID_TRUSTED_KEY_USAGE, &value);
	}
	export_append_sorted(out, list, TRUST_COUNT(list));
	if (out->size > 0)
		export_wrap(out, TRUST_DER_SET);
	for (size_t i = 0; i < TRUST_COUNT(list); i++)
		trust_buffer_done(&list[i]);
}

static void
put_bag(struct trust_buffer *out, const struct pfx *pfx, const char *type,
    struct trust_buffer *value, const struct export_part *part)
{
	TRUST_AUTO_BUFFER attributes;

	export_begin(&attributes);
	put_attributes(&attributes, pfx, part);
	export_put_typed(out, type, value, &attributes);
}

static void
put_cert_bag(struct trust_buffer *out, const struct pfx *pfx, const struct export_part *part)
{
	TRUST_AUTO_BUFFER value;
	TRUST_AUTO_BUFFER cert;

	export_begin(&value);
	export_begin(&cert);
	trust_der_put_octets(&cert, part->cert->der);
	export_put_typed(&value, OID_X509_CERT, &cert, NULL);
	put_bag(out, pfx, OID_CERT_BAG, &value, part);
}

static bool
put_key_bag(struct trust_buffer *out, const struct pfx *pfx, const struct export_part *part,
    struct trust_error *error)
{
	TRUST_AUTO_BUFFER value;

	export_begin(&value);
	if (!export_key_bytes(pfx->request, part, &pfx->protection, &value, error))
		return false;
	put_bag(out, pfx, OID_KEY_BAG, &value, part);
	return true;
}

/* ---- protection ----------------------------------------------------------------------------- */

/* A ContentInfo with EncryptedData (RFC 5652 section 8) of a safe's bags. */
static void
put_encrypted_safe(struct trust_buffer *out, const struct export_protection *protection,
    const struct trust_buffer *bags)
{
	TRUST_AUTO_BUFFER info;
	TRUST_AUTO_BUFFER data;

	export_begin(&info);
	trust_der_put_oid(&info, OID_DATA);
	export_put_encrypted(
	    &info, protection, TRUST_DER_CONTEXT_PRIMITIVE(0), trust_buffer_bytes(bags));
	info.overflow = info.overflow || bags->overflow;
	export_wrap(&info, TRUST_DER_SEQUENCE);

	export_begin(&data);
	trust_der_put_uint(&data, 0); /* version */
	export_append(&data, &info);
	export_wrap(&data, TRUST_DER_SEQUENCE);
	export_put_typed(out, OID_ENCRYPTED_DATA, &data, NULL);
}

/* MacData: RFC 7292 section 4 and appendix A. */
static void
put_mac(struct trust_buffer *out, const struct pfx *pfx, struct trust_bytes content)
{
	uint8_t salt[SALT_BYTES];
	uint8_t key[TRUST_HASH_MAX_BYTES];
	uint8_t mac[TRUST_HASH_MAX_BYTES];
	size_t size = trust_hash_size(pfx->mac);
	TRUST_AUTO(trust_secret) *bmp = trust_password_bmp(pfx->protection.password);
	TRUST_AUTO_BUFFER digest;
	TRUST_AUTO_BUFFER data;

	trust_random(salt, sizeof salt);
	const struct trust_kdf kdf = {
		.hash = pfx->mac,
		.salt = { salt, sizeof salt },
		.rounds = pfx->protection.rounds,
	};
	trust_pkcs12_kdf(
	    &kdf, TRUST_PKCS12_MAC, (struct trust_bytes){ bmp->bytes, bmp->size }, size, key);
	trust_hmac(pfx->mac, (struct trust_bytes){ key, size }, content, mac);
	explicit_bzero(key, sizeof key);

	export_begin(&digest);
	export_put_algorithm(&digest, trust_hash_oid(pfx->mac), NULL);
	trust_der_put_octets(&digest, (struct trust_bytes){ mac, size });
	export_wrap(&digest, TRUST_DER_SEQUENCE);
	export_begin(&data);
	export_append(&data, &digest);
	trust_der_put_octets(&data, kdf.salt);
	trust_der_put_uint(&data, kdf.rounds);
	export_wrap(&data, TRUST_DER_SEQUENCE);
	export_append(out, &data);
}

/* ---- the file ------------------------------------------------------------------------------- */

/* A ContentInfo with Data: the content as an OCTET STRING. */
static void
put_data(struct trust_buffer *out, struct trust_buffer *content)
{
	export_wrap(content, TRUST_DER_OCTET_STRING);
	export_put_typed(out, OID_DATA, content, NULL);
}

/* AuthenticatedSafe */
static bool
put_safes(struct trust_buffer *out, const struct pfx *pfx, struct trust_error *error)
{
	TRUST_AUTO_BUFFER certs;
	TRUST_AUTO_BUFFER keys;

	export_begin(&certs);
	export_begin(&keys);
	for (size_t i = 0; i < pfx->request->count; i++) {
		trust_progress_tell("certificates encoded", i, pfx->request->count);
		const struct export_part *part = &pfx->request->parts[i];
		put_cert_bag(&certs, pfx, part);
		if (part->encrypted_key && !put_key_bag(&keys, pfx, part, error))
			return false;
	}
	export_wrap(&certs, TRUST_DER_SEQUENCE);
	put_encrypted_safe(out, &pfx->protection, &certs);
	if (keys.size > 0) {
		export_wrap(&keys, TRUST_DER_SEQUENCE);
		put_data(out, &keys);
	}
	export_wrap(out, TRUST_DER_SEQUENCE);
	return true;
}

bool
export_pfx(const struct export_request *request, const struct export_preset *preset, bool trusted,
    struct trust_buffer *ret_bytes, struct trust_error *error)
{
	assert(request->password && !request->plain_key);
	TRUST_AUTO_BUFFER safes;
	TRUST_AUTO_BUFFER mac;
	TRUST_AUTO_BUFFER file;
	const struct pfx pfx = {
		.request = request,
		.protection = {
			.cipher = preset->cipher,
			.password = { request->password->bytes, request->password->size },
			.rounds = request->rounds ? request->rounds : preset->rounds,
		},
		.mac = preset->mac,
		.trusted = trusted,
	};

	export_begin(&safes);
	export_begin(&mac);
	export_begin(&file);
	if (!export_check_keys(request, error) || !put_safes(&safes, &pfx, error))
		return false;
	put_mac(&mac, &pfx, trust_buffer_bytes(&safes));
	trust_der_put_uint(&file, 3); /* version */
	put_data(&file, &safes);
	export_append(&file, &mac);
	export_wrap(&file, TRUST_DER_SEQUENCE);
	export_append(ret_bytes, &file);
	return true;
}

bool
export_pkcs12(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	const struct export_preset *preset = request->preset ? request->preset : &export_presets[0];
	TRUST_AUTO_FREE struct export_part *parts =
	    trust_alloc_array(request->count, sizeof *parts);
	EXPORT_AUTO_UNIQUE names = { .any_case = true }; /* as Java, which else loses one of two */
	struct export_request named = *request;

	for (size_t i = 0; i < request->count; i++) {
		const char *name = request->parts[i].friendly_name;
		parts[i] = request->parts[i];
		if (name)
			parts[i].friendly_name = export_unique_name(&names, trust_strdup(name));
	}
	named.parts = parts;
	return export_pfx(&named, preset, false, ret_bytes, error);
}
