/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_CERT_H
#define TRUST_CERT_H

/*
 * A certificate (RFC 5280), decoded without NSS. The struct is read by everyone and written by
 * cert.c alone; every view in it points into `der`, which it owns, so views live as long as it.
 *
 * Decoding is strict about structure (DER, lengths, one of each extension) and indifferent about
 * meaning: an expired, unconstrained or nonsensical certificate decodes well. Nothing here says
 * that a certificate is good. Immutable after decoding, so it may be shared.
 *
 * Cost: one walk over the bytes, one SHA-256, three allocations. Details are decoded on request.
 */

#include "core/base.h"
#include "core/hash.h"
#include "core/time.h"

struct trust_error;

struct trust_extension {
	struct trust_bytes oid;   /* content of the OBJECT IDENTIFIER */
	struct trust_bytes value; /* content of the OCTET STRING */
	bool critical;
};

enum trust_key_usage_bit { /* RFC 5280 section 4.2.1.3 */
	TRUST_KU_DIGITAL_SIGNATURE = 1 << 0,
	TRUST_KU_NON_REPUDIATION = 1 << 1,
	TRUST_KU_KEY_ENCIPHERMENT = 1 << 2,
	TRUST_KU_DATA_ENCIPHERMENT = 1 << 3,
	TRUST_KU_KEY_AGREEMENT = 1 << 4,
	TRUST_KU_KEY_CERT_SIGN = 1 << 5,
	TRUST_KU_CRL_SIGN = 1 << 6,
	TRUST_KU_ENCIPHER_ONLY = 1 << 7,
	TRUST_KU_DECIPHER_ONLY = 1 << 8,
};

struct trust_cert {
	struct trust_bytes der;                     /* owned */
	uint8_t id[TRUST_SHA256_BYTES];             /* the identifier: SHA-256 of der */
	unsigned version;                           /* 1, 2 or 3 */
	struct trust_bytes tbs;                     /* what is signed */
	struct trust_bytes serial;                  /* content of the INTEGER */
	struct trust_bytes serial_tlv;              /* with tag and length, as NSS keeps it */
	struct trust_bytes signature_algorithm;     /* the outer AlgorithmIdentifier, whole */
	struct trust_bytes tbs_signature_algorithm; /* the inner one */
	struct trust_bytes signature;               /* bits */
	struct trust_bytes issuer;                  /* Name, whole */
	struct trust_bytes subject;                 /* Name, whole */
	struct trust_bytes spki;                    /* SubjectPublicKeyInfo, whole */
	struct trust_bytes key_bits;                /* its BIT STRING's bytes */
	struct trust_time not_before;
	struct trust_time not_after;
	struct trust_extension *extensions; /* owned, in the certificate's order */
	size_t extension_count;
	bool has_basic_constraints;
	bool ca;         /* basicConstraints cA, whatever else is said */
	int path_length; /* -1: no limit */
	bool has_key_usage;
	unsigned key_usage;                  /* trust_key_usage_bit */
	struct trust_bytes subject_key_id;   /* empty when absent */
	struct trust_bytes authority_key_id; /* keyIdentifier only; empty when absent */
};

/* Copies `der`. Errors: TRUST_INPUT_MALFORMED (names what is wrong), TRUST_INPUT_LIMIT. */
bool trust_cert_decode(struct trust_bytes der, struct trust_cert **ret_cert,
    struct trust_error *error) TRUST_MUST_CHECK;
void trust_cert_free(struct trust_cert *cert);
TRUST_DEFINE_AUTO(trust_cert, trust_cert_free)

/* ---- predicates ------------------------------------------------------------------------ */

/* May it issue certificates: cA is TRUE; or version 1 and self-issued (RFC 5280 predates them). */
bool trust_cert_is_ca(const struct trust_cert *cert);
/* Subject and issuer are the same name, and the key identifiers do not contradict it. */
bool trust_cert_is_self_issued(const struct trust_cert *cert);
bool trust_cert_is_expired(const struct trust_cert *cert, struct trust_time at);

const struct trust_extension *trust_cert_extension(const struct trust_cert *cert,
    const char *dotted_oid); /* borrowed from cert; NULL when absent */
/* Extended key usage: true when the extension is absent (any), or has the OID or
 * anyExtendedKeyUsage. */
