/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_AUDIT_REPORT_H
#define CLI_AUDIT_REPORT_H

/* The table of `trustctl audit`. What nobody knows is "unknown" for people and null for
 * programs. */

#include "cli/cli.h"

struct trust_audit_entry;

extern const struct cli_column cli_audit_columns[]; /* ends with a NULL name */
struct cli_table *cli_audit_table(struct cli *cli) TRUST_MUST_CHECK;
void cli_audit_row(struct cli *cli, struct cli_table *table, const struct trust_store *store,
    const struct trust_audit_entry *entry);

#endif
