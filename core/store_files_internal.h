/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_STORE_FILES_INTERNAL_H
#define TRUST_STORE_FILES_INTERNAL_H

/*
 * What the files of a store may be where somebody else wrote them, before SQLite opens them: pipes
 * and devices, links, and journals that name a file for SQLite to remove.
 *
 * A change of several databases has a super-journal, whose path is the end of each one's journal.
 * Who rolls such a journal back removes the file of that name, whatever it is.
 */

#include <sys/types.h>

#include "core/base.h"

struct trust_error;

/* SQLite's own ends of names beside a database: "-journal", "-wal", "-shm". */
#define TRUST_BESIDE_COUNT 3
extern const char *const trust_beside[TRUST_BESIDE_COUNT];

/* What is there and no regular file, of a database and of what SQLite opens beside it: opening it
 * could wait for ever, or do something. A database may be a link, as for SQLite; what is beside it
 * may not. NULL: nothing is. Owned by the caller. */
char *trust_odd_file(const char *database) TRUST_MUST_CHECK;
/* The same as an error: TRUST_STORE_NOT_DATABASE. */
bool trust_files_are_regular(const char *database, struct trust_error *error) TRUST_MUST_CHECK;

/* The super-journal that a journal names, by SQLite's rules; NULL: none. Owned by the caller. */
char *trust_super_journal_of(int journal_fd) TRUST_MUST_CHECK;
/* Is it there for SQLite, so that it rolls the journal back? */
bool trust_super_journal_exists(const char *path);
/* Make a journal, a copy of ours, name none: SQLite rolls it back, and removes nothing. */
bool trust_super_journal_wipe(int journal_fd) TRUST_MUST_CHECK;

/* The super-journal that a database's journal names and that is none of this store's changes: one
 * of a store that was moved, or a trap. NULL: there is none. Owned by the caller. */
char *trust_foreign_super_journal(const char *directory, const char *database) TRUST_MUST_CHECK;
/* Before the databases of a store are opened to be written, which rolls journals back:
 * TRUST_STORE_JOURNAL. */
bool trust_journals_are_own(const char *directory, struct trust_error *error) TRUST_MUST_CHECK;

/* A link on the way to a file that neither this user nor root made leads where its owner likes.
 * The whole way counts, also links that links lead to. */
bool trust_has_foreign_link(const char *path, uid_t *ret_owner);

#endif
