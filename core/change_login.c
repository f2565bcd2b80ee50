/* SPDX-License-Identifier: MPL-2.0 */
/* The worker of a change, and the store's password: asked for once, tried in the worker or, where
 * NSS is not needed, by ourselves. */

#include <stdio.h>
#include <string.h>

#include "core/change_internal.h"
#include "core/direct_internal.h"
#include "core/error.h"
#include "core/worker.h"

bool
trust_change_worker(
    struct trust_change *change, struct trust_worker **ret_worker, struct trust_error *error)
{
	TRUST_AUTO_FREE char *newer = NULL;
	const char *libdir = change->place.nss_libdir;

	/* Debian's NSS rejects even the right password when a newer one set it. */
	if (!libdir && change->found.password_is_newer) {
		struct trust_environment environment = trust_environment_current();
		newer = trust_place_newer_nss(&environment);
		libdir = newer;
	}
	return trust_worker_start(libdir, change->stage->work, false, ret_worker, error);
}

static bool
is_older_nss(const char *version)
{
	unsigned major = 0;
	unsigned minor = 0;
	return sscanf(version, "%u.%u", &major, &minor) == 2 && major == 3 && minor < 114;
}

/* worker  NULL: we tried ourselves, and know the passwords of both generations */
static bool
wrong_password(
    struct trust_change *change, struct trust_worker *worker, bool given, struct trust_error *error)
{
	const char *name = change->place.name;

	if (given && worker && change->found.password_is_newer &&
	    is_older_nss(trust_worker_nss_version(worker))) {
		trust_fail(error, TRUST_STORE_PASSWORD_NEWER, name,
		    "the password of store '%s' was set by a newer NSS than the %s that is here",
		    name, trust_worker_nss_version(worker));
		return trust_hint(error,
		    "install Firefox, whose NSS opens it, or change the password with "
		    "the program that set it");
	}
	if (given) {
		trust_fail(
		    error, TRUST_STORE_PASSWORD, name, "wrong password for store '%s'", name);
		return trust_hint(error, "in Firefox and Thunderbird it is the Primary Password");
	}
	trust_fail(error, TRUST_STORE_PASSWORD, name, "store '%s' needs its password", name);
	return trust_hint(
	    error, "give it with --store-password-file FILE, or run this in a terminal");
}

static void
keep_password(struct trust_change *change, const struct trust_secret *password)
{
	if (!password || password == change->password)
		return;
	trust_secret_free(change->password);
	change->password = trust_secret_copy(password);
}

/* Who is to accept the password: one of the two. */
struct door {
	struct trust_worker *worker;
	struct trust_direct *direct;
};

static bool
try_login(struct trust_change *change, const struct door *door, const struct trust_secret *password,
    enum trust_login *ret_login, struct trust_error *error)
{
	if (door->direct ? !trust_direct_login(door->direct, password, ret_login, error)
			 : !trust_worker_login(door->worker, password, ret_login, error))
		return false;
	if (*ret_login == TRUST_LOGIN_NEEDS_SETUP && door->worker) {
		trust_change_notice_add(change,
		    "store '%s' had no password set up; it now has the empty one",
		    change->place.name);
		if (!trust_worker_set_first_password(door->worker, NULL, error))
			return false;
		*ret_login = TRUST_LOGIN_DONE;
	}
	if (*ret_login == TRUST_LOGIN_DONE)
		keep_password(change, password);
	return true;
}

static bool
log_in(struct trust_change *change, const struct door *door, enum trust_login *ret_login,
    struct trust_error *error)
{
	/* What opened the store in an earlier round, or the empty password. */
	if (!try_login(change, door, change->password, ret_login, error))
		return false;
	for (unsigned attempt = 0; *ret_login == TRUST_LOGIN_WRONG && attempt < 3; attempt++) {
		const struct trust_asker *asker = &change->request.asker;
		TRUST_AUTO(trust_secret) *password = asker->ask
		    ? asker->ask(asker->context, TRUST_PASSWORD_STORE, change->place.name, attempt)
		    : NULL;
		if (!password)
			return wrong_password(change, door->worker, attempt > 0, error);
		if (!try_login(change, door, password, ret_login, error))
			return false;
	}
	return *ret_login != TRUST_LOGIN_WRONG || wrong_password(change, door->worker, true, error);
}

bool
trust_change_login(
    struct trust_change *change, struct trust_worker *worker, struct trust_error *error)
{
	const struct door door = { .worker = worker };
	enum trust_login login = TRUST_LOGIN_WRONG;

	return log_in(change, &door, &login, error);
}

bool
trust_change_login_direct(struct trust_change *change, struct trust_direct *direct, bool *ret_done,
    struct trust_error *error)
{
	const struct door door = { .direct = direct };
	enum trust_login login = TRUST_LOGIN_WRONG;

	if (!log_in(change, &door, &login, error))
		return false;
	*ret_done = login == TRUST_LOGIN_DONE;
	return true;
}
