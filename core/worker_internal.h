/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_WORKER_INTERNAL_H
#define TRUST_WORKER_INTERNAL_H

/* The worker's client, for requests whose answers are taken apart elsewhere. */

#include <sys/types.h>

#include "core/buffer.h"
#include "core/wire.h"
#include "core/worker.h"

/* A worker with no store open; only requests that need none may be sent. */
bool trust_worker_start_bare(const char *nss_libdir, struct trust_worker **ret_worker,
    struct trust_error *error) TRUST_MUST_CHECK;
/* The process `after` runs in place of `before`, of which 0 is none: for trust_abandon(). */
void trust_worker_note(pid_t before, pid_t after);
/* Send a request and wait for its answer. *ret_answer stands behind the code and borrows from
 * *ret_frame, which is initialised in any case. A worker that does not answer within limit_ms is
 * killed (TRUST_STORE_WORKER). */
bool trust_worker_ask(struct trust_worker *worker, const struct trust_buffer *request, int limit_ms,
    struct trust_buffer *ret_frame, struct trust_wire *ret_answer,
    struct trust_error *error) TRUST_MUST_CHECK;

#endif
