/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_OID_H
#define TRUST_OID_H

/* Object identifiers by name; their words are rows of data/oids.def. */

#include "core/base.h"

/* Words for the content of an OBJECT IDENTIFIER, static; NULL when data/oids.def has none. */
const char *trust_oid_words(struct trust_bytes content);
/* Words, or the dotted text; owned by the caller. */
char *trust_oid_display(struct trust_bytes content) TRUST_MUST_CHECK;
/* Is this the content of that OID? */
bool trust_oid_is(struct trust_bytes content, const char *dotted);

#define TRUST_OID_COMMON_NAME "2.5.4.3"
#define TRUST_OID_ORGANIZATION "2.5.4.10"
#define TRUST_OID_UNIT "2.5.4.11"
#define TRUST_OID_EMAIL_ADDRESS "1.2.840.113549.1.9.1"

#define TRUST_OID_SUBJECT_KEY_ID "2.5.29.14"
#define TRUST_OID_KEY_USAGE "2.5.29.15"
#define TRUST_OID_SUBJECT_ALT_NAME "2.5.29.17"
#define TRUST_OID_ISSUER_ALT_NAME "2.5.29.18"
#define TRUST_OID_BASIC_CONSTRAINTS "2.5.29.19"
#define TRUST_OID_NAME_CONSTRAINTS "2.5.29.30"
#define TRUST_OID_CRL_POINTS "2.5.29.31"
#define TRUST_OID_POLICIES "2.5.29.32"
#define TRUST_OID_POLICY_MAPPINGS "2.5.29.33"
#define TRUST_OID_AUTHORITY_KEY_ID "2.5.29.35"
#define TRUST_OID_POLICY_CONSTRAINTS "2.5.29.36"
#define TRUST_OID_EXTENDED_KEY_USAGE "2.5.29.37"
#define TRUST_OID_FRESHEST_CRL "2.5.29.46"
#define TRUST_OID_INHIBIT_ANY_POLICY "2.5.29.54"
#define TRUST_OID_AUTHORITY_INFO "1.3.6.1.5.5.7.1.1"
#define TRUST_OID_SUBJECT_INFO "1.3.6.1.5.5.7.1.11"
#define TRUST_OID_TLS_FEATURE "1.3.6.1.5.5.7.1.24"
#define TRUST_OID_OCSP_NO_CHECK "1.3.6.1.5.5.7.48.1.5"
#define TRUST_OID_SCT_LIST "1.3.6.1.4.1.11129.2.4.2"
#define TRUST_OID_NETSCAPE_TYPE "2.16.840.1.113730.1.1"
#define TRUST_OID_NETSCAPE_COMMENT "2.16.840.1.113730.1.13"

#define TRUST_OID_ANY_PURPOSE "2.5.29.37.0"
#define TRUST_OID_SERVER_AUTH "1.3.6.1.5.5.7.3.1"
#define TRUST_OID_CLIENT_AUTH "1.3.6.1.5.5.7.3.2"
#define TRUST_OID_CODE_SIGNING "1.3.6.1.5.5.7.3.3"
#define TRUST_OID_EMAIL_PROTECTION "1.3.6.1.5.5.7.3.4"

#define TRUST_OID_RSA "1.2.840.113549.1.1.1"
#define TRUST_OID_RSA_PSS "1.2.840.113549.1.1.10"
#define TRUST_OID_EC "1.2.840.10045.2.1"
#define TRUST_OID_DSA "1.2.840.10040.4.1"
#define TRUST_OID_ED25519 "1.3.101.112"
#define TRUST_OID_P256 "1.2.840.10045.3.1.7"
#define TRUST_OID_P384 "1.3.132.0.34"
#define TRUST_OID_P521 "1.3.132.0.35"

#endif
