/* SPDX-License-Identifier: MPL-2.0 */
/* Safes and bags of PKCS #12 files (RFC 7292 sections 4.1 and 4.2): each bag becomes a part. */

#include <string.h>

#include "core/buffer.h"
#include "core/der.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/text.h"
#include "import/pkcs12.h"

#define OID_ENVELOPED_DATA "1.2.840.113549.1.7.3"
#define OID_ENCRYPTED_DATA "1.2.840.113549.1.7.6"
#define OID_X509_CERTIFICATE "1.2.840.113549.1.9.22.1"
#define OID_SDSI_CERTIFICATE "1.2.840.113549.1.9.22.2"
#define OID_FRIENDLY_NAME "1.2.840.113549.1.9.20"
#define OID_JAVA_TRUSTED "2.16.840.1.113894.746875.1.1"

/* Safes in safes. No program is known to write any; each takes 3 of TRUST_MAX_DER_DEPTH. */
#define MAX_NESTED 4

struct trust_secret *
import_pkcs12_der(struct trust_bytes bytes)
{
	struct trust_secret *der = trust_alloc(sizeof *der);

	if (trust_der_from_ber(bytes, &der->bytes, &der->size))
		return der;
	trust_free(der);
	return NULL;
}

static struct trust_bytes
view(const struct trust_secret *secret)
{
	return (struct trust_bytes){ secret->bytes, secret->size };
}

/* ---- what is encrypted --------------------------------------------------------------------- */

/* Takes words. */
static void
add_protection(struct import_safes *safes, char *words)
{
	bool known = safes->protection_count == IMPORT_MAX_PROTECTIONS;

	for (size_t i = 0; i < safes->protection_count && !known; i++)
		known = strcmp(safes->protections[i], words) == 0;
	if (known)
		trust_free(words);
	else
		safes->protections[safes->protection_count++] = words;
}

/* Something of which the scheme was not read. Takes where. */
static struct import_part *
add_unread(struct import_safes *safes, const char *what, char *where, struct trust_error *failed)
{
	add_protection(safes, trust_printf("%s: %s", what, failed->message));
	safes->unread++;
	return import_add_failed(safes->file, where, failed);
}

/* Something a password opens; is there one? */
static bool
announce(struct import_safes *safes, const struct import_scheme *scheme, const char *what)
{
	TRUST_AUTO_FREE char *words = import_scheme_words(scheme);

	add_protection(safes, trust_printf("%s %s", what, words));
	if (safes->least_rounds == 0 || scheme->kdf.rounds < safes->least_rounds)
		safes->least_rounds = scheme->kdf.rounds;
	import_cipher_note(safes->file, scheme, what);
	safes->needs |= import_scheme_needs(scheme);
	safes->encrypted++;
	return safes->password != NULL;
}

static struct import_part *
add_closed(struct import_safes *safes, char *where)
{
	safes->wrong++;
	if (safes->verified)
		return import_add_refused(safes->file, TRUST_INPUT_MALFORMED, where,
		    "the password of the file does not open it: it is damaged, or has a password "
		    "of its own");
	return import_add_refused(safes->file, TRUST_INPUT_PASSWORD, where,
	    "the password does not open it, or it is damaged");
}

/* ---- bags ---------------------------------------------------------------------------------- */

struct bag {
	struct trust_bytes oid;
	struct trust_der value;
	struct trust_bytes content; /* the same, as bytes */
	struct trust_der attributes;
	unsigned depth;
};

static struct trust_bytes
rest_of(const struct trust_der *der)
{
	return (struct trust_bytes){ der->at, (size_t)(der->end - der->at) };
}

/* Raw UTF-8 without what a nickname cannot have; owned by the caller. NULL: none. */
static char *
read_name(struct trust_bytes value)
{
	struct trust_der der = trust_der_init(value);
	struct trust_der_element name;
	size_t size = 0;

	if (!trust_der_next(&der, &name))
		return NULL;
	TRUST_AUTO_FREE char *text = trust_text_from_asn1(name.tag, name.content, &size);
	if (!text || !*text)
		return NULL;
	size_t length = strlen(text);
	if (length > TRUST_MAX_NICKNAME_BYTES) {
		length = TRUST_MAX_NICKNAME_BYTES;
		while (length > 0 && ((uint8_t)text[length] & 0xc0) == 0x80)
			length--;
		text[length] = '\0';
	}
	return trust_steal(&text);
}

static char *
friendly_name(const struct bag *bag)
{
	struct trust_der attributes = bag->attributes;
	struct trust_der attribute;
	struct trust_der_element oid, values;

	while (trust_der_enter(&attributes, TRUST_DER_SEQUENCE, &attribute))
		if (trust_der_expect(&attribute, TRUST_DER_OID, &oid) &&
		    trust_oid_is(oid.content, OID_FRIENDLY_NAME) &&
		    trust_der_expect(&attribute, TRUST_DER_SET, &values))
			return read_name(values.content);
	return NULL;
}

