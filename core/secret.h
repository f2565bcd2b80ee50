/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_SECRET_H
#define TRUST_SECRET_H

/*
 * A password or a private key in memory. Not a `char *`, so that it cannot be printed by accident;
 * zeroed when freed. Bytes are UTF-8 for passwords and DER for keys; there is a NUL behind `size`.
 */

#include "core/base.h"

struct trust_secret {
	size_t size;
	uint8_t *bytes; /* owned, never NULL */
};

/* Memory for secret bytes, zero, kept from being swapped out where it is a MiB at most, as long as
 * the system lets this process lock memory (RLIMIT_MEMLOCK). trust_free() after it was zeroed. */
void *trust_secret_alloc(size_t size) TRUST_MUST_CHECK;

/* All zero, to be filled; whoever fills less of it lowers its size. */
struct trust_secret *trust_secret_sized(size_t size) TRUST_MUST_CHECK;
struct trust_secret *trust_secret_new(const void *bytes, size_t size) TRUST_MUST_CHECK;
struct trust_secret *trust_secret_copy(const struct trust_secret *secret) TRUST_MUST_CHECK;
void trust_secret_free(struct trust_secret *secret);
TRUST_DEFINE_AUTO(trust_secret, trust_secret_free)

/* What a password is wanted for; the asker words its prompt by it. */
enum trust_password_for {
	TRUST_PASSWORD_STORE,      /* subject: the store's name */
	TRUST_PASSWORD_STORE_NEW,  /* a new password of a store, asked twice on a terminal */
	TRUST_PASSWORD_FILE,       /* subject: the file to be read */
	TRUST_PASSWORD_FILE_NEW,   /* the password of a file to be written, asked twice */
	TRUST_PASSWORD_FILE_GIVEN, /* that of a file to be read, if given already; nobody is asked
				    */
};

/*
 * How core and the formats get a password: they call `ask`, cli implements it with the terminal or
 * the options, tests with a constant.
 *
 * attempt      0 first, then 1, 2: the last answer was wrong
 * returns      owned by the caller; NULL when there is none to be had (the caller then reports a
 *              missing password, or a wrong one when attempt > 0)
 */
struct trust_asker {
	struct trust_secret *(*ask)(
	    void *context, enum trust_password_for what, const char *subject, unsigned attempt);
	void *context; /* borrowed */
};

#endif
