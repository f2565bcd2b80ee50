/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_ATTRIBUTES_INTERNAL_H
#define TRUST_ATTRIBUTES_INTERNAL_H

/*
 * Numbers of PKCS #11 and of NSS's extensions to it, for files that include no header of NSS. A
 * store's columns are named by the attributes: a81 is the issuer. Those of the four usages are
 * trust_usage_attribute(), the classes of trust records TRUST_CLASS_LEGACY and _MODERN (trust.h).
 */

#include <stdint.h>

/* CKO_CERTIFICATE, CKO_PRIVATE_KEY, CKO_NSS_CRL */
#define TRUST_CLASS_CERT UINT32_C(0x1)
#define TRUST_CLASS_PRIVATE_KEY UINT32_C(0x3)
#define TRUST_CLASS_CRL UINT32_C(0xce534351)

#define TRUST_CKA_CLASS UINT32_C(0x0)
#define TRUST_CKA_LABEL UINT32_C(0x3)
#define TRUST_CKA_VALUE UINT32_C(0x11)
#define TRUST_CKA_ISSUER UINT32_C(0x81)
#define TRUST_CKA_SERIAL UINT32_C(0x82)
#define TRUST_CKA_KEY_TYPE UINT32_C(0x100)
#define TRUST_CKA_ID UINT32_C(0x102)
#define TRUST_CKA_MODULUS UINT32_C(0x120)
#define TRUST_CKA_EC_POINT UINT32_C(0x181)

/* Of trust records of the legacy spelling. */
#define TRUST_CKA_LEGACY_SHA1 UINT32_C(0xce5363b4)
#define TRUST_CKA_LEGACY_MD5 UINT32_C(0xce5363b5)
#define TRUST_CKA_LEGACY_STEP_UP UINT32_C(0xce536360)

/* Of the modern one: the certificate's hash, and by which algorithm (PKCS #11 3.2:
 * CKA_HASH_OF_CERTIFICATE, CKA_NAME_HASH_ALGORITHM). */
#define TRUST_CKA_MODERN_DIGEST UINT32_C(0x635)
#define TRUST_CKA_MODERN_ALGORITHM UINT32_C(0x8c)

#endif
