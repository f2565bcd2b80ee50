/* SPDX-License-Identifier: MPL-2.0 */
/* Where a certificate, or a list, says that revocation can be asked about. */

#include "core/cert.h"
#include "core/crl.h"
#include "core/der.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/verdict_internal.h"

#define OID_OCSP "1.3.6.1.5.5.7.48.1"
#define URI TRUST_DER_CONTEXT_PRIMITIVE(6)

/* The `nth` counts down. */
static char *
take(struct trust_bytes uri, size_t *nth)
{
	if (uri.size == 0 || uri.size > TRUST_MAX_FETCH_URL_BYTES)
		return NULL;
	for (size_t i = 0; i < uri.size; i++)
		if (uri.data[i] <= ' ' || uri.data[i] >= 0x7f)
			return NULL;
	if ((*nth)-- > 0)
		return NULL;
	return trust_printf("%.*s", (int)uri.size, (const char *)uri.data);
}

bool
verdict_open_list(const struct trust_cert *cert, const char *oid, struct trust_der *ret_list)
{
	const struct trust_extension *extension = trust_cert_extension(cert, oid);
	struct trust_der der =
	    trust_der_init(extension ? extension->value : (struct trust_bytes){ 0 });

	return extension && trust_der_enter(&der, TRUST_DER_SEQUENCE, ret_list);
}

char *
trust_cert_ocsp_place(const struct trust_cert *cert, size_t nth)
{
	struct trust_der list, access;
	struct trust_der_element method, place;
	char *url = NULL;

	if (!verdict_open_list(cert, TRUST_OID_AUTHORITY_INFO, &list))
		return NULL;
	while (!url && trust_der_enter(&list, TRUST_DER_SEQUENCE, &access))
		if (trust_der_expect(&access, TRUST_DER_OID, &method) &&
		    trust_oid_is(method.content, OID_OCSP) &&
		    trust_der_expect(&access, URI, &place))
			url = take(place.content, &nth);
	return url;
}

static char *
point_place(struct trust_der *list, size_t nth)
{
	struct trust_point point;
	bool damaged = false;
	char *url = NULL;

	while (!url && trust_point_next(list, &point, &damaged)) {
		struct trust_der names = trust_der_init(point.full);
		struct trust_der_element name;
		while (!url && trust_der_next(&names, &name))
			if (name.tag == URI)
				url = take(name.content, &nth);
	}
	return url;
}

char *
trust_cert_list_place(const struct trust_cert *cert, size_t nth)
{
	struct trust_der list;

	return verdict_open_list(cert, TRUST_OID_CRL_POINTS, &list) ? point_place(&list, nth)
								    : NULL;
}

bool
trust_cert_has_revocation_place(const struct trust_cert *cert)
{
	TRUST_AUTO_FREE char *responder = trust_cert_ocsp_place(cert, 0);
	TRUST_AUTO_FREE char *list = trust_cert_list_place(cert, 0);

	return responder || list;
}

char *
trust_cert_delta_place(const struct trust_cert *cert, size_t nth)
{
	struct trust_der list;

	return verdict_open_list(cert, TRUST_OID_FRESHEST_CRL, &list) ? point_place(&list, nth)
								      : NULL;
}

char *
trust_crl_delta_place(const struct trust_crl *crl, size_t nth)
{
	struct trust_der der = trust_der_init(crl->freshest);
	struct trust_der list;

	return trust_der_enter(&der, TRUST_DER_SEQUENCE, &list) ? point_place(&list, nth) : NULL;
}
