/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_WIRE_H
#define TRUST_WIRE_H

/*
 * Messages between processes of ours: a frame is a 4-byte length and that many bytes; fields follow
 * each other in the order both sides know: u32, or bytes with a 4-byte length. Lengths are checked
 * against TRUST_MAX_WIRE_BYTES and the frame; a short or overlong frame is an error, never a crash.
 * Frames may hold secrets: buffers are zeroed.
 */

#include "core/base.h"
#include "core/buffer.h"

void trust_wire_put_u32(struct trust_buffer *out, uint32_t value);
void trust_wire_put_u64(struct trust_buffer *out, uint64_t value);
void trust_wire_put_bytes(struct trust_buffer *out, struct trust_bytes bytes);
void trust_wire_put_text(struct trust_buffer *out, const char *text); /* NULL differs from "" */

struct trust_wire { /* a cursor over one received frame */
	const uint8_t *at;
	const uint8_t *end;
	bool bad; /* something was missing: everything read since is empty */
};
struct trust_wire trust_wire_init(struct trust_bytes frame);
uint32_t trust_wire_u32(struct trust_wire *wire);
uint64_t trust_wire_u64(struct trust_wire *wire);
struct trust_bytes trust_wire_bytes(struct trust_wire *wire); /* borrowed from the frame */
char *trust_wire_text(
    struct trust_wire *wire) TRUST_MUST_CHECK; /* owned by the caller; may be NULL */

/* Whole frames over a socket or pipe, EINTR and short transfers handled; no SIGPIPE. */
bool trust_wire_send(int fd, const struct trust_buffer *frame) TRUST_MUST_CHECK;
/* timeout_ms: -1 waits for ever. ret_frame is initialised as a secret buffer. False: end of file,
 * time-out, or too long; *ret_timed_out tells. */
bool trust_wire_receive(
    int fd, int timeout_ms, struct trust_buffer *ret_frame, bool *ret_timed_out) TRUST_MUST_CHECK;

#endif
