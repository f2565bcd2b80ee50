/* SPDX-License-Identifier: MPL-2.0 */
/* Completions in the language of bash. */

#include <string.h>

#include "cli/completion_internal.h"
#include "cli/internal.h"

static void
put_bash_slot(FILE *to, const struct cli_slot *slot)
{
	static const char *const words[] = {
		[CLI_OFFER_NOTHING] = "nothing",
		[CLI_OFFER_FILES] = "files",
		[CLI_OFFER_STORES] = "stores",
		[CLI_OFFER_ITEMS] = "items",
		[CLI_OFFER_ITEMS_FILES] = "items-files",
		[CLI_OFFER_CHANGES] = "changes",
		[CLI_OFFER_WORDS] = "words",
		[CLI_OFFER_WORD_LIST] = "list",
	};
	fprintf(to, "offer='%s%s%s'", words[slot->offer], slot->words ? " " : "",
	    slot->words ? slot->words : "");
}

static void
put_bash_option(FILE *to, const struct cli_command *command, const struct cli_option *option)
{
	if (option->argument == CLI_FLAG)
		return;
	CLI_AUTO_SLOT slot = cli_value_slot(command, option);
	fprintf(to, "\t\t--%s", option->name);
	if (option->letter)
		fprintf(to, " | -%c", option->letter);
	fputs(") ", to);
	put_bash_slot(to, &slot);
	fputs(" ;;\n", to);
}

static void
put_bash_command(FILE *to, const struct cli_command *command)
{
	CLI_AUTO_SLOT operand = cli_operand_slot(command);
	const struct cli_option *option = NULL;
	bool global = false;

	fprintf(to, "\t'%s')\n\t\toptions='", command->path);
	for (size_t i = 0; (option = cli_command_option(command, i, &global)) != NULL; i++)
		fprintf(to, "%s--%s", i ? " " : "", option->name);
	fputs("'\n\t\tcase $option in\n", to);
	for (size_t i = 0; (option = cli_command_option(command, i, &global)) != NULL; i++)
		put_bash_option(to, command, option);
	fputs("\t\t*) ", to);
	put_bash_slot(to, &operand);
	fputs(" option= ;;\n\t\tesac\n\t\t;;\n", to);
}

/* Formats: the groups, and the options that may stand before the command. */
static const char bash_head[] =
    "# bash completion for trustctl, made by `trustctl completion bash`\n"
    "\n"
    "# What is known of a command: sets options, and what its operands or the option's value may "
    "be.\n"
    "_trustctl_groups='%s'\n"
    "_trustctl_early='%s'\n"
    "_trustctl_record() {\n"
    "\tcase $1 in\n";

