/* SPDX-License-Identifier: MPL-2.0 */
/* A distrust that was left in a record when its certificate was deleted. */

#include <string.h>

#include "cli/import_plan.h"
#include "cli/internal.h"
#include "core/cert.h"
#include "core/place.h"

/* What leftover records distrust the certificate for; all else is no anchor. */
static bool
find_distrust(
    const struct trust_store *store, const struct trust_cert *cert, struct trust_states *ret_states)
{
	struct trust_states states = trust_states_all(TRUST_NOT_ANCHOR);
	bool found = false;

	for (size_t i = 0; i < trust_store_orphan_count(store); i++) {
		const struct trust_orphan *orphan = trust_store_orphan(store, i);
		/* NSS counts what was not written with the store's password as nothing. */
		if (orphan->record.seal == TRUST_SEAL_TAMPERED ||
		    !trust_states_any(orphan->record.states, TRUST_DISTRUSTED) ||
		    !trust_orphan_is_about(orphan, cert))
			continue;
		for (int usage = 0; usage < TRUST_USAGES; usage++)
			if (orphan->record.states.of[usage] == TRUST_DISTRUSTED)
				states.of[usage] = TRUST_DISTRUSTED;
		found = true;
	}
	/* Where they cannot be expressed together, the nearest grants no more. */
	if (found)
		(void)trust_states_reachable(states, ret_states);
	return found;
}

void
cli_import_keep_distrust(
    struct cli *cli, const struct cli_import_blocks *blocks, struct cli_plan_part *part)
{
	/* What is yet to be made has no records. */
	if (part->store == NULL || trust_store_orphan_count(part->store) == 0)
		return;
	for (size_t i = 0; i < blocks->count; i++) {
		const struct cli_import_block *block = &blocks->list[i];
		struct trust_states states;
		if (block->outcome != CLI_IMPORT_ADD || block->part->kind != IMPORT_CERTIFICATE ||
		    !find_distrust(part->store, block->part->cert, &states))
			continue;
		TRUST_AUTO_FREE char *name = trust_cert_label(block->part->cert);
		TRUST_AUTO_FREE char *id = cli_short_id(block->part->cert->id);
		TRUST_AUTO_FREE char *words = trust_states_words(states);
		TRUST_AUTO_FREE char *where = trust_place_option(trust_store_place(part->store));
		cli_warn(cli,
		    "'%s' stays distrusted (%s): a record left from when it was deleted says so",
		    name, words);
		cli_hint(cli, "to lift that: trustctl trust reset %s%s", id, where);
		struct trust_action *set = cli_plan_add(part, TRUST_SET_TRUST);
		memcpy(set->id, block->part->cert->id, sizeof set->id);
		set->states = states;
	}
}
