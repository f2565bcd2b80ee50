/* SPDX-License-Identifier: MPL-2.0 */
/* Revocation lists and OCSP answers from files; see verify_evidence.h. */

#include "cli/verify_evidence.h"

#include <string.h>

#include "core/crl.h"
#include "core/ocsp.h"
#include "core/secret.h"
#include "core/text.h"
#include "import/import.h"
#include "import/pem.h"

void
cli_evidence_done(struct cli_evidence *evidence)
{
	for (size_t i = 0; i < evidence->crl_count; i++)
		trust_crl_free(evidence->crls[i]);
	for (size_t i = 0; i < evidence->ocsp_count; i++)
		trust_ocsp_free(evidence->ocsps[i]);
	trust_free(evidence->crls);
	trust_free(evidence->ocsps);
}

static bool
add_crl(struct cli_evidence *evidence, struct trust_bytes der, struct trust_error *error)
{
	struct trust_crl *crl = NULL;

	if (!trust_crl_decode(der, &crl, error))
		return false;
	evidence->crls =
	    trust_grow_array(evidence->crls, evidence->crl_count + 1, sizeof(struct trust_crl *));
	evidence->crls[evidence->crl_count++] = crl;
	return true;
}

static bool
add_ocsp(struct cli_evidence *evidence, struct trust_bytes der, struct trust_error *error)
{
	struct trust_ocsp *ocsp = NULL;

	if (!trust_ocsp_decode(der, &ocsp, error))
		return false;
	evidence->ocsps = trust_grow_array(
	    evidence->ocsps, evidence->ocsp_count + 1, sizeof(struct trust_ocsp *));
	evidence->ocsps[evidence->ocsp_count++] = ocsp;
	return true;
}

/* One kind of file: what its PEM blocks are called, and what becomes of the DER. */
struct kind {
	const char *label;
	const char *words;
	bool (*add)(
	    struct cli_evidence *evidence, struct trust_bytes der, struct trust_error *error);
};

static bool
is_called(const struct import_pem_block *block, const char *label)
{
	return block->label.size == strlen(label) &&
	    memcmp(block->label.data, label, block->label.size) == 0;
}

static bool
add_pem(struct cli_evidence *evidence, const struct kind *kind, struct trust_bytes bytes,
    struct trust_error *error)
{
	struct import_pem reader = import_pem_init(bytes);
	struct import_pem_block block;
	size_t count = 0;

	while (import_pem_next(&reader, &block)) {
		TRUST_AUTO(trust_secret) *der = NULL;
		if (!is_called(&block, kind->label))
			continue;
		if (!import_pem_decode(&block, &der, error) ||
		    !kind->add(evidence, (struct trust_bytes){ der->bytes, der->size }, error))
			return false;
		count++;
	}
	return count > 0 ||
	    trust_fail(error, TRUST_INPUT_NOT_FOUND, NULL, "it holds no %s", kind->words);
}

static const struct kind kinds[] = {
	[CLI_EVIDENCE_LIST] = { "X509 CRL", "revocation list", add_crl },
	[CLI_EVIDENCE_OCSP] = { "OCSP RESPONSE", "OCSP response", add_ocsp },
};

bool
cli_evidence_add(struct cli_evidence *evidence, enum cli_evidence_kind kind,
    struct trust_bytes bytes, struct trust_error *error)
{
	struct import_pem reader = import_pem_init(bytes);

	return import_pem_find(&reader) ? add_pem(evidence, &kinds[kind], bytes, error)
					: kinds[kind].add(evidence, bytes, error);
}

static bool
add_file(struct cli_evidence *evidence, enum cli_evidence_kind kind, const char *path,
    struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *bytes = NULL;
	TRUST_AUTO_FREE char *shown = trust_text_display_string(path);

	if (!import_read(path, &bytes, error))
		return false;
	struct trust_bytes view = { bytes->bytes, bytes->size };
	return cli_evidence_add(evidence, kind, view, error) ||
	    trust_error_prefix(error, "cannot use '%s': ", shown);
}

bool
cli_evidence_read(struct cli_evidence *evidence, const struct cli_texts *crls,
    const struct cli_texts *ocsps, struct trust_error *error)
{
	for (size_t i = 0; i < crls->count; i++)
		if (!add_file(evidence, CLI_EVIDENCE_LIST, crls->list[i], error))
			return false;
	for (size_t i = 0; i < ocsps->count; i++)
		if (!add_file(evidence, CLI_EVIDENCE_OCSP, ocsps->list[i], error))
			return false;
	return true;
}
