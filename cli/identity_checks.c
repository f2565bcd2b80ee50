/* SPDX-License-Identifier: MPL-2.0 */
/* The checks of `trustctl identity check`, in the order they are shown. */

#include <string.h>

#include "cli/identity.h"
#include "cli/items.h"
#include "cli/plan.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/change.h"
#include "core/oid.h"
#include "core/place.h"
#include "core/signature.h"
#include "import/import.h"

/* Who has less time than this left should ask for the next certificate. */
#define SOON_SECONDS (30 * INT64_C(86400))

const char *
cli_check_result_word(enum cli_check_result result)
{
	static const char *const words[] = { "ok", "note", "unknown", "bad" };
	return words[result];
}

void
cli_identity_add(struct cli_identity *identity, const char *id, enum cli_check_result result,
    char *words, char *remedy)
{
	identity->checks[identity->check_count++] =
	    (struct cli_check){ .id = id, .result = result, .words = words, .remedy = remedy };
}

struct cli_check *
cli_identity_find(struct cli_identity *identity, const char *id)
{
	for (size_t i = 0; i < identity->check_count; i++)
		if (strcmp(identity->checks[i].id, id) == 0)
			return &identity->checks[i];
	return NULL;
}

/* ---- where it is --------------------------------------------------------------------------- */

static void
check_source(struct cli_identity *identity)
{
	const struct import_file *file = identity->file;

	if (file)
		cli_identity_add(identity, "source", CLI_CHECK_OK,
		    trust_printf(
			"%s%s", file->format, file->protection ? ", opened with its password" : ""),
		    NULL);
	else
		cli_identity_add(
		    identity, "source", CLI_CHECK_OK, trust_strdup(identity->input.from), NULL);
}

/* ---- the private key ----------------------------------------------------------------------- */

/* The password that was written down, once: nobody is asked. */
static struct trust_secret *
answer_known(void *context, enum trust_password_for what, const char *subject, unsigned attempt)
{
	const struct trust_secret *known = cli_known_store_password(context);

	(void)what;
	(void)subject;
	return known && attempt == 0 ? trust_secret_copy(known) : NULL;
}

/* The key of the home store: does it open, and sign what the certificate proves? */
static void
try_key(struct cli *cli, struct cli_identity *identity)
{
	const struct trust_cert *cert = identity->input.cert;
	const struct trust_asker asker = { .ask = answer_known, .context = cli };
	TRUST_AUTO_FREE char *name = cli_place_words(identity->home);
	TRUST_AUTO_FREE char *kind = trust_cert_key_words(cert);
	TRUST_AUTO_FREE char *where = trust_printf(
	    "%s, %sin the store '%s'", kind, identity->file ? "not in the file, but " : "", name);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	bool fits = false;

	if (trust_store_has_password(identity->home_store) && !cli_known_store_password(cli)) {
		cli_identity_add(identity, "private-key", CLI_CHECK_UNKNOWN,
		    trust_printf("%s, and not tried: the store has a password", where),
		    trust_strdup("give it with --store-password-file FILE"));
		return;
	}
	if (!trust_store_prove_key(identity->home, cert, &asker, &fits, &error)) {
		bool dead = error.code == TRUST_STORE_NSS || error.code == TRUST_STORE_PASSWORD;
		cli_identity_add(identity, "private-key", dead ? CLI_CHECK_BAD : CLI_CHECK_UNKNOWN,
		    trust_printf(
			"%s, %s: %s", where, dead ? "does not open" : "not tried", error.message),
		    trust_strdup(error.hint));
		return;
	}
	cli_identity_add(identity, "private-key", fits ? CLI_CHECK_OK : CLI_CHECK_BAD,
	    trust_printf("%s; it opens, and what it signs %s the certificate", where,
		fits ? "fits" : "does NOT fit"),
	    NULL);
}

/* A store that has the key alone, as after a request that was made there. */
static const struct trust_place *
find_lonely_key(const struct cli_identity *identity)
{
	const struct cli_verify_input *input = &identity->input;
	uint8_t id[20];

	if (!trust_cert_key_id(input->cert, id))
		return NULL;
	for (size_t i = 0; i < input->places->count; i++) {
		const struct trust_store *store = input->stores[i];
		for (size_t k = 0; store && k < trust_store_count(store); k++) {
			const struct trust_item *item = trust_store_item(store, k);
			if (item->kind == TRUST_KIND_KEY && item->key_id.size == sizeof id &&
			    memcmp(item->key_id.data, id, sizeof id) == 0)
				return &input->places->list[i];
		}
	}
	return NULL;
}

