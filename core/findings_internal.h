/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_FINDINGS_INTERNAL_H
#define TRUST_FINDINGS_INTERNAL_H

/* Findings of one certificate (findings_cert.c) and of a path (findings.c). */

#include "core/findings.h"

/* Takes ownership of the value, which is displayable; NULL for none. */
void findings_add(struct trust_findings *findings, enum trust_finding_id id,
    const struct trust_cert *cert, char *value);

struct finding_role { /* what a certificate is in its path */
	enum trust_usage usage;
	bool leaf;
	bool anchor;
	bool public_ca; /* the anchor is of the built-in list */
};
void findings_of_cert(struct trust_findings *findings, const struct trust_cert *cert,
    const struct finding_role *role, struct trust_time at);

#endif
