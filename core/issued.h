/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_ISSUED_H
#define TRUST_ISSUED_H

/*
 * Who issued whom among certificates: by name, then by signature (RFC 5280 section 6.1.3 (a) (1)
 * and (4)); whether anybody may is the verdict's to say. Many certificates of one name can make
 * a question cost the signature of each, so all questions of a command take from one budget, in
 * the units of core/signature.h. Once it is 0 the answer is always no, and means that nobody knows.
 */

#include "core/base.h"

struct trust_cert;
struct trust_item;
struct trust_store;

bool trust_issued_by(
    const struct trust_cert *cert, const struct trust_cert *issuer, uint64_t *budget);
/* The first item of the store that issued the certificate; borrowed; NULL: none, or no store. Its
 * cost is one look at each item. */
const struct trust_item *trust_issued_in(
    const struct trust_store *store, const struct trust_cert *cert, uint64_t *budget);

/* The certificates of a store by the names of their issuers, for what asks of many; borrows the
 * store. */
struct trust_issued; /* opaque */
struct trust_issued *trust_issued_new(const struct trust_store *store) TRUST_MUST_CHECK;
void trust_issued_free(struct trust_issued *issued);
TRUST_DEFINE_AUTO(trust_issued, trust_issued_free)
/* Enough to ask it of every certificate, unless they were made to cost more. */
uint64_t trust_issued_budget(const struct trust_store *store);
/* The place in the store of the next certificate that `issuer` issued, other than itself; -1: no
 * more. `at` begins with TRUST_ISSUED_START. */
#define TRUST_ISSUED_START SIZE_MAX
int64_t trust_issued_next(const struct trust_issued *issued, const struct trust_cert *issuer,
    size_t *at, uint64_t *budget);

#endif
