/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The command line, read against the records: options anywhere, --name value or --name=value,
 * groups of short flags, and -- behind which everything is an operand.
 */

#include <string.h>

#include "cli/internal.h"
#include "core/text.h"

/* A word further away than this is no slip of the fingers. */
#define NEAR 3

/* ---- commands -------------------------------------------------------------------------------- */

static size_t
first_word_size(const struct cli_command *command)
{
	return strcspn(command->path, " ");
}

bool
cli_command_is_group(const char *word)
{
	for (size_t i = 0; cli_commands[i] != NULL; i++) {
		size_t size = first_word_size(cli_commands[i]);
		if (cli_commands[i]->path[size] == ' ' && strlen(word) == size &&
		    strncmp(cli_commands[i]->path, word, size) == 0)
			return true;
	}
	return false;
}

const struct cli_command *
cli_command_find(const char *first, const char *second)
{
	TRUST_AUTO_FREE char *both = second != NULL ? trust_printf("%s %s", first, second) : NULL;
	for (size_t i = 0; cli_commands[i] != NULL; i++)
		if (strcmp(cli_commands[i]->path, both != NULL ? both : first) == 0)
			return cli_commands[i];
	return NULL;
}

/* "show, enable, disable": the words that may follow. Owned by the caller. */
static char *
group_words(const char *word)
{
	char *words = trust_strdup("");
	size_t size = strlen(word);
	for (size_t i = 0; cli_commands[i] != NULL; i++) {
		const char *path = cli_commands[i]->path;
		if (strncmp(path, word, size) != 0 || path[size] != ' ')
			continue;
		char *longer = trust_printf("%s%s%s", words, *words ? ", " : "", path + size + 1);
		trust_free(words);
		words = longer;
	}
	return words;
}

/* The command or group nearest to what was typed; NULL: none is near. */
static const char *
nearest_command(const char *typed, char **ret_owned)
{
	unsigned best = NEAR;
	const char *found = NULL;
	for (size_t i = 0; cli_commands[i] != NULL; i++) {
		size_t size = first_word_size(cli_commands[i]);
		TRUST_AUTO_FREE char *group = trust_strdup(cli_commands[i]->path);
		group[size] = '\0';
		unsigned whole = trust_text_distance(typed, cli_commands[i]->path);
		/* "undo" for "history undo" */
		if (cli_commands[i]->path[size] &&
		    strcmp(typed, cli_commands[i]->path + size + 1) == 0)
			whole = 0;
		unsigned word = trust_text_distance(typed, group);
		if (whole < best || word < best) {
			best = whole < word ? whole : word;
			trust_free(*ret_owned);
			*ret_owned = whole <= word ? trust_strdup(cli_commands[i]->path)
						   : trust_steal(&group);
			found = *ret_owned;
		}
	}
	return found;
}

bool
cli_command_unknown(const char *first, const char *second, struct trust_error *error)
{
	if (cli_command_is_group(first)) {
		TRUST_AUTO_FREE char *words = group_words(first);
		if (second == NULL) {
			(void)trust_fail(
			    error, TRUST_USAGE, NULL, "'%s' needs one of: %s", first, words);
			return trust_hint(error, "trustctl help %s", first);
		}
		TRUST_AUTO_FREE char *shown = trust_text_display_string(second);
		(void)trust_fail(error, TRUST_USAGE, NULL,
		    "there is no command '%s %s'; after '%s': %s", first, shown, first, words);
	} else {
		TRUST_AUTO_FREE char *shown = trust_text_display_string(first);
		(void)trust_fail(error, TRUST_USAGE, NULL, "there is no command '%s'", shown);
	}
	TRUST_AUTO_FREE char *typed = second != NULL && cli_command_is_group(first)
	    ? trust_printf("%s %s", first, second)
	    : trust_strdup(first);
	TRUST_AUTO_FREE char *owned = NULL;
	const char *near = nearest_command(typed, &owned);
	if (near != NULL)
		return trust_hint(error, "did you mean: trustctl %s", near);
	return trust_hint(error, "trustctl help");
}

/* ---- options --------------------------------------------------------------------------------- */

static bool
same_word(const char *name, const char *text, size_t size)
{
	return strlen(name) == size && strncmp(name, text, size) == 0;
}

