/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_SEVERITY_H
#define TRUST_SEVERITY_H

/* How grave a finding is, of a store (store_check.h) or of a certificate (findings.h), and whose
 * job a remedy is. */

enum trust_severity {
	TRUST_SEVERITY_NOTE,    /* good to know; all is sound */
	TRUST_SEVERITY_WARNING, /* works, but not as its owner thinks, or not for everybody */
	TRUST_SEVERITY_ERROR,   /* damaged, lost, open to others, or refused by some program */
	TRUST_SEVERITIES,
};
const char *trust_severity_word(enum trust_severity severity); /* "warning" */

enum trust_whose {
	TRUST_WHOSE_YOU,
	TRUST_WHOSE_SERVER,
	TRUST_WHOSE_CA,
};
const char *trust_whose_words(enum trust_whose whose); /* "the server's administrator" */

#endif
