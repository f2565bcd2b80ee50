/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_CRL_H
#define TRUST_CRL_H

/*
 * A certificate revocation list (RFC 5280 section 5), decoded without NSS. Like a certificate it is
 * strict about structure and indifferent about meaning: whether it may be used for a certificate,
 * is fresh, and who signed it, is asked in verdict_revocation.c.
 *
 * Entries stay in the DER; an index of 16 bytes an entry, sorted by a hash of the serial number,
 * makes a look-up cheap in a list of a million. Immutable after decoding. Views point into `der`.
 *
 * Cost: one walk over the bytes, one SHA-256, one sort: about 0.3 s for a million entries.
 */

#include "core/base.h"
#include "core/hash.h"
#include "core/time.h"

struct trust_error;

enum trust_crl_reason { /* RFC 5280 section 5.3.1 */
	TRUST_CRL_UNSPECIFIED = 0,
	TRUST_CRL_KEY_COMPROMISE = 1,
	TRUST_CRL_CA_COMPROMISE = 2,
	TRUST_CRL_AFFILIATION_CHANGED = 3,
	TRUST_CRL_SUPERSEDED = 4,
	TRUST_CRL_CESSATION = 5,
	TRUST_CRL_HOLD = 6,
	TRUST_CRL_REMOVED = 8, /* in delta lists: no longer on hold */
	TRUST_CRL_PRIVILEGE_WITHDRAWN = 9,
	TRUST_CRL_AA_COMPROMISE = 10,
};
const char *trust_crl_reason_words(enum trust_crl_reason reason); /* "key compromise" */

/* ReasonFlags as a mask; bit 0 is unused. */
#define TRUST_CRL_ALL_REASONS 0x1feu

/* A distributionPoint of a certificate or of the list's own scope. */
struct trust_point {
	bool named;
	struct trust_bytes full;     /* content of GeneralNames; empty when the name is relative */
	struct trust_bytes relative; /* content of one RelativeDistinguishedName */
	unsigned reasons;            /* TRUST_CRL_ALL_REASONS when not said */
	struct trust_bytes issuer;   /* content of GeneralNames: cRLIssuer; empty when not said */
};
struct trust_der;
/* The next DistributionPoint of a list; false at the end. *ret_damaged: at what cannot be
 * decoded. */
bool trust_point_next(struct trust_der *list, struct trust_point *ret_point, bool *ret_damaged);
/* Do two points share a name? `a_base`, `b_base`: what relative names are relative to. */
bool trust_points_meet(const struct trust_point *a, struct trust_bytes a_base,
    const struct trust_point *b, struct trust_bytes b_base);
/* ReasonFlags (BIT STRING content) as a mask. */
bool trust_reason_flags(struct trust_bytes bits, unsigned *ret_reasons) TRUST_MUST_CHECK;
/* Is this Name among these GeneralNames? */
bool trust_general_names_have(struct trust_bytes names, struct trust_bytes name);

struct trust_crl_row {   /* the index */
	uint64_t key;    /* hash of the serial number */
	uint32_t at;     /* of the entry, in der */
	uint32_t issuer; /* 0: the list's own, else a number in `issuers`, + 1 */
};

struct trust_crl {
	struct trust_bytes der;         /* owned */
	uint8_t id[TRUST_SHA256_BYTES]; /* SHA-256 of der */
	struct trust_bytes tbs;
	struct trust_bytes algorithm; /* outer AlgorithmIdentifier, whole */
	struct trust_bytes inner_algorithm;
	struct trust_bytes signature;
	uint8_t digest[64]; /* of tbs, as the algorithm wants it; made once */
	bool has_digest;
	struct trust_bytes issuer; /* Name, whole */
	struct trust_time this_update;
	struct trust_time next_update;
	bool has_next_update;
	struct trust_bytes authority_key_id; /* keyIdentifier only; empty when absent */
	struct trust_bytes number;           /* content of an INTEGER; empty when absent */
	bool is_delta;
	struct trust_bytes base_number; /* of a delta list */
	struct trust_bytes freshest;    /* value of freshestCRL: where its delta list is; empty */
	bool has_scope;                 /* an issuingDistributionPoint is there */
	struct trust_bytes scope;       /* that extension's value */
	struct trust_point point;       /* of the scope; not named when absent */
	bool only_users;
	bool only_cas;
	bool only_attributes;
	bool indirect;
	struct trust_bytes
	    unknown_critical;       /* OID of what nobody understands; then the list is of no use */
	struct trust_crl_row *rows; /* owned, sorted by key */
	size_t count;
	struct trust_bytes
	    *issuers; /* owned array of certificateIssuer values, borrowed from der */
	size_t issuer_count;
};

/* Copies `der`. Errors: TRUST_INPUT_MALFORMED, TRUST_INPUT_LIMIT. */
bool trust_crl_decode(
    struct trust_bytes der, struct trust_crl **ret_crl, struct trust_error *error) TRUST_MUST_CHECK;
void trust_crl_free(struct trust_crl *crl);
TRUST_DEFINE_AUTO(trust_crl, trust_crl_free)

struct trust_signed;
struct trust_signed trust_crl_signed(const struct trust_crl *crl); /* borrows from crl */

/* "revocation list of CN=Example, 12 revoked, of 2026-11-24"; displayable, owned by the caller. */
char *trust_crl_words(const struct trust_crl *crl) TRUST_MUST_CHECK;

/* The nth URL (from 0) at which the list says that a delta list for it is; owned, printable ASCII,
 * of any scheme; NULL: no more. */
char *trust_crl_delta_place(const struct trust_crl *crl, size_t nth) TRUST_MUST_CHECK;

struct trust_crl_entry {
	struct trust_bytes serial; /* content of the INTEGER, borrowed */
	struct trust_time when;
	enum trust_crl_reason reason;
};
/* The entry of a certificate, by its issuer's Name and its serial number (INTEGER content). */
bool trust_crl_find(const struct trust_crl *crl, struct trust_bytes issuer,
    struct trust_bytes serial, struct trust_crl_entry *ret_entry);
/* Order of two CRL numbers; negative ones come first. */
int trust_crl_number_compare(struct trust_bytes a, struct trust_bytes b);

#endif
