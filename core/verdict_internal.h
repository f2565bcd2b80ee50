/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_VERDICT_INTERNAL_H
#define TRUST_VERDICT_INTERNAL_H

/*
 * What the files of the verdict share: the court's certificates (verdict_court.c), the checks of
 * one element or of two (verdict_checks.c), the search for a path (verdict_path.c) and the words
 * (verdict.c). Tests open a court from plain arrays, without a store.
 */

#include "core/cert.h"
#include "core/limits.h"
#include "core/signature.h"
#include "core/verdict.h"

struct trust_der;

/* ---- the court ----------------------------------------------------------------------------- */

/* One certificate as a store or the built-in list has it. */
struct trust_court_entry {
	const struct trust_cert *cert; /* borrowed; must outlive the court */
	struct trust_states states;    /* all undecided: no record */
	bool builtin;
	struct trust_time
	    distrust_after[TRUST_USAGES]; /* counts where the state is the built-in list's */
	bool has_distrust_after[TRUST_USAGES];
};
/* Like trust_court_new(); an entry that comes twice is the store's and the built-in list's view of
 * one certificate. */
struct trust_court *trust_court_from(
    const struct trust_court_entry *entries, size_t count) TRUST_MUST_CHECK;

struct court_node {
	const struct trust_cert *cert; /* borrowed */
	struct trust_states store;     /* the store's own record */
	struct trust_states builtin;
	bool in_store;
	bool in_builtin;
	bool excluded;    /* from the store; the built-in list still has it */
	bool self_issued; /* set when a question meets it */
	bool has_issuer_hash;
	bool has_key_hash;
	struct trust_time distrust_after[TRUST_USAGES];
	bool has_distrust_after[TRUST_USAGES];
	uint64_t subject_hash; /* of the normalised name */
	uint64_t issuer_hash;
	uint8_t key_hash[TRUST_SHA256_BYTES]; /* of the SubjectPublicKeyInfo */
	uint32_t next_subject;                /* next node of the bucket, + 1 */
	uint32_t next_id;
	uint32_t question; /* the last question that met it ... */
	uint32_t vertex;   /* ... and its place there */
};

struct court_signature { /* one checked signature: of a certificate, by a key */
	uint8_t id[TRUST_SHA256_BYTES];
	uint8_t key_hash[TRUST_SHA256_BYTES];
	enum trust_signature result;
	uint32_t question; /* that paid for it last */
	bool used;
};

struct court_orphan {              /* a record whose certificate is in neither store */
	struct trust_bytes issuer; /* borrowed from its store */
	struct trust_bytes serial;
	struct trust_bytes digest; /* of the certificate meant; empty when not said */
	struct trust_states states;
	bool builtin;
};

struct court_list {                  /* a revocation list */
	const struct trust_crl *crl; /* borrowed: owned by the court's `own`, or the question's */
	uint64_t issuer_hash;
};

struct trust_court {
	struct court_node *nodes;
	size_t count; /* those of the stores */
	size_t used;  /* and behind them those of the question being asked */
	size_t capacity;
	uint32_t *by_subject;
	uint32_t *by_id;
	size_t buckets;                     /* of each, a power of two */
	struct court_signature *signatures; /* open-addressed */
	size_t signature_count;
	size_t signature_capacity;
	struct court_orphan *orphans; /* sorted by serial */
	size_t orphan_count;
	struct trust_crl **own; /* owned: the store's lists */
	size_t own_count;
	struct court_list *lists; /* of the store and of the question, newest first */
	size_t list_count;
	bool
	    mozilla; /* the store is one of Mozilla's programs, which read some records otherwise */
	uint32_t question; /* number of the question being asked */
};

/* Start a question: its certificate and the others become nodes. Pointers to nodes are good until
 * trust_court_adjourn(). */
struct court_node *trust_court_convene(
    struct trust_court *court, const struct trust_question *question);
void trust_court_adjourn(struct trust_court *court);

uint64_t court_issuer_hash(struct court_node *node);
const uint8_t *court_key_hash(struct court_node *node);
/* What counts for this usage; *ret_builtin (may be NULL): the built-in list says so. */
enum trust_state court_state(
    const struct court_node *node, enum trust_usage usage, bool *ret_builtin);
