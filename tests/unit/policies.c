/* SPDX-License-Identifier: MPL-2.0 */
/* Policies that no CA would write: malformed ones, and so many that they must be given up. What CAs
 * write is in tests/chains/policies.test. */

#include "core/policies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/oid.h"

#define MAX_BYTES (4 * 1024 * 1024)

static const uint8_t policies_oid[] = { 0x55, 0x1d, 0x20 };
static const uint8_t mappings_oid[] = { 0x55, 0x1d, 0x21 };
static const uint8_t constraints_oid[] = { 0x55, 0x1d, 0x24 };
static const uint8_t inhibit_oid[] = { 0x55, 0x1d, 0x36 };

/* Of the certificates nothing is read but their extensions. */
static enum trust_policy_fit
fit_of(const struct trust_extension *ca, size_t count, const struct trust_extension *leaf,
    uint64_t limit, size_t *ret_at)
{
	struct trust_extension both[2][2];
	struct trust_cert certs[2] = { 0 };
	struct trust_policy_wish wish = { 0 };
	uint64_t work = 0;

	memcpy(both[1], ca, count * sizeof *ca);
	both[0][0] = *leaf;
	certs[0].extensions = both[0];
	certs[0].extension_count = 1;
	certs[1].extensions = both[1];
	certs[1].extension_count = count;
	const struct trust_policy_step path[] = { { .cert = &certs[0] }, { .cert = &certs[1] } };
	return trust_policies_check(path, 2, &wish, &work, limit, ret_at);
}

static struct trust_extension
extension(const uint8_t *oid, const char *value, size_t size)
{
	return (
	    struct trust_extension){ .oid = { oid, 3 }, .value = { (const uint8_t *)value, size } };
}
#define EXTENSION(oid, text) extension(oid, text, sizeof text - 1)
#define GOLD "\x30\x07\x30\x05\x06\x03\x2a\x03\x01"

static void
what_cannot_be_read_is_refused(void **state)
{
	static const struct {
		const char *sentence;
		const uint8_t *oid;
		const char *value;
		size_t size;
		enum trust_policy_fit want;
	} rows[] = {
#define ROW(sentence, oid, text, want) { sentence, oid, text, sizeof text - 1, want }
		ROW("no list", policies_oid, "\x05\x00", TRUST_POLICY_UNREADABLE),
		ROW("bytes behind the list", policies_oid, GOLD "\x05\x00",
		    TRUST_POLICY_UNREADABLE),
		ROW("a policy without OID", policies_oid, "\x30\x02\x30\x00",
		    TRUST_POLICY_UNREADABLE),
		ROW("a pair of one", mappings_oid, "\x30\x07\x30\x05\x06\x03\x2a\x03\x01",
		    TRUST_POLICY_UNREADABLE),
		ROW("mapping to any", mappings_oid,
		    "\x30\x0d\x30\x0b\x06\x03\x2a\x03\x01\x06\x04\x55\x1d\x20\x00",
		    TRUST_POLICY_UNREADABLE),
		ROW("a negative count", constraints_oid, "\x30\x03\x80\x01\xff",
		    TRUST_POLICY_UNREADABLE),
		ROW("an empty count", constraints_oid, "\x30\x02\x80\x00", TRUST_POLICY_UNREADABLE),
		ROW("an unknown constraint", constraints_oid, "\x30\x03\x82\x01\x00",
		    TRUST_POLICY_UNREADABLE),
		ROW("a huge count is no limit", constraints_oid,
		    "\x30\x09\x80\x07\x01\x00\x00\x00\x00\x00\x00", TRUST_POLICY_FITS),
		ROW("no number", inhibit_oid, "\x30\x00", TRUST_POLICY_UNREADABLE),
		ROW("zero of a list of none", policies_oid, "\x30\x00", TRUST_POLICY_FITS),
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		struct trust_extension ca = extension(rows[i].oid, rows[i].value, rows[i].size);
		struct trust_extension leaf = EXTENSION(policies_oid, GOLD);
		size_t at = 7;
		enum trust_policy_fit fit = fit_of(&ca, 1, &leaf, 1000, &at);
		if (fit != rows[i].want)
			fail_msg("%s", rows[i].sentence);
		assert_int_equal(at, fit == TRUST_POLICY_FITS ? 7 : 1);
	}
}

/* A list of `count` policies, or of mappings from one of 1.2.3.x to 1.2.4.x. */
static void
put_many(struct trust_buffer *out, unsigned count, bool mappings)
{
	TRUST_AUTO_BUFFER list;

	trust_buffer_init(&list, MAX_BYTES);
	for (unsigned i = 0; i < count; i++) {
		TRUST_AUTO_FREE char *from = trust_printf("1.2.3.%u", i);
		TRUST_AUTO_FREE char *to = trust_printf("1.2.4.%u", i);
		TRUST_AUTO_BUFFER one;
		trust_buffer_init(&one, 100);
		trust_der_put_oid(&one, mappings ? "1.2.3.0" : from);
		if (mappings)
			trust_der_put_oid(&one, to);
		trust_der_put(&list, TRUST_DER_SEQUENCE, trust_buffer_bytes(&one));
	}
	trust_der_put(out, TRUST_DER_SEQUENCE, trust_buffer_bytes(&list));
}

static void
more_than_can_be_compared_is_given_up(void **state)
{
	TRUST_AUTO_BUFFER policies;
	TRUST_AUTO_BUFFER mappings;
	size_t at = 0;

	(void)state;
	trust_buffer_init(&policies, MAX_BYTES);
	trust_buffer_init(&mappings, MAX_BYTES);
	put_many(&policies, 20000, false);
	put_many(&mappings, 20000, true);
	struct trust_extension many = { .oid = { policies_oid, 3 },
		.value = trust_buffer_bytes(&policies) };
	const struct trust_extension ca[] = { EXTENSION(policies_oid, GOLD),
		{ .oid = { mappings_oid, 3 }, .value = trust_buffer_bytes(&mappings) } };
	assert_int_equal(fit_of(&many, 1, &many, 10000, &at), TRUST_POLICY_BUDGET);
	assert_int_equal(fit_of(ca, 2, &many, 10000, &at), TRUST_POLICY_FITS);
	assert_int_equal(fit_of(ca, 2, &many, 100, &at), TRUST_POLICY_BUDGET);
}

static void
a_path_without_certificates_has_every_policy(void **state)
{
	struct trust_policy_wish wish = { .explicit_policy = true };
	uint64_t work = 0;
	size_t at = 0;

	(void)state;
	assert_int_equal(trust_policies_check(NULL, 0, &wish, &work, 10, &at), TRUST_POLICY_FITS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_read_is_refused),
		cmocka_unit_test(more_than_can_be_compared_is_given_up),
		cmocka_unit_test(a_path_without_certificates_has_every_policy),
	};
	return cmocka_run_group_tests_name("policies", tests, NULL, NULL);
}
