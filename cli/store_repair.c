/* SPDX-License-Identifier: MPL-2.0 */
/* `trustctl store check --repair`: the damage that a change can take away. */

#include "cli/store_repair.h"

#include <string.h>

#include "cli/plan.h"
#include "core/place.h"
#include "core/store_check.h"

struct repair {
	struct cli_plan plan;
	const struct trust_place **places; /* owned array: those that could be opened */
	size_t count;
	bool keys;
	bool unsound; /* something remains that is no mere note */
	bool unread;  /* of a store nobody knows what remains */
};

static bool
says_what_is_said(const struct trust_store *store, const struct trust_orphan *orphan)
{
	const struct trust_item *item = trust_store_repeated(store, orphan);

	return item &&
	    trust_states_equal(orphan->record.states,
		orphan->spelling == TRUST_LEGACY ? item->legacy.states : item->modern.states);
}

/* NSS heeds a distrust also for a certificate that a server sends: no dirt, but a decision; and of
 * two records that differ only a person can say which is meant. Nobody decides what is forged. */
static bool
decides(const struct trust_store *store, const struct trust_orphan *wanted)
{
	for (size_t i = 0; i < trust_store_orphan_count(store); i++) {
		const struct trust_orphan *orphan = trust_store_orphan(store, i);
		bool differs =
		    trust_store_repeated(store, orphan) && !says_what_is_said(store, orphan);
		bool distrusts = !trust_store_repeated(store, orphan) &&
		    orphan->record.seal != TRUST_SEAL_TAMPERED &&
		    trust_states_any(orphan->record.states, TRUST_DISTRUSTED);
		if (trust_bytes_equal(orphan->issuer, wanted->issuer) &&
		    trust_bytes_equal(orphan->serial, wanted->serial) && (differs || distrusts))
			return true;
	}
	return false;
}

static bool
build(struct cli *cli, const struct trust_place *place, void *context,
    struct trust_change_request *ret_request, struct trust_error *error)
{
	struct repair *repair = context;
	struct cli_plan_part *part = NULL;
	if (!cli_plan_open(cli, &repair->plan, place, &part, error))
		return false;

	repair->places[repair->count++] = place;
	for (size_t i = 0; i < trust_store_orphan_count(part->store); i++) {
		const struct trust_orphan *orphan = trust_store_orphan(part->store, i);
		if (decides(part->store, orphan)) {
			const struct trust_item *item = trust_store_repeated(part->store, orphan);
			if (item)
				cli_note(cli,
				    "'%s' has two trust records that differ, and they stay: trust "
				    "reset removes both",
				    item->name);
			else
				cli_note(cli,
				    "a distrust stays, of a certificate issued by '%s' that is not "
				    "here",
				    orphan->issuer_name);
			continue;
		}
		struct trust_action *clear = cli_plan_add(part, TRUST_CLEAR_ORPHAN);
		clear->issuer = orphan->issuer;
		clear->serial = orphan->serial;
	}
	for (size_t i = 0; i < trust_store_count(part->store); i++) {
		const struct trust_item *item = trust_store_item(part->store, i);
		bool damaged = item->cert == NULL && item->crl == NULL;
		if (item->object_id == 0 || trust_store_find(part->store, item->id) != item ||
		    (!damaged && !trust_store_next_copy(part->store, item)))
			continue;
		/* Either takes all rows with these bytes along. */
		enum trust_action_kind kind = damaged ? TRUST_DELETE_CERT : TRUST_DELETE_COPIES;
		struct trust_action *delete = cli_plan_add(part, kind);
		memcpy(delete->id, item->id, sizeof delete->id);
	}
	cli_plan_request(cli, part, ret_request);
	return true;
}

static void
put_finding(struct cli_doc *doc, const char *store, const struct trust_check_finding *finding)
{
	const char *severity = trust_severity_word(finding->severity);

	cli_doc_begin(doc, "", "finding");
	cli_doc_text(doc, NULL, "store", store);
	cli_doc_text(doc, NULL, "severity", severity);
	cli_doc_text(doc, NULL, "check", finding->check);
	cli_doc_text(doc, NULL, "subject", finding->subject);
	cli_doc_text(doc, NULL, "problem", finding->sentence);
	cli_doc_text(doc, NULL, "remedy", finding->remedy);
	cli_doc_end(doc);
	if (finding->severity == TRUST_SEVERITY_NOTE)
		return;
	cli_doc_line(doc, "remains in the store '%s', %s: '%s' %s", store, severity,
	    finding->subject, finding->sentence);
	if (finding->remedy)
		cli_doc_line(doc, "  remedy: %s", finding->remedy);
}

static void
put_remaining(
    struct cli *cli, struct cli_doc *doc, struct repair *repair, const struct trust_place *place)
{
	TRUST_AUTO(trust_check) *check = NULL;
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
	TRUST_AUTO_FREE char *name = cli_place_words(place);
	const struct trust_check_options options = {
		.password = cli_known_store_password(cli),
		.asker = cli_asker(cli),
		.keys = repair->keys,
	};

	if (!trust_store_check(place, &options, &check, &failed)) {
		cli_warn(
		    cli, "what remains in the store '%s' is not known: %s", name, failed.message);
		repair->unread = true;
		return;
	}
	for (size_t i = 0; i < check->count; i++)
		put_finding(doc, name, &check->list[i]);
	if (check->of[TRUST_SEVERITY_ERROR] + check->of[TRUST_SEVERITY_WARNING] > 0)
		repair->unsound = true;
}

static void
report(struct cli *cli, struct cli_doc *doc, void *context)
{
	struct repair *repair = context;

	if (cli->global.dry_run)
		return;
	cli_doc_begin_list(doc, "", "remaining");
	for (size_t i = 0; i < repair->count; i++)
		put_remaining(cli, doc, repair, repair->places[i]);
	cli_doc_end_list(doc);
}

enum trust_code
cli_store_repair(
    struct cli *cli, const struct trust_places *places, bool keys, struct trust_error *error)
{
	const struct cli_texts none = { 0 };
	TRUST_AUTO_FREE const struct trust_place **opened =
	    trust_alloc_array(places->count + 1, sizeof(struct trust_place *));
	struct repair repair = { .places = opened, .keys = keys };
	struct trust_places stores = {
		.list = trust_alloc_array(places->count + 1, sizeof *stores.list),
	};

	for (size_t i = 0; i < places->count; i++)
		if (places->list[i].kind != TRUST_PLACE_BUILTIN)
			stores.list[stores.count++] = places->list[i];
	cli->report = report;
	enum trust_code code = TRUST_OK;
	if (stores.count > 0)
		code = cli_change_run(cli, &stores, build, &repair, &none, error);
	trust_free(stores.list);
	cli_plan_done(&repair.plan);
	if (code != TRUST_OK)
		return code;
	return repair.unsound ? TRUST_ANSWER_NO : repair.unread ? TRUST_PARTIAL : TRUST_OK;
}
