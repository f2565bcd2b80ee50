/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_VERDICT_H
#define TRUST_VERDICT_H

/*
 * Is this certificate trusted for this usage, at this time, as one store and the built-in roots see
 * it, and if not, why not? Our own path builder (RFC 5280 section 6), because the explanation is
 * the product: every candidate path is tried, nearest anchor first, and the reason told is that of
 * the path that got furthest.
 *
 * Checked per element, in the standard's order: signature, validity, revocation (by the lists and
 * OCSP answers that are here; fetching them is core/fetch.h's), name constraints, policies, basic
 * constraints, path length, key usage, extended key usage, unknown critical extensions, trust
 * state, distrust-after of built-in roots, host name. What is not known to be good is never called
 * good: each element says. The search has a budget; when it is used up the answer is UNDETERMINED,
 * never a yes.
 *
 * Trust as NSS's clients read it: an anchor nearer the leaf wins over a distrusted CA above it; a
 * distrusted element on the way to the anchor ends that path; a peer record on the leaf itself
 * accepts it (in Mozilla's programs, for TLS, only beside an anchor's); a store's record overrides
 * the built-in list's for the same certificate.
 */

#include "core/base.h"
#include "core/policies.h"
#include "core/severity.h"
#include "core/time.h"
#include "core/trust.h"

struct trust_cert;
struct trust_crl;
struct trust_error;
struct trust_ocsp;
struct trust_store;

enum trust_reason { /* the first check that failed; a sentence for each in verdict.c */
	TRUST_REASON_NONE,
	TRUST_REASON_SIGNATURE,
	TRUST_REASON_EXPIRED,
	TRUST_REASON_NOT_YET_VALID,
	TRUST_REASON_REVOKED,
	TRUST_REASON_NAME_CONSTRAINTS,
	TRUST_REASON_POLICY,
	TRUST_REASON_NOT_A_CA,
	TRUST_REASON_PATH_LENGTH,
	TRUST_REASON_KEY_USAGE,
	TRUST_REASON_PURPOSE,
	TRUST_REASON_CRITICAL_EXTENSION,
	TRUST_REASON_UNKNOWN_ISSUER, /* nobody here issued it */
	TRUST_REASON_SELF_SIGNED,    /* it issued itself and nobody trusts it */
	TRUST_REASON_UNDECIDED_ROOT, /* the path ends in a root nobody decided on */
	TRUST_REASON_NOT_ANCHOR,     /* ... in one that a record makes no anchor for this usage */
	TRUST_REASON_DISTRUSTED,
	TRUST_REASON_DISTRUST_AFTER,
	TRUST_REASON_HOST_NAME,
	TRUST_REASON_EMAIL,      /* it is not for the mail address asked about */
	TRUST_REASON_WEAK,       /* MD5 or SHA-1 signature, RSA below 1024 bits, DSA */
	TRUST_REASON_REVOCATION, /* nobody knows whether it is revoked, and that was demanded */
	TRUST_REASON_BUDGET,
};
const char *trust_reason_word(enum trust_reason reason); /* "undecided-root" */

enum trust_answer {
	TRUST_ANSWER_TRUSTED,
	TRUST_ANSWER_NOT_TRUSTED,
	TRUST_ANSWER_UNDETERMINED,
};

enum trust_revocation_state {
	TRUST_REVOCATION_NOT_ASKED, /* an anchor, or a path that reaches none */
	TRUST_REVOCATION_GOOD,      /* something that may say so, and is fresh, says that it is not
				       revoked */
	TRUST_REVOCATION_REVOKED,
	TRUST_REVOCATION_UNKNOWN,
};

enum trust_revocation_gap { /* why it is unknown; nearer to an answer last */
	TRUST_GAP_NONE,
	TRUST_GAP_NOTHING,  /* no list and no answer here is about it */
	TRUST_GAP_SCOPE,    /* lists of its issuer are for other certificates */
	TRUST_GAP_STALE,    /* too old */
	TRUST_GAP_FUTURE,   /* made after the time asked about */
	TRUST_GAP_SIGNER,   /* nobody here who may sign it did */
	TRUST_GAP_CRITICAL, /* has an extension not understood here */
	TRUST_GAP_REASONS,  /* covers some of the reasons for a revocation */
	TRUST_GAP_ANSWER,   /* the responder does not know it */
	TRUST_GAP_BUDGET,
};

struct trust_revocation {
	enum trust_revocation_state state;
	enum trust_revocation_gap gap;
	bool by_ocsp;            /* else by a revocation list */
	struct trust_time when;  /* REVOKED */
	bool ahead;              /* that is after the time asked about, and announced already */
	int reason;              /* REVOKED: enum trust_crl_reason */
	struct trust_time as_of; /* GOOD and REVOKED: the date of what says so */
	struct trust_time until; /* and when it is replaced */
	bool has_until;
};
/* "not revoked (list of 2026-11-24)", "revoked on 2026-11-01: key compromise (...)", "revocation
 * unknown:
 * ..."; owned, displayable; NULL where nothing was asked. */
