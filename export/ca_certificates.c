/* SPDX-License-Identifier: MPL-2.0 */
/* What /usr/local/share/ca-certificates of Debian and Ubuntu takes: one PEM certificate in each
 * file, whose name must end in .crt. */

#include "core/cert.h"
#include "export/internal.h"

bool
export_ca_certificates(
    const struct export_request *request, struct export_files *ret_files, struct trust_error *error)
{
	(void)error;
	for (size_t i = 0; i < request->count; i++) {
		const struct export_part *part = &request->parts[i];
		struct trust_buffer *file =
		    export_files_add(ret_files, export_part_file_name(part, ".crt"), false);
		export_put_block(file, "CERTIFICATE", part->cert->der);
	}
	return true;
}