/* By name (letter 0) or by letter. Without a command: any option that several commands share. */
static const struct cli_option *
find_option(
    const struct cli_command *command, const char *name, size_t size, char letter, bool *ret_global)
{
	const struct cli_option *option = NULL;
	if (command != NULL) {
		for (size_t i = 0; (option = cli_command_option(command, i, ret_global)) != NULL;
		     i++)
			if (letter != 0 ? option->letter == letter
					: same_word(option->name, name, size))
				return option;
		return NULL;
	}
	*ret_global = true;
	for (size_t i = 0; cli_global_options[i].option.name != NULL; i++) {
		option = &cli_global_options[i].option;
		if (letter != 0 ? option->letter == letter : same_word(option->name, name, size))
			return option;
	}
	return NULL;
}

static bool
unknown_option(const struct cli_command *command, const char *text, struct trust_error *error)
{
	TRUST_AUTO_FREE char *copy = trust_strdup(text);
	copy[strcspn(copy, "=")] = '\0';
	TRUST_AUTO_FREE char *shown = trust_text_display_string(copy);
	const char *path = command != NULL ? command->path : "";
	(void)trust_fail(error, TRUST_USAGE, NULL, "%s%s%s has no option '%s'",
	    command != NULL ? "'" : "", command != NULL ? path : "trustctl",
	    command != NULL ? "'" : "", shown);

	unsigned best = NEAR;
	const char *near = NULL;
	bool global = false;
	const struct cli_option *option = NULL;
	/* Whoever wrote what other commands take did not mistype it. */
	if (command != NULL && strncmp(copy, "--", 2) == 0 &&
	    find_option(NULL, copy + 2, strlen(copy + 2), 0, &global) != NULL) {
		if (command->operand == CLI_STORE && strcmp(copy, "--store") == 0)
			return trust_hint(error, "the operand names the store: trustctl %s %s",
			    command->path, command->operands);
		return trust_hint(error, "trustctl help %s", path);
	}
	for (size_t i = 0; command != NULL && copy[0] == '-' && copy[1] == '-' &&
	     (option = cli_command_option(command, i, &global)) != NULL;
	     i++) {
		unsigned distance = trust_text_distance(copy + 2, option->name);
		/* "--password" for "--password-file" */
		size_t typed = strlen(copy + 2);
		bool begun = typed >= NEAR && strncmp(option->name, copy + 2, typed) == 0;
		if (begun && distance >= NEAR)
			distance = NEAR - 1;
		if (distance < best) {
			best = distance;
			near = option->name;
		}
	}
	if (near != NULL)
		return trust_hint(error, "did you mean: --%s", near);
	return trust_hint(error, "trustctl help%s%s", *path ? " " : "", path);
}

/* One argument that begins with '-', taken apart. */
struct taken {
	const struct cli_option *option;
	bool global;
	const char *value; /* NULL: a flag */
	const char *more;  /* the rest of a group of short flags; NULL: done */
	bool used_next;    /* the value was the next argument */
};

static bool
take_value(const struct cli_option *option, const char *inside, const char *next,
    struct taken *ret_taken, struct trust_error *error)
{
	if (option->argument == CLI_FLAG) {
		if (inside == NULL)
			return true;
		return trust_fail(error, TRUST_USAGE, NULL, "--%s takes no value", option->name);
	}
	ret_taken->value = inside != NULL ? inside : next;
	ret_taken->used_next = inside == NULL;
	if (ret_taken->value != NULL)
		return true;
	return trust_fail(error, TRUST_USAGE, NULL, "--%s needs a value: %s", option->name,
	    option->value != NULL ? option->value : "VALUE");
}

static bool
take_long(const struct cli_command *command, const char *text, const char *next,
    struct taken *ret_taken, struct trust_error *error)
{
	size_t size = strcspn(text + 2, "=");
	const char *inside = text[2 + size] == '=' ? text + 3 + size : NULL;
	*ret_taken = (struct taken){ 0 };
	ret_taken->option = find_option(command, text + 2, size, 0, &ret_taken->global);
	if (ret_taken->option == NULL)
		return unknown_option(command, text, error);
	return take_value(ret_taken->option, inside, next, ret_taken, error);
}

/* -abc, -o FILE, -oFILE; `at` is the letter. */
static bool
take_short(const struct cli_command *command, const char *at, const char *next,
    struct taken *ret_taken, struct trust_error *error)
{
	*ret_taken = (struct taken){ 0 };
	ret_taken->option = find_option(command, NULL, 0, *at, &ret_taken->global);
	if (ret_taken->option == NULL) {
		const char text[3] = { '-', *at, '\0' };
		return unknown_option(command, text, error);
	}
	bool flag = ret_taken->option->argument == CLI_FLAG;
	if (flag && at[1] != '\0')
		ret_taken->more = at + 1;
	return take_value(
	    ret_taken->option, !flag && at[1] != '\0' ? at + 1 : NULL, next, ret_taken, error);
}

