/* SPDX-License-Identifier: MPL-2.0 */
/* What the sentences of data/causes.def say of certificates, chains and stores. */

#include <string.h>

#include "core/buffer.h"
#include "core/cert.h"
#include "core/diagnose_internal.h"
#include "core/diagnose_seen.h"
#include "core/error.h"
#include "core/probe.h"
#include "core/store.h"
#include "core/verdict.h"

#define MAX_WORDS 8192
#define MAX_TOLD 3
#define DAY 86400

static char *
short_id(const struct trust_cert *cert)
{
	return trust_hex(cert->id, 8);
}

/* ---- names --------------------------------------------------------------------------------- */

/* A few of the names it covers, and the first that can be typed. */
static char *
covered(const struct trust_cert *cert, char **ret_first)
{
	TRUST_AUTO(trust_names) *names = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO_BUFFER out;
	size_t told = 0;
	size_t all = 0;

	*ret_first = NULL;
	trust_buffer_init(&out, MAX_WORDS / 2);
	bool read = trust_cert_names(cert, &names, &ignored);
	for (size_t i = 0; read && i < names->count; i++) {
		const struct trust_name_entry *name = &names->entries[i];
		if (name->kind != TRUST_NAME_DNS && name->kind != TRUST_NAME_IP)
			continue;
		if (all++ >= MAX_TOLD || strlen(name->text) > 300)
			continue;
		trust_buffer_printf(&out, "%s%s", told++ ? ", " : "", name->text);
		if (!*ret_first && !strchr(name->text, '*'))
			*ret_first = trust_strdup(name->text);
	}
	if (all > told)
		trust_buffer_printf(&out, "%s%zu more", told ? " and " : "", all - told);
	return all ? trust_buffer_take(&out) : NULL;
}

static char *
covers_words(const struct diagnose_scene *scene)
{
	TRUST_AUTO_FREE char *first = NULL;
	TRUST_AUTO_FREE char *names = covered(scene->cert, &first);
	return names ? trust_printf("it is valid for %s", names)
		     : trust_strdup("it names no host at all (its common name does not count)");
}

static char *
name_remedy(const struct diagnose_scene *scene)
{
	TRUST_AUTO_FREE char *first = NULL;
	TRUST_AUTO_FREE char *names TRUST_UNUSED = covered(scene->cert, &first);
	const char *host = scene->question->target->shown;

	if (!first)
		return trust_printf("have a certificate issued for %s", host);
	return trust_printf(
	    "use %s as the server's name in your program, or have a certificate issued for %s",
	    first, host);
}

/* ---- the certificate ----------------------------------------------------------------------- */

static char *
subject_words(const struct diagnose_scene *scene)
{
	return scene->cert ? trust_cert_label(scene->cert) : trust_strdup("?");
}

static char *
issuer_words(const struct diagnose_scene *scene)
{
	return diagnose_name(scene->cert->issuer);
}

static char *
ago_words(const struct diagnose_scene *scene)
{
	TRUST_AUTO_FREE char *words = trust_time_expiry_words(
	    scene->cert->not_before, scene->cert->not_after, scene->question->now);
	static const char expired[] = "expired ";
	bool cut = strncmp(words, expired, sizeof expired - 1) == 0;
	return trust_strdup(cut ? words + sizeof expired - 1 : words);
}

/* The engine's remedy, whose commands must name the store. */
static char *
remedy_words(const struct diagnose_scene *scene)
{
	const char *remedy = scene->view ? scene->view->verdict->remedy : NULL;
	static const char then[] = ", then: ";
	TRUST_AUTO_BUFFER out;

	trust_buffer_init(&out, MAX_WORDS);
	if (!remedy)
		return NULL;
	while (remedy) {
		const char *next = strstr(remedy, then);
		size_t size = next ? (size_t)(next - remedy) : strlen(remedy);
		bool command = strncmp(remedy, "trustctl ", 9) == 0;
		trust_buffer_printf(&out, "%.*s%s%s", (int)size, remedy,
		    command ? scene->view->store_words : "", next ? then : "");
		remedy = next ? next + sizeof then - 1 : NULL;
	}
	return trust_buffer_take(&out);
}

static char *
verdict_words(const struct diagnose_scene *scene)
{
	return trust_strdup(scene->view->verdict->sentence);
}

static char *
published_words(const struct diagnose_scene *scene)
{
	const char *url = scene->chain->missing_url;
	return url ? trust_printf(", and is published at %s", url) : trust_strdup("");
}

