/* SPDX-License-Identifier: MPL-2.0 */
/* One request on several stores: prepared, shown, confirmed, committed, told. One history group. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/internal.h"
#include "cli/plan.h"
#include "core/buffer.h"
#include "core/change.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/history.h"
#include "core/limits.h"
#include "core/place.h"

struct done;

struct run {
	struct cli *cli;
	const struct cli_texts *fingerprints;
	char *group; /* owned */
	struct cli_doc *doc;
	size_t failed;
	struct trust_error first_error;
	char *last_remedy; /* owned: what was told of the store that failed before; may be NULL */
	struct done *done; /* owned: the stores changed, for the notes behind the result */
	size_t done_count;
	char *last_words; /* owned: what is said when a signal ends the command now */
};

/* What is said of a changed store when the result has been printed. */
struct done {
	const struct trust_place *place; /* borrowed */
	int64_t entry;
	bool undoable;
	bool restart; /* running programs see the old trust until they are started again */
};

/* Is it no more than what the command has told? */
static bool
is_told(const struct run *run, const struct trust_effect *effect)
{
	return run->cli->told_added &&
	    (effect->kind == TRUST_EFFECT_ADDED || effect->kind == TRUST_EFFECT_KEY_ADDED) &&
	    trust_states_equal(effect->before, effect->after);
}

static void
put_effect(struct run *run, const struct trust_effect *effect)
{
	TRUST_AUTO_FREE char *id = trust_hex(effect->id, TRUST_SHA256_BYTES);
	TRUST_AUTO_FREE char *trust = cli_effect_trust_words(effect);

	cli_doc_begin(run->doc, NULL, "effect");
	cli_put_effect_fields(run->doc, effect);
	cli_doc_end(run->doc);
	if (is_told(run, effect))
		return;
	if (effect->kind == TRUST_EFFECT_TRUST)
		cli_doc_line(run->doc, "  trust of %s '%s' (%.16s)%s",
		    trust_kind_word(effect->item_kind), effect->name, id, trust);
	else if (effect->kind == TRUST_EFFECT_PASSWORD)
		cli_doc_line(run->doc, "  %s", trust_effect_word(effect->kind));
	else
		cli_doc_line(run->doc, "  %s: %s '%s' (%.16s)%s", trust_effect_word(effect->kind),
		    trust_kind_word(effect->item_kind), effect->name, id, trust);
}

static void
put_effects(struct run *run, const struct trust_change *change)
{
	cli_doc_begin_list(run->doc, "", "effects");
	for (size_t i = 0; i < trust_change_effect_count(change); i++)
		put_effect(run, &trust_change_effects(change)[i]);
	cli_doc_end_list(run->doc);
}

/* The key and the result word of one store; the object stays open for more. */
static void
begin_store(struct run *run, const struct trust_place *place, const char *result, const char *words)
{
	cli_doc_begin(run->doc, "", "store");
	cli_doc_text(run->doc, NULL, "store", place->name);
	cli_doc_text(run->doc, NULL, "result", result);
	cli_doc_line(run->doc, "store '%s': %s", place->name, words);
}

static void
put_failure(struct run *run, const struct trust_place *place, struct trust_error *error)
{
	TRUST_AUTO_FREE char *words = trust_printf("failed: %s", error->message);

	if (error->hint) {
		TRUST_AUTO_FREE char *hint = cli_whole_hint(run->cli, error->hint, place);
		(void)trust_hint(error, "%s", hint);
	}
	run->failed++;
	begin_store(run, place, "failed", words);
	cli_doc_text(run->doc, NULL, "code", trust_code_name(error->code));
	cli_doc_text(run->doc, NULL, "message", error->message);
	cli_doc_text(run->doc, NULL, "hint", error->hint);
	if (error->hint && (!run->last_remedy || strcmp(run->last_remedy, error->hint) != 0))
		cli_doc_line(run->doc, "  remedy: %s", error->hint);
	cli_doc_end(run->doc);
	trust_free(run->last_remedy);
	run->last_remedy = trust_strdup(error->hint);
	if (run->first_error.code == TRUST_OK)
		trust_error_move(&run->first_error, error);
	trust_error_clear(error);
}

static bool
trust_widens(const struct trust_change *change)
{
	for (size_t i = 0; i < trust_change_effect_count(change); i++)
		if (trust_change_effects(change)[i].widens)
			return true;
	return false;
}