/* Java's mark for what it trusts. */
static bool
is_java_trusted(const struct bag *bag)
{
	struct trust_der attributes = bag->attributes;
	struct trust_der attribute;
	struct trust_der_element oid;

	while (trust_der_enter(&attributes, TRUST_DER_SEQUENCE, &attribute))
		if (trust_der_expect(&attribute, TRUST_DER_OID, &oid) &&
		    trust_oid_is(oid.content, OID_JAVA_TRUSTED))
			return true;
	return false;
}

static struct import_part *
name_part(struct import_safes *safes, struct import_part *part, const struct bag *bag)
{
	if (part && (part->kind == IMPORT_CERTIFICATE || part->kind == IMPORT_KEY))
		part->friendly_name = friendly_name(bag);
	if (part && part->kind == IMPORT_CERTIFICATE && is_java_trusted(bag))
		import_add_note(safes->file,
		    "the file marks certificates as trusted, for Java; this "
		    "is not applied, importing never changes trust");
	return part;
}

/* False: the file has too many parts. */
typedef bool reader(struct import_safes *safes, struct bag *bag);

static bool
read_cert_bag(struct import_safes *safes, struct bag *bag)
{
	struct trust_der cert, content;
	struct trust_der_element oid, der;
	char *where = trust_printf("certificate bag %zu", ++safes->cert_number);

	if (!trust_der_enter(&bag->value, TRUST_DER_SEQUENCE, &cert) ||
	    !trust_der_expect(&cert, TRUST_DER_OID, &oid))
		return import_add_refused(
		    safes->file, TRUST_INPUT_MALFORMED, where, "the bag is damaged");
	if (trust_oid_is(oid.content, OID_SDSI_CERTIFICATE))
		return import_add_skipped(safes->file, where, "an SDSI certificate");
	if (!trust_oid_is(oid.content, OID_X509_CERTIFICATE))
		return import_add_skipped(safes->file, where, "a certificate of an unknown kind");
	if (!trust_der_enter(&cert, TRUST_DER_CONTEXT(0), &content) ||
	    !trust_der_expect(&content, TRUST_DER_OCTET_STRING, &der))
		return import_add_refused(
		    safes->file, TRUST_INPUT_MALFORMED, where, "the bag is damaged");
	return name_part(safes, import_add_cert(safes->file, der.content, where), bag);
}

static bool
read_plain_key(struct import_safes *safes, struct bag *bag)
{
	char *where = trust_printf("key bag %zu", ++safes->key_number);

	return name_part(safes, import_add_key(safes->file, bag->content, where), bag);
}

static bool
read_shrouded_key(struct import_safes *safes, struct bag *bag)
{
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
	TRUST_AUTO(trust_secret) *pkcs8 = NULL;
	TRUST_AUTO_FREE char *where = trust_printf("key bag %zu", ++safes->key_number);
	struct import_scheme scheme;

	if (!import_scheme_of_key(bag->content, &scheme, &failed))
		return add_unread(safes, "private key", trust_steal(&where), &failed);
	if (!announce(safes, &scheme, "private key"))
		return true;
	switch (import_open_key(bag->content, safes->password, safes->budget, &pkcs8, &failed)) {
	case IMPORT_OPENED:
		break;
	case IMPORT_WRONG_PASSWORD:
		return add_closed(safes, trust_steal(&where));
	case IMPORT_NOT_OPENED:
		return import_add_failed(safes->file, trust_steal(&where), &failed);
	}
	safes->opened++;
	return name_part(safes, import_add_key(safes->file, view(pkcs8), trust_steal(&where)), bag);
}

static bool
read_crl(struct import_safes *safes, struct bag *bag)
{
	struct trust_der bag_of_list, content;
	struct trust_der_element oid, der;
	char *where = trust_printf("bag %zu", ++safes->other_number);

	if (!trust_der_enter(&bag->value, TRUST_DER_SEQUENCE, &bag_of_list) ||
	    !trust_der_expect(&bag_of_list, TRUST_DER_OID, &oid) ||
	    !trust_der_enter(&bag_of_list, TRUST_DER_CONTEXT(0), &content) ||
	    !trust_der_expect(&content, TRUST_DER_OCTET_STRING, &der))
		return import_add_refused(
		    safes->file, TRUST_INPUT_MALFORMED, where, "the bag is damaged");
	return import_add_crl(safes->file, der.content, where);
}

