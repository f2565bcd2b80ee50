/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TESTS_CERTUTIL_H
#define TRUST_TESTS_CERTUTIL_H

/* Stores that certutil makes, with the NSS of the system and with that of Firefox, below a
 * directory of the test's own. */

#include <sqlite3.h>

#include "core/cert.h"
#include "core/error.h"
#include "core/place.h"
#include "core/secret.h"
#include "core/store.h"
#include "tests/unit/shell.h"

struct generation {
	const char *words;
	const char *libdir; /* NULL: the system's */
};
static const struct generation generations[] = {
	{ "the system's NSS", NULL },
	{ "Firefox's NSS", FIREFOX_NSS },
};

static const char *const passwords[] = { "", "correct horse" };

/* certutil ARGUMENTS on the store NAME, whose password is in NAME.pw. */
static inline void certutil(const struct generation *generation, const char *name,
    const char *format, ...) TRUST_PRINTF(3, 4);
static inline void
certutil(const struct generation *generation, const char *name, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	TRUST_AUTO_FREE char *rest = trust_vprintf(format, arguments);
	va_end(arguments);
	shell("LD_LIBRARY_PATH=%s certutil -d sql:%s -f %s.pw %s",
	    generation->libdir ? generation->libdir : "", name, name, rest);
}

static inline void
new_store(const struct generation *generation, const char *name, const char *password)
{
	shell("rm -rf %s && mkdir %s && printf '%%s\\n' '%s' >%s.pw", name, name, password, name);
	certutil(generation, name, "-N %s", *password ? "" : "--empty-password");
}

/* NAME.pem: a CA; NAME is its common name, too. */
static inline void
new_cert(const char *name)
{
	shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s.key "
	      "-out %s.pem -days 9 -subj /CN=%s -addext keyUsage=keyCertSign",
	    name, name, name);
}

static inline char *
path_of(const char *name)
{
	return trust_printf("%s/%s", scratch, name);
}

static inline sqlite3 *
open_sql(const char *store, const char *file)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s/%s", scratch, store, file);
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	return db;
}

/* "hot": the store "old" as a writer leaves it who dies in the middle. */
static inline void
make_hot_store(void)
{
	shell("cp -r old writing && mkdir hot");
	sqlite3 *db = open_sql("writing", "cert9.db");
	assert_int_equal(sqlite3_exec(db,
			     "PRAGMA cache_size=1; PRAGMA cache_spill=1; BEGIN;"
			     "UPDATE nssPublic SET a3=zeroblob(9000);",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	shell("cp writing/* hot/ && test -s hot/cert9.db-journal");
	sqlite3_close(db);
}

static inline void
sql(const char *store, const char *file, const char *statement)
{
	sqlite3 *db = open_sql(store, file);

	if (sqlite3_exec(db, statement, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", statement, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static inline bool
try_open(const char *name, const struct trust_store_options *options,
    struct trust_store **ret_store, struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = path_of(name);
	TRUST_AUTO(trust_places) *places = trust_place_for_directory(path);

	return trust_store_open(&places->list[0], options, ret_store, error);
}

/* Opened with the password, seals verified. */
static inline struct trust_store *
open_store(const char *name, const char *password)
{
	TRUST_AUTO(trust_secret) *secret = trust_secret_new(password, strlen(password));
	const struct trust_store_options options = { .password = secret, .verify_seals = true };
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_store *store = NULL;

	if (!try_open(name, &options, &store, &error))
		fail_msg("%s: %s", name, error.message);
	return store;
}

static inline const struct trust_item *
item_called(const struct trust_store *store, const char *nickname)
{
	struct trust_bytes wanted = { (const uint8_t *)nickname, strlen(nickname) };

	for (size_t i = 0; i < trust_store_count(store); i++)
		if (trust_bytes_equal(trust_store_item(store, i)->nickname, wanted))
			return trust_store_item(store, i);
	fail_msg("nothing is called '%s'", nickname);
	return NULL;
}

static inline int
make_scratch(void **state)
{
	(void)state;
	return mkdtemp(scratch) ? 0 : -1;
}

#endif
