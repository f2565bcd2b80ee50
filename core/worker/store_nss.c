/* SPDX-License-Identifier: MPL-2.0 */
/* Starting NSS, opening the store, its password. */

#include <prerror.h>
#include <string.h>
#include <unistd.h>

#include "core/worker/session_nss.h"

/* Quotes and backslashes end a value in NSS's module specification. */
static char *
escape(const char *directory)
{
	char *escaped = trust_alloc(2 * strlen(directory) + 1);
	char *at = escaped;

	for (; *directory; directory++) {
		if (*directory == '\'' || *directory == '\\')
			*at++ = '\\';
		*at++ = *directory;
	}
	*at = '\0';
	return escaped;
}

bool
session_start(struct session *session, struct trust_error *error)
{
	PORT_SetError(0);
	if (!session->running && NSS_NoDB_Init(NULL) != SECSuccess)
		return session_fail(error, "cannot start NSS");
	session->running = true;
	return true;
}

bool
session_open(
    struct session *session, const char *directory, bool read_only, struct trust_error *error)
{
	TRUST_AUTO_FREE char *escaped = escape(directory);
	TRUST_AUTO_FREE char *key_path = trust_printf("%s/key4.db", directory);
	/* To a reader NSS opens certificates without keys when it is told so, and not else. */
	const char *flags = !read_only    ? ""
	    : access(key_path, F_OK) == 0 ? " flags=readOnly"
					  : " flags=readOnly,noKeyDB";
	TRUST_AUTO_FREE char *spec =
	    trust_printf("configDir='sql:%s' tokenDescription='store'%s", escaped, flags);

	if (session->running)
		return trust_fail(
		    error, TRUST_BUG, NULL, "the NSS worker has a store open already");
	if (!session_start(session, error))
		return false;
	PORT_SetError(0);
	session->slot = SECMOD_OpenUserDB(spec);
	if (!session->slot)
		return session_fail(error, "NSS cannot open the store");
	return true;
}

bool
session_close(struct session *session, struct trust_error *error)
{
	bool closed = true;

	session_read_done(session);
	PORT_SetError(0);
	if (session->slot) {
		closed = SECMOD_CloseUserDB(session->slot) == SECSuccess;
		PK11_FreeSlot(session->slot);
		session->slot = NULL;
	}
	if (!closed)
		session_fail(error, "NSS cannot close the store");
	if (session->running) {
		session->running = false;
		if (NSS_Shutdown() != SECSuccess && closed)
			closed = session_fail(error, "NSS cannot shut down");
	}
	return closed;
}

static bool
usable(const struct trust_secret *password, struct trust_error *error)
{
	/* NSS takes passwords as C strings. */
	if (memchr(password->bytes, 0, password->size))
		return trust_fail(
		    error, TRUST_STORE_PASSWORD, NULL, "a password cannot hold a NUL byte");
	return true;
}

bool
session_login(struct session *session, const struct trust_secret *password,
    enum trust_login *ret_login, struct trust_error *error)
{
	if (PK11_NeedUserInit(session->slot)) {
		*ret_login = TRUST_LOGIN_NEEDS_SETUP;
		return true;
	}
	if (!usable(password, error))
		return false;
	PORT_SetError(0);
	if (PK11_CheckUserPassword(session->slot, (const char *)password->bytes) == SECSuccess) {
		*ret_login = TRUST_LOGIN_DONE;
		return true;
	}
	PRErrorCode code = PORT_GetError();
	if (code != SEC_ERROR_BAD_PASSWORD && code != SEC_ERROR_INVALID_ARGS && code != 0)
		return session_fail(error, "cannot log in to the store");
	*ret_login = TRUST_LOGIN_WRONG;
	return true;
}

bool
session_first_password(
    struct session *session, const struct trust_secret *password, struct trust_error *error)
{
	if (!usable(password, error))
		return false;
	if (!PK11_NeedUserInit(session->slot))
		return trust_fail(error, TRUST_BUG, NULL, "the store has a password already");
	PORT_SetError(0);
	if (PK11_InitPin(session->slot, NULL, (const char *)password->bytes) != SECSuccess)
		return session_fail(error, "cannot set the store's first password");
	return true;
}

bool
session_change_password(struct session *session, const struct trust_secret *old_password,
    const struct trust_secret *new_password, struct trust_error *error)
{
	if (!usable(old_password, error) || !usable(new_password, error))
		return false;
	PORT_SetError(0);
	if (PK11_ChangePW(session->slot, (const char *)old_password->bytes,
		(const char *)new_password->bytes) != SECSuccess)
		return session_fail(error, "cannot change the store's password");
	return true;
}
