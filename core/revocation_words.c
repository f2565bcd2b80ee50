/* SPDX-License-Identifier: MPL-2.0 */
/* What is known of a revocation, in words; and where a certificate says that its issuer's is. */

#include <strings.h>

#include "core/cert.h"
#include "core/crl.h"
#include "core/der.h"
#include "core/oid.h"
#include "core/text.h"
#include "core/verdict_internal.h"

/* A URL that is shown; longer ones are none of a CA. */
#define MAX_URL 500

const char *
trust_revocation_state_word(enum trust_revocation_state state)
{
	static const char *const words[] = {
		[TRUST_REVOCATION_NOT_ASKED] = "not-asked",
		[TRUST_REVOCATION_GOOD] = "good",
		[TRUST_REVOCATION_REVOKED] = "revoked",
		[TRUST_REVOCATION_UNKNOWN] = "unknown",
	};
	return words[state];
}

const char *
trust_revocation_gap_words(enum trust_revocation_gap gap)
{
	static const char *const words[] = {
		[TRUST_GAP_NONE] = "nobody was asked",
		[TRUST_GAP_NOTHING] = "no revocation list and no OCSP answer about it is here",
		[TRUST_GAP_SCOPE] = "the revocation lists here are for other certificates",
		[TRUST_GAP_STALE] = "what is here about it is too old",
		[TRUST_GAP_FUTURE] = "what is here about it was made after the time asked about",
		[TRUST_GAP_SIGNER] =
		    "what is here about it is not signed by somebody who may and is trusted",
		[TRUST_GAP_CRITICAL] =
		    "what is here about it has a critical extension not understood here",
		[TRUST_GAP_REASONS] =
		    "the revocation lists here cover only some reasons for a revocation",
		[TRUST_GAP_ANSWER] = "the OCSP responder does not know it",
		[TRUST_GAP_BUDGET] = "there was too much to check",
	};
	return words[gap];
}

char *
trust_revocation_words(const struct trust_revocation *revocation)
{
	char when[32];
	char as_of[32];

	trust_time_format_date(revocation->when, when);
	trust_time_format_date(revocation->as_of, as_of);
	const char *source = revocation->by_ocsp ? "OCSP answer" : "list";
	switch (revocation->state) {
	case TRUST_REVOCATION_GOOD:
		return trust_printf("not revoked (%s of %s)", source, as_of);
	case TRUST_REVOCATION_REVOKED:
		return trust_printf("revoked %s %s: %s (%s of %s)",
		    revocation->ahead ? "as of" : "on", when,
		    trust_crl_reason_words((enum trust_crl_reason)revocation->reason), source,
		    as_of);
	case TRUST_REVOCATION_UNKNOWN:
		return trust_printf(
		    "revocation unknown: %s", trust_revocation_gap_words(revocation->gap));
	case TRUST_REVOCATION_NOT_ASKED:
		break;
	}
	return NULL;
}

char *
trust_cert_issuer_url(const struct trust_cert *cert)
{
	struct trust_der list, access;
	struct trust_der_element method;
	struct trust_der_element place;

	if (!verdict_open_list(cert, TRUST_OID_AUTHORITY_INFO, &list))
		return NULL;
	while (trust_der_enter(&list, TRUST_DER_SEQUENCE, &access)) {
		if (!trust_der_expect(&access, TRUST_DER_OID, &method) ||
		    !trust_oid_is(method.content, "1.3.6.1.5.5.7.48.2") ||
		    !trust_der_expect(&access, TRUST_DER_CONTEXT_PRIMITIVE(6), &place) ||
		    place.content.size <= 4 || place.content.size > MAX_URL ||
		    strncasecmp((const char *)place.content.data, "http", 4) != 0)
			continue;
		return trust_text_display(place.content.data, place.content.size);
	}
	return NULL;
}
