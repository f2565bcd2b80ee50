/* SPDX-License-Identifier: MPL-2.0 */
/* What a personal certificate is good for; see personal.h. */

#include "cli/personal.h"

#include "cli/plan.h"
#include "core/cert.h"
#include "core/oid.h"

static bool
allows_use(const struct trust_cert *cert, unsigned any_of)
{
	return !cert->has_key_usage || (cert->key_usage & any_of);
}

struct cli_uses
cli_uses_of(const struct trust_cert *cert)
{
	TRUST_AUTO(trust_names) *emails = trust_cert_emails(cert);
	bool client = trust_cert_allows_purpose(cert, TRUST_OID_CLIENT_AUTH);
	bool mail =
	    trust_cert_allows_purpose(cert, TRUST_OID_EMAIL_PROTECTION) && emails->count > 0;

	return (struct cli_uses){
		.websites =
		    client && allows_use(cert, TRUST_KU_DIGITAL_SIGNATURE | TRUST_KU_KEY_AGREEMENT),
		.sign =
		    mail && allows_use(cert, TRUST_KU_DIGITAL_SIGNATURE | TRUST_KU_NON_REPUDIATION),
		.open =
		    mail && allows_use(cert, TRUST_KU_KEY_ENCIPHERMENT | TRUST_KU_KEY_AGREEMENT),
	};
}

bool
cli_uses_mail(const struct cli_uses *uses)
{
	return uses->sign || uses->open;
}

bool
cli_mail_is_kept(const struct cli_uses *uses, const struct trust_verdict *letter)
{
	return uses->sign && letter->answer != TRUST_ANSWER_TRUSTED;
}

char *
cli_mail_words(const struct cli_uses *uses, const struct trust_verdict *letter)
{
	if (cli_mail_is_kept(uses, letter))
		return trust_printf("cannot sign mail with it: %s", letter->sentence);
	return trust_strdup(uses->sign
		? "can sign mail with it"
		: "opens mail that is encrypted for it; it is not made for signing");
}

char *
cli_mail_remedy(const struct trust_place *place, const struct cli_uses *uses,
    const struct trust_verdict *letter)
{
	return cli_mail_is_kept(uses, letter) && letter->remedy
	    ? cli_remedy_for(place, letter->remedy)
	    : NULL;
}
