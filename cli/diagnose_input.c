/* SPDX-License-Identifier: MPL-2.0 */
/* What `trustctl diagnose` asks with and hears; see diagnose_input.h. */

#include "cli/diagnose_input.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/client_fit.h"
#include "cli/plan.h"
#include "core/buffer.h"
#include "core/cert.h"
#include "core/ocsp.h"
#include "core/oid.h"
#include "core/place.h"
#include "core/text.h"

void
cli_diagnose_done(struct cli_diagnose *diagnose)
{
	for (size_t i = 0; i < diagnose->store_count; i++) {
		struct cli_diagnose_store *at = &diagnose->stores[i];
		trust_verdict_free(at->verdict);
		trust_court_free(at->court);
		trust_store_close(at->store);
		trust_error_clear(&at->failed);
		trust_free(at->name);
		trust_free(at->store_words);
		trust_free(at->ignored_by);
	}
	for (size_t i = 0; i < diagnose->chain_count; i++)
		trust_cert_free(diagnose->chain[i]);
	for (size_t i = 0; i < diagnose->stapled_count; i++)
		trust_ocsp_free(diagnose->stapled[i]);
	trust_free(diagnose->stapled);
	trust_cert_free(diagnose->seen_cert);
	trust_seen_free(diagnose->seen);
	trust_probe_facts_free(diagnose->facts);
	trust_probe_target_free(diagnose->target);
	trust_places_free(diagnose->places);
	trust_free(diagnose->stores);
	trust_free(diagnose->chain);
	trust_free(diagnose->views);
	trust_free(diagnose->proxy);
	trust_free(diagnose->domain);
	trust_free(diagnose->domain_address);
	trust_free(diagnose->fitting);
	trust_free(diagnose->fitting_id);
	trust_free(diagnose->client_label);
	trust_free(diagnose->client_command);
	trust_free(diagnose->again);
	trust_free(diagnose->store_option);
}

/* ---- stores -------------------------------------------------------------------------------- */

static bool
open_stores(struct cli *cli, struct cli_diagnose *diagnose, struct trust_error *error)
{
	const struct trust_environment environment = trust_environment_current();

	if (!cli_places(cli, "all", &diagnose->places, error))
		return false;
	size_t count = diagnose->places->count;
	diagnose->stores = trust_alloc_array(count + 1, sizeof *diagnose->stores);
	for (size_t i = 0; i < count; i++) {
		struct trust_place *place = &diagnose->places->list[i];
		struct cli_diagnose_store *at = &diagnose->stores[diagnose->store_count];
		/* Beside other stores the built-in roots come last, as one of their own. */
		if (place->kind == TRUST_PLACE_BUILTIN)
			continue;
		diagnose->store_count++;
		at->place = place;
		at->name = cli_place_words(place);
		at->store_words = trust_place_option(place);
		at->ignored_by = diagnose->usage == TRUST_TLS_SERVER
		    ? trust_place_ignored_by(&environment, place)
		    : NULL;
		if (cli_store_open(cli, place, &at->store, &at->failed))
			continue;
		if (at->failed.code == TRUST_STORE_MISSING && !cli->global.store) {
			diagnose->store_count--; /* nobody has it */
			trust_free(at->name);
			trust_free(at->store_words);
			trust_free(at->ignored_by);
			trust_error_clear(&at->failed);
			*at = (struct cli_diagnose_store){ 0 };
		} else if (count == 1) {
			trust_error_move(error, &at->failed);
			return false;
		} else {
			cli_warn(cli, "store '%s' is left out: %s", at->name, at->failed.message);
		}
	}
	if (!cli_builtin(cli))
		return true;
	struct cli_diagnose_store *last = &diagnose->stores[diagnose->store_count++];
	last->name = trust_strdup("builtin");
	last->store_words = trust_strdup("");
	return true;
}

/* ---- the personal certificate -------------------------------------------------------------- */