static bool
read_secret(struct import_safes *safes, struct bag *bag)
{
	(void)bag;
	return import_add_skipped(safes->file, trust_printf("bag %zu", ++safes->other_number),
	    "a secret that is no private key");
}

static bool read_contents(struct import_safes *safes, struct trust_der contents, unsigned depth);

static bool
read_nested(struct import_safes *safes, struct bag *bag)
{
	struct trust_der contents;

	if (bag->depth >= MAX_NESTED)
		return import_add_refused(safes->file, TRUST_INPUT_LIMIT,
		    trust_printf("bag %zu", ++safes->other_number),
		    "bags are nested more than %d deep", MAX_NESTED);
	if (!trust_der_enter(&bag->value, TRUST_DER_SEQUENCE, &contents))
		return import_add_refused(safes->file, TRUST_INPUT_MALFORMED,
		    trust_printf("bag %zu", ++safes->other_number), "the bag is damaged");
	return read_contents(safes, contents, bag->depth + 1);
}

static const struct {
	const char *oid;
	reader *read;
} bag_kinds[] = {
	{ "1.2.840.113549.1.12.10.1.1", read_plain_key },
	{ "1.2.840.113549.1.12.10.1.2", read_shrouded_key },
	{ "1.2.840.113549.1.12.10.1.3", read_cert_bag },
	{ "1.2.840.113549.1.12.10.1.4", read_crl },
	{ "1.2.840.113549.1.12.10.1.5", read_secret },
	{ "1.2.840.113549.1.12.10.1.6", read_nested },
};

static bool
read_bag(struct import_safes *safes, struct bag *bag)
{
	for (size_t i = 0; i < TRUST_COUNT(bag_kinds); i++)
		if (trust_oid_is(bag->oid, bag_kinds[i].oid))
			return bag_kinds[i].read(safes, bag);
	TRUST_AUTO_FREE char *oid = trust_oid_display(bag->oid);
	TRUST_AUTO_FREE char *reason = trust_printf("a bag of an unknown kind (%s)", oid);
	return import_add_skipped(
	    safes->file, trust_printf("bag %zu", ++safes->other_number), reason);
}

static bool
split_bag(struct trust_der *contents, struct bag *bag)
{
	struct trust_der inner;
	struct trust_der_element oid;

	if (!trust_der_enter(contents, TRUST_DER_SEQUENCE, &inner) ||
	    !trust_der_expect(&inner, TRUST_DER_OID, &oid) ||
	    !trust_der_enter(&inner, TRUST_DER_CONTEXT(0), &bag->value))
		return false;
	bag->oid = oid.content;
	bag->content = rest_of(&bag->value);
	if (!trust_der_enter(&inner, TRUST_DER_SET, &bag->attributes))
		bag->attributes = trust_der_init((struct trust_bytes){ 0 });
	return true;
}

static bool
read_contents(struct import_safes *safes, struct trust_der contents, unsigned depth)
{
	struct bag bag = { .depth = depth };

	while (!trust_der_at_end(&contents)) {
		if (!split_bag(&contents, &bag)) /* where the next one begins is not known either */
			return import_add_refused(safes->file, TRUST_INPUT_MALFORMED,
			    trust_printf("bag %zu", ++safes->other_number), "the bag is damaged");
		if (!read_bag(safes, &bag))
			return false;
	}
	return true;
}

/* ---- safes --------------------------------------------------------------------------------- */

/* The SafeContents of a safe as DER; NULL when it is none. */
static struct trust_secret *
safe_contents(struct trust_bytes bytes, struct trust_der *ret_bags)
{
	TRUST_AUTO(trust_secret) *der = import_pkcs12_der(bytes);

	if (!der)
		return NULL;
	struct trust_der outer = trust_der_init(view(der));
	return trust_der_enter(&outer, TRUST_DER_SEQUENCE, ret_bags) ? trust_steal(&der) : NULL;
}

static bool
read_plain_safe(struct import_safes *safes, struct trust_bytes bytes, char *where)
{
	TRUST_AUTO_FREE char *owned = where;
	struct trust_der bags;
	TRUST_AUTO(trust_secret) *contents = safe_contents(bytes, &bags);

	if (!contents)
		return import_add_refused(
		    safes->file, TRUST_INPUT_MALFORMED, trust_steal(&owned), "the safe is damaged");
	return read_contents(safes, bags, 0);
}

/* EncryptedContentInfo's [0] IMPLICIT OCTET STRING, which BER may have cut into pieces. */
static bool
join_content(struct trust_der *der, struct trust_buffer *out)
{
	struct trust_der pieces;
	struct trust_der_element piece;

	if (trust_der_expect(der, TRUST_DER_CONTEXT_PRIMITIVE(0), &piece)) {
		trust_buffer_append(out, piece.content.data, piece.content.size);
		return true;
	}
	if (!trust_der_enter(der, TRUST_DER_CONTEXT(0), &pieces))
		return false;
	while (trust_der_expect(&pieces, TRUST_DER_OCTET_STRING, &piece))
		trust_buffer_append(out, piece.content.data, piece.content.size);
	return trust_der_at_end(&pieces);
}

