/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

/* What `trustctl show FILE` says of a file beyond its parts: how it is protected, which programs
 * can read it, whether its identities are complete, and what importing it would do. */

#include "cli/cli.h"

struct import_file;

/* Known without any password. */
void cli_doctor_protection(struct cli_doc *doc, const struct import_file *file);
/* Known of what was decoded: identities with their chains, keys without certificate. */
void cli_doctor_identities(struct cli_doc *doc, const struct import_file *file);
/* With the store that --store names, or the user's. */
void cli_doctor_import(struct cli *cli, struct cli_doc *doc, const struct import_file *file);

#endif
