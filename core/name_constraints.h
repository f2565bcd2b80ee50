/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_NAME_CONSTRAINTS_H
#define TRUST_NAME_CONSTRAINTS_H

/*
 * Name constraints (RFC 5280 section 4.2.1.10) of one CA against one certificate below it: dNSName,
 * rfc822Name, iPAddress, directoryName, URI. What cannot be decoded, and a constraint on a kind of
 * name not known here that the certificate has, is a no. A wildcard name is refused when any host
 * it covers is excluded.
 */

#include "core/base.h"

struct trust_cert;

enum trust_name_fit {
	TRUST_NAME_FITS,
	TRUST_NAME_NOT_PERMITTED,
	TRUST_NAME_EXCLUDED,
	TRUST_NAME_CONSTRAINTS_UNREADABLE,
	TRUST_NAME_BUDGET, /* *work passed limit */
};

/* The first name of the certificate that does not fit. ret_name, owned by the caller and
 * displayable, may be NULL. work counts units of about a microsecond. */
enum trust_name_fit trust_name_constraints_check(const struct trust_cert *ca,
    const struct trust_cert *cert, uint64_t *work, uint64_t limit, char **ret_name);

#endif
