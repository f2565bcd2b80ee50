/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A part of a store answers as the whole of it does: the verdict of each certificate of a store of
 * some hundred, with cross-signed and renewed CAs, names spelt in two ways, records of distrust
 * with and without certificate, built-in roots and revocation lists.
 */

#include "core/store_internal.h"
#include "core/verdict_internal.h"
#include "tests/unit/made_chains.h"
#include "tests/unit/store_files.h"

#define CHAINS 80
#define FAMILIES 8

#define PART_SQL                                                                                   \
	"CREATE TABLE nssPublic (id PRIMARY KEY UNIQUE ON CONFLICT ABORT,a0,a3,a11,a81,a82,a101,"  \
	"a102,ace536358,ace536359,ace53635a,ace53635b,ace536360,ace5363b4,ace5363b5);"             \
	"CREATE INDEX issuer ON nssPublic (a81);CREATE INDEX subject ON nssPublic (a101);"         \
	"CREATE INDEX label ON nssPublic (a3);CREATE INDEX ckaid ON nssPublic (a102);"

static struct made_chain chains[CHAINS];
static struct trust_cert *made_roots[MADE_ROOTS];
static struct trust_cert *family_certs[FAMILIES * 9]; /* owned */
static size_t family_count;
static sqlite3 *rows;
static sqlite3_stmt *insert;
static uint32_t last_id;
static struct trust_store *builtin;
static struct trust_places *places;
static const struct trust_cert *guests[CHAINS]; /* leaves that are not in the store */
static size_t guest_count;
static const struct trust_cert *namesake; /* its issuer and serial number another one has, here */
static struct trust_time now;

/* ---- rows ---------------------------------------------------------------------------------- */

static void
bind(int at, struct trust_bytes bytes)
{
	sqlite3_bind_blob64(insert, at, bytes.size ? bytes.data : (const uint8_t *)"", bytes.size,
	    SQLITE_TRANSIENT);
}

static void
add_row(void)
{
	sqlite3_bind_int64(insert, 1, ++last_id);
	assert_int_equal(sqlite3_step(insert), SQLITE_DONE);
	sqlite3_reset(insert);
	sqlite3_clear_bindings(insert);
}

static void
store_cert(const struct trust_cert *cert)
{
	TRUST_AUTO_FREE char *label = trust_cert_label(cert);

	bind(2, der("=00000001"));
	bind(3, (struct trust_bytes){ (const uint8_t *)label, strlen(label) });
	bind(4, cert->der);
	bind(5, cert->issuer);
	bind(6, cert->serial_tlv);
	bind(7, cert->subject);
	add_row();
}

static void
store_record(const struct trust_cert *cert, struct trust_states states, bool with_digest)
{
	uint8_t digest[TRUST_SHA1_BYTES];

	bind(2, der("=ce534353"));
	bind(5, cert->issuer);
	bind(6, cert->serial_tlv);
	for (int usage = 0; usage < TRUST_USAGES; usage++) {
		uint32_t number = trust_state_to_legacy(states, (enum trust_usage)usage);
		uint32_t attribute = trust_usage_attribute(TRUST_LEGACY, (enum trust_usage)usage);
		bind(9 + (int)(attribute - 0xce536358), der(words("=%08x", number)));
	}
	trust_sha1(cert->der.data, cert->der.size, digest);
	if (with_digest)
		bind(14, (struct trust_bytes){ digest, sizeof digest });
	add_row();
}

/* A list of one entry; `more`: its extensions. */
static void
store_list(const char *issuer, const struct made_key *key, const char *entry, const char *more)
{
	struct trust_bytes tbs =
	    der(words("30{02:01 " ECDSA " 30{31{30{oid:2.5.4.3 0c'%s'}}} 17'260101000000Z' "
		      "17'490101000000Z' 30{30{%s}} %s}",
		issuer, entry, more));
	TRUST_AUTO_FREE char *text = trust_hex(tbs.data, tbs.size);

	bind(2, der("=ce534351"));
	bind(4, der(words("30{=%s " ECDSA " 03:00%s}", text, signature_text(key, tbs, 99))));
	bind(7, der(words("30{31{30{oid:2.5.4.3 0c'%s'}}}", issuer)));
	add_row();
}

/* ---- families ------------------------------------------------------------------------------ */

