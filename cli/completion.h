/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

/* Completion scripts, made from the commands' records alone: what --help knows, shells know. */

#include <stdio.h>

void cli_completion_bash(FILE *to);
void cli_completion_zsh(FILE *to);
void cli_completion_fish(FILE *to);

#endif
