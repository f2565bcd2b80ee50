/* SPDX-License-Identifier: MPL-2.0 */
/* `trustctl help`: everything about a command, from its record. */

#include <stdio.h>

#include "cli/internal.h"

struct options {
	bool synopsis;
};

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	const struct options *given = options;
	const char *first = cli->operand_count > 0 ? cli->operands[0] : NULL;
	const char *second = cli->operand_count > 1 ? cli->operands[1] : NULL;
	if (!given->synopsis)
		return cli_help(stdout, first, second, error) ? TRUST_OK : error->code;

	/* For the test that compares help with the manual: one line per command. */
	const struct cli_command *command = first != NULL ? cli_command_find(first, second) : NULL;
	if (first != NULL && command == NULL) {
		(void)cli_command_unknown(first, second, error);
		return error->code;
	}
	for (size_t i = 0; cli_commands[i] != NULL; i++) {
		if (command != NULL && cli_commands[i] != command)
			continue;
		TRUST_AUTO_FREE char *synopsis = cli_synopsis(cli_commands[i]);
		cli_say(cli, "%s", synopsis);
	}
	return TRUST_OK;
}

static const struct cli_option options[] = {
	{
	    .name = "synopsis",
	    .argument = CLI_FLAG,
	    .help = "only the line that says how to call it; without COMMAND, of every command",
	    .offset = offsetof(struct options, synopsis),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_help = {
	.path = "help",
	.topic = CLI_TOPIC_PROGRAM,
	.summary = "tell about a command",
	.operands = "[COMMAND]",
	.operand = CLI_TEXT,
	.min_operands = 0,
	.max_operands = 2,
	.details = "Without COMMAND, lists the commands and the options they share.",
	.examples = "trustctl help import\n"
		    "trustctl help trust enable",
	.plain = true,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