static bool
pick_client(struct cli_diagnose *diagnose, struct trust_error *error)
{
	const char *text = diagnose->options->client;

	for (size_t i = 0; text && i < diagnose->store_count; i++) {
		const struct trust_store *store = diagnose->stores[i].store;
		TRUST_AUTO_ERROR why = TRUST_ERROR_INIT;
		const struct trust_item *item = NULL;
		if (!store)
			continue;
		if (!trust_store_select(store, text, &item, &why)) {
			if (why.code != TRUST_INPUT_NOT_FOUND || error->code == TRUST_OK)
				trust_error_move(error, &why);
			if (error->code != TRUST_INPUT_NOT_FOUND)
				return false;
			continue;
		}
		if (item->kind != TRUST_KIND_IDENTITY) {
			(void)trust_fail(error, TRUST_INPUT_NOT_FOUND, item->name,
			    "'%s' has no private key in the store '%s', so it cannot be shown",
			    item->name, diagnose->stores[i].name);
			continue;
		}
		diagnose->client = item;
		diagnose->client_store = store;
		TRUST_AUTO_FREE char *id = cli_short_id(item->id);
		diagnose->client_label = trust_printf("'%s' (%s)", item->name, id);
		diagnose->client_command = trust_printf("trustctl identity check %s%s --revocation",
		    id, diagnose->stores[i].store_words);
		trust_error_clear(error);
		return true;
	}
	if (!text || error->code != TRUST_OK)
		return !text;
	return trust_fail(error, TRUST_STORE_MISSING, NULL, "there is no store to look in");
}

/* Another store may have it as well. */
static bool
is_shown(const struct cli_diagnose *diagnose, const struct trust_item *item)
{
	return diagnose->client && memcmp(diagnose->client->id, item->id, sizeof item->id) == 0;
}

/* The identities of all stores that a server which asks would take, but the one shown. */
static void
find_fitting(struct cli *cli, struct cli_diagnose *diagnose)
{
	TRUST_AUTO_BUFFER out;
	size_t told = 0;

	trust_buffer_init(&out, 4096);
	if (diagnose->facts->tls.client_cert == TRUST_PROBE_CLIENT_NOT_ASKED)
		return;
	for (size_t i = 0; i < diagnose->store_count; i++) {
		const struct trust_store *store = diagnose->stores[i].store;
		for (size_t k = 0; store && k < trust_store_count(store); k++) {
			const struct trust_item *item = trust_store_item(store, k);
			if (item->kind != TRUST_KIND_IDENTITY || !item->cert || told >= 3 ||
			    is_shown(diagnose, item) ||
			    !cli_client_fits(
				&diagnose->facts->tls.ca_names, store, NULL, 0, item->cert) ||
			    !trust_cert_allows_purpose(item->cert, TRUST_OID_CLIENT_AUTH) ||
			    trust_cert_is_expired(item->cert, cli->now))
				continue;
			TRUST_AUTO_FREE char *id = cli_short_id(item->id);
			TRUST_AUTO_FREE char *name = trust_text_cut(item->name, 300, "...");
			trust_buffer_printf(&out, "%s%s (%s, store '%s')", told++ ? ", " : "", name,
			    id, diagnose->stores[i].name);
			if (!diagnose->fitting_id)
				diagnose->fitting_id = trust_steal(&id);
		}
	}
	if (told)
		diagnose->fitting = trust_buffer_take(&out);
}

/* ---- before asking ------------------------------------------------------------------------- */

/* A proxy of the environment, unless this host is one of NO_PROXY; without its password. */
static char *
find_proxy(const struct trust_probe_target *target)
{
	static const char *const variables[] = { "https_proxy", "HTTPS_PROXY", "all_proxy",
		"ALL_PROXY" };
	const char *except = getenv("no_proxy") ? getenv("no_proxy") : getenv("NO_PROXY");
	TRUST_AUTO_FREE char *list = trust_strdup(except ? except : "");
	char *rest = list;

	for (char *word = strsep(&rest, ", "); word; word = strsep(&rest, ", ")) {
		if (strcmp(word, "*") == 0)
			return NULL;
		word += *word == '.';
		size_t size = strlen(word);
		size_t host = strlen(target->host);
		if (size && host >= size && strcasecmp(target->host + host - size, word) == 0 &&
		    (host == size || target->host[host - size - 1] == '.'))
			return NULL;
	}
	for (size_t i = 0; i < TRUST_COUNT(variables); i++) {
		const char *value = getenv(variables[i]);
		if (!value || !*value)
			continue;
		const char *at = strrchr(value, '@');
		TRUST_AUTO_FREE char *shown = trust_text_display_string(at ? at + 1 : value);
		return trust_printf("%s=%s", variables[i], shown);
	}
	return NULL;
}

