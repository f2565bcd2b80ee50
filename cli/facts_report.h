/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_FACTS_REPORT_H
#define CLI_FACTS_REPORT_H

/* All facts of a certificate: programs get each as it is, people see what two sections say once. */

#include "cli/cli.h"

void cli_put_facts(struct cli *cli, struct cli_doc *doc, const struct trust_cert *cert);

#endif
