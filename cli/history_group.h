/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_HISTORY_GROUP_H
#define CLI_HISTORY_GROUP_H

/* A change of a store's history, and what its command changed in other stores, undone together. */

#include "cli/cli.h"

struct trust_history_entry;
struct trust_place;

/* The change that the operand names. Errors: TRUST_USAGE. */
bool cli_change_number(
    const struct cli *cli, int64_t *ret_number, struct trust_error *error) TRUST_MUST_CHECK;

typedef void cli_history_visit(
    void *context, const struct trust_place *place, const struct trust_history_entry *entry);

/*
 * Visit the changes that the command of `entry`, one of the store `here`, made in the machine's
 * other stores, also those undone since. Returns how many stores may have one and cannot be read,
 * each of which is warned of.
 */
size_t cli_history_group(struct cli *cli, const struct trust_place *here,
    const struct trust_history_entry *entry, cli_history_visit *visit, void *context);

#endif
