/* SPDX-License-Identifier: MPL-2.0 */
/* Requests in, answers out: fields are taken apart and put together here, the work is elsewhere. */

#include <string.h>

#include "core/limits.h"
#include "core/wire.h"
#include "core/worker/probe_nss.h"
#include "core/worker/serve.h"
#include "core/worker/session_nss.h"
#include "core/worker_protocol.h"

typedef bool (*handler)(struct session *session, struct trust_wire *request,
    struct trust_buffer *answer, struct trust_error *error);

static struct trust_secret *
secret(struct trust_wire *request)
{
	struct trust_bytes bytes = trust_wire_bytes(request);
	return trust_secret_new(bytes.data, bytes.size);
}

static bool
damaged(const struct trust_wire *request, struct trust_error *error)
{
	return request->bad &&
	    !trust_fail(error, TRUST_BUG, NULL, "damaged request to the NSS worker");
}

static bool
do_open(struct session *session, struct trust_wire *request, struct trust_buffer *answer,
    struct trust_error *error)
{
	TRUST_AUTO_FREE char *directory = trust_wire_text(request);
	bool read_only = trust_wire_u32(request) != 0;

	if (damaged(request, error) || !directory)
		return false;
	if (!session_open(session, directory, read_only, error))
		return false;
	trust_wire_put_text(answer, NSS_GetVersion());
	return true;
}

static bool
do_login(struct session *session, struct trust_wire *request, struct trust_buffer *answer,
    struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *password = secret(request);
	enum trust_login login = TRUST_LOGIN_WRONG;

	if (damaged(request, error) || !session_login(session, password, &login, error))
		return false;
	trust_wire_put_u32(answer, (uint32_t)login);
	return true;
}

static bool
do_first_password(struct session *session, struct trust_wire *request,
    struct trust_buffer *answer TRUST_UNUSED, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *password = secret(request);
	return !damaged(request, error) && session_first_password(session, password, error);
}

static bool
do_change_password(struct session *session, struct trust_wire *request,
    struct trust_buffer *answer TRUST_UNUSED, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *old_password = secret(request);
	TRUST_AUTO(trust_secret) *new_password = secret(request);
	return !damaged(request, error) &&
	    session_change_password(session, old_password, new_password, error);
}

static bool
do_add_cert(struct session *session, struct trust_wire *request, struct trust_buffer *answer,
    struct trust_error *error)
{
	struct trust_bytes der = trust_wire_bytes(request);
	TRUST_AUTO_FREE char *nickname = trust_wire_text(request);
	uint32_t object = 0;

	if (damaged(request, error) || !session_add_cert(session, der, nickname, &object, error))
		return false;
	trust_wire_put_u32(answer, object);
	return true;
}

static bool
do_add_crl(struct session *session, struct trust_wire *request, struct trust_buffer *answer,
    struct trust_error *error)
{
	struct trust_bytes der = trust_wire_bytes(request);
	struct trust_bytes issuer = trust_wire_bytes(request);
	uint32_t object = 0;

	if (damaged(request, error) || !session_add_crl(session, der, issuer, &object, error))
		return false;
	trust_wire_put_u32(answer, object);
	return true;
}

static bool
do_storable(struct session *session, struct trust_wire *request, struct trust_buffer *answer,
    struct trust_error *error)
{
	struct trust_bytes pkcs8 = trust_wire_bytes(request);
	TRUST_AUTO_FREE char *reason = NULL;

	if (damaged(request, error) || !session_storable(session, pkcs8, &reason, error))
		return false;
	trust_wire_put_text(answer, reason);
	return true;
}

static bool
do_add_key(struct session *session, struct trust_wire *request, struct trust_buffer *answer,
    struct trust_error *error)
{
	struct trust_bytes pkcs8 = trust_wire_bytes(request);
	TRUST_AUTO_FREE char *nickname = trust_wire_text(request);
	uint8_t key_id[TRUST_SHA1_BYTES];