/* ---- the two passes -------------------------------------------------------------------------- */

static bool
is_option(const char *text)
{
	return text[0] == '-' && text[1] != '\0';
}

/* --help anywhere wins over every mistake made beside it. */
static bool
asks_for(int argc, char **argv, const char *word, const char *letter)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], word) == 0 || (letter != NULL && strcmp(argv[i], letter) == 0))
			return true;
	return false;
}

/* --color, wherever it stands and whatever is wrong beside it; NULL: not a choice, or not given. */
static const char *
color_asked(int argc, char **argv)
{
	static const char name[] = "--color";

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], name, sizeof name - 1) != 0)
			continue;
		const char *rest = argv[i] + sizeof name - 1;
		if (*rest == '=')
			return rest + 1;
		if (*rest == '\0')
			return argv[i + 1];
	}
	return NULL;
}

/* Find the command's words; at[] are their places among the arguments. Options that stand before
 * them must be ones every command may have, since nobody else's are known yet. */
static bool
find_words(int argc, char **argv, int at[2], struct trust_error *error)
{
	int found = 0;
	bool plain = false;
	at[0] = at[1] = 0;
	for (int i = 1; i < argc && found < 2; i++) {
		const char *text = argv[i];
		struct taken taken = { 0 };
		if (!plain && strcmp(text, "--") == 0) {
			plain = true;
		} else if (!plain && is_option(text)) {
			bool good = text[1] == '-'
			    ? take_long(NULL, text, argv[i + 1], &taken, error)
			    : take_short(NULL, text + 1, argv[i + 1], &taken, error);
			if (!good)
				return false;
			i += taken.used_next;
		} else {
			at[found++] = i;
			if (!cli_command_is_group(text))
				break;
		}
	}
	return true;
}

static bool
set_defaults(
    const struct cli_command *command, struct cli_parsed *parsed, struct trust_error *error)
{
	bool global = false;
	const struct cli_option *option = NULL;
	parsed->globals.password_fd = -1;
	parsed->globals.color = "auto";
	for (size_t i = 0; (option = cli_command_option(command, i, &global)) != NULL; i++)
		if (option->fallback != NULL && option->offset != CLI_NO_OFFSET &&
		    !cli_set_value(option, option->fallback,
			global ? (void *)&parsed->globals : parsed->options, error))
			return false;
	return true;
}

/* Of two values one would be dropped without a word: of --store the stores not changed. */
static bool
check_once(struct cli_parsed *parsed, const struct taken *taken, struct trust_error *error)
{
	const struct cli_option *option = taken->option;

	if (taken->value == NULL || option->argument == CLI_LIST)
		return true;
	for (size_t i = 0; i < parsed->given_count; i++) {
		const struct cli_given *given = &parsed->given[i];
		if (given->option != option || strcmp(given->value, taken->value) == 0)
			continue;
		TRUST_AUTO_FREE char *first = trust_text_display_string(given->value);
		TRUST_AUTO_FREE char *second = trust_text_display_string(taken->value);
		(void)trust_fail(error, TRUST_USAGE, NULL,
		    "--%s is given twice, with '%s' and with '%s'", option->name, first, second);
		return option->value != NULL && strchr(option->value, ',') != NULL
		    ? trust_hint(error, "several are separated by commas: --%s %s,%s", option->name,
			  first, second)
		    : false;
	}
	parsed->given[parsed->given_count++] = (struct cli_given){ option, taken->value };
	return true;
}

static bool
apply(const struct taken *taken, struct cli_parsed *parsed, struct trust_error *error)
{
	if (!check_once(parsed, taken, error))
		return false;
	if (taken->option->offset == CLI_NO_OFFSET) {
		parsed->help = parsed->help || strcmp(taken->option->name, "help") == 0;
		parsed->version = parsed->version || strcmp(taken->option->name, "version") == 0;
		return true;
	}
	return cli_set_value(taken->option, taken->value,
	    taken->global ? (void *)&parsed->globals : parsed->options, error);
}

