/* SPDX-License-Identifier: MPL-2.0 */
/* Completions in the language of zsh. */

#include <string.h>

#include "cli/completion_internal.h"
#include "cli/internal.h"

static const char zsh_head[] =
    "#compdef trustctl\n"
    "# zsh completion for trustctl, made by `trustctl completion zsh`\n"
    "\n"
    "_trustctl_store() {\n"
    "\tlocal -a stores\n"
    "\tstores=(${${(f)\"$(_call_program stores trustctl completion "
    "--words stores 2>/dev/null)\"}%%$'\\t'*})\n"
    "\tcompadd \"$@\" -a stores\n"
    "}\n"
    "\n"
    "_trustctl_stores() {\n"
    "\tif [[ $PREFIX == */* ]]; then\n"
    "\t\t_files -/\n"
    "\telse\n"
    "\t\t_sequence _trustctl_store\n"
    "\tfi\n"
    "}\n"
    "\n"
    "# Items by identifier, told by name; and by name.\n"
    "_trustctl_items() {\n"
    "\tlocal store=${(Q)opt_args[--store]}\n"
    "\tlocal -a lines described names\n"
    "\tlines=(${(f)\"$(_call_program items trustctl completion --words "
    "items ${store:+--store=${(q)store}} 2>/dev/null)\"})\n"
    "\tdescribed=(${lines//:/\\\\:})\n"
    "\tdescribed=(${described/$'\\t'/:})\n"
    "\tnames=(${lines#*$'\\t'})\n"
    "\t_describe -t items item described\n"
    "\tcompadd -a names\n"
    "}\n"
    "\n"
    "_trustctl_items_files() {\n"
    "\t_trustctl_items\n"
    "\t_files\n"
    "}\n"
    "\n"
    "_trustctl_changes() {\n"
    "\tlocal store=${(Q)opt_args[--store]}\n"
    "\tlocal -a lines\n"
    "\tlines=(${(f)\"$(_call_program changes trustctl completion --words "
    "changes ${store:+--store=${(q)store}} 2>/dev/null)\"})\n"
    "\tlines=(${lines//:/\\\\:})\n"
    "\tlines=(${lines/$'\\t'/:})\n"
    "\t_describe -t changes change lines\n"
    "}\n"
    "\n"
    "_trustctl_command() {\n"
    "\tcase $1 in\n";
/* Format: the groups, twice. */
static const char zsh_tail[] = "# After the word of a group that was written as an operand.\n"
			       "_trustctl_second_words() {\n"
			       "\tlocal -a written=(${${(@)words[2,CURRENT-1]}:#-*})\n"
			       "\tcase $written[1] in\n"
			       "\t(%s) _trustctl_words $written[1] ;;\n"
			       "\tesac\n"
			       "}\n"
			       "\n"
			       "_trustctl() {\n"
			       "\tlocal curcontext=$curcontext context state state_descr line\n"
			       "\tlocal -A opt_args\n"
			       "\t_arguments -C -S -A '-*' \\\n"
			       "\t\t'--help[show help]' '--version[show the version]' \\\n"
			       "\t\t'--store=[the stores to use]:STORE,...:_trustctl_stores' \\\n"
			       "\t\t'--json[print JSON]' '--quiet[leave out notes and hints]' \\\n"
			       "\t\t'1: :_trustctl_words' '*:: :->rest' && return\n"
			       "\t[[ $state == rest ]] || return\n"
			       "\tcase $words[1] in\n"
			       "\t(%s)\n"
			       "\t\tif (( CURRENT == 2 )); then\n"
			       "\t\t\t_trustctl_words $words[1]\n"
			       "\t\t\treturn\n"
			       "\t\tfi\n"
			       "\t\twords=(\"$words[1] $words[2]\" \"${(@)words[3,-1]}\")\n"
			       "\t\t(( CURRENT-- ))\n"
			       "\t\t;;\n"
			       "\tesac\n"
			       "\t_trustctl_command $words[1]\n"
			       "}\n"
			       "\n"
			       "_trustctl \"$@\"\n";
/* Inside '...[here]:...': brackets and quotes are marked. */
static void
put_zsh_text(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", to);
		else if (strchr("[]:\\", *text))
			fprintf(to, "\\%c", *text);
		else
			putc(*text, to);
	}
}

