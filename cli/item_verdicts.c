/* SPDX-License-Identifier: MPL-2.0 */
/* The verdict of one item for `show`; see item_verdicts.h. */

#include "cli/item_verdicts.h"

#include "cli/internal.h"
#include "cli/plan.h"
#include "cli/verify_report.h"
#include "core/cert.h"
#include "core/oid.h"
#include "core/place.h"

/* The usages that the certificate names; of one that names none, those that its kind suggests. */
static void
suggest_usages(const struct trust_cert *cert, bool ret_usages[TRUST_USAGES])
{
	static const char *const purposes[TRUST_USAGES] = {
		[TRUST_TLS_SERVER] = TRUST_OID_SERVER_AUTH,
		[TRUST_TLS_CLIENT] = TRUST_OID_CLIENT_AUTH,
		[TRUST_EMAIL] = TRUST_OID_EMAIL_PROTECTION,
		[TRUST_CODE_SIGNING] = TRUST_OID_CODE_SIGNING,
	};
	enum trust_kind kind = trust_kind_of_cert(cert, false);
	bool person = kind == TRUST_KIND_PERSON;
	bool server = kind == TRUST_KIND_SERVER;
	bool named = false;

	for (int i = 0; i < TRUST_USAGES; i++)
		named |= ret_usages[i] = trust_cert_has_purpose(cert, purposes[i]);
	if (named)
		return;
	ret_usages[TRUST_TLS_SERVER] = !person;
	ret_usages[TRUST_TLS_CLIENT] = !server;
	ret_usages[TRUST_EMAIL] = !server;
	ret_usages[TRUST_CODE_SIGNING] = !server && !person;
}

static struct trust_verdict *
ask(struct cli *cli, struct trust_court *court, const struct trust_cert *cert,
    enum trust_usage usage)
{
	const struct trust_question question = { .cert = cert, .usage = usage, .at = cli->now };

	return trust_court_ask(court, &question);
}

static struct trust_court *
open_court(struct cli *cli, const struct trust_store *store)
{
	bool builtin = trust_store_place(store)->kind == TRUST_PLACE_BUILTIN;

	return trust_court_new(builtin ? NULL : store, builtin ? store : cli_builtin(cli));
}

/* What is unknown is not passed over. */
static const char *
revocation_words(const struct trust_verdict *verdict)
{
	if (cli_verify_is_unchecked(verdict))
		return "; revocation not checked";
	for (size_t i = 0; i + 1 < verdict->path_count; i++)
		if (verdict->path[i].revocation.state == TRUST_REVOCATION_UNKNOWN)
			return "; its revocation is known for a part of the path only";
	return "";
}

/* Whoever looks at a CA is not led to trust it for what a record, or the vendor, keeps it from. */
static bool
is_decided(struct cli *cli, const struct trust_verdict *verdict)
{
	const struct trust_store *builtin = cli_builtin(cli);

	return verdict->path_count == 1 &&
	    (verdict->reason == TRUST_REASON_NOT_ANCHOR ||
		(builtin && trust_store_find(builtin, verdict->path[0].cert->id)));
}

static void
put_verdict(struct cli_doc *doc, const struct trust_store *store, enum trust_usage usage,
    const struct trust_verdict *verdict)
{
	TRUST_AUTO_FREE char *label = trust_printf("  %s", trust_usage_word(usage));
	const char *answer = cli_verify_answer_words(verdict->answer);
	TRUST_AUTO_FREE char *line = NULL;

	const struct trust_place *place = trust_store_place(store);
	TRUST_AUTO_FREE char *name = cli_place_words(place);

	cli_doc_begin(doc, "", "verdict");
	cli_doc_text(doc, NULL, "store", name);
	TRUST_AUTO_FREE char *remedy = cli_verify_put_answer(doc, place, store, usage, verdict);
	cli_doc_end(doc);
	if (verdict->answer == TRUST_ANSWER_TRUSTED) {
		const struct trust_verdict_step *end = &verdict->path[verdict->path_count - 1];
		TRUST_AUTO_FREE char *anchor = trust_cert_label(end->cert);
		line = verdict->path_count == 1
		    ? trust_strdup(answer)
		    : trust_printf("%s: its anchor is '%s'%s%s", answer, anchor,
			  end->from_builtin ? " of the built-in list" : "",
			  revocation_words(verdict));
	} else {
		bool other = remedy && verdict->whose != TRUST_WHOSE_YOU;
		line = trust_printf("%s: %s%s%s%s%s%s", answer, verdict->sentence,
		    remedy ? "; remedy" : "", other ? " for " : "",
		    other ? trust_whose_words(verdict->whose) : "", remedy ? ": " : "",
		    remedy ? remedy : "");
	}
	cli_doc_text(doc, label, NULL, line);
}

