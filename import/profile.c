/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Apple's configuration profiles (.mobileconfig), bare or signed. Of a profile only certificates
 * and identities are taken, kept together under its name; every other payload is listed and
 * ignored.
 */

#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/text.h"
#include "import/cms.h"
#include "import/internal.h"
#include "import/plist.h"

static bool
has(struct trust_bytes bytes, const char *mark, size_t size)
{
	return bytes.size && memmem(bytes.data, bytes.size, mark, size);
}

/* In UTF-16 the mark alone tells: no other text that is read has this byte order mark. */
static bool
is_plist(struct trust_bytes bytes)
{
	static const char mark[] = "<plist";
	static const char big[] = "\0<\0p\0l\0i\0s\0t";
	static const char little[] = "<\0p\0l\0i\0s\0t\0";

	if (import_is_utf16(bytes))
		return has(bytes, big, sizeof big - 1) || has(bytes, little, sizeof little - 1);
	return (import_begins_with_word(bytes, "<?xml") ||
		   import_begins_with_word(bytes, "<!DOCTYPE plist") ||
		   import_begins_with_word(bytes, mark)) &&
	    has(bytes, mark, strlen(mark));
}

static bool
is_binary_plist(struct trust_bytes bytes)
{
	return import_begins_with_word(bytes, "bplist");
}

bool
import_is_signed_profile(struct trust_bytes bytes)
{
	struct import_cms cms = { 0 };
	bool is_profile = import_is_pkcs7(bytes) && import_cms_content(bytes, &cms) &&
	    (is_plist(cms.content) || is_binary_plist(cms.content));

	import_cms_done(&cms);
	return is_profile;
}

static bool
recognise(struct trust_bytes bytes)
{
	return is_plist(bytes) || import_is_signed_profile(bytes);
}

struct profile {
	struct import_file *file;
	const struct trust_secret *password;
	const char *group;    /* displayable */
	const char *embedded; /* displayable: whose passwords are in it; NULL: none are */
};

#define IDENTITY "com.apple.security.pkcs12"

/* ---- payloads ------------------------------------------------------------------------------ */

/* Displayable, owned by the caller. */
static char *
text_of(const struct plist *dict, const char *key, const char *otherwise)
{
	const char *text = plist_text(plist_get(dict, key));

	return trust_text_display_string(text && *text ? text : otherwise);
}

/* "payload 1 'Root'", owned by the caller. */
static char *
place_of(const struct plist *payload, size_t number)
{
	TRUST_AUTO_FREE char *type = text_of(payload, "PayloadType", "(unknown)");
	TRUST_AUTO_FREE char *name = text_of(payload, "PayloadDisplayName", type);

	return trust_printf("payload %zu '%s'", number, name);
}

static bool
is_of_type(const struct plist *payload, const char *type)
{
	const char *text = plist_text(plist_get(payload, "PayloadType"));

	return text && strcmp(text, type) == 0;
}

/* Owned by the caller; NULL: no identity has its password in the profile. */
static char *
embedded_words(const struct plist *payloads)
{
	TRUST_AUTO_BUFFER places;
	size_t count = 0;

	trust_buffer_init(&places, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; i < payloads->count; i++) {
		const struct plist *payload = payloads->children[i];
		if (!is_of_type(payload, IDENTITY) || !plist_text(plist_get(payload, "Password")))
			continue;
		TRUST_AUTO_FREE char *place = place_of(payload, i + 1);
		trust_buffer_printf(&places, "%s%s", count++ ? ", " : "", place);
	}
	if (count == 0)
		return NULL;
	return trust_printf("the profile carries the password%s in the clear (%s): whoever has the "
			    "file has the private key%s",
	    count == 1 ? " of its identity" : "s of its identities", (const char *)places.data,
	    count == 1 ? "" : "s");
}

static struct trust_bytes
data_of(const struct plist *payload)
{
	const struct plist *content = plist_get(payload, "PayloadContent");

	if (!content || content->kind != PLIST_DATA)
		return (struct trust_bytes){ 0 };
	return (struct trust_bytes){ content->bytes->bytes, content->bytes->size };
}

static bool
add_failed(struct profile *profile, const char *where, struct trust_error *failed,
    struct trust_error *error)
{
	return import_add_failed(profile->file, trust_strdup(where), failed) ||
	    import_fail_full(error);
}

static bool
add_certificates(struct profile *profile, const struct plist *payload, const char *where,
    struct trust_error *error)
{
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;

	if (import_decode_nested(
		profile->file, data_of(payload), NULL, where, profile->group, &failed))
		return true;
	return add_failed(profile, where, &failed, error);
}

/* The payload's own password is tried last, and only when its presence was told before. */
static bool
add_identity(struct profile *profile, const struct plist *payload, const char *where,
    struct trust_error *error)
{
	struct import_file *file = profile->file;
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
	const struct plist *embedded = plist_get(payload, "Password");
	struct trust_bytes data = data_of(payload);

	if (import_decode_nested(file, data, profile->password, where, profile->group, &failed))
		return true;
	if (failed.code != TRUST_INPUT_PASSWORD)
		return add_failed(profile, where, &failed, error);
	if (plist_text(embedded)) {
		trust_free(file->embedded);
		file->embedded = trust_strdup(profile->embedded);
		trust_error_clear(&failed);
		if (file->may_use_embedded &&
		    import_decode_nested(
			file, data, embedded->bytes, where, profile->group, &failed))
			return true;
		if (!file->may_use_embedded)
			(void)trust_fail(&failed, TRUST_INPUT_PASSWORD, NULL,
			    "its identity needs a password, which is in the profile itself");
	}
	if (file->leave_closed || failed.code != TRUST_INPUT_PASSWORD)
		return add_failed(profile, where, &failed, error);
	trust_error_move(error, &failed);
	return false;
}

