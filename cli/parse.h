/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

/* A command line taken apart by the command's record and the global options' records. */

#include "cli/cli.h"

enum cli_when { /* which commands have a global option */
	CLI_ALWAYS,
	CLI_WRITES,
	CLI_LISTS,
};

struct cli_global_option {
	struct cli_option option; /* offset into struct cli_globals */
	enum cli_when when;
};
extern const struct cli_global_option cli_global_options[];
extern const size_t cli_global_option_count;
/* Has this command that global option? */
bool cli_global_applies(const struct cli_global_option *global, const struct cli_command *command);

struct cli_invocation {
	const struct cli_command *command; /* NULL: none was named */
	void *options;                     /* owned; command->options_size bytes */
	struct cli_globals globals;
	const char **operands;             /* owned array */
	size_t operand_count;
	const char **lists[64];            /* owned arrays behind CLI_LIST options */
	size_t list_count;
	bool help;
	bool version;
};
bool cli_parse(int argc, char **argv, struct cli_invocation *ret_invocation,
    struct trust_error *error) TRUST_MUST_CHECK;
void cli_invocation_done(struct cli_invocation *invocation);

/* The command whose path are these words; NULL. *ret_words: how many words it took. */
const struct cli_command *cli_find_command(const char *const *words, size_t count, size_t *ret_words);

#endif
