/* SPDX-License-Identifier: MPL-2.0 */
/* Whose certificates a server asks for; see client_fit.h. */

#include "cli/client_fit.h"

#include "core/cert.h"
#include "core/issued.h"
#include "core/limits.h"
#include "core/store.h"

/* A chain of personal certificates is never this long. */
#define MAX_STEPS 8

static bool
is_wanted(const struct trust_probe_blobs *names, struct trust_bytes name)
{
	for (size_t i = 0; i < names->count; i++)
		if (trust_name_equal(
			(struct trust_bytes){ names->list[i].data, names->list[i].size }, name))
			return true;
	return names->count == 0;
}

static const struct trust_cert *
issuer_of(const struct trust_cert *cert, const struct trust_store *store,
    const struct trust_cert *const *others, size_t other_count, uint64_t *budget)
{
	for (size_t i = 0; i < other_count; i++)
		if (others[i] != cert && trust_issued_by(cert, others[i], budget))
			return others[i];
	const struct trust_item *item = trust_issued_in(store, cert, budget);
	return item ? item->cert : NULL;
}

bool
cli_client_fits(const struct trust_probe_blobs *names, const struct trust_store *store,
    const struct trust_cert *const *others, size_t other_count, const struct trust_cert *cert)
{
	uint64_t budget = TRUST_MAX_SIGNATURE_WORK;

	for (int depth = 0; cert && depth < MAX_STEPS; depth++) {
		if (is_wanted(names, cert->issuer))
			return true;
		if (trust_cert_is_self_issued(cert))
			return false;
		cert = issuer_of(cert, store, others, other_count, &budget);
	}
	return false;
}

const char *
cli_client_asked(const struct trust_probe_tls *tls)
{
	static const char *const words[] = { "not-asked", "asked", "required" };

	return words[tls->client_cert];
}

void
cli_put_client_wish(struct cli_doc *doc, const struct trust_probe_tls *tls)
{
	cli_doc_text(doc, NULL, "asked", cli_client_asked(tls));
	cli_doc_begin_list(doc, NULL, "cas");
	for (size_t i = 0; i < tls->ca_names.count; i++) {
		const struct trust_probe_blob *blob = &tls->ca_names.list[i];
		TRUST_AUTO_FREE char *name =
		    trust_name_display((struct trust_bytes){ blob->data, blob->size });
		cli_doc_text(doc, NULL, "ca", name);
	}
	cli_doc_end_list(doc);
}
