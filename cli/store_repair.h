/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_STORE_REPAIR_H
#define CLI_STORE_REPAIR_H

/* One change for each store that removes trust records without certificate, but for distrusts, and
 * certificates that do not decode. */

#include "cli/cli.h"

enum trust_code cli_store_repair(
    struct cli *cli, const struct trust_places *places, struct trust_error *error);

#endif
