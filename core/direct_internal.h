/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_DIRECT_INTERNAL_H
#define TRUST_DIRECT_INTERNAL_H

/*
 * Rows as NSS makes them, written without NSS into a staged copy: certificates, and trust in the
 * legacy spelling with its signatures. One transaction for thousands of objects, where NSS takes
 * three and prepares each statement anew. For mass changes only, for a schema that is known to the
 * letter, and for certificates about which NSS and we cannot differ; the rest is NSS's work
 * (doc/adr/0011). tests/unit/direct.c compares the rows with those NSS makes of the same input.
 */

#include "core/base.h"
#include "core/trust.h"
#include "core/worker.h"

struct trust_cert;
struct trust_direct;
struct trust_error;
struct trust_secret;

/* *ret_direct stays NULL, and the call succeeds, when the store's tables are not those we know. */
bool trust_direct_open(const char *directory, struct trust_direct **ret_direct,
    struct trust_error *error) TRUST_MUST_CHECK;
/* What was written and not committed is forgotten. */
void trust_direct_free(struct trust_direct *direct);
TRUST_DEFINE_AUTO(trust_direct, trust_direct_free)

/* Needed before trust_direct_add_trust(). password  NULL: the empty one. */
bool trust_direct_login(struct trust_direct *direct, const struct trust_secret *password,
    enum trust_login *ret_login, struct trust_error *error) TRUST_MUST_CHECK;

/* Is it beyond doubt what NSS would make of this certificate? */
bool trust_direct_covers(const struct trust_cert *cert);
bool trust_direct_add_cert(struct trust_direct *direct, const struct trust_cert *cert,
    const char *nickname, struct trust_error *error) TRUST_MUST_CHECK;
/* The caller has deleted the records that were there. */
bool trust_direct_add_trust(struct trust_direct *direct, const struct trust_cert *cert,
    struct trust_states states, struct trust_error *error) TRUST_MUST_CHECK;
/* With its signatures, as NSS does it. */
bool trust_direct_delete(
    struct trust_direct *direct, uint32_t object_id, struct trust_error *error) TRUST_MUST_CHECK;

/* Others see what was written only now; the next call begins again. */
bool trust_direct_commit(struct trust_direct *direct, struct trust_error *error) TRUST_MUST_CHECK;

#endif
