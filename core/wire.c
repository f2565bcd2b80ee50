/* SPDX-License-Identifier: MPL-2.0 */
/* Messages between processes of ours. */

#include "core/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/limits.h"
#include "core/time.h"

void
trust_wire_put_u32(struct trust_buffer *out, uint32_t value)
{
	uint8_t bytes[4] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
		(uint8_t)value };
	trust_buffer_append(out, bytes, sizeof bytes);
}

void
trust_wire_put_u64(struct trust_buffer *out, uint64_t value)
{
	trust_wire_put_u32(out, (uint32_t)(value >> 32));
	trust_wire_put_u32(out, (uint32_t)value);
}

void
trust_wire_put_bytes(struct trust_buffer *out, struct trust_bytes bytes)
{
	trust_wire_put_u32(out, (uint32_t)bytes.size);
	trust_buffer_append(out, bytes.data, bytes.size);
}

void
trust_wire_put_text(struct trust_buffer *out, const char *text)
{
	if (!text) { /* no text has this length */
		trust_wire_put_u32(out, UINT32_MAX);
		return;
	}
	trust_wire_put_bytes(out, (struct trust_bytes){ (const uint8_t *)text, strlen(text) });
}

struct trust_wire
trust_wire_init(struct trust_bytes frame)
{
	return (struct trust_wire){ .at = frame.data, .end = frame.data + frame.size };
}

uint32_t
trust_wire_u32(struct trust_wire *wire)
{
	if (wire->bad || wire->end - wire->at < 4) {
		wire->bad = true;
		return 0;
	}
	const uint8_t *at = wire->at;
	wire->at += 4;
	return trust_u32_at(at);
}

uint64_t
trust_wire_u64(struct trust_wire *wire)
{
	uint64_t high = trust_wire_u32(wire);
	return high << 32 | trust_wire_u32(wire);
}

static struct trust_bytes
take(struct trust_wire *wire, uint32_t size)
{
	struct trust_bytes bytes = { 0 };
	if (wire->bad || size > (size_t)(wire->end - wire->at)) {
		wire->bad = true;
		return bytes;
	}
	if (size)
		bytes = (struct trust_bytes){ wire->at, size };
	wire->at += size;
	return bytes;
}

struct trust_bytes
trust_wire_bytes(struct trust_wire *wire)
{
	return take(wire, trust_wire_u32(wire));
}

char *
trust_wire_text(struct trust_wire *wire)
{
	uint32_t size = trust_wire_u32(wire);
	if (wire->bad || size == UINT32_MAX)
		return NULL;
	struct trust_bytes bytes = take(wire, size);
	if (wire->bad)
		return NULL;
	char *text = trust_alloc(bytes.size + 1);
	if (bytes.size)
		memcpy(text, bytes.data, bytes.size);
	return text;
}

/* ---- frames -------------------------------------------------------------------------------- */

static bool
write_all(int fd, const uint8_t *data, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
		if (sent < 0 && errno == ENOTSOCK)
			return trust_write_all(fd, data, size);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		data += sent;
		size -= (size_t)sent;
	}
	return true;
}

bool
trust_wire_send(int fd, const struct trust_buffer *frame)
{
	uint8_t length[4] = { (uint8_t)(frame->size >> 24), (uint8_t)(frame->size >> 16),
		(uint8_t)(frame->size >> 8), (uint8_t)frame->size };

	if (frame->overflow || frame->size > TRUST_MAX_WIRE_BYTES) {
		errno = EMSGSIZE;
		return false;
	}
	return write_all(fd, length, sizeof length) && write_all(fd, frame->data, frame->size);
}

/* deadline: in ms of the monotonic clock, -1: none */
static bool
read_all(int fd, uint8_t *data, size_t size, int64_t deadline, bool *ret_timed_out)
{
	while (size > 0) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		int64_t left = deadline < 0 ? -1 : deadline - trust_monotonic_ms();
		if (deadline >= 0 && left <= 0) {
			*ret_timed_out = true;
			return false;
		}
		int ready = poll(&poll_fd, 1, left > INT32_MAX ? INT32_MAX : (int)left);
		if (ready < 0 && errno != EINTR)
			return false;
		if (ready <= 0)
			continue;
		ssize_t got = read(fd, data, size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		data += got;
		size -= (size_t)got;
	}
	return true;
}

bool
trust_wire_receive(int fd, int timeout_ms, struct trust_buffer *ret_frame, bool *ret_timed_out)
{
	int64_t deadline = timeout_ms < 0 ? -1 : trust_monotonic_ms() + timeout_ms;
	uint8_t header[4];
	uint8_t piece[65536];

	*ret_timed_out = false;
	trust_buffer_init_secret(ret_frame, TRUST_MAX_WIRE_BYTES);
	if (!read_all(fd, header, sizeof header, deadline, ret_timed_out))
		return false;
	size_t left = trust_u32_at(header);
	bool good = left <= TRUST_MAX_WIRE_BYTES;
	while (good && left > 0) {
		size_t size = left < sizeof piece ? left : sizeof piece;
		good = read_all(fd, piece, size, deadline, ret_timed_out);
		if (good)
			trust_buffer_append(ret_frame, piece, size);
		left -= size;
	}
	explicit_bzero(piece, sizeof piece);
	return good && !ret_frame->overflow;
}
