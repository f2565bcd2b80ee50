/* SPDX-License-Identifier: MPL-2.0 */
/* One certificate as its DER bytes. */

#include "core/cert.h"
#include "core/error.h"
#include "export/internal.h"

bool
export_der(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	if (request->count != 1) {
		(void)trust_fail(error, TRUST_USAGE, NULL,
		    "a der file holds exactly one certificate, not %zu", request->count);
		return trust_hint(error, "several certificates in one file: --format pem");
	}
	if (request->parts->encrypted_key) {
		(void)trust_fail(error, TRUST_USAGE, NULL, "a der file cannot carry a private key");
		return trust_hint(error, "a certificate with its private key: --format p12");
	}
	trust_buffer_append(
	    ret_bytes, request->parts->cert->der.data, request->parts->cert->der.size);
	return true;
}