char *trust_revocation_words(const struct trust_revocation *revocation) TRUST_MUST_CHECK;
const char *trust_revocation_state_word(enum trust_revocation_state state); /* "good" */
/* The first URL the certificate names for its issuer's; owned, displayable; NULL: none. */
char *trust_cert_issuer_url(const struct trust_cert *cert) TRUST_MUST_CHECK;
/* The nth URL (from 0) at which it says that an OCSP responder, a revocation list about it, or a
 * delta list to put on top of that (RFC 5280 section 4.2.1.15), is; owned, printable ASCII, of any
 * scheme; NULL: no more. */
char *trust_cert_ocsp_place(const struct trust_cert *cert, size_t nth) TRUST_MUST_CHECK;
char *trust_cert_list_place(const struct trust_cert *cert, size_t nth) TRUST_MUST_CHECK;
char *trust_cert_delta_place(const struct trust_cert *cert, size_t nth) TRUST_MUST_CHECK;
/* One of the first two kinds. */
bool trust_cert_has_revocation_place(const struct trust_cert *cert);
const char *trust_revocation_gap_words(enum trust_revocation_gap gap);

struct trust_verdict_step {
	const struct trust_cert *cert; /* borrowed from the stores or the question */
	enum trust_reason reason;      /* what is wrong with this element; NONE when nothing */
	enum trust_state state;        /* its trust for the usage */
	bool from_builtin;             /* its state comes from the built-in list */
	struct trust_revocation revocation;
};

struct trust_verdict {
	enum trust_answer answer;
	enum trust_reason reason;
	char *sentence;         /* owned, displayable: "the path ends in 'Example Root', which is in
				   the store but not trusted for tls-server" */
	char *remedy;           /* owned, displayable; NULL when there is none: a full command */
	enum trust_whose whose; /* job the remedy is */
	struct trust_verdict_step
	    *path; /* owned; leaf first; the path accepted or the one that got furthest */
	size_t path_count;
	bool has_distrust_after; /* the path's anchor is trusted only for what was issued ... */
	struct trust_time distrust_after; /* ... until then */
};
void trust_verdict_free(struct trust_verdict *verdict);
TRUST_DEFINE_AUTO(trust_verdict, trust_verdict_free)
/* Does the store's own record decide about the end of the path? No built-in list has a say then. */
bool trust_verdict_is_by_store(const struct trust_verdict *verdict);

struct trust_question {
	const struct trust_cert *cert; /* borrowed */
	enum trust_usage usage;
	struct trust_time at;
	const char *host;  /* NULL: names are not checked; a DNS name or an IP address */
	const char *email; /* NULL: addresses are not checked; "a@example.com" */
	const struct trust_cert *const *others; /* untrusted certificates to build with; borrowed */
	size_t other_count;
	struct trust_policy_wish policies;   /* all zero: none is asked for */
	const struct trust_crl *const *crls; /* beside those of the store; borrowed */
	size_t crl_count;
	const struct trust_ocsp *const *ocsps; /* stapled or from files; borrowed */
	size_t ocsp_count;
	bool require_revocation; /* what is not known to be good is refused; else only what is
				    revoked */
	bool allow_weak;         /* SHA-1, short RSA and DSA are let pass: for test suites */
};

/*
 * What verdicts are asked against: certificates of one store and the built-in list, indexed by
 * subject, with signatures already checked remembered, so that asking about every item of a store
 * is near linear. Both stores are borrowed and must outlive it; either may be NULL.
 */
struct trust_court;
struct trust_court *trust_court_new(
    const struct trust_store *store, const struct trust_store *builtin) TRUST_MUST_CHECK;
/*
 * The court of somebody who trusts this one certificate and nothing else, as a server may that asks
 * for personal certificates: what the store has helps to build the path. store may be NULL.
 */
struct trust_court *trust_court_assuming(
    const struct trust_store *store, const struct trust_cert *anchor) TRUST_MUST_CHECK;
void trust_court_free(struct trust_court *court);
TRUST_DEFINE_AUTO(trust_court, trust_court_free)
/* Answer as if this certificate were not in the store (for prune); identifiers are remembered until
 * cleared with NULL. */
void trust_court_exclude(struct trust_court *court, const uint8_t *const *ids, size_t count);
/* Never NULL. Owned by the caller; borrows from court and question. */
struct trust_verdict *trust_court_ask(
    struct trust_court *court, const struct trust_question *question) TRUST_MUST_CHECK;
/* Does the certificate cover this host (RFC 9525: SAN dNSName with a left-most wildcard, iPAddress;
 * never the CN)? */
bool trust_cert_covers_host(const struct trust_cert *cert, const char *host);
/* Is it for this mail address (SAN rfc822Name, or emailAddress of the subject)? */
bool trust_cert_covers_email(const struct trust_cert *cert, const char *address);

#endif
