/* SPDX-License-Identifier: MPL-2.0 */
/* What `trustctl import` says at its end of an identity; see import_next.h. */

#include "cli/import_next.h"
#include "cli/items.h"
#include "cli/personal.h"
#include "core/cert.h"
#include "core/issued.h"
#include "core/oid.h"
#include "core/place.h"

/* Or not determined, where the signatures cost too much. */
static bool
issuer_known(const struct trust_store *store, const struct trust_cert *cert, uint64_t *budget)
{
	return trust_issued_in(store, cert, budget) != NULL || *budget == 0;
}

/* The newest identity of the same name that this one outlives; NULL: none. */
static const struct trust_item *
find_renewed(const struct trust_store *store, const struct trust_cert *cert)
{
	const struct trust_item *found = NULL;

	for (size_t i = 0; i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (item->kind != TRUST_KIND_IDENTITY || !item->cert ||
		    !trust_name_equal(item->cert->subject, cert->subject) ||
		    !trust_name_equal(item->cert->issuer, cert->issuer) ||
		    trust_time_compare(item->cert->not_after, cert->not_after) >= 0)
			continue;
		if (!found || trust_time_compare(item->cert->not_after, found->cert->not_after) > 0)
			found = item;
	}
	return found;
}

/* Both stay, and both have the same names. */
static void
say_renewal(struct cli_next *next, const struct trust_cert *cert, const char *label,
    const struct trust_item *renewed)
{
	TRUST_AUTO_FREE char *id = cli_short_id(cert->id);
	TRUST_AUTO_FREE char *old = cli_short_id(renewed->id);
	TRUST_AUTO_FREE char *expiry = cli_expires_words(renewed->cert, next->cli->now);

	cli_next_note(next,
	    trust_printf("'%s' (%s) renews %s (%s), which stays for old mail; commands tell them "
			 "apart by these digits",
		label, id, old, expiry));
}

/* A mail program signs with what it trusts itself. named: "'Alice'", with its digits where there
 * are two of the name. */
static void
say_mail(struct cli_next *next, const struct trust_store *store, const struct trust_cert *cert,
    const struct cli_uses *uses, const char *named)
{
	struct cli *cli = next->cli;
	const struct trust_place *place = trust_store_place(store);
	TRUST_AUTO(trust_court) *court = trust_court_new(store, cli_builtin(cli));
	const struct trust_question question = {
		.cert = cert,
		.usage = TRUST_EMAIL,
		.at = cli->now,
	};
	TRUST_AUTO(trust_verdict) *letter = trust_court_ask(court, &question);
	TRUST_AUTO_FREE char *words = cli_mail_words(uses, letter);
	TRUST_AUTO_FREE char *remedy = cli_mail_remedy(place, uses, letter);

	cli_next_note(
	    next, trust_printf("%s has %s with its key; %s", place->readers, named, words));
	if (remedy != NULL)
		cli_next_hint(next, trust_printf("to sign mail with %s: %s", named, remedy));
}

static void
say_offer(struct cli_next *next, const struct trust_store *store, const struct trust_cert *cert,
    const char *label, const char *named)
{
	const struct trust_place *place = trust_store_place(store);
	const struct cli_uses uses = cli_uses_of(cert);
	const char *readers = place->readers != NULL && *place->readers != '\0'
	    ? place->readers
	    : "programs that use this store";

	if (place->kind == TRUST_PLACE_THUNDERBIRD && cli_uses_mail(&uses))
		say_mail(next, store, cert, &uses, named);
	else if (!uses.websites)
		cli_next_note(next,
		    trust_printf("'%s' is not made for logging in to servers (%s): browsers will "
				 "not offer it",
			label,
			trust_cert_allows_purpose(cert, TRUST_OID_CLIENT_AUTH)
			    ? "its key usage forbids signing"
			    : "no TLS client purpose"));
	else if (place->kind == TRUST_PLACE_USER && !place->has_program)
		cli_next_note(next,
		    trust_printf("no browser that reads the store '%s' was found here; %s would "
				 "offer %s",
			place->name, readers, named));
	else
		cli_next_note(next, trust_printf("%s will offer %s", readers, named));
}

void
cli_import_say_identity(struct cli_next *next, const struct trust_store *store,
    const struct trust_cert *cert, uint64_t *budget)
{
	struct cli *cli = next->cli;
	TRUST_AUTO_FREE char *label = trust_cert_label(cert);
	TRUST_AUTO_FREE char *id = cli_short_id(cert->id);
	const struct trust_item *renewed = find_renewed(store, cert);
	TRUST_AUTO_FREE char *named =
	    renewed ? trust_printf("'%s' (%s)", label, id) : trust_printf("'%s'", label);

	if (trust_cert_is_expired(cert, cli->now))
		cli_next_warn(next,
		    trust_printf("'%s' is expired: servers will refuse it, though old mail can be "
				 "read with it",
			label));
	else if (trust_time_compare(cli->now, cert->not_before) < 0)
		cli_next_warn(next,
		    trust_printf(
			"'%s' is not yet valid: servers will refuse it until then", label));
	else
		say_offer(next, store, cert, label, named);
	if (renewed)
		say_renewal(next, cert, label, renewed);
	if (!trust_cert_is_self_issued(cert) && !issuer_known(store, cert, budget) &&
	    !issuer_known(cli_builtin(cli), cert, budget)) {
		TRUST_AUTO_FREE char *issuer = trust_name_display(cert->issuer);
		cli_next_warn(next,
		    trust_printf("the issuer of '%s' is not here (%s): some servers refuse a "
				 "certificate that comes without it",
			label, issuer));
	}
}
