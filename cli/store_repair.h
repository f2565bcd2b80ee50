/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_STORE_REPAIR_H
#define CLI_STORE_REPAIR_H

/* One change for each store that removes trust records without certificate, but for distrusts, and
 * certificates that do not decode; then what remains is told, and the answer is no where that is an
 * error or a warning. */

#include "cli/cli.h"

/* keys: as in struct trust_check_options */
enum trust_code cli_store_repair(
    struct cli *cli, const struct trust_places *places, bool keys, struct trust_error *error);

#endif
