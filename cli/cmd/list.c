/* SPDX-License-Identifier: MPL-2.0 */
/* `trustctl list`: what is in the stores, a line each, chosen by filters, columns and order. */

#include <stdlib.h>
#include <string.h>

#include "cli/items.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/error.h"
#include "core/oid.h"
#include "core/place.h"
#include "core/text.h"

struct options {
	const char *kind;
	const char *trust;
	bool usage[TRUST_USAGES];
	bool expired;
	const char *expires_within;
	bool with_key;
};

enum {
	COL_KIND,
	COL_NAME,
	COL_EXPIRY,
	COL_TRUST,
	COL_STORE,
	COL_ID,
	COL_ISSUER,
	COL_SUBJECT,
	COL_SERIAL,
	COL_NOT_BEFORE,
	COL_NOT_AFTER,
	COL_KEY,
	COL_HAS_KEY,
	COL_NICKNAME,
	COL_PURPOSES,
	COL_HOSTS,
	COL_EMAILS,
	COL_SEAL,
	COL_LETTERS,
	COL_VERDICT,
	COL_VERDICT_REASON,
	COL_STATES, /* four usages */
	COLUMNS = COL_STATES + TRUST_USAGES,
};

/* clang-format off */
static struct cli_column columns[COLUMNS + 1] = {
	[COL_KIND] = { .name = "kind", .key = "kind", .type = CLI_CELL_TEXT, .shown = true,
	    .help = "identity, root, intermediate, server, person, key or crl" },
	[COL_NAME] = { .name = "name", .key = "name", .type = CLI_CELL_TEXT, .shown = true, .vital = true,
	    .help = "common name, or whatever names it best" },
	[COL_EXPIRY] = { .name = "expiry", .key = "expiry", .type = CLI_CELL_TEXT, .shown = true,
	    .help = "when it expires, in words; in CSV the time" },
	[COL_TRUST] = { .name = "trust", .key = "trust", .type = CLI_CELL_TEXT, .shown = true, .vital = true,
	    .help = "what it is trusted for" },
	[COL_STORE] = { .name = "store", .key = "store", .type = CLI_CELL_TEXT, .vital = true,
	    .help = "the store it is in" },
	[COL_ID] = { .name = "id", .key = "id", .type = CLI_CELL_TEXT, .shown = true, .vital = true,
	    .help = "SHA-256 fingerprint" },
	[COL_ISSUER] = { .name = "issuer", .key = "issuer", .type = CLI_CELL_TEXT,
	    .help = "who issued it" },
	[COL_SUBJECT] = { .name = "subject", .key = "subject", .type = CLI_CELL_TEXT,
	    .help = "its whole name" },
	[COL_SERIAL] = { .name = "serial", .key = "serial", .type = CLI_CELL_TEXT,
	    .help = "serial number" },
	[COL_NOT_BEFORE] = { .name = "not-before", .key = "not_before", .type = CLI_CELL_TIME,
	    .help = "valid from" },
	[COL_NOT_AFTER] = { .name = "not-after", .key = "not_after", .type = CLI_CELL_TIME,
	    .help = "valid until" },
	[COL_KEY] = { .name = "key", .key = "key", .type = CLI_CELL_TEXT, .counted = true,
	    .help = "kind and size of its key" },
	[COL_HAS_KEY] = { .name = "has-key", .key = "has_private_key", .type = CLI_CELL_BOOL,
	    .help = "the private key is in the store" },
	[COL_NICKNAME] = { .name = "nickname", .key = "nickname", .type = CLI_CELL_TEXT,
	    .help = "the label other NSS programs show" },
	[COL_PURPOSES] = { .name = "purposes", .key = "purposes", .type = CLI_CELL_WORDS,
	    .help = "extended key usages" },
	[COL_HOSTS] = { .name = "hosts", .key = "hosts", .type = CLI_CELL_WORDS,
	    .help = "host names and addresses it is for" },
	[COL_EMAILS] = { .name = "emails", .key = "emails", .type = CLI_CELL_WORDS,
	    .help = "mail addresses it is for" },
	[COL_SEAL] = { .name = "seal", .key = "seal", .type = CLI_CELL_TEXT,
	    .help = "how far the signature of its trust was checked" },
	[COL_LETTERS] = { .name = "letters", .key = "letters", .type = CLI_CELL_TEXT,
	    .help = "the trust in certutil's letters" },
	[COL_VERDICT] = { .name = "verdict", .key = "verdict", .type = CLI_CELL_WORDS,
	    .help = "usages a path to an anchor is found for, or why there is none; when asked for" },
	[COL_VERDICT_REASON] = { .name = "verdict-reason", .key = "verdict_reason", .type = CLI_CELL_TEXT,
	    .help = "why there is none, in a fixed word; when asked for" },
	[COL_STATES + 0] = { .name = "tls-server", .key = "tls_server", .type = CLI_CELL_TEXT,
	    .help = "trust for this usage" },
	[COL_STATES + 1] = { .name = "tls-client", .key = "tls_client", .type = CLI_CELL_TEXT,
	    .help = "trust for this usage" },
	[COL_STATES + 2] = { .name = "email", .key = "email", .type = CLI_CELL_TEXT,
	    .help = "trust for this usage" },
	[COL_STATES + 3] = { .name = "code-signing", .key = "code_signing", .type = CLI_CELL_TEXT,
	    .help = "trust for this usage" },
};
/* clang-format on */