/* What one store says. court: over it and what issued the certificate there. */
static void
put_verdicts(struct cli *cli, struct cli_doc *doc, const struct trust_store *store,
    struct trust_court *court, const struct trust_cert *cert)
{
	TRUST_AUTO_FREE char *name = cli_place_words(trust_store_place(store));
	bool usages[TRUST_USAGES];

	suggest_usages(cert, usages);
	cli_doc_line(doc, "Verdict, as the store '%s' sees it", name);
	for (int usage = 0; usage < TRUST_USAGES; usage++) {
		if (!usages[usage])
			continue;
		TRUST_AUTO(trust_verdict) *verdict = ask(cli, court, cert, (enum trust_usage)usage);
		struct trust_verdict told = *verdict;
		if (is_decided(cli, verdict))
			told.remedy = NULL;
		put_verdict(doc, store, (enum trust_usage)usage, &told);
	}
}

static bool
open_around(struct cli *cli, const struct trust_place *place, const struct trust_cert *cert,
    struct trust_store **ret_store, struct trust_error *error)
{
	const struct trust_part part = {
		.certs = &cert,
		.cert_count = 1,
		.issuers = true,
		.builtin = cli_builtin(cli),
	};

	return cli_store_open_part(cli, place, &part, ret_store, error);
}

/* Only what somebody named may be missing, but for the user's store, which "all" means too. */
static bool
is_named(const struct cli *cli, const struct trust_place *place)
{
	return place->kind != TRUST_PLACE_USER ||
	    (cli->global.store && cli_is_choice(cli->global.store, "user"));
}

/* A store that has not shown the item yet; one that lacks it is passed over. */
static void
put_other(struct cli *cli, struct cli_doc *doc, const struct trust_place *place,
    const struct trust_cert *cert, bool *ret_unread)
{
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	if (open_around(cli, place, cert, &store, &error)) {
		if (!trust_store_find(store, cert->id))
			return;
		TRUST_AUTO(trust_court) *court = open_court(cli, store);
		put_verdicts(cli, doc, store, court, cert);
	} else if (error.code != TRUST_STORE_MISSING || is_named(cli, place)) {
		TRUST_AUTO_FREE char *name = cli_place_words(place);
		cli_doc_begin(doc, "", "verdict");
		cli_doc_text(doc, NULL, "store", name);
		cli_doc_text(doc, NULL, "error", error.message);
		cli_doc_end(doc);
		cli_doc_line(doc, "The store '%s' cannot be read: %s", name, error.message);
		*ret_unread = true;
	}
}

void
cli_put_item_verdicts(struct cli *cli, struct cli_doc *doc, const struct trust_places *places,
    const struct trust_store *store, const struct trust_item *item, bool *ret_unread)
{
	TRUST_AUTO(trust_court) *court = open_court(cli, store);
	const struct trust_place *home = trust_store_place(store);

	cli_doc_begin_list(doc, "", "verdicts");
	put_verdicts(cli, doc, store, court, item->cert);
	for (size_t i = 0; i < places->count; i++)
		if (!cli_same_place(&places->list[i], home))
			put_other(cli, doc, &places->list[i], item->cert, ret_unread);
	cli_doc_end_list(doc);
}
