/* SPDX-License-Identifier: MPL-2.0 */
/*
 * `trustctl store backup`: a store as one file, opened before it is written and read again before
 * success is told.
 */

#include <string.h>

#include "cli/plan.h"
#include "core/backup.h"
#include "core/place.h"
#include "core/text.h"
#include "export/export.h"

struct options {
	bool force;
};

static bool
ask(struct cli *cli, const char *shown, struct trust_secret **ret_password,
    struct trust_error *error)
{
	struct trust_asker asker = cli_asker(cli);
	TRUST_AUTO(trust_secret) *password =
	    asker.ask(asker.context, TRUST_PASSWORD_FILE_NEW, shown, 0);

	if (password == NULL) {
		(void)trust_fail(
		    error, TRUST_INPUT_PASSWORD, shown, "no password was given for '%s'", shown);
		return trust_hint(error, "give it on the terminal or with --password-file FILE");
	}
	if (password->size == 0) {
		(void)trust_fail(
		    error, TRUST_REFUSED, shown, "the password of '%s' is empty", shown);
		return trust_hint(error, "private keys leave a store only encrypted");
	}
	*ret_password = trust_steal(&password);
	return true;
}

/* What is going to be written must open, and hold what the store holds. */
static bool
prove(const char *shown, const struct trust_buffer *file, const struct trust_secret *password,
    size_t *ret_items, struct trust_error *error)
{
	TRUST_AUTO(trust_backup) *backup = NULL;
	TRUST_AUTO(trust_store) *store = NULL;

	if (!trust_backup_open(shown, trust_buffer_bytes(file), password, &backup, error))
		return false;
	TRUST_AUTO(trust_places) *places = trust_place_for_directory(backup->directory);
	if (!trust_store_open(&places->list[0], NULL, &store, error))
		return false;
	*ret_items = trust_store_count(store);
	return true;
}

static bool
read_again(
    const char *path, const char *shown, const struct trust_buffer *file, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *written = NULL;

	if (!trust_backup_read(path, &written, error))
		return trust_error_prefix(
		    error, "'%s' was written and stays, but cannot be read again: ", shown);
	if (!trust_bytes_equal(
		trust_buffer_bytes(file), (struct trust_bytes){ written->bytes, written->size }))
		return trust_fail(error, TRUST_OUTPUT, shown,
		    "'%s' was written and stays, but holds something else when it is read again",
		    shown);
	return true;
}

static enum trust_code
run(struct cli *cli, const void *options, struct trust_error *error)
{
	const struct options *given = options;
	const char *path = cli->operands[0];
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);
	TRUST_AUTO(trust_places) *places = NULL;
	TRUST_AUTO(trust_secret) *password = NULL;
	TRUST_AUTO_BUFFER file = { 0 };
	size_t items = 0;

	if (strcmp(path, "-") == 0) { /* it is read again where it was written */
		(void)trust_fail(error, TRUST_USAGE, shown,
		    "a backup is written to a file, not to standard output");
		(void)trust_hint(error, "a file of this name: ./-");
		return error->code;
	}
	if (!cli_place(cli, &places, error) || !export_save_check(path, given->force, error) ||
	    !ask(cli, shown, &password, error) ||
	    !trust_backup_make(&places->list[0], password, &file, error) ||
	    !prove(shown, &file, password, &items, error) ||
	    !export_save(path, trust_buffer_bytes(&file), true, given->force, error) ||
	    !read_again(path, shown, &file, error))
		return error->code;
	TRUST_AUTO_FREE char *name = cli_place_words(&places->list[0]);
	TRUST_AUTO(cli_doc) *doc = cli_doc_new(cli, "store-backup");
	cli_doc_text(doc, NULL, "store", name);
	cli_doc_text(doc, NULL, "file", shown);
	cli_doc_number(doc, NULL, "bytes", (int64_t)file.size);
	cli_doc_number(doc, NULL, "items", (int64_t)items);
	cli_doc_line(doc, "backed up the store '%s' (%zu item%s) to '%s'", name, items,
	    items == 1 ? "" : "s", shown);
	return cli_doc_print(doc, error) ? TRUST_OK : error->code;
}

static const struct cli_option options[] = {
	{
	    .name = "force",
	    .argument = CLI_FLAG,
	    .help = "replace FILE where it exists",
	    .offset = offsetof(struct options, force),
	},
	CLI_OPTIONS_END,
};

const struct cli_command cmd_store_backup = {
	.path = "store backup",
	.topic = CLI_TOPIC_STORES,
	.file_password = true,
	.summary = "write a store to one file",
	.operands = "FILE",
	.operand = CLI_FILE,
	.min_operands = 1,
	.max_operands = 1,
	.details =
	    "FILE gets certificates, trust, private keys and history as they are at one moment, "
	    "also while other programs write. Private keys and history are encrypted with a "
	    "password of the file, which is asked for twice, also where the store has none; a "
	    "store's own password stays on its keys beneath that.\n\n"
	    "The backup is opened before the file is written, and the file is read again before "
	    "success is told. A damaged store is not backed up: see trustctl store check.",
	.examples = "trustctl store backup ~/store.backup\n"
		    "trustctl store backup firefox.backup --store firefox --password-file secret",
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