/* ---- filters ------------------------------------------------------------------------------- */

struct filter {
	bool kinds[TRUST_KINDS];
	bool any_kind;
	const char *trust;
	const bool *usages;
	bool any_usage;
	bool expired;
	int64_t within_seconds; /* -1: no such filter */
	bool with_key;
	const char *const *texts;
	size_t text_count;
};

/* "30d", "12h", "4w", "1y", or days alone. */
static bool
parse_span(const char *text, int64_t *ret_seconds)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = { { "", 86400 }, { "h", 3600 }, { "d", 86400 }, { "w", 604800 },
		{ "m", 2592000 }, { "y", 31536000 } };
	char *end = NULL;
	long number = strtol(text, &end, 10);

	if (end == text || number < 0 || number > 100000)
		return false;
	for (size_t i = 0; i < TRUST_COUNT(units); i++)
		if (strcmp(end, units[i].unit) == 0) {
			*ret_seconds = number * units[i].seconds;
			return true;
		}
	return false;
}

static bool
make_filter(struct cli *cli, const struct options *options, struct filter *filter,
    struct trust_error *error)
{
	*filter = (struct filter){
		.any_kind = !options->kind,
		.trust = options->trust,
		.usages = options->usage,
		.any_usage = true,
		.expired = options->expired,
		.within_seconds = -1,
		.with_key = options->with_key,
		.texts = cli->operands,
		.text_count = cli->operand_count,
	};
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		filter->any_usage = filter->any_usage && !options->usage[usage];
	if (options->kind) {
		TRUST_AUTO_FREE char *copy = trust_strdup(options->kind);
		char *rest = copy;
		for (char *word; (word = strsep(&rest, ","));) {
			enum trust_kind kind;
			if (trust_kind_parse(word, &kind))
				filter->kinds[kind] = true;
		}
	}
	if (options->expires_within &&
	    !parse_span(options->expires_within, &filter->within_seconds)) {
		trust_fail(error, TRUST_USAGE, options->expires_within,
		    "--expires-within: '%s' is no span of time", options->expires_within);
		return trust_hint(error, "30d, 12h, 4w, 6m or 1y");
	}
	return true;
}

