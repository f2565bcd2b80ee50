/* SPDX-License-Identifier: MPL-2.0 */
/* Findings, for `verify` and `show`: what, how grave, by which source, and whose job it is. */

#include "cli/plan.h"
#include "cli/verify_report.h"
#include "core/cert.h"

void
cli_put_findings(struct cli_doc *doc, const struct trust_place *place, const char *title,
    const struct trust_findings *findings)
{
	cli_doc_begin_list(doc, findings->count ? title : NULL, "findings");
	for (size_t i = 0; i < findings->count; i++) {
		const struct trust_finding *finding = &findings->list[i];
		TRUST_AUTO_FREE char *id =
		    finding->cert ? trust_hex(finding->cert->id, TRUST_SHA256_BYTES) : NULL;
		const char *severity = trust_severity_word(finding->severity);
		const char *whose = trust_whose_words(finding->whose);
		TRUST_AUTO_FREE char *remedy = place != NULL && finding->remedy != NULL
		    ? cli_remedy_for(place, finding->remedy)
		    : trust_strdup(finding->remedy);
		cli_doc_begin(doc, NULL, "finding");
		cli_doc_text(doc, NULL, "finding", finding->word);
		cli_doc_text(doc, NULL, "severity", severity);
		cli_doc_text(doc, NULL, "id", id);
		cli_doc_text(doc, NULL, "sentence", finding->sentence);
		cli_doc_text(doc, NULL, "source", finding->source);
		cli_doc_text(doc, NULL, "remedy", remedy);
		cli_doc_text(doc, NULL, "whose", whose);
		cli_doc_end(doc);
		/* The verdict's sentence has told the names. */
		if (finding->id == TRUST_FINDING_NAMES_THAT_MATCH)
			continue;
		if (finding->severity == TRUST_SEVERITY_NOTE)
			cli_doc_line(doc, "note: %s", finding->sentence);
		else
			cli_doc_line(
			    doc, "%s: %s (%s: %s)", severity, finding->sentence, whose, remedy);
	}
	cli_doc_end_list(doc);
}
