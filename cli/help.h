/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"

/* All commands with their summaries, on standard output. */
void cli_help_overview(void);
/* One command whole. */
void cli_help_command(const struct cli_command *command);
/* Its synopsis: one line, as in the manual. Owned by the caller. */
char *cli_help_synopsis(const struct cli_command *command);
/* The options the command has, one a line, "--name VALUE<TAB>help", for the test of the manual. */
void cli_help_options(const struct cli_command *command);

#endif
