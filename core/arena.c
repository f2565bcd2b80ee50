/* SPDX-License-Identifier: MPL-2.0 */
/* Memory of many small pieces; see arena_internal.h. */

#include <string.h>

#include "core/arena_internal.h"

struct trust_arena_block {
	struct trust_arena_block *older;
	size_t used;
	size_t size;
	uint8_t bytes[];
};
#define ARENA_BLOCK 65536

void *
trust_arena_alloc(struct trust_arena *arena, size_t size)
{
	struct trust_arena_block *block = arena->newest;
	size_t aligned = (size + 7) & ~(size_t)7;

	if (!block || block->size - block->used < aligned) {
		size_t room = aligned > ARENA_BLOCK ? aligned : ARENA_BLOCK;
		block = trust_grow_array(NULL, 1, sizeof *block + room);
		*block = (struct trust_arena_block){ .older = arena->newest, .size = room };
		arena->newest = block;
	}
	void *memory = block->bytes + block->used;
	block->used += aligned;
	memset(memory, 0, size);
	return memory;
}

struct trust_bytes
trust_arena_copy(struct trust_arena *arena, struct trust_bytes bytes)
{
	if (bytes.size == 0)
		return (struct trust_bytes){ 0 };
	uint8_t *copy = trust_arena_alloc(arena, bytes.size);
	memcpy(copy, bytes.data, bytes.size);
	return (struct trust_bytes){ copy, bytes.size };
}

void
trust_arena_done(struct trust_arena *arena)
{
	while (arena->newest) {
		struct trust_arena_block *older = arena->newest->older;
		trust_free(arena->newest);
		arena->newest = older;
	}
}
