/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_PERSONAL_H
#define CLI_PERSONAL_H

/* What a personal certificate is good for, and what a mail program makes of it: `import` and
 * `identity check` say the same. */

#include "cli/cli.h"
#include "core/verdict.h"

/* By its purposes, key usage and addresses. */
struct cli_uses {
	bool websites; /* TLS client authentication */
	bool sign;     /* S/MIME, as the next one */
	bool open;     /* what others encrypt for it */
};
struct cli_uses cli_uses_of(const struct trust_cert *cert);
bool cli_uses_mail(const struct cli_uses *uses); /* for either */

/* Is it made for signing mail, and kept from that in this store? letter: the verdict for e-mail. */
bool cli_mail_is_kept(const struct cli_uses *uses, const struct trust_verdict *letter);
/* "cannot sign mail with it: ", and the one reason. Owned by the caller. */
char *cli_mail_words(
    const struct cli_uses *uses, const struct trust_verdict *letter) TRUST_MUST_CHECK;
/* What lets it sign, in a store at this place; owned by the caller; NULL: nothing keeps it from
 * that, or no command helps. */
char *cli_mail_remedy(const struct trust_place *place, const struct cli_uses *uses,
    const struct trust_verdict *letter) TRUST_MUST_CHECK;

#endif
