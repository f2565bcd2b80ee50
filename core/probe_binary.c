/* SPDX-License-Identifier: MPL-2.0 */
/* The STARTTLS dialogues that do not go line by line: LDAP, XMPP, PostgreSQL, MySQL. */

#include <stdio.h>
#include <string.h>

#include "core/probe_internal.h"

/* A MySQL greeting has about 80 bytes, an LDAP answer 14 and a message. */
#define MAX_PACKET 16384
/* XMPP features: about 1 KB. */
#define MAX_FEATURES 65536

/* Exactly size bytes, or the dialogue ends. */
static bool
read_all(struct trust_probe_dialogue *dialogue, uint8_t *data, size_t size)
{
	while (size > 0) {
		size_t got = trust_probe_stream_read(dialogue->stream, data, size);
		if (got == 0)
			return trust_probe_dialogue_ended(dialogue);
		data += got;
		size -= got;
	}
	return true;
}

/* ---- LDAP (RFC 4511 section 4.14) ----------------------------------------------------------- */

/* A tag and a length in BER: Active Directory writes lengths longer than needed, which DER
 * forbids. */
static bool
take_header(struct trust_bytes *from, uint8_t *ret_tag, size_t *ret_size)
{
	if (from->size < 2)
		return false;
	size_t size = from->data[1];
	size_t used = 2;
	if (size > 0x80) {
		size_t digits = size & 0x7f;
		if (digits > 4 || from->size < 2 + digits)
			return false;
		size = 0;
		for (size_t i = 0; i < digits; i++)
			size = size << 8 | from->data[used++];
	} else if (size == 0x80) {
		return false;
	}
	*ret_tag = from->data[0];
	*ret_size = size;
	from->data += used;
	from->size -= used;
	return true;
}

static bool
take_element(struct trust_bytes *from, uint8_t tag, struct trust_bytes *ret_content)
{
	uint8_t found;
	size_t size;

	if (!take_header(from, &found, &size) || found != tag || size > from->size)
		return false;
	*ret_content = (struct trust_bytes){ from->data, size };
	from->data += size;
	from->size -= size;
	return true;
}

/* One LDAPMessage, whole: its header byte by byte, then as many bytes as it says. */
static bool
read_message(struct trust_probe_dialogue *dialogue, uint8_t *packet, size_t *ret_size)
{
	size_t have = 0;

	for (;;) {
		if (!read_all(dialogue, packet + have, 1))
			return false;
		have++;
		struct trust_bytes header = { packet, have };
		uint8_t tag;
		size_t size;
		if (packet[0] != 0x30 || have > 6)
			return trust_probe_dialogue_garbage(dialogue, packet, have);
		if (!take_header(&header, &tag, &size))
			continue;
		if (size > MAX_PACKET - have)
			return trust_probe_dialogue_endless(dialogue);
		*ret_size = have + size;
		return read_all(dialogue, packet + have, size);
	}
}