static bool
has_strange_key(const struct import_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		if (file->parts[i].kind == IMPORT_KEY)
			return true;
	return false;
}

static void
tell_no_key(const struct cli *cli, struct cli_identity *identity)
{
	const struct trust_place *lonely = find_lonely_key(identity);
	static const char ask_issuer[] = "ask the issuer for the .p12 (or .pfx) file, which has "
					 "both, or look for the key on the "
					 "machine where the certificate was requested";

	if (identity->file && lonely) {
		TRUST_AUTO_FREE char *name = cli_place_words(lonely);
		TRUST_AUTO_FREE char *store = trust_place_option(lonely);
		TRUST_AUTO_FREE char *word = cli_file_word(cli->operands[0]);
		cli_identity_add(identity, "private-key", CLI_CHECK_BAD,
		    trust_printf("this is the certificate alone; its private key waits for it in "
				 "the store '%s'",
			name),
		    word ? trust_printf("trustctl import %s%s", word, store)
			 : trust_printf("import this certificate into '%s'", name));
	} else if (identity->file && has_strange_key(identity->file)) {
		cli_identity_add(identity, "private-key", CLI_CHECK_BAD,
		    trust_strdup(
			"the private key in this file belongs to none of its certificates"),
		    trust_strdup(ask_issuer));
	} else {
		cli_identity_add(identity, "private-key", CLI_CHECK_BAD,
		    identity->file
			? trust_printf(
			      "this is a certificate (%s) without its private key, and no store "
			      "here has the key",
			      identity->file->format)
			: trust_strdup("no store here has the private key of this certificate"),
		    trust_strdup(ask_issuer));
	}
}

/* What every NSS stores and every browser signs with. */
static bool
is_common_key(const struct trust_cert *cert)
{
	static const char *const curves[] = { "EC P-256", "EC P-384", "EC P-521" };
	TRUST_AUTO_FREE char *words = trust_cert_key_words(cert);
	bool common = strncmp(words, "RSA ", strlen("RSA ")) == 0;

	for (size_t i = 0; i < TRUST_COUNT(curves); i++)
		common |= strcmp(words, curves[i]) == 0;
	return common;
}

static void
tell_key_of_file(struct cli_identity *identity)
{
	const char *kind = identity->key->key_words;

	if (is_common_key(identity->input.cert))
		cli_identity_add(identity, "private-key", CLI_CHECK_OK,
		    trust_printf("%s, in the file, and the certificate's own", kind), NULL);
	else
		cli_identity_add(identity, "private-key", CLI_CHECK_NOTE,
		    trust_printf("%s, in the file, and the certificate's own; but browsers may be "
				 "unable to store or use a key of this kind",
			kind),
		    trust_strdup("if they do not take it, ask the issuer for a certificate with an "
				 "RSA or EC P-256 key"));
}

static void
check_key(struct cli *cli, struct cli_identity *identity)
{
	if (identity->key)
		tell_key_of_file(identity);
	else if (identity->home)
		try_key(cli, identity);
	else
		tell_no_key(cli, identity);
}

/* ---- dates and purposes -------------------------------------------------------------------- */

static void
check_dates(const struct cli *cli, struct cli_identity *identity)
{
	const struct trust_cert *cert = identity->input.cert;
	TRUST_AUTO_FREE char *words = cli_expires_words(cert, cli->now);
	char from[32];
	char to[32];

	trust_time_format_date(cert->not_before, from);
	trust_time_format_date(cert->not_after, to);
	bool early = trust_time_compare(cli->now, cert->not_before) < 0;
	bool late = trust_cert_is_expired(cert, cli->now);
	bool soon = cert->not_after.seconds - cli->now.seconds < SOON_SECONDS;
	identity->valid = !early && !late;
	if (late)
		cli_identity_add(identity, "dates", CLI_CHECK_BAD,
		    trust_printf("it expired on %s", to),
		    trust_strdup("ask the issuer for a new one"));
	else if (early)
		cli_identity_add(identity, "dates", CLI_CHECK_BAD,
		    trust_printf("it is not valid before %s", from),
		    trust_strdup(
			"wait until then, or set the clock of this machine if it is wrong"));
	else
		cli_identity_add(identity, "dates", soon ? CLI_CHECK_NOTE : CLI_CHECK_OK,
		    trust_printf("valid from %s to %s, %s", from, to, words),
		    soon ? trust_strdup("ask the issuer for the next one") : NULL);
}