static const struct trust_cert *
make_member(unsigned family, const char *subject, const char *issuer, int key, int issuer_key,
    bool leaf, bool expired, const char *extensions)
{
	struct plan plan = {
		.key = key % KEYS,
		.issuer_key = issuer_key % KEYS,
		.from = GOOD_FROM,
		.to = GOOD_TO,
		.path_length = -1,
		.leaf = leaf,
		.key_usage = leaf ? "0780" : "0106",
		.purposes = leaf ? SERVER_PURPOSE : NULL,
		.more = extensions,
	};
	if (expired)
		fault_expired(&plan);
	snprintf(plan.subject, sizeof plan.subject, "%s %u", subject, family);
	snprintf(plan.issuer, sizeof plan.issuer, "%s %u", issuer, family);
	struct trust_cert *cert =
	    make_certificate(&plan, (uint32_t)(0x60000000 + family * 64 + family_count));
	family_certs[family_count++] = cert;
	return cert;
}

#define BY_LIST_ISSUER                                                                             \
	"30{oid:2.5.29.31 04{30{30{a0{a0{86'http://x.example/l'}}"                                 \
	" a2{a4{30{31{30{oid:2.5.4.3 0c'LIST issuer 3'}}}}}}}}}"

/* Two roots, a CA that both signed, once with an expired twin, and leaves that name it in other
 * letters; each family differs in what was decided. */
static void
make_family(unsigned family)
{
	int key = (int)family;
	const struct trust_cert *old =
	    make_member(family, "Old Root", "Old Root", key, key, false, family % 4 == 1, NULL);
	const struct trust_cert *new =
	    make_member(family, "New Root", "New Root", key + 1, key + 1, false, false, NULL);
	const struct trust_cert *twin =
	    make_member(family, "Cross CA", "OLD  root", key + 2, key, false, true, NULL);
	const struct trust_cert *by_old =
	    make_member(family, "Cross CA", "OLD root", key + 2, key, false, false, NULL);
	const struct trust_cert *by_new =
	    make_member(family, "Cross CA", "New Root", key + 2, key + 1, false, false, NULL);
	const struct trust_cert *leaf = make_member(family, "Leaf of", "CROSS  ca", key + 3,
	    key + 2, true, false, family == 3 ? BY_LIST_ISSUER : NULL);
	static const enum trust_state decisions[] = { TRUST_TRUSTED, TRUST_DISTRUSTED,
		TRUST_NOT_ANCHOR, TRUST_TRUSTED };

	store_cert(twin);
	store_record(old, trust_states_all(decisions[family % 4]), true);
	store_cert(leaf);
	store_cert(by_new);
	if (family % 2)
		store_cert(old); /* else a record without certificate */
	store_cert(new);
	store_cert(by_old);
	if (family != 6)
		store_record(new, trust_states_all(decisions[(family + 3) % 4]), family != 5);
	if (family == 4)
		store_record(by_new, trust_states_all(TRUST_DISTRUSTED), true);
	if (family == 1 || family == 7) {
		TRUST_AUTO_FREE char *serial =
		    trust_hex(by_new->serial_tlv.data, by_new->serial_tlv.size);
		store_list(words("New Root %u", family), &made_keys[(key + 1) % KEYS],
		    words("=%s 17'260102000000Z'", serial), "");
	}
	if (family == 6) {
		/* Two ways that are equally far from an anchor: the first in the file is told. */
		store_cert(
		    make_member(family, "twin ca", "Nobody", key + 2, key + 5, false, false, NULL));
		store_cert(make_member(
		    family, "Twin CA", "Somebody", key + 2, key + 5, false, false, NULL));
		store_cert(make_member(
		    family, "Under twins", "TWIN CA", key + 3, key + 2, true, false, NULL));
	}
	if (family != 3)
		return;
	/* Another CA may say that the leaf is revoked. */
	store_cert(
	    make_member(family, "List Issuer", "Old Root", key + 4, key, false, false, NULL));
	TRUST_AUTO_FREE char *serial = trust_hex(leaf->serial_tlv.data, leaf->serial_tlv.size);
	store_list("List Issuer 3", &made_keys[(key + 4) % KEYS],
	    words("=%s 17'260102000000Z' 30{30{oid:2.5.29.29 01:ff "
		  "04{30{a4{30{31{30{oid:2.5.4.3 0c'Cross CA 3'}}}}}}}}",
		serial),
	    "a0{30{30{oid:2.5.29.28 01:ff 04{30{a0{a0{86'http://x.example/l'}} 84:ff}}}}}");
}