static void
put_zsh_slot(FILE *to, const char *called, const struct cli_slot *slot)
{
	static const char *const actions[] = {
		[CLI_OFFER_NOTHING] = " ",
		[CLI_OFFER_FILES] = "_files",
		[CLI_OFFER_STORES] = "_trustctl_stores",
		[CLI_OFFER_ITEMS] = "_trustctl_items",
		[CLI_OFFER_CHANGES] = "_trustctl_changes",
		[CLI_OFFER_ITEMS_FILES] = "_trustctl_items_files",
	};
	putc(':', to);
	put_zsh_text(to, called);
	if (slot->offer == CLI_OFFER_WORDS)
		fprintf(to, ":(%s)", slot->words);
	else if (slot->offer == CLI_OFFER_WORD_LIST)
		fprintf(to, ":_values -s , word %s", slot->words);
	else
		fprintf(to, ":%s", actions[slot->offer]);
}

/* One form of an option: -k or --kind. */
static void
put_zsh_form(
    FILE *to, const struct cli_command *command, const struct cli_option *option, bool letter)
{
	bool flag = option->argument == CLI_FLAG;

	fputs(" \\\n\t\t\t'", to);
	if (option->argument == CLI_LIST)
		putc('*', to);
	else if (option->letter)
		fprintf(to, "(-%c --%s)", option->letter, option->name);
	if (letter)
		fprintf(to, "-%c%s", option->letter, flag ? "" : "+");
	else
		fprintf(to, "--%s%s", option->name, flag ? "" : "=");
	putc('[', to);
	put_zsh_text(to, option->help);
	putc(']', to);
	if (!flag) {
		CLI_AUTO_SLOT slot = cli_value_slot(command, option);
		put_zsh_slot(to, option->value ? option->value : "value", &slot);
	}
	putc('\'', to);
}

static void
put_zsh_operands(FILE *to, const struct cli_command *command)
{
	CLI_AUTO_SLOT operand = cli_operand_slot(command);
	bool any = command->max_operands < 0;

	if (cli_takes_command(command)) {
		fputs(
		    " \\\n\t\t\t':command:_trustctl_words' ':command:_trustctl_second_words'", to);
		return;
	}
	for (int i = 0; command->operands && i < (any ? 1 : command->max_operands); i++) {
		fprintf(to, " \\\n\t\t\t'%s", any ? "*" : "");
		put_zsh_slot(to, command->operands, &operand);
		putc('\'', to);
	}
}

static void
put_zsh_command(FILE *to, const struct cli_command *command)
{
	const struct cli_option *option = NULL;
	bool global = false;

	fprintf(to, "\t('%s')\n\t\t_arguments -s -S :", command->path);
	for (size_t i = 0; (option = cli_command_option(command, i, &global)) != NULL; i++) {
		put_zsh_form(to, command, option, false);
		if (option->letter)
			put_zsh_form(to, command, option, true);
	}
	put_zsh_operands(to, command);
	fputs("\n\t\t;;\n", to);
}

/* 'word:what it is' of each command whose path begins so. */
static void
put_zsh_described(FILE *to, const struct cli_command *group)
{
	size_t skip = group ? cli_first_size(group) + 1 : 0;

	for (size_t i = 0; cli_commands[i]; i++) {
		const struct cli_command *command = cli_commands[i];
		bool grouped = strchr(command->path, ' ') != NULL;
		if (group ? strncmp(command->path, group->path, skip) != 0 : !cli_opens_word(i))
			continue;
		fprintf(to, " \\\n\t\t'%.*s:",
		    group ? (int)strlen(command->path + skip) : (int)cli_first_size(command),
		    command->path + skip);
		if (!group && grouped) {
			TRUST_AUTO_FREE char *second = cli_second_words(command);
			put_zsh_text(to, second);
		} else {
			put_zsh_text(to, command->summary);
		}
		putc('\'', to);
	}
}

void
cli_completion_zsh(FILE *to)
{
	TRUST_AUTO_FREE char *groups = cli_first_words(true);

	fputs(zsh_head, to);
	for (size_t i = 0; cli_commands[i]; i++)
		put_zsh_command(to, cli_commands[i]);
	fputs("\tesac\n}\n\n_trustctl_words() {\n\tlocal -a words_here\n\tcase $1 in\n", to);
	for (size_t i = 0; cli_commands[i]; i++)
		if (cli_opens_word(i) && strchr(cli_commands[i]->path, ' ')) {
			fprintf(to, "\t(%.*s) words_here=(", (int)cli_first_size(cli_commands[i]),
			    cli_commands[i]->path);
			put_zsh_described(to, cli_commands[i]);
			fputs(") ;;\n", to);
		}
	fputs("\t(*) words_here=(", to);
	put_zsh_described(to, NULL);
	fputs(") ;;\n\tesac\n\t_describe -t commands command words_here\n}\n\n", to);
	for (char *space = groups; *space; space++)
		*space = *space == ' ' ? '|' : *space;
	fprintf(to, zsh_tail, groups, groups);
}
