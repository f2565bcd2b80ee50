/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_PREFLIGHT_H
#define TRUST_PREFLIGHT_H

/*
 * The one true cause why a store cannot be used, found before NSS or SQLite are asked, since both
 * have catch-all codes. Also: who holds a lock, and which running programs have the store open.
 */

#include "core/base.h"

struct trust_error;
struct trust_place;

enum trust_preflight_for {
	TRUST_FOR_READING,
	TRUST_FOR_WRITING,
};

/* What was found about a usable store. */
struct trust_preflight {
	bool has_keys_db;      /* key4.db is there; without it nothing can be written */
	bool cert_journal_hot; /* cert9.db-journal must be rolled back first */
	bool key_journal_hot;
	bool own_journal_hot; /* trustctl.db-journal */
	bool wal;             /* cert9.db or key4.db is in WAL mode */
	/* For writing only, else of trust_preflight_password(): */
	bool password_row;      /* a password (perhaps the empty one) was set up */
	bool password_is_newer; /* by NSS 3.114 or newer: an older one rejects even the right one */
};

/*
 * Look at a place. Checks in order: directory there; old format only (cert8.db); cert9.db there; a
 * regular file; readable (and for writing: directory and files writable, file system not
 * read-only); nothing else than regular files where SQLite would open some; owner (for writing,
 * unless `allow_foreign`, as root: STORE_OWNER where directory or files are not root's; as anybody:
 * where the way to them is a link of somebody else's); SQLite magic; journal mode from the header
 * (WAL: only a refusal for writing); lock held by another for longer than the wait allows (F_GETLK
 * on SQLite's lock bytes: pid and program named); hot journals (a -journal file whose first byte is
 * not 0 and no RESERVED lock held: SQLite's rule), for writing only such that rolling back removes
 * no other file than the store's own.
 *
 * A file that this process has open is looked at through the descriptor it has, since closing
 * another one would drop SQLite's locks. It must not be opened by another thread at the same time.
 *
 * Errors: TRUST_USAGE (a path too long for SQLite), TRUST_STORE_MISSING, _LEGACY, _NOT_DATABASE,
 * _PERMISSION, _OWNER, _WAL, _LOCKED, _JOURNAL, each with the remedy as hint.
 */
bool trust_preflight(const struct trust_place *place, enum trust_preflight_for purpose,
    bool allow_foreign, struct trust_preflight *ret_found,
    struct trust_error *error) TRUST_MUST_CHECK;

/* What its password is like, where the databases were found usable. Takes as long as all else. */
void trust_preflight_password(const struct trust_place *place, struct trust_preflight *found);

/*
 * May this user make a store here? As root not below a directory of somebody else's, when the place
 * is one that programs of a person read: TRUST_STORE_OWNER. A bare directory is anybody's own
 * business. Nobody where SQLite could not open it by so long a path: TRUST_USAGE.
 */
bool trust_preflight_create(
    const struct trust_place *place, struct trust_error *error) TRUST_MUST_CHECK;

/*
 * Who holds a lock on this SQLite file now, "certutil (pid 4711)"; NULL when nobody or not to be
 * found. Owned by the caller.
 */
char *trust_lock_holder(const char *database_path) TRUST_MUST_CHECK;

struct trust_running {
	char *program; /* owned, displayable: "firefox-esr" */
	long pid;      /* 0: in a container, where its number cannot be seen from here */
};
struct trust_running_list {
	struct trust_running *list;
	size_t count;
};
/* Programs other than ourselves that have the store's cert9.db or key4.db open (through /proc), or
 * hold a Firefox profile's .parentlock. Never NULL. */
struct trust_running_list *trust_store_running(const struct trust_place *place) TRUST_MUST_CHECK;
void trust_running_list_free(struct trust_running_list *list);
TRUST_DEFINE_AUTO(trust_running_list, trust_running_list_free)

#endif
