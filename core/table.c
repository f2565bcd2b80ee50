/* SPDX-License-Identifier: MPL-2.0 */
/* Numbers found again by a hash. */

#include <string.h>

#include "core/table_internal.h"

struct trust_table_index
trust_table_new(size_t count)
{
	struct trust_table_index table = { .size = 16 };

	while (table.size < 2 * count + 2)
		table.size *= 2;
	table.slots = trust_alloc_array(table.size, sizeof *table.slots);
	return table;
}

void
trust_table_done(struct trust_table_index *table)
{
	trust_free(table->slots);
	*table = (struct trust_table_index){ 0 };
}

void
trust_table_put(struct trust_table_index *table, uint64_t hash, size_t number)
{
	size_t at = (size_t)hash & (table->size - 1);

	while (table->slots[at].number)
		at = (at + 1) & (table->size - 1);
	table->slots[at] =
	    (struct trust_table_slot){ (uint32_t)number + 1, (uint32_t)(hash >> 32) };
}

int64_t
trust_table_find(const struct trust_table_index *table, uint64_t hash, size_t *at)
{
	if (table->size == 0)
		return -1;
	*at = *at == TRUST_TABLE_START ? (size_t)hash & (table->size - 1)
				       : (*at + 1) & (table->size - 1);
	for (; table->slots[*at].number; *at = (*at + 1) & (table->size - 1))
		if (table->slots[*at].tag == (uint32_t)(hash >> 32))
			return (int64_t)table->slots[*at].number - 1;
	return -1;
}

/* Eight bytes at a time; multiplied by an odd number, whose high bits reach the low ones by the
 * shift. */
static uint64_t
mix(uint64_t hash, struct trust_bytes bytes)
{
	uint64_t word = 0;
	size_t i = 0;

	for (; i + sizeof word <= bytes.size; i += sizeof word) {
		memcpy(&word, bytes.data + i, sizeof word);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	word = bytes.size;
	for (; i < bytes.size; i++)
		word = word << 8 | bytes.data[i];
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

#define START UINT64_C(1469598103934665603)

uint64_t
trust_hash_bytes(struct trust_bytes bytes)
{
	return mix(START, bytes);
}

uint64_t
trust_hash_number(uint32_t number)
{
	uint64_t hash = number * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

uint64_t
trust_hash_pair(struct trust_bytes a, struct trust_bytes b)
{
	return mix(mix(START, a), b);
}

uint64_t
trust_hash_id(const uint8_t *id)
{
	uint64_t hash;
	memcpy(&hash, id, sizeof hash);
	return hash;
}
