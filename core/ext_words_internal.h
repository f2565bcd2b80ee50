/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_EXT_WORDS_INTERNAL_H
#define TRUST_EXT_WORDS_INTERNAL_H

#include "core/cert.h"

struct trust_lines {
	char **list; /* owned, displayable */
	size_t count;
	size_t total; /* how many there would be without a limit */
};
void trust_lines_done(struct trust_lines *lines);

enum trust_extension_words {
	TRUST_EXTENSION_KNOWN,
	TRUST_EXTENSION_UNKNOWN,
	TRUST_EXTENSION_WRONG, /* known, but does not decode */
};
/* ret_lines is set for KNOWN only. */
enum trust_extension_words trust_extension_lines(
    const struct trust_extension *extension, struct trust_lines *ret_lines);

#endif
