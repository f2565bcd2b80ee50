/* SPDX-License-Identifier: MPL-2.0 */
/* A change from outside: prepare, look, commit. The parts are in change_work.c, change_undo.c,
 * change_password.c and change_commit.c. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "core/change_internal.h"
#include "core/db_internal.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/store.h"
#include "core/store_form_internal.h"
#include "core/table_internal.h"
#include "core/time.h"

/* How long a change is worked out anew because somebody wrote meanwhile, and how long programs of
 * ours wait for each other. A round takes a tenth of a second; two loops of certutil leave room in
 * one of fifteen, so that the time ends only where a program writes without a pause. */
#define MAX_ROUNDS_MS 25000
#define MAX_TURN_MS 25000

void
trust_change_notice_add(struct trust_change *change, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	TRUST_AUTO_FREE char *notice = trust_vprintf(format, arguments);
	va_end(arguments);
	for (size_t i = 0; i < change->notice_count; i++)
		if (strcmp(change->notices[i], notice) == 0)
			return; /* a second round says the same again */
	change->notices =
	    trust_grow_array(change->notices, change->notice_count + 1, sizeof *change->notices);
	change->notices[change->notice_count++] = trust_steal(&notice);
}

bool
trust_change_progress(struct trust_change *change, const char *what, size_t done, size_t total,
    struct trust_error *error)
{
	const struct trust_change_request *request = &change->request;

	if (!request->progress || request->progress(what, done, total))
		return true;
	return trust_fail(error, TRUST_REFUSED, change->place.name,
	    "interrupted; store '%s' is as it was", change->place.name);
}

/* What other programs wait for: so many rows, at what was measured (doc/performance.md). */
#define NOTICE_ROWS 100000
#define ROWS_PER_SECOND 60000

static void
tell_lock(struct trust_change *change)
{
	if (change->rows.count >= NOTICE_ROWS)
		trust_change_notice_add(change,
		    "store '%s': %zu rows change as one; other programs wait about %zu s for them",
		    change->place.name, change->rows.count,
		    change->rows.count / ROWS_PER_SECOND + 1);
}

/* ---- the staged copy ---------------------------------------------------------------------- */

bool
trust_change_open_copy(struct trust_change *change, const char *directory,
    struct trust_store **ret_store, struct trust_error *error)
{
	return trust_change_open_with(change, directory, NULL, NULL, 0, ret_store, error);
}

bool
trust_change_open_verified(struct trust_change *change, const char *directory,
    const uint32_t *records, size_t count, struct trust_store **ret_store,
    struct trust_error *error)
{
	return trust_change_open_with(
	    change, directory, count ? change->password : NULL, records, count, ret_store, error);
}

bool
trust_change_open_with(struct trust_change *change, const char *directory,
    const struct trust_secret *password, const uint32_t *records, size_t count,
    struct trust_store **ret_store, struct trust_error *error)
{
	struct trust_place copy = change->place;
	copy.path = (char *)directory;
	copy.kind = TRUST_PLACE_DIRECTORY;
	const struct trust_store_options options = {
		.password = password,
		.verify_seals = true,
		.verify_only = records,
		.verify_only_count = count,
		.way = TRUST_READ_BY_SQLITE,
	};
	return trust_store_open(&copy, &options, ret_store, error);
}

bool
trust_change_read_base(
    struct trust_change *change, const struct trust_store **ret_store, struct trust_error *error)
{
	if (!change->base &&
	    !trust_change_open_copy(change, change->stage->base, &change->base, error))
		return false;
	*ret_store = change->base;
	return true;
}

bool
trust_change_read_work(
    struct trust_change *change, const struct trust_store **ret_store, struct trust_error *error)
{
	if (!change->work &&
	    !trust_change_open_copy(change, change->stage->work, &change->work, error))
		return false;
	*ret_store = change->work;
	return true;
}

