/* SPDX-License-Identifier: MPL-2.0 */
#ifndef IMPORT_CHILD_H
#define IMPORT_CHILD_H

/* core/child.h for those who decode: whatever becomes of the child, the caller gets an answer or an
 * error in words. */

#include "core/base.h"
#include "core/buffer.h"
#include "core/child.h"

struct trust_error;

/* Waited for four times as long as it may use the processor: the machine may be busy. */
#define IMPORT_CHILD_WAIT_MS(seconds) (4 * (seconds)*1000)

/*
 * name        displayable, for messages
 * ret_answer  what the work left in its buffer; secret; trust_buffer_done()
 * Errors: TRUST_INPUT_LIMIT (time or memory), TRUST_BUG (it crashed, or cannot be started),
 * TRUST_INPUT_OPEN (it cannot be started for lack of memory, processes or descriptors),
 * TRUST_NO_LIBRARY (one that it may need is missing)
 */
bool import_child_run(const struct trust_child *child, const char *name,
    struct trust_buffer *ret_answer, struct trust_error *error) TRUST_MUST_CHECK;

#endif
