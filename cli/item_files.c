/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Operands that are files, for commands about items: what a file holds is looked for in the store,
 * by identifier. So `trustctl trust enable root.pem` means the certificate that was imported from
 * it.
 */

#include <string.h>

#include "cli/internal.h"
#include "cli/items.h"
#include "cli/plan.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/text.h"
#include "import/import.h"

static void
add_operand(struct cli_from_files *from, const char *text)
{
	from->operands =
	    trust_grow_array(from->operands, from->operand_count + 1, sizeof(const char *));
	from->operands[from->operand_count++] = text;
}

static void
add_cert(struct cli_from_files *from, const char *path, const struct trust_cert *cert)
{
	from->list = trust_grow_array(from->list, from->count + 1, sizeof *from->list);
	struct cli_from_file *one = &from->list[from->count++];
	*one = (struct cli_from_file){
		.id = trust_hex(cert->id, sizeof cert->id),
		.name = trust_cert_label(cert),
		.path = path,
	};
	add_operand(from, one->id);
}

static bool
read_file(struct cli *cli, struct cli_from_files *from, const char *path, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *bytes = NULL;
	TRUST_AUTO(import_file) *file = NULL;
	struct trust_asker asker = cli_asker(cli);
	size_t before = from->count;

	if (!import_read(path, &bytes, error))
		return false;
	struct trust_bytes view = { bytes->bytes, bytes->size };
	if (!import_decode(path, view, &asker, &file, error))
		return false;
	for (size_t i = 0; i < file->count; i++)
		if (file->parts[i].kind == IMPORT_CERTIFICATE)
			add_cert(from, path, file->parts[i].cert);
	return from->count > before ||
	    trust_fail(
		error, TRUST_INPUT_NOT_FOUND, file->name, "'%s' holds no certificate", file->name);
}

/* A command about one item, and a file with several. */
static bool
refuse_many(const struct cli *cli, const struct cli_from_files *from, struct trust_error *error)
{
	TRUST_AUTO_BUFFER list;

	trust_buffer_init(&list, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; i < from->count && i < 12; i++)
		trust_buffer_printf(&list, "\n%.16s  %s", from->list[i].id, from->list[i].name);
	TRUST_AUTO_FREE char *file = trust_text_display_string(from->list[0].path);
	(void)trust_fail(error, TRUST_INPUT_AMBIGUOUS, file,
	    "'%s' holds %zu certificates, and '%s' is about one", file, from->count,
	    cli->command->path);
	return trust_hint(error, "name one by the digits in front:%s", (const char *)list.data);
}

bool
cli_read_operands(struct cli *cli, struct trust_error *error)
{
	struct cli_from_files *from = &cli->internal->from_files;

	if (!cli->command->item_files || cli->global.item)
		return true;
	for (size_t i = 0; i < cli->operand_count; i++) {
		const char *text = cli->operands[i];
		if (!cli_names_file(text)) {
			add_operand(from, text);
		} else if (!read_file(cli, from, text, error)) {
			if (!strchr(text, '/') && !error->hint)
				(void)trust_hint(
				    error, "where an item of that name is meant, say --item");
			return false;
		}
	}
	if (cli->command->max_operands >= 0 &&
	    from->operand_count > (size_t)cli->command->max_operands)
		return refuse_many(cli, from, error);
	cli->operands = from->operands;
	cli->operand_count = from->operand_count;
	return true;
}

void
cli_from_files_done(struct cli_from_files *from)
{
	for (size_t i = 0; i < from->count; i++) {
		trust_free(from->list[i].id);
		trust_free(from->list[i].name);
	}
	trust_free(from->list);
	trust_free(from->operands);
}

bool
cli_explain_missing(const struct cli *cli, const char *text, const struct trust_place *place,
    struct trust_error *error)
{
	const struct cli_from_files *from = &cli->internal->from_files;

	for (size_t i = 0; i < from->count; i++) {
		if (from->list[i].id != text || error->code != TRUST_INPUT_NOT_FOUND)
			continue;
		TRUST_AUTO_FREE char *file = trust_text_display_string(from->list[i].path);
		TRUST_AUTO_FREE char *word = cli_file_word(from->list[i].path);
		TRUST_AUTO_FREE char *name = place ? cli_place_words(place) : NULL;
		TRUST_AUTO_FREE char *store = place ? trust_place_option(place) : trust_strdup("");
		(void)trust_fail(error, TRUST_INPUT_NOT_FOUND, file,
		    "'%s' (%.16s) of the file '%s' is %s%s%s", from->list[i].name, from->list[i].id,
		    file, name ? "not in the store '" : "in no store", name ? name : "",
		    name ? "'" : "");
		return word ? trust_hint(error, "trustctl import %s%s", word, store) : false;
	}
	return false;
}