bool
trust_password_digest(
    const char *directory, uint8_t ret_digest[TRUST_SHA256_BYTES], struct trust_error *error)
{
	TRUST_AUTO_DB *db = NULL;
	TRUST_AUTO_STATEMENT *row = NULL;
	TRUST_AUTO_FREE char *path = trust_printf("%s/key4.db", directory);
	int64_t tables = 0;

	memset(ret_digest, 0, TRUST_SHA256_BYTES);
	if (!trust_db_open(path, SQLITE_OPEN_READONLY, TRUST_READ_WAIT_MS, &db, error) ||
	    !trust_db_number(
		db, 0, &tables, error, "SELECT count(*) FROM sqlite_master WHERE name='metaData'"))
		return false;
	if (tables == 0)
		return true;
	if (!trust_db_prepare(
		db, &row, error, "SELECT item1||item2 FROM metaData WHERE id='password'"))
		return false;
	if (trust_db_step(db, row, error)) {
		struct trust_bytes bytes = trust_db_blob(row, 0);
		trust_sha256(bytes.data, bytes.size, ret_digest);
	}
	return error->code == TRUST_OK;
}

static void
forget_round(struct trust_change *change)
{
	trust_store_close(trust_steal(&change->base));
	trust_store_close(trust_steal(&change->work));
	trust_stage_free(trust_steal(&change->stage));
	trust_rows_done(&change->rows);
	trust_effects_done(&change->effects);
	trust_effects_done(&change->outside);
	for (size_t i = 0; i < change->rewrite_count; i++)
		trust_free((void *)change->rewrites[i].before.data);
	trust_free(change->rewrites);
	change->rewrites = NULL;
	change->rewrite_count = 0;
	change->loses_key = false;
}

static bool
work_by_kind(struct trust_change *change, struct trust_error *error)
{
	if (change->request.undo > 0)
		return trust_work_undo(change, error);
	if (change->request.change_password)
		return trust_work_password(change, error);
	return change->request.action_count == 0 || trust_work_actions(change, error);
}

static bool
work(struct trust_change *change, struct trust_error *error)
{
	if (work_by_kind(change, error))
		return true;
	if ((error->code != TRUST_STORE_NSS && error->code != TRUST_STORE_WORKER) ||
	    !trust_stage_is_full(change->stage))
		return false;
	trust_error_clear(error);
	trust_fail(error, TRUST_STORE_FULL, change->place.name,
	    "there is no room left for the private copy of store '%s' in '%s'", change->place.name,
	    change->stage->dir);
	return trust_hint(error, "free some space there, then try again; nothing was changed");
}

/* What a logged-in reader sees before and after decides about the trust step. A password change
 * signs everything anew and changes no trust. */
static bool
find_effects_verified(
    struct trust_change *change, const struct trust_store *builtin, struct trust_error *error)
{
	TRUST_AUTO(trust_store) *base = NULL;
	TRUST_AUTO(trust_store) *done = NULL;
	TRUST_AUTO_FREE uint32_t *touched =
	    trust_alloc_array(change->rows.count + 1, sizeof *touched);
	size_t count = 0;

	for (size_t i = 0; i < change->rows.count; i++)
		if (change->rows.list[i].table == TRUST_NSS_PUBLIC)
			touched[count++] = (uint32_t)strtoul(change->rows.list[i].key, NULL, 10);
	if (!trust_change_open_verified(
		change, change->stage->base, touched, count, &base, error) ||
	    !trust_change_open_verified(change, change->stage->work, touched, count, &done, error))
		return false;
	trust_effects_compare(base, done, builtin, &change->effects);
	return true;
}

static bool
find_effects(struct trust_change *change, struct trust_error *error)
{
	TRUST_AUTO(trust_store) *builtin = NULL;
	const struct trust_store *base = NULL;
	const struct trust_store *done = NULL;

	if (!trust_builtin_open(&builtin, error))
		return false;
	if (change->password)
		return find_effects_verified(change, builtin, error);
	if (!trust_change_read_base(change, &base, error) ||
	    !trust_change_read_work(change, &done, error))
		return false;
	trust_effects_compare(base, done, builtin, &change->effects);
	return true;
}

static bool
compare(struct trust_change *change, struct trust_error *error)
{
	const struct trust_store *base = NULL;
	struct trust_stage *stage = change->stage;

	if (!trust_change_progress(change, "objects", 1, 1, error) ||
	    !trust_rows_diff(stage->base, stage->work, &change->rows, error) ||
	    !find_effects(change, error) || !trust_change_read_base(change, &base, error) ||
	    !trust_change_is_asked(change, base, error))
		return false;
	tell_lock(change);
	if (change->request.change_password && change->rows.count) {
		struct trust_effect *effect = trust_effects_add(&change->effects);
		effect->kind = TRUST_EFFECT_PASSWORD;
		effect->name = trust_strdup("the store's password");
	}
	bool compared = trust_history_compare(
	    change->canonical, base, &change->outside, &change->first_entry, error);
	/* Not needed any more, and as big as the store. */
	trust_store_close(trust_steal(&change->base));
	return compared;
}

