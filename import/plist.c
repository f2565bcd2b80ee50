/* SPDX-License-Identifier: MPL-2.0 */
/* Property lists as XML; see plist.h. */

#include "import/plist.h"

#include <expat.h>
#include <string.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/text.h"
#include "import/internal.h"

/* Keys of one dictionary, which are compared with each other. Profiles have about 20. */
#define MAX_KEYS 2000

struct reader {
	XML_Parser parser;
	struct trust_error *error;
	struct plist *root;
	struct plist *stack[PLIST_MAX_DEPTH + 2];
	size_t depth; /* open containers */
	size_t nodes;
	bool in_plist;
	const char *open; /* the leaf or key being read; NULL: none */
	char *key;        /* waits for its value */
	struct trust_buffer text;
};

void
plist_free(struct plist *plist)
{
	if (!plist)
		return;
	for (size_t i = 0; i < plist->count; i++)
		plist_free(plist->children[i]); /* at most PLIST_MAX_DEPTH deep */
	trust_free(plist->children);
	trust_secret_free(plist->bytes);
	trust_free(plist->key);
	trust_free(plist);
}

/* ---- failing ------------------------------------------------------------------------------- */

static void
stop(struct reader *reader, enum trust_code code, const char *what)
{
	if (reader->error->code == TRUST_OK)
		(void)trust_fail(reader->error, code, NULL, "line %lu of the profile: %s",
		    (unsigned long)XML_GetCurrentLineNumber(reader->parser), what);
	XML_StopParser(reader->parser, XML_FALSE);
}

static void
malformed(struct reader *reader, const char *what)
{
	stop(reader, TRUST_INPUT_MALFORMED, what);
}

/* ---- the tree ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	enum plist_kind kind;
} kinds[] = {
	{ "dict", PLIST_DICT },
	{ "array", PLIST_ARRAY },
	{ "string", PLIST_STRING },
	{ "data", PLIST_DATA },
	{ "integer", PLIST_OTHER },
	{ "real", PLIST_OTHER },
	{ "date", PLIST_OTHER },
	{ "true", PLIST_OTHER },
	{ "false", PLIST_OTHER },
	{ "key", PLIST_OTHER },
};

/* A new value where one may stand; NULL: it may not, and the reader was stopped. */
static struct plist *
add_node(struct reader *reader, enum plist_kind kind)
{
	struct plist *parent = reader->depth ? reader->stack[reader->depth - 1] : NULL;

	if (parent ? parent->kind == PLIST_DICT && !reader->key : reader->root != NULL) {
		malformed(reader, parent ? "a value without a key" : "a second value");
		return NULL;
	}
	if (++reader->nodes > TRUST_MAX_BLOCKS ||
	    (parent && parent->kind == PLIST_DICT && parent->count >= MAX_KEYS)) {
		stop(reader, TRUST_INPUT_LIMIT, "too many values");
		return NULL;
	}
	struct plist *node = trust_alloc(sizeof *node);
	node->kind = kind;
	node->key = trust_steal(&reader->key);
	if (!parent) {
		reader->root = node;
		return node;
	}
	if ((parent->count & (parent->count - 1)) == 0)
		parent->children = trust_grow_array(parent->children,
		    parent->count ? 2 * parent->count : 1, sizeof *parent->children);
	parent->children[parent->count++] = node;
	return node;
}

static void
start_element(void *context, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *reader = context;
	size_t i = 0;

	(void)attributes;
	if (!reader->in_plist) {
		if (strcmp(name, "plist") != 0)
			malformed(reader, "it is no property list");
		reader->in_plist = true;
		return;
	}
	while (i < TRUST_COUNT(kinds) && strcmp(name, kinds[i].name) != 0)
		i++;
	if (i == TRUST_COUNT(kinds) || reader->open) {
		malformed(reader, "an element that no property list has here");
		return;
	}
	trust_buffer_clear(&reader->text);
	if (kinds[i].kind > PLIST_ARRAY) {
		reader->open = kinds[i].name;
		return;
	}
	if (reader->depth >= PLIST_MAX_DEPTH) {
		stop(reader, TRUST_INPUT_LIMIT, "it is nested too deeply");
		return;
	}
	struct plist *node = add_node(reader, kinds[i].kind);
	if (node)
		reader->stack[reader->depth++] = node;
}

static void
finish_key(struct reader *reader)
{
	const struct plist *dict = reader->depth ? reader->stack[reader->depth - 1] : NULL;
	TRUST_AUTO_FREE char *key = trust_buffer_take(&reader->text);

	if (!dict || dict->kind != PLIST_DICT || reader->key)
		malformed(reader, "a key where none can be");
	else if (plist_get(dict, key))
		malformed(reader, "a key that is there twice");
	else
		reader->key = trust_steal(&key);
}

