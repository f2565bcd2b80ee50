/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_ITEM_VERDICTS_H
#define CLI_ITEM_VERDICTS_H

/* The verdict of one item for `show`: a line for each usage that suits it, as its store sees it
 * with the built-in roots. `verify` tells the whole of it. */

#include "cli/cli.h"

/*
 * item   a certificate of `store`, which may have been read for this item alone; where the answer
 *        hangs on others, they are read here
 *
 * Errors: those of trust_store_open().
 */
bool cli_put_item_verdicts(struct cli *cli, struct cli_doc *doc, const struct trust_store *store,
    const struct trust_item *item, struct trust_error *error) TRUST_MUST_CHECK;

#endif