/* One round: copy, work, compare. */
static bool
prepare_round(struct trust_change *change, struct trust_error *error)
{
	forget_round(change);
	if (!trust_preflight(&change->place, TRUST_FOR_WRITING, change->request.allow_foreign_owner,
		&change->found, error))
		return false;
	if (!change->found.has_keys_db) {
		trust_fail(error, TRUST_STORE_DAMAGED, change->place.name,
		    "store '%s' has no key4.db, without which NSS cannot sign trust",
		    change->place.name);
		return trust_hint(error,
		    "the program that owns the store makes it when it starts; "
		    "start it once, then try again");
	}
	uint64_t added = 0;
	for (size_t i = 0; i < change->request.action_count; i++)
		added += change->request.actions[i].der.size;
	if (!trust_stage_create(&change->place, &change->found, added, &change->stage, error))
		return false;
	if (change->stage->recovered) {
		trust_change_notice_add(change,
		    "store '%s': the interrupted change of another program was rolled back first",
		    change->place.name);
		/* Behind the journal the password could not be looked at. */
		if (!trust_preflight(&change->place, TRUST_FOR_WRITING,
			change->request.allow_foreign_owner, &change->found, error))
			return false;
	}
	return trust_form_is_sound(change->stage->base, change->place.name, error) &&
	    trust_password_digest(change->stage->base, change->password_digest, error) &&
	    work(change, error) && trust_work_tidy(change, error) &&
	    trust_password_digest(change->stage->work, change->new_password_digest, error) &&
	    compare(change, error);
}

bool
trust_change_prepare(const struct trust_place *place, const struct trust_change_request *request,
    struct trust_change **ret_change, struct trust_error *error)
{
	if (place->kind == TRUST_PLACE_BUILTIN) {
		trust_fail(error, TRUST_STORE_PERMISSION, place->name,
		    "the built-in roots cannot be changed");
		return trust_hint(error,
		    "change them in a store of yours: its own records override the "
		    "built-in ones (--store user)");
	}
	TRUST_AUTO(trust_change) *change = trust_alloc(sizeof *change);
	change->place = trust_place_copy(place);
	change->request = *request;
	trust_stage_sweep(place->path);
	/* Super-journals name absolute paths: all three files are opened under their real name. */
	change->canonical = realpath(place->path, NULL);
	if (!change->canonical)
		change->canonical = trust_strdup(place->path);
	if (!prepare_round(change, error))
		return false;
	*ret_change = trust_steal(&change);
	return true;
}

void
trust_change_free(struct trust_change *change)
{
	if (!change)
		return;
	forget_round(change);
	for (size_t i = 0; i < change->notice_count; i++)
		trust_free(change->notices[i]);
	trust_free(change->notices);
	trust_secret_free(change->password);
	trust_place_done(&change->place);
	free(change->canonical);
	trust_free(change);
}

size_t
trust_change_effect_count(const struct trust_change *change)
{
	return change->effects.count;
}

const struct trust_effect *
trust_change_effects(const struct trust_change *change)
{
	return change->effects.list;
}

bool
trust_change_result(
    struct trust_change *change, const struct trust_store **ret_store, struct trust_error *error)
{
	return trust_change_read_work(change, ret_store, error);
}

size_t
trust_change_notice_count(const struct trust_change *change)
{
	return change->notice_count;
}

const char *
trust_change_notice(const struct trust_change *change, size_t index)
{
	return change->notices[index];
}

/* ---- committing --------------------------------------------------------------------------- */

static bool
check_confirmed(const struct trust_change *change, const uint8_t (*confirmed)[TRUST_SHA256_BYTES],
    size_t count, struct trust_error *error)
{
	struct trust_table_index table = trust_table_new(count);
	const struct trust_effect *missing = NULL;

	for (size_t i = 0; i < count; i++)
		trust_table_put(&table, trust_hash_id(confirmed[i]), i);
	for (size_t i = 0; i < change->effects.count && !missing; i++) {
		const struct trust_effect *effect = &change->effects.list[i];
		size_t at = TRUST_TABLE_START;
		bool found = !effect->widens;
		for (int64_t k;
		     !found && (k = trust_table_find(&table, trust_hash_id(effect->id), &at)) >= 0;)
			found = memcmp(confirmed[k], effect->id, TRUST_SHA256_BYTES) == 0;
		missing = found ? NULL : effect;
	}
	trust_table_done(&table);
	if (!missing)
		return true;
	TRUST_AUTO_FREE char *digits = trust_hex(missing->id, TRUST_SHA256_BYTES);
	trust_fail(error, TRUST_REFUSED, missing->name,
	    "this would widen the trust of '%s' and was not confirmed", missing->name);
	return trust_hint(
	    error, "check the fingerprint with its owner, then add --fingerprint %s", digits);
}

