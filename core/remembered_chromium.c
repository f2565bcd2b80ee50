/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What Chromium and Chrome select by themselves: policies of the administrator, and the content
 * setting of the same name in each profile. Which folders is told by data/places.def.
 */

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/cert.h"
#include "core/chromium_policy.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/place_internal.h"
#include "core/remembered_internal.h"

static const struct {
	const char *directory;
	const char *program;
} policy_rules[] = {
#define CHROMIUM_POLICIES(managed, recommended, program) { managed, program },
#include "data/places.def"
#undef CHROMIUM_POLICIES
}, profile_rules[] = {
#define CHROMIUM_PROFILES(directory, program) { directory, program },
#include "data/places.def"
#undef CHROMIUM_PROFILES
};

/* ---- filters ------------------------------------------------------------------------------- */

static bool
name_fits(const json_t *wanted, struct trust_bytes name)
{
	static const struct {
		const char *key;
		const char *oid;
	} parts[] = {
		{ "CN", TRUST_OID_COMMON_NAME },
		{ "L", "2.5.4.7" },
		{ "O", TRUST_OID_ORGANIZATION },
		{ "OU", TRUST_OID_UNIT },
	};

	for (size_t i = 0; i < TRUST_COUNT(parts); i++) {
		const json_t *value = json_object_get(wanted, parts[i].key);
		if (json_is_string(value) &&
		    !trust_name_has_value(name, parts[i].oid, json_string_value(value)))
			return false;
	}
	return true;
}

static bool
filter_fits(const json_t *filter, const struct trust_cert *cert)
{
	return name_fits(json_object_get(filter, "ISSUER"), cert->issuer) &&
	    name_fits(json_object_get(filter, "SUBJECT"), cert->subject);
}

/* One filter, or a list of which one must fit. */
static enum trust_remembered_choice
choice_of(const json_t *filter, const json_t *filters, const struct trust_cert *cert)
{
	bool fits = json_is_object(filter) && filter_fits(filter, cert);

	for (size_t i = 0; i < json_array_size(filters); i++)
		fits = fits || filter_fits(json_array_get(filters, i), cert);
	return fits ? TRUST_REMEMBERED_THIS : TRUST_REMEMBERED_OTHER;
}

/* ---- files --------------------------------------------------------------------------------- */

/* An entry is JSON once more, in a string. */
static void
add_policy(struct remembered_reader *reader, const json_t *entry)
{
	json_t *rule = json_is_string(entry) ? json_loads(json_string_value(entry), 0, NULL) : NULL;
	const json_t *pattern = json_object_get(rule, "pattern");
	const json_t *filter = json_object_get(rule, "filter");

	if (json_is_string(pattern) && json_is_object(filter))
		remembered_add(reader, TRUST_REMEMBERED_POLICY,
		    choice_of(filter, NULL, reader->cert), json_string_value(pattern),
		    json_string_length(pattern));
	else
		remembered_unread(reader, TRUST_REMEMBERED_POLICY,
		    "an entry of AutoSelectCertificateForUrls is damaged");
	json_decref(rule);
}

bool
remembered_in_policy(struct remembered_reader *reader, struct trust_bytes bytes)
{
	json_t *root = trust_chromium_policy_parse(bytes, JSON_ALLOW_NUL, NULL);
	const json_t *list = json_object_get(root, "AutoSelectCertificateForUrls");
	bool sets = list != NULL;

	if (!root)
		remembered_unread(reader, TRUST_REMEMBERED_POLICY, "it is no JSON");
	for (size_t i = 0; i < json_array_size(list); i++)
		add_policy(reader, json_array_get(list, i));
	json_decref(root);
	return sets;
}

static bool
policy_decides(void *context, const char *path)
{
	struct remembered_reader *reader = context;
	TRUST_AUTO_BUFFER bytes;

	trust_buffer_init(&bytes, TRUST_MAX_FILE_BYTES);
	reader->path = path;
	return remembered_read(reader, TRUST_REMEMBERED_POLICY, &bytes) &&
	    remembered_in_policy(reader, trust_buffer_bytes(&bytes));
}

void
remembered_in_settings(struct remembered_reader *reader, struct trust_bytes bytes)
{
	static const char *const way[] = { "profile", "content_settings", "exceptions",
		"auto_select_certificate" };
	json_t *root = remembered_json(reader, TRUST_REMEMBERED_SETTING, bytes);
	json_t *at = root;
	const char *site;
	json_t *entry;

	for (size_t i = 0; i < TRUST_COUNT(way); i++)
		at = json_object_get(at, way[i]);
	json_object_foreach(at, site, entry)
	{
		const json_t *setting = json_object_get(entry, "setting");
		const json_t *filters = json_object_get(setting, "filters");
		if (json_array_size(filters) > 0)
			remembered_add(reader, TRUST_REMEMBERED_SETTING,
			    choice_of(NULL, filters, reader->cert), site, strlen(site));
	}
	json_decref(root);
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
read_profiles(struct remembered_reader *reader, const char *directory)
{
	struct dirent **names = NULL;
	int count = scandir(directory, &names, is_visible, alphasort);

	for (int i = 0; i < count; i++) {
		TRUST_AUTO_FREE char *path =
		    trust_printf("%s/%s/Preferences", directory, names[i]->d_name);
		reader->path = path;
		remembered_hand(reader, TRUST_REMEMBERED_SETTING, remembered_in_settings);
		free(names[i]);
	}
	free(names);
}

void
remembered_of_chromium(struct remembered_reader *reader)
{
	for (size_t i = 0; i < TRUST_COUNT(policy_rules); i++) {
		reader->program = policy_rules[i].program;
		(void)trust_chromium_policy_files(
		    reader->environment, policy_rules[i].directory, policy_decides, reader);
	}
	for (size_t i = 0; i < TRUST_COUNT(profile_rules); i++) {
		TRUST_AUTO_FREE char *directory =
		    trust_place_expand(reader->environment, profile_rules[i].directory);
		reader->program = profile_rules[i].program;
		read_profiles(reader, directory);
	}
}
