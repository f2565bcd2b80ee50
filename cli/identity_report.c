/* SPDX-License-Identifier: MPL-2.0 */
/* What `trustctl identity check` says; see identity.h. */

#include <string.h>

#include "cli/client_fit.h"
#include "cli/identity.h"
#include "cli/plan.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/place.h"

/* ---- checks -------------------------------------------------------------------------------- */

static void
put_checks(struct cli_doc *doc, const struct cli_identity *identity)
{
	cli_doc_begin_list(doc, "", "checks");
	for (size_t i = 0; i < identity->check_count; i++) {
		const struct cli_check *check = &identity->checks[i];
		const char *word = cli_check_result_word(check->result);
		bool bad = check->result == CLI_CHECK_BAD;
		cli_doc_begin(doc, NULL, "check");
		cli_doc_text(doc, NULL, "check", check->id);
		cli_doc_text(doc, NULL, "result", word);
		cli_doc_text(doc, NULL, "words", check->words);
		cli_doc_text(doc, NULL, "remedy", check->remedy);
		cli_doc_end(doc);
		cli_doc_line(doc, "%-7s  %-11s  %s", bad ? "BAD" : word, check->id, check->words);
		if (check->remedy)
			cli_doc_line(doc, "%22s%s%s", "", bad ? "remedy: " : "", check->remedy);
	}
	cli_doc_end_list(doc);
}

/* ---- programs ------------------------------------------------------------------------------ */

/* Is it for mail, and this a mail program that has it? */
static bool
asks_for_mail(const struct cli_identity *identity, const struct cli_identity_place *at)
{
	return at->has_key && !at->key_hidden && identity->valid && at->letter &&
	    at->place->kind == TRUST_PLACE_THUNDERBIRD;
}

/* A mail program that has it, and cannot sign with it. */
static bool
cannot_sign(const struct cli_identity *identity, const struct cli_identity_place *at)
{
	return asks_for_mail(identity, at) && cli_mail_is_kept(&identity->uses, at->letter);
}

/* What its program does with a certificate and key that it has; owned by the caller. */
static char *
offer_words(const struct cli_identity *identity, const struct cli_identity_place *at)
{
	bool mailer = at->place->kind == TRUST_PLACE_THUNDERBIRD;

	if (!identity->valid)
		return trust_strdup("has it with its key, and does not offer it: see the dates");
	if (at->key_hidden)
		return trust_strdup("has it with its key, which it does not find: trustctl store "
				    "check names the remedy");
	if (asks_for_mail(identity, at)) {
		TRUST_AUTO_FREE char *words = cli_mail_words(&identity->uses, at->letter);
		return trust_printf("has it with its key; %s", words);
	}
	if (!at->offers)
		return trust_strdup("has it with its key, and does not offer it: see the purposes");
	if (at->place->kind == TRUST_PLACE_USER && !at->place->has_program)
		return trust_strdup(
		    "has it with its key, and no browser that reads it was found here");
	return trust_printf("has it with its key, and offers it to %s that ask",
	    mailer ? "mail servers" : "websites");
}

static char *
place_words(const struct cli_identity *identity, const struct cli_identity_place *at)
{
	if (at->failed)
		return trust_printf("cannot be read: %s", at->failed);
	if (!at->has_key)
		return trust_strdup(
		    at->has_cert ? "has the certificate without its key" : "does not have it");
	TRUST_AUTO_FREE char *words = offer_words(identity, at);
	if (cannot_sign(identity, at) || !cli_identity_lacks_issuer(at->chain))
		return trust_steal(&words);
	TRUST_AUTO_FREE char *missing = trust_name_display(identity->input.cert->issuer);

	return trust_printf("%s; its issuer '%s' is missing there", words, missing);
}

/* What lets a mail program sign with it; owned by the caller; NULL: nothing stands in the way, or
 * something else does. */
static char *
mail_remedy(const struct cli_identity *identity, const struct cli_identity_place *at)
{
	return asks_for_mail(identity, at) ? cli_mail_remedy(at->place, &identity->uses, at->letter)
					   : NULL;
}

