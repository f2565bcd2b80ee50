/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_PLACE_INTERNAL_H
#define TRUST_PLACE_INTERNAL_H

#include "core/place.h"

/* A rule of data/places.def as a path: {HOME} and the like filled in, absolute ones below the root.
 * Owned by the caller. */
char *trust_place_expand(
    const struct trust_environment *environment, const char *rule) TRUST_MUST_CHECK;

bool trust_place_is_directory(const char *path);
/* By its name or alias; by its directory, however that is spelt. NULL: there is none. Borrowed. */
const struct trust_place *trust_places_by_name(const struct trust_places *places, const char *name);
const struct trust_place *trust_places_by_path(const struct trust_places *places, const char *path);

#endif