static bool
read_arguments(
    int argc, char **argv, const int at[2], struct cli_parsed *parsed, struct trust_error *error)
{
	bool plain = false;
	for (int i = 1; i < argc; i++) {
		const char *text = argv[i];
		struct taken taken = { 0 };
		if (i == at[0] || i == at[1])
			continue;
		if (!plain && strcmp(text, "--") == 0) {
			plain = true;
		} else if (plain || !is_option(text)) {
			parsed->operands[parsed->operand_count++] = text;
		} else if (text[1] == '-') {
			if (!take_long(parsed->command, text, argv[i + 1], &taken, error) ||
			    !apply(&taken, parsed, error))
				return false;
			i += taken.used_next;
		} else {
			const char *letters = text + 1;
			do {
				if (!take_short(
					parsed->command, letters, argv[i + 1], &taken, error) ||
				    !apply(&taken, parsed, error))
					return false;
				letters = taken.more;
			} while (letters != NULL);
			i += taken.used_next;
		}
	}
	return true;
}

static bool
check(const struct cli_parsed *parsed, struct trust_error *error)
{
	const struct cli_command *command = parsed->command;
	TRUST_AUTO_FREE char *synopsis = cli_synopsis(command);
	if (parsed->operand_count < (size_t)command->min_operands) {
		(void)trust_fail(
		    error, TRUST_USAGE, NULL, "'%s' needs %s", command->path, command->operands);
		return trust_hint(error, "%s", synopsis);
	}
	if (command->max_operands >= 0 && parsed->operand_count > (size_t)command->max_operands) {
		TRUST_AUTO_FREE char *shown =
		    trust_text_display_string(parsed->operands[command->max_operands]);
		(void)trust_fail(error, TRUST_USAGE, NULL, "'%s' is one word too many", shown);
		return trust_hint(error, "%s", synopsis);
	}
	if (parsed->globals.json && parsed->globals.csv)
		return trust_fail(error, TRUST_USAGE, NULL, "--json and --csv exclude each other");
	if (parsed->globals.password_file != NULL && parsed->globals.password_fd >= 0)
		return trust_fail(error, TRUST_USAGE, NULL,
		    "--password-file and --password-fd exclude each other");
	return true;
}

bool
cli_parse(int argc, char **argv, struct cli_parsed *ret_parsed, struct trust_error *error)
{
	struct cli_parsed parsed = { .help = asks_for(argc, argv, "--help", "-h"),
		.words = (const char *const *)argv + (argc > 0),
		.word_count = argc > 0 ? (size_t)argc - 1 : 0,
		.version = asks_for(argc, argv, "--version", NULL) };
	int at[2];
	/* What is wrong with the command line is told as it says itself. */
	ret_parsed->globals.color = color_asked(argc, argv);
	if (!find_words(argc, argv, at, error)) {
		if (!parsed.help && !parsed.version)
			return false;
		trust_error_clear(error);
	}
	for (int i = 0; i < 2; i++)
		parsed.help_words[i] = at[i] > 0 ? argv[at[i]] : NULL;
	if (parsed.help || parsed.version) {
		*ret_parsed = parsed;
		return true;
	}
	if (at[0] == 0) {
		(void)trust_fail(error, TRUST_USAGE, NULL, "no command is named");
		return trust_hint(error, "trustctl help");
	}
	parsed.command = cli_command_find(parsed.help_words[0], parsed.help_words[1]);
	if (parsed.command == NULL)
		return cli_command_unknown(parsed.help_words[0], parsed.help_words[1], error);

	parsed.options = trust_alloc(parsed.command->options_size);
	parsed.operands = trust_alloc_array((size_t)argc, sizeof(const char *));
	parsed.given = trust_alloc_array((size_t)argc, sizeof *parsed.given);
	if (!set_defaults(parsed.command, &parsed, error) ||
	    !read_arguments(argc, argv, at, &parsed, error) ||
	    (!parsed.help && !parsed.version && !check(&parsed, error))) {
		cli_parsed_done(&parsed);
		return false;
	}
	*ret_parsed = parsed;
	return true;
}

void
cli_parsed_done(struct cli_parsed *parsed)
{
	const struct cli_option *option = parsed->command != NULL ? parsed->command->options : NULL;
	for (; parsed->options != NULL && option != NULL && option->name != NULL; option++)
		if (option->argument == CLI_LIST)
			trust_free(
			    ((struct cli_texts *)((char *)parsed->options + option->offset))->list);
	trust_free(parsed->options);
	trust_free(parsed->operands);
	trust_free(parsed->given);
	*parsed = (struct cli_parsed){ 0 };
}
