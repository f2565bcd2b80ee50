/* SPDX-License-Identifier: MPL-2.0 */
/* PKCS #7 files of certificates alone: SignedData without signers (RFC 5652 section 5), .p7b. */

#include "core/cert.h"
#include "core/der.h"
#include "export/internal.h"

/* SignedData of version 1: no digests, Data without content, the certificates, no signers. */
static void
put_signed_data(struct trust_buffer *out, const struct export_request *request)
{
	TRUST_AUTO_FREE const struct trust_cert **certs =
	    trust_alloc_array(request->count, sizeof(struct trust_cert *));
	TRUST_AUTO_BUFFER content;
	const struct trust_bytes nothing = { NULL, 0 };

	for (size_t i = 0; i < request->count; i++)
		certs[i] = request->parts[i].cert;
	export_begin(&content);
	trust_der_put_oid(&content, OID_DATA);
	export_wrap(&content, TRUST_DER_SEQUENCE);
	trust_der_put_uint(out, 1);
	trust_der_put(out, TRUST_DER_SET, nothing);
	export_append(out, &content);
	export_put_cert_set(out, certs, request->count);
	trust_der_put(out, TRUST_DER_SET, nothing);
	export_wrap(out, TRUST_DER_SEQUENCE);
}

bool
export_pkcs7(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	TRUST_AUTO_BUFFER data;

	(void)error;
	export_begin(&data);
	put_signed_data(&data, request);
	export_put_typed(ret_bytes, OID_SIGNED_DATA, &data, NULL);
	return true;
}

bool
export_pkcs7_pem(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	TRUST_AUTO_BUFFER der;

	export_begin(&der);
	if (!export_pkcs7(request, &der, error))
		return false;
	ret_bytes->overflow = ret_bytes->overflow || der.overflow;
	export_put_block(ret_bytes, "PKCS7", trust_buffer_bytes(&der));
	return true;
}
