/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl audit`: the local decisions about trust of every store, with what the history claims
 * about each and how the built-in list differs. Reads only.
 */

#include "core/audit.h"

#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "cli/audit_report.h"
#include "cli/internal.h"
#include "cli/plan.h"
#include "core/buffer.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/text.h"
#include "export/export.h"

struct options {
	struct cli_texts fail_on;
	bool all;
	const char *report;
	bool force;
};

struct totals {
	size_t stores;
	size_t histories_unread;
	size_t anchors;
	size_t full;
	size_t local;
	size_t distrusted;
	size_t unverified;
	size_t failures;
};

struct context {
	struct cli_table *table;
	bool fail_on[TRUST_AUDIT_FINDINGS];
	bool all;
	struct totals totals;
	struct cli_unread unread;
	struct trust_buffer read;   /* owned: the names of the stores read, "user, firefox" */
	struct trust_buffer said;   /* owned: the summary, in lines */
	struct trust_buffer warned; /* owned: likewise, the warnings */
};

static void
context_done(struct context *context)
{
	cli_unread_done(&context->unread);
	trust_buffer_done(&context->read);
	trust_buffer_done(&context->said);
	trust_buffer_done(&context->warned);
}
#define CONTEXT_AUTO __attribute__((cleanup(context_done))) struct context

/* What is said and warned of is in the report, too. */
static TRUST_PRINTF(3, 4) void say(
    struct cli *cli, struct context *context, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	TRUST_AUTO_FREE char *line = trust_vprintf(format, arguments);
	va_end(arguments);
	trust_buffer_printf(&context->said, "%s\n", line);
	cli_say(cli, "%s", line);
}

static TRUST_PRINTF(3, 4) void warn(
    struct cli *cli, struct context *context, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	TRUST_AUTO_FREE char *line = trust_vprintf(format, arguments);
	va_end(arguments);
	trust_buffer_printf(&context->warned, "%s\n", line);
	cli_warn(cli, "%s", line);
}

#define FINDINGS                                                                                   \
	"local-full,expired,expires-soon,tampered,disagreement,unverified,orphan,no-effect,"       \
	"override,outside"

static bool
parse_fail_on(const struct cli_texts *texts, bool *fail_on, struct trust_error *error)
{
	for (size_t i = 0; i < texts->count; i++) {
		TRUST_AUTO_FREE char *copy = trust_strdup(texts->list[i]);
		char *rest = copy;
		for (char *word = strsep(&rest, ","); word != NULL; word = strsep(&rest, ",")) {
			enum trust_audit_finding finding = TRUST_AUDIT_FINDINGS;
			if (trust_audit_parse(word, &finding)) {
				fail_on[finding] = true;
				continue;
			}
			TRUST_AUTO_FREE char *shown = trust_text_display_string(word);
			(void)trust_fail(
			    error, TRUST_USAGE, NULL, "--fail-on: '%s' is no finding", shown);
			return trust_hint(error, "findings: %s", FINDINGS);
		}
	}
	return true;
}

/* ---- stores -------------------------------------------------------------------------------- */

static void
say_failures(struct cli *cli, struct context *context, const struct trust_store *store,
    const struct trust_audit_entry *entry)
{
	TRUST_AUTO_FREE char *id = entry->item != NULL ? cli_short_id(entry->item->id) : NULL;
	const char *name = entry->item != NULL ? entry->item->name : entry->orphan->issuer_name;

	for (size_t i = 0; i < TRUST_AUDIT_FINDINGS; i++) {
		if (!context->fail_on[i] || !entry->finding[i])
			continue;
		context->totals.failures++;
		warn(cli, context, "%s: '%s' (%s) in store '%s' %s",
		    trust_audit_word((enum trust_audit_finding)i), name,
		    id != NULL ? id : "leftover record", trust_store_place(store)->name,
		    trust_audit_sentence((enum trust_audit_finding)i));
	}
}

static void
audit_store(struct cli *cli, struct context *context, const struct trust_store *store)
{
	TRUST_AUTO(trust_audit) *audit =
	    trust_audit_store(store, cli_builtin(cli), cli->now, context->all);
	struct totals *totals = &context->totals;

	for (size_t i = 0; i < audit->count; i++) {
		const struct trust_audit_entry *entry = &audit->entries[i];
		cli_audit_row(cli, context->table, store, entry);
		say_failures(cli, context, store, entry);
		totals->local += entry->issues && entry->finding[TRUST_AUDIT_LOCAL_FULL];
		totals->unverified += entry->finding[TRUST_AUDIT_UNVERIFIED];
	}
	const struct trust_environment environment = trust_environment_current();
	TRUST_AUTO_FREE char *ignored_by =
	    trust_place_ignored_by(&environment, trust_store_place(store));
	if (ignored_by)
		warn(cli, context,
		    "trust in store '%s' does not count for %s, where CAPlatformIntegrationEnabled "
		    "is off",
		    trust_store_place(store)->name, ignored_by);
	trust_buffer_printf(
	    &context->read, "%s%s", totals->stores > 0 ? ", " : "", trust_store_place(store)->name);
	totals->stores++;
	totals->anchors += audit->anchors;
	totals->full += audit->full;
	totals->distrusted += audit->distrusted;
	if (audit->history_problem != NULL) {
		warn(cli, context, "the history of store '%s' cannot be read: %s",
		    trust_store_place(store)->name, audit->history_problem);
		totals->histories_unread++;
	}
}

static void
audit_place(struct cli *cli, struct context *context, const struct trust_place *place)
{
	TRUST_AUTO(trust_store) *store = NULL;
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;

	if (cli_store_open(cli, place, &store, &failed)) {
		audit_store(cli, context, store);
		return;
	}
	TRUST_AUTO_FREE char *name = cli_place_words(place);
	trust_buffer_printf(&context->warned, "store '%s' is left out: %s\n", name, failed.message);
	cli_unread_add(&context->unread, place, &failed);
}

/* ---- the summary --------------------------------------------------------------------------- */

static void
say_builtin(struct cli *cli, struct context *context)
{
	const struct trust_store *builtin = cli_builtin(cli);
	if (builtin == NULL) {
		warn(cli, context, "no built-in list was found: every full trust counts as local");
		return;
	}
	TRUST_AUTO(trust_audit) *audit = trust_audit_store(builtin, builtin, cli->now, false);
	say(cli, context, "built-in list: %zu anchors, %zu distrusted (%s)", audit->anchors,
	    audit->distrusted, trust_store_version(builtin));
}

/* Of another person's stores nothing was seen, which must not read as nothing being there. */
static void
say_stores(struct cli *cli, struct context *context)
{
	const struct passwd *person = getpwuid(geteuid());
	TRUST_AUTO_FREE char *name =
	    person ? trust_text_display_string(person->pw_name) : trust_printf("uid %u", geteuid());
	TRUST_AUTO_FREE char *home = trust_text_display_string(trust_environment_current().home);

	say(cli, context, "stores read, as %s with the home '%s': %s", name, home,
	    context->totals.stores > 0 ? (const char *)context->read.data : "none");
}

static void
say_summary(struct cli *cli, struct context *context)
{
	const struct totals *totals = &context->totals;

	say_stores(cli, context);
	say(cli, context,
	    "%zu anchor%s in %zu store%s: %zu fully trusted, %zu of them not in the built-in list; "
	    "%zu distrusted",
	    totals->anchors, totals->anchors == 1 ? "" : "s", totals->stores,
	    totals->stores == 1 ? "" : "s", totals->full, totals->local, totals->distrusted);
	if (totals->unverified == 0)
		return;
	if (context->fail_on[TRUST_AUDIT_TAMPERED])
		warn(cli, context,
		    "%zu trust record%s could not be checked for tampering: the store's password "
		    "was not given",
		    totals->unverified, totals->unverified == 1 ? "" : "s");
	cli_hint(
	    cli, "with --store-password-file FILE the signatures of trust records are checked");
}

/* The vendor's list is no local decision: it is listed for who names it. */
static bool
lists_builtin(const struct cli *cli, const struct options *options)
{
	const char *spec = cli->global.store;
	return options->all || (spec != NULL && cli_is_choice(spec, "builtin"));
}

static bool
save(struct cli *cli, const struct context *context, const struct options *options,
    struct trust_error *error)
{
	const struct cli_audit_page page = {
		.path = options->report,
		.force = options->force,
		.said = (const char *)context->said.data,
		.warned = context->warned.size > 0 ? (const char *)context->warned.data : "",
	};

	return cli_audit_save(cli, context->table, &page, error);
}

static enum trust_code
run(struct cli *cli, const void *command_options, struct trust_error *error)
{
	const struct options *options = command_options;
	CONTEXT_AUTO context = { .all = options->all };
	TRUST_AUTO(trust_places) *places = NULL;

	trust_buffer_init(&context.read, TRUST_MAX_FILE_BYTES);
	trust_buffer_init(&context.said, TRUST_MAX_FILE_BYTES);
	trust_buffer_init(&context.warned, TRUST_MAX_FILE_BYTES);
	if (!parse_fail_on(&options->fail_on, context.fail_on, error) ||
	    (options->report &&
		(!cli_audit_check_file(options->report, error) ||
		    !export_save_check(options->report, options->force, error))) ||
	    !cli_places(cli, "all", &places, error))
		return error->code;
	TRUST_AUTO(cli_table) *table = cli_audit_table(cli);
	context.table = table;
	for (size_t i = 0; i < places->count; i++) {
		const struct trust_place *place = &places->list[i];
		if (place->kind != TRUST_PLACE_BUILTIN || lists_builtin(cli, options))
			audit_place(cli, &context, place);
	}
	if (!cli_unread_tell(cli, &context.unread, context.totals.stores > 0, error) ||
	    !cli_table_print(table, "name", error))
		return error->code;
	say_summary(cli, &context);
	say_builtin(cli, &context);
	if (options->report && !save(cli, &context, options, error))
		return error->code;
	if (context.totals.failures > 0)
		return TRUST_ANSWER_NO;
	size_t unread = context.unread.count + context.totals.histories_unread;
	return unread > 0 ? TRUST_PARTIAL : TRUST_OK;
}

static const struct cli_option options[] = {
	{
	    .name = "fail-on",
	    .argument = CLI_LIST,
	    .value = "FINDING,...",
	    .choices = FINDINGS,
	    .help = "answer no (exit 1) on one of these findings",
	    .offset = offsetof(struct options, fail_on),
	},
	{
	    .name = "all",
	    .argument = CLI_FLAG,
	    .help = "also records that trust nothing, and every anchor of the built-in list",
	    .offset = offsetof(struct options, all),
	},
	{
	    .name = "report",
	    .letter = 'o',
	    .argument = CLI_FILE,
	    .value = "FILE",
	    .help = "write it as a page of HTML too; the file's name ends in .html",
	    .offset = offsetof(struct options, report),
	},
	{
	    .name = "force",
	    .argument = CLI_FLAG,
	    .help = "replace the report's file when there is one",
	    .offset = offsetof(struct options, force),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_audit = {
	.path = "audit",
	.topic = CLI_TOPIC_TRUST,
	.summary = "list the local decisions about trust and what is remarkable",
	.min_operands = 0,
	.max_operands = 0,
	.details =
	    "For every store: the certificates trusted for at least one usage, those distrusted, "
	    "and leftover trust records without certificate; whether each is in the built-in list, "
	    "since when and by whom it was decided, as the store's history claims, else unknown. "
	    "Looks in all stores unless --store names some. The built-in list itself is counted; "
	    "--all or --store builtin lists it.\n\n"
	    "Findings: local-full (fully trusted and not in the built-in list), expired (trusted "
	    "and expired), expires-soon (trusted, and expires within 30 days), tampered (the "
	    "signature of its record is wrong), disagreement (old and new programs see different "
	    "trust), unverified (the store's password was not given, so "
	    "signatures could not be checked), orphan (a record without certificate), "
	    "no-effect (an end entity whose record means nothing to the programs of its store), "
	    "override (decided otherwise than in the built-in list), outside (another program "
	    "decided it, as far as the history tells). What can issue today, a CA that is trusted "
	    "and has not expired, is counted as an anchor. With --fail-on, such a finding is named "
	    "and the exit status is 1.\n\n"
	    "With -o, everything is written as a self-contained page of HTML too, to be printed "
	    "or filed.\n\n"
	    "A store that cannot be read is named with the cause and the rest goes on.\n\n"
	    "Columns: store, name, trust, builtin, since, by, findings, id; and kind, full, "
	    "vendor, expiry, not-after, seal, entry, reason, added, added-by, source, issuer, "
	    "serial, letters, tls-server, tls-client, email, code-signing.",
	.examples = "trustctl audit\n"
		    "trustctl audit --fail-on local-full,tampered,outside --quiet\n"
		    "trustctl audit --store firefox --columns +expiry,reason\n"
		    "trustctl audit --all --csv\n"
		    "trustctl audit -o audit.html --columns +reason,not-after",
	.lists = true,
	.columns = cli_audit_columns,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