/* What was written, read again by fresh eyes, must be what the staged copy had. Of the other rows
 * it is known already: the commit began on the very files that were copied, and touches none of
 * them (ADR 14). */
static bool
read_back(struct trust_change *change, struct trust_error *error)
{
	TRUST_AUTO_ERROR cause = TRUST_ERROR_INIT;
	const struct trust_row *other = NULL;
	const char *name = change->place.name;

	if (!trust_rows_read_back(change->canonical, &change->rows, &other, &cause))
		return trust_fail(error, TRUST_STORE_READ_BACK, name,
		    "the change was written, but the store cannot be read again: %s",
		    cause.message);
	if (!other)
		return true;
	trust_fail(error, TRUST_STORE_READ_BACK, name,
	    "after the change, row %s of %s in store '%s' is not what was planned: another program "
	    "changed it at the same moment, or the store is damaged",
	    other->key, trust_table_name(other->table), name);
	return trust_hint(error, "trustctl store check; trustctl history list");
}

static bool
commit_round(
    struct trust_change *change, int64_t *ret_entry, bool *ret_moved, struct trust_error *error)
{
	const struct trust_store *planned = NULL;

	/* The history keeps what it shows; under the lock there is no time to read it. */
	return trust_change_read_work(change, &planned, error) &&
	    trust_commit_apply(change, ret_entry, ret_moved, error) &&
	    (*ret_moved || read_back(change, error));
}

/* Programs of ours commit to one store in turn: who must work a change out anew is else overtaken
 * for ever by those who need not. Only manners, no protection: after the usual wait it is done
 * without. Returns a descriptor whose closing ends the turn, or -1. */
static int
take_turn(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };

	for (int waited_ms = 0; fd >= 0 && waited_ms < MAX_TURN_MS; waited_ms += 5) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			break;
		nanosleep(&pause, NULL);
	}
	return fd;
}

bool
trust_change_commit(struct trust_change *change, const uint8_t (*confirmed)[TRUST_SHA256_BYTES],
    size_t confirmed_count, int64_t *ret_entry, struct trust_error *error)
{
	if (!check_confirmed(change, confirmed, confirmed_count, error))
		return false;
	if (change->rows.count == 0) {
		*ret_entry = 0;
		return true;
	}
	TRUST_AUTO_FD int turn TRUST_UNUSED = take_turn(change->canonical);
	for (int64_t end = trust_monotonic_ms() + MAX_ROUNDS_MS; trust_monotonic_ms() < end;) {
		bool moved = false;
		if (!commit_round(change, ret_entry, &moved, error))
			return false;
		if (!moved)
			return true;
		/* Somebody else wrote since the copy was taken: work it out again on what is there
		 * now. */
		struct trust_effects shown = change->effects;
		change->effects = (struct trust_effects){ 0 };
		bool again = prepare_round(change, error);
		bool equal = again && trust_effects_equal(&shown, &change->effects);
		trust_effects_done(&shown);
		if (!again)
			return false;
		if (!equal) {
			trust_fail(error, TRUST_REFUSED, change->place.name,
			    "store '%s' was changed by another program meanwhile, so that this "
			    "change would now do something else than what was shown; nothing was "
			    "changed",
			    change->place.name);
			return trust_hint(error, "run the command again");
		}
		if (change->rows.count == 0) {
			*ret_entry = 0;
			return true;
		}
	}
	return trust_fail(error, TRUST_STORE_CONFLICT, change->place.name,
	    "store '%s' is being changed by another program again and again; nothing was changed",
	    change->place.name);
}

char *
trust_change_group_new(void)
{
	uint8_t bytes[16];

	trust_random(bytes, sizeof bytes);
	return trust_hex(bytes, sizeof bytes);
}
