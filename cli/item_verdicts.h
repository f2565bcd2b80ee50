/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_ITEM_VERDICTS_H
#define CLI_ITEM_VERDICTS_H

/* The verdicts of one item for `show`: a line for each usage that suits it, as each store that has
 * it sees it with the built-in roots. `verify` tells the whole of it. */

#include "cli/cli.h"

/*
 * places      the stores asked about; in those that are not `store` the item is looked for
 * item        a certificate of `store`, of which what a verdict on it asks for must have been read
 * ret_unread  set when one of the other stores could not be read, which is told
 */
void cli_put_item_verdicts(struct cli *cli, struct cli_doc *doc, const struct trust_places *places,
    const struct trust_store *store, const struct trust_item *item, bool *ret_unread);

#endif
