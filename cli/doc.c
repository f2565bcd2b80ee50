/* SPDX-License-Identifier: MPL-2.0 */
/* Documents: one description, printed as titled, indented lines for people or as nested JSON. */

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/internal.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/text.h"

#define MAX_DEPTH 16

struct cli_doc {
	struct cli *cli;
	struct trust_buffer text;
	json_t *stack[MAX_DEPTH]; /* innermost last; [0] is owned, the others borrowed from it */
	size_t depth;             /* of JSON */
	size_t indent;
	bool indented[64];        /* did this begin() indent? */
	bool hid[64];             /* did this begin() hide what follows from people? */
	size_t hidden;            /* how many of them are open */
	bool in_json[64];         /* did this begin() open a JSON value? */
	size_t level;
};

struct cli_doc *
cli_doc_new(struct cli *cli, const char *kind)
{
	struct cli_doc *doc = trust_alloc(sizeof *doc);

	doc->cli = cli;
	trust_buffer_init(&doc->text, TRUST_MAX_FILE_BYTES);
	doc->stack[0] = json_pack("{s:i, s:s}", "schema", 1, "kind", kind);
	doc->depth = 1;
	return doc;
}

void
cli_doc_free(struct cli_doc *doc)
{
	if (!doc)
		return;
	json_decref(doc->stack[0]);
	trust_buffer_done(&doc->text);
	trust_free(doc);
}

/* Takes the value. */
static void
put_json(struct cli_doc *doc, const char *key, json_t *value)
{
	json_t *parent = doc->stack[doc->depth - 1];

	if (json_is_array(parent))
		json_array_append_new(parent, value);
	else if (key)
		json_object_set_new(parent, key, value);
	else
		json_decref(value);
}

static void
put_title(struct cli_doc *doc, const char *title)
{
	if (doc->hidden)
		return;
	trust_buffer_printf(&doc->text, "%*s%s\n", (int)(2 * doc->indent), "", title);
}

static void
begin(struct cli_doc *doc, const char *title, const char *key, json_t *value)
{
	bool parent_is_array = json_is_array(doc->stack[doc->depth - 1]);
	bool wanted = (key || parent_is_array) && doc->depth < MAX_DEPTH;

	doc->in_json[doc->level] = wanted;
	doc->indented[doc->level] = title && *title;
	doc->hid[doc->level] = !title;
	doc->level++;
	doc->hidden += !title;
	if (title && *title) {
		put_title(doc, title);
		doc->indent++;
	}
	if (!wanted) {
		json_decref(value);
		return;
	}
	put_json(doc, key, value);
	doc->stack[doc->depth++] = value;
}

static void
end(struct cli_doc *doc)
{
	doc->level--;
	if (doc->indented[doc->level])
		doc->indent--;
	doc->hidden -= doc->hid[doc->level];
	if (doc->in_json[doc->level])
		doc->depth--;
}

void
cli_doc_begin(struct cli_doc *doc, const char *title, const char *key)
{
	begin(doc, title, key, json_object());
}

void
cli_doc_end(struct cli_doc *doc)
{
	end(doc);
}

void
cli_doc_begin_list(struct cli_doc *doc, const char *title, const char *key)
{
	begin(doc, title, key, json_array());
}

void
cli_doc_end_list(struct cli_doc *doc)
{
	end(doc);
}

/* Values of one section stand under each other. */
#define LABEL_COLUMNS 22

static void
put_labelled(struct cli_doc *doc, const char *title, const char *value)
{
	size_t width = trust_text_width(title) + 2 * doc->indent + 1;
	int pad = width < LABEL_COLUMNS ? (int)(LABEL_COLUMNS - width) : 1;

	if (doc->hidden)
		return;
	trust_buffer_printf(&doc->text, "%*s%s:%*s%s\n", (int)(2 * doc->indent), "", title, pad, "", value);
}

void
cli_doc_text(struct cli_doc *doc, const char *title, const char *key, const char *value)
{
	if (title && value)
		put_labelled(doc, title, value);
	if (key)
		put_json(doc, key, value ? json_string(value) : json_null());
}

void
cli_doc_number(struct cli_doc *doc, const char *title, const char *key, int64_t value)
{
	TRUST_AUTO_FREE char *text = trust_printf("%lld", (long long)value);

	if (title)
		put_labelled(doc, title, text);
	if (key)
		put_json(doc, key, json_integer(value));
}

void
cli_doc_bool(struct cli_doc *doc, const char *title, const char *key, bool value)
{
	if (title)
		put_labelled(doc, title, value ? "yes" : "no");
	if (key)
		put_json(doc, key, json_boolean(value));
}

void
cli_doc_time(struct cli_doc *doc, const char *title, const char *key, struct trust_time value,
    const char *words)
{
	char text[32];

	trust_time_format(value, text);
	if (title) {
		TRUST_AUTO_FREE char *both = words ? trust_printf("%s (%s)", text, words) : trust_strdup(text);
		put_labelled(doc, title, both);
	}
	if (key)
		put_json(doc, key, json_string(text));
}

void
cli_doc_line(struct cli_doc *doc, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	TRUST_AUTO_FREE char *text = trust_vprintf(format, arguments);
	va_end(arguments);
	put_title(doc, text);
}

const char *
cli_doc_words(const struct cli_doc *doc)
{
	return doc->text.data ? (const char *)doc->text.data : "";
}

bool
cli_doc_print(struct cli_doc *doc, struct trust_error *error)
{
	if (!doc->cli->global.json) {
		TRUST_AUTO_FREE char *ascii =
		    cli_is_ascii() ? trust_text_ascii(cli_doc_words(doc)) : NULL;
		fputs(ascii ? ascii : cli_doc_words(doc), stdout);
		return true;
	}
	bool done = json_dumpf(doc->stack[0], stdout, JSON_INDENT(2)) == 0;
	putchar('\n');
	/* Why not, and whether the reader merely left, is told at the end. */
	return done || ferror(stdout) || trust_fail(error, TRUST_OUTPUT, NULL, "cannot write JSON");
}
