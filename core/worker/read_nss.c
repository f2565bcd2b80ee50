/* SPDX-License-Identifier: MPL-2.0 */
/* All objects of a class with their raw attributes, some at a time: the PKCS #11 way to read. */

#include <pkcs11.h>
#include <pkcs11n.h>

#include "core/wire.h"
#include "core/worker/session_nss.h"

/* With a password NSS takes 20 ms for each value that is signed: an answer takes seconds. */
#define ANSWER_OBJECTS 200
#define ANSWER_BYTES ((size_t)1024 * 1024)

void
session_read_done(struct session *session)
{
	if (session->objects)
		PK11_DestroyGenericObjects(session->objects);
	session->objects = NULL;
	session->next = NULL;
}

static bool
find_all(struct session *session, uint32_t object_class, struct trust_error *error)
{
	session_read_done(session);
	PORT_SetError(0);
	session->objects = PK11_FindGenericObjects(session->slot, object_class);
	session->next = session->objects;
	/* Of an error NSS says here that the store is locked, whatever it was. */
	return session->objects || PORT_GetError() == 0 ||
	    trust_fail(error, TRUST_STORE_NSS, NULL, "NSS cannot list its objects");
}

/*
 * A value that is not there is empty; one that is there and not shown is refused: its signature is
 * wrong or missing. Of a missing one NSS says what it says of a missing value, but it had told the
 * length before, and made room.
 */
static void
put_attribute(struct trust_buffer *answer, PK11GenericObject *object, CK_ATTRIBUTE_TYPE type)
{
	CK_ATTRIBUTE value = { .type = type };
	struct trust_bytes bytes = { 0 };
	PLArenaPool *arena = PORT_NewArena(DER_DEFAULT_CHUNKSIZE);

	bool read =
	    PK11_ReadRawAttributes(arena, PK11_TypeGeneric, object, &value, 1) == SECSuccess;
	if (read)
		bytes = (struct trust_bytes){ value.pValue, value.ulValueLen };
	trust_wire_put_u32(answer, !read && value.pValue);
	trust_wire_put_bytes(answer, bytes);
	PORT_FreeArena(arena, PR_FALSE);
}

bool
session_read(struct session *session, const struct session_reading *reading, bool go_on,
    struct trust_buffer *answer, struct trust_error *error)
{
	if (!go_on && !find_all(session, reading->object_class, error))
		return false;
	for (size_t n = 0; session->next && n < ANSWER_OBJECTS && answer->size < ANSWER_BYTES;
	     n++) {
		PK11GenericObject *object = session->next;
		uint32_t handle = (uint32_t)PK11_GetObjectHandle(PK11_TypeGeneric, object, NULL);
		trust_wire_put_u32(answer, 1);
		trust_wire_put_u32(answer, handle & SESSION_ID_MASK);
		for (size_t i = 0; i < reading->count; i++)
			put_attribute(answer, object, reading->attributes[i]);
		session->next = PK11_GetNextGenericObject(object);
	}
	trust_wire_put_u32(answer, 0);
	trust_wire_put_u32(answer, session->next != NULL);
	return !answer->overflow ||
	    trust_fail(error, TRUST_INPUT_LIMIT, NULL, "the store has an object that is too large");
}