/* With an issuer and a serial number that two have. */
static const struct trust_cert *
make_namesake(const char *subject)
{
	struct plan plan = {
		.key = 1,
		.issuer_key = 2,
		.from = GOOD_FROM,
		.to = GOOD_TO,
		.path_length = -1,
		.leaf = true,
		.key_usage = "0780",
		.purposes = SERVER_PURPOSE,
	};

	snprintf(plan.subject, sizeof plan.subject, "%s", subject);
	snprintf(plan.issuer, sizeof plan.issuer, "Of two");
	family_certs[family_count] = make_certificate(&plan, 0x70000001);
	return family_certs[family_count++];
}

/* ---- the store ----------------------------------------------------------------------------- */

static void
make_builtin(void)
{
	builtin = trust_alloc(sizeof *builtin);
	builtin->place.name = trust_strdup("builtin");
	builtin->place.kind = TRUST_PLACE_BUILTIN;
	for (size_t i = 0; i < MADE_ROOTS; i++) {
		struct trust_raw_record record = {
			.spelling = TRUST_LEGACY,
			.object_id = (uint32_t)i + 1,
			.issuer = made_roots[i]->issuer,
			.serial = made_roots[i]->serial_tlv,
			.states =
			    trust_states_all(i < TRUSTED_ROOTS ? TRUST_TRUSTED : TRUST_NOT_ANCHOR),
			.seal = TRUST_SEAL_INTACT,
		};
		trust_store_add_cert(builtin, made_roots[i]->der, (struct trust_bytes){ 0 },
		    (uint32_t)i + 1, (struct trust_bytes){ 0 });
		trust_store_add_record(builtin, &record);
	}
	trust_store_join(builtin);
}

static void
fill_store(void)
{
	for (uint32_t i = 0; i < CHAINS; i++) {
		make_chain(&chains[i], i);
		for (size_t k = 0; k < chains[i].count; k++) {
			if (k == 0 && i % 4 == 0)
				guests[guest_count++] = chains[i].certs[0];
			else
				store_cert(chains[i].certs[k]);
		}
	}
	for (unsigned i = 0; i < FAMILIES; i++)
		make_family(i);
	store_cert(make_namesake("Namesake here"));
	namesake = make_namesake("Namesake elsewhere");
	/* A built-in root is distrusted by a record alone, and a leaf that is not here. */
	store_record(made_roots[2], trust_states_all(TRUST_DISTRUSTED), true);
	store_record(guests[3], trust_states_all(TRUST_DISTRUSTED), true);
	store_record(guests[5], trust_states_all(TRUST_PEER), true);
	store_cert(made_roots[0]);
}

static int
make_everything(void **state)
{
	if (make_machine(state) != 0)
		return -1;
	now = (struct trust_time){ (int64_t)time(NULL) };
	make(STORE);
	make_keys();
	rows = open_database(CERT);
	run_sql(rows, PART_SQL "BEGIN");
	assert_int_equal(
	    sqlite3_prepare_v2(rows,
		"INSERT INTO nssPublic VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)",
		-1, &insert, NULL),
	    SQLITE_OK);
	for (size_t i = 0; i < MADE_ROOTS; i++)
		made_roots[i] = make_root(i);
	fill_store();
	sqlite3_finalize(insert);
	run_sql(rows, "COMMIT");
	assert_int_equal(sqlite3_close(rows), SQLITE_OK);
	make_builtin();
	TRUST_AUTO_FREE char *path = below(STORE);
	places = trust_place_for_directory(path);
	return 0;
}

static int
free_everything(void **state)
{
	for (size_t i = 0; i < CHAINS; i++)
		free_chain(&chains[i]);
	for (size_t i = 0; i < MADE_ROOTS; i++)
		trust_cert_free(made_roots[i]);
	for (size_t i = 0; i < family_count; i++)
		trust_cert_free(family_certs[i]);
	trust_store_close(builtin);
	trust_places_free(places);
	free_keys();
	free_made(state);
	return remove_machine(state);
}

static struct trust_store *
open_part(const struct trust_part *part)
{
	const struct trust_store_options options = { .part = part };
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_store *store = NULL;

	if (!trust_store_open(&places->list[0], &options, &store, &error))
		fail_msg("%s", error.message);
	return store;
}

/* ---- verdicts ------------------------------------------------------------------------------ */

static void
assert_same_text(const char *a, const char *b)
{
	assert_string_equal(a ? a : "(none)", b ? b : "(none)");
}

