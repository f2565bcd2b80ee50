/* SPDX-License-Identifier: MPL-2.0 */
/* The table of `trustctl audit`: its columns, and a row for each decision. */

#include "cli/audit_report.h"

#include <string.h>

#include "cli/items.h"
#include "core/audit.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/place.h"

enum {
	COL_STORE,
	COL_KIND,
	COL_NAME,
	COL_TRUST,
	COL_BUILTIN,
	COL_SINCE,
	COL_BY,
	COL_FINDINGS,
	COL_ID,
	COL_FULL,
	COL_VENDOR,
	COL_EXPIRY,
	COL_NOT_AFTER,
	COL_SEAL,
	COL_ENTRY,
	COL_REASON,
	COL_ADDED,
	COL_ADDED_BY,
	COL_SOURCE,
	COL_ISSUER,
	COL_SERIAL,
	COL_LETTERS,
	COL_STATES, /* four usages */
	COLUMNS = COL_STATES + TRUST_USAGES,
};

/* clang-format off */
const struct cli_column cli_audit_columns[COLUMNS + 1] = {
	[COL_STORE] = { .name = "store", .key = "store", .type = CLI_CELL_TEXT, .shown = true, .vital = true,
	    .help = "the store the decision is in" },
	[COL_KIND] = { .name = "kind", .key = "kind", .type = CLI_CELL_TEXT,
	    .help = "root, intermediate, ...; empty for a leftover record" },
	[COL_NAME] = { .name = "name", .key = "name", .type = CLI_CELL_TEXT, .shown = true, .vital = true,
	    .help = "common name, or whatever names it best" },
	[COL_TRUST] = { .name = "trust", .key = "trust", .type = CLI_CELL_TEXT, .shown = true, .vital = true,
	    .help = "what it is trusted for" },
	[COL_BUILTIN] = { .name = "builtin", .key = "builtin", .type = CLI_CELL_BOOL, .shown = true,
	    .help = "it is in the built-in list" },
	[COL_SINCE] = { .name = "since", .key = "since", .type = CLI_CELL_TIME, .shown = true,
	    .help = "when that was decided, as the history claims" },
	[COL_BY] = { .name = "by", .key = "by", .type = CLI_CELL_TEXT, .shown = true,
	    .help = "who decided it, as the history claims" },
	[COL_FINDINGS] = { .name = "findings", .key = "findings", .type = CLI_CELL_WORDS, .shown = true, .vital = true,
	    .help = "what is remarkable about it" },
	[COL_ID] = { .name = "id", .key = "id", .type = CLI_CELL_TEXT, .shown = true, .vital = true, .brief = 16,
	    .help = "SHA-256 fingerprint" },
	[COL_FULL] = { .name = "full", .key = "full", .type = CLI_CELL_BOOL,
	    .help = "it is trusted for all usages" },
	[COL_VENDOR] = { .name = "vendor", .key = "vendor_trust", .type = CLI_CELL_TEXT,
	    .help = "the built-in list's own word" },
	[COL_EXPIRY] = { .name = "expiry", .key = "expiry", .type = CLI_CELL_TEXT,
	    .help = "when it expires, in words; in CSV the time" },
	[COL_NOT_AFTER] = { .name = "not-after", .key = "not_after", .type = CLI_CELL_TIME,
	    .help = "valid until" },
	[COL_SEAL] = { .name = "seal", .key = "seal", .type = CLI_CELL_TEXT,
	    .help = "how far the signature of its record was checked" },
	[COL_ENTRY] = { .name = "entry", .key = "entry", .type = CLI_CELL_NUMBER, .right = true,
	    .help = "the history's entry that decided it" },
	[COL_REASON] = { .name = "reason", .key = "reason", .type = CLI_CELL_TEXT,
	    .help = "the reason given for that with --reason" },
	[COL_ADDED] = { .name = "added", .key = "added", .type = CLI_CELL_TIME,
	    .help = "when it was imported, as the history claims" },
	[COL_ADDED_BY] = { .name = "added-by", .key = "added_by", .type = CLI_CELL_TEXT,
	    .help = "who imported it" },
	[COL_SOURCE] = { .name = "source", .key = "source", .type = CLI_CELL_TEXT,
	    .help = "the file it was imported from" },
	[COL_ISSUER] = { .name = "issuer", .key = "issuer", .type = CLI_CELL_TEXT,
	    .help = "who issued it" },
	[COL_SERIAL] = { .name = "serial", .key = "serial", .type = CLI_CELL_TEXT,
	    .help = "serial number" },
	[COL_LETTERS] = { .name = "letters", .key = "letters", .type = CLI_CELL_TEXT,
	    .help = "the trust in certutil's letters" },
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

/* Where nobody knows, people read so and programs read null. */
static void
put_time(
    struct cli *cli, struct cli_table *table, size_t column, bool known, struct trust_time time)
{
	if (known)
		cli_table_time(table, column, time, NULL);
	else if (!cli->global.json && !cli->global.csv)
		cli_table_text(table, column, "unknown");
}

static void
put_text(struct cli *cli, struct cli_table *table, size_t column, const char *text)
{
	bool people = !cli->global.json && !cli->global.csv;
	cli_table_text(table, column, text != NULL || !people ? text : "unknown");
}

static void
put_origin(struct cli *cli, struct cli_table *table, const struct trust_store *store,
    const struct trust_audit_entry *entry)
{
	const struct trust_origin *origin = &entry->origin;
	const char *by = entry->outside ? "another program" : origin->trusted_by;

	if (trust_store_place(store)->kind == TRUST_PLACE_BUILTIN)
		by = trust_store_version(store);
	put_time(cli, table, COL_SINCE, origin->trust_entry != 0, origin->trusted);
	put_text(cli, table, COL_BY, by);
	if (origin->trust_entry != 0)
		cli_table_number(table, COL_ENTRY, origin->trust_entry);
	cli_table_text(table, COL_REASON, origin->trust_reason);
	put_time(cli, table, COL_ADDED, origin->added_entry != 0, origin->added);
	put_text(cli, table, COL_ADDED_BY, origin->added_by);
	cli_table_text(table, COL_SOURCE, origin->added_from);
}

static void
put_findings(struct cli_table *table, const struct trust_audit_entry *entry)
{
	TRUST_AUTO_BUFFER words;
	bool bad = entry->finding[TRUST_AUDIT_TAMPERED] || entry->finding[TRUST_AUDIT_LOCAL_FULL];

	trust_buffer_init(&words, 4096);
	for (size_t i = 0; i < TRUST_AUDIT_FINDINGS; i++)
		if (entry->finding[i])
			trust_buffer_printf(&words, "%s%s", words.size > 0 ? ", " : "",
			    trust_audit_word((enum trust_audit_finding)i));
	cli_table_text(table, COL_FINDINGS, words.size > 0 ? (char *)words.data : "");
	cli_table_role(table, COL_FINDINGS, bad ? CLI_ROLE_BAD : CLI_ROLE_CAREFUL);
}

static void
put_orphan(struct cli_table *table, const struct trust_orphan *orphan)
{
	TRUST_AUTO_FREE char *serial = trust_hex_colons(orphan->serial.data, orphan->serial.size);
	TRUST_AUTO_FREE char *words = trust_states_words(orphan->record.states);
	TRUST_AUTO_FREE char *name =
	    trust_printf("(leftover record of an issue of %s)", orphan->issuer_name);

	cli_table_text(table, COL_NAME, name);
	cli_table_text(table, COL_TRUST, words);
	cli_table_text(table, COL_SEAL, trust_seal_word(orphan->record.seal));
	cli_table_text(table, COL_ISSUER, orphan->issuer_name);
	/* Tag and length are the INTEGER's; people know the content. */
	cli_table_text(table, COL_SERIAL, strlen(serial) > 6 ? serial + 6 : serial);
}

static void
put_item(struct cli *cli, struct cli_table *table, const struct trust_store *store,
    const struct trust_item *item)
{
	TRUST_AUTO_FREE char *id = trust_hex(item->id, sizeof item->id);
	TRUST_AUTO_FREE char *words = cli_trust_words(store, item);

	cli_table_text(table, COL_KIND, trust_kind_word(item->kind));
	cli_table_text(table, COL_NAME, item->name);
	cli_table_text(table, COL_ID, id);
	cli_table_text(table, COL_TRUST, words);
	cli_table_text(table, COL_SEAL, trust_seal_word(trust_item_seal(item)));
	if (item->cert == NULL)
		return;
	TRUST_AUTO_FREE char *expiry = cli_expiry_words(cli, item->cert);
	TRUST_AUTO_FREE char *issuer = trust_name_display(item->cert->issuer);
	TRUST_AUTO_FREE char *serial = trust_cert_serial_words(item->cert);
	cli_table_ordered(table, COL_EXPIRY, expiry, item->cert->not_after.seconds);
	cli_table_time(table, COL_NOT_AFTER, item->cert->not_after, NULL);
	cli_table_text(table, COL_ISSUER, issuer);
	cli_table_text(table, COL_SERIAL, serial);
}

struct cli_table *
cli_audit_table(struct cli *cli)
{
	return cli_table_new(cli, "audit", cli_audit_columns, COLUMNS);
}

void
cli_audit_row(struct cli *cli, struct cli_table *table, const struct trust_store *store,
    const struct trust_audit_entry *entry)
{
	TRUST_AUTO_FREE char *letters = trust_states_letters(entry->states);
	const struct trust_store *builtin = cli_builtin(cli);

	cli_table_row(table);
	cli_table_text(table, COL_STORE, trust_store_place(store)->name);
	cli_table_bool(table, COL_FULL, trust_states_full(entry->states));
	cli_table_text(table, COL_LETTERS, letters);
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		cli_table_text(
		    table, (size_t)(COL_STATES + usage), trust_state_word(entry->states.of[usage]));
	if (entry->orphan != NULL)
		put_orphan(table, entry->orphan);
	else
		put_item(cli, table, store, entry->item);
	if (entry->item != NULL && builtin != NULL)
		cli_table_bool(table, COL_BUILTIN, entry->vendor != NULL);
	if (entry->vendor != NULL) {
		TRUST_AUTO_FREE char *vendor =
		    trust_states_words(trust_item_states(builtin, entry->vendor));
		cli_table_text(table, COL_VENDOR, vendor);
	}
	put_origin(cli, table, store, entry);
	put_findings(table, entry);
}