static bool
matches_trust(const struct filter *filter, struct trust_states states)
{
	enum trust_state wanted = TRUST_TRUSTED;
	bool full = filter->trust && strcmp(filter->trust, "full") == 0;

	if (!filter->trust && filter->any_usage)
		return true;
	if (full && !trust_states_full(states))
		return false;
	if (filter->trust && !full && !trust_state_parse(filter->trust, &wanted))
		return false;
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		if ((filter->any_usage || filter->usages[usage]) && states.of[usage] == wanted)
			return true;
	return false;
}

static bool
contains(const char *where, const char *what)
{
	return where && strcasestr(where, what) != NULL;
}

static bool
matches_text(const struct trust_item *item, const char *text)
{
	TRUST_AUTO_FREE char *id = trust_hex(item->id, sizeof item->id);

	if (contains(item->name, text) || strncasecmp(id, text, strlen(text)) == 0)
		return true;
	TRUST_AUTO_FREE char *nickname =
	    trust_text_display(item->nickname.data, item->nickname.size);
	if (contains(nickname, text))
		return true;
	if (!item->cert)
		return false;
	TRUST_AUTO_FREE char *subject = trust_name_display(item->cert->subject);
	TRUST_AUTO_FREE char *issuer = trust_name_display(item->cert->issuer);
	if (contains(subject, text) || contains(issuer, text))
		return true;
	TRUST_AUTO(trust_names) *names = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	if (!trust_cert_names(item->cert, &names, &ignored))
		return false;
	for (size_t i = 0; i < names->count; i++)
		if (contains(names->entries[i].text, text))
			return true;
	return false;
}

