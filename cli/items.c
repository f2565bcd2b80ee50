/* SPDX-License-Identifier: MPL-2.0 */
/* Words about items that several reading commands share. */

#include "cli/items.h"

#include <string.h>
#include <sys/stat.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/oid.h"

char *
cli_purposes(const struct trust_cert *cert)
{
	const struct trust_extension *extension =
	    trust_cert_extension(cert, TRUST_OID_EXTENDED_KEY_USAGE);
	struct trust_der list;
	struct trust_der_element oid;
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, 65536);
	if (!extension)
		return trust_strdup("");
	struct trust_der der = trust_der_init(extension->value);
	if (!trust_der_enter(&der, TRUST_DER_SEQUENCE, &list))
		return trust_strdup("(malformed)");
	while (trust_der_expect(&list, TRUST_DER_OID, &oid)) {
		TRUST_AUTO_FREE char *words = trust_oid_display(oid.content);
		trust_buffer_printf(&out, "%s%s", out.size ? ", " : "", words);
	}
	return trust_buffer_take(&out);
}

char *
cli_trust_words(const struct trust_store *store, const struct trust_item *item)
{
	TRUST_AUTO_FREE char *words = trust_states_words(trust_item_states(store, item));

	switch (trust_item_states_seal(store, item)) {
	case TRUST_SEAL_TAMPERED:
		return trust_printf("%s (record tampered with)", words);
	case TRUST_SEAL_UNVERIFIED:
		return trust_printf("%s (?)", words);
	default:
		break;
	}
	if (trust_item_disagrees(item))
		return trust_printf("%s (programs disagree)", words);
	return trust_steal(&words);
}

char *
cli_expiry_words(const struct cli *cli, const struct trust_cert *cert)
{
	char time[32];

	if (!cli->global.csv)
		return trust_time_expiry_words(cert->not_before, cert->not_after, cli->now);
	trust_time_format(cert->not_after, time);
	return trust_strdup(time);
}

char *
cli_expires_words(const struct trust_cert *cert, struct trust_time at)
{
	TRUST_AUTO_FREE char *words =
	    trust_time_expiry_words(cert->not_before, cert->not_after, at);

	return strncmp(words, "in ", 3) == 0 ? trust_printf("expires %s", words)
					     : trust_steal(&words);
}

bool
cli_names_file(const char *text)
{
	struct stat status;
	return strchr(text, '/') || strcmp(text, "-") == 0 || stat(text, &status) == 0;
}

char *
cli_verdict_usages(struct trust_court *court, const struct trust_cert *cert, struct trust_time at,
    enum trust_reason *ret_reason)
{
	TRUST_AUTO_BUFFER out;
	enum trust_reason reason = TRUST_REASON_NONE;
	bool undetermined = false;

	trust_buffer_init(&out, 4096);
	for (int usage = 0; usage < TRUST_USAGES; usage++) {
		const struct trust_question question = {
			.cert = cert,
			.usage = (enum trust_usage)usage,
			.at = at,
		};
		TRUST_AUTO(trust_verdict) *verdict = trust_court_ask(court, &question);
		if (verdict->answer == TRUST_ANSWER_TRUSTED)
			trust_buffer_printf(&out, "%s%s", out.size ? ", " : "",
			    trust_usage_word((enum trust_usage)usage));
		undetermined = undetermined || verdict->answer == TRUST_ANSWER_UNDETERMINED;
		/* A usage that the certificate is not made for says less than the others. */
		if (reason == TRUST_REASON_NONE || reason == TRUST_REASON_PURPOSE)
			reason = verdict->reason;
	}
	*ret_reason = out.size ? TRUST_REASON_NONE : undetermined ? TRUST_REASON_BUDGET : reason;
	return trust_buffer_take(&out);
}
