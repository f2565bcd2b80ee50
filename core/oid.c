/* SPDX-License-Identifier: MPL-2.0 */
/* Object identifiers and their words: the rows of data/oids.def, encoded once. */

#include "core/oid.h"

#include <stdlib.h>
#include <string.h>

#include "core/der.h"

static const struct {
	const char *dotted;
	const char *words;
} rows[] = {
#define X(dotted, words) { dotted, words },
#include "data/oids.def"
#undef X
};

struct entry {
	uint8_t content[64];
	size_t size;
	const char *words;
};
static struct entry entries[TRUST_COUNT(rows)];

static int
compare(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;
	return trust_bytes_compare((struct trust_bytes){ x->content, x->size },
	    (struct trust_bytes){ y->content, y->size });
}

/* Encoded and sorted on first use; the program has one thread. */
static void
prepare(void)
{
	if (entries[0].words)
		return;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		if (!trust_der_oid_from_text(rows[i].dotted, entries[i].content, &entries[i].size))
			abort(); /* a row of our own table */
		entries[i].words = rows[i].words;
	}
	qsort(entries, TRUST_COUNT(entries), sizeof *entries, compare);
}

const char *
trust_oid_words(struct trust_bytes content)
{
	struct entry wanted = { .size = content.size };

	prepare();
	if (content.size == 0 || content.size > sizeof wanted.content)
		return NULL;
	memcpy(wanted.content, content.data, content.size);
	const struct entry *found =
	    bsearch(&wanted, entries, TRUST_COUNT(entries), sizeof *entries, compare);
	return found ? found->words : NULL;
}

char *
trust_oid_display(struct trust_bytes content)
{
	const char *words = trust_oid_words(content);
	return words ? trust_strdup(words) : trust_der_oid_text(content);
}

/* What was asked for before, encoded: the same few over and over. */
#define ASKED 64

static const struct asked {
	char dotted[48];
	uint8_t content[32];
	size_t size;
} * encoded(const char *dotted)
{
	static struct asked cache[ASKED];
	unsigned hash = 0;
	uint8_t content[64];
	size_t length = 0;

	for (; dotted[length]; length++)
		hash = hash * 31 + (unsigned char)dotted[length];
	struct asked *asked = &cache[(hash ^ hash >> 6) % ASKED];
	if (strcmp(asked->dotted, dotted) == 0)
		return asked;
	if (length >= sizeof asked->dotted ||
	    !trust_der_oid_from_text(dotted, content, &asked->size) ||
	    asked->size > sizeof asked->content) {
		asked->dotted[0] = '\0';
		return NULL;
	}
	memcpy(asked->dotted, dotted, length + 1);
	memcpy(asked->content, content, asked->size);
	return asked;
}

bool
trust_oid_is(struct trust_bytes content, const char *dotted)
{
	uint8_t wanted[64];
	size_t size = 0;
	const struct asked *asked = encoded(dotted);

	if (asked)
		return content.size == asked->size &&
		    memcmp(content.data, asked->content, asked->size) == 0;
	return trust_der_oid_from_text(dotted, wanted, &size) && content.size == size &&
	    memcmp(content.data, wanted, size) == 0;
}
