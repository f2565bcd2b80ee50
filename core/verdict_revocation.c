/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Is a certificate revoked? RFC 5280 section 6.3 by the lists that are here, newest first:
 * each that may speak for one of its distribution points, signed by somebody who may and whose path
 * reaches the same anchor. What is too old or too new still convicts, and acquits nobody.
 */

#include <string.h>

#include "core/cert.h"
#include "core/crl.h"
#include "core/der.h"
#include "core/oid.h"
#include "core/verdict_internal.h"

#define MAX_POINTS 32
#define MAX_SIGNER_PATH 6

void
verdict_note_gap(struct trust_revocation *revocation, enum trust_revocation_gap gap)
{
	if (gap > revocation->gap)
		revocation->gap = gap;
}

/* ---- whose list, and for which certificates ------------------------------------------------ */

/* The list's own point and the certificate's; `point` NULL: the one that is implied, with the name
 * of the certificate's issuer. */
static bool
points_fit(
    const struct trust_crl *crl, const struct trust_cert *cert, const struct trust_point *point)
{
	if (!crl->point.named)
		return true;
	if (!point)
		return trust_general_names_have(crl->point.full, cert->issuer);
	if (point->named)
		return trust_points_meet(&crl->point, crl->issuer, point,
		    point->issuer.size ? crl->issuer : cert->issuer);
	const struct trust_point by_issuer = { .named = true, .full = point->issuer };
	return trust_points_meet(&crl->point, crl->issuer, &by_issuer, cert->issuer);
}

/* Section 6.3.3 (b). */
static bool
list_fits(
    const struct trust_crl *crl, const struct trust_cert *cert, const struct trust_point *point)
{
	if (point && point->issuer.size) {
		if (!crl->indirect || !trust_general_names_have(point->issuer, crl->issuer))
			return false;
	} else if (!trust_name_equal(crl->issuer, cert->issuer)) {
		return false;
	}
	if ((crl->only_users && cert->ca) || (crl->only_cas && !cert->ca) || crl->only_attributes)
		return false;
	return points_fit(crl, cert, point);
}

static bool
is_fresh(const struct trust_crl *crl, struct trust_time at)
{
	return verdict_has_begun(crl->this_update, at) && crl->has_next_update &&
	    trust_time_compare(at, crl->next_update) <= 0;
}

/* ---- who signed it ------------------------------------------------------------------------- */

static bool
may_sign_lists(const struct verdict_inquiry *inquiry, struct court_node *signer)
{
	const struct trust_cert *cert = signer->cert;
	const struct trust_question *question = inquiry->question;

	return (!cert->has_key_usage || (cert->key_usage & TRUST_KU_CRL_SIGN)) &&
	    trust_time_compare(cert->not_before, question->at) <= 0 &&
	    !trust_cert_is_expired(cert, question->at) && !verdict_unknown_critical(cert) &&
	    !court_distrusts(inquiry->court, signer, question->usage, trust_cert_is_ca(cert)) &&
	    (question->allow_weak || !verdict_weak_key(cert));
}

static bool
signature_fits(struct verdict_inquiry *inquiry, const struct trust_crl *crl,
    struct court_node *signer, const struct trust_cert *parameters)
{
	struct trust_signed what = trust_crl_signed(crl);

	if (crl->authority_key_id.size && signer->cert->subject_key_id.size &&
	    !trust_bytes_equal(crl->authority_key_id, signer->cert->subject_key_id))
		return false;
	if (parameters)
		return verdict_spend(inquiry->work, trust_signed_units(&what, parameters)) &&
		    trust_signed_check(&what, signer->cert, parameters) == TRUST_SIGNATURE_GOOD;
	return court_signed(inquiry->court, crl->id, &what, signer, inquiry->work) ==
	    TRUST_SIGNATURE_GOOD;
}

bool
verdict_lets_pass(const struct trust_question *question, const struct trust_revocation *revocation)
{
	return revocation->state == TRUST_REVOCATION_GOOD ||
	    (revocation->state == TRUST_REVOCATION_UNKNOWN && !question->require_revocation);
}

