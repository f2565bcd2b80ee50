/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TEXT_H
#define TRUST_TEXT_H

/*
 * The one place that decides what a terminal, a log or a JSON file may see of text that came from
 * outside. Valid UTF-8 stays; control characters and invalid bytes become \x1b style; format
 * characters (category Cf: U+202E, U+2066, U+200B, U+FEFF, U+00AD ...), line and paragraph
 * separators, what draws nothing (fillers, variation selectors), surrogates and unassigned or
 * private code points become \u202e style. A backslash stays as it is, so a text that spells an
 * escape is not distinguishable from one: display only, never a key.
 */

#include "core/base.h"

/* Owned by the caller, valid UTF-8, one line. */
char *trust_text_display(const void *bytes, size_t size) TRUST_MUST_CHECK;
char *trust_text_display_string(const char *text) TRUST_MUST_CHECK; /* NULL gives NULL */
/* True when trust_text_display() would change nothing. */
bool trust_text_is_plain(const void *bytes, size_t size);
bool trust_text_is_utf8(const void *bytes, size_t size);
/* Columns of a terminal that displayable text takes. */
size_t trust_text_width(const char *displayable);

/* What of displayable text fits into so many columns, with `mark` for what is left out. Owned. */
char *trust_text_cut(const char *displayable, size_t columns, const char *mark) TRUST_MUST_CHECK;
/* Displayable text in ASCII alone: the signs we draw with by their likeness, all else by its
 * number as \u00e9. Owned by the caller. */
char *trust_text_ascii(const char *displayable) TRUST_MUST_CHECK;

/* ASN.1 string types to UTF-8, undisplayed: BMPString (UTF-16BE), UniversalString, Latin-1 for
 * T61String. Invalid sequences become U+FFFD. Owned by the caller. */
char *trust_text_from_asn1(
    uint8_t tag, struct trust_bytes content, size_t *ret_size) TRUST_MUST_CHECK;

/* The text with each {key} replaced by what value_of() gives for it (owned, which this frees), 64
 * KiB at most. Owned; NULL: it gave none for a key, and nothing is to be said. */
char *trust_text_fill(const char *text,
    char *(*value_of)(const void *context, const char *key, size_t size),
    const void *context) TRUST_MUST_CHECK;

/* Any text as one displayable word of a command line that people paste, quoted where a shell needs
 * it; in $'...' of bash, zsh and ksh where what is displayed would not be the text. Owned. */
char *trust_shell_word(const char *text) TRUST_MUST_CHECK;
/* From now on also where it is not ASCII: for terminals that show nothing else. */
void trust_shell_words_in_ascii(bool wanted);

/* Edit distance of two short words, for "did you mean". */
unsigned trust_text_distance(const char *a, const char *b);

#endif
