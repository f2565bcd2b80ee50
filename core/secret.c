/* SPDX-License-Identifier: MPL-2.0 */
/* Passwords and keys in memory, zeroed when freed. */

#include "core/secret.h"

#include <string.h>
#include <sys/mman.h>

/* Files that are read as secrets may be large, and what may be locked is little. */
#define MOST_LOCKED ((size_t)1 << 20)

void *
trust_secret_alloc(size_t size)
{
	void *bytes = trust_alloc(size);

	/* Its pages stay locked when it is freed: the next secret is as likely to come there. */
	if (size <= MOST_LOCKED)
		(void)mlock(bytes, size);
	return bytes;
}

struct trust_secret *
trust_secret_sized(size_t size)
{
	struct trust_secret *secret = trust_alloc(sizeof *secret);

	secret->size = size;
	secret->bytes = trust_secret_alloc(size + 1);
	return secret;
}

struct trust_secret *
trust_secret_new(const void *bytes, size_t size)
{
	struct trust_secret *secret = trust_secret_sized(size);

	if (size)
		memcpy(secret->bytes, bytes, size);
	return secret;
}

struct trust_secret *
trust_secret_copy(const struct trust_secret *secret)
{
	return secret ? trust_secret_new(secret->bytes, secret->size) : NULL;
}

void
trust_secret_free(struct trust_secret *secret)
{
	if (!secret)
		return;
	explicit_bzero(secret->bytes, secret->size);
	trust_free(secret->bytes);
	trust_free(secret);
}
