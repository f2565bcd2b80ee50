/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TESTS_MADE_LISTS_H
#define TRUST_TESTS_MADE_LISTS_H

/* Revocation lists for chains made by number: one of each CA of a chain, good or with one fault,
 * and one of each root for all chains. */

#include "core/crl.h"
#include "tests/unit/made_chains.h"

struct made_lists {
	struct trust_crl *lists[MAX_CHAIN]; /* owned */
	size_t count;
};

struct list_plan {
	const char *issuer;
	int key;    /* the issuer's */
	int signer; /* the key it is signed with */
	const char *from;
	const char *to;
	const char *extension; /* beside the usual; NULL: none */
	const char *entries;
};

#define SCOPE(flag) "30{oid:2.5.29.28 01:ff 04{30{" flag ":ff}}}"
#define ON_HOLD "30{30{oid:2.5.29.21 04{0a:06}}}"
#define STALE_FROM "240101000000Z"
#define STALE_TO "250101000000Z"

static struct trust_crl *
make_list(const struct list_plan *plan, uint32_t seed)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_crl *crl = NULL;
	const char *entries = plan->entries && *plan->entries ? words("30{%s}", plan->entries) : "";
	struct trust_bytes tbs =
	    der(words("30{02:01 " ECDSA " 30{31{30{oid:2.5.4.3 0c'%s'}}} 17'%s' 17'%s' %s "
		      "a0{30{30{oid:2.5.29.20 04{02:01}} 30{oid:2.5.29.35 04{30{80:%s}}} %s}}}",
		plan->issuer, plan->from, plan->to, entries, made_keys[plan->key].id,
		plan->extension ? plan->extension : ""));
	TRUST_AUTO_FREE char *tbs_text = trust_hex(tbs.data, tbs.size);
	char *signature =
	    signature_text(&made_keys[plan->signer], tbs, seed * UINT64_C(0x2545f4914f6cdd1d) + 1);
	struct trust_bytes whole = der(words("30{=%s " ECDSA " 03:00%s}", tbs_text, signature));
	if (!trust_crl_decode(whole, &crl, &error))
		fail_msg("%s", error.message);
	return crl;
}

/* One entry; more: its extensions. Owned by the group. */
static char *
entry_of(uint32_t serial, const char *more)
{
	return words("30{02:01%08x 17'250601000000Z' %s}", serial, more);
}

/* ---- what a CA's list may be like ---------------------------------------------------------- */

static const struct list_kind {
	const char *word;
	uint32_t weight;
	bool missing;
	bool revokes;
	bool forged; /* by another key */
	bool old;
	bool future;
	bool no_right; /* the CA's key may not sign lists */
	const char *extension;
	const char *entry; /* extensions of the entry */
} list_kinds[] = {
	{ .word = "fresh", .weight = 24 },
	{ .word = "revoked", .weight = 4, .revokes = true },
	{ .word = "held", .weight = 2, .revokes = true, .entry = ON_HOLD },
	{ .word = "stale", .weight = 2, .old = true },
	{ .word = "stale-revoked", .weight = 2, .old = true, .revokes = true },
	{ .word = "future", .weight = 1, .future = true },
	{ .word = "forged", .weight = 2, .forged = true },
	{ .word = "forged-revoked", .weight = 2, .forged = true, .revokes = true },
	{ .word = "missing", .weight = 2, .missing = true },
	{ .word = "for-users", .weight = 3, .extension = SCOPE("81") },
	{ .word = "for-cas", .weight = 3, .extension = SCOPE("82") },
	{ .word = "critical", .weight = 1, .extension = "30{oid:1.2.3.4.5 01:ff 04{05:}}" },
	{ .word = "no-right", .weight = 2, .no_right = true },
};

static const struct list_kind *
pick_kind(uint64_t *state)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < TRUST_COUNT(list_kinds); i++)
		sum += list_kinds[i].weight;
	uint32_t at = pick(state, sum);
	size_t i = 0;
	for (; at >= list_kinds[i].weight; i++)
		at -= list_kinds[i].weight;
	return &list_kinds[i];
}

/* The list of the CA that issued certificate `below` of a chain. */
static void
add_list(struct made_lists *lists, const struct plan *issuer, const struct list_kind *kind,
    uint32_t serial)
{
	struct list_plan plan = {
		.issuer = issuer->subject,
		.key = issuer->key,
		.signer = kind->forged ? (issuer->key + 1) % KEYS : issuer->key,
		.from = kind->old  ? STALE_FROM
		    : kind->future ? "480101000000Z"
				   : STALE_TO,
		.to = kind->old ? STALE_TO : GOOD_TO,
		.extension = kind->extension,
		.entries = kind->revokes ? entry_of(serial, kind->entry ? kind->entry : "")
					 : entry_of(serial ^ 0x40000000, ""),
	};

	if (!kind->missing)
		lists->lists[lists->count++] = make_list(&plan, serial);
}

/* Of every chain the same roots; one list is stale, the last root has none. */
static struct trust_crl *
make_root_list(size_t root, const char *entries)
{
	struct list_plan plan = {
		.issuer = root_names[root],
		.key = (int)root % KEYS,
		.signer = (int)root % KEYS,
		.from = root == 3 ? STALE_FROM : STALE_TO,
		.to = root == 3 ? STALE_TO : GOOD_TO,
		.entries = entries,
	};

	return make_list(&plan, (uint32_t)(0x7e000000 + root));
}

static void
free_lists(struct made_lists *lists)
{
	for (size_t i = 0; i < lists->count; i++)
		trust_crl_free(lists->lists[i]);
}

#endif
