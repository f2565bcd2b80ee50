/* SPDX-License-Identifier: MPL-2.0 */
/* What /usr/local/share/ca-certificates of Debian and Ubuntu takes: one PEM certificate in each
 * file, whose name must end in .crt. */

#include <string.h>

#include "core/cert.h"
#include "export/internal.h"

#define EXTENSION ".crt"

bool
export_is_crt_name(const char *name, const struct export_files *files)
{
	size_t size = strlen(name);

	(void)files; /* every certificate there is an anchor */
	return size >= strlen(EXTENSION) && strcmp(name + size - strlen(EXTENSION), EXTENSION) == 0;
}

bool
export_is_own_crt_name(const char *name, const struct trust_cert *cert)
{
	return export_is_file_name_of(cert, name, EXTENSION);
}

bool
export_ca_certificates(
    const struct export_request *request, struct export_files *ret_files, struct trust_error *error)
{
	(void)error;
	for (size_t i = 0; i < request->count; i++) {
		const struct export_part *part = &request->parts[i];
		struct trust_buffer *file =
		    export_files_add(ret_files, export_part_file_name(part, EXTENSION), false);
		export_put_block(file, "CERTIFICATE", part->cert->der);
	}
	return true;
}
