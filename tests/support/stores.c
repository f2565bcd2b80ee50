/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Stores for the benchmarks, and the floor below them:
 *   stores fill DIR FILE...    add the files' certificates to a store, trusted for TLS servers
 * (C,,), password from DIR.pw when that is there stores read DIR            read every certificate
 * of a cert9.db by SQLite, and do nothing with it stores insert DIR FILE...  insert the files'
 * certificates into a cert9.db, in one transaction
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cert.h"
#include "core/change.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/place.h"
#include "import/import.h"

static int
fail(const struct trust_error *error)
{
	fprintf(stderr, "stores: %s\n", error->message);
	return 1;
}

static struct trust_secret *
give(void *context, enum trust_password_for what, const char *subject, unsigned attempt)
{
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	TRUST_AUTO_FREE char *path = trust_printf("%s.pw", (const char *)context);
	struct trust_secret *password = NULL;

	(void)what;
	(void)subject;
	return attempt == 0 && import_read(path, &password, &ignored) ? password : NULL;
}

static struct import_file *
decode(const char *path, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *bytes = NULL;
	struct import_file *file = NULL;

	if (!import_read(path, &bytes, error) ||
	    !import_decode(
		path, (struct trust_bytes){ bytes->bytes, bytes->size }, NULL, &file, error))
		return NULL;
	return file;
}

static bool
commit(const char *dir, const struct trust_change_request *request, struct trust_error *error)
{
	TRUST_AUTO(trust_places) *places = trust_place_for_directory(dir);
	TRUST_AUTO(trust_change) *change = NULL;
	size_t count = 0;
	int64_t entry = 0;

	if (!trust_change_prepare(&places->list[0], request, &change, error))
		return false;
	uint8_t(*ids)[TRUST_SHA256_BYTES] =
	    trust_alloc_array(trust_change_effect_count(change) + 1, sizeof *ids);
	for (size_t i = 0; i < trust_change_effect_count(change); i++)
		if (trust_change_effects(change)[i].widens)
			memcpy(
			    ids[count++], trust_change_effects(change)[i].id, TRUST_SHA256_BYTES);
	bool done = trust_change_commit(
	    change, (const uint8_t(*)[TRUST_SHA256_BYTES])ids, count, &entry, error);
	trust_free(ids);
	return done;
}

static bool
fill(const char *dir, const char *path, struct trust_error *error)
{
	TRUST_AUTO(import_file) *file = decode(path, error);
	if (!file)
		return false;
	TRUST_AUTO_FREE struct trust_action *actions =
	    trust_alloc_array(2 * file->count + 1, sizeof *actions);
	size_t count = 0;

	for (size_t i = 0; i < file->count; i++) {
		const struct trust_cert *cert = file->parts[i].cert;
		if (!cert)
			continue;
		actions[count++] =
		    (struct trust_action){ .kind = TRUST_ADD_CERT, .der = cert->der };
		struct trust_action *set = &actions[count++];
		*set = (struct trust_action){ .kind = TRUST_SET_TRUST };
		memcpy(set->id, cert->id, sizeof set->id);
		set->states = trust_states_all(TRUST_NOT_ANCHOR);
		set->states.of[TRUST_TLS_SERVER] = TRUST_TRUSTED;
	}
	const struct trust_change_request request = {
		.command = "fill",
		.actions = actions,
		.action_count = count,
		.asker = { give, (void *)dir },
	};
	return commit(dir, &request, error);
}

static bool
read_all(const char *dir, struct trust_error *error)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_STATEMENT *rows = NULL;
	TRUST_AUTO_FREE char *path = trust_printf("%s/cert9.db", dir);
	size_t size = 0;

	if (!trust_db_open(path, SQLITE_OPEN_READONLY, 0, &db, error) ||
	    !trust_db_prepare(db, &rows, error, "SELECT a11 FROM nssPublic WHERE a0=x'00000001'"))
		return false;
	while (trust_db_step(db, rows, error))
		size += trust_db_blob(rows, 0).size;
	printf("%zu\n", size);
	return error->code == TRUST_OK;
}

static bool
insert_all(const char *dir, const char *file_path, struct trust_error *error)
{
	TRUST_AUTO(import_file) *file = decode(file_path, error);
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_STATEMENT *row = NULL;
	TRUST_AUTO_FREE char *path = trust_printf("%s/cert9.db", dir);

	if (!file || !trust_db_open(path, SQLITE_OPEN_READWRITE, 0, &db, error) ||
	    !trust_db_exec(db, error, "BEGIN") ||
	    !trust_db_prepare(
		db, &row, error, "INSERT INTO nssPublic(id,a0,a11) VALUES(?1,x'00000001',?2)"))
		return false;
	for (size_t i = 0; i < file->count; i++) {
		const struct trust_cert *cert = file->parts[i].cert;
		if (!cert)
			continue;
		sqlite3_bind_int64(row, 1, (sqlite3_int64)i + 1);
		sqlite3_bind_blob64(row, 2, cert->der.data, cert->der.size, SQLITE_STATIC);
		if (!trust_db_run(db, row, error))
			return false;
	}
	return trust_db_exec(db, error, "COMMIT");
}

int
main(int argc, char **argv)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	if (argc < 3) {
		fputs("usage: stores fill|read|insert DIR [FILE...]\n", stderr);
		return 2;
	}
	if (strcmp(argv[1], "read") == 0)
		return read_all(argv[2], &error) ? 0 : fail(&error);
	for (int i = 3; i < argc; i++)
		if (strcmp(argv[1], "fill") == 0 ? !fill(argv[2], argv[i], &error)
						 : !insert_all(argv[2], argv[i], &error))
			return fail(&error);
	return 0;
}
