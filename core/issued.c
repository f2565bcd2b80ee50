/* SPDX-License-Identifier: MPL-2.0 */
/* Who issued whom; see issued.h. */

#include "core/issued.h"

#include <string.h>

#include "core/cert.h"
#include "core/limits.h"
#include "core/signature.h"
#include "core/store.h"
#include "core/table_internal.h"

_Static_assert(TRUST_ISSUED_START == TRUST_TABLE_START, "a search is the table's");

struct trust_issued {
	const struct trust_store *store; /* borrowed */
	struct trust_table_index by_issuer;
};

bool
trust_issued_by(const struct trust_cert *cert, const struct trust_cert *issuer, uint64_t *budget)
{
	const struct trust_signed what = trust_cert_signed(cert);

	return trust_bytes_equal(cert->issuer, issuer->subject) &&
	    trust_signed_check_within(&what, issuer, budget) == TRUST_SIGNATURE_GOOD;
}

const struct trust_item *
trust_issued_in(const struct trust_store *store, const struct trust_cert *cert, uint64_t *budget)
{
	for (size_t i = 0; store && i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (item->cert && trust_issued_by(cert, item->cert, budget))
			return item;
	}
	return NULL;
}

struct trust_issued *
trust_issued_new(const struct trust_store *store)
{
	struct trust_issued *issued = trust_alloc(sizeof *issued);
	size_t count = trust_store_count(store);

	issued->store = store;
	issued->by_issuer = trust_table_new(count);
	for (size_t i = 0; i < count; i++) {
		const struct trust_cert *cert = trust_store_item(store, i)->cert;
		if (cert)
			trust_table_put(&issued->by_issuer, trust_hash_bytes(cert->issuer), i);
	}
	return issued;
}

void
trust_issued_free(struct trust_issued *issued)
{
	if (!issued)
		return;
	trust_table_done(&issued->by_issuer);
	trust_free(issued);
}

uint64_t
trust_issued_budget(const struct trust_store *store)
{
	return TRUST_MAX_SIGNATURE_WORK +
	    trust_store_count(store) * (uint64_t)TRUST_MAX_SIGNATURE_WORK_EACH;
}

int64_t
trust_issued_next(const struct trust_issued *issued, const struct trust_cert *issuer, size_t *at,
    uint64_t *budget)
{
	uint64_t hash = trust_hash_bytes(issuer->subject);

	for (int64_t i; (i = trust_table_find(&issued->by_issuer, hash, at)) >= 0;) {
		const struct trust_cert *cert = trust_store_item(issued->store, (size_t)i)->cert;
		if (memcmp(cert->id, issuer->id, sizeof cert->id) != 0 &&
		    trust_issued_by(cert, issuer, budget))
			return i;
	}
	return -1;
}
