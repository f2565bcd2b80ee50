/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_WORKER_PROTOCOL_H
#define TRUST_WORKER_PROTOCOL_H

/*
 * What the program and its NSS worker say to each other, in wire.h frames on descriptor
 * TRUST_WORKER_FD. A request is its number and its fields; an answer is a trust_code, then for
 * TRUST_OK the fields named here, else message and hint. Both sides are built together, so there is
 * no version; a frame that does not parse ends the worker.
 */

#define TRUST_WORKER_FD 3
/* Attributes that one TRUST_ASK_READ may ask for. */
#define TRUST_WORKER_ATTRIBUTES 16

enum trust_request {
	TRUST_ASK_OPEN = 1,        /* text directory, u32 read_only -> text NSS version */
	TRUST_ASK_LOGIN,           /* bytes password -> u32 trust_login */
	TRUST_ASK_FIRST_PASSWORD,  /* bytes password */
	TRUST_ASK_CHANGE_PASSWORD, /* bytes old, bytes new */
	TRUST_ASK_ADD_CERT,        /* bytes der, text nickname -> u32 object */
	TRUST_ASK_ADD_KEY,         /* bytes pkcs8, text nickname -> bytes key id */
	TRUST_ASK_SET_TRUST,     /* bytes issuer, serial, sha1, md5, u32 x 4 states -> u32 object */
	TRUST_ASK_DELETE_PUBLIC, /* u32 object */
	TRUST_ASK_DELETE_KEY,    /* u32 key object */
	TRUST_ASK_EXPORT_KEY,    /* u32 key object, bytes password, u32 rounds -> bytes */
	TRUST_ASK_READ,          /* u32 class, u32 go on, u32 n, n x u32 attribute
				    -> for some objects: u32 1, u32 object, n x (u32 refused, bytes value);
				    then u32 0, u32 there are more */
	TRUST_ASK_VERIFY, /* bytes der, u32 usage, u64 time, u32 n, n x bytes -> text reason or NULL
			   */
	TRUST_ASK_PROBE,  /* a job -> facts, both as in probe_internal.h; needs no store */
	TRUST_ASK_ADD_CRL,  /* bytes der, bytes issuer -> u32 object */
	TRUST_ASK_STORABLE, /* bytes pkcs8 -> text reason or NULL; needs no store */
	TRUST_ASK_SIGN,     /* u32 key object, bytes data -> bytes signature */
	TRUST_ASK_FINISH,   /* closes everything; the worker ends after the answer */
};

#endif
