/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Who passes over a store: by the policy CAPlatformIntegrationEnabled, Chromium and Chrome take no
 * trust from the user's. A managed one counts before a recommended one, and what is no truth value
 * is as if it were unset (measured with Chromium 156).
 */

#include <fcntl.h>

#include <jansson.h>

#include "core/buffer.h"
#include "core/chromium_policy.h"
#include "core/limits.h"
#include "core/place.h"
#include "core/place_internal.h"
#include "core/text.h"

static const struct {
	const char *managed;
	const char *recommended;
	const char *program;
} rules[] = {
#define CHROMIUM_POLICIES(managed, recommended, program) { managed, recommended, program },
#include "data/places.def"
#undef CHROMIUM_POLICIES
};

struct decision {
	char *file; /* owned */
	bool off;
};

static bool
decides(void *context, const char *path)
{
	struct decision *decision = context;
	TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	TRUST_AUTO_BUFFER text;

	trust_buffer_init(&text, TRUST_MAX_FILE_BYTES);
	if (fd < 0 || trust_buffer_append_file(&text, fd) != 0)
		return false;
	json_t *root = trust_chromium_policy_parse(trust_buffer_bytes(&text), 0, NULL);
	const json_t *value = json_object_get(root, "CAPlatformIntegrationEnabled");
	bool sets = value != NULL;
	if (sets)
		*decision = (struct decision){ trust_strdup(path), json_is_false(value) };
	json_decref(root);
	return sets;
}

char *
trust_place_ignored_by(const struct trust_environment *environment, const struct trust_place *place)
{
	TRUST_AUTO_BUFFER words;

	trust_buffer_init(&words, TRUST_MAX_FILE_BYTES);
	if (place->kind != TRUST_PLACE_USER)
		return NULL;
	for (size_t i = 0; i < TRUST_COUNT(rules); i++) {
		struct decision decision = { NULL, false };
		(void)(trust_chromium_policy_files(
			   environment, rules[i].managed, decides, &decision) ||
		    trust_chromium_policy_files(
			environment, rules[i].recommended, decides, &decision));
		TRUST_AUTO_FREE char *file = decision.file;
		TRUST_AUTO_FREE char *shown = trust_text_display_string(file);
		if (decision.off)
			trust_buffer_printf(&words, "%s%s (policy file '%s')",
			    words.size ? " and " : "", rules[i].program, shown);
	}
	return words.size ? trust_buffer_take(&words) : NULL;
}