bool
trust_probe_dialogue_ldap(struct trust_probe_dialogue *dialogue)
{
	/* message 1, ExtendedRequest, requestName 1.3.6.1.4.1.1466.20037 */
	static const char question[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
				       "1.3.6.1.4.1.1466.20037";
	static uint8_t packet[MAX_PACKET];
	struct trust_bytes answer = { packet, 0 };
	struct trust_bytes message;
	struct trust_bytes id;
	struct trust_bytes response;
	struct trust_bytes code;
	struct trust_bytes matched;
	struct trust_bytes words;

	dialogue->step = "the reply to StartTLS";
	if (!trust_probe_dialogue_send(dialogue, question, sizeof question - 1) ||
	    !read_message(dialogue, packet, &answer.size))
		return false;
	if (!take_element(&answer, 0x30, &message) || !take_element(&message, 0x02, &id) ||
	    !take_element(&message, 0x78, &response) || !take_element(&response, 0x0a, &code) ||
	    code.size != 1 || !take_element(&response, 0x04, &matched) ||
	    !take_element(&response, 0x04, &words))
		return trust_probe_dialogue_garbage(
		    dialogue, packet, (size_t)(answer.data - packet) + answer.size);
	if (code.data[0] == 0)
		return true;
	TRUST_AUTO_FREE char *text = trust_printf(
	    "%.*s (result code %u)", (int)words.size, (const char *)words.data, code.data[0]);
	return trust_probe_dialogue_refused(dialogue, text, strlen(text));
}

/* ---- XMPP (RFC 6120 section 5.4) ------------------------------------------------------------ */

/* Read to the end of a tag that `ends` names or begins; all that came stays in out. */
static bool
read_to(struct trust_probe_dialogue *dialogue, struct trust_buffer *out, const char *const ends[])
{
	size_t tag = 0; /* where the last one began */

	for (;;) {
		char byte;
		if (trust_probe_stream_read(dialogue->stream, &byte, 1) == 0)
			return trust_probe_dialogue_ended(dialogue);
		trust_buffer_append(out, &byte, 1);
		if (out->overflow)
			return trust_probe_dialogue_endless(dialogue);
		if (byte == '\0' ||
		    (out->size == 1 && byte != '<' && byte != ' ' && byte != '\n' && byte != '\r'))
			return trust_probe_dialogue_garbage(dialogue, out->data, out->size);
		if (byte == '<')
			tag = out->size - 1;
		if (byte != '>')
			continue;
		/* Only the last tag is looked at, so a long answer costs what it has. */
		for (size_t i = 0; ends[i]; i++)
			if (strncmp((const char *)out->data + tag, ends[i], strlen(ends[i])) == 0)
				return true;
	}
}

bool
trust_probe_dialogue_xmpp(struct trust_probe_dialogue *dialogue)
{
	static const char *const features_end[] = { "</stream:features", "<stream:features/",
		"</stream:error", "</stream:stream", NULL };
	static const char *const reply_end[] = { "<proceed", "<failure", "</failure",
		"</stream:", NULL };
	static const char starttls[] = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
	TRUST_AUTO_FREE char *open =
	    trust_printf("<?xml version='1.0'?><stream:stream to='%s' xmlns='jabber:client' "
			 "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>",
		dialogue->host);
	TRUST_AUTO_BUFFER features;
	TRUST_AUTO_BUFFER reply;

	trust_buffer_init(&features, MAX_FEATURES);
	trust_buffer_init(&reply, MAX_FEATURES);
	dialogue->step = "the stream's features";
	if (!trust_probe_dialogue_send(dialogue, open, strlen(open)) ||
	    !read_to(dialogue, &features, features_end))
		return false;
	trust_probe_dialogue_greeted(dialogue, features.data, features.size);
	if (strstr((const char *)features.data, "<stream:error"))
		return trust_probe_dialogue_refused(dialogue, features.data, features.size);
	if (!strstr((const char *)features.data, "urn:ietf:params:xml:ns:xmpp-tls"))
		return trust_probe_fail(dialogue->problem, TRUST_PROBE_STARTTLS_REFUSED,
		    "the XMPP server does not offer STARTTLS");
	dialogue->step = "the reply to starttls";
	if (!trust_probe_dialogue_send(dialogue, starttls, sizeof starttls - 1) ||
	    !read_to(dialogue, &reply, reply_end))
		return false;
	return strncmp(strrchr((const char *)reply.data, '<'), "<proceed", 8) == 0 ||
	    trust_probe_dialogue_refused(dialogue, reply.data, reply.size);
}

/* ---- PostgreSQL (protocol 3.0, SSLRequest) --------------------------------------------------- */

/* An ErrorResponse: fields of a letter and a string; 'M' is the message. */
static bool
postgres_error(struct trust_probe_dialogue *dialogue)
{
	uint8_t packet[1024];
	uint8_t length[4];

	if (!read_all(dialogue, length, sizeof length))
		return false;
	size_t size = (size_t)length[2] << 8 | length[3];
	if (length[0] || length[1] || size < 5 || size - 4 > sizeof packet)
		return trust_probe_dialogue_garbage(
		    dialogue, dialogue->stream->first, dialogue->stream->received);
	size -= 4;
	if (!read_all(dialogue, packet, size))
		return false;
	for (size_t at = 0; at < size && packet[at];) {
		size_t length_of_field = strnlen((const char *)packet + at + 1, size - at - 1);
		if (packet[at] == 'M')
			return trust_probe_dialogue_refused(
			    dialogue, packet + at + 1, length_of_field);
		at += length_of_field + 2;
	}
	return trust_probe_dialogue_refused(dialogue, packet, size);
}

bool
trust_probe_dialogue_postgres(struct trust_probe_dialogue *dialogue)
{
	static const uint8_t question[] = { 0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f };
	uint8_t answer[2];

	dialogue->step = "the reply to SSLRequest";
	if (!trust_probe_dialogue_send(dialogue, question, sizeof question) ||
	    !read_all(dialogue, answer, 1))
		return false;
	if (answer[0] == 'S')
		return true;
	if (answer[0] == 'N')
		return trust_probe_fail(dialogue->problem, TRUST_PROBE_STARTTLS_REFUSED,
		    "the PostgreSQL server does not offer TLS");
	if (answer[0] == 'E')
		return postgres_error(dialogue);
	bool more =
	    trust_probe_stream_pending(dialogue->stream) && read_all(dialogue, answer + 1, 1);
	return trust_probe_dialogue_garbage(dialogue, answer, more ? 2 : 1);
}

/* ---- MySQL (connection phase, protocol 10)
 * ---------------------------------------------------- */

#define MYSQL_CLIENT_SSL 0x0800u

/* The lower capability flags of a greeting: behind the version's NUL, 4 bytes of thread, 8 of
 * challenge and 1 of filler. */
static bool
mysql_flags(const uint8_t *packet, size_t size, unsigned *ret_flags)
{
	const uint8_t *end = memchr(packet + 1, '\0', size - 1);
	size_t at = end ? (size_t)(end - packet) + 1 + 4 + 8 + 1 : size;

	if (at + 2 > size)
		return false;
	*ret_flags = (unsigned)packet[at] | (unsigned)packet[at + 1] << 8;
	return true;
}

bool
trust_probe_dialogue_mysql(struct trust_probe_dialogue *dialogue)
{
	/* SSLRequest: long password, protocol 4.1, SSL, secure connection; 16 MB packets; utf8 */
	static const uint8_t question[36] = { 32, 0, 0, 1, 0x01, 0x8a, 0, 0, 0, 0, 0, 1, 33 };
	static uint8_t packet[MAX_PACKET];
	uint8_t header[4];
	unsigned flags = 0;

	dialogue->step = "the greeting";
	if (!read_all(dialogue, header, sizeof header))
		return false;
	size_t size = (size_t)header[0] | (size_t)header[1] << 8 | (size_t)header[2] << 16;
	/* The first packet has number 0; what is text has not. */
	if (size < 2 || header[3] != 0 || size > MAX_PACKET)
		return trust_probe_dialogue_garbage(dialogue, header, sizeof header);
	if (!read_all(dialogue, packet, size))
		return false;
	if (packet[0] == 0xff) /* error: 2 bytes of number, the words */
		return trust_probe_dialogue_refused(
		    dialogue, packet + (size > 3 ? 3 : 0), size > 3 ? size - 3 : size);
	if (packet[0] != 10 || !mysql_flags(packet, size, &flags))
		return trust_probe_dialogue_garbage(dialogue, packet, size);
	trust_probe_dialogue_greeted(
	    dialogue, packet + 1, strnlen((const char *)packet + 1, size - 1));
	if (!(flags & MYSQL_CLIENT_SSL))
		return trust_probe_fail(dialogue->problem, TRUST_PROBE_STARTTLS_REFUSED,
		    "the MySQL server does not offer TLS");
	/* No go-ahead comes: TLS begins behind our request, so nothing may lie before it. */
	if (trust_probe_stream_pending(dialogue->stream))
		return trust_probe_fail(dialogue->problem, TRUST_PROBE_STARTTLS_INJECTION,
		    "the MySQL server sent more in plain text behind its greeting: somebody may be "
		    "tampering with the connection");
	return trust_probe_dialogue_send(dialogue, question, sizeof question);
}
