/* SPDX-License-Identifier: MPL-2.0 */
/*
 * OpenSSL's TRUSTED CERTIFICATE: the certificate and behind it, in the same block, what it is
 * trusted and rejected for (X509_CERT_AUX in OpenSSL's x_x509a.c). A usage that is in neither list
 * is not trusted as soon as the first list is there.
 */

#include <string.h>

#include "core/cert.h"
#include "core/der.h"
#include "core/oid.h"
#include "core/progress.h"
#include "export/internal.h"

/* SEQUENCE { trust SEQUENCE OF OID, reject [0] SEQUENCE OF OID OPTIONAL, alias UTF8String OPTIONAL
 * } */
static void
put_aux(struct trust_buffer *out, const struct export_part *part)
{
	TRUST_AUTO_BUFFER aux;
	TRUST_AUTO_BUFFER trust;
	TRUST_AUTO_BUFFER reject;
	TRUST_AUTO_FREE char *alias = export_part_words(part);

	export_begin(&aux);
	export_begin(&trust);
	export_begin(&reject);
	export_put_purposes(&trust, part, TRUST_TRUSTED);
	if (trust_states_full(part->states)) /* what OpenSSL wants where nobody names a purpose */
		trust_der_put_oid(&trust, TRUST_OID_ANY_PURPOSE);
	export_put_purposes(&reject, part, TRUST_DISTRUSTED);
	export_wrap(&trust, TRUST_DER_SEQUENCE);
	export_append(&aux, &trust);
	if (reject.size > 0) {
		export_wrap(&reject, TRUST_DER_CONTEXT(0));
		export_append(&aux, &reject);
	}
	trust_der_put(&aux, TRUST_DER_UTF8_STRING,
	    (struct trust_bytes){ (const uint8_t *)alias, strlen(alias) });
	export_wrap(&aux, TRUST_DER_SEQUENCE);
	export_append(out, &aux);
}

bool
export_openssl_trusted(
    const struct export_request *request, struct trust_buffer *ret_bytes, struct trust_error *error)
{
	(void)error;
	for (size_t i = 0; i < request->count; i++) {
		trust_progress_tell("certificates encoded", i, request->count);
		const struct export_part *part = &request->parts[i];
		TRUST_AUTO_BUFFER block;
		export_begin(&block);
		trust_buffer_append(&block, part->cert->der.data, part->cert->der.size);
		put_aux(&block, part);
		export_put_block(ret_bytes, "TRUSTED CERTIFICATE", trust_buffer_bytes(&block));
	}
	return true;
}
