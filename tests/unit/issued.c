/* SPDX-License-Identifier: MPL-2.0 */
/* Who issued whom, in a store with two CAs of one name, by certificates that openssl makes. */

#include "core/issued.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/cert.h"
#include "core/limits.h"
#include "core/signature.h"
#include "core/store_internal.h"

/* CAs ca1 and ca2 are both called "CA"; leaf11 and leaf12 are the first one's, leaf21 is the
 * other's. */
static const char make_fixtures[] =
    "set -e\n"
    "cd \"$TRUST_TEST_FOLDER\"\n"
    "exec 2>openssl.log\n"
    "new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n"
    "for n in 1 2; do\n"
    "  openssl req -x509 $new -subj /CN=CA -keyout $n.key -out $n.pem\n"
    "  openssl x509 -in $n.pem -outform DER -out ca$n.der\n"
    "done\n"
    "for n in 11 12 21; do\n"
    "  openssl req $new -subj /CN=leaf$n -keyout leaf.key |\n"
    "  openssl x509 -req -CA ${n%?}.pem -CAkey ${n%?}.key -CAcreateserial -outform DER -out "
    "leaf$n.der\n"
    "done\n";
static const char *const names[] = { "leaf21", "ca1", "leaf11", "ca2", "leaf12" };
enum { LEAF21, CA1, LEAF11, CA2, LEAF12 };

static char folder[] = "/tmp/trustctl-issued-XXXXXX";
static struct trust_store *store;

static const struct trust_cert *
cert(size_t number)
{
	return trust_store_item(store, number)->cert;
}

static int
make_store(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || setenv("TRUST_TEST_FOLDER", folder, 1) != 0 ||
	    system(make_fixtures) != 0)
		return -1;
	store = trust_alloc(sizeof *store);
	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s.der", folder, names[i]);
		uint8_t bytes[4096];
		FILE *file = fopen(path, "re");
		assert_non_null(file);
		size_t size = fread(bytes, 1, sizeof bytes, file);
		fclose(file);
		trust_store_add_cert(store, (struct trust_bytes){ bytes, size },
		    (struct trust_bytes){ (const uint8_t *)names[i], strlen(names[i]) },
		    (uint32_t)i + 1, (struct trust_bytes){ 0 });
	}
	trust_store_join(store);
	return 0;
}

static int
remove_store(void **state)
{
	TRUST_AUTO_FREE char *command = trust_printf("rm -r %s", folder);

	(void)state;
	trust_store_close(store);
	return system(command);
}

static void
of_two_issuers_with_one_name_the_one_whose_key_signed_is_meant(void **state)
{
	uint64_t budget = trust_issued_budget(store);

	(void)state;
	assert_true(trust_issued_by(cert(LEAF21), cert(CA2), &budget));
	assert_false(trust_issued_by(cert(LEAF21), cert(CA1), &budget));
	assert_false(trust_issued_by(cert(LEAF21), cert(LEAF11), &budget));
	assert_ptr_equal(
	    trust_issued_in(store, cert(LEAF21), &budget), trust_store_item(store, CA2));
	assert_ptr_equal(
	    trust_issued_in(store, cert(LEAF12), &budget), trust_store_item(store, CA1));
	assert_null(trust_issued_in(NULL, cert(LEAF12), &budget));
}

static void
what_a_ca_issued_comes_in_the_order_of_the_store_and_without_itself(void **state)
{
	TRUST_AUTO(trust_issued) *issued = trust_issued_new(store);
	uint64_t budget = trust_issued_budget(store);
	size_t at = TRUST_ISSUED_START;

	(void)state;
	assert_int_equal(trust_issued_next(issued, cert(CA1), &at, &budget), LEAF11);
	assert_int_equal(trust_issued_next(issued, cert(CA1), &at, &budget), LEAF12);
	assert_int_equal(trust_issued_next(issued, cert(CA1), &at, &budget), -1);
	at = TRUST_ISSUED_START;
	assert_int_equal(trust_issued_next(issued, cert(LEAF11), &at, &budget), -1);
}

static void
a_budget_that_is_used_up_ends_every_search(void **state)
{
	TRUST_AUTO(trust_issued) *issued = trust_issued_new(store);
	const struct trust_signed what = trust_cert_signed(cert(LEAF11));
	uint64_t budget = trust_signed_units(&what, cert(CA1));
	size_t at = TRUST_ISSUED_START;

	(void)state;
	assert_true(trust_issued_by(cert(LEAF11), cert(CA1), &budget));
	assert_false(trust_issued_by(cert(LEAF12), cert(CA1), &budget));
	assert_int_equal(budget, 0);
	assert_null(trust_issued_in(store, cert(LEAF12), &budget));
	assert_int_equal(trust_issued_next(issued, cert(CA1), &at, &budget), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_two_issuers_with_one_name_the_one_whose_key_signed_is_meant),
		cmocka_unit_test(
		    what_a_ca_issued_comes_in_the_order_of_the_store_and_without_itself),
		cmocka_unit_test(a_budget_that_is_used_up_ends_every_search),
	};

	return cmocka_run_group_tests(tests, make_store, remove_store);
}
