/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_CHILD_H
#define TRUST_CHILD_H

/*
 * Work in a process of its own that may take a bounded time and memory, is confined, and says one
 * frame to us (and how far it is). Whatever becomes of it, the caller learns how it ended. The work
 * sees a copy of the caller's memory and changes nothing of it. A decoder opens no file, so what it
 * may need of core/libraries.h is loaded by its caller.
 */

#include "core/base.h"
#include "core/buffer.h"
#include "core/error.h"

struct trust_child {
	void (*work)(void *context, struct trust_buffer *answer);
	void *context;
	uint32_t wait_ms; /* it has this long, whatever it does */
	unsigned seconds; /* of processor time; SIGXCPU one second before SIGKILL */
	/* Bytes of address space, of which what the caller has mapped is a part; without limit
	 * under sanitizers. */
	size_t memory;
	/* It reads files and talks to servers (trust_confine_client()) and keeps the standard
	 * streams; else it does nothing but its work (trust_confine_decoder()). */
	bool client;
	/* What its trust_progress_tell() counts, for whoever listens to the caller; NULL: nothing
	 * is told. Two numbers in memory that both see are all that comes; they are shown and
	 * decide nothing. */
	const char *progress;
};

enum trust_child_end {
	TRUST_CHILD_ANSWERED,
	TRUST_CHILD_TOO_SLOW,  /* of either clock */
	TRUST_CHILD_TOO_LARGE, /* its memory */
	TRUST_CHILD_TOO_LONG,  /* its answer: beyond TRUST_MAX_WIRE_BYTES */
	TRUST_CHILD_DIED,
	TRUST_CHILD_NOT_STARTED,
};

/* Of one that was not started, by its errno: what the system has too little of now is no mistake of
 * ours. */
enum trust_code trust_child_code_not_started(int cause);

/*
 * ret_answer  what the work left in its buffer; secret; trust_buffer_done(), whatever is returned
 * ret_status  as waitpid() tells it; errno for one that was not started
 * Nothing of the child is left when this returns. Cost: a fork, about a millisecond.
 */
enum trust_child_end trust_child_run(const struct trust_child *child,
    struct trust_buffer *ret_answer, int *ret_status) TRUST_MUST_CHECK;

#endif
