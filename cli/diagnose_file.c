/* SPDX-License-Identifier: MPL-2.0 */
/* The report of `trustctl diagnose` as a file: text, or HTML that loads nothing and runs
 * nothing. */

#include <string.h>
#include <strings.h>

#include "cli/diagnose_report.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/limits.h"
#include "core/text.h"
#include "export/export.h"

/* ---- attachments --------------------------------------------------------------------------- */

/* PEM of certificates, or NULL. */
static char *
pem_of(const struct trust_cert *const *certs, size_t count)
{
	struct export_part parts[TRUST_MAX_PROBE_CERTS] = { { 0 } };
	struct export_request request = { .parts = parts, .header_text = true };
	const struct export_format *format = export_format_by_name("pem");
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO_BUFFER out;

	for (size_t i = 0; i < count && request.count < TRUST_COUNT(parts); i++)
		if (certs[i])
			parts[request.count++].cert = certs[i];
	trust_buffer_init(&out, TRUST_MAX_FILE_BYTES);
	if (!format || request.count == 0 || !format->encode(&request, &out, &ignored))
		return NULL;
	return trust_buffer_take(&out);
}

static char *
file_name(const struct trust_cert *cert)
{
	TRUST_AUTO_FREE char *id = trust_hex(cert->id, 4);
	return trust_printf("intermediate-%s.pem", id);
}

/* ---- text ---------------------------------------------------------------------------------- */

static void
put_text(struct trust_buffer *out, const char *words, const char *missing, const char *chain)
{
	trust_buffer_append_text(out, words);
	if (missing)
		trust_buffer_printf(out,
		    "\nThe certificate that the server does not send; to be added behind its "
		    "own:\n\n%s",
		    missing);
	if (chain)
		trust_buffer_printf(out, "\nThe chain as sent:\n\n%s", chain);
}

/* ---- HTML ---------------------------------------------------------------------------------- */

static void
put_escaped(struct trust_buffer *out, const char *text)
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

static void
put_element(struct trust_buffer *out, const char *tag, const char *class, const char *text)
{
	trust_buffer_printf(out, "<%s%s%s%s>", tag, class ? " class=\"" : "", class ? class : "",
	    class ? "\"" : "");
	put_escaped(out, text);
	trust_buffer_printf(out, "</%s>\n", tag);
}

static void
put_causes(struct trust_buffer *out, const struct trust_diagnosis *diagnosis)
{
	trust_buffer_append_text(out, "<ol>\n");
	for (size_t i = 0; i < diagnosis->count; i++) {
		const struct trust_cause *cause = &diagnosis->causes[i];
		trust_buffer_append_text(out, "<li>");
		put_element(out, "strong", trust_gravity_word(cause->gravity), cause->sentence);
		if (cause->remedy) {
			TRUST_AUTO_FREE char *label = trust_printf(
			    "Remedy (%s): %s", trust_cause_who(cause->kind), cause->remedy);
			put_element(out, "p", NULL, label);
		}
		if (cause->warning) {
			TRUST_AUTO_FREE char *label = trust_printf("Warning: %s", cause->warning);
			put_element(out, "p", "warning", label);
		}
		trust_buffer_append_text(out, "</li>\n");
	}
	trust_buffer_append_text(out, "</ol>\n");
}

/* A file in the page itself: percent-encoded, so that it needs no encoder of its own. */
static void
put_link(struct trust_buffer *out, const char *name, const char *pem)
{
	trust_buffer_printf(out, "<p><a download=\"%s\" href=\"data:application/x-pem-file,", name);
	for (; *pem; pem++)
		trust_buffer_printf(out, "%%%02X", (unsigned)(unsigned char)*pem);
	trust_buffer_printf(out, "\">%s</a></p>\n", name);
}

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'\">\n"
    "<style>body{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "pre{background:#eee;padding:1em;overflow-x:auto;white-space:pre-wrap}"
    ".danger{color:#a00}.problem,.no-connection{color:#850}.warning{font-style:italic}</style>\n";

static void
put_html(struct trust_buffer *out, const char *words, const struct cli_diagnose *diagnose,
    const struct trust_diagnosis *diagnosis, const char *missing, const char *chain)
{
	const struct trust_probe_target *target = diagnose->target;
	TRUST_AUTO_FREE char *title =
	    trust_printf("Diagnosis of %s, port %u", target->shown, (unsigned)target->port);

	trust_buffer_append_text(out, head);
	put_element(out, "title", NULL, title);
	trust_buffer_append_text(out, "</head><body>\n");
	put_element(out, "h1", NULL, title);
	if (diagnosis->danger)
		put_element(out, "p", "danger", "Do not enter passwords or any other data there.");
	if (diagnosis->count > 0)
		put_causes(out, diagnosis);
	else
		put_element(out, "p", NULL, "Nothing stands against this server.");
	if (missing) {
		TRUST_AUTO_FREE char *name = file_name(diagnosis->chain.missing);
		put_element(out, "h2", NULL, "The certificate that the server does not send");
		put_link(out, name, missing);
		put_element(out, "pre", NULL, missing);
	}
	put_element(out, "h2", NULL, "In full");
	put_element(out, "pre", NULL, words);
	if (chain) {
		put_element(out, "h2", NULL, "The chain as sent");
		put_element(out, "pre", NULL, chain);
	}
	trust_buffer_append_text(out, "</body></html>\n");
}

bool
cli_diagnose_save(struct cli *cli, const char *words, const struct cli_diagnose *diagnose,
    const struct trust_diagnosis *diagnosis, struct trust_error *error)
{
	const char *path = diagnose->options->report;
	const char *dot = strrchr(path, '.');
	bool html = dot && (strcasecmp(dot, ".html") == 0 || strcasecmp(dot, ".htm") == 0);
	TRUST_AUTO_FREE char *chain =
	    pem_of((const struct trust_cert *const *)diagnose->chain, diagnose->chain_count);
	TRUST_AUTO_FREE char *missing =
	    diagnosis->chain.missing ? pem_of(&diagnosis->chain.missing, 1) : NULL;
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, TRUST_MAX_FILE_BYTES);
	if (html)
		put_html(&out, words, diagnose, diagnosis, missing, chain);
	else
		put_text(&out, words, missing, chain);
	if (out.overflow)
		return trust_fail(error, TRUST_INPUT_LIMIT, NULL, "the report grew too long");
	if (!export_save(path, trust_buffer_bytes(&out), false, diagnose->options->force, error))
		return false;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);
	cli_note(cli, "the report is in '%s'", shown);
	return true;
}
