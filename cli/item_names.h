/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_ITEM_NAMES_H
#define CLI_ITEM_NAMES_H

/*
 * A nickname is a label and no key: it may mean another item in each store, or none. What several
 * stores mean by one, and what is said where that is nothing.
 */

#include "cli/cli.h"

/* The one item that all of these stores mean by a text, from the first that has it; stores that are
 * NULL are not asked, nor is `last` where it is. ret_item: NULL: none has it. Errors:
 * TRUST_INPUT_AMBIGUOUS where one store means several, or two mean different ones. */
bool cli_pick_same(struct trust_store *const *stores, size_t count, const struct trust_store *last,
    const char *text, const struct trust_item **ret_item,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Before the first of several places is changed: does each text mean the same item in all that have
 * it, and only one? builtin: also of those that have it not; NULL: not. What cannot be read is left
 * to its own failure. Errors as above. */
bool cli_picks_agree(const struct trust_places *places, const struct trust_store *builtin,
    const char *const *texts, size_t count, struct trust_error *error) TRUST_MUST_CHECK;

/* An item was not found: the hint says which other store has it, after a cheap look that asks
 * nobody, else how to find what is like it. Returns false. */
bool cli_hint_near(struct cli *cli, const char *text, struct trust_error *error);
/* The same for one that was looked for in several stores, and at last among the built-in roots: the
 * error names them all. Stores that are NULL were not looked in. Returns false. */
bool cli_not_in_any(struct cli *cli, const char *text, struct trust_store *const *stores,
    size_t count, struct trust_error *error);

#endif
