/* SPDX-License-Identifier: MPL-2.0 */
/* What finding stores depends on, and the words in its rules that stand for it. */

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/place.h"
#include "core/place_internal.h"

struct trust_environment
trust_environment_current(void)
{
	static char *home_of_record; /* the password database overwrites what it returned */
	const char *home = getenv("HOME");
	const char *data = getenv("XDG_DATA_HOME");
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *root = getenv("TRUSTCTL_ROOT");

	if (!home || *home != '/') {
		const struct passwd *entry = getpwuid(getuid());
		if (!home_of_record)
			home_of_record = trust_strdup(entry && entry->pw_dir ? entry->pw_dir : "/");
		home = home_of_record;
	}
	return (struct trust_environment){
		.home = home,
		/* The XDG specification says that a relative path is to be ignored. */
		.xdg_data_home = data && *data == '/' ? data : NULL,
		.xdg_config_home = config && *config == '/' ? config : NULL,
		.root = root ? root : "",
	};
}

char *
trust_place_expand(const struct trust_environment *environment, const char *rule)
{
	static const char *const words[] = { "{HOME}", "{DATA}", "{CONFIG}" };
	const char *rest = rule;

	if (*rule == '/')
		return trust_printf("%s%s", environment->root, rule);
	for (size_t i = 0; i < TRUST_COUNT(words); i++)
		if (strncmp(rule, words[i], strlen(words[i])) == 0) {
			rest = rule + strlen(words[i]);
			if (i == 0)
				return trust_printf("%s%s", environment->home, rest);
			if (i == 1 && environment->xdg_data_home)
				return trust_printf("%s%s", environment->xdg_data_home, rest);
			if (i == 2 && environment->xdg_config_home)
				return trust_printf("%s%s", environment->xdg_config_home, rest);
			return trust_printf("%s/%s%s", environment->home,
			    i == 1 ? ".local/share" : ".config", rest);
		}
	return trust_strdup(rule);
}