static void
assert_same_verdicts(
    struct trust_court *whole, struct trust_court *part, const struct trust_cert *cert)
{
	for (int usage = 0; usage < TRUST_USAGES; usage++) {
		const struct trust_question question = {
			.cert = cert, .usage = (enum trust_usage)usage, .at = now
		};
		TRUST_AUTO(trust_verdict) *want = trust_court_ask(whole, &question);
		TRUST_AUTO(trust_verdict) *is = trust_court_ask(part, &question);
		assert_same_text(is->sentence, want->sentence);
		assert_same_text(is->remedy, want->remedy);
		assert_int_equal(is->answer, want->answer);
		assert_int_equal(is->reason, want->reason);
		assert_int_equal(is->path_count, want->path_count);
		for (size_t i = 0; i < is->path_count; i++) {
			const struct trust_verdict_step *a = &is->path[i];
			const struct trust_verdict_step *b = &want->path[i];
			assert_memory_equal(a->cert->id, b->cert->id, sizeof a->cert->id);
			assert_int_equal(a->reason, b->reason);
			assert_int_equal(a->state, b->state);
			assert_int_equal(a->from_builtin, b->from_builtin);
			assert_int_equal(a->revocation.state, b->revocation.state);
			assert_int_equal(a->revocation.gap, b->revocation.gap);
		}
	}
}

static size_t
count_answers(const struct trust_store *store, struct trust_court *court, enum trust_reason reason)
{
	size_t count = 0;

	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_question question = { .cert = trust_store_item(store, i)->cert,
			.at = now };
		if (!question.cert)
			continue;
		TRUST_AUTO(trust_verdict) *verdict = trust_court_ask(court, &question);
		count += verdict->reason == reason;
	}
	return count;
}

static void
a_part_answers_as_the_whole(void **state)
{
	TRUST_AUTO(trust_store) *whole = open_part(NULL);
	TRUST_AUTO(trust_court) *court = trust_court_new(whole, builtin);

	(void)state;
	/* It is a store of which something can be got wrong. */
	assert_true(trust_store_count(whole) > 200);
	static const enum trust_reason reasons[] = { TRUST_REASON_NONE, TRUST_REASON_REVOKED,
		TRUST_REASON_DISTRUSTED, TRUST_REASON_EXPIRED, TRUST_REASON_NOT_ANCHOR,
		TRUST_REASON_UNDECIDED_ROOT };
	for (size_t i = 0; i < TRUST_COUNT(reasons); i++) {
		print_message("# some are: %s\n", trust_reason_word(reasons[i]));
		assert_true(count_answers(whole, court, reasons[i]) > 0);
	}
	for (size_t i = 0; i < trust_store_count(whole); i++) {
		const struct trust_item *item = trust_store_item(whole, i);
		if (!item->cert)
			continue;
		TRUST_AUTO_FREE char *digits = trust_hex(item->id, sizeof item->id);
		const char *const texts[] = { digits, item->name };
		for (size_t k = 0; k <= TRUST_COUNT(texts); k++) {
			bool by_text = k < TRUST_COUNT(texts);
			const struct trust_part part = {
				.texts = &texts[by_text ? k : 0],
				.text_count = by_text,
				.certs = &item->cert,
				.cert_count = by_text ? 0 : 1,
				.issuers = true,
				.builtin = builtin,
			};
			TRUST_AUTO(trust_store) *some = open_part(&part);
			TRUST_AUTO(trust_court) *other = trust_court_new(some, builtin);
			assert_true(trust_store_count(some) < 40);
			assert_non_null(trust_store_find(some, item->id));
			assert_same_verdicts(court, other, item->cert);
		}
	}
}

static void
it_does_for_what_is_not_in_the_store(void **state)
{
	TRUST_AUTO(trust_store) *whole = open_part(NULL);
	TRUST_AUTO(trust_court) *court = trust_court_new(whole, builtin);

	(void)state;
	for (size_t i = 0; i < guest_count + MADE_ROOTS; i++) {
		const struct trust_cert *cert =
		    i < guest_count ? guests[i] : made_roots[i - guest_count];
		const struct trust_part part = {
			.certs = &cert, .cert_count = 1, .issuers = true, .builtin = builtin
		};
		TRUST_AUTO(trust_store) *some = open_part(&part);
		TRUST_AUTO(trust_court) *other = trust_court_new(some, builtin);
		assert_true(trust_store_count(some) < 40);
		assert_same_verdicts(court, other, cert);
	}
}

static void
another_with_its_issuer_and_serial_number_is_in_its_part(void **state)
{
	const struct trust_part part = { .certs = &namesake, .cert_count = 1, .issuers = true };
	TRUST_AUTO(trust_store) *some = open_part(&part);
	TRUST_AUTO(trust_court) *court = trust_court_new(some, NULL);

	(void)state;
	assert_int_equal(trust_store_count(some), 1);
	assert_ptr_equal(court_namesake(court, namesake), trust_store_item(some, 0)->cert);
	assert_null(court_namesake(court, trust_store_item(some, 0)->cert));
}

