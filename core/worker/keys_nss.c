/* SPDX-License-Identifier: MPL-2.0 */
/* Private keys: in as PrivateKeyInfo, out only encrypted. */

#include <cryptohi.h>
#include <string.h>

#include <pkcs11.h>
#include <pkcs11n.h>

#include "core/hash.h"
#include "core/key_info.h"
#include "core/oid.h"
#include "core/worker/session_nss.h"

/* ---- in ------------------------------------------------------------------------------------ */

/* RSA-PSS restricted keys would silently become plain RSA keys; nobody takes DSA any more. */
static bool
is_storable(struct trust_bytes oid, struct trust_error *error)
{
	if (!trust_oid_is(oid, TRUST_OID_RSA_PSS) && !trust_oid_is(oid, TRUST_OID_DSA))
		return true;
	TRUST_AUTO_FREE char *words = trust_oid_display(oid);
	return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
	    "the key uses %s, which NSS %s cannot store", words, NSS_GetVersion());
}

/* NSS 3.99 and newer store Ed25519 keys; older headers lack the name. */
#define ED_KEY 10

SECItem *
session_public_value(SECKEYPublicKey *key)
{
	switch ((int)key->keyType) {
	case rsaKey:
		return &key->u.rsa.modulus;
	case dsaKey:
		return &key->u.dsa.publicValue;
	case ecKey:
	case ED_KEY:
		return &key->u.ec.publicValue;
	default:
		return NULL;
	}
}

/* A key pair's public half as an object of its own, as NSS's own import leaves it. */
static void
import_public(struct session *session, SECKEYPublicKey *key)
{
	/* The private key alone is what matters: a store without the public object works as
	 * well. */
	PK11_ImportPublicKey(session->slot, key, PR_TRUE);
}

/* "Ed25519", "EC brainpoolP256r1", ...; owned by the caller. */
static char *
algorithm_words(const struct trust_key_info *algorithm)
{
	if (!trust_oid_is(algorithm->oid, TRUST_OID_EC))
		return trust_oid_display(algorithm->oid);
	if (algorithm->curve.size == 0)
		return trust_strdup("EC with explicit parameters");
	TRUST_AUTO_FREE char *name = trust_oid_display(algorithm->curve);
	return trust_printf("EC %s", name);
}

/* A session object of the internal slot needs neither store nor password. */
static bool
try_key(PK11SlotInfo *slot, SECItem *der)
{
	AUTO_KEY *key = NULL;

	if (PK11_ImportDERPrivateKeyInfoAndReturnKey(
		slot, der, NULL, NULL, PR_FALSE, PR_TRUE, KU_ALL, &key, NULL) != SECSuccess)
		return false;
	SECKEYPublicKey *public = SECKEY_ConvertToPublicKey(key);
	SECItem *value = public ? session_public_value(public) : NULL;
	bool good = value && value->len > 0;
	if (public)
		SECKEY_DestroyPublicKey(public);
	return good;
}

bool
session_storable(
    struct session *session, struct trust_bytes pkcs8, char **ret_reason, struct trust_error *error)
{
	SECItem der = { siBuffer, (unsigned char *)pkcs8.data, (unsigned)pkcs8.size };
	TRUST_AUTO_ERROR refused = TRUST_ERROR_INIT;
	struct trust_key_info algorithm;

	if (!session_start(session, error))
		return false;
	if (!trust_key_info_read(pkcs8, &algorithm))
		return trust_fail(
		    error, TRUST_INPUT_MALFORMED, NULL, "the private key cannot be decoded");
	if (!is_storable(algorithm.oid, &refused)) {
		*ret_reason = trust_strdup(refused.message);
		return true;
	}
	PK11SlotInfo *slot = PK11_GetInternalSlot();
	bool stored = slot && try_key(slot, &der);
	if (slot)
		PK11_FreeSlot(slot);
	TRUST_AUTO_FREE char *words = algorithm_words(&algorithm);
	*ret_reason = stored
	    ? NULL
	    : trust_printf("the key uses %s, which NSS %s cannot store", words, NSS_GetVersion());
	return true;
}

/* NSS 3.125 stores Ed25519 keys without an id, by which it would find them for their
 * certificate. */
