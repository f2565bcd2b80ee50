/* SPDX-License-Identifier: MPL-2.0 */
/* A private key alone, as PEM: EncryptedPrivateKeyInfo, or readable when that was asked for. */

#include "core/error.h"
#include "export/internal.h"

bool
export_pkcs8(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	size_t keys = 0;

	if (!export_check_keys(request, error))
		return false;
	for (size_t i = 0; i < request->count; i++)
		keys += request->parts[i].encrypted_key != NULL;
	if (keys != 1)
		return trust_fail(error, TRUST_USAGE, NULL,
		    "a pkcs8 file holds exactly one private key, not %zu", keys);
	for (size_t i = 0; i < request->count; i++)
		if (request->parts[i].encrypted_key)
			return export_put_key_block(request, &request->parts[i], ret_bytes, error);
	return true;
}