	if (damaged(request, error) || !session_add_key(session, pkcs8, nickname, key_id, error))
		return false;
	trust_wire_put_bytes(answer, (struct trust_bytes){ key_id, sizeof key_id });
	return true;
}

static bool
do_set_trust(struct session *session, struct trust_wire *request, struct trust_buffer *answer,
    struct trust_error *error)
{
	struct session_trust trust = { 0 };
	uint32_t object = 0;

	trust.issuer = trust_wire_bytes(request);
	trust.serial = trust_wire_bytes(request);
	trust.sha1 = trust_wire_bytes(request);
	trust.md5 = trust_wire_bytes(request);
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		trust.states.of[usage] = (enum trust_state)trust_wire_u32(request);
	if (damaged(request, error) || !session_set_trust(session, &trust, &object, error))
		return false;
	trust_wire_put_u32(answer, object);
	return true;
}

static bool
do_delete_public(struct session *session, struct trust_wire *request,
    struct trust_buffer *answer TRUST_UNUSED, struct trust_error *error)
{
	uint32_t object = trust_wire_u32(request);
	return !damaged(request, error) && session_delete_public(session, object, error);
}

static bool
do_delete_key(struct session *session, struct trust_wire *request,
    struct trust_buffer *answer TRUST_UNUSED, struct trust_error *error)
{
	uint32_t object = trust_wire_u32(request);
	return !damaged(request, error) && session_delete_key(session, object, error);
}

static bool
do_export_key(struct session *session, struct trust_wire *request, struct trust_buffer *answer,
    struct trust_error *error)
{
	uint32_t object = trust_wire_u32(request);
	TRUST_AUTO(trust_secret) *password = secret(request);
	uint32_t rounds = trust_wire_u32(request);
	TRUST_AUTO(trust_secret) *encrypted = NULL;

	if (damaged(request, error) ||
	    !session_export_key(session, object, password, rounds, &encrypted, error))
		return false;
	trust_wire_put_bytes(answer, (struct trust_bytes){ encrypted->bytes, encrypted->size });
	return true;
}

static bool
do_sign(struct session *session, struct trust_wire *request, struct trust_buffer *answer,
    struct trust_error *error)
{
	uint32_t object = trust_wire_u32(request);
	struct trust_bytes data = trust_wire_bytes(request);
	TRUST_AUTO(trust_secret) *signature = NULL;

	if (damaged(request, error) || !session_sign(session, object, data, &signature, error))
		return false;
	trust_wire_put_bytes(answer, (struct trust_bytes){ signature->bytes, signature->size });
	return true;
}

static bool
do_read(struct session *session, struct trust_wire *request, struct trust_buffer *answer,
    struct trust_error *error)
{
	struct session_reading reading = { .object_class = trust_wire_u32(request) };
	bool go_on = trust_wire_u32(request) != 0;

	reading.count = trust_wire_u32(request);
	if (reading.count > TRUST_COUNT(reading.attributes))
		request->bad = true;
	for (size_t i = 0; !request->bad && i < reading.count; i++)
		reading.attributes[i] = trust_wire_u32(request);
	return !damaged(request, error) && session_read(session, &reading, go_on, answer, error);
}

static bool
do_verify(struct session *session, struct trust_wire *request, struct trust_buffer *answer,
    struct trust_error *error)
{
	struct trust_bytes der = trust_wire_bytes(request);
	uint32_t usage = trust_wire_u32(request);
	int64_t at = (int64_t)trust_wire_u64(request);
	uint32_t count = trust_wire_u32(request);
	TRUST_AUTO_FREE char *reason = NULL;

	if (usage >= TRUST_USAGES || count > TRUST_MAX_BLOCKS)
		request->bad = true;
	if (damaged(request, error))
		return false;
	TRUST_AUTO_FREE struct trust_bytes *others = trust_alloc_array(count, sizeof *others);
	for (uint32_t i = 0; i < count; i++)
		others[i] = trust_wire_bytes(request);
	if (damaged(request, error) ||
	    !session_verify(
		session, der, (enum trust_usage)usage, at, others, count, &reason, error))
		return false;
	trust_wire_put_text(answer, reason);
	return true;
}

