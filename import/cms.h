/* SPDX-License-Identifier: MPL-2.0 */
#ifndef IMPORT_CMS_H
#define IMPORT_CMS_H

/*
 * A signed message (CMS SignedData, RFC 5652): its content, who signed it, and whether the
 * signature is theirs. Whether the signer is to be believed is not asked here.
 */

#include "core/base.h"
#include "core/secret.h"
#include "core/signature.h"

struct trust_cert;
struct trust_error;

struct import_cms {
	struct trust_secret *der;   /* owned */
	struct trust_bytes content; /* borrowed from der */
	struct trust_cert **certs;  /* owned */
	size_t cert_count;
	bool is_signed;                  /* by somebody */
	const struct trust_cert *signer; /* borrowed; NULL: its certificate is not in the message */
	enum trust_signature verdict;    /* with a signer */
};
void import_cms_done(struct import_cms *cms);

/* Errors: TRUST_INPUT_MALFORMED. The caller calls import_cms_done() in any case. */
bool import_cms_read(struct trust_bytes bytes, struct import_cms *ret_cms,
    struct trust_error *error) TRUST_MUST_CHECK;

/* Its content alone, with nothing checked. False: there is none. The caller calls
 * import_cms_done() here, too. */
bool import_cms_content(struct trust_bytes bytes, struct import_cms *ret_cms) TRUST_MUST_CHECK;

#endif