/* What it is good for; "" for nothing. Owned by the caller. */
static char *
uses_words(const struct cli_identity *identity)
{
	const struct cli_uses *uses = &identity->uses;
	TRUST_AUTO(trust_names) *emails = trust_cert_emails(identity->input.cert);
	bool mail = cli_uses_mail(uses);

	return trust_printf("%s%s%s%s%s", uses->websites ? "websites (TLS client)" : "",
	    uses->websites && mail ? ", " : "",
	    uses->sign && uses->open ? "S/MIME signing and encryption for "
		: uses->sign         ? "S/MIME signing for "
		: uses->open         ? "S/MIME encryption for "
				     : "",
	    mail ? emails->entries[0].text : "",
	    mail && emails->count > 1 ? " and other addresses" : "");
}

static void
check_purposes(struct cli_identity *identity)
{
	const struct trust_cert *cert = identity->input.cert;
	TRUST_AUTO_FREE char *purposes = cli_purposes(cert);

	identity->uses = cli_uses_of(cert);
	TRUST_AUTO_FREE char *uses = uses_words(identity);
	bool mail = cli_uses_mail(&identity->uses);
	identity->verify.question.usage =
	    identity->uses.websites || !mail ? TRUST_TLS_CLIENT : TRUST_EMAIL;
	if (identity->uses.websites || mail) {
		cli_identity_add(identity, "purposes", CLI_CHECK_OK, trust_steal(&uses), NULL);
		return;
	}
	bool named = trust_cert_allows_purpose(cert, TRUST_OID_CLIENT_AUTH);
	cli_identity_add(identity, "purposes", CLI_CHECK_BAD,
	    named ? trust_strdup("its key usage forbids signing, so it proves nobody's identity")
		  : trust_printf("it is meant for: %s; neither for websites that ask who you are "
				 "(TLS client) nor for e-mail",
			purposes),
	    trust_strdup("ask the issuer for a personal certificate"));
}

/* ---- the chain ----------------------------------------------------------------------------- */

bool
cli_identity_is_complete(const struct trust_verdict *chain)
{
	const struct trust_verdict_step *last = &chain->path[chain->path_count - 1];

	return last->state == TRUST_TRUSTED || last->state == TRUST_PEER ||
	    (trust_cert_is_self_issued(last->cert) && last->reason != TRUST_REASON_SIGNATURE);
}

bool
cli_identity_lacks_issuer(const struct trust_verdict *chain)
{
	return chain->path_count == 1 && !cli_identity_is_complete(chain);
}

/* Who decides by its chain: servers, or who gets signed mail. */
static const char *
judge_of(const struct cli_identity *identity)
{
	return identity->uses.websites || !cli_uses_mail(&identity->uses) ? "server" : "recipient";
}

/* The element of the path that stands in the way; NULL: none. What is wrong with the certificate by
 * itself is told elsewhere, and that nobody here trusts a root is for its judge to decide, as is
 * who issued the CA. */
static const struct trust_verdict_step *
faulty_step(const struct trust_verdict *chain)
{
	for (size_t i = 0; i < chain->path_count; i++) {
		const struct trust_verdict_step *step = &chain->path[i];
		switch (step->reason) {
		case TRUST_REASON_NONE:
		case TRUST_REASON_UNDECIDED_ROOT:
		case TRUST_REASON_NOT_ANCHOR:
		case TRUST_REASON_SELF_SIGNED:
			break;
		case TRUST_REASON_UNKNOWN_ISSUER:
		case TRUST_REASON_EXPIRED:
		case TRUST_REASON_NOT_YET_VALID:
		case TRUST_REASON_REVOKED:
		case TRUST_REASON_KEY_USAGE:
		case TRUST_REASON_PURPOSE:
			if ((i == 0) == (step->reason == TRUST_REASON_UNKNOWN_ISSUER))
				return step;
			break;
		default:
			return step;
		}
	}
	return NULL;
}

