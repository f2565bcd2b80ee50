/* SPDX-License-Identifier: MPL-2.0 */
/* Help, generated from the records: there is no second place where an option could be forgotten. */

#include <stdio.h>
#include <string.h>

#include "cli/help.h"
#include "cli/parse.h"
#include "core/buffer.h"

void
cli_help_overview(void)
{
	printf("trustctl: the keychain for Linux: certificates, identities and trust in NSS stores\n\n"
	       "usage: trustctl COMMAND [OPTION...] [OPERAND...]\n\n");
	for (size_t i = 0; cli_commands[i]; i++)
		if (!cli_commands[i]->hidden)
			printf("  %-16s  %s\n", cli_commands[i]->path, cli_commands[i]->summary);
	printf("\ntrustctl help COMMAND explains one of them; man trustctl explains the words.\n");
}

static char *
option_words(const struct cli_option *option)
{
	return option->value ? trust_printf("--%s %s", option->name, option->value)
			     : trust_printf("--%s", option->name);
}

char *
cli_help_synopsis(const struct cli_command *command)
{
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, 65536);
	trust_buffer_printf(&out, "trustctl %s", command->path);
	if (command->operands)
		trust_buffer_printf(&out, " %s", command->operands);
	for (const struct cli_option *option = command->options; option && option->name; option++) {
		TRUST_AUTO_FREE char *words = option_words(option);
		trust_buffer_printf(&out, " [%s]%s", words, option->argument == CLI_LIST ? "..." : "");
	}
	trust_buffer_append_text(&out, " [OPTION...]");
	return trust_buffer_take(&out);
}

/* Text in lines of at most 78 columns, each indented. */
static void
print_wrapped(const char *text, int indent)
{
	int column = 0;

	for (const char *word = text; *word;) {
		int length = (int)strcspn(word, " \n");
		if (column && column + 1 + length > 78) {
			putchar('\n');
			column = 0;
		}
		if (!column)
			column = printf("%*s%.*s", indent, "", length, word);
		else
			column += printf(" %.*s", length, word);
		word += length;
		while (*word == ' ' || *word == '\n') {
			if (*word++ == '\n') {
				putchar('\n');
				column = 0;
			}
		}
	}
	putchar('\n');
}

static void
print_option(const struct cli_option *option)
{
	TRUST_AUTO_FREE char *words = option_words(option);
	char letter[8] = "    ";

	if (option->letter)
		snprintf(letter, sizeof letter, "-%c, ", option->letter);
	printf("  %s%-30s  %s", letter, words, option->help);
	if (option->fallback && strcmp(option->fallback, "-1") != 0)
		printf(" (default: %s)", option->fallback);
	putchar('\n');
}

void
cli_help_command(const struct cli_command *command)
{
	TRUST_AUTO_FREE char *synopsis = cli_help_synopsis(command);

	printf("trustctl %s: %s\n\n", command->path, command->summary);
	print_wrapped(synopsis, 2);
	if (command->details) {
		putchar('\n');
		print_wrapped(command->details, 0);
	}
	if (command->options && command->options->name)
		printf("\noptions of this command:\n");
	for (const struct cli_option *option = command->options; option && option->name; option++)
		print_option(option);
	printf("\ngeneral options:\n");
	for (size_t i = 0; i < cli_global_option_count; i++)
		if (cli_global_applies(&cli_global_options[i], command))
			print_option(&cli_global_options[i].option);
	printf("  -h, %-30s  %s\n", "--help", "this text");
	if (command->examples)
		printf("\nexamples:\n");
	for (const char *line = command->examples; line && *line;) {
		int length = (int)strcspn(line, "\n");
		printf("  %.*s\n", length, line);
		line += length;
		line += *line == '\n';
	}
}

void
cli_help_options(const struct cli_command *command)
{
	for (const struct cli_option *option = command->options; option && option->name; option++) {
		TRUST_AUTO_FREE char *words = option_words(option);
		printf("%s\t%s\n", words, option->help);
	}
	for (size_t i = 0; i < cli_global_option_count; i++)
		if (cli_global_applies(&cli_global_options[i], command)) {
			TRUST_AUTO_FREE char *words = option_words(&cli_global_options[i].option);
			printf("%s\t%s\n", words, cli_global_options[i].option.help);
		}
}
