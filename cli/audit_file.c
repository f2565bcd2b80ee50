/* SPDX-License-Identifier: MPL-2.0 */
/* The report of `trustctl audit` as a file: a page of HTML that loads nothing and runs nothing. */

#include <unistd.h>

#include "cli/audit_report.h"
#include "cli/html.h"
#include "core/audit.h"
#include "core/limits.h"
#include "core/text.h"

#define MAX_HOST_NAME 256

/* Where and when, in a line. */
static void
put_origin(struct trust_buffer *out, const struct cli *cli)
{
	char time[32];
	char host[MAX_HOST_NAME + 1] = "";

	trust_time_format(cli->now, time);
	(void)gethostname(host, MAX_HOST_NAME);
	TRUST_AUTO_FREE char *shown = trust_text_display_string(host);
	TRUST_AUTO_FREE char *line =
	    trust_printf("Made on %s at %s by trustctl " TRUSTCTL_VERSION, shown, time);
	cli_html_element(out, "p", NULL, line);
}

static void
put_findings(struct trust_buffer *out)
{
	cli_html_element(out, "h2", NULL, "What the findings mean");
	trust_buffer_append_text(out, "<dl>\n");
	for (size_t i = 0; i < TRUST_AUDIT_FINDINGS; i++) {
		enum trust_audit_finding finding = (enum trust_audit_finding)i;
		TRUST_AUTO_FREE char *words = trust_printf("It %s.", trust_audit_sentence(finding));
		cli_html_element(out, "dt", NULL, trust_audit_word(finding));
		cli_html_element(out, "dd", NULL, words);
	}
	trust_buffer_append_text(out, "</dl>\n");
}

bool
cli_audit_check_file(const char *path, struct trust_error *error)
{
	if (cli_html_is_named(path))
		return true;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);
	(void)trust_fail(error, TRUST_USAGE, shown,
	    "the report is a page of HTML, and '%s' does not end in .html", shown);
	return trust_hint(error, "for other programs: trustctl audit --csv > FILE, or with --json");
}

bool
cli_audit_save(struct cli *cli, const struct cli_table *table, const struct cli_audit_page *page,
    struct trust_error *error)
{
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, TRUST_MAX_FILE_BYTES);
	cli_html_begin(&out, "Audit of trust");
	put_origin(&out, cli);
	cli_html_lines(&out, "bad", page->warned);
	cli_html_element(&out, "h2", NULL, "Summary");
	cli_html_lines(&out, NULL, page->said);
	cli_html_element(&out, "h2", NULL, "Decisions");
	if (!cli_table_put_html(table, "name",
		"Local decisions about trust, with what the history claims", &out, error))
		return false;
	put_findings(&out);
	cli_html_end(&out);
	return cli_report_save(cli, page->path, &out, page->force, error);
}
