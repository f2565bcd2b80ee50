/* SPDX-License-Identifier: MPL-2.0 */
/* Everything a person may want to read of a certificate, as facts in display order. */

#include <string.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/ext_words_internal.h"
#include "core/oid.h"
#include "core/text.h"

void
trust_facts_free(struct trust_facts *facts)
{
	if (!facts)
		return;
	for (size_t i = 0; i < facts->count; i++) {
		trust_free(facts->facts[i].name);
		trust_free(facts->facts[i].value);
		trust_free(facts->facts[i].oid);
	}
	trust_free(facts->facts);
	trust_free(facts);
}

/* Takes ownership of the value. */
static struct trust_fact *
put(struct trust_facts *facts, const char *section, const char *name, char *value)
{
	facts->facts = trust_grow_array(facts->facts, facts->count + 1, sizeof *facts->facts);
	struct trust_fact *fact = &facts->facts[facts->count++];
	*fact =
	    (struct trust_fact){ .section = section, .name = trust_strdup(name), .value = value };
	return fact;
}

static char *
time_words(struct trust_time time)
{
	char text[32];
	trust_time_format(time, text);
	return trust_strdup(text);
}

static void
put_names_section(struct trust_facts *facts, const struct trust_cert *cert)
{
	const struct trust_extension *names =
	    trust_cert_extension(cert, TRUST_OID_SUBJECT_ALT_NAME);
	struct trust_lines lines = { 0 };

	if (!names || trust_extension_lines(names, &lines) != TRUST_EXTENSION_KNOWN)
		return;
	for (size_t i = 0; i < lines.count; i++)
		put(facts, "Names", "name", trust_steal(&lines.list[i]));
	if (lines.total > lines.count)
		put(facts, "Names", "name",
		    trust_printf("... and %zu more", lines.total - lines.count));
	trust_lines_done(&lines);
}

static void
put_usages_section(struct trust_facts *facts, const struct trust_cert *cert)
{
	static const struct {
		const char *oid;
		const char *name;
		const char *absent;
	} rows[] = {
		{ TRUST_OID_BASIC_CONSTRAINTS, "authority", "not said" },
		{ TRUST_OID_KEY_USAGE, "key usage", "any (not said)" },
		{ TRUST_OID_EXTENDED_KEY_USAGE, "purpose", "any (not said)" },
		{ TRUST_OID_NAME_CONSTRAINTS, "limited to names", NULL },
	};

	for (size_t row = 0; row < TRUST_COUNT(rows); row++) {
		const struct trust_extension *extension = trust_cert_extension(cert, rows[row].oid);
		struct trust_lines lines = { 0 };
		if (!extension) {
			if (rows[row].absent)
				put(facts, "Usages", rows[row].name,
				    trust_strdup(rows[row].absent));
			continue;
		}
		if (trust_extension_lines(extension, &lines) != TRUST_EXTENSION_KNOWN)
			continue; /* the extension's own section says that it does not decode */
		for (size_t i = 0; i < lines.count; i++)
			put(facts, "Usages", rows[row].name, trust_steal(&lines.list[i]));
		if (lines.total > lines.count)
			put(facts, "Usages", rows[row].name,
			    trust_printf("... and %zu more", lines.total - lines.count));
		trust_lines_done(&lines);
	}
}

static char *
unknown_words(const struct trust_extension *extension)
{
	size_t shown = extension->value.size < 16 ? extension->value.size : 16;
	TRUST_AUTO_FREE char *hex = trust_hex(extension->value.data, shown);
	return trust_printf("%zu bytes: %s%s", extension->value.size, hex,
	    shown < extension->value.size ? "..." : "");
}

static void
put_extension(struct trust_facts *facts, const struct trust_extension *extension)
{
	static const char *const section = "Extensions";
	TRUST_AUTO_FREE char *name = trust_oid_display(extension->oid);
	struct trust_lines lines = { 0 };
	size_t first = facts->count;

	switch (trust_extension_lines(extension, &lines)) {
	case TRUST_EXTENSION_KNOWN:
		for (size_t i = 0; i < lines.count; i++)
			put(facts, section, name, trust_steal(&lines.list[i]));
		if (lines.total > lines.count)
			put(facts, section, name,
			    trust_printf("... and %zu more", lines.total - lines.count));
		if (lines.count == 0)
			put(facts, section, name, trust_strdup("(empty)"));
		trust_lines_done(&lines);
		break;
	case TRUST_EXTENSION_UNKNOWN:
		put(facts, section, name, unknown_words(extension));
		break;
	case TRUST_EXTENSION_WRONG: {
		TRUST_AUTO_FREE char *bytes = unknown_words(extension);
		put(facts, section, name, trust_printf("cannot be decoded: %s", bytes))->wrong =
		    true;
		break;
	}
	}
	for (size_t i = first; i < facts->count; i++) {
		facts->facts[i].oid = trust_der_oid_text(extension->oid);
		facts->facts[i].critical = extension->critical;
	}
}

static void
put_fingerprints(struct trust_facts *facts, const struct trust_cert *cert)
{
	uint8_t sha1[TRUST_SHA1_BYTES];
	uint8_t key[TRUST_SHA256_BYTES];

	trust_sha1(cert->der.data, cert->der.size, sha1);
	trust_sha256(cert->spki.data, cert->spki.size, key);
	put(facts, "Fingerprints", "SHA-256", trust_hex_colons(cert->id, sizeof cert->id));
	put(facts, "Fingerprints", "SHA-1", trust_hex_colons(sha1, sizeof sha1));
	put(facts, "Fingerprints", "public key SHA-256", trust_hex_colons(key, sizeof key));
}

struct trust_facts *
trust_cert_facts(const struct trust_cert *cert)
{
	struct trust_facts *facts = trust_alloc(sizeof *facts);

	put(facts, "Subject", "subject", trust_name_display(cert->subject));
	put(facts, "Issuer", "issuer", trust_name_display(cert->issuer));
	put(facts, "Validity", "not before", time_words(cert->not_before));
	put(facts, "Validity", "not after", time_words(cert->not_after));
	put(facts, "Serial", "serial number", trust_cert_serial_words(cert));
	put(facts, "Serial", "version", trust_printf("%u", cert->version));
	put(facts, "Key", "key", trust_cert_key_words(cert));
	put(facts, "Signature", "signed with", trust_cert_signature_words(cert));
	if (!trust_bytes_equal(cert->signature_algorithm, cert->tbs_signature_algorithm))
		put(facts, "Signature", "signed with",
		    trust_strdup("the signed part names another algorithm"))
		    ->wrong = true;
	put_names_section(facts, cert);
	put_usages_section(facts, cert);
	for (size_t i = 0; i < cert->extension_count; i++)
		put_extension(facts, &cert->extensions[i]);
	put_fingerprints(facts, cert);
	return facts;
}
