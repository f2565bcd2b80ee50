/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Certificates and trust as raw PKCS #11 objects of one slot. The certificate layer of NSS is
 * avoided: it merges all open stores, changes trust of others, and reports successes that did not
 * happen.
 */

#include <stdlib.h>
#include <string.h>

#include <pkcs11.h>
#include <pkcs11n.h>

#include "core/buffer.h"
#include "core/hash.h"
#include "core/worker/session_nss.h"

#define MAX_ATTRIBUTES 16

struct attributes {
	CK_ATTRIBUTE list[MAX_ATTRIBUTES];
	CK_ULONG numbers[MAX_ATTRIBUTES]; /* values of number attributes live here */
	int count;
};

static void
put(struct attributes *attributes, CK_ATTRIBUTE_TYPE type, struct trust_bytes value)
{
	attributes->list[attributes->count++] = (CK_ATTRIBUTE){
		.type = type,
		.pValue = (void *)value.data,
		.ulValueLen = value.size,
	};
}

static void
put_number(struct attributes *attributes, CK_ATTRIBUTE_TYPE type, CK_ULONG number)
{
	CK_ULONG *kept = &attributes->numbers[attributes->count];
	*kept = number;
	put(attributes, type, (struct trust_bytes){ (const uint8_t *)kept, sizeof *kept });
}

static void
put_bool(struct attributes *attributes, CK_ATTRIBUTE_TYPE type, bool value)
{
	static const CK_BBOOL yes = CK_TRUE;
	static const CK_BBOOL no = CK_FALSE;
	put(attributes, type, (struct trust_bytes){ value ? &yes : &no, sizeof yes });
}

static bool
create(struct session *session, struct attributes *attributes, const char *what,
    uint32_t *ret_object, struct trust_error *error)
{
	PORT_SetError(0);
	PK11GenericObject *object =
	    PK11_CreateGenericObject(session->slot, attributes->list, attributes->count, PR_TRUE);
	if (!object)
		return session_fail(error, what);
	*ret_object =
	    (uint32_t)PK11_GetObjectHandle(PK11_TypeGeneric, object, NULL) & SESSION_ID_MASK;
	PK11_DestroyGenericObject(object);
	return true;
}

static struct trust_bytes
bytes_of(const SECItem *item)
{
	return (struct trust_bytes){ item->data, item->len };
}

/* The serial number with tag and length; NSS's own field holds the bare content. */
static bool
serial_tlv(const CERTCertificate *cert, struct trust_buffer *out)
{
	const SECItem *serial = &cert->serialNumber;
	uint8_t header[2] = { 0x02, (uint8_t)serial->len };

	if (serial->len >= 0x80)
		return false;
	trust_buffer_append(out, header, sizeof header);
	trust_buffer_append(out, serial->data, serial->len);
	return true;
}

CERTCertificate *
session_temporary_cert(struct trust_bytes der)
{
	SECItem item = { siBuffer, (unsigned char *)der.data, (unsigned)der.size };

	PORT_SetError(0);
	return CERT_NewTempCertificate(CERT_GetDefaultCertDB(), &item, NULL, PR_FALSE, PR_TRUE);
}

/* That of the public value, by which the private key is found; of a kind of key that this NSS does
 * not know, of the bits of the key, as a newer one will have it. Freed by the caller. */
static SECItem *
key_id_of(CERTCertificate *cert)
{
	SECItem bits = cert->subjectPublicKeyInfo.subjectPublicKey;
	SECKEYPublicKey *key = CERT_ExtractPublicKey(cert);
	SECItem *value = key ? session_public_value(key) : NULL;

	DER_ConvertBitString(&bits);
	SECItem *id = PK11_MakeIDFromPubKey(value ? value : &bits);
	if (key)
		SECKEY_DestroyPublicKey(key);
	return id;
}

