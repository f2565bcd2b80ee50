/* SPDX-License-Identifier: MPL-2.0 */
/* How grave a finding is and whose job its remedy is, in words. */

#include "core/severity.h"

const char *
trust_severity_word(enum trust_severity severity)
{
	static const char *const words[] = {
		[TRUST_SEVERITY_NOTE] = "note",
		[TRUST_SEVERITY_WARNING] = "warning",
		[TRUST_SEVERITY_ERROR] = "error",
	};
	return words[severity];
}

const char *
trust_whose_words(enum trust_whose whose)
{
	static const char *const words[] = {
		[TRUST_WHOSE_YOU] = "you",
		[TRUST_WHOSE_SERVER] = "the server's administrator",
		[TRUST_WHOSE_CA] = "the CA",
	};
	return words[whose];
}
