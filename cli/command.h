/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

/*
 * One declarative record per command: parsing, --help, the manual's synopsis and the completions
 * all follow from it. The path of a command's file is its name: cli/cmd/trust_enable.c is `trustctl
 * trust enable`, doc/man/trustctl-trust-enable.1.scd its page, tests/cli/trust_enable.bats its
 * test. Records are listed by hand in commands.c, in the order help shows them under each heading.
 */

#include "core/base.h"
#include "core/error.h"
#include "core/time.h"

struct cli;        /* cli.h: what a running command has at hand */
struct cli_column; /* cli.h */

enum cli_argument { /* what an option's or operand's value is: for parsing and for completion */
	CLI_FLAG,   /* no value; sets a bool */
	CLI_TEXT,   /* char * */
	CLI_FILE,   /* char *: a path, completed as one */
	CLI_STORE,  /* char *: a store's name or directory */
	CLI_ITEM,
	CLI_USAGES, /* bool[TRUST_USAGES]: a comma list, "all" */
	CLI_KIND,   /* char * */
	CLI_TIME,   /* struct cli_time: RFC 3339 */
	CLI_NUMBER, /* int64_t, not negative */
	CLI_CHOICE, /* char *: one of `choices` */
	CLI_LIST,   /* struct cli_texts: the option may be repeated */
};

struct cli_texts {
	const char **list; /* borrowed from argv; the array is owned by the parser */
	size_t count;
};

struct cli_time {
	bool given;
	struct trust_time time;
};

struct cli_option {
	const char *name; /* "fingerprint", without dashes */
	char letter;      /* 0: none; a destructive option has none */
	enum cli_argument argument;
	const char *value;    /* how help calls it: "SHA256"; NULL for flags */
	const char *choices;  /* for CLI_CHOICE: "pem,der,p12"; of others: words for completion */
	const char *fallback; /* the default as text, for help and set before parsing; NULL: zero */
	const char *help;     /* one sentence without full stop */
	size_t offset;        /* into the command's options struct */
};
#define CLI_OPTIONS_END                                                                            \
	{                                                                                          \
		.name = NULL                                                                       \
	}

enum cli_topic { /* the heading of the overview that a command stands under */
	CLI_TOPIC_EVERYDAY,
	CLI_TOPIC_TRUST,
	CLI_TOPIC_STORES,
	CLI_TOPIC_HISTORY,
	CLI_TOPIC_PROGRAM,
	CLI_TOPICS,
};

struct cli_command {
	const char *path; /* "trust enable" */
	enum cli_topic topic;
	const char *summary;  /* one line */
	const char *operands; /* "ITEM...", "FILE...", "[FILTER...]", NULL: none */
	enum cli_argument operand;
	int min_operands;
	int max_operands; /* -1: no limit */
	const char
	    *details; /* paragraphs for --help and the manual: what it does, what it never does */
	const char *examples;             /* complete commands, one a line */
	bool writes;                      /* changes a store: has --dry-run, --reason */
	bool lists;                       /* has --csv, --columns, --sort */
	const struct cli_column *columns; /* of what it lists; ends with a NULL name */
	bool plain;      /* opens no store and asks nothing: none of those options, no --json */
	bool no_store;   /* does not take --store: the operand names it, or it is about all */
	bool no_history; /* what it writes is no store that has a history: no --reason */
	bool
	    file_password; /* reads or writes what has a password: --password-file, --password-fd */
	bool item_files; /* an operand may be a file: its certificates are looked for; has --item */
	const struct cli_option *options; /* ends with CLI_OPTIONS_END; NULL: none of its own */
	size_t options_size; /* of the options struct; run() gets one, zeroed and filled */
	/* Returns the exit status by code: TRUST_OK, TRUST_ANSWER_NO, TRUST_PARTIAL, or false-like
	 * codes with the error filled. */
	enum trust_code (*run)(struct cli *cli, const void *options, struct trust_error *error);
};

extern const struct cli_command *const cli_commands[]; /* ends with NULL */

#endif