static bool
give_id(SECKEYPrivateKey *key, SECItem *id)
{
	SECItem own = { siBuffer, NULL, 0 };

	if (PK11_ReadRawAttribute(PK11_TypePrivKey, key, CKA_ID, &own) == SECSuccess) {
		bool same = SECITEM_CompareItem(&own, id) == SECEqual;
		SECITEM_FreeItem(&own, PR_FALSE);
		if (same)
			return true;
	}
	return PK11_WriteRawAttribute(PK11_TypePrivKey, key, CKA_ID, id) == SECSuccess;
}

bool
session_add_key(struct session *session, struct trust_bytes pkcs8, const char *nickname,
    uint8_t ret_key_id[20], struct trust_error *error)
{
	SECItem der = { siBuffer, (unsigned char *)pkcs8.data, (unsigned)pkcs8.size };
	SECItem name = { siBuffer, (unsigned char *)nickname,
		(unsigned)(nickname ? strlen(nickname) : 0) };
	struct trust_key_info algorithm;

	if (!trust_key_info_read(pkcs8, &algorithm))
		return trust_fail(
		    error, TRUST_INPUT_MALFORMED, NULL, "the private key cannot be decoded");
	if (!is_storable(algorithm.oid, error))
		return false;
	AUTO_KEY *temporary = NULL;
	PORT_SetError(0);
	/* First as a session object, to learn its public value: NSS gives a token key the id of the
	 * public value it is told, and finds no certificate for a key without. */
	if (PK11_ImportDERPrivateKeyInfoAndReturnKey(session->slot, &der, NULL, NULL, PR_FALSE,
		PR_TRUE, KU_ALL, &temporary, NULL) != SECSuccess)
		return session_fail(error, "NSS cannot read the private key");
	SECKEYPublicKey *public = SECKEY_ConvertToPublicKey(temporary);
	SECItem *value = public ? session_public_value(public) : NULL;
	if (!value || value->len == 0) {
		if (public)
			SECKEY_DestroyPublicKey(public);
		return session_fail(error, "NSS cannot tell the public half of the private key");
	}
	SECItem *id = PK11_MakeIDFromPubKey(value);
	AUTO_KEY *stored = NULL;
	PORT_SetError(0);
	bool done = id && id->len == TRUST_SHA1_BYTES &&
	    PK11_ImportDERPrivateKeyInfoAndReturnKey(session->slot, &der, &name, value, PR_TRUE,
		PR_TRUE, KU_ALL, &stored, NULL) == SECSuccess &&
	    give_id(stored, id);
	if (done) {
		memcpy(ret_key_id, id->data, TRUST_SHA1_BYTES);
		import_public(session, public);
	} else {
		session_fail(error, "NSS cannot store the private key");
	}
	if (id)
		SECITEM_FreeItem(id, PR_TRUE);
	SECKEY_DestroyPublicKey(public);
	return done;
}

/* ---- finding ------------------------------------------------------------------------------- */

static SECKEYPrivateKey *
find_key(struct session *session, uint32_t key_object)
{
	SECKEYPrivateKeyList *list = PK11_ListPrivKeysInSlot(session->slot, NULL, NULL);
	SECKEYPrivateKey *found = NULL;

	if (!list)
		return NULL;
	for (SECKEYPrivateKeyListNode *node = PRIVKEY_LIST_HEAD(list);
	     !PRIVKEY_LIST_END(node, list); node = PRIVKEY_LIST_NEXT(node))
		if ((node->key->pkcs11ID & SESSION_ID_MASK) == key_object) {
			found = SECKEY_CopyPrivateKey(node->key);
			break;
		}
	SECKEY_DestroyPrivateKeyList(list);
	return found;
}

static bool
no_key(uint32_t key_object, struct trust_error *error)
{
	return trust_fail(
	    error, TRUST_STORE_NSS, NULL, "NSS does not find the private key (row %u)", key_object);
}

