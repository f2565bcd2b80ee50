/* SPDX-License-Identifier: MPL-2.0 */
/* Which certificates an export takes along: those named, their issuers, or all anchors. */

#include <string.h>

#include "cli/export_plan.h"
#include "core/cert.h"
#include "core/error.h"
#include "core/issued.h"
#include "core/place.h"
#include "core/text.h"

static bool
has(const struct cli_export *export, const struct trust_cert *cert)
{
	for (size_t i = 0; i < export->count; i++)
		if (memcmp(export->parts[i].cert->id, cert->id, sizeof cert->id) == 0)
			return true;
	return false;
}

static const struct trust_store *
own_store(const struct cli_export *export)
{
	return export->store_count > 0 ? export->stores[0] : NULL;
}

/* Dates from which leaves are refused come with the built-in roots alone. */
static void
copy_dates(struct cli_export *export, struct export_part *part, const struct trust_item *item)
{
	const struct trust_store *builtin = cli_builtin(export->cli);
	const struct trust_item *vendor = builtin ? trust_store_find(builtin, item->id) : NULL;
	const struct trust_item *from = vendor ? vendor : item;

	memcpy(part->distrust_after, from->distrust_after, sizeof part->distrust_after);
	memcpy(part->has_distrust_after, from->has_distrust_after, sizeof part->has_distrust_after);
}

static void
add(struct cli_export *export, const struct trust_store *store, const struct trust_item *item,
    struct trust_states states, enum export_role role)
{
	size_t count = export->count + 1;

	export->parts = trust_grow_array(export->parts, count, sizeof *export->parts);
	export->origins = trust_grow_array(export->origins, count, sizeof *export->origins);
	/* The nickname as it is: it goes into the file, not to a terminal. */
	char *name = item->nickname.size > 0
	    ? trust_printf("%.*s", (int)item->nickname.size, (const char *)item->nickname.data)
	    : trust_strdup(item->name);
	export->origins[export->count] =
	    (struct cli_export_origin){ .store = store, .item = item, .name = name };
	export->parts[export->count] = (struct export_part){
		.cert = item->cert,
		.friendly_name = name,
		.role = role,
		.states = states,
	};
	copy_dates(export, &export->parts[export->count], item);
	export->count = count;
}

static void
add_own(struct cli_export *export, const struct trust_item *item, enum export_role role)
{
	const struct trust_store *store = own_store(export);

	add(export, store, item, cli_effective_states(store, cli_builtin(export->cli), item), role);
}

/* ---- issuers --------------------------------------------------------------------------------- */

static const struct trust_item *
find_issuer(
    struct cli_export *export, const struct trust_store *store, const struct trust_cert *cert)
{
	const struct trust_item *found = NULL;

	for (size_t i = 0; store && i < trust_store_count(store); i++) {
		const struct trust_item *item = trust_store_item(store, i);
		if (!item->cert || !trust_cert_is_ca(item->cert) ||
		    !trust_issued_by(cert, item->cert, &export->budget))
			continue;
		/* Of several issuers with the same key, one that is valid now. */
		if (!found || trust_cert_is_expired(found->cert, export->cli->now))
			found = item;
	}
	return found;
}

/* In the store, else among the built-in roots; NULL and a warning: nowhere. */
static const struct trust_item *
find_issuer_anywhere(struct cli_export *export, const struct trust_cert *cert)
{
	const struct trust_item *issuer = find_issuer(export, own_store(export), cert);

	if (!issuer)
		issuer = find_issuer(export, cli_builtin(export->cli), cert);
	if (!issuer) {
		TRUST_AUTO_FREE char *name = trust_name_display(cert->issuer);
		cli_warn(export->cli, "the chain is incomplete: its issuer '%s' is not here", name);
	}
	return issuer;
}

/* With a network program the root is what the other side is checked against, unless --ca names
 * it. */
