/* SPDX-License-Identifier: MPL-2.0 */
/* Is a certificate revoked, as OCSP answers say that are here (RFC 6960)? Who answers is the issuer
 * itself or whom it named for that, and nobody else. */

#include "core/cert.h"
#include "core/crl.h"
#include "core/ocsp.h"
#include "core/oid.h"
#include "core/verdict_internal.h"

#define OID_OCSP_SIGNING "1.3.6.1.5.5.7.3.9"
/* Section 4.2.2.1: newer information is always there where no next update is said; a day is what
 * an answer without one is good for here. */
#define GOOD_FOR_SECONDS ((int64_t)24 * 60 * 60)

static bool
is_fresh(const struct trust_ocsp_single *single, struct trust_time at)
{
	struct trust_time until = { single->this_update.seconds + GOOD_FOR_SECONDS };

	if (single->has_next_update)
		until = single->next_update;
	return verdict_has_begun(single->this_update, at) && trust_time_compare(at, until) <= 0;
}

/* Section 4.2.2.2.1: a responder that need not be asked about, or is known not to be revoked. */
static bool
responder_is_not_revoked(struct verdict_inquiry *inquiry, const struct trust_cert *responder)
{
	struct trust_revocation revocation = { .state = TRUST_REVOCATION_UNKNOWN };

	if (trust_cert_extension(responder, TRUST_OID_OCSP_NO_CHECK))
		return true;
	verdict_ask_lists(inquiry, responder, &revocation);
	return verdict_lets_pass(inquiry->question, &revocation);
}

/* Section 4.2.2.2: issued by the very CA that it answers for, and for this purpose. */
static bool
is_delegate(
    struct verdict_inquiry *inquiry, const struct trust_cert *responder, struct court_node *issuer)
{
	const struct trust_question *question = inquiry->question;
	struct trust_signed what = trust_cert_signed(responder);

	return trust_cert_has_purpose(responder, OID_OCSP_SIGNING) &&
	    trust_name_equal(responder->issuer, issuer->cert->subject) &&
	    (!responder->has_key_usage || (responder->key_usage & TRUST_KU_DIGITAL_SIGNATURE)) &&
	    trust_time_compare(responder->not_before, question->at) <= 0 &&
	    !trust_cert_is_expired(responder, question->at) &&
	    !verdict_unknown_critical(responder) &&
	    !court_distrusts_cert(inquiry->court, responder, question->usage) &&
	    (question->allow_weak ||
		(!verdict_weak_key(responder) && !verdict_weak_signature(responder))) &&
	    court_signed(inquiry->court, responder->id, &what, issuer, inquiry->work) ==
	    TRUST_SIGNATURE_GOOD &&
	    responder_is_not_revoked(inquiry, responder);
}

static bool
is_signed_by_somebody_who_may(
    struct verdict_inquiry *inquiry, const struct trust_ocsp *ocsp, struct court_node *issuer)
{
	struct trust_signed what = trust_ocsp_signed(ocsp);

	if (trust_ocsp_names_responder(ocsp, issuer->cert) &&
	    court_signed(inquiry->court, ocsp->id, &what, issuer, inquiry->work) ==
		TRUST_SIGNATURE_GOOD)
		return true;
	for (size_t i = 0; i < ocsp->cert_count; i++) {
		const struct trust_cert *responder = ocsp->certs[i];
		if (!trust_ocsp_names_responder(ocsp, responder) ||
		    !is_delegate(inquiry, responder, issuer) ||
		    !verdict_spend(inquiry->work, trust_signed_units(&what, responder)))
			continue;
		if (trust_signed_check(&what, responder, NULL) == TRUST_SIGNATURE_GOOD)
			return true;
	}
	return false;
}

/* One answer, from a responder that may give it; true when there is nothing left to ask. */
static bool
weigh(const struct verdict_inquiry *inquiry, const struct trust_ocsp_single *single,
    struct trust_revocation *revocation)
{
	struct trust_time at = inquiry->question->at;
	bool fresh = is_fresh(single, at);
	bool revoked = single->status == TRUST_OCSP_REVOKED;

	if (single->status == TRUST_OCSP_UNKNOWN) {
		verdict_note_gap(revocation, TRUST_GAP_ANSWER);
		return false;
	}
	/* A hold may be over since; what was revoked otherwise stays so. */
	if (!fresh &&
	    (!revoked || single->reason == TRUST_CRL_HOLD ||
		trust_time_compare(single->when, at) > 0)) {
		verdict_note_gap(revocation,
		    verdict_has_begun(single->this_update, at) ? TRUST_GAP_STALE
							       : TRUST_GAP_FUTURE);
		return false;
	}
	/* Of what takes a hold back and what puts it on the newest counts, and of one moment the
	 * hold. */
	bool for_good = revoked && single->reason != TRUST_CRL_HOLD;
	if (revocation->state != TRUST_REVOCATION_UNKNOWN && !for_good) {
		int by_date = trust_time_compare(single->this_update, revocation->as_of);
		if (by_date < 0 || (by_date == 0 && !revoked))
			return false;
	}
	*revocation = (struct trust_revocation){
		.state = revoked ? TRUST_REVOCATION_REVOKED : TRUST_REVOCATION_GOOD,
		.when = single->when,
		.ahead = trust_time_compare(single->when, at) > 0,
		.reason = single->reason,
		.as_of = single->this_update,
		.until = single->next_update,
		.has_until = single->has_next_update,
	};
	return for_good;
}

void
verdict_ask_ocsps(struct verdict_inquiry *inquiry, const struct trust_cert *cert,
    struct court_node *issuer, struct trust_revocation *revocation)
{
	const struct trust_question *question = inquiry->question;

	verdict_note_gap(revocation, TRUST_GAP_NOTHING);
	for (size_t i = 0; i < question->ocsp_count; i++) {
		const struct trust_ocsp *ocsp = question->ocsps[i];
		for (size_t k = 0; k < ocsp->single_count; k++) {
			const struct trust_ocsp_single *single = &ocsp->singles[k];
			if (!verdict_spend(inquiry->work, 4))
				return;
			if (!trust_ocsp_is_about(single, cert, issuer->cert))
				continue;
			if (ocsp->unknown_critical || single->unknown_critical)
				verdict_note_gap(revocation, TRUST_GAP_CRITICAL);
			else if (!is_signed_by_somebody_who_may(inquiry, ocsp, issuer))
				verdict_note_gap(revocation, TRUST_GAP_SIGNER);
			else if (weigh(inquiry, single, revocation))
				return;
		}
	}
}
