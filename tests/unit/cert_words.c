/* SPDX-License-Identifier: MPL-2.0 */
/* A certificate in words: keys, signatures, labels, and every extension. */

#include "core/ext_words_internal.h"
#include "core/oid.h"
#include "tests/unit/der_text.h"

#define EXT(oid, value) "30{oid:" oid " 04{" value "}}"
#define LOG "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
#define SCT "002f00" LOG "0000018bcfe56800000004030000" /* 2023-11-14T22:13:20Z */

#define WRONG "(wrong)"
#define UNKNOWN "(unknown)"

static const struct {
	const char *sentence;
	const char *extension;
	const char *want; /* its lines */
} rows[] = {
	{ "an unknown one", EXT("1.2.3", ""), UNKNOWN },

	{ "authority key identifier", EXT("2.5.29.35", "30{80:0aff}"), "0A:FF" },
	{ "with issuer and serial number",
	    EXT("2.5.29.35", "30{80:0a a1{a4{" CN("x") "}} 82:0102}"),
	    "0A\nissuer directory: CN=x\nserial 01:02" },
	{ "with a damaged issuer", EXT("2.5.29.35", "30{a1{05:}}"), WRONG },
	{ "with more", EXT("2.5.29.35", "30{80:0a 83:}"), WRONG },
	{ "no sequence", EXT("2.5.29.35", "05:"), WRONG },

	{ "subject key identifier", EXT("2.5.29.14", "04:0aff"), "0A:FF" },
	{ "that is none", EXT("2.5.29.14", "05:"), WRONG },

	{ "key usage", EXT("2.5.29.15", "03:0106"), "certificate signing, CRL signing" },
	{ "with the ninth bit", EXT("2.5.29.15", "03:078080"), "digital signature, decipher only" },
	{ "with all and more", EXT("2.5.29.15", "03:00ffffff"),
	    "digital signature, non-repudiation, key encipherment, data encipherment, key "
	    "agreement, "
	    "certificate signing, CRL signing, encipher only, decipher only" },
	{ "with none", EXT("2.5.29.15", "03:00"), "nothing" },
	{ "without bits", EXT("2.5.29.15", "03:"), WRONG },

	{ "policies",
	    EXT("2.5.29.32",
		"30{30{oid:2.23.140.1.2.1} 30{oid:1.2.3 30{30{oid:1.3.6.1.5.5.7.2.1 16'http://c'} "
		"30{oid:1.3.6.1.5.5.7.2.2 30{}}}}}"),
	    "domain validated (CA/Browser Forum)\n1.2.3\n  CPS: http://c\n  user notice" },
	{ "a policy with an escape", EXT("2.5.29.32", "30{30{oid:1.2 30{30{oid:1.2 16'\x1b'}}}}"),
	    "1.2\n  1.2: \\x1b" },
	{ "a policy without identifier", EXT("2.5.29.32", "30{30{}}"), WRONG },
	{ "a qualifier without value", EXT("2.5.29.32", "30{30{oid:1.2 30{30{oid:1.2}}}}"), WRONG },
	{ "qualifiers that are none", EXT("2.5.29.32", "30{30{oid:1.2 05:}}"), WRONG },
	{ "policies that are none", EXT("2.5.29.32", "05:"), WRONG },
	{ "damage behind a policy", EXT("2.5.29.32", "30{30{oid:1.2} 05:}"), WRONG },

	{ "policy mappings", EXT("2.5.29.33", "30{30{oid:1.2.3 oid:1.2.4}}"),
	    "1.2.3 counts as 1.2.4" },
	{ "half a mapping", EXT("2.5.29.33", "30{30{oid:1.2.3}}"), WRONG },
	{ "no mapping", EXT("2.5.29.33", "05:"), WRONG },

	{ "alternative names",
	    EXT("2.5.29.17", "30{82'a.x' 81'a@x' 87:c0000201 86'u:' a4{" CN("d") "} 88:2a}"),
	    "DNS: a.x\ne-mail: a@x\nIP: 192.0.2.1\nURI: u:\ndirectory: CN=d\nother: registered ID: "
	    "1.2" },
	{ "of the issuer", EXT("2.5.29.18", "30{82'a.x'}"), "DNS: a.x" },
	{ "none at all", EXT("2.5.29.17", "30{}"), "" },
	{ "damaged ones", EXT("2.5.29.17", "30{82'a' 05:}"), WRONG },

	{ "basic constraints", EXT("2.5.29.19", "30{01:ff}"), "may issue certificates" },
	{ "empty ones", EXT("2.5.29.19", "30{}"), "may not issue certificates" },
	{ "with a path length", EXT("2.5.29.19", "30{01:ff 02:02}"),
	    "may issue certificates, with at most 2 CAs between it and the end" },
	{ "of no CA with a path length", EXT("2.5.29.19", "30{02:00}"),
	    "may not issue certificates, with at most 0 CAs between it and the end" },
	{ "damaged ones", EXT("2.5.29.19", "30{01:}"), WRONG },
	{ "a negative path length", EXT("2.5.29.19", "30{01:ff 02:ff}"), WRONG },
	{ "no constraints", EXT("2.5.29.19", "05:"), WRONG },

	{ "name constraints",
	    EXT("2.5.29.30",
		"30{a0{30{82'.x'} 30{81'x' 80:00}} a1{30{87:0a000000ff000000} 30{a4{" CN(
		    "d") "}}}}"),
	    "only DNS: .x\nonly e-mail: x\nnever IP: 10.0.0.0/8\nnever directory: CN=d" },
	{ "in the wrong order", EXT("2.5.29.30", "30{a1{30{82'x'}} a0{30{82'x'}}}"), WRONG },
	{ "a tree without a name", EXT("2.5.29.30", "30{a0{30{}}}"), WRONG },
	{ "a tree with something that is no name", EXT("2.5.29.30", "30{a0{30{05:}}}"), WRONG },
	{ "a list that is cut off", EXT("2.5.29.30", "30{=a005}"), WRONG },

	{ "policy constraints", EXT("2.5.29.36", "30{80:00 81:05}"),
	    "an explicit policy is required after 0 certificates\npolicy mapping is inhibited "
	    "after 5 "
	    "certificates" },
	{ "large ones", EXT("2.5.29.36", "30{80:0080 81:0100}"),
	    "an explicit policy is required after 128 certificates\npolicy mapping is inhibited "
	    "after "
	    "256 certificates" },
	{ "a negative one", EXT("2.5.29.36", "30{80:80}"), WRONG },
	{ "another negative one", EXT("2.5.29.36", "30{81:ff}"), WRONG },
	{ "an empty one", EXT("2.5.29.36", "30{80:}"), WRONG },
	{ "one too large", EXT("2.5.29.36", "30{80:7fffffffffffffffff}"), WRONG },
	{ "no policy constraints", EXT("2.5.29.36", "05:"), WRONG },

	{ "purposes", EXT("2.5.29.37", "30{oid:1.3.6.1.5.5.7.3.1 oid:1.2.3}"),
	    "TLS server\n1.2.3" },
	{ "purposes that are none", EXT("2.5.29.37", "05:"), WRONG },
	{ "damage behind a purpose", EXT("2.5.29.37", "30{oid:1.2.3 05:}"), WRONG },

	{ "CRL points",
	    EXT("2.5.29.31",
		"30{30{a0{a0{86'http://c'}}} 30{a0{a1{}} 81:00} 30{a2{a4{" CN("i") "}}}}"),
	    "URI: http://c\nrelative to the CRL issuer's name\n  for some revocation reasons "
	    "only\n  "
	    "CRL issuer directory: CN=i" },
	{ "the freshest CRL", EXT("2.5.29.46", "30{30{a0{a0{86'http://f'}}}}"), "URI: http://f" },
	{ "a point that is no name", EXT("2.5.29.31", "30{30{a0{a0{05:}}}}"), WRONG },
	{ "an issuer that is no name", EXT("2.5.29.31", "30{30{a2{05:}}}"), WRONG },
	{ "no points", EXT("2.5.29.31", "05:"), WRONG },

	{ "inhibit any policy", EXT("2.5.29.54", "02:03"),
	    "'any policy' counts no more after 3 certificates" },
	{ "a negative one", EXT("2.5.29.54", "02:ff"), WRONG },

	{ "authority information",
	    EXT("1.3.6.1.5.5.7.1.1",
		"30{30{oid:1.3.6.1.5.5.7.48.1 86'http://o'} "
		"30{oid:1.3.6.1.5.5.7.48.2 86'http://i'}}"),
	    "OCSP, URI: http://o\nCA issuers, URI: http://i" },
	{ "subject information",
	    EXT("1.3.6.1.5.5.7.1.11", "30{30{oid:1.3.6.1.5.5.7.48.5 86'http://r'}}"),
	    "CA repository, URI: http://r" },
	{ "without method", EXT("1.3.6.1.5.5.7.1.1", "30{30{86'http://o'}}"), WRONG },
	{ "with no name", EXT("1.3.6.1.5.5.7.1.1", "30{30{oid:1.2 05:}}"), WRONG },
	{ "no information", EXT("1.3.6.1.5.5.7.1.1", "05:"), WRONG },

	{ "two timestamps", EXT("1.3.6.1.4.1.11129.2.4.2", "04:0062" SCT SCT),
	    "2 timestamps\n  log a0a1a2a3..., 2023-11-14T22:13:20Z\n  log a0a1a2a3..., "
	    "2023-11-14T22:13:20Z" },
	{ "one timestamp", EXT("1.3.6.1.4.1.11129.2.4.2", "04:0031" SCT),
	    "1 timestamp\n  log a0a1a2a3..., 2023-11-14T22:13:20Z" },
	{ "no timestamps", EXT("1.3.6.1.4.1.11129.2.4.2", "04:0000"), "0 timestamps" },
	{ "a timestamp of the year 584542016",
	    EXT("1.3.6.1.4.1.11129.2.4.2", "04:002f002d00" LOG "ffffffffffffffff00000000"),
	    "1 timestamp\n  log a0a1a2a3..., 4194-01-23T14:25:51Z" },
	{ "a list whose size is another", EXT("1.3.6.1.4.1.11129.2.4.2", "04:0062" SCT), WRONG },
	{ "a timestamp that is cut off", EXT("1.3.6.1.4.1.11129.2.4.2", "04:0005003000a0a1"),
	    WRONG },
	{ "a timestamp too short", EXT("1.3.6.1.4.1.11129.2.4.2", "04:000300010a"), WRONG },
	{ "half a size", EXT("1.3.6.1.4.1.11129.2.4.2", "04:000100"), WRONG },
	{ "no list", EXT("1.3.6.1.4.1.11129.2.4.2", "04:00"), WRONG },

	{ "TLS features", EXT("1.3.6.1.5.5.7.1.24", "30{02:05 02:11}"),
	    "must staple an OCSP response\nfeature 17" },
	{ "features that are none", EXT("1.3.6.1.5.5.7.1.24", "05:"), WRONG },
	{ "damage behind a feature", EXT("1.3.6.1.5.5.7.1.24", "30{02:05 05:}"), WRONG },
	{ "OCSP no check", EXT("1.3.6.1.5.5.7.48.1.5", "05:"), "yes" },
	{ "Netscape type", EXT("2.16.840.1.113730.1.1", "03:0640"), "SSL server" },
	{ "Netscape comment", EXT("2.16.840.1.113730.1.13", "16'a\nb'"), "a\\x0ab" },
	{ "no comment", EXT("2.16.840.1.113730.1.13", ""), WRONG },
	{ "Microsoft template name", EXT("1.3.6.1.4.1.311.20.2", "1e:00430041"), "CA" },
	{ "Microsoft template", EXT("1.3.6.1.4.1.311.21.7", "30{oid:1.2.3 02:64 02:05}"),
	    "1.2.3, version 100.5" },
	{ "without a version", EXT("1.3.6.1.4.1.311.21.7", "30{oid:1.2.3}"), "1.2.3" },
	{ "no template", EXT("1.3.6.1.4.1.311.21.7", "30{}"), WRONG },
};

