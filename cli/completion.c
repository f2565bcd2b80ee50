/* SPDX-License-Identifier: MPL-2.0 */
/* What a shell may offer for each option and operand. */

#include <string.h>

#include "cli/completion_internal.h"
#include "cli/internal.h"
#include "core/buffer.h"
#include "core/limits.h"
#include "core/store.h"
#include "core/trust.h"

void
cli_slot_done(struct cli_slot *slot)
{
	trust_free(slot->words);
}

size_t
cli_first_size(const struct cli_command *command)
{
	return strcspn(command->path, " ");
}

/* Is this the first command that begins with its word? */
bool
cli_opens_word(size_t index)
{
	size_t size = cli_first_size(cli_commands[index]);
	for (size_t i = 0; i < index; i++)
		if (cli_first_size(cli_commands[i]) == size &&
		    strncmp(cli_commands[i]->path, cli_commands[index]->path, size) == 0)
			return false;
	return true;
}

static void
add_word(struct trust_buffer *words, const char *word, size_t size)
{
	trust_buffer_printf(words, "%s%.*s", words->size ? " " : "", (int)size, word);
}

/* The words that can begin a command line; only those that need a second one. Owned by the
 * caller. */
char *
cli_first_words(bool only_groups)
{
	TRUST_AUTO_BUFFER words;
	trust_buffer_init(&words, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; cli_commands[i]; i++)
		if (cli_opens_word(i) && (!only_groups || strchr(cli_commands[i]->path, ' ')))
			add_word(&words, cli_commands[i]->path, cli_first_size(cli_commands[i]));
	return trust_buffer_take(&words);
}

/* The words that can follow the first one of this command. */
char *
cli_second_words(const struct cli_command *first)
{
	TRUST_AUTO_BUFFER words;
	size_t size = cli_first_size(first) + 1;
	trust_buffer_init(&words, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; cli_commands[i]; i++)
		if (strncmp(cli_commands[i]->path, first->path, size) == 0)
			add_word(&words, cli_commands[i]->path + size,
			    strlen(cli_commands[i]->path + size));
	return trust_buffer_take(&words);
}

/* The options with a value that may stand before the command. */
char *
cli_early_options(void)
{
	TRUST_AUTO_BUFFER words;
	trust_buffer_init(&words, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; cli_global_options[i].option.name; i++)
		if (cli_global_options[i].option.argument != CLI_FLAG)
			trust_buffer_printf(&words, "%s--%s", words.size ? " " : "",
			    cli_global_options[i].option.name);
	return trust_buffer_take(&words);
}

static char *
usage_words(void)
{
	TRUST_AUTO_BUFFER words;
	trust_buffer_init(&words, TRUST_MAX_FILE_BYTES);
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		trust_buffer_printf(&words, "%s ", trust_usage_word((enum trust_usage)usage));
	trust_buffer_append_text(&words, "all");
	return trust_buffer_take(&words);
}

static char *
kind_words(void)
{
	TRUST_AUTO_BUFFER words;
	trust_buffer_init(&words, TRUST_MAX_FILE_BYTES);
	for (int kind = 0; kind < TRUST_KINDS; kind++)
		trust_buffer_printf(
		    &words, "%s%s", kind ? " " : "", trust_kind_word((enum trust_kind)kind));
	return trust_buffer_take(&words);
}

/* "a,b" or "a|b" as words. */
static char *
choice_words(const char *choices)
{
	char *words = trust_strdup(choices);
	for (char *mark = words; *mark; mark++)
		*mark = *mark == ',' || *mark == '|' ? ' ' : *mark;
	return words;
}

/* called: how help calls the value, which says what an option that may be repeated takes. */
static struct cli_slot
slot_of(enum cli_argument argument, const char *called, const char *choices)
{
	switch (argument) {
	case CLI_FILE:
		return (struct cli_slot){ .offer = CLI_OFFER_FILES };
	case CLI_STORE:
		return (struct cli_slot){ .offer = CLI_OFFER_STORES };
	case CLI_ITEM:
		return (struct cli_slot){ .offer = called && strstr(called, "FILE")
			    ? CLI_OFFER_ITEMS_FILES
			    : CLI_OFFER_ITEMS };
	case CLI_USAGES:
		return (struct cli_slot){ .offer = CLI_OFFER_WORD_LIST, .words = usage_words() };
	case CLI_KIND:
		return (struct cli_slot){ .offer = CLI_OFFER_WORD_LIST, .words = kind_words() };
	case CLI_CHOICE:
		return (
		    struct cli_slot){ .offer = CLI_OFFER_WORDS, .words = choice_words(choices) };
	case CLI_LIST:
	case CLI_TEXT:
		if (choices)
			return (struct cli_slot){ CLI_OFFER_WORD_LIST, choice_words(choices) };
		if (called && strncmp(called, "ITEM", 4) == 0)
			return (struct cli_slot){ .offer = CLI_OFFER_ITEMS };
		if (called && strncmp(called, "FILE", 4) == 0)
			return (struct cli_slot){ .offer = CLI_OFFER_FILES };
		break;
	case CLI_FLAG:
	case CLI_TIME:
	case CLI_NUMBER:
		break;
	}
	return (struct cli_slot){ .offer = CLI_OFFER_NOTHING };
}

/* The columns of what the command lists. */
static char *
column_words(const struct cli_command *command)
{
	TRUST_AUTO_BUFFER words;
	trust_buffer_init(&words, TRUST_MAX_FILE_BYTES);
	for (const struct cli_column *column = command->columns; column->name; column++)
		add_word(&words, column->name, strlen(column->name));
	return trust_buffer_take(&words);
}

struct cli_slot
cli_value_slot(const struct cli_command *command, const struct cli_option *option)
{
	if (command && command->columns && strcmp(option->name, "columns") == 0)
		return (struct cli_slot){ CLI_OFFER_WORD_LIST, column_words(command) };
	if (command && command->columns && strcmp(option->name, "sort") == 0)
		return (struct cli_slot){ CLI_OFFER_WORDS, column_words(command) };
	return slot_of(option->argument, option->value, option->choices);
}

bool
cli_takes_command(const struct cli_command *command)
{
	return command->operands && strstr(command->operands, "COMMAND");
}

struct cli_slot
cli_operand_slot(const struct cli_command *command)
{
	const char *operands = command->operands;

	if (!operands)
		return (struct cli_slot){ .offer = CLI_OFFER_NOTHING };
	if (cli_takes_command(command))
		return (
		    struct cli_slot){ .offer = CLI_OFFER_WORDS, .words = cli_first_words(false) };
	if (strchr(operands, '|') && operands[0] >= 'a' && operands[0] <= 'z')
		return (
		    struct cli_slot){ .offer = CLI_OFFER_WORDS, .words = choice_words(operands) };
	if (command->operand == CLI_NUMBER)
		return (struct cli_slot){ .offer = CLI_OFFER_CHANGES };
	return slot_of(command->operand, operands, NULL);
}
