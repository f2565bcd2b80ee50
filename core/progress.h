/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_PROGRESS_H
#define TRUST_PROGRESS_H

/*
 * How far long work is, for whoever listens: the command line, at a terminal. Without a listener it
 * costs nothing. A change asks its own request besides (core/change.h).
 */

#include <stdbool.h>
#include <stddef.h>

/* what: a string that stays, the same one for each step; NULL: that work is over. total 0: nobody
 * knows it before. */
typedef void trust_progress_listener(const char *what, size_t done, size_t total);

/* NULL: nobody, as at the start. */
void trust_progress_listen(trust_progress_listener *listener);
bool trust_progress_is_wanted(void);
void trust_progress_tell(const char *what, size_t done, size_t total);
/* The same of bytes; what is of MiB: "MiB written". */
void trust_progress_tell_bytes(const char *what, size_t done, size_t total);
void trust_progress_end(void);

#endif
