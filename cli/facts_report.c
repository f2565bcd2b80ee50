/* SPDX-License-Identifier: MPL-2.0 */
/* A certificate in words, for `show`; see facts_report.h. */

#include "cli/facts_report.h"

#include <string.h>

#include "core/cert.h"
#include "core/oid.h"
#include "core/time.h"

/* What the sections Names and Usages tell of an extension is not told again among them. */
static const struct {
	const char *name; /* of the fact there */
	const char *oid;
} told_extensions[] = {
	{ "name", TRUST_OID_SUBJECT_ALT_NAME },
	{ "authority", TRUST_OID_BASIC_CONSTRAINTS },
	{ "key usage", TRUST_OID_KEY_USAGE },
	{ "purpose", TRUST_OID_EXTENDED_KEY_USAGE },
	{ "limited to names", TRUST_OID_NAME_CONSTRAINTS },
};

static bool
is_told(const struct trust_fact *fact)
{
	for (size_t i = 0; fact->oid && i < TRUST_COUNT(told_extensions); i++)
		if (strcmp(fact->oid, told_extensions[i].oid) == 0)
			return !fact->wrong && strcmp(fact->value, "(empty)") != 0;
	return false;
}

static bool
is_critical(const struct trust_cert *cert, const struct trust_fact *fact)
{
	for (size_t i = 0; !fact->oid && i < TRUST_COUNT(told_extensions); i++) {
		if (strcmp(fact->name, told_extensions[i].name) != 0)
			continue;
		const struct trust_extension *extension =
		    trust_cert_extension(cert, told_extensions[i].oid);
		return extension && extension->critical;
	}
	return fact->critical;
}

static void
put_fact_line(struct cli *cli, struct cli_doc *doc, const struct trust_cert *cert,
    const struct trust_fact *fact)
{
	TRUST_AUTO_FREE char *label =
	    trust_printf("  %s%s", fact->name, is_critical(cert, fact) ? " (critical)" : "");

	if (strcmp(fact->name, "not after") != 0) {
		cli_doc_text(doc, label, NULL, fact->value);
		return;
	}
	TRUST_AUTO_FREE char *words =
	    trust_time_expiry_words(cert->not_before, cert->not_after, cli->now);
	TRUST_AUTO_FREE char *value = trust_printf("%s (%s)", fact->value, words);
	cli_doc_text(doc, label, NULL, value);
}

void
cli_put_facts(struct cli *cli, struct cli_doc *doc, const struct trust_cert *cert)
{
	TRUST_AUTO(trust_facts) *facts = trust_cert_facts(cert);
	const char *section = NULL;

	cli_doc_begin_list(doc, "", "facts");
	for (size_t i = 0; i < facts->count; i++) {
		const struct trust_fact *fact = &facts->facts[i];
		cli_doc_begin(doc, NULL, "fact");
		cli_doc_text(doc, NULL, "section", fact->section);
		cli_doc_text(doc, NULL, "name", fact->name);
		cli_doc_text(doc, NULL, "value", fact->value);
		if (fact->oid) {
			cli_doc_text(doc, NULL, "oid", fact->oid);
			cli_doc_bool(doc, NULL, "critical", fact->critical);
		}
		if (fact->wrong)
			cli_doc_bool(doc, NULL, "wrong", true);
		cli_doc_end(doc);
		if (is_told(fact))
			continue;
		if (!section || strcmp(section, fact->section) != 0) {
			section = fact->section;
			cli_doc_line(doc, "%s", section);
		}
		put_fact_line(cli, doc, cert, fact);
	}
	cli_doc_end_list(doc);
}
