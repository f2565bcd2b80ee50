/* SPDX-License-Identifier: MPL-2.0 */
#ifndef EXPORT_INTERNAL_H
#define EXPORT_INTERNAL_H

/* What the formats share; included by export/ alone. */

#include "export/export.h"

bool export_pem(const struct export_request *request, struct trust_buffer *ret_bytes,
    struct trust_error *error) TRUST_MUST_CHECK;
bool export_der(const struct export_request *request, struct trust_buffer *ret_bytes,
    struct trust_error *error) TRUST_MUST_CHECK;
bool export_pkcs12(const struct export_request *request, struct trust_buffer *ret_bytes,
    struct trust_error *error) TRUST_MUST_CHECK;

/*
 * Are all keys EncryptedPrivateKeyInfo, as export.h demands? The last look before bytes leave, so
 * that no mistake elsewhere can write a readable key. Errors: TRUST_BUG.
 */
bool export_check_keys(
    const struct export_request *request, struct trust_error *error) TRUST_MUST_CHECK;

#endif