static char *
attached_words(const struct diagnose_scene *scene)
{
	return trust_strdup(scene->chain->missing ? ": the report holds it (--report FILE)" : "");
}

static bool
is_sent(const struct diagnose_scene *scene)
{
	for (size_t i = 0; i < scene->question->chain_count; i++) {
		const struct trust_cert *cert = scene->question->chain[i];
		if (cert && memcmp(cert->id, scene->cert->id, sizeof cert->id) == 0)
			return true;
	}
	return false;
}

static char *
expired_ca_remedy(const struct diagnose_scene *scene)
{
	TRUST_AUTO_FREE char *name = trust_cert_label(scene->cert);

	if (is_sent(scene))
		return trust_printf("have the renewed certificate of '%s' sent in its place", name);
	return trust_printf("get the renewed certificate of '%s', then: trustctl import FILE%s",
	    name, scene->view ? scene->view->store_words : "");
}

/* ---- the trust step ------------------------------------------------------------------------ */

static bool
store_has(const struct diagnose_scene *scene)
{
	return scene->view && scene->view->store &&
	    trust_store_find(scene->view->store, scene->cert->id);
}

static char *
untrusted_words(const struct diagnose_scene *scene)
{
	const char *name = scene->view ? scene->view->name : "";

	return store_has(scene)
	    ? trust_printf("is in the store '%s', where nobody decided to trust it", name)
	    : trust_strdup("nobody decided to trust here");
}

/* The commands that make this CA an anchor of the first store that lacks it. */
static char *
enable_words(const struct diagnose_scene *scene)
{
	const char *store = scene->view ? scene->view->store_words : "";
	TRUST_AUTO_FREE char *id = short_id(scene->cert);
	TRUST_AUTO_FREE char *enable =
	    trust_printf("trustctl trust enable %s --usage tls-server%s", id, store);

	if (store_has(scene))
		return trust_steal(&enable);
	if (is_sent(scene))
		return trust_printf(
		    "trustctl import --from %s%s, then: %s", scene->question->again, store, enable);
	const char *from = scene->question->store_option;
	return trust_printf("trustctl export %s%s -o root.pem, then: trustctl import root.pem%s, "
			    "then: %s",
	    id, *from ? from : " --store all", store, enable);
}

static char *
self_remedy(const struct diagnose_scene *scene)
{
	const struct trust_diagnosis_question *question = scene->question;
	struct diagnose_scene here = *scene;

	if (!trust_cert_is_ca(scene->cert))
		return trust_strdup("have a certificate issued by a CA; it may be one of your own, "
				    "which you trust");
	if (question->view_count)
		here.view = &question->views[0];
	TRUST_AUTO_FREE char *enable = enable_words(&here);
	return trust_printf(
	    "have a certificate issued by a CA; for a device of your own: %s", enable);
}

/* ---- what was seen ------------------------------------------------------------------------- */

static char *
days_left_words(const struct diagnose_scene *scene)
{
	int64_t left = scene->question->seen_cert->not_after.seconds - scene->question->now.seconds;
	return trust_printf("%lld", (long long)(left / DAY));
}

static char *
old_issuer_words(const struct diagnose_scene *scene)
{
	return diagnose_name(scene->question->seen_cert->issuer);
}

static char *
seen_words(const struct diagnose_scene *scene)
{
	return diagnose_date(scene->question->seen->last);
}

static char *
extras_words(const struct diagnose_scene *scene)
{
	size_t extras = scene->chain->extras;

	return trust_printf(extras == 1 ? "%zu certificate is" : "%zu certificates are", extras);
}

/* ---- the table ------------------------------------------------------------------------------ */

const struct diagnose_value diagnose_cert_values[] = {
	{ "covers", covers_words },
	{ "name-remedy", name_remedy },
	{ "subject", subject_words },
	{ "issuer", issuer_words },
	{ "ago", ago_words },
	{ "remedy", remedy_words },
	{ "verdict", verdict_words },
	{ "published", published_words },
	{ "attached", attached_words },
	{ "expired-ca-remedy", expired_ca_remedy },
	{ "untrusted", untrusted_words },
	{ "enable", enable_words },
	{ "self-remedy", self_remedy },
	{ "days-left", days_left_words },
	{ "old-issuer", old_issuer_words },
	{ "seen", seen_words },
	{ "extras", extras_words },
	{ NULL, NULL },
};