/* The words after `trustctl diagnose` that reach the same server. */
static char *
again_words(const struct cli *cli, const struct cli_diagnose_options *options)
{
	TRUST_AUTO_FREE char *target = trust_shell_word(cli->operands[0]);
	const struct {
		const char *option;
		const char *value;
	} said[] = {
		{ "--starttls", options->starttls },
		{ "--connect", options->connect },
		{ "--ip-version", options->ip_version },
	};
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, 65536);
	trust_buffer_append_text(&out, target);
	for (size_t i = 0; i < TRUST_COUNT(said); i++)
		if (said[i].value) {
			TRUST_AUTO_FREE char *word = trust_shell_word(said[i].value);
			trust_buffer_printf(&out, " %s %s", said[i].option, word);
		}
	return trust_buffer_take(&out);
}

/* " --store DIR", for commands that shall look where this one looked; all of them without it. */
static char *
store_option(const struct cli *cli)
{
	if (!cli->global.store || strcmp(cli->global.store, "all") == 0)
		return trust_strdup("");
	TRUST_AUTO_FREE char *word = trust_shell_word(cli->global.store);
	return trust_printf(" --store %s", word);
}

bool
cli_diagnose_open(struct cli *cli, const struct cli_diagnose_options *options,
    struct cli_diagnose *diagnose, struct trust_error *error)
{
	enum trust_starttls starttls = TRUST_STARTTLS_NONE;

	diagnose->options = options;
	if (options->starttls && !trust_starttls_from_name(options->starttls, &starttls))
		return trust_fail(error, TRUST_BUG, NULL, "a choice that is no protocol");
	if (!trust_usage_parse(options->usage, &diagnose->usage))
		return trust_fail(error, TRUST_BUG, NULL, "a choice that is no usage");
	if (!trust_probe_target_parse(
		cli->operands[0], options->starttls ? &starttls : NULL, &diagnose->target, error) ||
	    !open_stores(cli, diagnose, error) || !pick_client(diagnose, error))
		return false;
	diagnose->proxy = find_proxy(diagnose->target);
	diagnose->again = again_words(cli, options);
	diagnose->store_option = store_option(cli);
	return true;
}

/* ---- asking -------------------------------------------------------------------------------- */

static bool
probe(struct cli *cli, struct cli_diagnose *diagnose, struct trust_error *error)
{
	const struct cli_diagnose_options *options = diagnose->options;
	const struct trust_item *client = diagnose->client;
	struct trust_probe_identity identity = { 0 };
	struct trust_probe_request request = {
		.target = diagnose->target,
		.connect_ip = options->connect,
		.ip_version = options->ip_version ? (unsigned)(options->ip_version[0] - '0') : 0,
		.ask_versions = true,
		.ask_http = trust_probe_target_is_web(diagnose->target),
		.ask_plain_http = trust_probe_target_is_web(diagnose->target),
		.http_get = client != NULL,
		/* Where HTTP is a guess only, nobody waits long for it. */
		.limits.http_ms = diagnose->target->service ? 0 : 2000,
	};

	if (client) {
		const struct trust_place *place = trust_store_place(diagnose->client_store);
		identity.store = place->path;
		identity.nss_libdir = place->nss_libdir;
		/* It may be another store's. */
		if (trust_store_has_password(diagnose->client_store))
			identity.password = cli_known_store_password(cli);
		identity.cert = client->der;
		request.identity = &identity;
	}
	return trust_probe_run(&request, &diagnose->facts, error);
}