static void
a_certificate_that_names_ever_so_many_has_the_whole_store_read(void **state)
{
	TRUST_AUTO(trust_store) *whole = open_part(NULL);

	for (unsigned count = 900; count <= 1100; count += 200) {
		TRUST_AUTO_BUFFER points;
		trust_buffer_init(&points, 1024 * 1024);
		for (unsigned i = 0; i < count; i++)
			trust_buffer_printf(&points, "a4{30{31{30{oid:2.5.4.3 0c'Of %u'}}}}", i);
		const struct trust_cert *cert =
		    make_member(9, "Of many", "Old Root", 0, 0, true, false,
			words("30{oid:2.5.29.31 04{30{30{a2{%s}}}}}",
			    (const char *)trust_buffer_bytes(&points).data));
		const struct trust_part part = {
			.certs = &cert, .cert_count = 1, .issuers = true, .builtin = builtin
		};
		TRUST_AUTO(trust_store) *some = open_part(&part);
		if (count > 1000)
			assert_int_equal(trust_store_count(some), trust_store_count(whole));
		else
			assert_true(trust_store_count(some) < 40);
	}
	(void)state;
}

/* ---- items --------------------------------------------------------------------------------- */

static void
assert_same_item(const struct trust_store *whole, const struct trust_store *part, const char *text)
{
	TRUST_AUTO_ERROR want_error = TRUST_ERROR_INIT;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	const struct trust_item *want = NULL;
	const struct trust_item *is = NULL;

	assert_int_equal(trust_store_select(part, text, &is, &error),
	    trust_store_select(whole, text, &want, &want_error));
	assert_int_equal(error.code, want_error.code);
	assert_same_text(error.hint, want_error.hint);
	if (!want)
		return;
	assert_int_equal(is->object_id, want->object_id);
	assert_int_equal(is->legacy.object_id, want->legacy.object_id);
	assert_true(
	    trust_states_equal(trust_item_states(part, is), trust_item_states(whole, want)));
}

static void
what_texts_mean_is_in_their_part(void **state)
{
	TRUST_AUTO(trust_store) *whole = open_part(NULL);
	size_t count = trust_store_count(whole);
	TRUST_AUTO_FREE const char **texts = trust_alloc_array(count, sizeof(const char *));
	size_t text_count = 0;

	(void)state;
	for (size_t i = 0; i < count; i++)
		if (trust_store_item(whole, i)->cert)
			texts[text_count++] = trust_store_item(whole, i)->name;
	/* One, a few, many, and more than are looked for one by one. */
	static const size_t sizes[] = { 1, 4, 5, 60, 1000 };
	for (size_t i = 0; i < TRUST_COUNT(sizes); i++)
		for (size_t from = 0; from < text_count; from += sizes[i]) {
			const struct trust_part part = {
				.texts = texts + from,
				.text_count =
				    text_count - from < sizes[i] ? text_count - from : sizes[i],
			};
			TRUST_AUTO(trust_store) *some = open_part(&part);
			for (size_t k = 0; k < part.text_count; k++)
				assert_same_item(whole, some, part.texts[k]);
		}
}

static void
a_store_without_the_index_of_subjects_is_read_as_a_whole(void **state)
{
	const char *text = "Leaf of 0";
	const struct trust_part part = { .texts = &text, .text_count = 1, .issuers = true };

	(void)state;
	TRUST_AUTO(trust_store) *whole = open_part(NULL);
	make_database(CERT,
	    "BEGIN; DROP INDEX subject; ALTER TABLE nssPublic RENAME COLUMN a101 TO a999; COMMIT");
	TRUST_AUTO(trust_store) *some = open_part(&part);
	assert_int_equal(trust_store_count(some), trust_store_count(whole));
	assert_same_item(whole, some, text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_answers_as_the_whole),
		cmocka_unit_test(it_does_for_what_is_not_in_the_store),
		cmocka_unit_test(another_with_its_issuer_and_serial_number_is_in_its_part),
		cmocka_unit_test(a_certificate_that_names_ever_so_many_has_the_whole_store_read),
		cmocka_unit_test(what_texts_mean_is_in_their_part),
		cmocka_unit_test(a_store_without_the_index_of_subjects_is_read_as_a_whole),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_everything, free_everything);
}