static void
put_place(
    struct cli_doc *doc, const struct cli_identity *identity, const struct cli_identity_place *at)
{
	TRUST_AUTO_FREE char *words = place_words(identity, at);
	TRUST_AUTO_FREE char *remedy = mail_remedy(identity, at);
	const struct trust_verdict_step *last = &at->chain->path[at->chain->path_count - 1];
	TRUST_AUTO_FREE char *top = trust_cert_label(last->cert);
	bool known = at->has_cert;

	cli_doc_begin(doc, NULL, "program");
	cli_doc_text(doc, NULL, "store", at->name);
	cli_doc_text(doc, NULL, "readers", at->place->readers);
	cli_doc_text(doc, NULL, "error", at->failed);
	cli_doc_bool(doc, NULL, "has_certificate", at->has_cert);
	cli_doc_bool(doc, NULL, "has_key", at->has_key);
	cli_doc_bool(doc, NULL, "offers", at->offers);
	cli_doc_bool(doc, NULL, "mail", at->has_key && !at->key_hidden && at->mail);
	cli_doc_bool(doc, NULL, "chain_complete", known && cli_identity_is_complete(at->chain));
	cli_doc_text(doc, NULL, "chain_end", known ? top : NULL);
	cli_doc_text(
	    doc, NULL, "chain_reason", known ? trust_reason_word(at->chain->reason) : NULL);
	cli_doc_text(doc, NULL, "words", words);
	cli_doc_text(doc, NULL, "import", at->import);
	cli_doc_text(doc, NULL, "mail_remedy", remedy);
	cli_doc_end(doc);
	cli_doc_line(doc, "%s (%s): %s", at->name, at->place->readers, words);
	if (at->import)
		cli_doc_line(doc, "  to bring it there: %s", at->import);
	if (remedy)
		cli_doc_line(doc, "  to sign mail with it: %s", remedy);
}

static void
put_places(struct cli_doc *doc, const struct cli_identity *identity)
{
	cli_doc_begin_list(doc, identity->place_count ? "Programs" : "", "programs");
	for (size_t i = 0; i < identity->place_count; i++)
		put_place(doc, identity, &identity->places[i]);
	cli_doc_end_list(doc);
}

/* ---- what is remembered -------------------------------------------------------------------- */

static void
put_remembered(struct cli_doc *doc, const struct cli_identity *identity)
{
	static const char *const shown[] = {
		[TRUST_REMEMBERED_THIS] = "this certificate",
		[TRUST_REMEMBERED_OTHER] = "another certificate",
		[TRUST_REMEMBERED_NONE] = "no certificate",
		[TRUST_REMEMBERED_ANY] = "the first that fits",
		[TRUST_REMEMBERED_UNREAD] = "cannot be read",
	};
	const struct trust_remembered_list *all = identity->remembered;

	cli_doc_begin_list(
	    doc, all->count ? "Remembered choices, where no chooser appears" : "", "remembered");
	for (size_t i = 0; i < all->count; i++) {
		const struct trust_remembered *one = &all->list[i];
		bool unread = one->choice == TRUST_REMEMBERED_UNREAD;
		TRUST_AUTO_FREE char *forget = unread ? NULL : trust_remembered_forget_words(one);
		const char *site = one->site ? one->site : "every site";
		cli_doc_begin(doc, NULL, "choice");
		cli_doc_text(doc, NULL, "program", one->program);
		cli_doc_text(doc, NULL, "file", one->file);
		cli_doc_text(doc, NULL, "site", unread ? NULL : one->site);
		cli_doc_text(doc, NULL, "choice", trust_remembered_choice_word(one->choice));
		cli_doc_text(doc, NULL, "error", unread ? one->site : NULL);
		cli_doc_text(doc, NULL, "forget", forget);
		cli_doc_end(doc);
		cli_doc_line(
		    doc, "%s: %s: %s", one->program, unread ? one->file : site, shown[one->choice]);
		if (unread)
			cli_doc_line(doc, "  because %s", one->site);
		else
			cli_doc_line(doc, "  to have it forgotten: %s", forget);
	}
	cli_doc_end_list(doc);
}