/* The trail from the signer up to the anchor: names, lengths, and each element's own revocation. */
static bool
trail_is_good(struct verdict_inquiry *inquiry, struct court_node *const *trail, size_t count)
{
	size_t offender = 0;

	for (size_t i = 1; i < count; i++)
		if (verdict_check_above(trail, i, inquiry->work, &offender) != TRUST_REASON_NONE)
			return false;
	if (!verdict_check_inherited(trail, count, inquiry->work, &offender))
		return false;
	for (size_t i = 0; i + 1 < count; i++) {
		struct trust_revocation revocation = { .state = TRUST_REVOCATION_UNKNOWN };
		bool self = trail[i]->cert == inquiry->pending[inquiry->depth - 1];
		if (self && inquiry->self_may)
			continue;
		verdict_ask_lists(inquiry, trail[i]->cert, &revocation);
		if (!verdict_lets_pass(inquiry->question, &revocation))
			return false;
	}
	return true;
}

/* Section 6.3.3 (f): the signer's path ends in the anchor of the certificate's, and could not have
 * been forged on the way. */
static bool
reaches_anchor(struct verdict_inquiry *inquiry, struct court_node **trail, size_t count)
{
	struct court_node *top = trail[count - 1];
	struct court_node *anchor = inquiry->path[inquiry->count - 1];
	struct court_node *issuer;
	uint32_t at = 0;

	if (top == anchor)
		return trail_is_good(inquiry, trail, count);
	if (!inquiry->question->allow_weak && verdict_weak_signature(top->cert))
		return false;
	if (count == MAX_SIGNER_PATH)
		return false;
	while ((issuer = court_next_of(inquiry->court, top->cert->issuer, court_issuer_hash(top),
		    inquiry->work, &at))) {
		bool seen = false;
		for (size_t i = 0; i < count; i++)
			seen |= trail[i] == issuer;
		if (!verdict_spend(inquiry->work, 2 + issuer->cert->der.size / 64))
			return false;
		issuer->self_issued = verdict_self_issued(issuer->cert);
		if (seen ||
		    verdict_check_issuer(inquiry->court, issuer, inquiry->question) !=
			TRUST_REASON_NONE ||
		    court_signature(inquiry->court, top, issuer, inquiry->work) !=
			TRUST_SIGNATURE_GOOD)
			continue;
		trail[count] = issuer;
		if (reaches_anchor(inquiry, trail, count + 1))
			return true;
	}
	return false;
}

/* Who signed it and may; NULL. */
static struct court_node *
find_signer(struct verdict_inquiry *inquiry, const struct trust_crl *crl, uint64_t issuer_hash)
{
	struct court_node *trail[MAX_SIGNER_PATH];
	struct court_node *signer;
	uint32_t at = 0;

	/* The elements of the path are good already, and mostly it is one of them. */
	for (size_t i = 1; i < inquiry->count; i++)
		if (inquiry->path[i]->subject_hash == issuer_hash &&
		    trust_name_equal(inquiry->path[i]->cert->subject, crl->issuer) &&
		    may_sign_lists(inquiry, inquiry->path[i]) &&
		    signature_fits(inquiry, crl, inquiry->path[i],
			verdict_parameters_of(inquiry->path, inquiry->count, i)))
			return inquiry->path[i];
	while ((
	    signer = court_next_of(inquiry->court, crl->issuer, issuer_hash, inquiry->work, &at))) {
		if (!verdict_spend(inquiry->work, 2 + signer->cert->der.size / 64))
			return NULL;
		signer->self_issued = verdict_self_issued(signer->cert);
		trail[0] = signer;
		if (may_sign_lists(inquiry, signer) &&
		    !trust_cert_inherits_parameters(signer->cert) &&
		    signature_fits(inquiry, crl, signer, NULL) && reaches_anchor(inquiry, trail, 1))
			return signer;
	}
	return NULL;
}

/* ---- one list ------------------------------------------------------------------------------ */

/* May this delta list be put on top of that one (section 6.3.3 (c))? */
static bool
delta_goes_with(const struct trust_crl *delta, const struct trust_crl *base)
{
	return delta->is_delta && base->number.size && delta->number.size &&
	    trust_name_equal(delta->issuer, base->issuer) && delta->has_scope == base->has_scope &&
	    trust_bytes_equal(delta->scope, base->scope) &&
	    trust_bytes_equal(delta->authority_key_id, base->authority_key_id) &&
	    trust_crl_number_compare(base->number, delta->base_number) >= 0 &&
	    trust_crl_number_compare(base->number, delta->number) < 0;
}

