/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_POLICIES_H
#define TRUST_POLICIES_H

/*
 * Certificate policies of a path: RFC 5280 section 6.1 (d) to (f), with the policy graph of RFC
 * 9618 in place of the tree, whose size an attacker chooses. Of the graph only the newest level is
 * kept, since nothing else is asked than whether a policy that is wanted reaches the leaf.
 *
 * Caveat: qualifiers are not read. Comparisons are counted, so that hostile lists cost a bounded
 * time.
 */

#include "core/base.h"

struct trust_cert;

/* What the relying party asks for; all zero: nothing, as browsers do. Then a path is refused only
 * where a CA demands a policy and none is left. */
struct trust_policy_wish {
	const char *const
	    *policies; /* borrowed; dotted; where a policy is demanded, one of these; none: any */
	size_t count;
	bool explicit_policy; /* there must be a valid policy whatever the CAs say */
	bool inhibit_mapping;
	bool inhibit_any; /* anyPolicy stands for no policy */
};

struct trust_policy_step {
	const struct trust_cert *cert; /* borrowed */
	bool self_issued;
};

enum trust_policy_fit {
	TRUST_POLICY_FITS,
	TRUST_POLICY_NONE_LEFT,  /* one is demanded */
	TRUST_POLICY_UNREADABLE, /* malformed, or anyPolicy is mapped */
	TRUST_POLICY_BUDGET,
};

/*
 * path    leaf first, without the anchor
 * work    added to, in units of about a microsecond; more than `limit` is TRUST_POLICY_BUDGET
 * ret_at  the element at which it failed; untouched when it fits
 */
enum trust_policy_fit trust_policies_check(const struct trust_policy_step *path, size_t count,
    const struct trust_policy_wish *wish, uint64_t *work, uint64_t limit,
    size_t *ret_at) TRUST_MUST_CHECK;

#endif
