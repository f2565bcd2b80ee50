/* SPDX-License-Identifier: MPL-2.0 */
/* The options that mean the same with every command, and where they make sense. */

#include "cli/internal.h"

#define OFFSET(field) offsetof(struct cli_globals, field)

const struct cli_global_option cli_global_options[] = {
	{
	    .group = CLI_GROUP_STORE,
	    .option = {
		.name = "store",
		.argument = CLI_STORE,
		.value = "STORE,...",
		.help = "the stores to use: names as 'trustctl store list' shows them, directories "
			"(with a '/'), 'browsers' or 'all'",
		.offset = OFFSET(store),
	    },
	},
	{
	    .group = CLI_GROUP_ITEMS,
	    .option = {
		.name = "item",
		.argument = CLI_FLAG,
		.help = "operands name items, even if there are files of these names",
		.offset = OFFSET(item),
	    },
	},
	{
	    .group = CLI_GROUP_PASSWORD,
	    .option = {
		.name = "password-file",
		.argument = CLI_FILE,
		.value = "FILE",
		.help = "read the password of the file that is read or written from the first line "
			"of FILE",
		.offset = OFFSET(password_file),
	    },
	},
	{
	    .group = CLI_GROUP_PASSWORD,
	    .option = {
		.name = "password-fd",
		.argument = CLI_NUMBER,
		.value = "NUMBER",
		.help = "read that password from the first line of this file descriptor",
		.offset = OFFSET(password_fd),
	    },
	},
	{
	    .group = CLI_GROUP_RESULT,
	    .option = {
		.name = "store-password-file",
		.argument = CLI_FILE,
		.value = "FILE",
		.help = "read the password of the store from the first line of FILE",
		.offset = OFFSET(store_password_file),
	    },
	},
	{
	    .group = CLI_GROUP_WRITES,
	    .option = {
		.name = "dry-run",
		.argument = CLI_FLAG,
		.help = "say what would happen and change nothing",
		.offset = OFFSET(dry_run),
	    },
	},
	{
	    .group = CLI_GROUP_HISTORY,
	    .option = {
		.name = "reason",
		.argument = CLI_TEXT,
		.value = "TEXT",
		.help = "kept with the change in the history",
		.offset = OFFSET(reason),
	    },
	},
	{
	    .group = CLI_GROUP_RESULT,
	    .option = {
		.name = "yes",
		.argument = CLI_FLAG,
		.help = "answer questions with yes, except those about trust",
		.offset = OFFSET(yes),
	    },
	},
	{
	    .group = CLI_GROUP_LISTS,
	    .option = {
		.name = "columns",
		.argument = CLI_TEXT,
		.value = "LIST",
		.help = "the columns to show: 'name,expiry', or '+issuer,-kind' to add and leave out",
		.offset = OFFSET(columns),
	    },
	},
	{
	    .group = CLI_GROUP_LISTS,
	    .option = {
		.name = "sort",
		.argument = CLI_TEXT,
		.value = "COLUMN",
		.help = "sort by this column; '-COLUMN' turns the order round",
		.offset = OFFSET(sort),
	    },
	},
	{
	    .group = CLI_GROUP_LISTS,
	    .option = {
		.name = "csv",
		.argument = CLI_FLAG,
		.help = "print comma-separated values (RFC 4180)",
		.offset = OFFSET(csv),
	    },
	},
	{
	    .group = CLI_GROUP_RESULT,
	    .option = {
		.name = "json",
		.argument = CLI_FLAG,
		.help = "print JSON",
		.offset = OFFSET(json),
	    },
	},
	{
	    .group = CLI_GROUP_ALWAYS,
	    .option = {
		.name = "color",
		.argument = CLI_CHOICE,
		.value = "WHEN",
		.choices = "auto,always,never",
		.fallback = "auto",
		.help = "use colours; they never say what words do not",
		.offset = OFFSET(color),
	    },
	},
	{
	    .group = CLI_GROUP_ALWAYS,
	    .option = {
		.name = "quiet",
		.letter = 'q',
		.argument = CLI_FLAG,
		.help = "leave out notes and hints",
		.offset = OFFSET(quiet),
	    },
	},
	{
	    .group = CLI_GROUP_ALWAYS,
	    .option = {
		.name = "help",
		.letter = 'h',
		.argument = CLI_FLAG,
		.help = "show this help",
		.offset = CLI_NO_OFFSET,
	    },
	},
	{
	    .group = CLI_GROUP_ALWAYS,
	    .option = {
		.name = "version",
		.argument = CLI_FLAG,
		.help = "show the version",
		.offset = CLI_NO_OFFSET,
	    },
	},
	{ .option = CLI_OPTIONS_END },
};

static bool
global_applies(const struct cli_command *command, const struct cli_global_option *global)
{
	switch (global->group) {
	case CLI_GROUP_ALWAYS:
		return true;
	case CLI_GROUP_RESULT:
		return !command->plain;
	case CLI_GROUP_STORE:
		return !command->plain && !command->no_store;
	case CLI_GROUP_PASSWORD:
		return command->file_password || command->item_files;
	case CLI_GROUP_ITEMS:
		return command->item_files;
	case CLI_GROUP_LISTS:
		return command->lists;
	case CLI_GROUP_WRITES:
		return command->writes;
	case CLI_GROUP_HISTORY:
		return command->writes && !command->no_history;
	}
	return false;
}

const struct cli_option *
cli_command_option(const struct cli_command *command, size_t index, bool *ret_global)
{
	*ret_global = false;
	for (const struct cli_option *option = command->options;
	     option != NULL && option->name != NULL; option++)
		if (index-- == 0)
			return option;
	*ret_global = true;
	for (const struct cli_global_option *global = cli_global_options;
	     global->option.name != NULL; global++)
		if (global_applies(command, global) && index-- == 0)
			return &global->option;
	return NULL;
}