/* A record that accepts this very end entity, whatever issued it. */
bool court_accepts(
    const struct trust_court *court, const struct court_node *node, enum trust_usage usage);
/* A record that refuses it: as an issuer, or as an end entity. */
bool court_distrusts(const struct trust_court *court, const struct court_node *node,
    enum trust_usage usage, bool as_ca);
/* The same of what may be no node, as the signer of an OCSP answer. */
bool court_distrusts_cert(
    const struct trust_court *court, const struct trust_cert *cert, enum trust_usage usage);
/* Another certificate of the store with its issuer and serial number; NULL. A look at all. */
const struct trust_cert *court_namesake(
    const struct trust_court *court, const struct trust_cert *cert);
bool court_is_here(const struct court_node *node); /* in the store or the built-in list */

/* ---- work ---------------------------------------------------------------------------------- */

/* Counted in units of about a microsecond, so that the same question always ends at the same point,
 * on any machine. */
struct verdict_work {
	uint64_t done;
	uint64_t limit;
};
/* False when the budget is used up. */
static inline bool
verdict_spend(struct verdict_work *work, uint64_t units)
{
	work->done += units;
	return work->done <= work->limit;
}

/* The signature of `node` by the key of `issuer`, remembered. Costs the same whether remembered or
 * not, except within one question, so that answers do not depend on earlier questions. */
enum trust_signature court_signature(struct trust_court *court, struct court_node *node,
    struct court_node *issuer, struct verdict_work *work);
/* The same of anything signed, by its identifier. */
enum trust_signature court_signed(struct trust_court *court, const uint8_t *id,
    const struct trust_signed *what, struct court_node *issuer, struct verdict_work *work);
/* The nodes of this subject, one after the other, from `*at` = 0; NULL at the end, and when the
 * work is used up. */
struct court_node *court_next_of(struct trust_court *court, struct trust_bytes subject,
    uint64_t hash, struct verdict_work *work, uint32_t *at);
/* Which of two lists is the newer one, by date, then by number? */
int court_compare_ages(const struct trust_crl *a, const struct trust_crl *b);
/* Add a list of the store; for tests too. Takes ownership. */
void court_add_list(struct trust_court *court, struct trust_crl *crl);

/* ---- checks -------------------------------------------------------------------------------- */

/* The first thing wrong with an element by itself; its signature is not looked at. */
enum trust_reason verdict_check_issuer(const struct trust_court *court,
    const struct court_node *node, const struct trust_question *question);
enum trust_reason verdict_check_leaf(const struct trust_court *court, const struct court_node *node,
    const struct trust_question *question);
bool verdict_weak_signature(const struct trust_cert *cert);
bool verdict_weak_key(const struct trust_cert *cert);
/* Subject and issuer are one name, also when the keys differ. */
bool verdict_self_issued(const struct trust_cert *cert);
/* May path[at] stand above path[0 .. at-1]? PATH_LENGTH, or NAME_CONSTRAINTS with the element that
 * has the wrong name in *ret_offender; BUDGET when the work is used up. */
enum trust_reason verdict_check_above(
    struct court_node *const *path, size_t at, struct verdict_work *work, size_t *ret_offender);
/* The policies of path[0 .. count-1], whose last is the anchor and has no say. False: *ret_fit
 * tells, and *ret_at is the element where it failed. */
bool verdict_check_policies(struct court_node *const *path, size_t count,
    const struct trust_question *question, struct verdict_work *work,
    enum trust_policy_fit *ret_fit, size_t *ret_at);
/* Is the leaf too young for this built-in root? */
bool verdict_distrusted_after(
    const struct court_node *root, const struct trust_cert *leaf, enum trust_usage usage);
/* The extension nobody here understands; NULL when there is none. */
const struct trust_extension *verdict_unknown_critical(const struct trust_cert *cert);
/* Is what was asked about asked as a CA, whether it may issue? */
bool verdict_asks_ca(const struct trust_question *question);
const char *verdict_purpose(enum trust_usage usage); /* OID */
/* The list that this extension of it holds; false where there is none. */
bool verdict_open_list(const struct trust_cert *cert, const char *oid, struct trust_der *ret_list);
/* A domain as people write it: ASCII as it is, other scripts become what certificates hold
 * ("xn--..."). Owned; NULL for what no script has as a domain. */