/* ---- the server ---------------------------------------------------------------------------- */

static void
put_server(struct cli_doc *doc, const struct cli_identity *identity)
{
	const struct trust_probe_target *target = identity->target;
	const struct trust_probe_facts *facts = identity->facts;

	cli_doc_begin(doc, NULL, "server");
	if (target) {
		const struct trust_probe_tls *tls = &facts->tls;
		const char *version = tls->version ? trust_probe_version_name(tls->version) : NULL;
		cli_doc_text(doc, NULL, "host", target->host);
		cli_doc_number(doc, NULL, "port", target->port);
		cli_doc_text(doc, NULL, "path", target->path);
		cli_doc_text(doc, NULL, "address", facts->address);
		cli_doc_text(doc, NULL, "version", version);
		cli_doc_bool(doc, NULL, "asked_later", tls->asked_later);
		cli_doc_bool(doc, NULL, "shown", tls->identity_shown);
		if (tls->client_cert == TRUST_PROBE_CLIENT_NOT_ASKED)
			cli_doc_text(doc, NULL, "matches", NULL);
		else
			cli_doc_bool(doc, NULL, "matches", identity->matches);
		cli_doc_number(doc, NULL, "status", facts->http.status);
		cli_put_client_wish(doc, tls);
	}
	cli_doc_end(doc);
}

/* ---- the sentence -------------------------------------------------------------------------- */

bool
cli_identity_is_usable(const struct cli_identity *identity)
{
	for (size_t i = 0; i < identity->check_count; i++)
		if (identity->checks[i].result == CLI_CHECK_BAD)
			return false;
	return true;
}

static void
say_programs(const struct cli_identity *identity, struct trust_buffer *out)
{
	size_t told = 0;
	bool has = false;

	for (size_t i = 0; i < identity->place_count; i++) {
		const struct cli_identity_place *at = &identity->places[i];
		bool uses = at->offers || asks_for_mail(identity, at);
		has = has || at->has_key;
		if (uses && !cannot_sign(identity, at))
			trust_buffer_printf(
			    out, "%s%s", told++ ? ", " : "; in the store of ", at->place->readers);
	}
	for (size_t i = 0; i < identity->place_count; i++) {
		const struct cli_identity_place *at = &identity->places[i];
		if (!cannot_sign(identity, at))
			continue;
		TRUST_AUTO_FREE char *remedy = mail_remedy(identity, at);
		told++;
		trust_buffer_printf(out, "; %s cannot sign mail with it yet: %s",
		    at->place->readers, remedy ? remedy : at->letter->sentence);
	}
	if (told == 0)
		trust_buffer_append_text(out,
		    has ? "; but no program here that has it uses it"
			: "; but no browser or mail program here has it yet");
}

/* What differs from this certificate at that server's address. */
static void
say_remembered(const struct cli_identity *identity, struct trust_buffer *out)
{
	const struct trust_remembered_list *all = identity->remembered;

	for (size_t i = 0; identity->target && i < all->count; i++) {
		const struct trust_remembered *one = &all->list[i];
		bool none = one->choice == TRUST_REMEMBERED_NONE;
		if ((none || one->choice == TRUST_REMEMBERED_OTHER) &&
		    trust_remembered_is_for(one, identity->target->host))
			trust_buffer_printf(out, "; but %s remembers to send %s certificate there",
			    one->program, none ? "no" : "another");
	}
}

