/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_DIAGNOSE_SEEN_H
#define TRUST_DIAGNOSE_SEEN_H

/*
 * The memory of which certificate a server showed last: one row for each host, port and STARTTLS in
 * a small database of the person's (not of a store), so that a change can be told as what it is.
 *
 * Caveat: it is a claim of what was shown to this program, not a proof that it was right.
 */

#include "core/base.h"
#include "core/time.h"

struct trust_cert;
struct trust_error;

struct trust_seen {
	uint8_t *der; /* owned; the server's own certificate */
	size_t size;
	struct trust_time first; /* when this certificate was first met there */
	struct trust_time last;
	bool trusted; /* a store trusted it then */
	bool vendor;  /* ... by an anchor of the built-in list */
};
void trust_seen_free(struct trust_seen *seen);
TRUST_DEFINE_AUTO(trust_seen, trust_seen_free)

/* $XDG_STATE_HOME/trustctl/seen.db, or below the home; absolute, owned by the caller. */
char *trust_seen_path(void) TRUST_MUST_CHECK;

/* ret_seen: NULL when nothing is known of this server. Creates nothing.
 * Errors: STORE_* when the file is there and cannot be read. */
bool trust_seen_look(const char *path, const char *host, uint16_t port, const char *starttls,
    struct trust_seen **ret_seen, struct trust_error *error) TRUST_MUST_CHECK;
/* Remember this one; `first` stays where it is the same certificate. Creates directory (0700) and
 * file (0600), but nothing where the directory above belongs to somebody else. Errors: STORE_*,
 * OUTPUT. */
bool trust_seen_keep(const char *path, const char *host, uint16_t port, const char *starttls,
    const struct trust_seen *seen, struct trust_error *error) TRUST_MUST_CHECK;

#endif
