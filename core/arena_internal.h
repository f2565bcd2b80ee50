/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_ARENA_INTERNAL_H
#define TRUST_ARENA_INTERNAL_H

/* Memory of many small pieces, freed as one. Aligned for anything, and zero. */

#include "core/base.h"

struct trust_arena {
	struct trust_arena_block *newest;
};
void *trust_arena_alloc(struct trust_arena *arena, size_t size) TRUST_MUST_CHECK;
struct trust_bytes trust_arena_copy(
    struct trust_arena *arena, struct trust_bytes bytes) TRUST_MUST_CHECK;
void trust_arena_done(struct trust_arena *arena);

#endif