/* Browsers keep what they once believed; what is new to them they see at once. */
static bool
needs_restart(const struct trust_change *change)
{
	for (size_t i = 0; i < trust_change_effect_count(change); i++) {
		enum trust_effect_kind kind = trust_change_effects(change)[i].kind;
		if (kind == TRUST_EFFECT_TRUST || kind == TRUST_EFFECT_DELETED ||
		    kind == TRUST_EFFECT_KEY_DELETED || kind == TRUST_EFFECT_ORPHAN_CLEARED)
			return true;
	}
	return false;
}

/* as_planned: false: it is for the error to say what can be done. */
static void
remember_done(struct run *run, const struct trust_place *place, int64_t entry,
    const struct trust_change *change, bool as_planned)
{
	run->cli->changed = true;
	run->done = trust_grow_array(run->done, run->done_count + 1, sizeof *run->done);
	run->done[run->done_count++] = (struct done){
		.place = place,
		.entry = entry,
		.undoable = as_planned && trust_change_irreversible(change) == NULL,
		.restart = needs_restart(change),
	};
}

/* Whoever presses Ctrl-C learns what was done before. waiting: the store that is not changed yet;
 * NULL: none. */
static void
set_last_words(struct run *run, const struct trust_place *waiting)
{
	TRUST_AUTO_BUFFER words;
	const char *made = run->cli->internal->made;

	trust_buffer_init(&words, TRUST_MAX_FILE_BYTES);
	trust_buffer_printf(
	    &words, "%strustctl: interrupted", cli_is_capable(STDERR_FILENO) ? "\r\033[K" : "");
	for (size_t i = 0; i < run->done_count; i++)
		trust_buffer_printf(&words, "; store '%s' was changed (history %lld)",
		    run->done[i].place->name, /* NOLINT(clang-analyzer-core.NullDereference): set */
		    (long long)run->done[i].entry);
	if (waiting)
		trust_buffer_printf(&words, "; store '%s' %s", waiting->name,
		    made && strcmp(made, waiting->path) == 0 ? "was made, and is empty"
							     : "is as it was");
	trust_buffer_append_text(&words, "\n");
	TRUST_AUTO_FREE char *text = trust_buffer_take(&words);
	char *last_words = cli_shown(text);
	cli_interrupt_say(last_words);
	trust_free(run->last_words);
	run->last_words = last_words;
}

/* history undo looks for the rest of a group in the stores that the rules of places find. */
static bool
is_found_by_itself(struct cli *cli, const struct trust_place *place)
{
	const struct trust_places *all = cli_all_places(cli);

	for (size_t i = 0; i < all->count; i++)
		if (cli_same_place(&all->list[i], place))
			return true;
	return false;
}

static void
say_done(struct run *run)
{
	bool told = false;

	for (size_t i = 0; i < run->done_count; i++) {
		const struct done *done = &run->done[i];
		TRUST_AUTO_FREE char *store = trust_place_option(done->place);
		/* One undo takes the group back, but for directories that only their path names. */
		if (done->undoable && (!told || !is_found_by_itself(run->cli, done->place)))
			cli_note(run->cli, "undo it with: trustctl history undo %lld%s",
			    (long long)done->entry, store);
		told = told || done->undoable;
		if (done->restart)
			cli_note_running(run->cli, done->place);
	}
	cli_interrupt_say(NULL);
	trust_free(run->last_words);
	trust_free(run->done);
}

static bool
commit(struct run *run, const struct trust_place *place, struct trust_change *change,
    struct trust_error *error)
{
	TRUST_AUTO_FREE uint8_t(*confirmed)[TRUST_SHA256_BYTES] = NULL;
	size_t confirmed_count = 0;
	int64_t entry = 0;

