/* SPDX-License-Identifier: MPL-2.0 */
#ifndef IMPORT_PLIST_H
#define IMPORT_PLIST_H

/*
 * Apple's property lists as XML, read with expat into a tree. Strict where leniency would hide
 * something: no entities, no internal subset of a DTD, no key twice, base64 that is base64, and at
 * most PLIST_MAX_DEPTH levels. Numbers and dates stay text.
 */

#include "core/base.h"
#include "core/secret.h"

struct trust_error;

/* Profiles need about 6. */
#define PLIST_MAX_DEPTH 32

enum plist_kind {
	PLIST_DICT,
	PLIST_ARRAY,
	PLIST_STRING,
	PLIST_DATA,
	PLIST_OTHER, /* integer, real, date, true, false: their text */
};

struct plist {
	enum plist_kind kind;
	char *key;                  /* owned, raw UTF-8: in a dict; else NULL */
	struct trust_secret *bytes; /* owned: text, or decoded data; NULL for dict and array */
	struct plist **children;    /* owned */
	size_t count;
};
void plist_free(struct plist *plist);
TRUST_DEFINE_AUTO(plist, plist_free)

/* Errors: TRUST_INPUT_MALFORMED (with the line), TRUST_INPUT_LIMIT. */
bool plist_read(
    struct trust_bytes bytes, struct plist **ret_plist, struct trust_error *error) TRUST_MUST_CHECK;
/* A dict's value; NULL: it has none, or this is no dict. */
const struct plist *plist_get(const struct plist *dict, const char *key);
/* A string's text, borrowed; NULL: it is none, or has a NUL. */
const char *plist_text(const struct plist *plist);

#endif