static void
tell_chain_end(struct cli_identity *identity, const struct trust_verdict *chain)
{
	const struct trust_verdict_step *last = &chain->path[chain->path_count - 1];
	TRUST_AUTO_FREE char *top = trust_cert_label(last->cert);
	TRUST_AUTO_FREE char *issuer = trust_name_display(last->cert->issuer);
	bool complete = cli_identity_is_complete(chain);
	const char *judge = judge_of(identity);
	TRUST_AUTO_FREE char *end = last->state == TRUST_TRUSTED
	    ? trust_strdup("an anchor here")
	    : trust_printf("no anchor here for this, which each %s decides for itself", judge);

	if (chain->path_count == 1)
		cli_identity_add(identity, "chain", CLI_CHECK_NOTE,
		    trust_cert_is_self_issued(last->cert)
			? trust_printf("it is signed by itself: only a %s that knows this very "
				       "certificate takes it",
			      judge)
			: trust_strdup("accepted by itself here; its issuer is not asked"),
		    NULL);
	else if (!complete)
		cli_identity_add(identity, "chain", CLI_CHECK_NOTE,
		    trust_printf("'%s' can be sent along; who issued that, '%s', is not here, and "
				 "has to be known to the %s",
			top, issuer, judge),
		    NULL);
	else
		cli_identity_add(identity, "chain", CLI_CHECK_OK,
		    trust_printf(
			"complete, %zu certificates, to '%s' (%s)", chain->path_count, top, end),
		    NULL);
}

static void
tell_no_issuer(struct cli_identity *identity)
{
	const struct trust_cert *cert = identity->input.cert;
	TRUST_AUTO_FREE char *issuer = trust_name_display(cert->issuer);
	TRUST_AUTO_FREE char *url = trust_cert_issuer_url(cert);
	const struct trust_place *place = identity->own.place;
	TRUST_AUTO_FREE char *store = place ? trust_place_option(place) : trust_strdup("");

	cli_identity_add(identity, "chain", CLI_CHECK_BAD,
	    trust_printf("its issuer '%s' is not here and cannot be sent along: a %s that knows "
			 "only a root above that refuses it",
		issuer, judge_of(identity)),
	    trust_printf("get the certificate of '%s' from %s, then: trustctl import FILE%s",
		issuer, url ? url : "the issuer", store));
}

/* Owned by the caller; NULL: none. */
static char *
remedy_of_chain(const struct cli_identity_place *own)
{
	const char *remedy = own->chain->remedy;

	return remedy && own->place ? cli_remedy_for(own->place, remedy) : trust_strdup(remedy);
}

static void
check_chain(struct cli_identity *identity)
{
	const struct trust_verdict *chain = identity->own.chain;
	const struct trust_verdict_step *fault = faulty_step(chain);

	if (cli_identity_lacks_issuer(chain) &&
	    (!fault || fault->reason == TRUST_REASON_UNKNOWN_ISSUER)) {
		tell_no_issuer(identity);
	} else if (!fault) {
		tell_chain_end(identity, chain);
	} else {
		bool end = fault == &chain->path[chain->path_count - 1];
		TRUST_AUTO_FREE char *name = trust_cert_label(fault->cert);
		TRUST_AUTO_FREE char *words = cli_verify_step_words(fault, end);
		cli_identity_add(identity, "chain", CLI_CHECK_BAD,
		    trust_printf("the path goes through '%s': %s", name, words),
		    chain->reason == fault->reason ? remedy_of_chain(&identity->own) : NULL);
	}
}

/* ---- revocation ---------------------------------------------------------------------------- */

/* Of the path's elements the one that says most against it: revoked, else unknown, else good. NULL:
 * it has none but its end. */
static const struct trust_verdict_step *
worst_step(const struct trust_verdict *verdict)
{
	const struct trust_verdict_step *worst = NULL;
	static const int ranks[] = {
		[TRUST_REVOCATION_NOT_ASKED] = 2,
		[TRUST_REVOCATION_GOOD] = 0,
		[TRUST_REVOCATION_REVOKED] = 3,
		[TRUST_REVOCATION_UNKNOWN] = 1,
	};

	for (size_t i = 0; i + 1 < verdict->path_count; i++)
		if (!worst ||
		    ranks[verdict->path[i].revocation.state] > ranks[worst->revocation.state])
			worst = &verdict->path[i];
	return worst;
}

/* why  static */
static void
tell_nobody_to_ask(struct cli_identity *identity, const char *why)
{
	identity->mute = why;
	cli_identity_add(
	    identity, "revocation", CLI_CHECK_UNKNOWN, trust_printf("not checked: %s", why), NULL);
}