	if (trust_widens(change) &&
	    !cli_trust_step(
		run->cli, place, change, run->fingerprints, &confirmed, &confirmed_count, error))
		return false;
	/* From here on the change is made, whoever presses what. */
	cli_interrupt_watch();
	bool made = trust_change_commit(change, (const uint8_t(*)[TRUST_SHA256_BYTES])confirmed,
	    confirmed_count, &entry, error);
	cli_progress_done();
	/* What does not read back as planned was written all the same. */
	bool written = made ? entry > 0 : error->code == TRUST_STORE_READ_BACK;
	if (written)
		remember_done(run, place, entry, change, made);
	if (made || written)
		set_last_words(run, NULL);
	cli_interrupt_unwatch();
	if (!made)
		return false;
	if (entry == 0) {
		begin_store(run, place, "already-so", "already so; nothing to do");
		put_effects(run, change);
		cli_doc_end(run->doc);
		return true;
	}
	TRUST_AUTO_FREE char *words = trust_printf("changed (history %lld)", (long long)entry);
	begin_store(run, place, "changed", words);
	cli_doc_number(run->doc, NULL, "history", entry);
	put_effects(run, change);
	cli_doc_end(run->doc);
	return true;
}

/* Where only the request itself can be shown. */
static const char *
action_word(enum trust_action_kind kind)
{
	static const char *const words[] = {
		[TRUST_ADD_CERT] = "add a certificate",
		[TRUST_ADD_CRL] = "add a revocation list",
		[TRUST_ADD_KEY] = "add a private key",
		[TRUST_SET_TRUST] = "set trust",
		[TRUST_RESET_TRUST] = "remove a trust record",
		[TRUST_DELETE_CERT] = "delete a certificate",
		[TRUST_DELETE_KEY] = "delete a private key",
		[TRUST_CLEAR_ORPHAN] = "remove a leftover trust record",
		[TRUST_DELETE_COPIES] = "delete the copies of a certificate",
	};

	return words[kind];
}

/* The same command without --dry-run would be refused, or ask a person. */
static void
put_trust_step(struct run *run, const struct trust_effect *effects, size_t count)
{
	TRUST_AUTO_FREE char *options = cli_trust_step_options(effects, count, run->fingerprints);
	TRUST_AUTO_FREE char *wrong = cli_trust_step_wrong(effects, count, run->fingerprints);

	cli_doc_begin_list(run->doc, NULL, "needs_fingerprints");
	for (size_t i = 0; i < count; i++) {
		TRUST_AUTO_FREE char *id = trust_hex(effects[i].id, TRUST_SHA256_BYTES);
		if (cli_trust_step_lacks(&effects[i], run->fingerprints))
			cli_doc_text(run->doc, NULL, "id", id);
	}
	cli_doc_end_list(run->doc);
	if (wrong)
		cli_doc_line(run->doc, "  this is the trust step, and would be refused: %s", wrong);
	else if (*options)
		cli_doc_line(run->doc, "  this is the trust step, and would need%s", options);
}

/* Of the certificate or list that it is about; NULL where that is a key or a record alone. */
static char *
action_id(const struct trust_action *action)
{
	uint8_t id[TRUST_SHA256_BYTES];

	switch (action->kind) {
	case TRUST_ADD_KEY:
	case TRUST_CLEAR_ORPHAN:
		return NULL;
	case TRUST_ADD_CERT:
	case TRUST_ADD_CRL:
		trust_sha256(action->der.data, action->der.size, id);
		return trust_hex(id, sizeof id);
	default:
		return trust_hex(action->id, sizeof action->id);
	}
}

/* As is_told() of what would come of it. */
static bool
is_told_action(const struct run *run, const struct trust_action *action)
{
	return run->cli->told_added &&
	    (action->kind == TRUST_ADD_CERT || action->kind == TRUST_ADD_CRL ||
		action->kind == TRUST_ADD_KEY);
}

/* A dry run asks nobody and makes nothing: where the work would need a password or a store that is
 * not there yet, the request itself is what is shown. */
static void
show_request(
    struct run *run, const struct trust_place *place, const struct trust_change_request *request)
{
	size_t count = 0;
	struct trust_effect *foreseen = cli_foresee_trust(run->cli, place, request, &count);

	begin_store(run, place, "would-change",
	    place->exists ? "would change (the store's password is needed to say more)"
			  : "would be created, and change");
	cli_doc_begin_list(run->doc, "", "actions");
	for (size_t i = 0; i < request->action_count; i++) {
		const char *word = action_word(request->actions[i].kind);
		TRUST_AUTO_FREE char *id = action_id(&request->actions[i]);
		cli_doc_begin(run->doc, NULL, "action");
		cli_doc_text(run->doc, NULL, "action", word);
		if (id)
			cli_doc_text(run->doc, NULL, "id", id);
		cli_doc_end(run->doc);
		if (!is_told_action(run, &request->actions[i]))
			cli_doc_line(run->doc, "  %s%s%.16s", word, id ? ": " : "", id ? id : "");
	}
	cli_doc_end_list(run->doc);
	put_trust_step(run, foreseen, count);
	cli_doc_end(run->doc);
	trust_effects_free(foreseen, count);
}

