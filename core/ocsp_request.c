/* SPDX-License-Identifier: MPL-2.0 */
/* The question to an OCSP responder (RFC 6960 section 4.1): one certificate, named by SHA-1 digests
 * as every responder understands them (RFC 5019 section 2.1.1), no nonce, not signed. */

#include "core/buffer.h"
#include "core/cert.h"
#include "core/der.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/ocsp.h"

#define OID_SHA1 "1.3.14.3.2.26"

static void
put_digest(struct trust_buffer *out, struct trust_bytes bytes)
{
	uint8_t digest[TRUST_SHA1_BYTES];

	trust_sha1(bytes.data, bytes.size, digest);
	trust_der_put_octets(out, (struct trust_bytes){ digest, sizeof digest });
}

void
trust_ocsp_request(
    const struct trust_cert *cert, const struct trust_cert *issuer, struct trust_buffer *out)
{
	TRUST_AUTO_BUFFER inner;
	TRUST_AUTO_BUFFER outer;

	trust_buffer_init(&inner, TRUST_MAX_CERT_BYTES);
	trust_buffer_init(&outer, TRUST_MAX_CERT_BYTES);
	trust_der_put_oid(&inner, OID_SHA1);
	trust_der_put_null(&inner);
	trust_der_put(&outer, TRUST_DER_SEQUENCE, trust_buffer_bytes(&inner));
	put_digest(&outer, cert->issuer);
	put_digest(&outer, issuer->key_bits);
	trust_der_put(&outer, TRUST_DER_INTEGER, cert->serial);
	/* CertID, Request, requestList, TBSRequest, and OCSPRequest around them. */
	for (int depth = 0; depth < 5; depth++) {
		trust_buffer_clear(&inner);
		trust_der_put(&inner, TRUST_DER_SEQUENCE, trust_buffer_bytes(&outer));
		trust_buffer_clear(&outer);
		trust_buffer_append(&outer, inner.data, inner.size);
	}
	trust_buffer_append(out, outer.data, outer.size);
}