static void
decode_chain(struct cli *cli, struct cli_diagnose *diagnose)
{
	const struct trust_probe_blobs *sent = &diagnose->facts->tls.chain;

	diagnose->chain = trust_alloc_array(sent->count + 1, sizeof(struct trust_cert *));
	for (size_t i = 0; i < sent->count; i++) {
		TRUST_AUTO_ERROR why = TRUST_ERROR_INIT;
		struct trust_bytes der = { sent->list[i].data, sent->list[i].size };
		if (!trust_cert_decode(der, &diagnose->chain[i], &why))
			cli_warn(
			    cli, "certificate %zu of the chain is damaged: %s", i + 1, why.message);
	}
	diagnose->chain_count = sent->count;
}

/* The answers about revocation that came with the handshake. */
static void
decode_stapled(struct cli *cli, struct cli_diagnose *diagnose)
{
	const struct trust_probe_blobs *sent = &diagnose->facts->tls.ocsp;

	diagnose->stapled = trust_alloc_array(sent->count + 1, sizeof(struct trust_ocsp *));
	for (size_t i = 0; i < sent->count; i++) {
		TRUST_AUTO_ERROR why = TRUST_ERROR_INIT;
		struct trust_bytes der = { sent->list[i].data, sent->list[i].size };
		if (der.size == 0)
			continue; /* of a certificate without answer */
		if (trust_ocsp_decode(der, &diagnose->stapled[diagnose->stapled_count], &why))
			diagnose->stapled_count++;
		else
			cli_warn(cli, "a stapled OCSP response is left out: %s", why.message);
	}
}

static void
ask_stores(struct cli *cli, struct cli_diagnose *diagnose)
{
	const struct trust_cert *leaf = diagnose->chain_count ? diagnose->chain[0] : NULL;
	const struct trust_cert **others =
	    trust_alloc_array(diagnose->chain_count + 1, sizeof(struct trust_cert *));
	struct trust_question question = { .cert = leaf, .usage = diagnose->usage, .at = cli->now };

	diagnose->views = trust_alloc_array(diagnose->store_count + 1, sizeof *diagnose->views);
	for (size_t i = 1; i < diagnose->chain_count; i++)
		if (diagnose->chain[i])
			others[question.other_count++] = diagnose->chain[i];
	question.others = others;
	question.ocsps = (const struct trust_ocsp *const *)diagnose->stapled;
	question.ocsp_count = diagnose->stapled_count;
	question.host = diagnose->usage == TRUST_TLS_SERVER ? diagnose->target->host : NULL;
	for (size_t i = 0; leaf && i < diagnose->store_count; i++) {
		struct cli_diagnose_store *at = &diagnose->stores[i];
		if (at->failed.code != TRUST_OK)
			continue;
		at->court = trust_court_new(at->store, cli_builtin(cli));
		at->verdict = trust_court_ask(at->court, &question);
		/* Alone, the built-in roots know no company's CA: shown, but no cause for
		 * anything. */
		if (!at->store && diagnose->view_count > 0)
			continue;
		diagnose->views[diagnose->view_count++] = (struct trust_diagnosis_view){
			.name = at->name,
			.store_words = at->store_words,
			.store = at->store,
			.verdict = at->verdict,
			.ignored_by = at->ignored_by,
		};
	}
	trust_free(others);
}

/* ---- what was seen ------------------------------------------------------------------------- */

static void
look_back(struct cli *cli, struct cli_diagnose *diagnose)
{
	TRUST_AUTO_FREE char *path = trust_seen_path();
	TRUST_AUTO_ERROR why = TRUST_ERROR_INIT;
	const struct trust_probe_target *target = diagnose->target;

	if (diagnose->options->no_memory)
		return;
	if (!trust_seen_look(path, target->host, target->port,
		trust_starttls_name(target->starttls), &diagnose->seen, &why)) {
		cli_warn(cli, "what was seen last cannot be read: %s", why.message);
		return;
	}
	struct trust_seen *seen = diagnose->seen;
	if (seen &&
	    !trust_cert_decode(
		(struct trust_bytes){ seen->der, seen->size }, &diagnose->seen_cert, &why))
		cli_warn(cli, "what was seen last cannot be read: %s", why.message);
}

