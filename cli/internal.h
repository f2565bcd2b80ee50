/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_INTERNAL_H
#define CLI_INTERNAL_H

/* What the parts of the command line's machinery share with each other and not with commands. */

#include <stdio.h>

#include "cli/cli.h"

/* ---- options.c: the options every command has, and a view of all a command has ------------- */

enum cli_group {
	CLI_GROUP_ALWAYS,
	CLI_GROUP_RESULT,   /* commands that are not plain */
	CLI_GROUP_STORE,    /* ... and take --store */
	CLI_GROUP_PASSWORD, /* read or write files that may have a password */
	CLI_GROUP_ITEMS,    /* operands are items, or files of certificates */
	CLI_GROUP_LISTS,
	CLI_GROUP_WRITES,
	CLI_GROUP_HISTORY, /* ... and keep what they did in a history */
};
struct cli_global_option {
	struct cli_option option; /* offset into struct cli_globals */
	enum cli_group group;
};
extern const struct cli_global_option cli_global_options[]; /* ends with a NULL name */
#define CLI_NO_OFFSET ((size_t)-1) /* --help and --version: handled by the parser */

/* The index-th option of a command, its own first; NULL behind the last. ret_global: whose. */
const struct cli_option *cli_command_option(
    const struct cli_command *command, size_t index, bool *ret_global);

/* ---- value.c: one setter per kind of argument ---------------------------------------------- */

bool cli_set_value(const struct cli_option *option, const char *value, void *base,
    struct trust_error *error) TRUST_MUST_CHECK;
bool cli_is_choice(const char *choices, const char *word);

/* ---- parse.c ------------------------------------------------------------------------------- */

struct cli_given { /* an option on the command line, with its value */
	const struct cli_option *option;
	const char *value; /* borrowed from argv */
};

struct cli_parsed {
	const struct cli_command *command;
	void *options;         /* owned */
	const char **operands; /* owned array */
	size_t operand_count;
	struct cli_given *given; /* owned: those with a value */
	size_t given_count;
	struct cli_globals globals;
	const char *const *words; /* the command line behind the program's name */
	size_t word_count;
	bool help;
	bool version;
	const char *help_words[2];
};
bool cli_parse(int argc, char **argv, struct cli_parsed *ret_parsed,
    struct trust_error *error) TRUST_MUST_CHECK;
void cli_parsed_done(struct cli_parsed *parsed);
const struct cli_command *cli_command_find(const char *first, const char *second);
bool cli_command_is_group(const char *word);
bool cli_command_unknown(const char *first, const char *second, struct trust_error *error);

/* ---- help.c -------------------------------------------------------------------------------- */

char *cli_synopsis(const struct cli_command *command) TRUST_MUST_CHECK;
void cli_help_overview(FILE *to);
bool cli_help(
    FILE *to, const char *first, const char *second, struct trust_error *error) TRUST_MUST_CHECK;

/* ---- ask.c --------------------------------------------------------------------------------- */

bool cli_read_passwords(struct cli *cli, struct trust_error *error) TRUST_MUST_CHECK;
bool cli_has_person(struct cli *cli);
char *cli_read_line(struct cli *cli, const char *question);

/* ---- hint.c -------------------------------------------------------------------------------- */

/* Where the user's store was meant, since none was named, and is missing: the others that are
 * there, in front of the hint. Who never had one means one of those. Returns false. */
bool cli_hint_stores(struct cli *cli, struct trust_error *error);
/* A hint's commands, for the store it is about; NULL: it is about none, or about several. One that
 * ends in "trustctl ..." means this command line again, now as somebody else: then with the store
 * by its path, since the other's own stores have the same names. Owned by the caller. */
char *cli_whole_hint(
    const struct cli *cli, const char *hint, const struct trust_place *place) TRUST_MUST_CHECK;

/* ---- say.c --------------------------------------------------------------------------------- */

/* Did somebody ask for a locale that has nothing but ASCII? Where nobody set one, UTF-8 is
 * meant. */
bool cli_is_ascii(void);
/* Displayable text as this terminal can show it. Owned by the caller. */
char *cli_shown(const char *text) TRUST_MUST_CHECK;
/* A terminal with colours and a cursor that moves: TERM says so, and not that it is dumb. */
bool cli_is_capable(int fd);
/* Before widths of other characters than ASCII are asked for: they are always counted in UTF-8. */
void cli_use_locale(void);
bool cli_use_color(const struct cli_globals *globals, FILE *to);
void cli_say_error(const struct cli_globals *globals, const struct trust_error *error);

/* ---- foresee.c ------------------------------------------------------------------------------ */

/* Effects on trust that may come of it; for trust_effects_free(). */
struct trust_effect *cli_foresee_trust(struct cli *cli, const struct trust_place *place,
    const struct trust_change_request *request, size_t *ret_count);

/* ---- item_files.c: operands that are files, of commands about items ------------------------- */

struct cli_from_file {
	char *id;         /* owned: 64 digits, the operand in the file's stead */
	char *name;       /* owned, displayable */
	const char *path; /* borrowed */
};
struct cli_from_files {
	struct cli_from_file *list; /* owned */
	size_t count;
	const char **operands; /* owned array: the command's, files resolved */
	size_t operand_count;
};
bool cli_read_operands(struct cli *cli, struct trust_error *error) TRUST_MUST_CHECK;
void cli_from_files_done(struct cli_from_files *from);

/* ---- doc.c ---------------------------------------------------------------------------------- */

/* Before any JSON: want of memory ends the program in its library as elsewhere. */
void cli_doc_start(void);

/* ---- progress.c ---------------------------------------------------------------------------- */

/* Once the command line is known: is anybody to be told how far work is? */
void cli_progress_start(const struct cli *cli);

/* ---- what lives as long as the command ----------------------------------------------------- */

/* A trust step that this command took, and what came of it: the same one in another store is told
 * in a line, and nobody is asked again. */
struct cli_step {
	uint8_t id[TRUST_SHA256_BYTES];
	struct trust_states before;
	struct trust_states after;
	bool confirmed;
};

struct cli_internal {
	struct trust_places *all;    /* owned; discovered on first use */
	struct trust_store *builtin; /* owned */
	bool builtin_tried;
	bool several;                        /* stores are asked about */
	bool sudo_noted;                     /* whose stores these are was told */
	struct trust_secret *file_password;  /* owned; from --password-file or --password-fd */
	struct trust_secret *store_password; /* owned; from --store-password-file or a credential */
	struct cli_from_files from_files;
	const char *const *words; /* the command line behind the program's name; borrowed */
	size_t word_count;
	struct cli_step *steps; /* owned */
	size_t step_count;
	const struct trust_places *changing; /* borrowed: the stores of the change that runs */
	const char *made; /* borrowed: the path of a store that this command made */
};

/* From now on Ctrl-C leaves no private copy of a store behind. */
void cli_interrupt_start(void);
/* What it says then; borrowed; NULL: nothing. */
void cli_interrupt_say(const char *words);
/* Signals that end the program are noted instead, from watch to unwatch. */
void cli_interrupt_watch(void);
bool cli_interrupted(void);
void cli_interrupt_unwatch(void);
/* Die of the one noted, behind unwatch. */
void cli_interrupt_end(void);

#endif
