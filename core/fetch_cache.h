/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_FETCH_CACHE_H
#define TRUST_FETCH_CACHE_H

/*
 * What was fetched, kept until it is replaced: $XDG_CACHE_HOME/trustctl (else ~/.cache/trustctl,
 * 0700), one file (0600) for each question, named by the SHA-256 of URL and question. Nothing in it
 * is believed: whoever reads it checks signature and age, as of what comes from a server. A file
 * whose time is over is removed when another one is written.
 *
 * A folder of somebody else (sudo with the caller's HOME) is neither read nor written.
 */

#include "core/base.h"
#include "core/time.h"

struct trust_error;
struct trust_fetched;

/* The file's name in the cache, 64 digits; owned. */
char *trust_fetch_cache_name(const char *url, struct trust_bytes question) TRUST_MUST_CHECK;
/* False: it is not there, or longer than `most`. */
bool trust_fetch_cache_read(
    const char *name, size_t most, struct trust_fetched *ret_fetched) TRUST_MUST_CHECK;
/* until: when it is replaced. Errors: TRUST_OUTPUT. */
bool trust_fetch_cache_write(const char *name, struct trust_bytes bytes, struct trust_time until,
    struct trust_time now, struct trust_error *error) TRUST_MUST_CHECK;

#endif