static void
tell_revocation(struct cli_identity *identity, const struct trust_verdict *verdict)
{
	const struct trust_verdict_step *step = worst_step(verdict);

	if (!step) { /* the search was ended unfinished */
		cli_identity_add(identity, "revocation", CLI_CHECK_UNKNOWN,
		    trust_printf("not checked: %s", verdict->sentence), NULL);
		return;
	}
	const struct trust_revocation *known = &step->revocation;
	TRUST_AUTO_FREE char *name = trust_cert_label(step->cert);
	TRUST_AUTO_FREE char *words = trust_revocation_words(known);
	bool asked = identity->options->revocation;

	if (known->state == TRUST_REVOCATION_REVOKED)
		cli_identity_add(identity, "revocation", CLI_CHECK_BAD,
		    trust_printf("'%s' was %s", name, words),
		    trust_strdup("ask the issuer for a new one"));
	else if (known->state == TRUST_REVOCATION_GOOD)
		cli_identity_add(identity, "revocation", CLI_CHECK_OK, trust_steal(&words), NULL);
	else if (known->state == TRUST_REVOCATION_NOT_ASKED)
		cli_identity_add(identity, "revocation", CLI_CHECK_UNKNOWN,
		    trust_printf("not checked: %s", verdict->sentence), NULL);
	else if (step == verdict->path && known->gap == TRUST_GAP_NOTHING &&
	    !trust_cert_has_revocation_place(step->cert))
		tell_nobody_to_ask(
		    identity, "its CA names no place where revocation could be asked");
	else if (!asked && known->gap == TRUST_GAP_NOTHING)
		cli_identity_add(identity, "revocation", CLI_CHECK_UNKNOWN,
		    trust_strdup("not checked"), trust_strdup("--revocation asks its CA"));
	else
		cli_identity_add(identity, "revocation", CLI_CHECK_UNKNOWN,
		    trust_printf("of '%s': %s", name, words),
		    asked ? NULL : trust_strdup("--revocation asks its CA"));
}

/* Whoever trusts the root decides by this, so it is asked as such a one sees it. */
static void
check_revocation(struct cli *cli, struct cli_identity *identity)
{
	const struct trust_verdict *chain = identity->own.chain;
	const struct trust_cert *anchor = chain->path[chain->path_count - 1].cert;
	struct cli_verify *verify = &identity->verify;
	enum trust_usage usage = verify->question.usage;

	if (cli_identity_lacks_issuer(chain)) {
		tell_nobody_to_ask(identity, "who may say so is not known without its issuer");
		return;
	}
	if (chain->path_count == 1 && !trust_cert_is_self_issued(anchor)) {
		tell_nobody_to_ask(identity, "it is accepted by itself here, without its issuer");
		return;
	}
	if (chain->path_count == 1) {
		cli_identity_add(identity, "revocation", CLI_CHECK_NOTE,
		    trust_strdup("nobody can revoke what is signed by itself"), NULL);
		return;
	}
	TRUST_AUTO(trust_court) *court = trust_court_assuming(identity->own.store, anchor);
	verify->usages[usage] = true;
	if (identity->options->revocation)
		cli_verify_fetch_in(cli, court, identity->own.store, verify, &identity->evidence,
		    &identity->fetches);
	TRUST_AUTO(trust_verdict) *verdict = trust_court_ask(court, &verify->question);
	tell_revocation(identity, verdict);
}

/* ---- together ------------------------------------------------------------------------------ */

/* The home of its key, else the first store there is; none: the file's certificates alone. */
static void
look_from_home(struct cli *cli, struct cli_identity *identity)
{
	const struct cli_verify_input *input = &identity->input;
	const struct trust_place *place = identity->home;
	const struct trust_store *store = identity->home_store;

	for (size_t i = 0; i < input->places->count && !store; i++)
		if (cli_verify_is_asked(input, i) && input->stores[i] &&
		    input->places->list[i].kind != TRUST_PLACE_BUILTIN &&
		    (identity->file || trust_store_find(input->stores[i], input->cert->id))) {
			place = &input->places->list[i];
			store = input->stores[i];
		}
	cli_identity_look(cli, identity, place, store, identity->file != NULL, &identity->own);
}

void
cli_identity_check(struct cli *cli, struct cli_identity *identity)
{
	const struct trust_environment environment = trust_environment_current();

	check_source(identity);
	check_key(cli, identity);
	check_dates(cli, identity);
	check_purposes(identity);
	look_from_home(cli, identity);
	check_chain(identity);
	check_revocation(cli, identity);
	cli_identity_find_places(cli, identity);
	identity->remembered =
	    trust_remembered_find(&environment, cli_all_places(cli), identity->input.cert);
}
