/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_STORE_H
#define TRUST_STORE_H

/*
 * A store, read. One read-only SQLite pass over cert9.db (columns discovered, never assumed) and
 * key4.db, trust objects of both spellings joined in memory; no NSS, but for stores of a form that
 * is not known here (enum trust_store_way). Reading changes nothing: where
 * an interrupted writer left a hot journal, a private copy of database and journal is rolled back
 * and read. What is read is a snapshot: later changes of the files do not appear in it.
 *
 * Built-in roots are a store too (place kind BUILTIN), read from libnssckbi.so by its PKCS #11
 * functions, without starting NSS.
 *
 * Trust of another store or of the built-in list is never mixed in: states here are this store's
 * own records. trust_item_states() says what counts.
 */

#include "core/base.h"
#include "core/hash.h"
#include "core/time.h"
#include "core/trust.h"

struct trust_cert;
struct trust_crl;
struct trust_error;
struct trust_place;
struct trust_secret;

enum trust_kind {
	TRUST_KIND_IDENTITY,     /* any certificate whose private key is here */
	TRUST_KIND_ROOT,         /* a CA that is its own issuer */
	TRUST_KIND_INTERMEDIATE, /* any other CA */
	TRUST_KIND_SERVER, /* end entity with tlsServerAuth or a DNS name, or nothing that says
			      person */
	TRUST_KIND_PERSON, /* end entity with e-mail address or tlsClientAuth/emailProtection only
			    */
	TRUST_KIND_KEY,    /* a private key without certificate */
	TRUST_KIND_CRL,
	TRUST_KINDS,
};
const char *trust_kind_word(enum trust_kind kind);   /* "intermediate" */
const char *trust_kind_plural(enum trust_kind kind); /* "identities" */
/* That word or its plural. */
bool trust_kind_parse(const char *word, enum trust_kind *ret_kind) TRUST_MUST_CHECK;
/* The kind of a certificate outside a store. */
enum trust_kind trust_kind_of_cert(const struct trust_cert *cert, bool has_key);

/* One trust object of one spelling. */
struct trust_record {
	bool present;
	uint32_t object_id;
	struct trust_states states;
	enum trust_seal seal;
};

struct trust_item {
	enum trust_kind kind;
	uint8_t id[TRUST_SHA256_BYTES]; /* SHA-256 of the DER; for a key: of its public value (see
					   key_id) */
	const struct trust_cert
	    *cert; /* borrowed from the store; NULL for keys, CRLs and what does not decode */
	const struct trust_crl *crl; /* borrowed from the store; for kind CRL, NULL when damaged */
	struct trust_bytes der;      /* borrowed from the store; empty for keys */
	struct trust_bytes nickname; /* borrowed, raw; may be empty */
	const char *name;   /* borrowed, displayable, never NULL: the name lists show (label or
			       nickname, "(key without certificate)", ...) */
	uint32_t object_id; /* the certificate's row id in nssPublic; 0 for keys */
	struct trust_bytes key_id; /* CKA_ID, borrowed; empty when none */
	uint32_t key_object_id;    /* row id in nssPrivate; 0: no private key here */
	bool key_hidden; /* its row has another CKA_ID than the key, which NSS does not find then */
	const char *key_words; /* for kind KEY: "RSA", "EC"; borrowed */
	struct trust_record legacy;
	struct trust_record modern;
	struct trust_time
	    distrust_after[TRUST_USAGES]; /* built-in roots: leaves issued later are refused */
	bool has_distrust_after[TRUST_USAGES];
	size_t next_copy; /* for trust_store_next_copy() */
};

/* A trust record whose certificate is not in the store, or that is hidden behind another one of the
 * same spelling for its certificate and would count once that one is gone. */
struct trust_orphan {
	enum trust_spelling spelling;
	struct trust_record record;
	struct trust_bytes issuer; /* Name, borrowed */
	struct trust_bytes serial; /* INTEGER with tag and length, borrowed */
	struct trust_bytes digest; /* of the certificate it is about: SHA-1, or SHA-256 of newer
				      NSS; borrowed; empty when not said */
	char *issuer_name;         /* owned by the store, displayable */
	size_t repeats;            /* for trust_store_repeated() */
};

/*
 * What is read of a store where not all of it is needed, by the indexes that NSS keeps. Odd items
 * may be missing (whose rows say another subject than their certificates do): before saying no,
 * read all. A store too large a part of which is meant is read as a whole, and so are built-in
 * roots.
 */
struct trust_part {
	const char *const *texts; /* what trust_store_select() may mean by these */
	size_t text_count;
	const struct trust_cert *const *certs; /* what the store has of their subjects, and its
						  records of these very certificates */
	size_t cert_count;
	/* With all that a verdict on them asks for: their issuers, the issuers' issuers, the
	 * revocation lists, also by way of these built-in roots (may be NULL). */
	bool issuers;
	const struct trust_store *builtin;
};

/*
 * SQLite reads what it knows. A store whose tables are of another form is read as its own NSS shows
 * it, by PKCS #11 and from a private copy: slower, and without the store's password it shows no
 * private keys. Signatures of trust are then checked whenever the password is there, the modern
 * spelling's by an NSS that knows it.
 */
