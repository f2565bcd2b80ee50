/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/*
 * What a running command has at hand: its operands, the global options, words for people on
 * standard error, results on standard output. Commands do not use stdio, jansson or libsmartcols
 * themselves: they fill a table or a document, and this layer prints it as a table, tree, JSON or
 * CSV.
 */

#include "cli/command.h"
#include "core/hash.h"
#include "core/secret.h"
#include "core/store.h"
#include "core/time.h"

struct cli_doc;
struct cli_internal;
struct trust_buffer;
struct trust_change;
struct trust_change_request;
struct trust_effect;
struct trust_place;
struct trust_places;

struct cli_globals {
	const char *store;               /* --store; NULL: the user store */
	const char *password_file;       /* --password-file: of the file being read or written */
	int64_t password_fd;             /* --password-fd; -1: none */
	const char *store_password_file; /* --store-password-file */
	const char *columns;             /* --columns "name,expiry" or "+issuer,-serial" */
	const char *sort;                /* --sort COLUMN, "-COLUMN" descending */
	const char *color;               /* --color auto|always|never; NO_COLOR */
	const char *reason;              /* --reason: kept in the history */
	bool json;
	bool csv;
	bool dry_run;
	bool yes;
	bool item;  /* --item: operands are items, whatever files are there */
	bool quiet; /* no notes and hints; errors and results stay */
};

struct cli {
	const struct cli_command *command;
	const char *const *operands;
	size_t operand_count;
	struct cli_globals global;
	struct trust_time now;
	/* Set by the command: its answer is about a key that the store's password opens, so that no
	 * store is read without it. */
	bool needs_password;
	/* Set by the command: of a store that is not there, it would be made first; a dry run goes
	 * on without one. */
	bool makes_store;
	/* Set by the command: people know already what is added, so that the result of a change
	 * tells only its other effects. */
	bool told_added;
	bool changed; /* a store was changed, made or had its password set, whatever follows */
	/* More fields of the document that cli_change_run() writes, from the context of its
	 * `build`; set by the command, NULL: none. */
	void (*report)(struct cli *cli, struct cli_doc *doc, void *context);
	struct cli_internal *internal;
};

/* ---- stores ---------------------------------------------------------------------------- */

/* What --store (or `fallback` when it was not given; NULL: the user store) names; "all" has the
 * built-in roots only for a command that does not change stores. Owned by caller. */
bool cli_places(struct cli *cli, const char *fallback, struct trust_places **ret_places,
    struct trust_error *error) TRUST_MUST_CHECK;
/* What `spec` names in its stead. */
bool cli_places_named(struct cli *cli, const char *spec, struct trust_places **ret_places,
    struct trust_error *error) TRUST_MUST_CHECK;
/* As cli_places(), but exactly one. */
bool cli_place(
    struct cli *cli, struct trust_places **ret_places, struct trust_error *error) TRUST_MUST_CHECK;
/* Under sudo a name means root's store: whoever started it is told so, once, with the command for
 * their own. spec: as of cli_places(), which does it. */
void cli_note_sudo(struct cli *cli, const char *spec);
/* Every place discovered; borrowed. */
const struct trust_places *cli_all_places(struct cli *cli);
/* Open for reading, with the password of --store-password-file where that was given; notes on
 * standard error when an interrupted change was rolled back in a private copy. */
bool cli_store_open(struct cli *cli, const struct trust_place *place,
    struct trust_store **ret_store, struct trust_error *error) TRUST_MUST_CHECK;
/* The same for a part of it. */
bool cli_store_open_part(struct cli *cli, const struct trust_place *place,
    const struct trust_part *part, struct trust_store **ret_store,
    struct trust_error *error) TRUST_MUST_CHECK;
/* The same, and all of it where one of the part's texts means nothing in the part. */
bool cli_store_open_for(struct cli *cli, const struct trust_place *place,
    const struct trust_part *part, struct trust_store **ret_store,
    struct trust_error *error) TRUST_MUST_CHECK;
