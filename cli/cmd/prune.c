/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl prune`: remove expired certificates nothing depends on. What stays and why is shown
 * beside what goes. Identities stay always: old mail is read with them.
 */

#include <string.h>

#include "cli/plan.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/issued.h"
#include "core/place.h"
#include "core/text.h"
#include "core/verdict.h"

struct options {
	const char *kinds;
	bool expired;
	struct cli_texts keep;
};

struct candidate {
	const struct trust_item *item; /* borrowed from the store */
	const char *kept;              /* why it stays; static; NULL: it goes */
};

/* For programs, which do not read what people are told. */
struct kept {
	const struct trust_place *place; /* borrowed */
	struct candidate candidate;
};

struct context {
	struct cli_plan plan;
	struct kept *kept; /* owned */
	size_t kept_count;
	bool kinds[TRUST_KINDS];
	bool several; /* stores: each is named above its candidates */
	const struct options *options;
};

/* The verdict of each usage of each certificate that is not expired, in the store's order. */
struct verdicts {
	unsigned char *answers; /* owned */
	size_t count;
};

static bool
is_pruned(enum trust_kind kind)
{
	return kind == TRUST_KIND_INTERMEDIATE || kind == TRUST_KIND_ROOT ||
	    kind == TRUST_KIND_SERVER || kind == TRUST_KIND_PERSON;
}

static bool
parse_kinds(const char *words, bool *kinds, struct trust_error *error)
{
	TRUST_AUTO_FREE char *copy = trust_strdup(words != NULL ? words : "intermediate");
	char *rest = copy;
	for (char *word = strsep(&rest, ","); word != NULL; word = strsep(&rest, ",")) {
		enum trust_kind kind;
		if (!trust_kind_parse(word, &kind) || !is_pruned(kind)) {
			TRUST_AUTO_FREE char *shown = trust_text_display_string(word);
			(void)trust_fail(
			    error, TRUST_USAGE, NULL, "items of kind '%s' are not pruned", shown);
			return trust_hint(error, "kinds: intermediate, root, server, person");
		}
		kinds[kind] = true;
	}
	return true;
}

static struct verdicts
ask_all(struct trust_court *court, const struct trust_store *store, struct trust_time now)
{
	size_t count = trust_store_count(store);
	struct verdicts verdicts = { trust_alloc_array(count * TRUST_USAGES + 1, 1),
		count * TRUST_USAGES };
	for (size_t i = 0; i < count; i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (item->cert == NULL || trust_cert_is_expired(item->cert, now))
			continue;
		for (int usage = 0; usage < TRUST_USAGES; usage++) {
			const struct trust_question question = {
				.cert = item->cert,
				.usage = (enum trust_usage)usage,
				.at = now,
			};
			TRUST_AUTO(trust_verdict) *verdict = trust_court_ask(court, &question);
			verdicts.answers[i * TRUST_USAGES + (size_t)usage] =
			    (unsigned char)(1 + (int)verdict->answer);
		}
	}
	return verdicts;
}

/* Do all verdicts stay as they are when these candidates are gone? */
static bool
verdicts_stay(struct trust_court *court, const struct trust_store *store, struct trust_time now,
    const struct verdicts *before, const struct candidate *candidates, size_t count)
{
	TRUST_AUTO_FREE const uint8_t **ids = trust_alloc_array(count + 1, sizeof(uint8_t *));
	size_t gone = 0;
	for (size_t i = 0; i < count; i++)
		if (candidates[i].kept == NULL)
			ids[gone++] = candidates[i].item->id;
	trust_court_exclude(court, NULL, 0);
	trust_court_exclude(court, ids, gone);
	struct verdicts after = ask_all(court, store, now);
	bool same = memcmp(before->answers, after.answers, before->count) == 0;
	trust_free(after.answers);
	return same;
}

/* Mark those that cannot go for themselves, by halves: each half of what cannot go as a whole.
 * False: it could not. */
static bool
keep_singly(struct trust_court *court, const struct trust_store *store, struct trust_time now,
    const struct verdicts *before, struct candidate *candidates, size_t count)
{
	if (verdicts_stay(court, store, now, before, candidates, count))
		return true;
	if (count == 1) {
		candidates->kept = "a verdict depends on it";
		return false;
	}
	size_t half = count / 2;
	(void)keep_singly(court, store, now, before, candidates, half);
	(void)keep_singly(court, store, now, before, candidates + half, count - half);
	return false;
}

/* Mark what cannot go: singly first, and where only a combination matters, the combination. */
static void
keep_what_is_needed(
    struct cli *cli, const struct trust_store *store, struct candidate *candidates, size_t count)
{
	struct trust_court *court = trust_court_new(store, cli_builtin(cli));
	struct verdicts before = ask_all(court, store, cli->now);
	bool enough = keep_singly(court, store, cli->now, &before, candidates, count) ||
	    verdicts_stay(court, store, cli->now, &before, candidates, count);
	for (size_t i = 0; !enough && i < count; i++)
		if (candidates[i].kept == NULL)
			candidates[i].kept = "a verdict may depend on it";
	trust_free(before.answers);
	trust_court_free(court);
}

/* "'a', 'b' and 3 more": the unexpired certificates it issued. NULL: none. */
static char *
dependents(const struct trust_store *store, const struct trust_issued *issued,
    const struct trust_item *item, struct trust_time now, uint64_t *budget)
{
	TRUST_AUTO_BUFFER text;
	trust_buffer_init(&text, 4096);
	size_t found = 0;
	size_t at = TRUST_ISSUED_START;
	for (int64_t i; (i = trust_issued_next(issued, item->cert, &at, budget)) >= 0;) {
		const struct trust_item *other = trust_store_item(store, (size_t)i);
		if (trust_cert_is_expired(other->cert, now))
			continue;
		if (++found > 3)
			continue;
		TRUST_AUTO_FREE char *shown = trust_text_cut(other->name, 60, "...");
		trust_buffer_printf(&text, "%s'%s'", found > 1 ? ", " : "", shown);
	}
	if (found == 0)
		return NULL;
	if (found > 3)
		trust_buffer_printf(&text, " and %zu more", found - 3);
	return trust_buffer_take(&text);
}

static void
say_candidate(struct cli *cli, const struct candidate *candidate, const char *issued)
{
	const struct trust_item *item = candidate->item;
	TRUST_AUTO_FREE char *id = cli_short_id(item->id);
	TRUST_AUTO_FREE char *expiry =
	    trust_time_expiry_words(item->cert->not_before, item->cert->not_after, cli->now);
	if (candidate->kept != NULL)
		cli_say(cli, "keep    %s '%s' (%s), %s: %s", trust_kind_word(item->kind),
		    item->name, id, expiry, candidate->kept);
	else
		cli_say(cli, "remove  %s '%s' (%s), %s", trust_kind_word(item->kind), item->name,
		    id, expiry);
	if (issued != NULL)
		cli_say(cli, "        it issued %s%s", issued,
		    candidate->kept != NULL ? "" : ", whose verdicts stay the same without it");
}

static void
remember_kept(
    struct context *context, const struct trust_place *place, const struct candidate *candidate)
{
	size_t count = context->kept_count + 1;

	context->kept = trust_grow_array(context->kept, count, sizeof *context->kept);
	context->kept[count - 1] = (struct kept){ .place = place, .candidate = *candidate };
	context->kept_count = count;
}

static void
report(struct cli *cli, struct cli_doc *doc, void *user_context)
{
	(void)cli;
	const struct context *context = user_context;

	cli_doc_begin_list(doc, NULL, "kept");
	for (size_t i = 0; i < context->kept_count; i++) {
		const struct candidate *candidate = &context->kept[i].candidate;
		TRUST_AUTO_FREE char *store = cli_place_words(context->kept[i].place);
		TRUST_AUTO_FREE char *id =
		    trust_hex(candidate->item->id, sizeof candidate->item->id);
		cli_doc_begin(doc, NULL, "item");
		cli_doc_text(doc, NULL, "store", store);
		cli_doc_text(doc, NULL, "item_kind", trust_kind_word(candidate->item->kind));
		cli_doc_text(doc, NULL, "name", candidate->item->name);
		cli_doc_text(doc, NULL, "id", id);
		cli_doc_text(doc, NULL, "reason", candidate->kept);
		cli_doc_end(doc);
	}
	cli_doc_end_list(doc);
}

static struct candidate *
find_candidates(struct cli *cli, const struct context *context, const struct trust_store *store,
    const struct cli_picks *keep, size_t *ret_count)
{
	struct candidate *list = trust_alloc_array(trust_store_count(store) + 1, sizeof *list);
	size_t count = 0;
	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (item->cert == NULL || !context->kinds[item->kind] ||
		    !trust_cert_is_expired(item->cert, cli->now))
			continue;
		struct candidate *candidate = &list[count++];
		candidate->item = item;
		if (trust_states_any(trust_item_states(store, item), TRUST_DISTRUSTED))
			candidate->kept = "it is distrusted, and that decision would be forgotten";
		for (size_t k = 0; k < keep->count; k++)
			if (keep->list[k] == item)
				candidate->kept = "as asked";
	}
	*ret_count = count;
	return list;
}

/* `list --expired` shows them too, so that "nothing to remove" alone would be a riddle. */
static void
say_other_kinds(struct cli *cli, const struct context *context, const struct trust_store *store)
{
	size_t counts[TRUST_KINDS] = { 0 };
	TRUST_AUTO_BUFFER words;
	TRUST_AUTO_BUFFER kinds;

	trust_buffer_init(&words, 1024);
	trust_buffer_init(&kinds, 1024);
	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (item->cert != NULL && trust_cert_is_expired(item->cert, cli->now))
			counts[item->kind]++;
	}
	for (size_t i = 0; i < TRUST_KINDS; i++) {
		enum trust_kind kind = (enum trust_kind)i;
		if (counts[i] == 0 || context->kinds[i] || !is_pruned(kind))
			continue;
		trust_buffer_printf(&words, "%s%zu expired %s", words.size > 0 ? ", " : "",
		    counts[i], counts[i] == 1 ? trust_kind_word(kind) : trust_kind_plural(kind));
		trust_buffer_printf(
		    &kinds, "%s%s", kinds.size > 0 ? "," : "", trust_kind_word(kind));
	}
	if (words.size == 0)
		return;
	TRUST_AUTO_FREE char *name = cli_place_words(trust_store_place(store));
	cli_note(cli, "of kinds not asked about, the store '%s' has %s: --kind %s", name,
	    (const char *)words.data, (const char *)kinds.data);
}

static bool
build(struct cli *cli, const struct trust_place *place, void *user_context,
    struct trust_change_request *ret_request, struct trust_error *error)
{
	struct context *context = user_context;
	struct cli_plan_part *part = NULL;
	CLI_PICKS_AUTO keep = { 0 };
	if (!cli_plan_open(cli, &context->plan, place, &part, error) ||
	    !cli_pick(cli, part->store, NULL, context->options->keep.list,
		context->options->keep.count, &keep, error))
		return false;

	size_t count = 0;
	TRUST_AUTO_FREE struct candidate *candidates =
	    find_candidates(cli, context, part->store, &keep, &count);
	if (count > 0)
		keep_what_is_needed(cli, part->store, candidates, count);

	TRUST_AUTO(trust_issued) *issued = trust_issued_new(part->store);
	uint64_t budget = trust_issued_budget(part->store);
	TRUST_AUTO_FREE char *name = cli_place_words(place);
	if (count > 0 && context->several)
		cli_say(cli, "store '%s':", name);
	for (size_t i = 0; i < count; i++) {
		TRUST_AUTO_FREE char *names =
		    dependents(part->store, issued, candidates[i].item, cli->now, &budget);
		say_candidate(cli, &candidates[i], names);
		if (candidates[i].kept != NULL) {
			remember_kept(context, place, &candidates[i]);
			continue;
		}
		struct trust_action *action = cli_plan_add(part, TRUST_DELETE_CERT);
		memcpy(action->id, candidates[i].item->id, sizeof action->id);
	}
	if (budget == 0)
		cli_note(
		    cli, "there are too many signatures to check: what was issued is told in part");
	if (part->count == 0)
		cli_note(cli, "nothing to remove from the store '%s'", name);
	say_other_kinds(cli, context, part->store);
	if (part->count > 0 && !cli->global.dry_run) {
		TRUST_AUTO_FREE char *question =
		    trust_printf("Remove %zu expired certificate%s from the "
				 "store '%s'?",
			part->count, part->count == 1 ? "" : "s", name);
		if (!cli_confirm(cli, question, error))
			return false;
	}
	cli_plan_request(cli, part, ret_request);
	return true;
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	struct context context = { .options = options };
	TRUST_AUTO(trust_places) *places = NULL;
	if (!parse_kinds(context.options->kinds, context.kinds, error) ||
	    !cli_places(cli, NULL, &places, error))
		return error->code;
	context.several = places->count > 1;
	cli->report = report;
	const struct cli_texts none = { 0 };
	enum trust_code code = cli_change_run(cli, places, build, &context, &none, error);
	cli_plan_done(&context.plan);
	trust_free(context.kept);
	return code;
}

static const struct cli_option options[] = {
	{
	    .name = "kind",
	    .argument = CLI_TEXT,
	    .value = "KIND,...",
	    .choices = "intermediate,root,server,person",
	    .fallback = "intermediate",
	    .help = "kinds to prune: intermediate, root, server, person",
	    .offset = offsetof(struct options, kinds),
	},
	{
	    .name = "expired",
	    .argument = CLI_FLAG,
	    .help = "what has expired; the default, and all that is pruned",
	    .offset = offsetof(struct options, expired),
	},
	{
	    .name = "keep",
	    .argument = CLI_LIST,
	    .value = "ITEM",
	    .help = "leave this one; may be repeated",
	    .offset = offsetof(struct options, keep),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_prune = {
	.path = "prune",
	.topic = CLI_TOPIC_EVERYDAY,
	.summary = "remove expired certificates that nothing depends on",
	.min_operands = 0,
	.max_operands = 0,
	.details =
	    "Lists the expired intermediates (other kinds with --kind), what each of them issued "
	    "that is still valid, and whether it goes or stays. It stays when removing it would "
	    "change the verdict of any unexpired certificate of the store for any usage, when it "
	    "is distrusted on purpose, or when --keep names it. Identities are never removed: old "
	    "mail is read with them. How many of the other kinds have expired is said.\n\n"
	    "All removals of a store are one change, which can be undone.",
	.examples = "trustctl prune --dry-run\n"
		    "trustctl prune --kind intermediate,server --keep 3f8a0c77 --yes",
	.writes = true,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