static void
every_extension_has_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_der outer = trust_der_init(der(rows[i].extension));
		struct trust_der inner;
		struct trust_der_element oid;
		struct trust_der_element value;
		struct trust_lines lines = { 0 };
		TRUST_AUTO_BUFFER all;

		print_message("# %s\n", rows[i].sentence);
		assert_true(trust_der_enter(&outer, TRUST_DER_SEQUENCE, &inner) &&
		    trust_der_expect(&inner, TRUST_DER_OID, &oid) &&
		    trust_der_expect(&inner, TRUST_DER_OCTET_STRING, &value));
		const struct trust_extension extension = { oid.content, value.content, false };
		trust_buffer_init(&all, 1 << 20);
		switch (trust_extension_lines(&extension, &lines)) {
		case TRUST_EXTENSION_KNOWN:
			for (size_t j = 0; j < lines.count; j++)
				trust_buffer_printf(&all, "%s%s", j ? "\n" : "", lines.list[j]);
			assert_int_equal(lines.total, lines.count);
			trust_lines_done(&lines);
			break;
		case TRUST_EXTENSION_UNKNOWN:
			trust_buffer_append_text(&all, UNKNOWN);
			break;
		case TRUST_EXTENSION_WRONG:
			trust_buffer_append_text(&all, WRONG);
			break;
		}
		assert_string_equal((char *)all.data, rows[i].want);
	}
}

