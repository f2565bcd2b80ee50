/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_VERIFY_EVIDENCE_H
#define CLI_VERIFY_EVIDENCE_H

/* What `trustctl verify` is given about revocations: lists (--crl) and OCSP answers (--ocsp). */

#include "cli/cli.h"

struct trust_crl;
struct trust_ocsp;

struct cli_evidence {
	struct trust_crl **crls; /* owned */
	size_t crl_count;
	struct trust_ocsp **ocsps; /* owned */
	size_t ocsp_count;
};
#define CLI_EVIDENCE_AUTO __attribute__((cleanup(cli_evidence_done))) struct cli_evidence
void cli_evidence_done(struct cli_evidence *evidence);

/* Read the files: lists as DER or PEM, several in one PEM file; OCSP responses as DER or PEM. */
bool cli_evidence_read(struct cli_evidence *evidence, const struct cli_texts *crls,
    const struct cli_texts *ocsps, struct trust_error *error) TRUST_MUST_CHECK;

enum cli_evidence_kind { CLI_EVIDENCE_LIST, CLI_EVIDENCE_OCSP };
/* The same from bytes, DER or PEM. Errors: TRUST_INPUT_*. */
bool cli_evidence_add(struct cli_evidence *evidence, enum cli_evidence_kind kind,
    struct trust_bytes bytes, struct trust_error *error) TRUST_MUST_CHECK;

#endif