void
cli_diagnose_remember(
    struct cli *cli, const struct cli_diagnose *diagnose, const struct trust_diagnosis *diagnosis)
{
	TRUST_AUTO_FREE char *path = trust_seen_path();
	TRUST_AUTO_ERROR why = TRUST_ERROR_INIT;
	const struct trust_probe_target *target = diagnose->target;
	const struct trust_cert *leaf = diagnose->chain_count ? diagnose->chain[0] : NULL;
	struct trust_seen seen = {
		.first = cli->now,
		.last = cli->now,
		.trusted = diagnosis->trusted,
		.vendor = diagnosis->vendor,
	};

	if (!leaf || diagnose->options->no_memory)
		return;
	for (size_t i = 0; i < diagnosis->count; i++) {
		enum trust_cause_kind kind = diagnosis->causes[i].kind;
		if ((kind == TRUST_CAUSE_CHANGED || kind == TRUST_CAUSE_INTERCEPTION) &&
		    !diagnose->options->accept_change)
			return; /* the old one is what to compare with until somebody decided */
	}
	seen.der = diagnose->facts->tls.chain.list[0].data; /* borrowed */
	seen.size = diagnose->facts->tls.chain.list[0].size;
	if (!trust_seen_keep(path, target->host, target->port,
		trust_starttls_name(target->starttls), &seen, &why))
		cli_warn(cli, "this certificate is not remembered: %s", why.message);
}

/* ---- the domain's own address -------------------------------------------------------------- */

/* Of a mail server whose certificate is another host's: where is the web server of the domain? */
static void
look_at_domain(struct cli_diagnose *diagnose)
{
	const struct trust_probe_target *target = diagnose->target;
	const struct trust_cert *leaf = diagnose->chain_count ? diagnose->chain[0] : NULL;
	const char *dot = strchr(target->host, '.');
	TRUST_AUTO(trust_probe_target) *domain = NULL;
	TRUST_AUTO(trust_probe_facts) *facts = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;

	if (!leaf || target->is_address || !dot || !strchr(dot + 1, '.') ||
	    trust_probe_target_is_web(target) || trust_cert_covers_host(leaf, target->host))
		return;
	/* The address is all that is wanted; a short patience is enough. */
	struct trust_probe_request request = {
		.limits = { .resolve_ms = 3000,
		    .connect_ms = 2000,
		    .handshake_ms = 2000,
		    .total_ms = 6000 },
	};
	if (!trust_probe_target_parse(dot + 1, NULL, &domain, &ignored))
		return;
	request.target = domain;
	if (!trust_probe_run(&request, &facts, &ignored) || !facts->address)
		return;
	diagnose->domain = trust_strdup(domain->shown);
	diagnose->domain_address = trust_strdup(facts->address);
}

bool
cli_diagnose_ask(struct cli *cli, struct cli_diagnose *diagnose, struct trust_error *error)
{
	if (!probe(cli, diagnose, error))
		return false;
	decode_chain(cli, diagnose);
	decode_stapled(cli, diagnose);
	ask_stores(cli, diagnose);
	look_back(cli, diagnose);
	find_fitting(cli, diagnose);
	look_at_domain(diagnose);
	diagnose->question = (struct trust_diagnosis_question){
		.target = diagnose->target,
		.facts = diagnose->facts,
		.chain = (const struct trust_cert *const *)diagnose->chain,
		.chain_count = diagnose->chain_count,
		.views = diagnose->views,
		.view_count = diagnose->view_count,
		.builtin = cli_builtin(cli),
		.seen = diagnose->seen_cert ? diagnose->seen : NULL,
		.seen_cert = diagnose->seen_cert,
		.now = cli->now,
		.made = trust_time_made(),
		.proxy = diagnose->proxy,
		.domain = diagnose->domain,
		.domain_address = diagnose->domain_address,
		.fitting = diagnose->fitting,
		.fitting_id = diagnose->fitting_id,
		.client = diagnose->client_label,
		.client_command = diagnose->facts->tls.identity_shown &&
			cli_client_fits(&diagnose->facts->tls.ca_names, diagnose->client_store,
			    NULL, 0, diagnose->client->cert)
		    ? diagnose->client_command
		    : NULL,
		.store_option = diagnose->store_option,
		.again = diagnose->again,
	};
	return true;
}
