/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_OCSP_H
#define TRUST_OCSP_H

/*
 * An OCSP response (RFC 6960), as stapled to a TLS handshake or kept in a file, decoded without NSS
 * or network. Decoding says nothing about who signed it or how old it is: verdicts ask that.
 * Immutable after decoding. Views point into `der`.
 */

#include "core/base.h"
#include "core/hash.h"
#include "core/time.h"

struct trust_buffer;
struct trust_cert;
struct trust_error;
struct trust_signed;

enum trust_ocsp_status {
	TRUST_OCSP_GOOD,
	TRUST_OCSP_REVOKED,
	TRUST_OCSP_UNKNOWN,
};

struct trust_ocsp_single {              /* the answer about one certificate */
	struct trust_bytes hash;        /* OID of the digest that names the issuer */
	struct trust_bytes issuer_name; /* digests */
	struct trust_bytes issuer_key;
	struct trust_bytes serial; /* content of the INTEGER */
	enum trust_ocsp_status status;
	struct trust_time when; /* REVOKED */
	int reason;             /* REVOKED: enum trust_crl_reason */
	struct trust_time this_update;
	struct trust_time next_update;
	bool has_next_update;
	bool unknown_critical;
};

struct trust_ocsp {
	struct trust_bytes der; /* owned */
	uint8_t id[TRUST_SHA256_BYTES];
	struct trust_bytes tbs;
	struct trust_bytes algorithm;
	struct trust_bytes signature;
	struct trust_bytes responder_name; /* Name, whole; empty when named by key */
	struct trust_bytes responder_key;  /* SHA-1 of its key; empty when named by name */
	struct trust_ocsp_single *singles; /* owned */
	size_t single_count;
	struct trust_cert **certs; /* owned; those that decode */
	size_t cert_count;
	bool unknown_critical;
};

/* Copies `der`. Errors: TRUST_INPUT_MALFORMED; TRUST_INPUT_UNSUPPORTED for an answer that is none
 * ("try later"); TRUST_INPUT_LIMIT. */
bool trust_ocsp_decode(struct trust_bytes der, struct trust_ocsp **ret_ocsp,
    struct trust_error *error) TRUST_MUST_CHECK;
void trust_ocsp_free(struct trust_ocsp *ocsp);
TRUST_DEFINE_AUTO(trust_ocsp, trust_ocsp_free)

struct trust_signed trust_ocsp_signed(const struct trust_ocsp *ocsp); /* borrows from ocsp */
/* Is this answer about the certificate, issued with that one? By name, key and serial number. */
bool trust_ocsp_is_about(const struct trust_ocsp_single *single, const struct trust_cert *cert,
    const struct trust_cert *issuer);
/* Does the response name this certificate as its responder? */
bool trust_ocsp_names_responder(const struct trust_ocsp *ocsp, const struct trust_cert *cert);
/* Append the question about a certificate, DER, for its responder. */
void trust_ocsp_request(
    const struct trust_cert *cert, const struct trust_cert *issuer, struct trust_buffer *out);

#endif
