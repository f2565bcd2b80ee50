/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_PLACE_H
#define TRUST_PLACE_H

/*
 * Where the stores of this machine are. The rules (which folder, which profiles.ini, whose NSS) are
 * rows of data/places.def; this code interprets them. Finding a place opens no database.
 *
 * Names: "user", "system", "builtin", "firefox" (the profile Firefox itself uses), "firefox:NAME",
 * "thunderbird", "thunderbird:NAME", "chromium-snap", ...; a directory names itself.
 */

#include "core/base.h"

struct trust_error;

enum trust_place_kind {
	TRUST_PLACE_USER,      /* the shared database Chromium reads */
	TRUST_PLACE_SANDBOXED, /* a snap's or flatpak's copy of it */
	TRUST_PLACE_FIREFOX,
	TRUST_PLACE_THUNDERBIRD,
	TRUST_PLACE_SYSTEM,  /* /etc/pki/nssdb */
	TRUST_PLACE_BUILTIN, /* the vendor's list, libnssckbi.so; read only; path is the library */
	TRUST_PLACE_DIRECTORY, /* named by its path on the command line */
};

struct trust_place {
	enum trust_place_kind kind;
	char *name;       /* owned; unique within one discovery; displayable */
	char *alias;      /* owned; a profile's long name, "firefox:NAME"; else NULL */
	char *path;       /* owned; absolute, not resolved; raw bytes: display before printing */
	char *readers;    /* owned; which programs read it, for people: "Chromium, Chrome" */
	char *nss_libdir; /* owned; library directory of the program that owns the store, NULL:
			     system's */
	bool exists;      /* trust_place_has_store() */
	bool has_program; /* of the user store: a browser that reads it is installed */
	bool is_default;  /* of several profiles, the one the program opens */
};

/* Owned by the caller; trust_place_done() frees its strings, not the struct. */
struct trust_place trust_place_copy(const struct trust_place *place) TRUST_MUST_CHECK;
void trust_place_done(struct trust_place *place);

/* What discovery depends on; all borrowed, so that tests can make up a machine. */
struct trust_environment {
	const char *home;            /* never NULL */
	const char *xdg_data_home;   /* NULL: home/.local/share */
	const char *xdg_config_home; /* NULL: home/.config */
	const char *root; /* prefix of absolute rules (/etc, /usr/lib); "" in real life */
};
/* From HOME (or the password database), XDG_*; TRUSTCTL_ROOT where tests set it. The strings live
 * as long as the process. */
struct trust_environment trust_environment_current(void);

struct trust_places {
	struct trust_place *list; /* user first, then browsers, then mail, system, builtin */
	size_t count;
};

/*
 * Every place the rules know: the user store is always listed (exists tells), others when they are
 * there. Errors: none that stops it; unreadable profiles.ini are skipped.
 */
struct trust_places *trust_places_discover(
    const struct trust_environment *environment) TRUST_MUST_CHECK;
void trust_places_free(struct trust_places *places);
TRUST_DEFINE_AUTO(trust_places, trust_places_free)

/*
 * What --store says: NULL (the user store), a name, a directory (contains '/', or starts with
 * "sql:"), a comma list of them, "browsers" (every existing place of a browser or mail program and
 * the user store), "all" (those, system and builtin); existing ones only, but the user store where
 * nothing exists, so that its absence is told. A directory given by two names counts once.
 *
 * ret_places  copies, owned by the caller, in the order asked, each once
 * Errors: TRUST_STORE_MISSING for a name that no store here has (where the rules know it the
 * message says what it would be; the hint lists the names there are), TRUST_USAGE for an empty name
 * or element.
 */
bool trust_places_resolve(const struct trust_places *places, const char *spec,
    struct trust_places **ret_places, struct trust_error *error) TRUST_MUST_CHECK;

/* Do the rules give this name to a store, or to a program, whether it is here or not? */
bool trust_place_name_is_known(const char *name);

/* Of Firefox or Thunderbird, which read trust by rules of their own. */
bool trust_place_is_mozillas(const struct trust_place *place);

/* Who takes no trust from the store, by an administrator's policy: "Chromium (policy file '...')".
 * Displayable, owned by the caller; NULL: nobody that is known. */
char *trust_place_ignored_by(
    const struct trust_environment *environment, const struct trust_place *place) TRUST_MUST_CHECK;

/* " --store NAME" for a command that people paste, "" for the user store, which needs none. Owned.
 */
char *trust_place_option(const struct trust_place *place) TRUST_MUST_CHECK;

/* Is cert9.db there? One that may not be looked at is: trust_preflight() says why not. */
bool trust_place_has_store(const char *directory);

/* A place for a bare directory; relative ones become absolute, but where the current directory was
 * deleted. Owned by the caller. */
struct trust_places *trust_place_for_directory(const char *directory) TRUST_MUST_CHECK;

/* A directory with an NSS of 3.114 or newer (libsoftokn3.so in a root-owned folder of the rules),
 * or NULL; for stores whose password only such an NSS opens. Owned by the caller. */
char *trust_place_newer_nss(const struct trust_environment *environment) TRUST_MUST_CHECK;

#endif
