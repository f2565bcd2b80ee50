/* SPDX-License-Identifier: MPL-2.0 */
/* Self-contained pages of HTML; see html.h. */

#include "cli/html.h"

#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "export/export.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>body{font-family:sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "pre{background:#eee;padding:1em;overflow-x:auto;white-space:pre-wrap}"
    "table{border-collapse:collapse}caption{text-align:left;font-weight:bold}"
    "th,td{border:1px solid #767676;padding:.3em .5em;text-align:left;vertical-align:top;"
    "min-width:5em;overflow-wrap:anywhere}thead th,.time{white-space:nowrap}"
    ".danger,.bad{color:#a00}.problem,.no-connection,.careful{color:#850}"
    ".warning{font-style:italic}"
    "@media print{body{margin:0}thead{display:table-header-group}tr{break-inside:avoid}}"
    "</style>\n";

void
cli_html_begin(struct trust_buffer *out, const char *title)
{
	trust_buffer_append_text(out, head);
	cli_html_element(out, "title", NULL, title);
	trust_buffer_append_text(out, "</head><body>\n");
	cli_html_element(out, "h1", NULL, title);
}

void
cli_html_end(struct trust_buffer *out)
{
	trust_buffer_append_text(out, "</body></html>\n");
}

void
cli_html_text(struct trust_buffer *out, const char *text)
{
	for (; text && *text; text++) {
		switch (*text) {
		case '&':
			trust_buffer_append_text(out, "&amp;");
			break;
		case '<':
			trust_buffer_append_text(out, "&lt;");
			break;
		case '>':
			trust_buffer_append_text(out, "&gt;");
			break;
		case '"':
			trust_buffer_append_text(out, "&quot;");
			break;
		case '\'':
			trust_buffer_append_text(out, "&#39;");
			break;
		default:
			trust_buffer_append(out, text, 1);
		}
	}
}

void
cli_html_element(struct trust_buffer *out, const char *tag, const char *class, const char *text)
{
	trust_buffer_printf(out, "<%s%s%s%s>", tag, class ? " class=\"" : "", class ? class : "",
	    class ? "\"" : "");
	cli_html_text(out, text);
	trust_buffer_printf(out, "</%s>\n", tag);
}

void
cli_html_lines(struct trust_buffer *out, const char *class, const char *lines)
{
	TRUST_AUTO_FREE char *copy = trust_strdup(lines);
	char *rest = copy;

	if (!*copy)
		return;
	trust_buffer_append_text(out, "<ul>\n");
	for (const char *line; (line = strsep(&rest, "\n")) != NULL;)
		if (*line)
			cli_html_element(out, "li", class, line);
	trust_buffer_append_text(out, "</ul>\n");
}

bool
cli_html_is_named(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (strcasecmp(dot, ".html") == 0 || strcasecmp(dot, ".htm") == 0);
}

bool
cli_report_save(struct cli *cli, const char *path, const struct trust_buffer *out, bool force,
    struct trust_error *error)
{
	if (out->overflow)
		return trust_fail(error, TRUST_INPUT_LIMIT, NULL, "the report grew too long");
	if (!export_save(path, trust_buffer_bytes(out), false, force, error))
		return false;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);
	cli_note(cli, "the report is in '%s'", shown);
	return true;
}
