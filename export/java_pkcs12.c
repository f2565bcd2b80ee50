/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A trust store for Java as PKCS #12. Java takes a certificate without key for an anchor only when
 * it has Oracle's attribute trustedKeyUsage, and lists it by its friendly name.
 */

#include "export/internal.h"

bool
export_java_pkcs12(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	TRUST_AUTO_FREE struct export_part *parts =
	    trust_alloc_array(request->count, sizeof *parts);
	TRUST_AUTO_FREE char **aliases = trust_alloc_array(request->count, sizeof(char *));
	struct export_request named = *request;

	for (size_t i = 0; i < request->count; i++) {
		aliases[i] = export_part_file_name(&request->parts[i], "");
		parts[i] = request->parts[i];
		parts[i].encrypted_key = NULL;
		parts[i].friendly_name = aliases[i];
	}
	named.parts = parts;
	bool done = export_pfx(&named, export_preset_by_name("java"), true, ret_bytes, error);
	for (size_t i = 0; i < request->count; i++)
		trust_free(aliases[i]);
	return done;
}