/* The newest delta list for it, of those that are fresh or of those that are not; NULL. */
static const struct trust_crl *
find_delta(struct verdict_inquiry *inquiry, const struct court_list *base, bool fresh)
{
	const struct trust_court *court = inquiry->court;

	for (size_t i = 0; i < court->list_count; i++) {
		const struct trust_crl *delta = court->lists[i].crl;
		if (!delta->is_delta || court->lists[i].issuer_hash != base->issuer_hash ||
		    !verdict_spend(inquiry->work, 2) || delta->unknown_critical.size ||
		    is_fresh(delta, inquiry->question->at) != fresh ||
		    !delta_goes_with(delta, base->crl))
			continue;
		if (find_signer(inquiry, delta, base->issuer_hash))
			return delta;
	}
	return NULL;
}

struct reading { /* of one list with its delta */
	const struct trust_crl *base;
	const struct trust_crl *delta; /* NULL: none */
	bool fresh;
};

static bool
convicts(const struct verdict_inquiry *inquiry, const struct reading *reading,
    const struct trust_cert *cert, struct trust_revocation *revocation)
{
	struct trust_crl_entry entry;
	const struct trust_crl *by = reading->delta;
	struct trust_time at = inquiry->question->at;

	if (!by || !trust_crl_find(by, cert->issuer, cert->serial, &entry)) {
		by = reading->base;
		if (!trust_crl_find(by, cert->issuer, cert->serial, &entry))
			return false;
	}
	if (entry.reason == TRUST_CRL_REMOVED)
		return false;
	/* A hold may be over since, or not have begun. */
	if (!reading->fresh &&
	    (entry.reason == TRUST_CRL_HOLD || trust_time_compare(entry.when, at) > 0))
		return false;
	*revocation = (struct trust_revocation){
		.state = TRUST_REVOCATION_REVOKED,
		.when = entry.when,
		.ahead = trust_time_compare(entry.when, at) > 0,
		.reason = (int)entry.reason,
		.as_of = by->this_update,
		.until = by->next_update,
		.has_until = by->has_next_update,
	};
	return true;
}

static void
note_source(struct trust_revocation *revocation, const struct reading *reading)
{
	const struct trust_crl *by = reading->delta ? reading->delta : reading->base;

	/* Of several lists the one that is replaced first counts. */
	if (revocation->has_until && trust_time_compare(revocation->until, by->next_update) <= 0)
		return;
	revocation->as_of = by->this_update;
	revocation->until = by->next_update;
	revocation->has_until = by->has_next_update;
}

/* A delta list that is too old, and newer than what is fresh, acquits nobody and convicts. */
static bool
old_delta_convicts(struct verdict_inquiry *inquiry, const struct court_list *base,
    const struct trust_crl *fresh, const struct trust_cert *cert,
    struct trust_revocation *revocation)
{
	const struct trust_crl *old = find_delta(inquiry, base, false);
	const struct reading reading = { .base = old };

	return old && (!fresh || trust_crl_number_compare(old->number, fresh->number) > 0) &&
	    convicts(inquiry, &reading, cert, revocation);
}

#define MAX_COVERING_KEYS 8

struct coverage { /* what fresh lists spoke about */
	unsigned reasons;
	struct {
		struct court_node *signer;
		const struct trust_crl *newest; /* of this key's lists */
		unsigned reasons;
	} by_key[MAX_COVERING_KEYS];
	size_t keys;
};

/* The place of this signer's key; where there is none for it, that behind the last. */
static size_t
place_of_key(const struct coverage *coverage, struct court_node *signer)
{
	size_t at = 0;

	while (at < coverage->keys &&
	    memcmp(court_key_hash(coverage->by_key[at].signer), court_key_hash(signer),
		TRUST_SHA256_BYTES) != 0)
		at++;
	return at;
}

/* Lists are asked newest first. A newer list replaces those of its own key only: a CA that has two
 * keys under one name may keep a list with each. Of two that are as new as each other both count:
 * one may convict. */
static bool
is_superseded(const struct coverage *coverage, const struct trust_crl *crl,
    struct court_node *signer, unsigned reasons)
{
	size_t at = place_of_key(coverage, signer);

