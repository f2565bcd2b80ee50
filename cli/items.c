/* SPDX-License-Identifier: MPL-2.0 */
/* Words about items that several reading commands share. */

#include "cli/items.h"

#include <string.h>
#include <sys/stat.h>

#include "cli/plan.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/place.h"
#include "core/text.h"

bool
cli_not_in_any(struct cli *cli, const char *text, struct trust_store *const *stores, size_t count,
    struct trust_error *error)
{
	TRUST_AUTO_BUFFER names;
	const struct trust_store *builtin = cli_builtin(cli);
	const char *rest = error->hint ? strchr(error->hint, ';') : NULL;
	size_t found = 0;

	trust_buffer_init(&names, TRUST_MAX_FILE_BYTES);
	for (size_t i = 0; i <= count; i++) {
		const struct trust_store *store = i < count ? stores[i] : builtin;
		if (!store)
			continue;
		TRUST_AUTO_FREE char *name = cli_place_words(trust_store_place(store));
		trust_buffer_printf(&names, "%s'%s'", found++ ? ", " : "", name);
		if (trust_store_place(store)->kind == TRUST_PLACE_BUILTIN)
			builtin = NULL;
	}
	if (error->code != TRUST_INPUT_NOT_FOUND || found < 2)
		return false;
	const char *asked = cli->global.store ? cli->global.store : "all";
	TRUST_AUTO_FREE char *shown = trust_text_display_string(text);
	TRUST_AUTO_FREE char *word = trust_shell_word(asked);
	TRUST_AUTO_FREE char *hint =
	    trust_printf("trustctl list --store %s shows what is there%s", word, rest ? rest : "");
	trust_fail(error, TRUST_INPUT_NOT_FOUND, shown, "no item '%s' in the stores %s", shown,
	    (const char *)names.data);
	return trust_hint(error, "%s", hint);
}

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
