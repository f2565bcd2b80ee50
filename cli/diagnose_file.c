/* SPDX-License-Identifier: MPL-2.0 */
/* The report of `trustctl diagnose` as a file: text, or HTML that loads nothing and runs
 * nothing. */

#include "cli/diagnose_report.h"
#include "cli/html.h"
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
put_causes(struct trust_buffer *out, const struct trust_diagnosis *diagnosis)
{
	trust_buffer_append_text(out, "<ol>\n");
	for (size_t i = 0; i < diagnosis->count; i++) {
		const struct trust_cause *cause = &diagnosis->causes[i];
		trust_buffer_append_text(out, "<li>");
		cli_html_element(
		    out, "strong", trust_gravity_word(cause->gravity), cause->sentence);
		if (cause->remedy) {
			TRUST_AUTO_FREE char *label = trust_printf(
			    "Remedy (%s): %s", trust_cause_who(cause->kind), cause->remedy);
			cli_html_element(out, "p", NULL, label);
		}
		if (cause->warning) {
			TRUST_AUTO_FREE char *label = trust_printf("Warning: %s", cause->warning);
			cli_html_element(out, "p", "warning", label);
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

static void
put_html(struct trust_buffer *out, const char *words, const struct cli_diagnose *diagnose,
    const struct trust_diagnosis *diagnosis, const char *missing, const char *chain)
{
	const struct trust_probe_target *target = diagnose->target;
	TRUST_AUTO_FREE char *title =
	    trust_printf("Diagnosis of %s, port %u", target->shown, (unsigned)target->port);

	cli_html_begin(out, title);
	if (diagnosis->danger)
		cli_html_element(
		    out, "p", "danger", "Do not enter passwords or any other data there.");
	if (diagnosis->count > 0)
		put_causes(out, diagnosis);
	else
		cli_html_element(out, "p", NULL, "Nothing stands against this server.");
	if (missing) {
		TRUST_AUTO_FREE char *name = file_name(diagnosis->chain.missing);
		cli_html_element(out, "h2", NULL, "The certificate that the server does not send");
		put_link(out, name, missing);
		cli_html_element(out, "pre", NULL, missing);
	}
	cli_html_element(out, "h2", NULL, "In full");
	cli_html_element(out, "pre", NULL, words);
	if (chain) {
		cli_html_element(out, "h2", NULL, "The chain as sent");
		cli_html_element(out, "pre", NULL, chain);
	}
	cli_html_end(out);
}

bool
cli_diagnose_save(struct cli *cli, const char *words, const struct cli_diagnose *diagnose,
    const struct trust_diagnosis *diagnosis, struct trust_error *error)
{
	const char *path = diagnose->options->report;
	TRUST_AUTO_FREE char *chain =
	    pem_of((const struct trust_cert *const *)diagnose->chain, diagnose->chain_count);
	TRUST_AUTO_FREE char *missing =
	    diagnosis->chain.missing ? pem_of(&diagnosis->chain.missing, 1) : NULL;
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, TRUST_MAX_FILE_BYTES);
	if (cli_html_is_named(path))
		put_html(&out, words, diagnose, diagnosis, missing, chain);
	else
		put_text(&out, words, missing, chain);
	return cli_report_save(cli, path, &out, diagnose->options->force, error);
}
