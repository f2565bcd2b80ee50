/* SPDX-License-Identifier: MPL-2.0 */
/* Revocation lists (core/crl.c, crl_points.c) and OCSP responses (core/ocsp.c): decoding and
 * looking up. */

#include "core/crl.h"

#include <stdlib.h>
#include <string.h>

#include "core/der.h"
#include "core/error.h"
#include "core/ocsp.h"
#include "core/text.h"
#include "tests/fuzz/fuzz.h"

static void
check_refusal(const struct trust_error *error)
{
	if (!error->message || !trust_text_is_plain(error->message, strlen(error->message)))
		abort();
}

static void
read_list(struct trust_bytes bytes)
{
	TRUST_AUTO(trust_crl) *crl = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_crl_entry entry;
	static const uint8_t serial[] = { 5 };

	if (!trust_crl_decode(bytes, &crl, &error)) {
		check_refusal(&error);
		return;
	}
	(void)trust_crl_find(crl, crl->issuer, (struct trust_bytes){ serial, 1 }, &entry);
	(void)trust_points_meet(&crl->point, crl->issuer, &crl->point, crl->issuer);
	(void)trust_crl_number_compare(crl->number, crl->base_number);
	for (size_t i = 0; i < 100; i++) {
		TRUST_AUTO_FREE char *place = trust_crl_delta_place(crl, i);
		if (!place)
			break;
		if (!trust_text_is_plain(place, strlen(place)))
			abort();
	}
	for (size_t i = 0; i < crl->count && i < 100; i++)
		if (crl->rows[i].at >= crl->der.size || crl->rows[i].issuer > crl->issuer_count ||
		    (i > 0 && crl->rows[i - 1].key > crl->rows[i].key))
			abort();
	for (size_t i = 0; i < crl->issuer_count && i < 100; i++)
		(void)trust_general_names_have(crl->issuers[i], crl->issuer);
}

static void
read_points(struct trust_bytes bytes)
{
	struct trust_der list = trust_der_init(bytes);
	struct trust_point point;
	struct trust_point before = { 0 };
	bool damaged = false;

	while (trust_point_next(&list, &point, &damaged)) {
		(void)trust_points_meet(&before, bytes, &point, bytes);
		before = point;
	}
}

static void
read_answer(struct trust_bytes bytes)
{
	TRUST_AUTO(trust_ocsp) *ocsp = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	if (!trust_ocsp_decode(bytes, &ocsp, &error)) {
		check_refusal(&error);
		return;
	}
	for (size_t i = 0; i < ocsp->cert_count; i++) {
		(void)trust_ocsp_names_responder(ocsp, ocsp->certs[i]);
		for (size_t k = 0; k < ocsp->single_count && k < 100; k++)
			(void)trust_ocsp_is_about(
			    &ocsp->singles[k], ocsp->certs[i], ocsp->certs[0]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct trust_bytes bytes = { data, size };

	read_list(bytes);
	read_points(bytes);
	read_answer(bytes);
	return 0;
}