enum trust_store_way {
	TRUST_READ_EITHER_WAY,
	TRUST_READ_BY_SQLITE, /* for changes: what is not known is not touched */
	TRUST_READ_BY_NSS,    /* for tests: also what is known */
};

struct trust_store_options {
	const struct trust_secret *password; /* borrowed; NULL: not given */
	bool skip_keys;    /* do not read key4.db (no kinds IDENTITY and KEY, no seals) */
	bool verify_seals; /* check trust signatures with the password given; with the empty one
			      of a store they are checked always */
	const uint32_t *verify_only; /* ... of these records, by row id; borrowed; NULL: of all */
	size_t verify_only_count;
	const struct trust_part *part; /* borrowed; NULL: all */
	enum trust_store_way way;
};

struct trust_store; /* opaque */

/* Errors: those of trust_preflight(), TRUST_STORE_DAMAGED, TRUST_STORE_PASSWORD (a password was
 * given and is wrong). Cost: one pass; about 10 us an item. */
bool trust_store_open(const struct trust_place *place, const struct trust_store_options *options,
    struct trust_store **ret_store, struct trust_error *error) TRUST_MUST_CHECK;
/*
 * Each item in turn, in no order and without keeping it: for lists of a hundred thousand. What
 * `visit` is given dies when it returns; `store` knows its place, whether it has a password, and
 * what trust_item_states() needs, and no items. Errors and cost: as trust_store_open().
 */
bool trust_store_each(const struct trust_place *place, const struct trust_store_options *options,
    void (*visit)(void *context, const struct trust_store *store, const struct trust_item *item),
    void *context, struct trust_error *error) TRUST_MUST_CHECK;
void trust_store_close(struct trust_store *store);
TRUST_DEFINE_AUTO(trust_store, trust_store_close)

const struct trust_place *trust_store_place(const struct trust_store *store);
/* True: a private copy was read because an interrupted writer's journal was hot. */
bool trust_store_was_recovered(const struct trust_store *store);
/* True: SQLite did not know its tables, and NSS was asked. */
bool trust_store_was_read_by_nss(const struct trust_store *store);
/* True: a password is set, so secrets and seals need it. */
bool trust_store_has_password(const struct trust_store *store);
/* "Mozilla list 2.62 (NSS 3.87)" for built-in roots, else NULL. */
const char *trust_store_version(const struct trust_store *store);

size_t trust_store_count(const struct trust_store *store);
const struct trust_item *trust_store_item(const struct trust_store *store, size_t index);
/* The certificate of the store that has another record of the orphan's kind; NULL: none. Programs
 * that wrote it twice leave that, and NSS takes either. */
const struct trust_item *trust_store_repeated(
    const struct trust_store *store, const struct trust_orphan *orphan);
/* Is the record about this certificate? By issuer and serial number, and the digest where it says
 * one. */
bool trust_orphan_is_about(const struct trust_orphan *orphan, const struct trust_cert *cert);
size_t trust_store_orphan_count(const struct trust_store *store);
const struct trust_orphan *trust_store_orphan(const struct trust_store *store, size_t index);

/* NULL when absent. */
const struct trust_item *trust_store_find(
    const struct trust_store *store, const uint8_t id[TRUST_SHA256_BYTES]);
/* Another row with the same bytes, as programs that wrote it twice leave it; borrowed; NULL: no
 * more. trust_store_find() gives the first of them. */
const struct trust_item *trust_store_next_copy(
    const struct trust_store *store, const struct trust_item *item);

/*
 * The one item a person means: at least 6 hex digits that are a prefix of one identifier (colons
 * allowed), else an exact nickname, CN or e-mail address. Errors: TRUST_INPUT_NOT_FOUND,
 * TRUST_INPUT_AMBIGUOUS (the hint lists candidates with serial, dates and fingerprint).
 */
bool trust_store_select(const struct trust_store *store, const char *text,
    const struct trust_item **ret_item, struct trust_error *error) TRUST_MUST_CHECK;
/* An item as such a candidate. Owned by the caller. */
char *trust_item_words(const struct trust_item *item) TRUST_MUST_CHECK;

/*
 * The trust that counts: a tampered record counts as none; where both spellings are there and
 * disagree, the modern one for stores owned by a newer NSS and the legacy one for others.
 */
struct trust_states trust_item_states(
    const struct trust_store *store, const struct trust_item *item);
/* Of the record whose states those are. */
enum trust_seal trust_item_states_seal(
    const struct trust_store *store, const struct trust_item *item);
enum trust_seal trust_item_seal(const struct trust_item *item); /* the worse of the two */
bool trust_item_has_record(const struct trust_item *item);
/* Both spellings are there and say different things. */
bool trust_item_disagrees(const struct trust_item *item);

/* The newest place of the built-in roots, opened; NULL error-free when the library is not here. */
bool trust_builtin_open(struct trust_store **ret_store, struct trust_error *error) TRUST_MUST_CHECK;

#endif
