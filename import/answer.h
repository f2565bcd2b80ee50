/* SPDX-License-Identifier: MPL-2.0 */
#ifndef IMPORT_ANSWER_H
#define IMPORT_ANSWER_H

/*
 * What a decoding child says to its parent: a decoded file, or why there is none. The parent
 * believes nothing of it: texts are made displayable once more, certificates decoded once more, and
 * what it can know by itself (name, digest, the format's name) is not sent.
 */

#include "core/base.h"
#include "core/buffer.h"
#include "core/error.h"
#include "import/import.h"

/* file: also when there is an error, for its protection. error: TRUST_OK when it was decoded. */
void import_answer_put(
    struct trust_buffer *out, const struct import_file *file, const struct trust_error *error);
/*
 * ret_file  zeroed, gets format, parts, protection and notes; of an error, what was known
 * Errors: those of the child, which are TRUST_INPUT_...; TRUST_BUG when it makes no sense.
 */
bool import_answer_read(struct trust_bytes answer, struct import_file *ret_file,
    struct trust_error *error) TRUST_MUST_CHECK;

#endif