static void
add_chain(struct cli_export *export, const struct trust_cert *leaf)
{
	const struct trust_cert *cert = leaf;
	bool network = export->format->network;

	while (!trust_bytes_equal(cert->subject, cert->issuer)) {
		const struct trust_item *issuer = find_issuer_anywhere(export, cert);
		if (!issuer)
			return;
		cert = issuer->cert;
		bool root = trust_bytes_equal(cert->subject, cert->issuer);
		if (network && root && export->options->anchors.count > 0)
			return;
		if (has(export, cert))
			return;
		add_own(export, issuer,
		    !network   ? EXPORT_ROLE_SUBJECT
			: root ? EXPORT_ROLE_ANCHOR
			       : EXPORT_ROLE_CHAIN);
	}
}

static bool
has_anchor(const struct cli_export *export, const struct trust_cert *cert)
{
	for (size_t i = 0; i < export->count; i++)
		if (export->parts[i].role == EXPORT_ROLE_ANCHOR &&
		    memcmp(export->parts[i].cert->id, cert->id, sizeof cert->id) == 0)
			return true;
	return false;
}

/* No network program takes a certificate for the end of a chain that is no root. */
static void
add_issuers_of_anchor(struct cli_export *export, const struct trust_item *anchor)
{
	const struct trust_cert *cert = anchor->cert;
	const struct trust_item *last = NULL;

	while (!trust_bytes_equal(cert->subject, cert->issuer)) {
		const struct trust_item *issuer = find_issuer_anywhere(export, cert);
		if (!issuer || has_anchor(export, issuer->cert))
			break;
		add_own(export, issuer, EXPORT_ROLE_ANCHOR);
		last = issuer;
		cert = issuer->cert;
	}
	if (last)
		cli_warn(export->cli,
		    "'%s' is no root, and %s checks up to one: the other side may have a "
		    "certificate of anybody below '%s'",
		    anchor->name, export->format->name, last->name);
}

/* ---- items ----------------------------------------------------------------------------------- */

/* All that the command line names, and the issuers of that. */
static bool
open_store(struct cli_export *export, const struct trust_place *place,
    struct trust_store **ret_store, struct trust_error *error)
{
	struct cli *cli = export->cli;
	const struct cli_texts *anchors = &export->options->anchors;
	TRUST_AUTO_FREE const char **texts =
	    trust_alloc_array(cli->operand_count + anchors->count + 1, sizeof(const char *));
	struct trust_part part = { .texts = texts, .issuers = true, .builtin = cli_builtin(cli) };

	if (export->options->trusted)
		return cli_store_open(cli, place, ret_store, error);
	for (size_t i = 0; i < cli->operand_count; i++)
		texts[part.text_count++] = cli->operands[i];
	for (size_t i = 0; i < anchors->count; i++)
		texts[part.text_count++] = anchors->list[i];
	if (export->options->sign)
		texts[part.text_count++] = export->options->sign;
	return cli_store_open_for(cli, place, &part, ret_store, error);
}

static bool
open_stores(struct cli_export *export, struct trust_error *error)
{
	struct cli *cli = export->cli;
	bool found = export->options->trusted ? cli_places(cli, NULL, &export->places, error)
					      : cli_place(cli, &export->places, error);

	if (!found)
		return false;
	export->stores = trust_alloc_array(export->places->count, sizeof(struct trust_store *));
	for (size_t i = 0; i < export->places->count; i++) {
		if (!open_store(export, &export->places->list[i], &export->stores[i], error))
			return false;
		export->store_count++;
	}
	return true;
}

static bool
collect_items(struct cli_export *export, struct trust_error *error)
{
	struct cli *cli = export->cli;
	CLI_PICKS_AUTO picks = { 0 };

	if (!cli_pick(cli, own_store(export), cli_builtin(cli), cli->operands, cli->operand_count,
		&picks, error))
		return false;
	for (size_t i = 0; i < picks.count; i++) {
		const struct trust_item *item = picks.list[i];
		bool key = item->kind == TRUST_KIND_KEY;
		if (!item->cert && !(key && export->format->key_alone)) {
			(void)trust_fail(error, TRUST_INPUT_UNSUPPORTED, item->name,
			    "'%s' is no certificate and cannot be exported%s%s", item->name,
			    key ? " as " : "", key ? export->format->name : "");
			return key && trust_hint(error, "the private key alone: --format pkcs8");
		}
		add_own(export, item, EXPORT_ROLE_SUBJECT);
	}
	export->picked = export->count;
	for (size_t i = 0; (export->options->chain || export->format->network) && i < picks.count;
	     i++)
		add_chain(export, picks.list[i]->cert);
	return true;
}

