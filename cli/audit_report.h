/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_AUDIT_REPORT_H
#define CLI_AUDIT_REPORT_H

/* The table of `trustctl audit`, and its report as a file. What nobody knows is "unknown" for
 * people and null for programs. */

#include "cli/cli.h"

struct trust_audit_entry;

extern const struct cli_column cli_audit_columns[]; /* ends with a NULL name */
struct cli_table *cli_audit_table(struct cli *cli) TRUST_MUST_CHECK;
void cli_audit_row(struct cli *cli, struct cli_table *table, const struct trust_store *store,
    const struct trust_audit_entry *entry);

struct cli_audit_page {
	const char *path;
	bool force;         /* replace the file that is there */
	const char *said;   /* lines, displayable: the summary */
	const char *warned; /* likewise: what went wrong, and what it was to fail on */
};
/* A page of HTML has a name that says so; known before stores are read. TRUST_USAGE else. */
bool cli_audit_check_file(const char *path, struct trust_error *error) TRUST_MUST_CHECK;
/* Write the page, with the table's columns and order. Errors: as cli_report_save(). */
bool cli_audit_save(struct cli *cli, const struct cli_table *table,
    const struct cli_audit_page *page, struct trust_error *error) TRUST_MUST_CHECK;

#endif
