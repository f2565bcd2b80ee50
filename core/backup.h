/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_BACKUP_H
#define TRUST_BACKUP_H

/*
 * A store as one file: cert9.db as it is, key4.db and trustctl.db encrypted with a password of the
 * file, all three as they were at one moment. The format, integers big-endian:
 *
 *   "trustctl backup 1\n"
 *   u64 seconds since 1970; u32 length and name of the store
 *   u64 length and cert9.db
 *   u32 PBKDF2 rounds (HMAC-SHA-256); 16 bytes of salt; 12 bytes of nonce
 *   u64 length and what AES-256-GCM makes of: u64 length and key4.db, u64 length and trustctl.db
 *   16 bytes of tag
 *
 * All that stands before the encrypted part is authenticated by the tag.
 */

#include "core/base.h"
#include "core/buffer.h"
#include "core/secret.h"
#include "core/time.h"

struct trust_error;
struct trust_place;

/* Snapshot of a store in one read transaction; each copy is checked by SQLite. ret_file:
 * initialised on success only, done by the caller. Errors: those of trust_preflight(),
 * TRUST_STORE_DAMAGED (what is damaged is not backed up), TRUST_STORE_LOCKED, TRUST_INPUT_LIMIT
 * (more than fits a file: 1 GiB). */
bool trust_backup_make(const struct trust_place *place, const struct trust_secret *password,
    struct trust_buffer *ret_file, struct trust_error *error) TRUST_MUST_CHECK;

/* A backup, unpacked into a private directory in memory that goes with it. */
struct trust_backup {
	char *store;               /* owned, displayable: how the store was called */
	struct trust_time time;    /* when it was made */
	char *directory;           /* borrowed from stage */
	struct trust_stage *stage; /* owned */
};

/* A file whole, also one larger than what is imported. Errors: TRUST_INPUT_OPEN,
 * TRUST_INPUT_LIMIT. */
bool trust_backup_read(
    const char *path, struct trust_secret **ret_bytes, struct trust_error *error) TRUST_MUST_CHECK;
bool trust_backup_is(struct trust_bytes file);
/* name: displayable, for messages. Errors: TRUST_INPUT_MALFORMED, TRUST_INPUT_LIMIT,
 * TRUST_INPUT_PASSWORD (wrong, or the file was altered: one cannot tell), TRUST_STORE_FULL (no room
 * to unpack it), TRUST_STORE_DAMAGED (what was unpacked). */
bool trust_backup_open(const char *name, struct trust_bytes file,
    const struct trust_secret *password, struct trust_backup **ret_backup,
    struct trust_error *error) TRUST_MUST_CHECK;
void trust_backup_free(struct trust_backup *backup);
TRUST_DEFINE_AUTO(trust_backup, trust_backup_free)

#endif
