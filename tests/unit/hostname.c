/* SPDX-License-Identifier: MPL-2.0 */
/* Does a certificate cover a host (RFC 9525)? */

#include "core/verdict.h"
#include "tests/unit/der_text.h"

#define SAN(names) "30{oid:2.5.29.17 04{30{" names "}}}"

static const struct {
	const char *sentence;
	const char *names; /* the alternative names' elements; NULL: no extension */
	const char *host;
	bool want;
} rows[] = {
	{ "the name itself", "82'www.example.org'", "www.example.org", true },
	{ "in other letters", "82'WWW.example.ORG'", "www.Example.org", true },
	{ "with the root's dot", "82'www.example.org'", "www.example.org.", true },
	{ "a single label", "82'localhost'", "localhost", true },
	{ "the second of two", "82'a.example' 82'b.example'", "b.example", true },
	{ "another name", "82'www.example.org'", "example.org", false },
	{ "a name it ends with", "82'example.org'", "badexample.org", false },
	{ "a name it begins with", "82'example.org'", "example.org.evil.net", false },
	{ "the common name is not looked at", NULL, "Subject", false },
	{ "nor beside other alternative names", "81'a@b'", "Subject", false },
	{ "no names at all", "", "example.org", false },
	{ "an empty name", "82:", "example.org", false },
	{ "an empty host", "82:", "", false },
	{ "only a dot", "82'.' 82:", ".", false },
	{ "a URI is no host name", "86'example.org'", "example.org", false },
	{ "an e-mail address is none", "81'example.org'", "example.org", false },
	{ "a name behind damage is not reached", "=8270 82'example.org'", "example.org", false },
	{ "a NUL does not end a name", "82:6578616d706c652e6f726700", "example.org", false },
	{ "a space counts", "82'example.org '", "example.org", false },
	{ "the certificate's own last dot counts", "82'example.org.'", "example.org", false },

	{ "a wildcard stands for one label", "82'*.example.org'", "www.example.org", true },
	{ "in other letters", "82'*.EXAMPLE.org'", "www.example.org", true },
	{ "not for two", "82'*.example.org'", "a.b.example.org", false },
	{ "not for none", "82'*.example.org'", "example.org", false },
	{ "not for an empty one", "82'*.example.org'", ".example.org", false },
	{ "not for part of one", "82'w*.example.org'", "www.example.org", false },
	{ "nor at its end", "82'*w.example.org'", "www.example.org", false },
	{ "not for a later one", "82'www.*.org'", "www.example.org", false },
	{ "not for two of them", "82'*.*.org'", "www.example.org", false },
	{ "not for a top-level domain", "82'*.org'", "example.org", false },
	{ "not for everything", "82'*'", "org", false },
	{ "nor with a dot", "82'*.'", "org.", false },
	{ "a host is no wildcard", "82'*.example.org'", "*.example.org", false },
	{ "a wildcard in an encoded label", "82'xn--*.example.org'", "xn--a.example.org", false },
	{ "an encoded label is a label", "82'*.example.org'", "xn--bcher-kva.example.org", true },

	{ "a name of another script", "82'xn--bcher-kva.example'",
	    "b\xc3\xbc"
	    "cher.example",
	    true },
	{ "in capitals", "82'xn--bcher-kva.example'",
	    "B\xc3\x9c"
	    "CHER.example",
	    true },
	{ "decomposed", "82'xn--bcher-kva.example'",
	    "bu\xcc\x88"
	    "cher.example",
	    true },
	{ "with its own full stop", "82'xn--bcher-kva.example'",
	    "b\xc3\xbc"
	    "cher\xe3\x80\x82"
	    "example",
	    true },
	{ "a sharp s stays one", "82'xn--strae-oqa.example'",
	    "stra\xc3\x9f"
	    "e.example",
	    true },
	{ "and is no double s", "82'strasse.example'",
	    "stra\xc3\x9f"
	    "e.example",
	    false },
	{ "raw UTF-8 in a certificate",
	    "82'b\xc3\xbc"
	    "cher.example'",
	    "b\xc3\xbc"
	    "cher.example",
	    false },
	{ "a look-alike", "82'paypal.example'", "p\xd0\xb0ypal.example", false },
	{ "no UTF-8", "82'a.example'", "\xff.example", false },

	{ "an IPv4 address", "87:c0000201", "192.0.2.1", true },
	{ "another", "87:c0000201", "192.0.2.2", false },
	{ "as a name", "82'192.0.2.1'", "192.0.2.1", false },
	{ "as a name with a dot", "82'192.0.2.1'", "192.0.2.1.", false },
	{ "under a wildcard", "82'*.0.2.1'", "192.0.2.1", false },
	{ "under a wildcard with a dot", "82'*.0.2.1'", "192.0.2.1.", false },
	{ "an address in short", "82'127.1'", "127.1", false },
	{ "an address as a number", "82'2130706433'", "2130706433", false },
	{ "an address in hexadecimal", "82'0x7f.1'", "0x7f.1", false },
	{ "a hexadecimal end", "82'1.0x7f'", "1.0x7f", false },
	{ "a label that begins with a digit is a label", "82'a.3com'", "a.3com", true },
	{ "an IPv6 address", "87:20010db8000000000000000000000001", "2001:db8::1", true },
	{ "spelled out", "87:20010db8000000000000000000000001", "2001:0DB8:0:0:0:0:0:1", true },
	{ "in brackets", "87:20010db8000000000000000000000001", "[2001:db8::1]", true },
	{ "IPv4 in brackets", "87:c0000201", "[192.0.2.1]", false },
	{ "empty brackets", "87:c0000201", "[]", false },
	{ "IPv4 within IPv6 is another", "87:c0000201", "::ffff:192.0.2.1", false },
	{ "with a zone", "87:fe800000000000000000000000000001", "fe80::1%eth0", false },
	{ "an address with a mask", "87:c0000201ffffffff", "192.0.2.1", false },
};

static void
a_certificate_covers_the_hosts_of_its_alternative_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		const char *extension = rows[i].names ? words(SAN("%s"), rows[i].names) : NULL;
		TRUST_AUTO(trust_cert) *cert =
		    cert_of((struct cert_text){ .extensions = extension });
		print_message("# %s: %s\n", rows[i].sentence, rows[i].host);
		assert_int_equal(trust_cert_covers_host(cert, rows[i].host), rows[i].want);
	}
}

static void
a_host_longer_than_dns_allows_is_covered_by_none(void **state)
{
	(void)state;
	for (size_t size = 252; size < 256; size++) {
		char *host = keep(trust_alloc(size + 1));
		for (size_t i = 0; i < size; i++)
			host[i] = i % 50 == 49 ? '.' : 'a';
		TRUST_AUTO(trust_cert) *cert =
		    cert_of((struct cert_text){ .extensions = words(SAN("82'%s'"), host) });
		assert_int_equal(trust_cert_covers_host(cert, host), size <= 253);
	}
}

static void
damaged_alternative_names_cover_nothing(void **state)
{
	TRUST_AUTO(trust_cert) *cert =
	    cert_of((struct cert_text){ .extensions = "30{oid:2.5.29.17 04{82'example.org'}}" });

	(void)state;
	assert_false(trust_cert_covers_host(cert, "example.org"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_covers_the_hosts_of_its_alternative_names),
		cmocka_unit_test(a_host_longer_than_dns_allows_is_covered_by_none),
		cmocka_unit_test(damaged_alternative_names_cover_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, free_made);
}