	if (at == coverage->keys || (reasons & ~coverage->by_key[at].reasons) != 0)
		return false;
	return court_compare_ages(crl, coverage->by_key[at].newest) < 0;
}

static void
note_coverage(struct coverage *coverage, const struct trust_crl *crl, struct court_node *signer,
    unsigned reasons)
{
	size_t at = place_of_key(coverage, signer);

	coverage->reasons |= reasons;
	if (at == MAX_COVERING_KEYS)
		return;
	if (at == coverage->keys) {
		coverage->by_key[at].signer = signer;
		coverage->by_key[at].newest = crl;
		coverage->keys++;
	}
	coverage->by_key[at].reasons |= reasons;
}

/* One list, for these reasons; true when it convicts. */
static bool
ask_list(struct verdict_inquiry *inquiry, const struct court_list *list,
    const struct trust_cert *cert, unsigned reasons, struct coverage *coverage,
    struct trust_revocation *revocation)
{
	const struct trust_crl *crl = list->crl;
	struct reading reading = { .base = crl };
	unsigned interim = reasons & crl->point.reasons;

	if (crl->unknown_critical.size) {
		verdict_note_gap(revocation, TRUST_GAP_CRITICAL);
		return false;
	}
	if (interim == 0)
		return false;
	struct court_node *signer = find_signer(inquiry, crl, list->issuer_hash);
	if (!signer) {
		verdict_note_gap(revocation, TRUST_GAP_SIGNER);
		return false;
	}
	if (is_superseded(coverage, crl, signer, interim))
		return false;
	bool begun = verdict_has_begun(crl->this_update, inquiry->question->at);
	reading.delta = begun ? find_delta(inquiry, list, true) : NULL;
	reading.fresh = begun && (reading.delta || is_fresh(crl, inquiry->question->at));
	if (convicts(inquiry, &reading, cert, revocation) ||
	    old_delta_convicts(inquiry, list, reading.delta, cert, revocation))
		return true;
	if (!reading.fresh) {
		verdict_note_gap(revocation, begun ? TRUST_GAP_STALE : TRUST_GAP_FUTURE);
		return false;
	}
	note_source(revocation, &reading);
	note_coverage(coverage, crl, signer, interim);
	return false;
}

/* ---- all lists ----------------------------------------------------------------------------- */

struct points { /* of a certificate */
	struct trust_point list[MAX_POINTS];
	size_t count;
	uint64_t issuer_hash; /* the certificate's */
};

static void
read_points(const struct trust_cert *cert, struct points *points)
{
	struct trust_der list;
	bool damaged = false;

	points->count = 0;
	points->issuer_hash = trust_name_hash(cert->issuer);
	if (!verdict_open_list(cert, TRUST_OID_CRL_POINTS, &list))
		return;
	while (points->count < MAX_POINTS &&
	    trust_point_next(&list, &points->list[points->count], &damaged))
		points->count++;
}

/* About what list_fits() costs at most: both points are copied, and each name of the one, of 16
 * bytes or so, may be compared with each of the other, but of no more than 64. */
static uint64_t
units_of_fit(
    const struct trust_crl *crl, const struct trust_cert *cert, const struct trust_point *point)
{
	uint64_t theirs = crl->point.full.size + crl->point.relative.size;
	uint64_t own = point ? point->full.size + point->relative.size + point->issuer.size
			     : cert->issuer.size;
	uint64_t less = theirs < own ? theirs : own;
	uint64_t names = (theirs + own - less) / 16;

	return 4 + (theirs + own) / 4096 + (cert->issuer.size + own) / 64 +
	    less * (names < 64 ? names + 1 : 64) / 64;
}

/* The reasons for a revocation that a list may tell of the certificate, by all points of that which
 * are the list's too, and by the one that is implied. */