bool
session_add_cert(struct session *session, struct trust_bytes der, const char *nickname,
    uint32_t *ret_object, struct trust_error *error)
{
	struct attributes attributes = { .count = 0 };
	TRUST_AUTO_BUFFER serial;

	trust_buffer_init(&serial, 256);
	AUTO_CERT *cert = session_temporary_cert(der);
	if (!cert)
		return session_fail(error, "NSS cannot read the certificate");
	if (!serial_tlv(cert, &serial))
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
		    "NSS cannot store a certificate with a serial number of %u bytes",
		    cert->serialNumber.len);
	SECItem *key_id = key_id_of(cert);
	put_number(&attributes, CKA_CLASS, CKO_CERTIFICATE);
	put_bool(&attributes, CKA_TOKEN, true);
	put_number(&attributes, CKA_CERTIFICATE_TYPE, CKC_X_509);
	if (key_id)
		put(&attributes, CKA_ID, bytes_of(key_id));
	put(&attributes, CKA_LABEL,
	    (struct trust_bytes){ (const uint8_t *)nickname, nickname ? strlen(nickname) : 0 });
	put(&attributes, CKA_VALUE, der);
	put(&attributes, CKA_ISSUER, bytes_of(&cert->derIssuer));
	put(&attributes, CKA_SUBJECT, bytes_of(&cert->derSubject));
	put(&attributes, CKA_SERIAL_NUMBER, trust_buffer_bytes(&serial));
	bool created =
	    create(session, &attributes, "NSS cannot store the certificate", ret_object, error);
	if (key_id)
		SECITEM_FreeItem(key_id, PR_TRUE);
	return created;
}

bool
session_add_crl(struct session *session, struct trust_bytes der, struct trust_bytes issuer,
    uint32_t *ret_object, struct trust_error *error)
{
	struct attributes attributes = { .count = 0 };

	/* As NSS's own PK11_PutCrl() has them. */
	put_number(&attributes, CKA_CLASS, CKO_NSS_CRL);
	put_bool(&attributes, CKA_TOKEN, true);
	put(&attributes, CKA_SUBJECT, issuer);
	put_bool(&attributes, CKA_NSS_KRL, false);
	put(&attributes, CKA_NSS_URL, (struct trust_bytes){ (const uint8_t *)"", 0 });
	put(&attributes, CKA_VALUE, der);
	return create(
	    session, &attributes, "NSS cannot store the revocation list", ret_object, error);
}

static void
legacy_attributes(const struct session_trust *trust, struct attributes *attributes)
{
	/* As NSS 3.87's own nssToken_ImportTrust orders them. */
	put_number(attributes, CKA_CLASS, CKO_NSS_TRUST);
	put_bool(attributes, CKA_TOKEN, true);
	put(attributes, CKA_ISSUER, trust->issuer);
	put(attributes, CKA_SERIAL_NUMBER, trust->serial);
	if (trust->sha1.size)
		put(attributes, CKA_CERT_SHA1_HASH, trust->sha1);
	if (trust->md5.size)
		put(attributes, CKA_CERT_MD5_HASH, trust->md5);
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		put_number(attributes, trust_usage_attribute(TRUST_LEGACY, (enum trust_usage)usage),
		    trust_state_to_legacy(trust->states, (enum trust_usage)usage));
	put_bool(attributes, CKA_TRUST_STEP_UP_APPROVED, false);
}

bool
session_set_trust(struct session *session, const struct session_trust *trust, uint32_t *ret_object,
    struct trust_error *error)
{
	struct attributes attributes = { .count = 0 };

	for (int usage = 0; usage < TRUST_USAGES; usage++)
		if (trust->states.of[usage] > TRUST_PEER)
			return trust_fail(error, TRUST_BUG, NULL, "unknown trust state");
	legacy_attributes(trust, &attributes);
	return create(session, &attributes, "NSS cannot store the trust", ret_object, error);
}

bool
session_delete_public(struct session *session, uint32_t object, struct trust_error *error)
{
	PORT_SetError(0);
	if (PK11_DestroyTokenObject(session->slot, SESSION_PUBLIC | object) != SECSuccess)
		return session_fail(error, "NSS cannot delete the object");
	return true;
}
