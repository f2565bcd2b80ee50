/* SPDX-License-Identifier: MPL-2.0 */
/*
 * NSPR over a stream with a deadline. NSS's own time limit is one per transfer, so a server that
 * sends a byte a second would hold a handshake for ever; here each transfer ends at the stream's
 * deadline, and what comes is counted.
 */

#include <prerror.h>
#include <private/pprio.h>
#include <unistd.h>

#include "core/worker/probe_nss.h"

static struct trust_probe_stream *
stream_of(PRFileDesc *fd)
{
	return (struct trust_probe_stream *)fd->secret;
}

static PRInt32
stopped(const struct trust_probe_stream *stream)
{
	switch (stream->end) {
	case PROBE_TIMED_OUT:
		PR_SetError(PR_IO_TIMEOUT_ERROR, 0);
		return -1;
	case PROBE_TOO_MUCH:
		PR_SetError(PR_IO_ERROR, 0);
		return -1;
	default:
		if (stream->cause == 0)
			return 0;
		PR_SetError(PR_CONNECT_RESET_ERROR, stream->cause);
		return -1;
	}
}

static PRInt32
layer_recv(PRFileDesc *fd, void *data, PRInt32 size, PRIntn flags TRUST_UNUSED,
    PRIntervalTime timeout TRUST_UNUSED)
{
	struct trust_probe_stream *stream = stream_of(fd);
	size_t got = size > 0 ? trust_probe_stream_read(stream, data, (size_t)size) : 0;
	return got > 0 ? (PRInt32)got : stopped(stream);
}

static PRInt32
layer_read(PRFileDesc *fd, void *data, PRInt32 size)
{
	return layer_recv(fd, data, size, 0, PR_INTERVAL_NO_TIMEOUT);
}

static PRInt32
layer_send(PRFileDesc *fd, const void *data, PRInt32 size, PRIntn flags TRUST_UNUSED,
    PRIntervalTime timeout TRUST_UNUSED)
{
	struct trust_probe_stream *stream = stream_of(fd);

	if (size <= 0 || trust_probe_stream_write(stream, data, (size_t)size))
		return size;
	if (stopped(stream) == 0)
		PR_SetError(PR_CONNECT_RESET_ERROR, 0);
	return -1;
}

static PRInt32
layer_write(PRFileDesc *fd, const void *data, PRInt32 size)
{
	return layer_send(fd, data, size, 0, PR_INTERVAL_NO_TIMEOUT);
}

PRFileDesc *
session_stream_socket(struct trust_probe_stream *stream)
{
	static PRDescIdentity identity;
	static PRIOMethods methods;

	if (!identity) {
		identity = PR_GetUniqueIdentity("trustctl");
		methods = *PR_GetDefaultIOMethods();
		methods.recv = layer_recv;
		methods.read = layer_read;
		methods.send = layer_send;
		methods.write = layer_write;
	}
	PRFileDesc *socket = PR_ImportTCPSocket(stream->fd);
	PRFileDesc *layer = socket ? PR_CreateIOLayerStub(identity, &methods) : NULL;
	if (!socket)
		close(stream->fd);
	if (!layer) {
		if (socket)
			PR_Close(socket);
		return NULL;
	}
	layer->secret = (PRFilePrivate *)stream;
	if (PR_PushIOLayer(socket, PR_TOP_IO_LAYER, layer) != PR_SUCCESS) {
		layer->dtor(layer);
		PR_Close(socket);
		return NULL;
	}
	return socket;
}