/* A look without a password and without a word of how it was read. whole: as
 * cli_store_open_for(), else the part alone. */
bool cli_store_look(const struct trust_place *place, const struct trust_part *part, bool whole,
    struct trust_store **ret_store, struct trust_error *error) TRUST_MUST_CHECK;
/* The one item meant, trust_store_select(), in a store of which no more may be read than that and
 * what a verdict on it asks for. ret_store is set on failure too, when the store could be read. */
bool cli_store_select(struct cli *cli, const struct trust_place *place, const char *text,
    struct trust_store **ret_store, const struct trust_item **ret_item,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Each item in turn, as trust_store_each(), with the same password; the caller notes how it was
 * read. */
bool cli_store_each(struct cli *cli, const struct trust_place *place,
    void (*visit)(void *context, const struct trust_store *store, const struct trust_item *item),
    void *context, struct trust_error *error) TRUST_MUST_CHECK;
/* A history lies beside a store: where there is none, that is told and not an empty one. */
bool cli_store_is_there(
    const struct trust_place *place, struct trust_error *error) TRUST_MUST_CHECK;
/* Of the stores asked, those that could not be read: a command that reads goes on without them. */
struct cli_unread_store {
	const struct trust_place *place; /* borrowed */
	struct trust_error why;
};
struct cli_unread {
	struct cli_unread_store *list; /* owned */
	size_t count;
};
#define CLI_UNREAD_AUTO __attribute__((cleanup(cli_unread_done))) struct cli_unread
void cli_unread_add(
    struct cli_unread *unread, const struct trust_place *place, struct trust_error *why);
/* Warns of each. False: no store was read, and the command fails for the first one's reason. */
bool cli_unread_tell(struct cli *cli, const struct cli_unread *unread, bool any_read,
    struct trust_error *error) TRUST_MUST_CHECK;
void cli_unread_done(struct cli_unread *unread);
/* What people are told of how a store was read: from a copy, because a writer was interrupted; by
 * NSS. */
struct cli_reading {
	bool recovered;
	bool by_nss;
	bool has_password;
};
struct cli_reading cli_reading(const struct trust_store *store);
void cli_note_reading(
    struct cli *cli, const struct trust_place *place, const struct cli_reading *reading);
/* This command made the store of a place, which lives as long as the change of it: whoever
 * interrupts that is told. */
void cli_store_made(struct cli *cli, const struct trust_place *place);
/* A store that this command made and that got nothing would only be in the way: it is removed,
 * which is told. there: what trust_store_path_there() said before. */
void cli_store_take_back(struct cli *cli, const struct trust_place *place, const char *there);
/* The built-in roots, opened once and borrowed; NULL when their library is not on this machine. */
const struct trust_store *cli_builtin(struct cli *cli);

/* ---- people ---------------------------------------------------------------------------- */

/* A line for people on standard error; nothing with --quiet. Text given must be displayable. */
void cli_note(struct cli *cli, const char *format, ...) TRUST_PRINTF(2, 3);
/* As cli_note(), with "warning: " in front; also with --quiet. */
void cli_warn(struct cli *cli, const char *format, ...) TRUST_PRINTF(2, 3);
/* "hint: " in front; nothing with --quiet. */
void cli_hint(struct cli *cli, const char *format, ...) TRUST_PRINTF(2, 3);
/*
 * How far long work is, on standard error: only on a terminal, without --quiet, and from half a
 * second after the command's start on: "verdicts: 4200 of 10000, 2100/s, 3 s left". Cheap; call it
 * for each step. done() wipes it away.
 */
void cli_progress(const char *what, size_t done, size_t total);
void cli_progress_done(void);
/* A line of the result on standard output; nothing when --json or --csv is asked. */
void cli_say(struct cli *cli, const char *format, ...) TRUST_PRINTF(2, 3);

/* Passwords from --password-file, --password-fd, --store-password-file, a systemd credential
 * (trustctl.password, trustctl.store-password), else the terminal without echo. */
struct trust_asker cli_asker(struct cli *cli);
/* The store's password where it was written down, without asking anybody; borrowed, NULL: it was
 * not. */
const struct trust_secret *cli_known_store_password(struct cli *cli);
/* A yes-or-no question; --yes answers it. Without a terminal: TRUST_REFUSED, the hint says
 * --yes. */
bool cli_confirm(struct cli *cli, const char *question, struct trust_error *error) TRUST_MUST_CHECK;

/*
 * The trust step for every widening effect of a change: says who, what power, whether constrained;
 * wants the fingerprint: from `given` (full SHA-256, colons allowed), or the first 8 digits typed
 * on the terminal. Without either: TRUST_REFUSED, the hint is the full command line to use.
 * ret_confirmed is an array of identifiers to hand to trust_change_commit(); owned by the caller.
 */
bool cli_trust_step(struct cli *cli, const struct trust_place *place, struct trust_change *change,
    const struct cli_texts *given, uint8_t (**ret_confirmed)[TRUST_SHA256_BYTES], size_t *ret_count,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Would it ask for the fingerprint of this effect's certificate? */
bool cli_trust_step_lacks(const struct trust_effect *effect, const struct cli_texts *given);
/* " --fingerprint ..." for each it would ask for, or "". Owned by the caller. */
char *cli_trust_step_options(const struct trust_effect *effects, size_t count,
    const struct cli_texts *given) TRUST_MUST_CHECK;
/* "the fingerprint given, ..., is NOT that of 'X'" where one was given that is of none of these
 * effects and another is wanted; NULL else. Owned by the caller. */
char *cli_trust_step_wrong(const struct trust_effect *effects, size_t count,
    const struct cli_texts *given) TRUST_MUST_CHECK;

/* After a change: "Chromium (pid 4711) has this store open and must be restarted to see it". */
void cli_note_running(struct cli *cli, const struct trust_place *place);

/*
 * What a command does in one store: looks at it, notes and asks what a person must know and say,
 * and adds to the request its command and what shall be done; reason, group, asker and progress are
 * there. Called once for each place, with --dry-run too. What the request borrows lives until
 * cli_change_run() returns. False: this store has failed with *error, and is not changed.
 */
typedef bool cli_change_build(struct cli *cli, const struct trust_place *place, void *context,
    struct trust_change_request *request, struct trust_error *error);

/*
 * Run one request on several places as one history group: build and prepare each, show the effects,
 * stop there with --dry-run, take the trust step, commit, read back, note the undo command and who
 * must restart. Writes the result (per store: changed, already so, failed and why) as lines or
 * JSON. A store that fails does not stop the others: TRUST_PARTIAL then, or the first error when
 * all fail; a failure is part of the JSON, also that of the only one.
 *
 * context        of `build`, and of the reports of struct cli
 * fingerprints   those given for the trust step; borrowed
 */
enum trust_code cli_change_run(struct cli *cli, const struct trust_places *places,
    cli_change_build *build, void *context, const struct cli_texts *fingerprints,
    struct trust_error *error);

/* ---- results --------------------------------------------------------------------------- */

enum cli_cell_type {
	CLI_CELL_TEXT,
	CLI_CELL_NUMBER,
	CLI_CELL_BOOL,
	CLI_CELL_TIME,  /* RFC 3339 in JSON and CSV, a date in tables */
	CLI_CELL_WORDS, /* comma-separated in tables, an array in JSON */
};

struct cli_column {
	const char *name; /* for --columns and the header: "expiry" */
	const char *key;  /* in JSON and CSV, and for --columns too: "not_after" */
	const char *help;
	enum cli_cell_type type;
	bool shown;   /* by default */
	bool right;   /* aligned right */
	bool wrap;    /* a sentence: goes on in the next line where the terminal is narrow */
	bool vital;   /* what the list is read for: on a narrow terminal the others go first */
	bool counted; /* numbers in its words count when it is sorted: 512 goes before 2048 */
	size_t brief; /* so many bytes of it are enough for people in a table; 0: all */
};

struct cli_table; /* rows of typed cells under columns */
/* kind: the JSON document's kind and its array's key: "items". */
struct cli_table *cli_table_new(struct cli *cli, const char *kind, const struct cli_column *columns,
    size_t column_count) TRUST_MUST_CHECK;
void cli_table_free(struct cli_table *table);
/* Will this column be printed or sorted by? What is costly to find need not be found otherwise. */
bool cli_table_wants(const struct cli_table *table, size_t column);
/* By name, in --columns or --sort. */
bool cli_table_names(const struct cli_table *table, size_t column);
TRUST_DEFINE_AUTO(cli_table, cli_table_free)
void cli_table_row(struct cli_table *table);
/* Where the table has no rows, people are told, as cli_note(), that and why; programs see it. */
void cli_table_note_empty(const struct cli_table *table, const char *format, ...)
    TRUST_PRINTF(2, 3);
/* Cells of the newest row by column index; text is displayable; NULL leaves it empty (null). */
void cli_table_text(struct cli_table *table, size_t column, const char *text);
/* Words that are sorted by `order`, and by themselves only where that is the same. */
void cli_table_ordered(struct cli_table *table, size_t column, const char *text, int64_t order);
void cli_table_number(struct cli_table *table, size_t column, int64_t number);
void cli_table_bool(struct cli_table *table, size_t column, bool value);
/* words: what a person's table shows instead of the date; NULL: the date */
void cli_table_time(
    struct cli_table *table, size_t column, struct trust_time time, const char *words);
/* Colour the newest row's cell by role; the words must say it too. */
enum cli_role { CLI_ROLE_PLAIN, CLI_ROLE_BAD, CLI_ROLE_CAREFUL };
void cli_table_role(struct cli_table *table, size_t column, enum cli_role role);
/* Sort by --sort (or fallback, "column" or "-column"), choose --columns, print. Errors: TRUST_USAGE
 * for unknown columns. */
bool cli_table_print(
    struct cli_table *table, const char *fallback_sort, struct trust_error *error) TRUST_MUST_CHECK;
/* The same table, the columns and the order chosen likewise, in a page of HTML. */
bool cli_table_put_html(const struct cli_table *table, const char *fallback_sort,
    const char *caption, struct trust_buffer *out, struct trust_error *error) TRUST_MUST_CHECK;

/* A document: nested objects for --json, and titled, indented lines for people. */
struct cli_doc *cli_doc_new(struct cli *cli, const char *kind) TRUST_MUST_CHECK;
void cli_doc_free(struct cli_doc *doc);
TRUST_DEFINE_AUTO(cli_doc, cli_doc_free)
/* title: what people see as heading or label, NULL: JSON only; key: in JSON, NULL: people only.
 * In a list any key makes an element of the value.
 * With the empty title there is no heading, and what is inside is shown to people. */
void cli_doc_begin(struct cli_doc *doc, const char *title, const char *key); /* object */
void cli_doc_end(struct cli_doc *doc);
void cli_doc_begin_list(struct cli_doc *doc, const char *title, const char *key);
void cli_doc_end_list(struct cli_doc *doc);
void cli_doc_text(struct cli_doc *doc, const char *title, const char *key, const char *value);
void cli_doc_number(struct cli_doc *doc, const char *title, const char *key, int64_t value);
void cli_doc_bool(struct cli_doc *doc, const char *title, const char *key, bool value);
void cli_doc_time(struct cli_doc *doc, const char *title, const char *key, struct trust_time value);
/* A free line for people only. */
void cli_doc_line(struct cli_doc *doc, const char *format, ...) TRUST_PRINTF(2, 3);
/* What people are shown, for a file; borrowed from doc until it is changed. */
const char *cli_doc_words(struct cli_doc *doc);
/* JSON documents carry "schema": 1 and "kind". Words beyond TRUST_MAX_FILE_BYTES are not printed in
 * part: TRUST_OUTPUT. */
bool cli_doc_print(struct cli_doc *doc, struct trust_error *error) TRUST_MUST_CHECK;

#endif