static bool
do_probe(struct session *session, struct trust_wire *request, struct trust_buffer *answer,
    struct trust_error *error)
{
	struct trust_probe_job job = { 0 };
	TRUST_AUTO(trust_probe_facts) *facts = trust_alloc(sizeof *facts);

	if (!trust_probe_job_get(request, &job))
		request->bad = true;
	bool done = !damaged(request, error) && session_probe(session, &job, facts, error);
	trust_probe_job_done(&job);
	if (done)
		trust_probe_facts_put(answer, facts);
	return done;
}

static const handler handlers[] = {
	[TRUST_ASK_OPEN] = do_open,
	[TRUST_ASK_LOGIN] = do_login,
	[TRUST_ASK_FIRST_PASSWORD] = do_first_password,
	[TRUST_ASK_CHANGE_PASSWORD] = do_change_password,
	[TRUST_ASK_ADD_CERT] = do_add_cert,
	[TRUST_ASK_ADD_KEY] = do_add_key,
	[TRUST_ASK_SET_TRUST] = do_set_trust,
	[TRUST_ASK_DELETE_PUBLIC] = do_delete_public,
	[TRUST_ASK_DELETE_KEY] = do_delete_key,
	[TRUST_ASK_EXPORT_KEY] = do_export_key,
	[TRUST_ASK_READ] = do_read,
	[TRUST_ASK_VERIFY] = do_verify,
	[TRUST_ASK_PROBE] = do_probe,
	[TRUST_ASK_ADD_CRL] = do_add_crl,
	[TRUST_ASK_STORABLE] = do_storable,
	[TRUST_ASK_SIGN] = do_sign,
};

/* False: the conversation is over. */
static bool
answer_one(struct session *session, int fd, struct trust_wire *request)
{
	TRUST_AUTO_BUFFER fields;
	TRUST_AUTO_BUFFER answer;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	uint32_t number = trust_wire_u32(request);
	bool done;

	trust_buffer_init_secret(&fields, TRUST_MAX_WIRE_BYTES);
	trust_buffer_init_secret(&answer, TRUST_MAX_WIRE_BYTES);
	if (number == TRUST_ASK_FINISH)
		done = session_close(session, &error);
	else if (number >= TRUST_COUNT(handlers) || !handlers[number])
		return false;
	else if (!session->slot && number != TRUST_ASK_OPEN && number != TRUST_ASK_PROBE &&
	    number != TRUST_ASK_STORABLE)
		done = trust_fail(&error, TRUST_BUG, NULL, "the NSS worker has no store open");
	else
		done = handlers[number](session, request, &fields, &error);
	if (done && fields.overflow)
		done = trust_fail(&error, TRUST_INPUT_LIMIT, NULL, "an answer is too long");
	trust_wire_put_u32(
	    &answer, done ? TRUST_OK : (uint32_t)(error.code ? error.code : TRUST_BUG));
	if (done) {
		trust_buffer_append(&answer, fields.data, fields.size);
	} else {
		trust_wire_put_text(&answer, error.message ? error.message : "unspecified failure");
		trust_wire_put_text(&answer, error.hint);
	}
	return trust_wire_send(fd, &answer) && number != TRUST_ASK_FINISH;
}

int
session_serve(int fd)
{
	struct session session = { 0 };
	bool more = true;

	while (more) {
		TRUST_AUTO_BUFFER frame;
		bool timed_out = false;
		if (!trust_wire_receive(fd, -1, &frame, &timed_out))
			break;
		struct trust_wire request = trust_wire_init(trust_buffer_bytes(&frame));
		more = answer_one(&session, fd, &request);
	}
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;
	if (session.running && !session_close(&session, &ignored))
		return 4;
	return 0;
}
