/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_ITEMS_H
#define CLI_ITEMS_H

/* Words about items that several reading commands share; all displayable, all owned by the
 * caller. */

#include "cli/cli.h"
#include "core/verdict.h"

/* "TLS server, e-mail"; empty without the extension. */
char *cli_purposes(const struct trust_cert *cert) TRUST_MUST_CHECK;
/* The trust of an item for a list: words, "?" when its signature was not checked, "tampered". */
char *cli_trust_words(
    const struct trust_store *store, const struct trust_item *item) TRUST_MUST_CHECK;
/* When a certificate expires, for a list: in words; in CSV, which programs compare, as a time. */
char *cli_expiry_words(const struct cli *cli, const struct trust_cert *cert) TRUST_MUST_CHECK;
/* "expires in 2 years", "expired 3 days ago", "not yet valid", as seen at that time. Owned by the
 * caller. */
char *cli_expires_words(const struct trust_cert *cert, struct trust_time at) TRUST_MUST_CHECK;
/* Does an operand "ITEM|FILE" mean a file: "-", something with a slash, or one that exists? */
bool cli_names_file(const char *text);

/* "tls-server, email": usages for which a path to an anchor is found; else "" and the reason. Owned
 * by the caller. */
char *cli_verdict_usages(struct trust_court *court, const struct trust_cert *cert,
    struct trust_time at, enum trust_reason *ret_reason) TRUST_MUST_CHECK;

#endif
