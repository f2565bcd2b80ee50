/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_SESSION_NSS_H
#define TRUST_SESSION_NSS_H

/* One worker's NSS: the store it has open, and what each request does to it. */

#include <keyhi.h>
#include <secerr.h>

#include <cert.h>
#include <nss.h>
#include <pk11pub.h>
#include <secmod.h>

#include "core/base.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/secret.h"
#include "core/trust.h"
#include "core/worker.h"
#include "core/worker_protocol.h"

/* Softoken's handles: the row id, with two bits that say which database. */
#define SESSION_ID_MASK UINT32_C(0x3fffffff)
#define SESSION_PUBLIC UINT32_C(0x80000000)

struct session {
	PK11SlotInfo *slot;         /* the store; NULL before open */
	bool running;               /* NSS was initialised */
	PK11GenericObject *objects; /* of the class that is being read; NULL */
	PK11GenericObject *next;    /* the first that was not read yet */
};

/* ---- scope cleanups for NSS's types ---- */
#define SESSION_AUTO(type, name, destroy)                                                          \
	static inline void name##_auto(type **object)                                              \
	{                                                                                          \
		if (*object)                                                                       \
			destroy(*object);                                                          \
	}
SESSION_AUTO(CERTCertificate, session_cert, CERT_DestroyCertificate)
SESSION_AUTO(SECKEYPrivateKey, session_key, SECKEY_DestroyPrivateKey)
#define AUTO_CERT __attribute__((cleanup(session_cert_auto))) CERTCertificate
#define AUTO_KEY __attribute__((cleanup(session_key_auto))) SECKEYPrivateKey

/* Fill an error from NSS's own; `what` failed. Returns false. Call first thing after the
 * failure. */
bool session_fail(struct trust_error *error, const char *what);
/* NSS's words for its present error; static or owned by nobody. */
const char *session_error_words(void);

/* With no database of its own, so that no pkcs11.txt is read and no foreign module is ever loaded;
 * nothing where it runs already. */
bool session_start(struct session *session, struct trust_error *error) TRUST_MUST_CHECK;
bool session_open(struct session *session, const char *directory, bool read_only,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Close the store, shut down. False when references were leaked. */
bool session_close(struct session *session, struct trust_error *error) TRUST_MUST_CHECK;

bool session_login(struct session *session, const struct trust_secret *password,
    enum trust_login *ret_login, struct trust_error *error) TRUST_MUST_CHECK;
bool session_first_password(struct session *session, const struct trust_secret *password,
    struct trust_error *error) TRUST_MUST_CHECK;
bool session_change_password(struct session *session, const struct trust_secret *old_password,
    const struct trust_secret *new_password, struct trust_error *error) TRUST_MUST_CHECK;

/* In memory alone; NULL: NSS cannot read it, and its error says why. */
CERTCertificate *session_temporary_cert(struct trust_bytes der);
bool session_add_cert(struct session *session, struct trust_bytes der, const char *nickname,
    uint32_t *ret_object, struct trust_error *error) TRUST_MUST_CHECK;
bool session_add_crl(struct session *session, struct trust_bytes der, struct trust_bytes issuer,
    uint32_t *ret_object, struct trust_error *error) TRUST_MUST_CHECK;
struct session_trust { /* in the legacy spelling, which every NSS reads */
	struct trust_bytes issuer;
	struct trust_bytes serial;
	struct trust_bytes sha1;
	struct trust_bytes md5;
	struct trust_states states;
};
bool session_set_trust(struct session *session, const struct session_trust *trust,
    uint32_t *ret_object, struct trust_error *error) TRUST_MUST_CHECK;
bool session_delete_public(
    struct session *session, uint32_t object, struct trust_error *error) TRUST_MUST_CHECK;

/* What TRUST_ASK_READ asks for; the answer is that of worker_protocol.h. */
struct session_reading {
	uint32_t object_class;
	uint32_t attributes[TRUST_WORKER_ATTRIBUTES];
	size_t count;
};
bool session_read(struct session *session, const struct session_reading *reading, bool go_on,
    struct trust_buffer *answer, struct trust_error *error) TRUST_MUST_CHECK;
void session_read_done(struct session *session);

/* What NSS derives the id of a key, and of its certificate, from, and looks the key up by; borrowed
 * from the key. NULL: of another kind. */
SECItem *session_public_value(SECKEYPublicKey *key);
bool session_add_key(struct session *session, struct trust_bytes pkcs8, const char *nickname,
    uint8_t ret_key_id[20], struct trust_error *error) TRUST_MUST_CHECK;
/* *ret_reason NULL: it can be stored. Owned by the caller. Needs no store. */
bool session_storable(struct session *session, struct trust_bytes pkcs8, char **ret_reason,
    struct trust_error *error) TRUST_MUST_CHECK;
bool session_delete_key(
    struct session *session, uint32_t key_object, struct trust_error *error) TRUST_MUST_CHECK;
bool session_export_key(struct session *session, uint32_t key_object,
    const struct trust_secret *password, unsigned rounds, struct trust_secret **ret_encrypted,
    struct trust_error *error) TRUST_MUST_CHECK;

bool session_sign(struct session *session, uint32_t key_object, struct trust_bytes data,
    struct trust_secret **ret_signature, struct trust_error *error) TRUST_MUST_CHECK;

bool session_verify(struct session *session, struct trust_bytes der, enum trust_usage usage,
    int64_t at_seconds, const struct trust_bytes *others, size_t other_count, char **ret_reason,
    struct trust_error *error) TRUST_MUST_CHECK;

#endif
