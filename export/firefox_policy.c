/* SPDX-License-Identifier: MPL-2.0 */
/*
 * policies.json of Firefox and Thunderbird with the certificates beside it. The policy names files;
 * Firefox looks for them in /usr/lib/mozilla/certificates and takes them as anchors for websites
 * and mail.
 */

#include "core/cert.h"
#include "export/internal.h"

bool
export_firefox_policy(
    const struct export_request *request, struct export_files *ret_files, struct trust_error *error)
{
	TRUST_AUTO_BUFFER policy;

	(void)error;
	export_begin(&policy);
	trust_buffer_append_text(&policy,
	    "{\n  \"policies\": {\n    \"Certificates\": {\n"
	    "      \"Install\": [");
	for (size_t i = 0; i < request->count; i++) {
		const struct export_part *part = &request->parts[i];
		TRUST_AUTO_FREE char *name = export_part_file_name(part, ".pem");
		trust_buffer_append_text(&policy, i > 0 ? ",\n        " : "\n        ");
		export_put_json(&policy, name);
		export_put_block(
		    export_files_add(ret_files, trust_printf("certificates/%s", name), false),
		    "CERTIFICATE", part->cert->der);
	}
	trust_buffer_append_text(&policy, "\n      ]\n    }\n  }\n}\n");
	struct trust_buffer *file =
	    export_files_add(ret_files, trust_strdup("policies.json"), false);
	export_append(file, &policy);
	return true;
}
