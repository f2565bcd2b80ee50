/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_CRL_H
#define TRUST_CRL_H

/*
 * A certificate revocation list (RFC 5280 section 5), decoded without NSS. As a certificate's, the
 * views point into `der`, which the struct owns; decoding says nothing about whether it is good.
 *
 * Caveat: whoever can put a list into a store can make certificates count as revoked. So a list
 * goes in only after trust_crl_signature_check() against its issuer, as with NSS's own crlutil.
 */

#include "core/base.h"
#include "core/hash.h"
#include "core/signature.h"
#include "core/time.h"

struct trust_cert;
struct trust_error;

struct trust_crl {
	struct trust_bytes der;                 /* owned */
	uint8_t id[TRUST_SHA256_BYTES];         /* SHA-256 of der */
	struct trust_bytes tbs;                 /* what is signed */
	struct trust_bytes signature_algorithm; /* the outer AlgorithmIdentifier, whole */
	struct trust_bytes tbs_signature_algorithm;
	struct trust_bytes signature;
	struct trust_bytes issuer; /* Name, whole */
	struct trust_time this_update;
	struct trust_time next_update;
	bool has_next_update;
	size_t revoked; /* entries */
	bool delta;     /* an addition to another list, which NSS cannot use */
};

/* Copies `der`. Errors: TRUST_INPUT_MALFORMED, TRUST_INPUT_LIMIT. */
bool trust_crl_decode(
    struct trust_bytes der, struct trust_crl **ret_crl, struct trust_error *error) TRUST_MUST_CHECK;
void trust_crl_free(struct trust_crl *crl);
TRUST_DEFINE_AUTO(trust_crl, trust_crl_free)

enum trust_signature trust_crl_signature_check(
    const struct trust_crl *crl, const struct trust_cert *issuer);
/* "revocation list of CN=Example, 12 revoked, of 2026-11-24"; displayable, owned by the caller. */
char *trust_crl_words(const struct trust_crl *crl) TRUST_MUST_CHECK;

#endif