static bool
collect_anchors(struct cli_export *export, struct trust_error *error)
{
	const struct cli_texts *texts = &export->options->anchors;
	CLI_PICKS_AUTO picks = { 0 };

	if (!cli_pick(export->cli, own_store(export), cli_builtin(export->cli), texts->list,
		texts->count, &picks, error))
		return false;
	for (size_t i = 0; i < picks.count; i++) {
		if (!picks.list[i]->cert)
			return trust_fail(error, TRUST_INPUT_UNSUPPORTED, picks.list[i]->name,
			    "'%s' is no certificate and cannot be a CA", picks.list[i]->name);
		add_own(export, picks.list[i], EXPORT_ROLE_ANCHOR);
	}
	for (size_t i = 0; i < picks.count; i++)
		add_issuers_of_anchor(export, picks.list[i]);
	return true;
}

/* ---- all anchors ----------------------------------------------------------------------------- */

/*
 * What the stores say together: one that distrusts wins, then one that trusts; and a record of any
 * store wins over the built-in roots, as in NSS.
 */
static struct trust_states
states_together(const struct cli_export *export, const struct trust_item *wanted)
{
	struct trust_states together = trust_states_all(TRUST_UNDECIDED);
	static const int ranks[] = {
		[TRUST_UNDECIDED] = 0,
		[TRUST_NOT_ANCHOR] = 1,
		[TRUST_PEER] = 2,
		[TRUST_TRUSTED] = 3,
		[TRUST_DISTRUSTED] = 4,
	};

	for (int vendor = 0; vendor < 2; vendor++) {
		for (size_t i = 0; i < export->store_count; i++) {
			const struct trust_store *store = export->stores[i];
			const struct trust_item *item = trust_store_find(store, wanted->id);
			bool builtin = trust_store_place(store)->kind == TRUST_PLACE_BUILTIN;
			if (!item || builtin != (vendor == 1) || !trust_item_has_record(item))
				continue;
			struct trust_states own = trust_item_states(store, item);
			for (int u = 0; u < TRUST_USAGES; u++)
				if (ranks[own.of[u]] > ranks[together.of[u]])
					together.of[u] = own.of[u];
		}
		if (!trust_states_equal(together, trust_states_all(TRUST_UNDECIDED)))
			break;
	}
	return together;
}

/* What stands in several stores, or twice in one, is considered once. */
static bool
is_first(const struct cli_export *export, size_t store, const struct trust_item *item)
{
	for (size_t i = 0; i < store; i++)
		if (trust_store_find(export->stores[i], item->id))
			return false;
	return trust_store_find(export->stores[store], item->id) == item;
}

static void
leave_out(struct cli_export_left_out *left_out, const struct trust_item *item)
{
	if (left_out->count++ == 0)
		left_out->first = trust_strdup(item->name);
}

static bool
is_trusted_for_one(struct trust_states states, const bool usages[TRUST_USAGES])
{
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		if (usages[usage] && states.of[usage] == TRUST_TRUSTED)
			return true;
	return false;
}

/* Intermediates that nobody decided on are no anchors; --trusted leaves them out everywhere. */
static void
consider(struct cli_export *export, const struct trust_store *store, const struct trust_item *item)
{
	struct trust_states states = states_together(export, item);
	struct export_format strict = *export->format;

	strict.intermediates = false;
	if (export_fits(&strict, item->cert, states, export->options->usages))
		add(export, store, item, states, EXPORT_ROLE_SUBJECT);
	else if (trust_states_any(states, TRUST_DISTRUSTED))
		leave_out(&export->distrusted, item);
	else if (is_trusted_for_one(states, export->options->usages))
		leave_out(&export->narrow, item);
}