static const char bash_tail[] =
    "# One candidate, less what stands before the part of the word that bash replaces.\n"
    "_trustctl_add() {\n"
    "\tlocal whole=$head$1\n"
    "\t[[ $1 != \"$cur\"* ]] || COMPREPLY+=(\"${whole:${#fixed}}\")\n"
    "}\n"
    "\n"
    "# The next element of a comma list.\n"
    "_trustctl_add_list() {\n"
    "\tlocal before= word\n"
    "\t[[ $cur != *,* ]] || before=${cur%,*},\n"
    "\tfor word in \"$@\"; do _trustctl_add \"$before$word\"; done\n"
    "}\n"
    "\n"
    "_trustctl_add_paths() {\n"
    "\tlocal path\n"
    "\tcompopt -o filenames 2>/dev/null\n"
    "\twhile IFS= read -r path; do _trustctl_add \"$path\"; done < <(compgen \"$1\" -- \"$cur\")\n"
    "}\n"
    "\n"
    "# Items by identifier or by name; a name is escaped unless a quote was opened, or where files are\n"
    "# offered too, which has readline escape all.\n"
    "_trustctl_add_items() {\n"
    "\tlocal id name escaped=$1\n"
    "\twhile IFS=$'\\t' read -r id name; do\n"
    "\t\tif [[ -n $cur && $id == \"$cur\"* ]]; then\n"
    "\t\t\t_trustctl_add \"$id\"\n"
    "\t\telif [[ $name == \"$cur\"* && $name != *[:=]* ]]; then\n"
    "\t\t\t[[ -n $quoted || -n $escaped ]] || printf -v name %q \"$name\"\n"
    "\t\t\tCOMPREPLY+=(\"$name\")\n"
    "\t\tfi\n"
    "\tdone < <(trustctl completion --words items ${store:+\"--store=$store\"} 2>/dev/null)\n"
    "}\n"
    "\n"
    "_trustctl_offer() {\n"
    "\tlocal words word\n"
    "\tread -ra words <<<\"$offer\"\n"
    "\tcase ${words[0]} in\n"
    "\tfiles) _trustctl_add_paths -f ;;\n"
    "\titems) _trustctl_add_items ;;\n"
    "\titems-files) _trustctl_add_items later; _trustctl_add_paths -f ;;\n"
    "\twords) for word in \"${words[@]:1}\"; do _trustctl_add \"$word\"; done ;;\n"
    "\tchanges) while IFS=$'\\t' read -r word _; do _trustctl_add \"$word\"; done < <(\n"
    "\t\ttrustctl completion --words changes ${store:+\"--store=$store\"} 2>/dev/null) ;;\n"
    "\tlist) _trustctl_add_list \"${words[@]:1}\" ;;\n"
    "\tstores)\n"
    "\t\t[[ $cur != */* ]] || { _trustctl_add_paths -d; return; }\n"
    "\t\tmapfile -t words < <(trustctl completion --words stores 2>/dev/null | cut -f 1)\n"
    "\t\t_trustctl_add_list \"${words[@]}\"\n"
    "\t\t;;\n"
    "\tesac\n"
    "}\n"
    "\n"
    "_trustctl() {\n"
    "\tlocal line=${COMP_LINE:0:COMP_POINT} parts word cur head= fixed= quoted= store= command= i "
    "topic=\n"
    "\tlocal option= options= offer= rest\n"
    "\tCOMPREPLY=()\n"
    "\t# Words as the program will get them; those of COMP_WORDS are cut at ':' and '='.\n"
    "\t# shellcheck disable=SC2162\n"
    "\tread -a parts <<<\"$line\"\n"
    "\t# A blank that is escaped ends no word.\n"
    "\t[[ $line != *[[:space:]] || $line == *\\\\[[:space:]] ]] || parts+=('')\n"
    "\tcur=${parts[${#parts[@]} - 1]}\n"
    "\toption=${parts[${#parts[@]} - 2]}\n"
    "\tword=${COMP_WORDS[COMP_CWORD]}\n"
    "\tif [[ $word == [\\'\\\"]* ]]; then\n"
    "\t\tquoted=1 cur=${word:1} option=\n"
    "\telse\n"
    "\t\tfor rest in = :; do\n"
    "\t\t\t[[ $cur != *$rest* || $COMP_WORDBREAKS != *$rest* ]] ||\n"
    "\t\t\t\t{ word=${cur%\"$rest\"*}$rest; ((${#word} <= ${#fixed})) || fixed=$word; }\n"
    "\t\tdone\n"
    "\t\t[[ $cur != --*=* ]] || { option=${cur%%=*} head=${cur%%=*}= cur=${cur#*=}; }\n"
    "\tfi\n"
    "\tfor ((i = 1; i < ${#parts[@]} - 1; i++)); do\n"
    "\t\tword=${parts[i]}\n"
    "\t\tcase $word in\n"
    "\t\t--store=*) store=${word#*=} ;;\n"
    "\t\t--store) store=${parts[i + 1]} ;;\n"
    "\t\tesac\n"
    "\t\t[[ -z $command || \" $_trustctl_groups \" == *\" $command \"* ]] ||\n"
    "\t\t\t{ topic=$word; continue; }\n"
    "\t\tif [[ \" $_trustctl_early \" == *\" $word \"* ]]; then\n"
    "\t\t\t((i++))\n"
    "\t\telif [[ $word != -* ]]; then\n"
    "\t\t\tcommand=${command:+$command }$word\n"
    "\t\tfi\n"
    "\tdone\n"
    "\t_trustctl_record \"$command\"\n"
    "\tif [[ $command == help && -n $topic && $topic != -* ]]; then\n"
    "\t\toffer=\n"
    "\t\t[[ \" $_trustctl_groups \" != *\" $topic \"* ]] || _trustctl_record \"$topic\"\n"
    "\tfi\n"
    "\tif [[ $cur == -* && -z $option && -z $quoted ]]; then\n"
    "\t\tfor word in $options; do _trustctl_add \"$word\"; done\n"
    "\telse\n"
    "\t\t_trustctl_offer\n"
    "\tfi\n"
    "}\n"
    "complete -F _trustctl trustctl\n";

/* What stands before a command is complete: the first word, or the second of a group. */
static void
put_bash_beginning(FILE *to)
{
	TRUST_AUTO_FREE char *first = cli_first_words(false);

	for (size_t i = 0; cli_commands[i]; i++) {
		if (!cli_opens_word(i) || !strchr(cli_commands[i]->path, ' '))
			continue;
		TRUST_AUTO_FREE char *second = cli_second_words(cli_commands[i]);
		fprintf(to, "\t'%.*s') offer='words %s' option= ;;\n",
		    (int)cli_first_size(cli_commands[i]), cli_commands[i]->path, second);
	}
	fprintf(to, "\t'')\n\t\toptions='");
	for (size_t i = 0; cli_global_options[i].option.name; i++)
		fprintf(to, "%s--%s", i ? " " : "", cli_global_options[i].option.name);
	fputs("'\n\t\tcase $option in\n", to);
	for (size_t i = 0; cli_global_options[i].option.name; i++)
		put_bash_option(to, NULL, &cli_global_options[i].option);
	fprintf(to, "\t\t*) offer='words %s' option= ;;\n\t\tesac\n\t\t;;\n", first);
}

void
cli_completion_bash(FILE *to)
{
	TRUST_AUTO_FREE char *groups = cli_first_words(true);
	TRUST_AUTO_FREE char *early = cli_early_options();

	fprintf(to, bash_head, groups, early);
	for (size_t i = 0; cli_commands[i]; i++)
		put_bash_command(to, cli_commands[i]);
	put_bash_beginning(to);
	fputs("\tesac\n}\n\n", to);
	fputs(bash_tail, to);
}
