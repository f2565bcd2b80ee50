/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_DIAGNOSE_REPORT_H
#define CLI_DIAGNOSE_REPORT_H

/* What `trustctl diagnose` says: on the terminal, as JSON, and in a file to send to support. */

#include "cli/diagnose_input.h"

/* Everything, for people and programs. */
void cli_diagnose_put(struct cli *cli, struct cli_doc *doc, const struct cli_diagnose *diagnose,
    const struct trust_diagnosis *diagnosis);
/*
 * The report of --report: HTML when the file's name says so, else text. Self-contained; the missing
 * intermediate and the chain as sent are attached as PEM.
 *
 * words  what people were shown
 * Errors: those of export_save().
 */
bool cli_diagnose_save(struct cli *cli, const char *words, const struct cli_diagnose *diagnose,
    const struct trust_diagnosis *diagnosis, struct trust_error *error) TRUST_MUST_CHECK;

#endif
