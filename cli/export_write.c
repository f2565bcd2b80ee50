/* SPDX-License-Identifier: MPL-2.0 */
/* An export's bytes, where they go, and what is said about it. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/export_plan.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/text.h"

static bool
write_out(struct trust_bytes bytes, struct trust_error *error)
{
	return trust_write_all(STDOUT_FILENO, bytes.data, bytes.size) ||
	    trust_fail_errno(
		error, TRUST_OUTPUT, errno, "standard output", "cannot write to standard output");
}

static size_t
count_keys(const struct cli_export *export)
{
	size_t keys = 0;
	for (size_t i = 0; i < export->count; i++)
		keys += export->parts[i].encrypted_key != NULL;
	return keys;
}

static bool
fail_overflow(struct trust_error *error)
{
	return trust_fail(error, TRUST_OUTPUT, NULL, "the file would be larger than %zu bytes",
	    TRUST_MAX_FILE_BYTES);
}

/* ---- the report ------------------------------------------------------------------------------ */

static void
report_losses(const struct cli_export *export, struct cli_doc *doc)
{
	cli_doc_begin_list(doc, NULL, "not_carried");
	for (size_t i = 0; i < export->losses.count; i++) {
		cli_doc_begin(doc, NULL, "loss");
		cli_doc_text(doc, NULL, "kind", export->losses.list[i].kind);
		cli_doc_number(doc, NULL, "certificates", (int64_t) export->losses.list[i].count);
		cli_doc_text(doc, NULL, "words", export->losses.list[i].words);
		cli_doc_end(doc);
	}
	cli_doc_end_list(doc);
}

/* The file to be pasted, after all others: its name begins as the format says. */
static const struct export_file *
find_snippet(const struct cli_export *export, const struct export_files *files)
{
	const char *wanted = export->format->snippet;
	for (size_t i = 0; wanted && files && i < files->count; i++)
		if (strncmp(files->list[i].name, wanted, strlen(wanted)) == 0)
			return &files->list[i];
	return NULL;
}

static void
report_files(const struct cli_export *export, const struct export_files *files, struct cli_doc *doc)
{
	const struct export_file *snippet = find_snippet(export, files);

	cli_doc_begin_list(doc, NULL, "files");
	for (size_t i = 0; files && i < files->count; i++)
		cli_doc_text(doc, NULL, "file", files->list[i].name);
	cli_doc_end_list(doc);
	cli_doc_text(doc, NULL, "snippet", snippet ? (const char *)snippet->bytes.data : NULL);
	if (snippet)
		cli_doc_line(doc, "%s:\n\n%s", snippet->name, (const char *)snippet->bytes.data);
}

/* Does an export like this one remove what an earlier one left? A network program's files replace
 * those of the same identity; in a list, only all anchors replace all. */
static bool
removes_left(const struct cli_export *export)
{
	return export->options->trusted || export->format->network;
}

/* What was removed here may have been copied to where programs look. */
static void
report_removed(const struct cli_export *export, const struct export_left *left, struct cli_doc *doc)
{
	const char *what = export->format->trust_list ? "certificate" : "file";
	size_t removed = 0;
	TRUST_AUTO_BUFFER names;

	trust_buffer_init(&names, TRUST_MAX_FILE_BYTES);
	cli_doc_begin_list(doc, NULL, "removed");
	for (size_t i = 0; left && removes_left(export) && i < left->count; i++) {
		const char *name = left->list[i].name;
		if (!left->list[i].ours)
			continue;
		cli_doc_text(doc, NULL, "file", name);
		trust_buffer_printf(&names, "%s%s", removed++ > 0 ? ", " : "", name);
	}
	cli_doc_end_list(doc);
	if (removed > 0)
		cli_doc_line(doc,
		    "removed %zu %s%s of an earlier export; delete %s where you copied %s to as "
		    "well: %s",
		    removed, what, removed == 1 ? "" : "s", removed == 1 ? "it" : "them",
		    removed == 1 ? "it" : "them", (const char *)names.data);
}

/* Left for whoever reads the directory to use. */
static void
report_left(const struct cli_export *export, const struct export_left *left, struct cli_doc *doc)
{
	cli_doc_begin_list(doc, NULL, "left");
	for (size_t i = 0; left && i < left->count; i++) {
		if (removes_left(export) && left->list[i].ours)
			continue;
		TRUST_AUTO_FREE char *shown = trust_text_display_string(left->list[i].name);
		cli_doc_text(doc, NULL, "file", shown);
	}
	cli_doc_end_list(doc);
}

/* The format's advice about what was just written, to be pasted; owned by the caller; NULL: none.
 */
static char *
advice_words(const struct cli_export *export)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	TRUST_AUTO_FREE char *output = cli_file_word(export->options->output);
	TRUST_AUTO_BUFFER words;
	size_t size = 0;

	trust_buffer_init(&words, TRUST_MAX_FILE_BYTES);
	if (!export->format->advice)
		return NULL;
	for (const char *at = export->format->advice; *at; at += size) {
		size = strspn(at, letters);
		bool stands_for_output = (size == strlen("DIR") && strncmp(at, "DIR", size) == 0) ||
		    (size == strlen("FILE") && strncmp(at, "FILE", size) == 0);
		size = size > 0 ? size : 1;
		if (stands_for_output && output)
			trust_buffer_append_text(&words, output);
		else
			trust_buffer_append(&words, at, size);
	}
	return trust_buffer_take(&words);
}

