/* SPDX-License-Identifier: MPL-2.0 */
/* Kinds of items: what a person calls them. */

#include <string.h>

#include "core/cert.h"
#include "core/oid.h"
#include "core/store.h"

static const struct {
	const char *word;
	const char *plural;
} kinds[TRUST_KINDS] = {
	[TRUST_KIND_IDENTITY] = { "identity", "identities" },
	[TRUST_KIND_ROOT] = { "root", "roots" },
	[TRUST_KIND_INTERMEDIATE] = { "intermediate", "intermediates" },
	[TRUST_KIND_SERVER] = { "server", "servers" },
	[TRUST_KIND_PERSON] = { "person", "persons" },
	[TRUST_KIND_KEY] = { "key", "keys" },
	[TRUST_KIND_CRL] = { "crl", "crls" },
};

const char *
trust_kind_word(enum trust_kind kind)
{
	return kinds[kind].word;
}

const char *
trust_kind_plural(enum trust_kind kind)
{
	return kinds[kind].plural;
}

bool
trust_kind_parse(const char *word, enum trust_kind *ret_kind)
{
	for (size_t i = 0; i < TRUST_KINDS; i++)
		if (strcmp(word, kinds[i].word) == 0 || strcmp(word, kinds[i].plural) == 0) {
			*ret_kind = (enum trust_kind)i;
			return true;
		}
	return false;
}

/* An end entity is a person's when it can be used for mail or a client but not for a server. */
static bool
is_person(const struct trust_cert *cert)
{
	if (trust_cert_has_purpose(cert, TRUST_OID_SERVER_AUTH))
		return false;
	if (trust_cert_has_purpose(cert, TRUST_OID_EMAIL_PROTECTION) ||
	    trust_cert_has_purpose(cert, TRUST_OID_CLIENT_AUTH))
		return true;
	TRUST_AUTO(trust_names) *emails = trust_cert_emails(cert);
	return emails->count > 0;
}

enum trust_kind
trust_kind_of_cert(const struct trust_cert *cert, bool has_key)
{
	if (has_key)
		return TRUST_KIND_IDENTITY;
	if (trust_cert_is_ca(cert))
		return trust_cert_is_self_issued(cert) ? TRUST_KIND_ROOT : TRUST_KIND_INTERMEDIATE;
	return is_person(cert) ? TRUST_KIND_PERSON : TRUST_KIND_SERVER;
}