static void
say_open_ends(struct cli_identity *identity, struct trust_buffer *out)
{
	const struct cli_check *key = cli_identity_find(identity, "private-key");
	const struct cli_check *revocation = cli_identity_find(identity, "revocation");
	bool asked = identity->options->revocation;

	if (key->result == CLI_CHECK_UNKNOWN)
		trust_buffer_printf(out, "; its key was not tried%s",
		    key->remedy && strstr(key->remedy, "--store-password-file")
			? " (give --store-password-file FILE)"
			: "");
	else if (key->result == CLI_CHECK_NOTE && cli_identity_is_usable(identity))
		trust_buffer_printf(
		    out, "; browsers may be unable to store or use a key of its kind");
	if (identity->mute)
		trust_buffer_printf(out, "; revocation not checked: %s", identity->mute);
	else if (revocation->result == CLI_CHECK_UNKNOWN && !asked)
		trust_buffer_printf(out, "; revocation not checked (--revocation asks its CA)");
	else if (revocation->result == CLI_CHECK_UNKNOWN)
		trust_buffer_printf(out, "; whether it is revoked could not be found out");
	else if (revocation->result == CLI_CHECK_OK)
		trust_buffer_printf(out, "; not revoked");
	if (identity->valid && identity->clock->count > 0)
		trust_buffer_printf(out, "; but %s", identity->clock->list[0].sentence);
}

/* The first thing to settle; NULL: it is usable. */
static const struct cli_check *
first_fault(struct cli_identity *identity)
{
	/* What the server refuses is told before what might be the reason. */
	static const char *const order[] = { "private-key", "dates", "purposes", "revocation",
		"server", "chain" };

	for (size_t i = 0; i < TRUST_COUNT(order); i++) {
		const struct cli_check *check = cli_identity_find(identity, order[i]);
		if (check && check->result == CLI_CHECK_BAD)
			return check;
	}
	return NULL;
}

char *
cli_identity_sentence(struct cli_identity *identity)
{
	const struct cli_check *server = cli_identity_find(identity, "server");
	const struct cli_check *fault = first_fault(identity);
	const char *where = identity->target ? identity->target->shown : "";
	TRUST_AUTO_BUFFER out;
	char until[32];

	trust_buffer_init(&out, 65536);
	if (fault) {
		bool there = fault == server;
		trust_buffer_printf(&out, "NOT usable%s%s: %s%s%s%s", there ? " at " : "",
		    there ? where : "", there ? "it " : "", fault->words,
		    fault->remedy ? "; remedy: " : "", fault->remedy ? fault->remedy : "");
	} else {
		trust_time_format_date(identity->input.cert->not_after, until);
		trust_buffer_printf(&out, "usable until %s for %s", until,
		    cli_identity_find(identity, "purposes")->words);
		say_programs(identity, &out);
		if (server)
			trust_buffer_printf(&out, "; %s %s", where, server->words);
	}
	say_remembered(identity, &out);
	say_open_ends(identity, &out);
	return trust_buffer_take(&out);
}

void
cli_identity_put(struct cli *cli, struct cli_doc *doc, struct cli_identity *identity)
{
	const struct trust_cert *cert = identity->input.cert;
	TRUST_AUTO_FREE char *name = trust_cert_label(cert);
	TRUST_AUTO_FREE char *id = trust_hex(cert->id, sizeof cert->id);
	TRUST_AUTO_FREE char *issuer = trust_name_display(cert->issuer);
	TRUST_AUTO_FREE char *sentence = cli_identity_sentence(identity);
	const char *kind = trust_kind_word(identity->verify.kind);

	cli_doc_line(doc, "%s (%s %.16s), %s", name, kind, id, identity->input.from);
	cli_doc_text(doc, NULL, "name", name);
	cli_doc_text(doc, NULL, "id", id);
	cli_doc_text(doc, NULL, "item_kind", kind);
	cli_doc_text(doc, NULL, "from", identity->input.from);
	cli_doc_text(doc, "issued by", "issuer", issuer);
	cli_doc_time(doc, NULL, "at", cli->now);
	put_checks(doc, identity);
	put_places(doc, identity);
	put_remembered(doc, identity);
	put_server(doc, identity);
	cli_put_findings(doc, NULL, "", identity->clock);
	cli_verify_put_fetches(doc, identity->options->revocation ? &identity->fetches : NULL);
	cli_doc_bool(doc, NULL, "usable", cli_identity_is_usable(identity));
	cli_doc_text(doc, NULL, "sentence", sentence);
	cli_doc_line(doc, "%s", sentence);
}
