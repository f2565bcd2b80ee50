/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Policies of browsers as JSON: Chromium's managed policies and what chrome://policy exports, with
 * certificates as base64, and Firefox's policies.json, which only names files; and the JSON that
 * export writes for Ansible, which is a list of the same kind. All as Chromium reads them: with
 * comments and commas behind the last member. A policy's meaning (trusted, distrusted, a hint) is
 * told and not applied.
 */

#include <string.h>

#include <jansson.h>

#include "core/chromium_policy.h"
#include "core/error.h"
#include "core/text.h"
#include "import/internal.h"

static const struct {
	const char *name;
	const char *means; /* NULL: names files */
} keys[] = {
	{ "CACertificates", "trusted" },
	{ "CACertificatesWithConstraints", "trusted with limits" },
	{ "CADistrustedCertificates", "distrusted" },
	{ "CAHintCertificates", "helpers for building paths" },
	{ "trust_certificates", "what each entry says under 'trust'" }, /* our own, for Ansible */
	{ "Certificates", NULL },
};

static bool
recognise(struct trust_bytes bytes)
{
	struct trust_bytes text = trust_chromium_policy_begin(bytes);

	if (!import_begins_with_word(text, "{") || import_begins_with_word(text, "{\\rtf"))
		return false;
	for (size_t i = 0; i < TRUST_COUNT(keys); i++) {
		TRUST_AUTO_FREE char *quoted = trust_printf("\"%s\"", keys[i].name);
		if (memmem(bytes.data, bytes.size, quoted, strlen(quoted)))
			return true;
	}
	return false;
}

/* An entry of a list: base64, or an object with it as "certificate", or with a PEM text. */
static bool
add_entry(struct import_file *file, const json_t *entry, const char *place, const char *policy,
    struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *der = NULL;
	TRUST_AUTO_ERROR failed = TRUST_ERROR_INIT;
	const json_t *text = json_is_object(entry) ? json_object_get(entry, "certificate") : entry;
	if (!text)
		text = json_object_get(entry, "pem");

	if (!json_is_string(text))
		return import_add_refused(file, TRUST_INPUT_MALFORMED, trust_strdup(place),
			   "it is no certificate as base64 text") ||
		    import_fail_full(error);
	const struct trust_bytes view = { (const uint8_t *)json_string_value(text),
		json_string_length(text) };
	bool pem = import_begins_with_word(view, "-----BEGIN");
	if (!pem && !import_base64(view, &der, &failed))
		return import_add_failed(file, trust_strdup(place), &failed) ||
		    import_fail_full(error);
	const struct trust_bytes bytes = pem ? view : (struct trust_bytes){ der->bytes, der->size };
	if (import_decode_nested(file, bytes, NULL, place, policy, &failed))
		return true;
	return import_add_failed(file, trust_strdup(place), &failed) || import_fail_full(error);
}

static bool
add_list(struct import_file *file, const char *name, const char *means, const json_t *list,
    struct trust_error *error)
{
	/* chrome://policy wraps each value with its origin. */
	if (json_is_object(list) && json_object_get(list, "value"))
		list = json_object_get(list, "value");
	if (!json_is_array(list))
		return true;
	for (size_t i = 0; i < json_array_size(list); i++) {
		TRUST_AUTO_FREE char *place = trust_printf("%s %zu", name, i + 1);
		if (!add_entry(file, json_array_get(list, i), place, NULL, error))
			return false;
	}
	if (json_array_size(list) > 0)
		import_add_note(file,
		    "the policy %s means: %s; this is not applied, importing never changes trust",
		    name, means);
	return true;
}

/* Firefox: "Certificates": { "Install": [ paths ], "ImportEnterpriseRoots": true } */
static bool
add_paths(struct import_file *file, const json_t *certificates, struct trust_error *error)
{
	const json_t *install = json_object_get(certificates, "Install");

	for (size_t i = 0; i < json_array_size(install); i++) {
		const json_t *path = json_array_get(install, i);
		TRUST_AUTO_FREE char *shown =
		    trust_text_display_string(json_is_string(path) ? json_string_value(path) : "?");
		TRUST_AUTO_FREE char *reason =
		    trust_printf("the policy only names the file '%s': import that one", shown);
		if (!import_add_skipped(
			file, trust_printf("Certificates.Install %zu", i + 1), reason))
			return import_fail_full(error);
	}
	if (json_is_true(json_object_get(certificates, "ImportEnterpriseRoots")))
		import_add_note(file,
		    "the policy ImportEnterpriseRoots makes Firefox take roots from "
		    "the operating system; it has no certificates itself");
	return true;
}

static bool
add_policies(struct import_file *file, const json_t *policies, struct trust_error *error)
{
	for (size_t i = 0; i < TRUST_COUNT(keys); i++) {
		const json_t *value = json_object_get(policies, keys[i].name);
		if (!value)
			continue;
		if (keys[i].means ? !add_list(file, keys[i].name, keys[i].means, value, error)
				  : !add_paths(file, value, error))
			return false;
	}
	return true;
}

/* Wherever a program puts them. */
static bool
add_all(struct import_file *file, const json_t *root, struct trust_error *error)
{
	const json_t *values = json_object_get(root, "policyValues");
	const json_t *chrome = json_object_get(values, "chrome"); /* chrome://policy */

	return add_policies(file, root, error) &&
	    add_policies(file, json_object_get(root, "policies"), error) && /* Firefox */
	    add_policies(file, json_object_get(chrome, "policies"), error);
}

static bool
decode(struct trust_bytes bytes, const struct trust_secret *password, struct import_file *file,
    struct trust_error *error)
{
	json_error_t where;

	(void)password;
	json_t *root = trust_chromium_policy_parse(bytes, JSON_REJECT_DUPLICATES, &where);
	if (!root) {
		TRUST_AUTO_FREE char *text = trust_text_display_string(where.text);
		return trust_fail(error, TRUST_INPUT_MALFORMED, NULL,
		    "line %d, column %d of the policy is damaged: %s", where.line, where.column,
		    text);
	}
	bool good = add_all(file, root, error);
	json_decref(root);
	if (good && file->count == 0)
		return trust_fail(
		    error, TRUST_INPUT_UNSUPPORTED, NULL, "the policy brings no certificates");
	return good;
}

const struct import_format import_format_policy = {
	.name = "browser policy",
	.summary = "managed policies of Chromium and Firefox as JSON (policies.json)",
	.recognise = recognise,
	.decode = decode,
};
