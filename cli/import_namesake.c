/* SPDX-License-Identifier: MPL-2.0 */
/* What `trustctl import` says at its end of a CA whose name another one in the store has; see
 * import_next.h. */

#include <stdlib.h>
#include <string.h>

#include "cli/import_next.h"
#include "cli/items.h"
#include "cli/trust_plan.h"
#include "core/cert.h"
#include "core/place.h"

struct cli_namesake {
	uint64_t hash; /* of the subject */
	const struct trust_item *item;
};

static int
compare(const void *a, const void *b)
{
	const struct cli_namesake *x = a;
	const struct cli_namesake *y = b;

	return (x->hash > y->hash) - (x->hash < y->hash);
}

static int
compare_ids(const void *a, const void *b)
{
	const struct trust_cert *const *x = a;
	const struct trust_cert *const *y = b;

	return memcmp((*x)->id, (*y)->id, TRUST_SHA256_BYTES);
}

struct cli_namesakes
cli_namesakes_of(const struct trust_store *store, const struct cli_import_result *result)
{
	const struct cli_import_blocks *blocks = &result->blocks;
	TRUST_AUTO_FREE const struct trust_cert **added =
	    trust_alloc_array(blocks->count, sizeof(struct trust_cert *));
	struct cli_namesakes all = {
		.list = trust_alloc_array(trust_store_count(store), sizeof *all.list),
	};
	size_t count = 0;

	for (size_t i = 0; i < blocks->count; i++)
		if (blocks->list[i].part->cert != NULL && blocks->list[i].outcome == CLI_IMPORT_ADD)
			added[count++] = blocks->list[i].part->cert;
	qsort(added, count, sizeof *added, compare_ids);
	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (item->cert != NULL && trust_cert_is_ca(item->cert) &&
		    bsearch(&item->cert, added, count, sizeof *added, compare_ids) == NULL)
			all.list[all.count++] = (struct cli_namesake){
				.hash = trust_name_hash(item->cert->subject),
				.item = item,
			};
	}
	qsort(all.list, all.count, sizeof *all.list, compare);
	return all;
}

void
cli_namesakes_done(struct cli_namesakes *namesakes)
{
	trust_free(namesakes->list);
}

/* The one that lasts longest; NULL: none. What another CA issued under the name (a
 * cross-certificate) is no other edition of this one. */
static const struct trust_item *
find_other(const struct cli_namesakes *namesakes, const struct trust_cert *cert)
{
	const uint64_t hash = trust_name_hash(cert->subject);
	const struct trust_item *found = NULL;
	size_t low = 0;
	size_t high = namesakes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (namesakes->list[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < namesakes->count && namesakes->list[low].hash == hash; low++) {
		const struct trust_item *item = namesakes->list[low].item;
		if (!trust_name_equal(item->cert->subject, cert->subject) ||
		    !trust_name_equal(item->cert->issuer, cert->issuer))
			continue;
		if (!found || trust_time_compare(item->cert->not_after, found->cert->not_after) > 0)
			found = item;
	}
	return found;
}

/* " --usage tls-server,email", or "" for full trust; owned by the caller; NULL: it is trusted for
 * nothing. */
static char *
usage_option(struct trust_states states)
{
	TRUST_AUTO_FREE char *usages = cli_usages_with(states, TRUST_TRUSTED);

	if (*usages == '\0')
		return NULL;
	return trust_states_full(states) ? trust_strdup("") : trust_printf(" --usage %s", usages);
}

bool
cli_import_say_namesake(struct cli_next *next, const struct trust_store *store,
    const struct cli_namesakes *namesakes, const struct trust_cert *cert)
{
	const struct trust_item *other = find_other(namesakes, cert);

	if (other == NULL)
		return false;
	struct trust_states states = cli_effective_states(store, cli_builtin(next->cli), other);
	TRUST_AUTO_FREE char *label = trust_cert_label(cert);
	TRUST_AUTO_FREE char *id = cli_short_id(cert->id);
	TRUST_AUTO_FREE char *old = cli_short_id(other->id);
	TRUST_AUTO_FREE char *expiry = cli_expires_words(other->cert, next->cli->now);
	TRUST_AUTO_FREE char *trust = trust_states_words(states);
	TRUST_AUTO_FREE char *usage = usage_option(states);
	TRUST_AUTO_FREE char *where = trust_place_option(trust_store_place(store));
	bool newer = trust_time_compare(cert->not_after, other->cert->not_after) > 0;

	cli_next_note(next,
	    trust_printf("'%s' (%s) %s %s (%s; trust: %s), which stays; commands tell them apart "
			 "by these digits",
		label, id, newer ? "comes beside the older" : "has the name of", old, expiry,
		trust));
	if (!newer)
		return false;
	if (usage != NULL)
		cli_next_hint(next,
		    trust_printf("to trust '%s' (%s) as the older one is: trustctl trust enable "
				 "%s%s%s",
			label, id, id, usage, where));
	cli_next_hint(next,
	    trust_printf("when nothing that the older '%s' issued is in use any more: trustctl "
			 "delete %s%s",
		label, old, where));
	return usage != NULL;
}
