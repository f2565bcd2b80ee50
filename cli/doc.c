/* SPDX-License-Identifier: MPL-2.0 */
/* Documents: one description, printed as titled, indented lines for people or as nested JSON. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

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
	bool indented[64]; /* did this begin() indent? */
	bool hid[64];      /* did this begin() hide what follows from people? */
	size_t hidden;     /* how many of them are open */
	bool in_json[64];  /* did this begin() open a JSON value? */
	size_t level;
};

static void *
memory(size_t size)
{
	return trust_grow_array(NULL, size, 1);
}

void
cli_doc_start(void)
{
	json_set_alloc_funcs(memory, free);
}

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

/* Between a label and its value until the widths of the section are known; displayable text has
 * no control characters. */
#define TAB '\x1f'

static void
put_labelled(struct cli_doc *doc, const char *title, const char *value)
{
	if (doc->hidden)
		return;
	trust_buffer_printf(
	    &doc->text, "%*s%s:%c%s\n", (int)(2 * doc->indent), "", title, TAB, value);
}

/* Values of one section stand under each other, but for labels that are too long for that. */
#define LEAST_LABEL 22
#define MOST_LABEL 40

/* The columns of the label and a blank; 0: the line has no label. */
static size_t
label_width(const char *line)
{
	size_t size = strcspn(line, "\n");
	const char *tab = memchr(line, TAB, size);

	if (!tab)
		return 0;
	TRUST_AUTO_FREE char *label = trust_printf("%.*s", (int)(tab - line), line);
	return trust_text_width(label) + 1;
}

static const char *
next_line(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

/* The width for the labelled lines that follow each other from here, indented alike. */
static size_t
section_width(const char *line)
{
	size_t indent = strspn(line, " ");
	size_t widest = LEAST_LABEL;

	for (; label_width(line) > 0 && strspn(line, " ") == indent; line = next_line(line))
		if (label_width(line) > widest && label_width(line) <= MOST_LABEL)
			widest = label_width(line);
	return widest;
}

static void
align(struct cli_doc *doc)
{
	struct trust_buffer out;
	size_t indent = 0;
	size_t width = 0; /* 0: outside of a section */
	const char *text = doc->text.data ? (const char *)doc->text.data : "";

	if (!strchr(text, TAB))
		return;
	trust_buffer_init(&out, TRUST_MAX_FILE_BYTES);
	for (const char *line = text; *line; line = next_line(line)) {
		size_t size = (size_t)(next_line(line) - line);
		size_t label = label_width(line);
		if (label == 0) {
			width = 0;
			trust_buffer_append(&out, line, size);
			continue;
		}
		if (width == 0 || strspn(line, " ") != indent) {
			indent = strspn(line, " ");
			width = section_width(line);
		}
		size_t kept = strcspn(line, "\x1f");
		trust_buffer_printf(&out, "%.*s%*s", (int)kept, line,
		    label <= width ? (int)(width - label + 1) : 1, "");
		trust_buffer_append(&out, line + kept + 1, size - kept - 1);
	}
	out.overflow = out.overflow || doc->text.overflow;
	trust_buffer_done(&doc->text);
	doc->text = out;
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
cli_doc_time(struct cli_doc *doc, const char *title, const char *key, struct trust_time value)
{
	char text[32];

	trust_time_format(value, text);
	if (title)
		put_labelled(doc, title, text);
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
cli_doc_words(struct cli_doc *doc)
{
	align(doc);
	return doc->text.data ? (const char *)doc->text.data : "";
}

static bool
print_words(struct cli_doc *doc, struct trust_error *error)
{
	const char *words = cli_doc_words(doc);

	if (doc->text.overflow) {
		(void)trust_fail(error, TRUST_OUTPUT, NULL,
		    "the result is longer than what is shown (%zu bytes)", TRUST_MAX_FILE_BYTES);
		return trust_hint(error, "--json gives it whole");
	}
	TRUST_AUTO_FREE char *ascii = cli_is_ascii() ? trust_text_ascii(words) : NULL;
	fputs(ascii ? ascii : words, stdout);
	return true;
}

bool
cli_doc_print(struct cli_doc *doc, struct trust_error *error)
{
	if (!doc->cli->global.json)
		return print_words(doc, error);
	bool done = json_dumpf(doc->stack[0], stdout, JSON_INDENT(2)) == 0;
	putchar('\n');
	/* Why not, and whether the reader merely left, is told at the end. */
	return done || ferror(stdout) || trust_fail(error, TRUST_OUTPUT, NULL, "cannot write JSON");
}