static bool
report(const struct cli_export *export, const struct export_files *files,
    const struct export_left *left, struct trust_error *error)
{
	const struct export_format *format = export->format;
	size_t keys = count_keys(export);
	size_t certs = format->key_alone ? 0 : export->count;
	TRUST_AUTO_FREE char *advice = advice_words(export);

	TRUST_AUTO(cli_doc) *doc = cli_doc_new(export->cli, "export");
	cli_doc_text(doc, NULL, "file", export->file);
	cli_doc_text(doc, NULL, "format", format->name);
	cli_doc_text(doc, NULL, "preset", export->preset ? export->preset->name : NULL);
	cli_doc_number(doc, NULL, "certificates", (int64_t)certs);
	cli_doc_number(doc, NULL, "private_keys", (int64_t)keys);
	cli_doc_text(doc, NULL, "signer", export->signing.item ? export->signing.item->name : NULL);
	cli_doc_number(doc, NULL, "unchecked", (int64_t) export->unchecked);
	cli_doc_text(doc, NULL, "next", advice);
	report_losses(export, doc);
	cli_doc_line(doc, "wrote '%s': %zu certificate%s, %zu private key%s (%s)", export->file,
	    certs, certs == 1 ? "" : "s", keys, keys == 1 ? "" : "s", format->summary);
	if (export->signing.item)
		cli_doc_line(doc, "signed by '%s'", export->signing.item->name);
	report_files(export, files, doc);
	report_removed(export, left, doc);
	report_left(export, left, doc);
	if (!cli_doc_print(doc, error))
		return false;
	if (advice)
		cli_hint(export->cli, "%s", advice);
	return true;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool
write_file(
    struct cli_export *export, const struct export_request *request, struct trust_error *error)
{
	const struct cli_export_options *options = export->options;
	TRUST_AUTO_BUFFER bytes;

	trust_buffer_init_secret(&bytes, TRUST_MAX_FILE_BYTES);
	bool encoded = export->format->encode(request, &bytes, error);
	cli_progress_done();
	if (!encoded)
		return false;
	if (bytes.overflow)
		return fail_overflow(error);
	if (cli_export_to_stdout(export))
		return write_out(trust_buffer_bytes(&bytes), error);
	return export_save(options->output, trust_buffer_bytes(&bytes), count_keys(export) > 0,
		   options->force, error) &&
	    report(export, NULL, NULL, error);
}

/* A directory of all anchors must not keep one of before that is none any more, nor one of an
 * identity a key or CA that is not its own any more. */
static bool
check_left(
    const struct cli_export *export, const struct export_left *left, struct trust_error *error)
{
	const char *uses = export->format->trust_list ? "trusting" : "using";

	for (size_t i = 0; removes_left(export) && i < left->count; i++) {
		if (!left->list[i].ours || export->options->force)
			continue;
		(void)trust_fail(error, TRUST_REFUSED, export->file,
		    "'%s/%s' is of an earlier export and no part of this one: whoever reads '%s' "
		    "would go on %s it",
		    export->file, left->list[i].name, export->file, uses);
		return trust_hint(error,
		    "--force removes what an earlier export left there, and replaces the rest");
	}
	return true;
}

/* Items are added to what is there, and what others put there is not ours to remove. */
static void
warn_left(const struct cli_export *export, const struct export_left *left)
{
	TRUST_AUTO_BUFFER names;
	size_t count = 0;

	trust_buffer_init(&names, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; i < left->count; i++) {
		if (removes_left(export) && left->list[i].ours)
			continue;
		TRUST_AUTO_FREE char *shown = trust_text_display_string(left->list[i].name);
		trust_buffer_printf(&names, "%s'%s'", count++ > 0 ? ", " : "", shown);
	}
	if (count == 0)
		return;
	cli_warn(export->cli,
	    "whoever reads '%s' also %s what was there before: %s; remove the file%s if that "
	    "is not wanted",
	    export->file, export->format->trust_list ? "trusts" : "uses", (const char *)names.data,
	    count == 1 ? "" : "s");
}

static bool
write_files(
    struct cli_export *export, const struct export_request *request, struct trust_error *error)
{
	const struct cli_export_options *options = export->options;
	EXPORT_AUTO_FILES files = { 0 };
	EXPORT_AUTO_LEFT left = { 0 };

	if (!export->format->encode_files(request, &files, error))
		return false;
	for (size_t i = 0; i < files.count; i++)
		if (files.list[i].bytes.overflow)
			return fail_overflow(error);
	if (!options->trusted)
		export_make_room(export->format, options->output, &files);
	if (!export_left_find(export->format, options->output, &files, &left, error) ||
	    !check_left(export, &left, error) ||
	    !export_save_files(options->output, &files, options->force, error) ||
	    (removes_left(export) &&
		!export_left_remove(export->format, options->output, &left, error)))
		return false;
	warn_left(export, &left);
	return report(export, &files, &left, error);
}

bool
cli_export_write(struct cli_export *export, struct trust_error *error)
{
	const struct cli_export_options *options = export->options;
	const struct cli_export_signing *signing = &export->signing;
	const struct export_signer signer = {
		.certs = signing->certs,
		.count = signing->count,
		.at = export->cli->now,
		.sign = cli_export_sign,
		.context = export,
	};
	const struct export_request request = {
		.parts = export->parts,
		.count = export->count,
		.password = export->password,
		.key_password = export->key_password,
		.preset = export->preset,
		.header_text = options->header,
		.plain_key = options->plain_key,
		.title = options->title,
		.signer = signing->item ? &signer : NULL,
		.directory = export->directory,
		.network = options->network,
		.server = options->server,
	};

	return export->format->encode ? write_file(export, &request, error)
				      : write_files(export, &request, error);
}