/* ---- keys, signatures, labels --------------------------------------------------------------- */

static void
keys_are_told_by_kind_and_size(void **state)
{
	static const struct {
		const char *sentence;
		const char *key;
		const char *want;
	} keys[] = {
		{ "RSA of 17 bits", RSA_KEY, "RSA 17 bits" },
		{ "RSA with leading zeros",
		    "30{30{oid:1.2.840.113549.1.1.1 05:} 03{=00 30{02:000080 02:03}}}",
		    "RSA 8 bits" },
		{ "RSA of zero", "30{30{oid:1.2.840.113549.1.1.1 05:} 03{=00 30{02:00 02:03}}}",
		    "RSA 0 bits" },
		{ "RSA that is none", "30{30{oid:1.2.840.113549.1.1.1 05:} 03:00}", "RSA 0 bits" },
		{ "RSA for PSS only", "30{30{oid:1.2.840.113549.1.1.10} 03{=00 30{02:7f 02:03}}}",
		    "RSA-PSS 7 bits" },
		{ "P-256", "30{30{oid:1.2.840.10045.2.1 oid:1.2.840.10045.3.1.7} 03:00}",
		    "EC P-256" },
		{ "an unknown curve", "30{30{oid:1.2.840.10045.2.1 oid:1.2.3} 03:00}", "EC 1.2.3" },
		{ "a curve spelled out", "30{30{oid:1.2.840.10045.2.1 30{}} 03:00}",
		    "EC with explicit parameters" },
		{ "Ed25519", "30{30{oid:1.3.101.112} 03:00}", "Ed25519" },
		{ "unknown", "30{30{oid:1.2.3} 03:00}", "1.2.3" },
		{ "no algorithm", "30{30{} 03:00}", "(malformed key)" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(keys); i++) {
		TRUST_AUTO(trust_cert) *cert = cert_of((struct cert_text){ .key = keys[i].key });
		TRUST_AUTO_FREE char *shown = trust_cert_key_words(cert);
		print_message("# %s\n", keys[i].sentence);
		assert_string_equal(shown, keys[i].want);
	}
}

static void
signatures_are_told_by_algorithm(void **state)
{
	static const struct {
		const char *sentence;
		const char *algorithm;
		const char *want;
	} algorithms[] = {
		{ "an ordinary one", RSA_SHA256, "SHA-256 with RSA" },
		{ "PSS by default", "30{oid:1.2.840.113549.1.1.10 30{}}", "SHA-1 with RSA-PSS" },
		{ "PSS with a hash",
		    "30{oid:1.2.840.113549.1.1.10 30{a0{30{oid:2.16.840.1.101.3.4.2.2}}}}",
		    "SHA-384 with RSA-PSS" },
		{ "unknown", "30{oid:1.2.3}", "1.2.3" },
		{ "none", "30{}", "(malformed algorithm)" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(algorithms); i++) {
		TRUST_AUTO(trust_cert) *cert =
		    cert_of((struct cert_text){ .algorithm = algorithms[i].algorithm });
		TRUST_AUTO_FREE char *shown = trust_cert_signature_words(cert);
		print_message("# %s\n", algorithms[i].sentence);
		assert_string_equal(shown, algorithms[i].want);
	}
}

static void
a_label_is_the_best_name_there_is(void **state)
{
	static const struct {
		const char *sentence;
		struct cert_text cert;
		const char *want;
	} labels[] = {
		{ "the common name", { .extensions = EXT("2.5.29.17", "30{82'a.x'}") }, "Subject" },
		{ "with an escape", { .subject = CN("a\x1b") }, "a\\x1b" },
		{ "else a host name",
		    { .subject = "30{}", .extensions = EXT("2.5.29.17", "30{86'u:' 82'a.x'}") },
		    "a.x" },
		{ "an empty host name is none",
		    { .subject = "30{}", .extensions = EXT("2.5.29.17", "30{82: 82'a.x'}") },
		    "a.x" },
		{ "an empty common name is none",
		    { .subject = CN(""), .extensions = EXT("2.5.29.17", "30{81'a@x'}") }, "a@x" },
		{ "else the unit",
		    { .subject = "30{31{30{oid:2.5.4.10 0c'o'}} 31{30{oid:2.5.4.11 0c'u'}}}" },
		    "u" },
		{ "else the organization", { .subject = "30{31{30{oid:2.5.4.10 0c'o'}}}" }, "o" },
		{ "beside damaged alternative names",
		    { .subject = "30{31{30{oid:2.5.4.10 0c'o'}}}",
			.extensions = EXT("2.5.29.17", "05:") },
		    "o" },
		{ "else the whole name", { .subject = "30{31{30{oid:2.5.4.6 13'DE'}}}" }, "C=DE" },
		{ "else nothing", { .subject = "30{}" }, "(empty)" },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(labels); i++) {
		TRUST_AUTO(trust_cert) *cert = cert_of(labels[i].cert);
		TRUST_AUTO_FREE char *shown = trust_cert_label(cert);
		print_message("# %s\n", labels[i].sentence);
		assert_string_equal(shown, labels[i].want);
	}
}

static void
a_serial_number_of_a_megabyte_is_cut(void **state)
{
	TRUST_AUTO_BUFFER digits;

	(void)state;
	trust_buffer_init(&digits, 1000);
	for (unsigned i = 0; i < 65; i++)
		trust_buffer_append_text(&digits, "ab");
	TRUST_AUTO(trust_cert) *cert =
	    cert_of((struct cert_text){ .serial = words("02:%s", (char *)digits.data) });
	TRUST_AUTO_FREE char *shown = trust_cert_serial_words(cert);
	assert_int_equal(strlen(shown), 64 * 3 - 1 + 3);
	assert_string_equal(shown + strlen(shown) - 5, "AB...");
}

/* ---- all facts ------------------------------------------------------------------------------ */

static char *
facts_of(const struct trust_cert *cert, const char *section)
{
	TRUST_AUTO(trust_facts) *facts = trust_cert_facts(cert);
	TRUST_AUTO_BUFFER all;

	trust_buffer_init(&all, 1 << 20);
	for (size_t i = 0; i < facts->count; i++) {
		const struct trust_fact *fact = &facts->facts[i];
		if (strcmp(fact->section, section) == 0)
			trust_buffer_printf(&all, "%s: %s%s%s\n", fact->name, fact->value,
			    fact->critical ? " (critical)" : "", fact->wrong ? " (wrong)" : "");
	}
	return keep(trust_buffer_take(&all));
}

static void
facts_tell_everything_in_order(void **state)
{
	static const char *const sections[] = { "Subject", "Issuer", "Validity", "Serial", "Key",
		"Signature", "Names", "Usages", "Extensions", "Fingerprints" };
	size_t section = 0;
	TRUST_AUTO(trust_cert) *cert = cert_of((struct cert_text){
	    .extensions = EXT("2.5.29.17", "30{82'a.x'}")
		EXT("2.5.29.30", "30{a0{30{82'.x'}}}") "30{oid:2.5.29.19 01:ff 04{30{01:ff}}}" EXT(
		    "1.2.3", "=00010203") EXT("1.2.4", "=000102030405060708090a0b0c0d0e0f10")
		    EXT("2.5.29.37", "05:") EXT("2.5.29.18", "30{}"),
	});
	TRUST_AUTO(trust_facts) *facts = trust_cert_facts(cert);

	(void)state;
	for (size_t i = 0; i < facts->count; i++) {
		if (strcmp(facts->facts[i].section, sections[section]) != 0)
			section++;
		assert_string_equal(facts->facts[i].section, sections[section]);
		assert_int_equal(facts->facts[i].oid != NULL,
		    strcmp(facts->facts[i].section, "Extensions") == 0);
	}
	assert_int_equal(section, TRUST_COUNT(sections) - 1);
	assert_string_equal(facts_of(cert, "Subject"), "subject: CN=Subject\n");
	assert_string_equal(facts_of(cert, "Issuer"), "issuer: CN=Issuer\n");
	assert_string_equal(facts_of(cert, "Validity"),
	    "not before: 2020-01-01T00:00:00Z\nnot after: 2030-01-01T00:00:00Z\n");
	assert_string_equal(facts_of(cert, "Serial"), "serial number: 01\nversion: 3\n");
	assert_string_equal(facts_of(cert, "Key"), "key: RSA 17 bits\n");
	assert_string_equal(facts_of(cert, "Signature"), "signed with: SHA-256 with RSA\n");
	assert_string_equal(facts_of(cert, "Names"), "name: DNS: a.x\n");
	assert_string_equal(facts_of(cert, "Usages"),
	    "authority: may issue certificates\nkey usage: any (not said)\nlimited to names: only "
	    "DNS: "
	    ".x\n");
	assert_string_equal(facts_of(cert, "Extensions"),
	    "subject alternative names: DNS: a.x\nname constraints: only DNS: .x\n"
	    "basic constraints: may issue certificates (critical)\n1.2.3: 4 bytes: 00010203\n"
	    "1.2.4: 17 bytes: 000102030405060708090a0b0c0d0e0f...\n"
	    "extended key usage: cannot be decoded: 2 bytes: 0500 (wrong)\n"
	    "issuer alternative names: (empty)\n");
	assert_non_null(strstr(facts_of(cert, "Fingerprints"), "public key SHA-256: "));
	trust_facts_free(NULL);
}

static void
a_signed_part_that_names_another_algorithm_is_told(void **state)
{
	struct cert_text other = { .algorithm = "30{oid:1.2.840.113549.1.1.12 05:}" };
	char *text = cert_words_of(other);
	char *outside = strstr(strstr(text, "1.1.12") + 1, "1.1.12");

	(void)state;
	outside[5] = '1';
	TRUST_AUTO(trust_cert) *cert = decode_bytes(der(text));
	assert_string_equal(facts_of(cert, "Signature"),
	    "signed with: SHA-256 with RSA\n"
	    "signed with: the signed part names another algorithm (wrong)\n");
}

static void
two_thousand_names_are_shown_in_part(void **state)
{
	TRUST_AUTO_BUFFER names;
	TRUST_AUTO_BUFFER trees;

	(void)state;
	trust_buffer_init(&names, 1 << 20);
	trust_buffer_init(&trees, 1 << 20);
	for (unsigned i = 0; i < 2000; i++) {
		trust_buffer_printf(&names, "82'n%u'", i);
		trust_buffer_printf(&trees, "30{82'n%u'}", i);
	}
	TRUST_AUTO(trust_cert) *cert = cert_of((struct cert_text){
	    .extensions = words(EXT("2.5.29.17", "30{%s}") EXT("2.5.29.30", "30{a0{%s}}"),
		(char *)names.data, (char *)trees.data),
	});
	assert_non_null(
	    strstr(facts_of(cert, "Names"), "name: DNS: n199\nname: ... and 1800 more\n"));
	assert_non_null(strstr(facts_of(cert, "Extensions"), "DNS: n199\n"));
	assert_non_null(strstr(facts_of(cert, "Extensions"), ": ... and 1800 more\n"));
	assert_non_null(strstr(facts_of(cert, "Usages"), "limited to names: ... and 1800 more\n"));
}

static void
three_hundred_timestamps_are_shown_in_part(void **state)
{
	TRUST_AUTO_BUFFER list;

	(void)state;
	trust_buffer_init(&list, 1 << 20);
	for (unsigned i = 0; i < 300; i++)
		trust_buffer_append_text(&list, SCT);
	TRUST_AUTO(trust_cert) *cert = cert_of((struct cert_text){
	    .extensions = words(
		EXT("1.3.6.1.4.1.11129.2.4.2", "04:%04zx%s"), list.size / 2, (char *)list.data),
	});
	assert_non_null(strstr(facts_of(cert, "Extensions"), ": 300 timestamps\n"));
	assert_non_null(strstr(facts_of(cert, "Extensions"), ": ... and 101 more\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_extension_has_words),
		cmocka_unit_test(keys_are_told_by_kind_and_size),
		cmocka_unit_test(signatures_are_told_by_algorithm),
		cmocka_unit_test(a_label_is_the_best_name_there_is),
		cmocka_unit_test(a_serial_number_of_a_megabyte_is_cut),
		cmocka_unit_test(facts_tell_everything_in_order),
		cmocka_unit_test(a_signed_part_that_names_another_algorithm_is_told),
		cmocka_unit_test(two_thousand_names_are_shown_in_part),
		cmocka_unit_test(three_hundred_timestamps_are_shown_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, free_made);
}
