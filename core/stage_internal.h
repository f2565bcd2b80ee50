/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_STAGE_INTERNAL_H
#define TRUST_STAGE_INTERNAL_H

/*
 * The private copy of a store on which a change is worked out: a 0700 directory in memory
 * ($XDG_RUNTIME_DIR or /dev/shm; beside the store where memory cannot hold it) with two copies of
 * cert9.db and key4.db: `base` as it was taken, `work` for NSS. A lock on the directory's lock file
 * lives as long as the process, so that the next run can tell a crashed one's remains from a living
 * one's and removes them.
 */

#include <sys/types.h>
#include <time.h>

#include "core/base.h"
#include "core/preflight.h"

struct trust_error;
struct trust_place;

/* Which file it was, and its last change: by these a file put in place of the copied one is
 * noticed, whose change counter may happen to be the same. */
struct trust_stamp {
	dev_t device;
	ino_t inode;
	struct timespec changed;
};
bool trust_stamp_read(const char *path, struct trust_stamp *ret_stamp) TRUST_MUST_CHECK;
bool trust_stamp_equal(const struct trust_stamp *a, const struct trust_stamp *b);

struct trust_stage {
	char *dir;  /* owned */
	char *base; /* owned: dir/base */
	char *work; /* owned: dir/work */
	int lock_fd;
	uint32_t cert_counter; /* the live files' change counters when they were copied */
	uint32_t key_counter;
	struct trust_stamp cert_stamp;
	struct trust_stamp key_stamp;
	bool recovered; /* an interrupted writer's journal was rolled back in the live store */
};

/*
 * Copy the live store, where there is room for the copies and for added_bytes of certificates more.
 * Opens the live files read-write, which rolls a hot journal back, as a writing
 * command must before anything else.
 */
bool trust_stage_create(const struct trust_place *place, const struct trust_preflight *found,
    uint64_t added_bytes, struct trust_stage **ret_stage,
    struct trust_error *error) TRUST_MUST_CHECK;
void trust_stage_free(struct trust_stage *stage);
TRUST_DEFINE_AUTO(trust_stage, trust_stage_free)

/* NSS says of a full disk nothing at all; this tells. */
bool trust_stage_is_full(const struct trust_stage *stage);

/* An empty private directory of the same kind, without copies. */
bool trust_stage_directory(const char *beside, uint64_t needed_bytes,
    struct trust_stage **ret_stage, struct trust_error *error) TRUST_MUST_CHECK;

/* Where a file of a store's directory is; a journal of a database that is a symbolic link is beside
 * its target. Owned by the caller. */
char *trust_stage_source(const char *directory, const char *name) TRUST_MUST_CHECK;
/* Copy one file of a directory into the stage's work directory as it is; none is no error. For
 * databases with a hot journal, which SQLite must not be let near: a journal's copy names no
 * super-journal, and there is none where SQLite would not roll it back. Closes a descriptor of the
 * file: no connection of ours may be open to it. */
bool trust_stage_take(struct trust_stage *stage, const char *directory, const char *name,
    struct trust_error *error) TRUST_MUST_CHECK;

/* Remove all stages of this process, by calls alone that a signal handler may make. */
void trust_stage_abandon(void);

/* What crashed runs left in the places where stages are made; `function` may remove it. */
void trust_stage_each_leftover(
    const char *beside, void (*function)(const char *dir, void *context), void *context);
/* Remove it. */
void trust_stage_sweep(const char *beside);

#endif