bool trust_cert_allows_purpose(const struct trust_cert *cert, const char *dotted_oid);
/* The extension is there and lists exactly this OID. */
bool trust_cert_has_purpose(const struct trust_cert *cert, const char *dotted_oid);

/* ---- words; all displayable, all owned by the caller ------------------------------------ */

/* "CN=Example Root, O=Example, C=DE" in the certificate's order; "(empty)" for an empty name. */
char *trust_name_display(struct trust_bytes name) TRUST_MUST_CHECK;
/* The last value of this attribute, undisplayed UTF-8; NULL when absent. */
char *trust_name_attribute(struct trust_bytes name, const char *dotted_oid) TRUST_MUST_CHECK;
/* All of them, at most so many, each owned by the caller. */
void trust_name_attributes(struct trust_bytes name, const char *dotted_oid, char **ret_values,
    size_t most, size_t *ret_count);
/* Is one of the attributes of that kind exactly this? */
bool trust_name_has_value(struct trust_bytes name, const char *dotted_oid, const char *value);
/* RFC 5280 section 7.1: equal after case folding and white-space compression. */
bool trust_name_equal(struct trust_bytes a, struct trust_bytes b);
uint64_t trust_name_hash(struct trust_bytes name); /* the same for names that are equal */
/* The short name for lists: CN, else the first e-mail address or host name, else OU, O. */
char *trust_cert_label(const struct trust_cert *cert) TRUST_MUST_CHECK;
/* "RSA 2048 bits", "EC P-256", "Ed25519" ... */
char *trust_cert_key_words(const struct trust_cert *cert) TRUST_MUST_CHECK;
/* "SHA-256 with RSA" ... */
char *trust_cert_signature_words(const struct trust_cert *cert) TRUST_MUST_CHECK;
char *trust_cert_serial_words(const struct trust_cert *cert) TRUST_MUST_CHECK; /* "0A:1B" */

enum trust_name_kind { /* the GeneralName choices that mean something to people */
	TRUST_NAME_DNS,
	TRUST_NAME_EMAIL,
	TRUST_NAME_IP,
	TRUST_NAME_URI,
	TRUST_NAME_DIRECTORY,
	TRUST_NAME_OTHER,
};

struct trust_name_entry {
	enum trust_name_kind kind;
	struct trust_bytes bytes; /* borrowed from the certificate: the raw value (4 or 16 bytes for
				     IP; 8 or 32 in name constraints; the Name for directory) */
	char *text;               /* owned, displayable */
};

struct trust_names {
	struct trust_name_entry *entries;
	size_t count;
};
void trust_names_free(struct trust_names *names);
TRUST_DEFINE_AUTO(trust_names, trust_names_free)

/* The subjectAltName; an absent extension gives an empty list, never NULL on success. */
bool trust_cert_names(const struct trust_cert *cert, struct trust_names **ret_names,
    struct trust_error *error) TRUST_MUST_CHECK;
/* E-mail addresses of SAN and of the subject's emailAddress. Never NULL. */
struct trust_names *trust_cert_emails(const struct trust_cert *cert) TRUST_MUST_CHECK;
/* nameConstraints; both lists are set on success, empty when absent. */
bool trust_cert_name_constraints(const struct trust_cert *cert, struct trust_names **ret_permitted,
    struct trust_names **ret_excluded, struct trust_error *error) TRUST_MUST_CHECK;

/*
 * Everything a person may want to read, extensions in words, in display order. Each fact has a
 * section ("Subject", "Key", "Usages", "Extensions" ...), a name and a displayable value; several
 * facts of one name are several lines. Unknown extensions appear by OID with their size and first
 * bytes; a known one that does not decode says so in its value and sets `wrong`.
 */
struct trust_fact {
	const char *section; /* static */
	char *name;          /* owned */
	char *value;         /* owned */
	char *oid;           /* owned; the extension's OID, NULL for other facts */
	bool critical;
	bool wrong;
};
struct trust_facts {
	struct trust_fact *facts;
	size_t count;
};
void trust_facts_free(struct trust_facts *facts);
TRUST_DEFINE_AUTO(trust_facts, trust_facts_free)
struct trust_facts *trust_cert_facts(const struct trust_cert *cert) TRUST_MUST_CHECK;

#endif
