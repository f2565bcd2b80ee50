/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_WORKER_H
#define TRUST_WORKER_H

/*
 * NSS, at arm's length. NSS is process-global, comes in two generations that disagree about
 * passwords and trust, and mixes the stores it has open. So the program itself never starts it: a
 * worker process (trustctl-nss) does, on one store directory (nearly always a staged copy), with
 * the NSS of the program that owns the store, and answers requests over a socket pair.
 *
 * This header is the client's side. A worker that dies or hangs (a time limit per request) is
 * reported as TRUST_STORE_WORKER, one whose NSS_Shutdown finds leaked references as
 * TRUST_STORE_NSS. Objects are named by the row ids of nssPublic and nssPrivate. Secrets travel
 * over the socket only.
 */

#include "core/base.h"
#include "core/hash.h"
#include "core/trust.h"

struct trust_error;
struct trust_secret;
struct trust_worker; /* opaque */

enum trust_login {
	TRUST_LOGIN_DONE,        /* logged in */
	TRUST_LOGIN_NEEDS_SETUP, /* no password row yet: trust_worker_set_first_password() */
	TRUST_LOGIN_WRONG,       /* the password is not this one */
};

/*
 * nss_libdir  put first in the library path; NULL: the system's NSS
 * directory   the store; opened read-write unless read_only
 * Errors: TRUST_BUG (the worker program is not where it was installed), TRUST_STORE_NSS,
 * and of all that follows: TRUST_STORE_WORKER (it ended, or did not answer in time).
 */
bool trust_worker_start(const char *nss_libdir, const char *directory, bool read_only,
    struct trust_worker **ret_worker, struct trust_error *error) TRUST_MUST_CHECK;
/* On a store itself, not on a copy: read-only, and refused where that would change something
 * (TRUST_STORE_WAL) or stop the worker (TRUST_STORE_NOT_DATABASE). */
bool trust_worker_start_reader(const char *nss_libdir, const char *directory,
    struct trust_worker **ret_worker, struct trust_error *error) TRUST_MUST_CHECK;
/* Close the store, shut NSS down, end the worker. False when NSS reports leaked references or the
 * worker died: then nothing it did may be used. The worker is freed in any case. */
bool trust_worker_finish(struct trust_worker *worker, struct trust_error *error) TRUST_MUST_CHECK;
/* Give up: kill it. Accepts NULL. */
void trust_worker_free(struct trust_worker *worker);
TRUST_DEFINE_AUTO(trust_worker, trust_worker_free)

/* Milliseconds each later request may take; 0: two minutes, an hour for a password change. */
void trust_worker_set_limit(struct trust_worker *worker, int limit_ms);

/* "3.87.1" */
const char *trust_worker_nss_version(const struct trust_worker *worker);

/* password  NULL: the empty one */
bool trust_worker_login(struct trust_worker *worker, const struct trust_secret *password,
    enum trust_login *ret_login, struct trust_error *error) TRUST_MUST_CHECK;
bool trust_worker_set_first_password(struct trust_worker *worker,
    const struct trust_secret *password, struct trust_error *error) TRUST_MUST_CHECK;
bool trust_worker_change_password(struct trust_worker *worker,
    const struct trust_secret *old_password, const struct trust_secret *new_password,
    struct trust_error *error) TRUST_MUST_CHECK;

/* nickname: NUL-terminated UTF-8, unique by the caller's care; NULL or "" stores none. */
bool trust_worker_add_cert(struct trust_worker *worker, struct trust_bytes der,
    const char *nickname, struct trust_error *error) TRUST_MUST_CHECK;
/* A revocation list. An earlier one of its issuer stays. */
bool trust_worker_add_crl(struct trust_worker *worker, struct trust_bytes der,
    struct trust_bytes issuer, struct trust_error *error) TRUST_MUST_CHECK;
/* pkcs8: PrivateKeyInfo in the clear (RSA or EC). Needs login. Errors: TRUST_INPUT_UNSUPPORTED for
 * a kind of key this NSS cannot store (named), TRUST_INPUT_MALFORMED. */
bool trust_worker_add_key(struct trust_worker *worker, const struct trust_secret *pkcs8,
    const char *nickname, struct trust_error *error) TRUST_MUST_CHECK;
/* Write one trust object. Needs login (its signatures are made with the password). An existing
 * object of that issuer and serial is replaced. The spelling is the legacy one, which every NSS
 * reads. */
struct trust_worker_trust {
	struct trust_bytes issuer; /* Name, whole */
	struct trust_bytes serial; /* INTEGER, whole */
	struct trust_bytes der;    /* the certificate, for the digests */
	struct trust_states states;
};
bool trust_worker_set_trust(struct trust_worker *worker, const struct trust_worker_trust *trust,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Destroy one object of nssPublic (certificate, trust, CRL, public key), with its signatures. */
bool trust_worker_delete_public(
    struct trust_worker *worker, uint32_t object_id, struct trust_error *error) TRUST_MUST_CHECK;
/* Destroy a private key and its public-key object. Needs login. */
bool trust_worker_delete_key(struct trust_worker *worker, uint32_t key_object_id,
    struct trust_error *error) TRUST_MUST_CHECK;
/* The key as EncryptedPrivateKeyInfo: PBES2, AES-256-CBC, HMAC-SHA-256, `rounds` of PBKDF2, with
 * `password` as UTF-8. Needs login. Proves too that the key row is alive. */
bool trust_worker_export_key(struct trust_worker *worker, uint32_t key_object_id,
    const struct trust_secret *password, unsigned rounds, struct trust_secret **ret_encrypted,
    struct trust_error *error) TRUST_MUST_CHECK;

/* Sign with a key that stays where it is: SHA-256, with PKCS #1 v1.5 or ECDSA (DER) by the kind of
 * key. Needs login. Errors: TRUST_INPUT_UNSUPPORTED for other kinds. */
bool trust_worker_sign(struct trust_worker *worker, uint32_t key_object_id, struct trust_bytes data,
    struct trust_secret **ret_signature, struct trust_error *error) TRUST_MUST_CHECK;

/*
 * Which of these private keys this NSS can store, found out by trying, in a worker without store.
 *
 * nss_libdir   as in trust_worker_start()
 * ret_reasons  array of the caller's, of `count`: NULL for those it can, else why not, owned
 */
bool trust_nss_storable(const char *nss_libdir, const struct trust_secret *const *keys,
    size_t count, char **ret_reasons, struct trust_error *error) TRUST_MUST_CHECK;

/* NSS's second opinion: CERT_PKIXVerifyCert with only this store and the built-in roots.
 * ret_reason: NULL when it says yes, else NSS's words, owned by the caller. */
bool trust_worker_verify(struct trust_worker *worker, struct trust_bytes der,
    enum trust_usage usage, int64_t at_seconds, const struct trust_bytes *others,
    size_t other_count, char **ret_reason, struct trust_error *error) TRUST_MUST_CHECK;

#endif
