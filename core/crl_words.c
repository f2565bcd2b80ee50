/* SPDX-License-Identifier: MPL-2.0 */
/* A revocation list as an item: what people see of it. */

#include "core/cert.h"
#include "core/crl.h"

char *
trust_crl_words(const struct trust_crl *crl)
{
	TRUST_AUTO_FREE char *issuer = trust_name_display(crl->issuer);
	char date[32];

	trust_time_format_date(crl->this_update, date);
	return trust_printf("%srevocation list of %s, %zu revoked, of %s",
	    crl->is_delta ? "delta " : "", issuer, crl->count, date);
}
