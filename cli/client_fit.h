/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_CLIENT_FIT_H
#define CLI_CLIENT_FIT_H

/* Does a personal certificate come from a CA that the server asked for? */

#include "cli/cli.h"
#include "core/probe.h"

/*
 * names   those the server sent; none: any will do
 * store   where the CAs above are looked for, and in others; may be NULL
 */
bool cli_client_fits(const struct trust_probe_blobs *names, const struct trust_store *store,
    const struct trust_cert *const *others, size_t other_count, const struct trust_cert *cert);
const char *cli_client_asked(const struct trust_probe_tls *tls); /* static: "required" */
/* Into the open record: whether the server asked, and for which CAs. */
void cli_put_client_wish(struct cli_doc *doc, const struct trust_probe_tls *tls);

#endif
