/* SPDX-License-Identifier: MPL-2.0 */
/* A managed policy of Chromium and Chrome, version 131 and newer: CACertificates, each the base64
 * of a DER. Name constraints in the certificate are honoured. */

#include "core/cert.h"
#include "export/internal.h"

bool
export_chromium_policy(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	(void)error;
	trust_buffer_append_text(ret_bytes, "{\n  \"CACertificates\": [");
	for (size_t i = 0; i < request->count; i++) {
		trust_buffer_append_text(ret_bytes, i > 0 ? ",\n    \"" : "\n    \"");
		export_put_base64(ret_bytes, request->parts[i].cert->der);
		trust_buffer_append(ret_bytes, "\"", 1);
	}
	trust_buffer_append_text(ret_bytes, "\n  ]\n}\n");
	return true;
}
