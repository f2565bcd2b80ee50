/* SPDX-License-Identifier: MPL-2.0 */
/* Help, made from the records alone. */

#include <string.h>

#include "cli/internal.h"
#include "core/buffer.h"
#include "core/text.h"

#define WIDTH 80
#define HELP_LIMIT 65536

char *
cli_synopsis(const struct cli_command *command)
{
	return trust_printf("trustctl %s [OPTION...]%s%s", command->path,
	    command->operands != NULL ? " " : "",
	    command->operands != NULL ? command->operands : "");
}

/* Words filled into lines; the first line is at `column` already. */
static void
fill(FILE *to, const char *text, size_t indent, size_t column)
{
	size_t at = column;
	while (*text != '\0') {
		size_t size = strcspn(text, " \n");
		bool paragraph = text[size] == '\n' && text[size + 1] == '\n';
		if (at > indent && at + 1 + size > WIDTH) {
			putc('\n', to);
			at = 0;
		}
		if (at < indent) {
			fprintf(to, "%*s", (int)(indent - at), "");
			at = indent;
		} else if (at > indent) {
			putc(' ', to);
			at++;
		}
		fprintf(to, "%.*s", (int)size, text);
		at += size;
		text += size;
		text += strspn(text, " \n");
		if (paragraph) {
			fputs("\n\n", to);
			at = 0;
		}
	}
	putc('\n', to);
}

static void
print_lines(FILE *to, const char *text)
{
	for (const char *line = text; *line != '\0';) {
		size_t size = strcspn(line, "\n");
		fprintf(to, "  %.*s\n", (int)size, line);
		line += size + (line[size] == '\n');
	}
}

/* "auto, always, never", which can be filled into lines. */
static char *
spaced(const char *choices)
{
	TRUST_AUTO_BUFFER text;

	trust_buffer_init(&text, HELP_LIMIT);
	for (; *choices != '\0'; choices++)
		trust_buffer_append_text(
		    &text, *choices == ',' ? ", " : (const char[]){ *choices, '\0' });
	return trust_buffer_take(&text);
}

static void
print_option(FILE *to, const struct cli_option *option)
{
	char letter[5] = "    ";
	if (option->letter != 0) {
		letter[0] = '-';
		letter[1] = option->letter;
		letter[2] = ',';
	}
	TRUST_AUTO_FREE char *left = trust_printf("  %s--%s%s%s", letter, option->name,
	    option->value != NULL ? " " : "", option->value != NULL ? option->value : "");
	bool choices =
	    option->argument == CLI_CHOICE && strstr(option->help, option->choices) == NULL;
	TRUST_AUTO_FREE char *words = choices ? spaced(option->choices) : trust_strdup("");
	TRUST_AUTO_FREE char *right = trust_printf("%s%s%s%s%s%s%s", option->help,
	    choices ? ": " : "", words, option->fallback != NULL ? " (default: " : "",
	    option->fallback != NULL ? option->fallback : "", option->fallback != NULL ? ")" : "",
	    option->argument == CLI_LIST && strstr(option->help, "repeated") == NULL
		? "; may be repeated"
		: "");
	fputs(left, to);
	size_t column = strlen(left);
	if (column > 29) {
		putc('\n', to);
		column = 0;
	}
	fill(to, right, 31, column);
}

static void
print_options(FILE *to, const struct cli_command *command, bool global_wanted, const char *title)
{
	bool global = false;
	bool titled = false;
	const struct cli_option *option = NULL;
	for (size_t i = 0; (option = cli_command_option(command, i, &global)) != NULL; i++) {
		if (global != global_wanted)
			continue;
		if (!titled)
			fprintf(to, "\n%s:\n", title);
		titled = true;
		print_option(to, option);
	}
}

static void
help_command(FILE *to, const struct cli_command *command)
{
	TRUST_AUTO_FREE char *synopsis = cli_synopsis(command);
	fprintf(to, "trustctl %s - %s\n\nUsage: %s\n", command->path, command->summary, synopsis);
	if (command->details != NULL) {
		putc('\n', to);
		fill(to, command->details, 0, 0);
	}
	print_options(to, command, false, "Options");
	print_options(to, command, true, command->options != NULL ? "Common options" : "Options");
	if (command->examples != NULL) {
		fputs("\nExamples:\n", to);
		print_lines(to, command->examples);
	}
}

static void
print_summary(FILE *to, const struct cli_command *command)
{
	fprintf(to, "  %-16s  %s\n", command->path, command->summary);
}

void
cli_help_overview(FILE *to)
{
	static const char *const topics[CLI_TOPICS] = {
		[CLI_TOPIC_EVERYDAY] = "Everyday commands",
		[CLI_TOPIC_TRUST] = "Trust",
		[CLI_TOPIC_STORES] = "Stores",
		[CLI_TOPIC_HISTORY] = "History",
		[CLI_TOPIC_PROGRAM] = "The program itself",
	};

	fputs("trustctl - certificates and trust in the stores of Chromium, Firefox, Thunderbird "
	      "and\n"
	      "           every other program that uses NSS\n"
	      "\nUsage: trustctl COMMAND [OPTION...] [OPERAND...]\n",
	    to);
	for (int topic = 0; topic < CLI_TOPICS; topic++) {
		fprintf(to, "\n%s:\n", topics[topic]);
		for (size_t i = 0; cli_commands[i] != NULL; i++)
			if (cli_commands[i]->topic == (enum cli_topic)topic)
				print_summary(to, cli_commands[i]);
	}
	fputs("\nOptions of most commands:\n", to);
	for (size_t i = 0; cli_global_options[i].option.name != NULL; i++)
		print_option(to, &cli_global_options[i].option);
	fputs("\nExit status: 0 done or yes, 1 the answer is no, 2 usage, 3 input, 4 store, 5 "
	      "refused,\n"
	      "6 partly done, 70 a mistake of this program.\n"
	      "\n'trustctl help COMMAND' tells everything about a command.\n",
	    to);
}

static void
help_group(FILE *to, const char *word)
{
	size_t size = strlen(word);
	fprintf(to, "Usage: trustctl %s COMMAND [OPTION...] [OPERAND...]\n\nCommands:\n", word);
	for (size_t i = 0; cli_commands[i] != NULL; i++)
		if (strncmp(cli_commands[i]->path, word, size) == 0 &&
		    cli_commands[i]->path[size] == ' ')
			print_summary(to, cli_commands[i]);
	fprintf(to, "\n'trustctl help %s COMMAND' tells everything about a command.\n", word);
}

bool
cli_help(FILE *to, const char *first, const char *second, struct trust_error *error)
{
	const struct cli_command *command = first != NULL ? cli_command_find(first, second) : NULL;
	if (command != NULL)
		help_command(to, command);
	else if (first == NULL)
		cli_help_overview(to);
	else if (second == NULL && cli_command_is_group(first))
		help_group(to, first);
	else
		return cli_command_unknown(first, second, error);
	return true;
}
