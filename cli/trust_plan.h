/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_TRUST_PLAN_H
#define CLI_TRUST_PLAN_H

/*
 * `trust enable`, `trust disable` and `trust distrust` are one thing: write a state for some usages
 * of some certificates and leave the other usages as they are. They differ in the state and in
 * what they say or refuse beforehand.
 */

#include "cli/plan.h"

struct cli_trust_plan {
	struct cli_plan plan;
	enum trust_state state;
	const bool *usages;       /* borrowed: TRUST_USAGES of them; none set: all */
	const char *const *texts; /* borrowed: the items meant */
	size_t text_count;
	/* Say more about one certificate, or refuse it; NULL: nothing to say. */
	bool (*consider)(struct cli *cli, const struct trust_store *store,
	    const struct trust_item *item, struct trust_states before, struct trust_states after,
	    struct trust_error *error);
	bool looks_around; /* `consider` is to see the whole store, not only the items meant */
};

/* Run the plan on the stores asked; fingerprints as given on the command line. */
enum trust_code cli_trust_plan_run(struct cli *cli, struct cli_trust_plan *plan,
    const struct cli_texts *fingerprints, struct trust_error *error);

/* "tls-server,tls-client": the usages that have this state. Owned by the caller. */
char *cli_usages_with(struct trust_states states, enum trust_state state) TRUST_MUST_CHECK;

#endif