/* "no certificate is trusted here for email": for what was asked, or for what the format means. */
static bool
fail_untrusted(const struct cli_export *export, struct trust_error *error)
{
	TRUST_AUTO_BUFFER words;

	trust_buffer_init(&words, 256);
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		if (export->options->usages[usage])
			trust_buffer_printf(&words, "%s%s",
			    words.size > 0             ? ", "
				: export->narrow.count ? " for all of "
						       : " for ",
			    trust_usage_word((enum trust_usage)usage));
	if (words.size == 0 && !export->format->per_usage)
		trust_buffer_append_text(&words, " for tls-server");
	(void)trust_fail(error, TRUST_INPUT_NOT_FOUND, NULL, "no certificate is trusted here%s",
	    words.size > 0 ? (const char *)words.data : "");
	return trust_hint(error, "what is trusted for what: trustctl list; --usage chooses");
}

static bool
collect_trusted(struct cli_export *export, struct trust_error *error)
{
	for (size_t i = 0; i < export->store_count; i++)
		for (size_t k = 0; k < trust_store_count(export->stores[i]); k++) {
			const struct trust_item *item = trust_store_item(export->stores[i], k);
			if (item->cert && is_first(export, i, item))
				consider(export, export->stores[i], item);
		}
	return export->count > 0 || fail_untrusted(export, error);
}

/* ---- who signs ------------------------------------------------------------------------------- */

#define MAX_SIGNER_CERTS 10

/* The issuers between the signer and its root, which whoever checks the signature has. */
static void
add_signer_chain(struct cli_export *export)
{
	struct cli_export_signing *signing = &export->signing;
	const struct trust_cert *cert = signing->item->cert;

	signing->certs = trust_alloc_array(MAX_SIGNER_CERTS, sizeof(struct trust_cert *));
	while (cert && signing->count < MAX_SIGNER_CERTS) {
		signing->certs[signing->count++] = cert;
		const struct trust_item *issuer = trust_bytes_equal(cert->subject, cert->issuer)
		    ? NULL
		    : find_issuer(export, signing->store, cert);
		bool root =
		    issuer && trust_bytes_equal(issuer->cert->subject, issuer->cert->issuer);
		cert = issuer && !root ? issuer->cert : NULL;
	}
}

/* What makes a signature worthless to others is said, and not forbidden. */
static void
warn_of_signer(const struct cli_export *export)
{
	const struct trust_item *item = export->signing.item;

	if (trust_cert_is_expired(item->cert, export->cli->now))
		cli_warn(export->cli, "'%s' has expired: others will not accept its signature",
		    item->name);
	if (item->cert->has_key_usage && !(item->cert->key_usage & TRUST_KU_DIGITAL_SIGNATURE))
		cli_warn(export->cli,
		    "'%s' is not for signatures: its key usage lacks digitalSignature", item->name);
}

static bool
collect_signer(struct cli_export *export, struct trust_error *error)
{
	struct cli_export_signing *signing = &export->signing;
	const char *wanted = export->options->sign;

	if (!wanted)
		return true;
	for (size_t i = 0; i < export->store_count && !signing->item; i++) {
		TRUST_AUTO_ERROR here = TRUST_ERROR_INIT;
		signing->store = export->stores[i];
		if (!trust_store_select(signing->store, wanted, &signing->item, &here) &&
		    !error->code)
			trust_error_move(error, &here);
	}
	if (!signing->item)
		return false;
	trust_error_clear(error);
	if (!signing->item->cert || !signing->item->key_object_id)
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, signing->item->name,
		    "'%s' has no private key here, so it cannot sign", signing->item->name);
	warn_of_signer(export);
	add_signer_chain(export);
	return true;
}

bool
cli_export_collect(struct cli_export *export, struct trust_error *error)
{
	if (!open_stores(export, error))
		return false;
	bool found = export->options->trusted
	    ? collect_trusted(export, error)
	    : collect_items(export, error) && collect_anchors(export, error);
	return found && collect_signer(export, error);
}