static bool
matches(struct cli *cli, const struct filter *filter, const struct trust_store *store,
    const struct trust_item *item)
{
	const struct trust_cert *cert = item->cert;

	if (!filter->any_kind && !filter->kinds[item->kind])
		return false;
	if (filter->with_key && !item->key_object_id)
		return false;
	if (filter->expired && !(cert && trust_cert_is_expired(cert, cli->now)))
		return false;
	if (filter->within_seconds >= 0 &&
	    !(cert && cert->not_after.seconds <= cli->now.seconds + filter->within_seconds))
		return false;
	if (!matches_trust(filter, trust_item_states(store, item)))
		return false;
	for (size_t i = 0; i < filter->text_count; i++)
		if (!matches_text(item, filter->texts[i]))
			return false;
	return true;
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* Words of the row above, which most rows share. */
static struct {
	struct trust_states states;
	enum trust_seal seal;
	bool disagrees;
	char *trust; /* owned until the end */
	struct trust_time from;
	struct trust_time until;
	char *expiry;
} above;

static const char *
trust_words(
    const struct trust_store *store, const struct trust_item *item, struct trust_states states)
{
	enum trust_seal seal = trust_item_states_seal(store, item);
	bool disagrees = trust_item_disagrees(item);

	if (above.trust && above.seal == seal && above.disagrees == disagrees &&
	    trust_states_equal(above.states, states))
		return above.trust;
	trust_free(above.trust);
	above.trust = cli_trust_words(store, item);
	above.seal = seal;
	above.disagrees = disagrees;
	above.states = states;
	return above.trust;
}

static const char *
expiry_words(struct cli *cli, const struct trust_cert *cert)
{
	if (above.expiry && trust_time_compare(above.from, cert->not_before) == 0 &&
	    trust_time_compare(above.until, cert->not_after) == 0)
		return above.expiry;
	trust_free(above.expiry);
	above.expiry = cli_expiry_words(cli, cert);
	above.from = cert->not_before;
	above.until = cert->not_after;
	return above.expiry;
}

/* The cell is taken apart again at ", ". */
static void
put_element(struct trust_buffer *out, const char *text)
{
	if (out->size)
		trust_buffer_append_text(out, ", ");
	for (const char *comma; (comma = strstr(text, ", ")); text = comma + 1) {
		trust_buffer_append(out, text, (size_t)(comma - text));
		trust_buffer_append_text(out, "\\x2c");
	}
	trust_buffer_append_text(out, text);
}

static void
put_names(struct cli_table *table, const struct trust_cert *cert)
{
	TRUST_AUTO(trust_names) *names = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO_BUFFER hosts;

	trust_buffer_init(&hosts, 1024 * 1024);
	if (!trust_cert_names(cert, &names, &ignored))
		return;
	for (size_t i = 0; i < names->count; i++)
		if (names->entries[i].kind == TRUST_NAME_DNS ||
		    names->entries[i].kind == TRUST_NAME_IP)
			put_element(&hosts, names->entries[i].text);
	cli_table_text(table, COL_HOSTS, (char *)hosts.data);
}

static void
put_emails(struct cli_table *table, const struct trust_cert *cert)
{
	TRUST_AUTO(trust_names) *emails = trust_cert_emails(cert);
	TRUST_AUTO_BUFFER text;

	trust_buffer_init(&text, 1024 * 1024);
	for (size_t i = 0; i < emails->count; i++)
		put_element(&text, emails->entries[i].text);
	cli_table_text(table, COL_EMAILS, (char *)text.data);
}

static void
put_cert_columns(struct cli *cli, struct cli_table *table, const struct trust_cert *cert)
{
	cli_table_ordered(table, COL_EXPIRY, expiry_words(cli, cert), cert->not_after.seconds);
	cli_table_time(table, COL_NOT_BEFORE, cert->not_before, NULL);
	cli_table_time(table, COL_NOT_AFTER, cert->not_after, NULL);
	if (cli_table_wants(table, COL_ISSUER)) {
		TRUST_AUTO_FREE char *issuer = trust_name_display(cert->issuer);
		cli_table_text(table, COL_ISSUER, issuer);
	}
	if (cli_table_wants(table, COL_SUBJECT)) {
		TRUST_AUTO_FREE char *subject = trust_name_display(cert->subject);
		cli_table_text(table, COL_SUBJECT, subject);
	}
	if (cli_table_wants(table, COL_SERIAL)) {
		TRUST_AUTO_FREE char *serial = trust_cert_serial_words(cert);
		cli_table_text(table, COL_SERIAL, serial);
	}
	if (cli_table_wants(table, COL_KEY)) {
		TRUST_AUTO_FREE char *key = trust_cert_key_words(cert);
		cli_table_text(table, COL_KEY, key);
	}
	if (cli_table_wants(table, COL_PURPOSES)) {
		TRUST_AUTO_FREE char *purposes = cli_purposes(cert);
		cli_table_text(table, COL_PURPOSES, purposes);
	}
	if (cli_table_wants(table, COL_HOSTS))
		put_names(table, cert);
	if (cli_table_wants(table, COL_EMAILS))
		put_emails(table, cert);
}

static void
put_row(struct cli *cli, struct cli_table *table, const struct trust_store *store,
    const struct trust_item *item)
{
	struct trust_states states = trust_item_states(store, item);
	bool whole = cli->global.json || cli->global.csv;
	TRUST_AUTO_FREE char *id = trust_hex(item->id, whole ? sizeof item->id : 8);

	cli_table_row(table);
	cli_table_text(table, COL_KIND, trust_kind_word(item->kind));
	cli_table_text(table, COL_NAME, item->name);
	cli_table_text(table, COL_TRUST, item->cert ? trust_words(store, item, states) : NULL);
	cli_table_text(table, COL_STORE, trust_store_place(store)->name);
	cli_table_text(table, COL_ID, id);
	cli_table_bool(table, COL_HAS_KEY, item->key_object_id != 0);
	if (cli_table_wants(table, COL_NICKNAME)) {
		TRUST_AUTO_FREE char *nickname =
		    trust_text_display(item->nickname.data, item->nickname.size);
		cli_table_text(table, COL_NICKNAME, *nickname ? nickname : NULL);
	}
	if (item->key_words)
		cli_table_text(table, COL_KEY, item->key_words);
	if (!item->cert)
		return;
	put_cert_columns(cli, table, item->cert);
	cli_table_text(table, COL_SEAL, trust_seal_word(trust_item_states_seal(store, item)));
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		cli_table_text(
		    table, (size_t)(COL_STATES + usage), trust_state_word(states.of[usage]));
	if (cli_table_wants(table, COL_LETTERS)) {
		TRUST_AUTO_FREE char *letters = trust_states_letters(states);
		cli_table_text(table, COL_LETTERS, letters);
	}
}

struct listing {
	struct cli *cli;
	struct filter filter;
	struct cli_table *table;
	struct trust_court *court; /* NULL: verdicts are not asked for */
	struct cli_reading reading;
	size_t seen;      /* items, whether they are listed or not */
	size_t unchecked; /* items whose trust is shown without its signature checked */
};

/* To a program a verdict is the usages, and nothing else in their place. */
static void
put_verdict(const struct listing *listing, const struct trust_cert *cert)
{
	enum trust_reason reason = TRUST_REASON_NONE;
	TRUST_AUTO_FREE char *usages =
	    cli_verdict_usages(listing->court, cert, listing->cli->now, &reason);
	const char *word = trust_reason_word(reason);

	if (*usages) {
		cli_table_text(listing->table, COL_VERDICT, usages);
		return;
	}
	TRUST_AUTO_FREE char *words =
	    trust_printf("%s: %s", reason == TRUST_REASON_BUDGET ? "undetermined" : "no", word);
	if (!listing->cli->global.json)
		cli_table_text(listing->table, COL_VERDICT, words);
	cli_table_text(listing->table, COL_VERDICT_REASON, word);
}

static void
visit(void *context, const struct trust_store *store, const struct trust_item *item)
{
	struct listing *listing = context;

	listing->reading = cli_reading(store);
	listing->seen++;
	if (!matches(listing->cli, &listing->filter, store, item))
		return;
	put_row(listing->cli, listing->table, store, item);
	listing->unchecked += trust_item_states_seal(store, item) == TRUST_SEAL_UNVERIFIED;
	if (listing->court && item->cert)
		put_verdict(listing, item->cert);
}

/* One court for all: issuers are parsed and signatures checked once. */
static bool
list_verdicts(struct listing *listing, const struct trust_place *place, struct trust_error *error)
{
	TRUST_AUTO(trust_store) *store = NULL;
	bool builtin = place->kind == TRUST_PLACE_BUILTIN;

	if (!cli_store_open(listing->cli, place, &store, error))
		return false;
	listing->court =
	    trust_court_new(builtin ? NULL : store, builtin ? store : cli_builtin(listing->cli));
	for (size_t i = 0; i < trust_store_count(store); i++) {
		visit(listing, store, trust_store_item(store, i));
		cli_progress("verdicts", i + 1, trust_store_count(store));
	}
	cli_progress_done();
	trust_court_free(trust_steal(&listing->court));
	return true;
}

/* Items are not kept: a hundred thousand of them make a table, and no more. */
static bool
list_store(struct listing *listing, const struct trust_place *place, struct trust_error *error)
{
	listing->reading = (struct cli_reading){ 0 };
	/* Also in JSON only by name: they cost more than all the rest. */
	if (cli_table_names(listing->table, COL_VERDICT) ||
	    cli_table_names(listing->table, COL_VERDICT_REASON))
		return list_verdicts(listing, place, error);
	if (!cli_store_each(listing->cli, place, visit, listing, error))
		return false;
	cli_note_reading(listing->cli, place, &listing->reading);
	return true;
}

static enum trust_code
run(struct cli *cli, const void *command_options, struct trust_error *error)
{
	TRUST_AUTO(trust_places) *places = NULL;
	TRUST_AUTO(cli_table) *table = NULL;
	struct listing listing = { .cli = cli };
	CLI_UNREAD_AUTO unread = { 0 };

	if (!make_filter(cli, command_options, &listing.filter, error) ||
	    !cli_places(cli, NULL, &places, error))
		return error->code;
	columns[COL_STORE].shown = places->count > 1;
	listing.table = table = cli_table_new(cli, "items", columns, COLUMNS);
	for (size_t i = 0; i < places->count; i++) {
		TRUST_AUTO_ERROR own = TRUST_ERROR_INIT;
		if (!list_store(&listing, &places->list[i], &own))
			cli_unread_add(&unread, &places->list[i], &own);
	}
	size_t read = places->count - unread.count;
	if (!cli_unread_tell(cli, &unread, read > 0, error) ||
	    !cli_table_print(table, "name", error))
		return error->code;
	if (listing.unchecked && !cli->global.json && !cli->global.csv)
		cli_hint(cli,
		    "(?): NSS signs trust with the store's password, and this was not checked; "
		    "--store-password-file FILE has it checked");
	cli_table_note_empty(table, "%s",
	    listing.seen > 0 ? "no item matches"
		: read > 1   ? "the stores are empty"
			     : "the store is empty");
	return unread.count ? TRUST_PARTIAL : TRUST_OK;
}

static const struct cli_option options[] = {
	{ .name = "kind",
	    .letter = 'k',
	    .argument = CLI_KIND,
	    .value = "KIND,...",
	    .help = "only these kinds: identity, root, intermediate, server, person, key, crl",
	    .offset = offsetof(struct options, kind) },
	{ .name = "trust",
	    .letter = 't',
	    .argument = CLI_CHOICE,
	    .value = "STATE",
	    .choices = "full,trusted,not-an-anchor,distrusted,peer,undecided",
	    .help = "only what has this trust, for any usage or for those of --usage",
	    .offset = offsetof(struct options, trust) },
	{ .name = "usage",
	    .letter = 'u',
	    .argument = CLI_USAGES,
	    .value = "USAGE,...",
	    .help = "with --trust: for one of these usages; alone: trusted for one of them",
	    .offset = offsetof(struct options, usage) },
	{ .name = "expired",
	    .argument = CLI_FLAG,
	    .help = "only what has expired",
	    .offset = offsetof(struct options, expired) },
	{ .name = "expires-within",
	    .argument = CLI_TEXT,
	    .value = "SPAN",
	    .help = "only what has expired or will within SPAN: 30d, 12h, 4w, 6m, 1y",
	    .offset = offsetof(struct options, expires_within) },
	{ .name = "with-key",
	    .argument = CLI_FLAG,
	    .help = "only what has its private key here",
	    .offset = offsetof(struct options, with_key) },
	CLI_OPTIONS_END,
};

const struct cli_command cmd_list = {
	.path = "list",
	.topic = CLI_TOPIC_EVERYDAY,
	.summary = "list what is in a store",
	.operands = "[TEXT...]",
	.operand = CLI_TEXT,
	.min_operands = 0,
	.max_operands = -1,
	.details =
	    "Lists certificates, identities, keys and revocation lists of one or several stores. "
	    "TEXT keeps what has every TEXT somewhere in its names or at the start of its "
	    "identifier.\n"
	    "Columns: kind, name, expiry, trust, id; and store, issuer, subject, serial, "
	    "not-before, not-after, key, has-key, nickname, purposes, hosts, emails, seal, "
	    "letters, verdict, verdict-reason, tls-server, tls-client, email, code-signing.\n"
	    "Reading changes nothing and asks for no password. A trust whose signature could not "
	    "be checked, because the store has a password that was not given, is shown with a "
	    "question mark.",
	.examples = "trustctl list\n"
		    "trustctl list --kind root --trust full --store all\n"
		    "trustctl list --expires-within 30d --columns +issuer,-id\n"
		    "trustctl list --json --store firefox",
	.lists = true,
	.columns = columns,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