static bool
show_progress(const char *what, size_t done, size_t total)
{
	cli_progress(what, done, total);
	return !cli_interrupted();
}

static bool
preview(struct run *run, const struct trust_place *place,
    const struct trust_change_request *request, struct trust_error *error)
{
	TRUST_AUTO(trust_change) *change = NULL;

	bool prepared = trust_change_prepare(place, request, &change, error);
	cli_progress_done();
	if (!prepared) {
		bool to_be_made = error->code == TRUST_STORE_MISSING && run->cli->makes_store;
		if (error->code != TRUST_STORE_PASSWORD && !to_be_made)
			return false;
		trust_error_clear(error);
		show_request(run, place, request);
		return true;
	}
	bool something = trust_change_effect_count(change) > 0;
	begin_store(run, place, something ? "would-change" : "already-so",
	    something ? "would change" : "already so; nothing to do");
	put_effects(run, change);
	put_trust_step(run, trust_change_effects(change), trust_change_effect_count(change));
	cli_doc_end(run->doc);
	return true;
}

static bool
run_one(struct run *run, const struct trust_place *place, cli_change_build *build, void *context,
    struct trust_error *error)
{
	TRUST_AUTO(trust_change) *change = NULL;
	struct cli *cli = run->cli;
	struct trust_change_request request = {
		.reason = cli->global.reason,
		.group = run->group,
		.asker = cli_asker(cli),
		.progress = show_progress,
	};

	set_last_words(run, place);
	if (!build(cli, place, context, &request, error))
		return false;
	if (cli->global.dry_run)
		return preview(run, place, &request, error);
	bool prepared = trust_change_prepare(place, &request, &change, error);
	cli_progress_done();
	if (!prepared)
		return false;
	for (size_t i = 0; i < trust_change_notice_count(change); i++)
		cli_note(cli, "%s", trust_change_notice(change, i));
	return commit(run, place, change, error);
}

/* The error where every store failed. People have just read of each; programs read the first. */
static void
tell_all_failed(struct run *run, struct trust_error *error)
{
	if (run->cli->global.json) {
		trust_error_move(error, &run->first_error);
		return;
	}
	(void)trust_fail(error, run->first_error.code, NULL, "%s failed in each of the %zu stores",
	    run->cli->command->path, run->failed);
}

enum trust_code
cli_change_run(struct cli *cli, const struct trust_places *places, cli_change_build *build,
    void *context, const struct cli_texts *fingerprints, struct trust_error *error)
{
	TRUST_AUTO_FREE char *group = trust_change_group_new();
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "change");
	struct run run = { .cli = cli, .fingerprints = fingerprints, .group = group, .doc = doc };

	cli->internal->changing = places;
	cli_doc_bool(doc, NULL, "dry_run", cli->global.dry_run);
	cli_doc_begin_list(doc, "", "stores");
	for (size_t i = 0; i < places->count; i++) {
		TRUST_AUTO_ERROR own = TRUST_ERROR_INIT;
		if (cli_interrupted()) /* while the store before was being committed */
			cli_interrupt_end();
		if (run_one(&run, &places->list[i], build, context, &own))
			continue;
		/* People read the error alone; a program always finds each store it asked for. */
		if (places->count == 1 && !cli->global.json) {
			say_done(&run);
			trust_error_move(error, &own);
			return error->code;
		}
		put_failure(&run, &places->list[i], &own);
	}
	cli_doc_end_list(doc);
	if (cli->report)
		cli->report(cli, doc, context);
	bool printed = cli_doc_print(doc, error);
	say_done(&run);
	bool all_failed = run.failed == places->count;
	if (all_failed && printed && run.failed)
		tell_all_failed(&run, error);
	trust_error_clear(&run.first_error);
	trust_free(run.last_remedy);
	if (!printed || (all_failed && run.failed))
		return error->code;
	return run.failed ? TRUST_PARTIAL : TRUST_OK;
}
