/* SPDX-License-Identifier: MPL-2.0 */
/* `trustctl completion`: scripts for shells, and the words those scripts ask for when they run. */

#include "cli/completion.h"

#include <string.h>

#include "cli/cli.h"
#include "core/cert.h"
#include "core/error.h"
#include "core/history.h"
#include "core/place.h"
#include "core/text.h"

struct options {
	const char *words;
	const char *store;
};

static const struct {
	const char *name;
	void (*print)(FILE *to);
} shells[] = {
	{ "bash", cli_completion_bash },
	{ "zsh", cli_completion_zsh },
	{ "fish", cli_completion_fish },
};

static void
say_stores(struct cli *cli)
{
	const struct trust_places *places = cli_all_places(cli);

	for (size_t i = 0; i < places->count; i++) {
		const struct trust_place *place = &places->list[i];
		cli_say(cli, "%s\t%s", place->name, place->readers ? place->readers : "");
		if (place->alias) {
			TRUST_AUTO_FREE char *alias = trust_text_display_string(place->alias);
			cli_say(cli, "%s\t%s", alias, place->readers ? place->readers : "");
		}
	}
	cli_say(cli, "browsers\tthe user store and those of browsers and mail programs");
	cli_say(cli, "all\tevery store there is");
}

/* An item is named by its e-mail addresses as well. */
static void
say_addresses(struct cli *cli, const char *id, const struct trust_item *item)
{
	if (!item->cert)
		return;
	TRUST_AUTO(trust_names) *emails = trust_cert_emails(item->cert);
	for (size_t i = 0; i < emails->count; i++) {
		const char *address = emails->entries[i].text;
		bool told = strcmp(address, item->name) == 0;
		for (size_t k = 0; k < i; k++)
			told = told || strcmp(address, emails->entries[k].text) == 0;
		if (!told)
			cli_say(cli, "%s\t%s", id, address);
	}
}

static bool
say_changes(struct cli *cli, const char *spec, struct trust_error *error)
{
	TRUST_AUTO(trust_places) *places = NULL;

	if (!trust_places_resolve(cli_all_places(cli), spec, &places, error))
		return false;
	for (size_t i = 0; i < places->count; i++) {
		TRUST_AUTO(trust_history) *history = NULL;
		TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
		if (!trust_history_read(&places->list[i], 0, &history, &ignored))
			continue;
		for (size_t k = 0; k < history->count; k++)
			cli_say(cli, "%lld\t%s", (long long)history->entries[k].number,
			    history->entries[k].summary ? history->entries[k].summary : "");
	}
	return true;
}

/* A shell that waits for words must not be told about stores that cannot be read. */
static bool
say_items(struct cli *cli, const char *spec, struct trust_error *error)
{
	TRUST_AUTO(trust_places) *places = NULL;

	if (!trust_places_resolve(cli_all_places(cli), spec, &places, error))
		return false;
	for (size_t i = 0; i < places->count; i++) {
		TRUST_AUTO(trust_store) *store = NULL;
		TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
		if (!trust_store_open(&places->list[i], NULL, &store, &ignored))
			continue;
		for (size_t k = 0; k < trust_store_count(store); k++) {
			const struct trust_item *item = trust_store_item(store, k);
			TRUST_AUTO_FREE char *id = trust_hex(item->id, 8);
			cli_say(cli, "%s\t%s", id, item->name);
			say_addresses(cli, id, item);
		}
	}
	return true;
}

static enum trust_code
run(struct cli *cli, const void *command_options, struct trust_error *error)
{
	const struct options *options = command_options;
	const char *shell = cli->operand_count ? cli->operands[0] : NULL;

	if (options->words && strcmp(options->words, "stores") == 0) {
		say_stores(cli);
		return TRUST_OK;
	}
	if (options->words && strcmp(options->words, "changes") == 0)
		return say_changes(cli, options->store, error) ? TRUST_OK : error->code;
	if (options->words)
		return say_items(cli, options->store, error) ? TRUST_OK : error->code;
	for (size_t i = 0; shell && i < TRUST_COUNT(shells); i++)
		if (strcmp(shell, shells[i].name) == 0) {
			shells[i].print(stdout);
			return TRUST_OK;
		}
	TRUST_AUTO_FREE char *shown = trust_text_display_string(shell);
	if (shell)
		trust_fail(error, TRUST_USAGE, shown, "there are no completions for '%s'", shown);
	else
		trust_fail(error, TRUST_USAGE, NULL, "'completion' needs the name of a shell");
	trust_hint(error, "trustctl completion bash, zsh or fish");
	return error->code;
}

static const struct cli_option options[] = {
	{ .name = "words",
	    .argument = CLI_CHOICE,
	    .value = "WHAT",
	    .choices = "stores,items,changes",
	    .help = "print the words a script asks for",
	    .offset = offsetof(struct options, words) },
	{ .name = "store",
	    .argument = CLI_STORE,
	    .value = "STORE,...",
	    .help = "with --words items or changes: of these stores",
	    .offset = offsetof(struct options, store) },
	CLI_OPTIONS_END,
};

const struct cli_command cmd_completion = {
	.path = "completion",
	.topic = CLI_TOPIC_PROGRAM,
	.summary = "print completions for a shell",
	.operands = "bash|zsh|fish",
	.operand = CLI_TEXT,
	.min_operands = 0,
	.max_operands = 1,
	.details =
	    "Prints a script that completes commands, options, their choices, stores and items. It "
	    "is made from the same records as the help.",
	.examples =
	    "trustctl completion bash >~/.local/share/bash-completion/completions/trustctl\n"
	    "trustctl completion zsh >~/.zfunc/_trustctl\n"
	    "trustctl completion fish >~/.config/fish/completions/trustctl.fish",
	.plain = true,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
