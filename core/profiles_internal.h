/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_PROFILES_INTERNAL_H
#define TRUST_PROFILES_INTERNAL_H

#include "core/base.h"

/* One profile of a profiles.ini. */
struct trust_profile {
	char *name; /* owned, raw */
	char *path; /* owned, absolute */
	bool used; /* the one the program opens: named by an [Install...] section, else Default=1 */
};
struct trust_profiles {
	struct trust_profile *list; /* the used one first */
	size_t count;
};
/* Empty when there is no readable profiles.ini in the directory. */
struct trust_profiles trust_profiles_read(const char *directory);
void trust_profiles_done(struct trust_profiles *profiles);
/* The value of a key in a small ini file of one section, NULL when absent; owned by the caller. */
char *trust_ini_value(const char *path, const char *key) TRUST_MUST_CHECK;

#endif
