/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_PREFLIGHT_INTERNAL_H
#define TRUST_PREFLIGHT_INTERNAL_H

/* What preflight.c, running.c and the checks of a store share, and a preflight that waits as long
 * as it is told. */

#include <sys/types.h>

#include "core/preflight.h"

bool trust_preflight_within(const struct trust_place *place, enum trust_preflight_for purpose,
    bool allow_foreign, int wait_ms, struct trust_preflight *ret_found,
    struct trust_error *error) TRUST_MUST_CHECK;

/* By its header. Keeps the locks that this process has on it. */
bool trust_db_in_wal_mode(const char *path);
/* Has the database of this name a journal that nobody is writing, with something in it? Its writer
 * died. Keeps the locks likewise. */
bool trust_journal_is_hot(const char *directory, const char *name);

/* A user's name, or "user 1234"; owned by the caller, displayable. */
char *trust_user_words(uid_t uid) TRUST_MUST_CHECK;

/* "firefox-esr"; "another program" when it cannot be told. Owned by the caller, displayable. */
char *trust_program_name(long pid) TRUST_MUST_CHECK;

#endif