static bool
is_blank(struct trust_bytes text)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] > ' ')
			return false;
	return true;
}

static void
finish_leaf(struct reader *reader, enum plist_kind kind)
{
	struct trust_bytes text = trust_buffer_bytes(&reader->text);
	TRUST_AUTO(trust_secret) *bytes = NULL;
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;

	if (kind == PLIST_DATA && is_blank(text))
		text.size = 0;
	if (kind == PLIST_DATA && text.size && !import_base64(text, &bytes, &failed)) {
		malformed(reader, "data that is not base64");
		return;
	}
	if (!bytes)
		bytes = trust_secret_new(text.data, text.size);
	struct plist *node = add_node(reader, kind);
	if (node)
		node->bytes = trust_steal(&bytes);
}

static void
end_element(void *context, const XML_Char *name)
{
	struct reader *reader = context;

	if (!reader->open) {
		if (reader->depth == 0)
			reader->in_plist = false;
		else if (reader->key)
			malformed(reader, "a key without a value");
		else
			reader->depth--;
		return;
	}
	reader->open = NULL;
	for (size_t i = 0; i < TRUST_COUNT(kinds); i++) {
		if (strcmp(name, kinds[i].name) != 0)
			continue;
		if (strcmp(name, "key") == 0)
			finish_key(reader);
		else
			finish_leaf(reader, kinds[i].kind);
	}
	trust_buffer_clear(&reader->text);
}

static void
character_data(void *context, const XML_Char *text, int size)
{
	struct reader *reader = context;

	if (reader->open) {
		trust_buffer_append(&reader->text, text, (size_t)size);
		return;
	}
	for (int i = 0; i < size; i++)
		if (!strchr(" \t\r\n", text[i])) {
			malformed(reader, "text outside of a value");
			return;
		}
}

/* ---- what is not read ---------------------------------------------------------------------- */

static void
start_doctype(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public,
    int has_internal_subset)
{
	(void)name;
	(void)system;
	(void)public;
	if (has_internal_subset)
		malformed(context, "it declares entities or elements of its own, which is refused");
}

static void
skipped_entity(void *context, const XML_Char *name, int is_parameter)
{
	(void)name;
	(void)is_parameter;
	malformed(context, "it uses an entity, which is refused");
}

static bool
parse(struct reader *reader, struct trust_bytes bytes)
{
	enum XML_Status status;

	XML_SetUserData(reader->parser, reader);
	XML_SetElementHandler(reader->parser, start_element, end_element);
	XML_SetCharacterDataHandler(reader->parser, character_data);
	XML_SetStartDoctypeDeclHandler(reader->parser, start_doctype);
	XML_SetSkippedEntityHandler(reader->parser, skipped_entity);
	status = XML_Parse(reader->parser, (const char *)bytes.data, (int)bytes.size, 1);
	if (status != XML_STATUS_OK)
		malformed(reader, XML_ErrorString(XML_GetErrorCode(reader->parser)));
	return reader->error->code == TRUST_OK;
}

bool
plist_read(struct trust_bytes bytes, struct plist **ret_plist, struct trust_error *error)
{
	/* What the bytes are counts, not what a text that was converted still says of itself. */
	struct reader reader = {
		.error = error,
		.parser = XML_ParserCreate(import_is_utf16(bytes) ? "UTF-16" : NULL),
	};

	if (!reader.parser)
		return trust_fail(error, TRUST_INPUT_LIMIT, NULL, "no memory to read the profile");
	trust_buffer_init_secret(&reader.text, TRUST_MAX_FILE_BYTES);
	bool good = bytes.size <= TRUST_MAX_FILE_BYTES
	    ? parse(&reader, bytes)
	    : trust_fail(error, TRUST_INPUT_LIMIT, NULL, "the property list is too long");
	if (good && !reader.root)
		good = trust_fail(error, TRUST_INPUT_MALFORMED, NULL, "the property list is empty");
	XML_ParserFree(reader.parser);
	trust_buffer_done(&reader.text);
	trust_free(reader.key);
	if (good)
		*ret_plist = reader.root;
	else
		plist_free(reader.root);
	return good;
}

/* ---- looking ------------------------------------------------------------------------------- */

const struct plist *
plist_get(const struct plist *dict, const char *key)
{
	if (!dict || dict->kind != PLIST_DICT)
		return NULL;
	for (size_t i = 0; i < dict->count; i++)
		if (strcmp(dict->children[i]->key, key) == 0)
			return dict->children[i];
	return NULL;
}

const char *
plist_text(const struct plist *plist)
{
	if (!plist || plist->kind != PLIST_STRING ||
	    memchr(plist->bytes->bytes, 0, plist->bytes->size))
		return NULL;
	return (const char *)plist->bytes->bytes;
}