static unsigned
reasons_of_list(struct verdict_inquiry *inquiry, const struct court_list *list,
    const struct trust_cert *cert, const struct points *points, struct trust_revocation *revocation)
{
	const struct trust_crl *crl = list->crl;
	unsigned reasons = 0;

	for (size_t i = 0; i <= points->count; i++) {
		const struct trust_point *point = i < points->count ? &points->list[i] : NULL;
		bool by_other = point && point->issuer.size;
		if (!verdict_spend(inquiry->work, 1))
			return 0;
		if (!by_other && list->issuer_hash != points->issuer_hash)
			continue;
		if (!verdict_spend(inquiry->work, units_of_fit(crl, cert, point)))
			return 0;
		if (by_other && !trust_general_names_have(point->issuer, crl->issuer))
			continue;
		verdict_note_gap(revocation, TRUST_GAP_SCOPE);
		if (list_fits(crl, cert, point))
			reasons |= point ? point->reasons : TRUST_CRL_ALL_REASONS;
	}
	return reasons;
}

/* Newest first, whatever point they are of. */
static void
ask_each_list(struct verdict_inquiry *inquiry, const struct trust_cert *cert,
    struct trust_revocation *revocation)
{
	const struct trust_court *court = inquiry->court;
	struct points points;
	struct coverage coverage = { 0 };

	read_points(cert, &points);
	for (size_t i = 0; i < court->list_count; i++) {
		const struct court_list *list = &court->lists[i];
		if (list->crl->is_delta)
			continue;
		unsigned reasons = reasons_of_list(inquiry, list, cert, &points, revocation);
		if (inquiry->work->done > inquiry->work->limit)
			return;
		if (reasons != 0 && ask_list(inquiry, list, cert, reasons, &coverage, revocation))
			return;
	}
	if (coverage.reasons == TRUST_CRL_ALL_REASONS)
		revocation->state = TRUST_REVOCATION_GOOD;
	else if (coverage.reasons != 0)
		verdict_note_gap(revocation, TRUST_GAP_REASONS);
}

void
verdict_ask_lists(struct verdict_inquiry *inquiry, const struct trust_cert *cert,
    struct trust_revocation *revocation)
{
	verdict_note_gap(revocation, TRUST_GAP_NOTHING);
	for (size_t i = 0; i < inquiry->depth; i++)
		if (memcmp(inquiry->pending[i]->id, cert->id, sizeof cert->id) == 0)
			return;
	if (inquiry->depth == TRUST_COUNT(inquiry->pending) || inquiry->court->list_count == 0)
		return;
	bool before = inquiry->self_may;
	inquiry->pending[inquiry->depth++] = cert;
	/* A signer of lists may be on no list but its own, which can convict it at least; where
	 * there is another, that one counts. */
	for (int round = 0; round < 2 && revocation->state == TRUST_REVOCATION_UNKNOWN; round++) {
		inquiry->self_may = round > 0;
		if (round == 0 || (!cert->has_key_usage || (cert->key_usage & TRUST_KU_CRL_SIGN)))
			ask_each_list(inquiry, cert, revocation);
	}
	inquiry->self_may = before;
	inquiry->depth--;
}

void
verdict_check_revocation(struct trust_court *court, const struct trust_question *question,
    struct court_node *const *path, size_t count, size_t at, struct verdict_work *work,
    struct trust_revocation *ret_revocation)
{
	struct verdict_inquiry inquiry = {
		.court = court, .question = question, .path = path, .count = count, .work = work
	};
	struct trust_revocation by_ocsp = { .state = TRUST_REVOCATION_UNKNOWN };
	struct trust_revocation by_list = { .state = TRUST_REVOCATION_UNKNOWN };

	verdict_ask_ocsps(&inquiry, path[at]->cert, path[at + 1], &by_ocsp);
	verdict_ask_lists(&inquiry, path[at]->cert, &by_list);
	/* Who says that it is revoked is right; else who knows. */
	bool ocsp = by_ocsp.state == TRUST_REVOCATION_REVOKED ||
	    (by_list.state == TRUST_REVOCATION_UNKNOWN &&
		(by_ocsp.state == TRUST_REVOCATION_GOOD || by_ocsp.gap > by_list.gap));
	*ret_revocation = ocsp ? by_ocsp : by_list;
	if (ret_revocation->state == TRUST_REVOCATION_UNKNOWN && work->done > work->limit)
		ret_revocation->gap = TRUST_GAP_BUDGET;
	if (ret_revocation->state != TRUST_REVOCATION_UNKNOWN)
		ret_revocation->gap = TRUST_GAP_NONE;
	ret_revocation->by_ocsp = ocsp;
}
