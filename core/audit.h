/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_AUDIT_H
#define TRUST_AUDIT_H

/*
 * What an auditor asks of one store: which local decisions about trust are there, what is
 * remarkable about each, how the vendor's list differs, and what our history claims about who made
 * it and when. Everything comes from one reading of the store and its history; nothing is asked,
 * nothing written.
 *
 * Caveat: the history lies beside the store and can be edited by whoever can write there. It is a
 * claim, not a proof; a decision that another program changed since has no known author.
 */

#include "core/history.h"
#include "core/store.h"

enum trust_audit_finding {
	TRUST_AUDIT_LOCAL_FULL,   /* fully trusted and not in the built-in list */
	TRUST_AUDIT_EXPIRED,      /* trusted for something, and expired */
	TRUST_AUDIT_EXPIRES_SOON, /* trusted for something, and expires within 30 days */
	TRUST_AUDIT_TAMPERED,     /* the signature of its record is wrong */
	TRUST_AUDIT_DISAGREEMENT, /* the two spellings say different things */
	TRUST_AUDIT_UNVERIFIED,   /* its signature was not checked */
	TRUST_AUDIT_ORPHAN,       /* a record without certificate */
	TRUST_AUDIT_NO_EFFECT,    /* says trust that no program of this store gives */
	TRUST_AUDIT_OVERRIDE,     /* decides otherwise than the built-in list */
	TRUST_AUDIT_OUTSIDE,      /* another program decided, as far as the history tells */
	TRUST_AUDIT_FINDINGS,
};
const char *trust_audit_word(enum trust_audit_finding finding); /* "local-full" */
/* What follows a name: "is fully trusted and not in the built-in list". */
const char *trust_audit_sentence(enum trust_audit_finding finding);
bool trust_audit_parse(const char *word, enum trust_audit_finding *ret_finding) TRUST_MUST_CHECK;

struct trust_audit_entry {
	const struct trust_item *item;     /* borrowed from the store; NULL for an orphan */
	const struct trust_orphan *orphan; /* borrowed from the store; NULL for an item */
	const struct trust_item *vendor;   /* borrowed from the built-in list; NULL: not in it */
	struct trust_states states;        /* what counts */
	bool finding[TRUST_AUDIT_FINDINGS];
	bool issues;                /* an anchor for a usage: a CA that has not expired */
	bool outside;               /* another program decided since our last entry */
	struct trust_origin origin; /* owned; of `trust_entry` nothing when outside */
};

struct trust_audit {
	struct trust_audit_entry *entries; /* in the store's order, orphans last */
	size_t count;
	size_t anchors; /* those that issue for at least one usage */
	size_t full;    /* and for all */
	size_t distrusted;
	char *history_problem; /* owned, displayable: why the history could not be read; NULL: it
				  was */
};

/*
 * store, builtin  borrowed, and must outlive the audit; builtin may be NULL
 * all             also what decides nothing of its own: records that say not-an-anchor and
 *                 undecided items are left out otherwise
 * Never NULL. Cost: one reading of the history, one pass over it.
 */
struct trust_audit *trust_audit_store(const struct trust_store *store,
    const struct trust_store *builtin, struct trust_time now, bool all) TRUST_MUST_CHECK;
void trust_audit_free(struct trust_audit *audit);
TRUST_DEFINE_AUTO(trust_audit, trust_audit_free)

#endif
