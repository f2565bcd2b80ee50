/* SPDX-License-Identifier: MPL-2.0 */
/* Completions in the language of fish. */

#include <string.h>

#include "cli/completion_internal.h"
#include "cli/internal.h"
#include "core/buffer.h"
#include "core/limits.h"

static const char fish_head[] =
    "# fish completion for trustctl, made by `trustctl completion fish`\n"
    "\n"
    "# The words of the command typed so far.\n"
    "function __trustctl_command\n"
    "\tset -l words (commandline -opc)\n"
    "\tset -l command\n"
    "\tset -l skip no\n"
    "\tfor word in $words[2..-1]\n"
    "\t\tif test $skip = yes\n"
    "\t\t\tset skip no\n"
    "\t\telse if contains -- $word %s\n"
    "\t\t\tset skip yes\n"
    "\t\telse if not string match -q -- '-*' $word\n"
    "\t\t\tset -a command $word\n"
    "\t\t\tcontains -- \"$command\" %s; or break\n"
    "\t\tend\n"
    "\tend\n"
    "\techo \"$command\"\n"
    "end\n"
    "\n"
    "# Is that one of these?\n"
    "function __trustctl_is\n"
    "\tset -l command (__trustctl_command)\n"
    "\tcontains -- \"$command\" $argv\n"
    "end\n"
    "\n"
    "function __trustctl_lines\n"
    "\tprintf '%%s\\n' $argv\n"
    "end\n"
    "\n"
    "function __trustctl_stores\n"
    "\ttrustctl completion --words stores 2>/dev/null\n"
    "end\n"
    "\n"
    "function __trustctl_words\n"
    "\tset -l store\n"
    "\tset -l words (commandline -opc)\n"
    "\tfor i in (seq (count $words))\n"
    "\t\tif string match -q -- '--store=*' $words[$i]\n"
    "\t\t\tset store $words[$i]\n"
    "\t\telse if test \"$words[$i]\" = --store; and test $i -lt (count $words)\n"
    "\t\t\tset store --store=$words[(math $i + 1)]\n"
    "\t\tend\n"
    "\tend\n"
    "\ttrustctl completion --words $argv $store 2>/dev/null\n"
    "end\n"
    "\n"
    "complete -c trustctl -f\n";
/* "trust" "help trust": what the second word of this group's commands follows. */
static void
add_group(struct trust_buffer *out, const struct cli_command *command)
{
	int size = (int)cli_first_size(command);

	trust_buffer_printf(out, "%s\"%.*s\"", out->size ? " " : "", size, command->path);
	for (size_t i = 0; cli_commands[i]; i++)
		if (cli_takes_command(cli_commands[i]))
			trust_buffer_printf(
			    out, " \"%s %.*s\"", cli_commands[i]->path, size, command->path);
}

/* What is no whole command line yet: the groups, and what takes a command. Owned by the caller. */
static char *
unfinished_words(void)
{
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; cli_commands[i]; i++) {
		const struct cli_command *command = cli_commands[i];
		if (cli_opens_word(i) && strchr(command->path, ' '))
			add_group(&out, command);
		if (cli_takes_command(command))
			trust_buffer_printf(&out, "%s\"%s\"", out.size ? " " : "", command->path);
	}
	return trust_buffer_take(&out);
}

static void
put_fish_slot(FILE *to, const struct cli_slot *slot)
{
	switch (slot->offer) {
	case CLI_OFFER_NOTHING:
		fputs(" -x", to);
		break;
	case CLI_OFFER_FILES:
		fputs(" -r -F", to);
		break;
	case CLI_OFFER_STORES:
		fputs(" -x -a '(__fish_complete_list , __trustctl_stores)'", to);
		break;
	case CLI_OFFER_ITEMS:
		fputs(" -x -a '(__trustctl_words items)'", to);
		break;
	case CLI_OFFER_CHANGES:
		fputs(" -x -a '(__trustctl_words changes)'", to);
		break;
	case CLI_OFFER_ITEMS_FILES:
		fputs(" -r -F -a '(__trustctl_words items)'", to);
		break;
	case CLI_OFFER_WORDS:
		fprintf(to, " -x -a '%s'", slot->words);
		break;
	case CLI_OFFER_WORD_LIST:
		fprintf(
		    to, " -x -a '(__fish_complete_list , \"__trustctl_lines %s\")'", slot->words);
		break;
	}
}

static void
put_fish_quoted(FILE *to, const char *text)
{
	putc('\'', to);
	for (; *text; text++)
		fprintf(to, *text == '\'' || *text == '\\' ? "\\%c" : "%c", *text);
	putc('\'', to);
}

static void
put_fish_option(FILE *to, const struct cli_command *command, const struct cli_option *option)
{
	fprintf(to, "complete -c trustctl -n '__trustctl_is \"%s\"' -l %s",
	    command ? command->path : "", option->name);
	if (option->letter)
		fprintf(to, " -s %c", option->letter);
	if (option->argument != CLI_FLAG) {
		CLI_AUTO_SLOT slot = cli_value_slot(command, option);
		put_fish_slot(to, &slot);
	}
	fputs(" -d ", to);
	put_fish_quoted(to, option->help);
	putc('\n', to);
}

static void
put_fish_command(FILE *to, size_t index)
{
	const struct cli_command *command = cli_commands[index];
	const struct cli_option *option = NULL;
	const char *space = strchr(command->path, ' ');
	int first = (int)cli_first_size(command);
	bool global = false;
	CLI_AUTO_SLOT operand = cli_operand_slot(command);
	TRUST_AUTO_BUFFER after;

	if (space && cli_opens_word(index)) {
		TRUST_AUTO_FREE char *second = cli_second_words(command);
		fprintf(to, "complete -c trustctl -n '__trustctl_is \"\"' -a %.*s -d '%s'\n", first,
		    command->path, second);
	}
	trust_buffer_init(&after, TRUST_MAX_FILE_BYTES);
	if (space)
		add_group(&after, command);
	fprintf(to, "complete -c trustctl -n '__trustctl_is %s' -a %s -d ",
	    space ? (const char *)after.data : "\"\"", space ? space + 1 : command->path);
	put_fish_quoted(to, command->summary);
	putc('\n', to);
	if (operand.offer != CLI_OFFER_NOTHING) {
		fprintf(to, "complete -c trustctl -n '__trustctl_is \"%s\"'", command->path);
		put_fish_slot(to, &operand);
		putc('\n', to);
	}
	for (size_t i = 0; (option = cli_command_option(command, i, &global)) != NULL; i++)
		put_fish_option(to, command, option);
}

void
cli_completion_fish(FILE *to)
{
	TRUST_AUTO_FREE char *unfinished = unfinished_words();
	TRUST_AUTO_FREE char *early = cli_early_options();

	fprintf(to, fish_head, early, unfinished);
	for (size_t i = 0; cli_commands[i]; i++)
		put_fish_command(to, i);
	for (size_t i = 0; cli_global_options[i].option.name; i++)
		put_fish_option(to, NULL, &cli_global_options[i].option);
}