/* Rows of the public half: same id. */
static void
delete_public_half(struct session *session, const SECItem *id)
{
	PK11GenericObject *all = PK11_FindGenericObjects(session->slot, CKO_PUBLIC_KEY);

	for (PK11GenericObject *object = all; object; object = PK11_GetNextGenericObject(object)) {
		SECItem own = { siBuffer, NULL, 0 };
		if (PK11_ReadRawAttribute(PK11_TypeGeneric, object, CKA_ID, &own) != SECSuccess)
			continue;
		if (SECITEM_CompareItem(&own, id) == SECEqual)
			PK11_DestroyTokenObject(
			    session->slot, PK11_GetObjectHandle(PK11_TypeGeneric, object, NULL));
		SECITEM_FreeItem(&own, PR_FALSE);
	}
	if (all)
		PK11_DestroyGenericObjects(all);
}

bool
session_delete_key(struct session *session, uint32_t key_object, struct trust_error *error)
{
	AUTO_KEY *key = find_key(session, key_object);

	if (!key)
		return no_key(key_object, error);
	SECItem *id = PK11_GetLowLevelKeyIDForPrivateKey(key);
	PORT_SetError(0);
	bool done = PK11_DestroyTokenObject(session->slot, key->pkcs11ID) == SECSuccess;
	if (!done)
		session_fail(error, "NSS cannot delete the private key");
	if (done && id)
		delete_public_half(session, id);
	if (id)
		SECITEM_FreeItem(id, PR_TRUE);
	return done;
}

/* ---- out ----------------------------------------------------------------------------------- */

bool
session_export_key(struct session *session, uint32_t key_object,
    const struct trust_secret *password, unsigned rounds, struct trust_secret **ret_encrypted,
    struct trust_error *error)
{
	AUTO_KEY *key = find_key(session, key_object);
	SECItem secret = { siBuffer, password->bytes, (unsigned)password->size };

	if (!key)
		return no_key(key_object, error);
	if (rounds < 1)
		rounds = 1;
	PORT_SetError(0);
	SECKEYEncryptedPrivateKeyInfo *info =
	    PK11_ExportEncryptedPrivKeyInfoV2(session->slot, SEC_OID_AES_256_CBC,
		SEC_OID_AES_256_CBC, SEC_OID_HMAC_SHA256, &secret, key, (int)rounds, NULL);
	if (!info)
		return session_fail(error, "NSS cannot give out the private key");
	SECItem *der = SEC_ASN1EncodeItem(
	    NULL, NULL, info, NSS_Get_SECKEY_EncryptedPrivateKeyInfoTemplate(NULL, PR_FALSE));
	SECKEY_DestroyEncryptedPrivateKeyInfo(info, PR_TRUE);
	if (!der)
		return session_fail(error, "NSS cannot encode the private key");
	*ret_encrypted = trust_secret_new(der->data, der->len);
	SECITEM_ZfreeItem(der, PR_TRUE);
	return true;
}

/* ---- signing ------------------------------------------------------------------------------- */

bool
session_sign(struct session *session, uint32_t key_object, struct trust_bytes data,
    struct trust_secret **ret_signature, struct trust_error *error)
{
	AUTO_KEY *key = find_key(session, key_object);
	SECItem signature = { siBuffer, NULL, 0 };

	if (!key)
		return no_key(key_object, error);
	if (key->keyType != rsaKey && key->keyType != ecKey)
		return trust_fail(error, TRUST_INPUT_UNSUPPORTED, NULL,
		    "only RSA and EC keys sign profiles, and this is another kind");
	PORT_SetError(0);
	if (SEC_SignData(&signature, data.data, (int)data.size, key,
		key->keyType == rsaKey ? SEC_OID_PKCS1_SHA256_WITH_RSA_ENCRYPTION
				       : SEC_OID_ANSIX962_ECDSA_SHA256_SIGNATURE) != SECSuccess) {
		/* NSS 3.87's word for a key whose row does not decrypt. */
		if (PORT_GetError() == SEC_ERROR_NO_MEMORY)
			return trust_fail(error, TRUST_STORE_NSS, NULL,
			    "NSS cannot sign with the private key, which is damaged");
		return session_fail(error, "NSS cannot sign with the private key");
	}
	*ret_signature = trust_secret_new(signature.data, signature.len);
	SECITEM_FreeItem(&signature, PR_FALSE);
	return true;
}
