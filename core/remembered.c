/* SPDX-License-Identifier: MPL-2.0 */
/* Choices that browsers remember: together, their files, and the words; see remembered.h. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "core/limits.h"
#include "core/place.h"
#include "core/remembered_internal.h"
#include "core/text.h"

/* ---- files --------------------------------------------------------------------------------- */

void
remembered_add(struct remembered_reader *reader, enum trust_remembered_source source,
    enum trust_remembered_choice choice, const char *site, size_t site_size)
{
	struct trust_remembered_list *found = reader->found;

	found->list = trust_grow_array(found->list, found->count + 1, sizeof *found->list);
	found->list[found->count++] = (struct trust_remembered){
		.source = source,
		.choice = choice,
		.program = trust_strdup(reader->program),
		.file = trust_text_display_string(reader->path),
		.site = site ? trust_text_display(site, site_size) : NULL,
	};
}

void
remembered_unread(
    struct remembered_reader *reader, enum trust_remembered_source source, const char *why)
{
	remembered_add(reader, source, TRUST_REMEMBERED_UNREAD, why, strlen(why));
}

bool
remembered_read(struct remembered_reader *reader, enum trust_remembered_source source,
    struct trust_buffer *ret_bytes)
{
	TRUST_AUTO_FD int fd = open(reader->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return false;
	int failed = fd < 0 ? errno : trust_buffer_append_file(ret_bytes, fd);
	if (failed == 0)
		return true;
	remembered_unread(reader, source,
	    failed == EINVAL      ? "it is no file"
		: failed == EFBIG ? "it is too large"
				  : strerror(failed));
	return false;
}

void
remembered_hand(struct remembered_reader *reader, enum trust_remembered_source source,
    void (*in)(struct remembered_reader *reader, struct trust_bytes bytes))
{
	TRUST_AUTO_BUFFER bytes;

	trust_buffer_init(&bytes, TRUST_MAX_FILE_BYTES);
	if (remembered_read(reader, source, &bytes))
		in(reader, trust_buffer_bytes(&bytes));
}

json_t *
remembered_json(
    struct remembered_reader *reader, enum trust_remembered_source source, struct trust_bytes bytes)
{
	json_error_t error;
	json_t *root = json_loadb(
	    bytes.size ? (const char *)bytes.data : "", bytes.size, JSON_ALLOW_NUL, &error);

	if (!root)
		remembered_unread(reader, source, "it is no JSON");
	return root;
}

struct trust_remembered_list *
trust_remembered_find(const struct trust_environment *environment,
    const struct trust_places *places, const struct trust_cert *cert)
{
	struct trust_remembered_list *found = trust_alloc(sizeof *found);
	struct remembered_reader reader = {
		.environment = environment,
		.places = places,
		.cert = cert,
		.found = found,
	};

	remembered_of_mozilla(&reader);
	remembered_of_chromium(&reader);
	return found;
}

void
trust_remembered_list_free(struct trust_remembered_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++) {
		trust_free(list->list[i].program);
		trust_free(list->list[i].file);
		trust_free(list->list[i].site);
	}
	trust_free(list->list);
	trust_free(list);
}

/* ---- whose --------------------------------------------------------------------------------- */

/* The host of a pattern as Chromium writes it: SCHEME://[*.]HOST:PORT/PATH,SECOND. */
static bool
pattern_covers(const char *pattern, const char *host)
{
	const char *scheme = strstr(pattern, "://");
	const char *at = scheme ? scheme + 3 : pattern;
	bool below = strncmp(at, "[*.]", 4) == 0;
	size_t host_size = strlen(host);

	if (below)
		at += 4;
	size_t size = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, ":/,");
	if (size == 1 && *at == '*')
		return true;
	if (*at == '[' && size > 2) { /* an IPv6 address, which the host has without brackets */
		at++;
		size -= 2;
	}
	if (size == 0 || size > host_size || strncasecmp(at, host + host_size - size, size) != 0)
		return false;
	return size == host_size || (below && host[host_size - size - 1] == '.');
}

bool
trust_remembered_is_for(const struct trust_remembered *remembered, const char *host)
{
	if (remembered->choice == TRUST_REMEMBERED_UNREAD)
		return false;
	if (!remembered->site)
		return true;
	if (remembered->source == TRUST_REMEMBERED_LIST)
		return strcasecmp(remembered->site, host) == 0;
	return pattern_covers(remembered->site, host);
}

/* ---- words --------------------------------------------------------------------------------- */

const char *
trust_remembered_choice_word(enum trust_remembered_choice choice)
{
	static const char *const words[] = {
		[TRUST_REMEMBERED_THIS] = "this",
		[TRUST_REMEMBERED_OTHER] = "another",
		[TRUST_REMEMBERED_NONE] = "none",
		[TRUST_REMEMBERED_ANY] = "any",
		[TRUST_REMEMBERED_UNREAD] = "unread",
	};
	return words[choice];
}

char *
trust_remembered_forget_words(const struct trust_remembered *remembered)
{
	const char *slash = strrchr(remembered->file, '/');

	switch (remembered->source) {
	case TRUST_REMEMBERED_LIST:
		return trust_strdup("Settings, Privacy & Security, View Certificates, "
				    "Authentication Decisions: select it and delete it");
	case TRUST_REMEMBERED_PREFERENCE:
		if (slash && strcmp(slash, "/user.js") == 0)
			return trust_printf("remove the line security.default_personal_cert from "
					    "'%s' and reset it in about:config",
			    remembered->file);
		return trust_strdup("reset security.default_personal_cert in about:config");
	case TRUST_REMEMBERED_SETTING:
		return trust_printf("quit the browser and remove '%s' from "
				    "profile.content_settings.exceptions.auto_select_certificate "
				    "in '%s'",
		    remembered->site ? remembered->site : "", remembered->file);
	case TRUST_REMEMBERED_PRESET:
		return trust_printf("the administrator removes security.default_personal_cert from "
				    "Preferences in '%s'; about:policies shows whether it still "
				    "counts",
		    remembered->file);
	case TRUST_REMEMBERED_POLICY:
		break;
	}
	return trust_printf("the administrator removes it from AutoSelectCertificateForUrls in "
			    "'%s'; chrome://policy shows whether it still counts",
	    remembered->file);
}