static const struct {
	const char *type;
	bool (*add)(struct profile *profile, const struct plist *payload, const char *where,
	    struct trust_error *error);
} types[] = {
	{ "com.apple.security.root", add_certificates },
	{ "com.apple.security.pem", add_certificates },
	{ "com.apple.security.pkcs1", add_certificates },
	{ IDENTITY, add_identity },
};

static bool
add_payload(
    struct profile *profile, const struct plist *payload, size_t number, struct trust_error *error)
{
	TRUST_AUTO_FREE char *type = text_of(payload, "PayloadType", "(unknown)");
	TRUST_AUTO_FREE char *where = place_of(payload, number);
	const struct plist *content = plist_get(payload, "PayloadContent");

	if (payload->kind != PLIST_DICT)
		return import_add_refused(profile->file, TRUST_INPUT_MALFORMED, trust_steal(&where),
			   "it is no dictionary") ||
		    import_fail_full(error);
	for (size_t i = 0; i < TRUST_COUNT(types); i++) {
		if (!is_of_type(payload, types[i].type))
			continue;
		if (content && content->kind != PLIST_DATA)
			return import_add_refused(profile->file, TRUST_INPUT_MALFORMED,
				   trust_steal(&where),
				   "its PayloadContent is no data (it has to be base64 in <data>)") ||
			    import_fail_full(error);
		return types[i].add(profile, payload, where, error);
	}
	TRUST_AUTO_FREE char *reason = trust_printf(
	    "a payload of the kind %s: ignored, only certificates and identities are imported",
	    type);
	return import_add_skipped(profile->file, trust_steal(&where), reason) ||
	    import_fail_full(error);
}

static bool
read_profile(struct trust_bytes bytes, const struct trust_secret *password,
    struct import_file *file, struct trust_error *error)
{
	TRUST_AUTO(plist) *root = NULL;

	if (is_binary_plist(bytes)) {
		(void)trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
		    "what was signed is a binary property list, which is not read");
		return trust_hint(error,
		    "its content as a file, unsigned: openssl cms -verify -noverify -inform DER "
		    "-in FILE -out NEW; then plistutil -i NEW -o NEW.mobileconfig -f xml");
	}
	if (!plist_read(bytes, &root, error))
		return false;
	if (plist_get(root, "EncryptedPayloadContent"))
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
		    "the profile is encrypted for a device, which only that device can open");
	const struct plist *payloads = plist_get(root, "PayloadContent");
	if (!payloads || payloads->kind != PLIST_ARRAY)
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
		    "a property list, but no configuration profile: it has no list of payloads");
	TRUST_AUTO_FREE char *identifier = text_of(root, "PayloadIdentifier", "unnamed profile");
	TRUST_AUTO_FREE char *group = text_of(root, "PayloadDisplayName", identifier);
	TRUST_AUTO_FREE char *organization = text_of(root, "PayloadOrganization", "not named");
	TRUST_AUTO_FREE char *embedded = embedded_words(payloads);
	struct profile profile = {
		.file = file,
		.password = password,
		.group = group,
		.embedded = embedded,
	};
	import_add_note(file, "profile '%s' of the organization: %s", group, organization);
	if (embedded)
		import_add_note(file, "%s", embedded);
	for (size_t i = 0; i < payloads->count; i++)
		if (!add_payload(&profile, payloads->children[i], i + 1, error))
			return false;
	return file->count > 0 ||
	    trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL, "the configuration profile is empty");
}

/* ---- its signature ------------------------------------------------------------------------- */

static bool
tell_signer(struct import_file *file, const struct import_cms *cms, struct trust_error *error)
{
	if (!cms->is_signed || !cms->signer) {
		import_add_note(file,
		    cms->is_signed ? "the profile is signed, but without the signer's "
				     "certificate: the signature was not checked"
				   : "the profile is not signed");
		return true;
	}
	TRUST_AUTO_FREE char *signer = trust_cert_label(cms->signer);
	TRUST_AUTO_FREE char *issuer = trust_name_display(cms->signer->issuer);
	switch (cms->verdict) {
	case TRUST_SIGNATURE_GOOD:
		import_add_note(file,
		    "signed by '%s', whose certificate was issued by %s: the signature is good; "
		    "whether to believe this signer is yours to say",
		    signer, issuer);
		return true;
	case TRUST_SIGNATURE_UNSUPPORTED:
		import_add_note(file,
		    "signed by '%s' with an algorithm that is not supported: the signature was not "
		    "checked",
		    signer);
		return true;
	case TRUST_SIGNATURE_BAD:
		break;
	}
	return trust_fail(error, TRUST_INPUT_MALFORMED, NULL,
	    "the profile was changed since '%s' signed it: the signature is wrong", signer);
}

static bool
decode(struct trust_bytes bytes, const struct trust_secret *password, struct import_file *file,
    struct trust_error *error)
{
	struct import_cms cms;

	if (is_plist(bytes)) {
		import_add_note(file, "the profile is not signed");
		return read_profile(bytes, password, file, error);
	}
	bool good = import_cms_read(bytes, &cms, error) && tell_signer(file, &cms, error) &&
	    read_profile(cms.content, password, file, error);
	import_cms_done(&cms);
	return good;
}

const struct import_format import_format_profile = {
	.name = "configuration profile",
	.summary = "Apple's profiles, signed or not (.mobileconfig); only their certificates",
	.recognise = recognise,
	.decode = decode,
};
