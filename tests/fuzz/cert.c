/* SPDX-License-Identifier: MPL-2.0 */
/* Certificates: decoding (core/cert.c, der.c), all facts and words (cert_facts.c, cert_words.c,
 * ext_words.c, text.c, time.c, oid.c), names (name.c, names.c) and hosts (hostname.c). */

#include "core/cert.h"

#include <stdlib.h>
#include <string.h>

#include "core/der.h"
#include "core/error.h"
#include "core/oid.h"
#include "core/store.h"
#include "core/text.h"
#include "core/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever the input, people see displayable text only. */
static void
check_shown(const char *text)
{
	if (!text || !trust_text_is_plain(text, strlen(text)))
		abort();
}

static void
check_names(struct trust_names *names)
{
	for (size_t i = 0; names && i < names->count; i++)
		check_shown(names->entries[i].text);
	trust_names_free(names);
}

static void
read_names(const struct trust_cert *cert)
{
	struct trust_names *names = NULL;
	struct trust_names *permitted = NULL;
	struct trust_names *excluded = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	if (trust_cert_names(cert, &names, &error) != (names != NULL))
		abort();
	if (trust_cert_name_constraints(cert, &permitted, &excluded, &error) != (permitted != NULL))
		abort();
	check_names(names);
	check_names(permitted);
	check_names(excluded);
	check_names(trust_cert_emails(cert));
}

static void
read_words(const struct trust_cert *cert)
{
	TRUST_AUTO(trust_facts) *facts = trust_cert_facts(cert);
	TRUST_AUTO_FREE char *label = trust_cert_label(cert);
	char *common = trust_name_attribute(cert->subject, TRUST_OID_COMMON_NAME);

	for (size_t i = 0; i < facts->count; i++) {
		check_shown(facts->facts[i].name);
		check_shown(facts->facts[i].value);
	}
	check_shown(label);
	trust_free(common); /* not for display */
}

static void
read_cert(struct trust_bytes bytes)
{
	static const char *const hosts[] = { "www.example.org", "WWW.EXAMPLE.ORG.", "localhost",
		"192.0.2.1", "[2001:db8::1]" };
	TRUST_AUTO(trust_cert) *cert = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	if (!trust_cert_decode(bytes, &cert, &error)) {
		check_shown(error.message);
		return;
	}
	if (!trust_name_equal(cert->subject, cert->subject))
		abort();
	if (trust_name_equal(cert->subject, cert->issuer) !=
	    trust_name_equal(cert->issuer, cert->subject))
		abort();
	read_words(cert);
	read_names(cert);
	(void)trust_kind_of_cert(cert, false);
	for (size_t i = 0; i < TRUST_COUNT(hosts); i++)
		(void)trust_cert_covers_host(cert, hosts[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct trust_bytes bytes = { data, size };
	uint8_t *der = NULL;
	size_t der_size = 0;

	read_cert(bytes);
	/* Half of what a fuzzer makes is BER at best. */
	if (trust_der_from_ber(bytes, &der, &der_size))
		read_cert((struct trust_bytes){ der, der_size });
	trust_free(der);
	return 0;
}