/* content: behind the version of an EncryptedData */
static bool
read_encrypted_safe(struct import_safes *safes, struct trust_der *content, char *where)
{
	TRUST_AUTO_FREE char *owned = where;
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
	TRUST_AUTO_BUFFER bytes;
	struct trust_der data, info, bags;
	struct trust_der_element oid, algorithm;
	struct import_scheme scheme;
	uint64_t version = 0;

	trust_buffer_init(&bytes, TRUST_MAX_FILE_BYTES);
	if (!trust_der_enter(content, TRUST_DER_SEQUENCE, &data) ||
	    !trust_der_next_uint(&data, &version) ||
	    !trust_der_enter(&data, TRUST_DER_SEQUENCE, &info) ||
	    !trust_der_expect(&info, TRUST_DER_OID, &oid) ||
	    !trust_der_expect(&info, TRUST_DER_SEQUENCE, &algorithm) ||
	    !join_content(&info, &bytes))
		return import_add_refused(safes->file, TRUST_INPUT_MALFORMED, trust_steal(&owned),
		    "the encrypted safe is damaged");
	if (!import_scheme_read(algorithm.whole, &scheme, &failed))
		return add_unread(safes, "contents", trust_steal(&owned), &failed);
	if (!announce(safes, &scheme, "contents"))
		return true;
	if (!import_budget_take(safes->budget, scheme.kdf.rounds, &failed))
		return import_add_failed(safes->file, trust_steal(&owned), &failed);
	TRUST_AUTO(trust_secret) *plain =
	    import_scheme_decrypt(&scheme, safes->password, trust_buffer_bytes(&bytes));
	/* One wrong password in 256 gives good padding, but no SafeContents. */
	TRUST_AUTO(trust_secret) *contents = plain ? safe_contents(view(plain), &bags) : NULL;
	if (!contents)
		return add_closed(safes, trust_steal(&owned));
	safes->opened++;
	return read_contents(safes, bags, 0);
}

/* safe: inside a ContentInfo */
static bool
read_safe(struct import_safes *safes, struct trust_der *safe)
{
	struct trust_der content;
	struct trust_der_element oid, octets;
	TRUST_AUTO_FREE char *where = trust_printf("safe %zu", ++safes->safe_number);

	if (!trust_der_expect(safe, TRUST_DER_OID, &oid) ||
	    !trust_der_enter(safe, TRUST_DER_CONTEXT(0), &content))
		return import_add_refused(
		    safes->file, TRUST_INPUT_MALFORMED, trust_steal(&where), "the safe is damaged");
	if (trust_oid_is(oid.content, OID_ENCRYPTED_DATA))
		return read_encrypted_safe(safes, &content, trust_steal(&where));
	if (trust_oid_is(oid.content, OID_ENVELOPED_DATA))
		return import_add_refused(safes->file, TRUST_INPUT_UNSUPPORTED, trust_steal(&where),
		    "encrypted for a certificate instead of a password, which is not supported");
	if (!trust_oid_is(oid.content, IMPORT_OID_DATA) ||
	    !trust_der_expect(&content, TRUST_DER_OCTET_STRING, &octets))
		return import_add_refused(safes->file, TRUST_INPUT_MALFORMED, trust_steal(&where),
		    "the safe is damaged or of an unknown kind");
	return read_plain_safe(safes, octets.content, trust_steal(&where));
}

bool
import_safes_read(struct import_safes *safes, struct trust_bytes bytes, struct trust_error *error)
{
	struct trust_der list, safe;
	TRUST_AUTO(trust_secret) *der = safe_contents(bytes, &list);

	if (!der)
		return trust_fail(error, TRUST_INPUT_MALFORMED, NULL,
		    "the PKCS #12 file is damaged: its list of safes cannot be read");
	while (trust_der_enter(&list, TRUST_DER_SEQUENCE, &safe))
		if (!read_safe(safes, &safe))
			return import_fail_full(error);
	if (!trust_der_at_end(&list) &&
	    !import_add_refused(safes->file, TRUST_INPUT_MALFORMED,
		trust_printf("safe %zu", safes->safe_number + 1), "the safe is damaged"))
		return import_fail_full(error);
	return true;
}

void
import_safes_done(struct import_safes *safes)
{
	for (size_t i = 0; i < safes->protection_count; i++)
		trust_free(safes->protections[i]);
	safes->protection_count = 0;
}
