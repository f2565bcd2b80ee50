/* SPDX-License-Identifier: MPL-2.0 */
/* Variables for Ansible and other programs that read JSON: everything that is known, trust
 * included. */

#include "core/cert.h"
#include "core/limits.h"
#include "core/progress.h"
#include "export/internal.h"

static void
put_pair(struct trust_buffer *out, const char *key, const char *value)
{
	trust_buffer_printf(out, "      \"%s\": ", key);
	export_put_json(out, value);
	trust_buffer_append_text(out, ",\n");
}

static void
put_trust(struct trust_buffer *out, const struct export_part *part)
{
	bool dates = false;

	trust_buffer_append_text(out, "      \"trust\": {");
	for (int i = 0; i < TRUST_USAGES; i++)
		trust_buffer_printf(out, "%s\"%s\": \"%s\"", i > 0 ? ", " : "",
		    trust_usage_word((enum trust_usage)i), trust_state_word(part->states.of[i]));
	trust_buffer_append_text(out, "},\n      \"distrust_after\": {");
	for (int i = 0; i < TRUST_USAGES; i++) {
		char time[32];
		if (!part->has_distrust_after[i])
			continue;
		trust_time_format(part->distrust_after[i], time);
		trust_buffer_printf(out, "%s\"%s\": \"%s\"", dates ? ", " : "",
		    trust_usage_word((enum trust_usage)i), time);
		dates = true;
	}
	trust_buffer_append_text(out, "}\n");
}

static void
put_cert(struct trust_buffer *out, const struct export_part *part)
{
	const struct trust_cert *cert = part->cert;
	TRUST_AUTO_FREE char *name = export_part_words(part);
	TRUST_AUTO_FREE char *file = export_part_file_name(part, ".crt");
	TRUST_AUTO_FREE char *id = trust_hex(cert->id, sizeof cert->id);
	TRUST_AUTO_FREE char *subject = trust_name_display(cert->subject);
	TRUST_AUTO_BUFFER pem;
	char from[32];
	char to[32];

	trust_buffer_init(&pem, TRUST_MAX_FILE_BYTES);
	export_put_block(&pem, "CERTIFICATE", cert->der);
	trust_time_format(cert->not_before, from);
	trust_time_format(cert->not_after, to);
	put_pair(out, "name", name);
	put_pair(out, "file", file);
	put_pair(out, "sha256", id);
	put_pair(out, "subject", subject);
	put_pair(out, "not_before", from);
	put_pair(out, "not_after", to);
	put_pair(out, "pem", (const char *)pem.data);
	put_trust(out, part);
}

bool
export_ansible(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	(void)error;
	trust_buffer_append_text(ret_bytes, "{\n  \"trust_certificates\": [");
	for (size_t i = 0; i < request->count; i++) {
		trust_progress_tell("certificates encoded", i, request->count);
		trust_buffer_append_text(ret_bytes, i > 0 ? ",\n    {\n" : "\n    {\n");
		put_cert(ret_bytes, &request->parts[i]);
		trust_buffer_append_text(ret_bytes, "    }");
	}
	trust_buffer_append_text(ret_bytes, "\n  ]\n}\n");
	return true;
}
