/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl history show`: one change in full: who, when, from where, and each effect.
 */

#include "cli/history_group.h"
#include "cli/plan.h"
#include "core/buffer.h"
#include "core/history.h"
#include "core/limits.h"
#include "core/place.h"

static void
say_effect(struct cli_doc *doc, const struct trust_effect *effect)
{
	TRUST_AUTO_FREE char *id = trust_hex(effect->id, sizeof effect->id);
	TRUST_AUTO_FREE char *trust = cli_effect_trust_words(effect);

	cli_doc_begin(doc, "", NULL);
	cli_put_effect_fields(doc, effect);
	if (effect->kind == TRUST_EFFECT_PASSWORD)
		cli_doc_line(doc, "%s", trust_effect_word(effect->kind));
	else
		cli_doc_line(doc, "%s: %s '%s' (%.16s)%s", trust_effect_word(effect->kind),
		    trust_kind_word(effect->item_kind), effect->name, id, trust);
	cli_doc_end(doc);
}

/* Where the same command's other changes are put. */
struct others {
	struct cli_doc *doc;
	struct trust_buffer words;
};

static void
put_other(void *context, const struct trust_place *place, const struct trust_history_entry *entry)
{
	struct others *others = context;
	TRUST_AUTO_FREE char *name = cli_place_words(place);

	trust_buffer_printf(&others->words, "%s%s %lld", others->words.size ? ", " : "", name,
	    (long long)entry->number);
	if (entry->undone_by > 0)
		trust_buffer_printf(
		    &others->words, " (undone by %lld)", (long long)entry->undone_by);
	cli_doc_begin(others->doc, NULL, "change");
	cli_doc_text(others->doc, NULL, "store", name);
	cli_doc_number(others->doc, NULL, "number", entry->number);
	if (entry->undone_by > 0)
		cli_doc_number(others->doc, NULL, "undone_by", entry->undone_by);
	cli_doc_end(others->doc);
}

static void
put_others(struct cli *cli, struct cli_doc *doc, const struct trust_place *place,
    const struct trust_history_entry *entry)
{
	struct others others = { .doc = doc };

	trust_buffer_init(&others.words, TRUST_MAX_FILE_BYTES);
	cli_doc_begin_list(doc, NULL, "also_changed");
	if (!entry->outside)
		(void)cli_history_group(cli, place, entry, put_other, &others);
	cli_doc_end_list(doc);
	if (others.words.size > 0)
		cli_doc_text(doc, "also changed", NULL, (const char *)others.words.data);
	trust_buffer_done(&others.words);
}

static bool
show(struct cli *cli, const struct trust_place *place, const struct trust_history_entry *entry,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *name = cli_place_words(place);
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "history-entry");
	cli_doc_number(doc, "change", "number", entry->number);
	cli_doc_text(doc, "store", "store", name);
	cli_doc_time(doc, "time", "time", entry->time);
	cli_doc_text(doc, "by", "user", entry->outside ? NULL : entry->user);
	cli_doc_text(doc, entry->outside ? NULL : "command", "command",
	    entry->outside ? "outside" : entry->command);
	cli_doc_bool(doc, NULL, "outside", entry->outside);
	if (entry->outside)
		cli_doc_line(doc, "made by another program, noticed at that time");
	if (entry->source != NULL)
		cli_doc_text(doc, "from", "source", entry->source);
	if (entry->reason != NULL)
		cli_doc_text(doc, "reason", "reason", entry->reason);
	cli_doc_text(doc, "summary", "summary", entry->summary);
	cli_doc_text(doc, NULL, "group", entry->group);
	put_others(cli, doc, place, entry);
	if (entry->undoes > 0)
		cli_doc_number(doc, "undo of", "undoes", entry->undoes);
	if (entry->undone_by > 0)
		cli_doc_number(doc, "undone by", "undone_by", entry->undone_by);
	cli_doc_bool(doc, NULL, "reversible", entry->reversible);
	if (!entry->reversible && entry->irreversible != NULL)
		cli_doc_text(doc, "not reversible", "irreversible", entry->irreversible);

	cli_doc_begin_list(doc, "effects", "effects");
	for (size_t i = 0; i < entry->effect_count; i++)
		say_effect(doc, &entry->effects[i]);
	cli_doc_end_list(doc);
	return cli_doc_print(doc, error);
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	(void)options;
	int64_t number = 0;
	if (!cli_change_number(cli, &number, error))
		return error->code;
	TRUST_AUTO(trust_places) *places = NULL;
	TRUST_AUTO(trust_history) *history = NULL;
	if (!cli_place(cli, &places, error) || !cli_store_is_there(&places->list[0], error) ||
	    !trust_history_read(&places->list[0], number, &history, error))
		return error->code;
	if (history->count == 0) {
		TRUST_AUTO_FREE char *name = cli_place_words(&places->list[0]);
		TRUST_AUTO_FREE char *where = trust_place_option(&places->list[0]);
		(void)trust_fail(error, TRUST_INPUT_NOT_FOUND, name,
		    "the store '%s' has no change %lld", name, (long long)number);
		(void)trust_hint(error, "trustctl history list%s", where);
		return error->code;
	}
	return show(cli, &places->list[0], &history->entries[0], error) ? TRUST_OK : error->code;
}

const struct cli_command cmd_history_show = {
	.path = "history show",
	.topic = CLI_TOPIC_HISTORY,
	.summary = "show one change in full",
	.operands = "NUMBER",
	.operand = CLI_NUMBER,
	.min_operands = 1,
	.max_operands = 1,
	.details = "Who made the change, when, with which command and from which file, which other "
		   "stores the same command changed, each of its effects, and whether it can be "
		   "undone. 'trustctl history undo' takes back what the command changed in the "
		   "other stores too, unless --only-here says otherwise.",
	.examples = "trustctl history show 12\n"
		    "trustctl history show 12 --store firefox --json",
	.run = run,
};