char *verdict_ascii_domain(const char *text);

/* DSA keys without parameters: the signatures in path[0 .. count-1] that could be checked only now.
 * False: *ret_at is the element whose signature is wrong. */
bool verdict_check_inherited(
    struct court_node *const *path, size_t count, struct verdict_work *work, size_t *ret_at);
/* The certificate whose DSA parameters count for path[at]; NULL: its own. */
const struct trust_cert *verdict_parameters_of(
    struct court_node *const *path, size_t count, size_t at);

/* ---- revocation ---------------------------------------------------------------------------- */

/* Is path[at], issued by path[at + 1], revoked? The path ends in an anchor. RFC 5280 section 6.3,
 * RFC 6960. */
void verdict_check_revocation(struct trust_court *court, const struct trust_question *question,
    struct court_node *const *path, size_t count, size_t at, struct verdict_work *work,
    struct trust_revocation *ret_revocation);

struct verdict_inquiry { /* one such question, and those it leads to */
	struct trust_court *court;
	const struct trust_question *question;
	struct court_node *const *path; /* to the anchor that signers must reach too */
	size_t count;
	struct verdict_work *work;
	const struct trust_cert *pending[8]; /* what is being asked about, to end circles */
	size_t depth;
	bool self_may; /* a list may speak for the certificate of its own signer */
};
void verdict_ask_lists(struct verdict_inquiry *inquiry, const struct trust_cert *cert,
    struct trust_revocation *revocation);
void verdict_ask_ocsps(struct verdict_inquiry *inquiry, const struct trust_cert *cert,
    struct court_node *issuer, struct trust_revocation *revocation);
/* Is this good enough: not revoked, or unknown where that is no reason? */
bool verdict_lets_pass(
    const struct trust_question *question, const struct trust_revocation *revocation);
/* Keep the gap that is nearer to an answer. */
void verdict_note_gap(struct trust_revocation *revocation, enum trust_revocation_gap gap);
/* Is evidence of `this_update` not of the future? It may have been made while its maker was asked,
 * by a clock a little ahead of ours. */
static inline bool
verdict_has_begun(struct trust_time this_update, struct trust_time at)
{
	return this_update.seconds <= at.seconds + TRUST_MAX_CLOCK_SKEW_SECONDS;
}

/* ---- the search ---------------------------------------------------------------------------- */

enum verdict_end {                 /* how a path ends; better ones last */
	VERDICT_END_NOWHERE,       /* no issuer here */
	VERDICT_END_BAD_SIGNATURE, /* an issuer by name, but not by signature */
	VERDICT_END_ROOT,          /* a root that is no anchor */
	VERDICT_END_DISTRUSTED,
	VERDICT_END_ANCHOR,
};

struct verdict_path {
	enum trust_answer answer;
	enum verdict_end end;
	struct court_node *nodes[TRUST_MAX_PATH]; /* leaf first; borrowed from the court */
	enum trust_reason reasons[TRUST_MAX_PATH];
	struct trust_revocation revocation[TRUST_MAX_PATH];
	size_t count;
	size_t worst;           /* the element whose reason is the path's; 0 when all are good */
	enum trust_reason name; /* NONE, or the path's reason: the leaf is for other names, and has
				   a fault of its own that is told later */
	size_t offender;        /* for NAME_CONSTRAINTS: the CA whose constraints they are */
};

/* The path accepted, or the one that got furthest. Host names are not looked at. */
void verdict_search(struct trust_court *court, const struct trust_question *question,
    struct court_node *leaf, struct verdict_path *ret_path);

/* ---- words --------------------------------------------------------------------------------- */

struct verdict_scene { /* what a sentence is about */
	const struct trust_court *court;
	const struct trust_question *question;
	const struct verdict_path *path;
	size_t at;
	const struct court_node *node; /* the element at */
};
/* The text with what is in braces put in; owned; NULL when one of them has nothing to say, which
 * leaves out the whole text. */
char *verdict_fill(const struct verdict_scene *scene, const char *text);

#endif
