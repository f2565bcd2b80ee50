/* SPDX-License-Identifier: MPL-2.0 */
/* The built-in roots, read from libnssckbi.so by its own PKCS #11 functions; NSS is not started. */

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <pkcs11.h>
#include <pkcs11n.h>

#include "core/error.h"
#include "core/limits.h"
#include "core/store_internal.h"
#include "core/text.h"

#define MAX_ATTRIBUTES 8

struct module {
	void *library;
	CK_FUNCTION_LIST_PTR functions;
	CK_SESSION_HANDLE session;
};

static bool
fail(struct trust_store *store, const char *why, struct trust_error *error)
{
	return trust_fail(error, TRUST_STORE_DAMAGED, store->place.path,
	    "cannot read the built-in roots '%s': %s", store->place.path, why);
}

/* NSS's modules want its reserved string where others pass NULL. */
static bool
start(struct trust_store *store, struct module *module, struct trust_error *error)
{
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };
	CK_ULONG count = 1;
	CK_SLOT_ID slot = 0;

	/* It brings NSPR, which leaves memory and keys of threads behind: code they may call must
	 * stay, and a search for leaks must see whose they are. */
	module->library = dlopen(store->place.path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!module->library)
		return fail(store, dlerror(), error);
	CK_C_GetFunctionList list = NULL;
	void *symbol = dlsym(module->library, "C_GetFunctionList");
	memcpy(&list, &symbol, sizeof list);
	if (!list || list(&module->functions) != CKR_OK)
		return fail(store, "it is no PKCS #11 module", error);
	if (module->functions->C_Initialize(&arguments) != CKR_OK &&
	    module->functions->C_Initialize(NULL) != CKR_OK)
		return fail(store, "it does not start", error);
	if (module->functions->C_GetSlotList(CK_TRUE, &slot, &count) != CKR_OK || count < 1 ||
	    module->functions->C_OpenSession(
		slot, CKF_SERIAL_SESSION, NULL, NULL, &module->session) != CKR_OK)
		return fail(store, "it has no token", error);
	return true;
}

static void
stop(struct module *module)
{
	if (module->functions) {
		if (module->session)
			module->functions->C_CloseSession(module->session);
		module->functions->C_Finalize(NULL);
	}
#if !TRUST_SANITIZED /* what the library keeps is excused by its name, so it must stay */
	if (module->library)
		dlclose(module->library);
#endif
}

/* Attributes of one object, in the arena; empty where absent. */
static void
read_attributes(struct trust_store *store, struct module *module, CK_OBJECT_HANDLE object,
    const CK_ATTRIBUTE_TYPE *types, size_t count, struct trust_bytes *ret_values)
{
	CK_ATTRIBUTE wanted[MAX_ATTRIBUTES];
	size_t present = 0;
	size_t from[MAX_ATTRIBUTES];

	for (size_t i = 0; i < count; i++) {
		wanted[i] = (CK_ATTRIBUTE){ types[i], NULL, CK_UNAVAILABLE_INFORMATION };
		ret_values[i] = (struct trust_bytes){ 0 };
	}
	/* What one attribute lacks is an error; the others have their lengths all the same. */
	module->functions->C_GetAttributeValue(module->session, object, wanted, count);
	for (size_t i = 0; i < count; i++)
		if (wanted[i].ulValueLen != CK_UNAVAILABLE_INFORMATION &&
		    wanted[i].ulValueLen != 0 && wanted[i].ulValueLen <= TRUST_MAX_CERT_BYTES) {
			wanted[present] = wanted[i];
			wanted[present].pValue =
			    trust_arena_alloc(&store->arena, wanted[i].ulValueLen);
			from[present++] = i;
		}
	if (module->functions->C_GetAttributeValue(module->session, object, wanted, present) !=
	    CKR_OK)
		return;
	for (size_t i = 0; i < present; i++)
		ret_values[from[i]] =
		    (struct trust_bytes){ wanted[i].pValue, wanted[i].ulValueLen };
}

static uint32_t
number(struct trust_bytes bytes)
{
	CK_ULONG value = UINT32_MAX;
	if (bytes.size == sizeof value)
		memcpy(&value, bytes.data, sizeof value);
	return (uint32_t)value;
}

static void
read_distrust_after(struct trust_item *item, enum trust_usage usage, struct trust_bytes date)
{
	/* A UTCTime; one zero byte says that there is none. */
	item->has_distrust_after[usage] =
	    trust_time_from_asn1(0x17, date, &item->distrust_after[usage]);
}

static void
read_cert(struct trust_store *store, struct module *module, CK_OBJECT_HANDLE object)
{
	static const CK_ATTRIBUTE_TYPE types[] = { CKA_VALUE, CKA_LABEL,
		CKA_NSS_SERVER_DISTRUST_AFTER, CKA_NSS_EMAIL_DISTRUST_AFTER };
	struct trust_bytes values[TRUST_COUNT(types)];

	read_attributes(store, module, object, types, TRUST_COUNT(types), values);
	struct trust_bytes der = values[0];
	struct trust_bytes label = values[1];
	if (label.size > 0 && label.data[label.size - 1] == '\0')
		label.size--; /* the library counts the NUL of its C strings */
	if (der.size == 0)
		return;
	/* Row ids mean nothing here, but zero means "no certificate". */
	struct trust_item *item =
	    trust_store_add_cert(store, der, label, (uint32_t)object, (struct trust_bytes){ 0 });
	read_distrust_after(item, TRUST_TLS_SERVER, values[2]);
	read_distrust_after(item, TRUST_EMAIL, values[3]);
}

static void
read_trust(struct trust_store *store, struct module *module, CK_OBJECT_HANDLE object,
    enum trust_spelling spelling)
{
	CK_ATTRIBUTE_TYPE types[3 + TRUST_USAGES] = { CKA_ISSUER, CKA_SERIAL_NUMBER,
		CKA_CERT_SHA1_HASH };
	struct trust_bytes values[TRUST_COUNT(types)];

	for (int usage = 0; usage < TRUST_USAGES; usage++)
		types[3 + usage] = trust_usage_attribute(spelling, (enum trust_usage)usage);
	read_attributes(store, module, object, types, TRUST_COUNT(types), values);
	struct trust_raw_record record = {
		.spelling = spelling,
		.object_id = (uint32_t)object,
		.issuer = values[0],
		.serial = values[1],
		.seal = TRUST_SEAL_NONE,
	};
	if (spelling == TRUST_LEGACY)
		record.digest = values[2];
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		record.states.of[usage] =
		    trust_state_from_stored(spelling, number(values[3 + usage]));
	trust_store_add_record(store, &record);
}

static bool
read_class(struct trust_store *store, struct module *module, CK_OBJECT_CLASS class,
    struct trust_error *error)
{
	CK_ATTRIBUTE wanted = { CKA_CLASS, &class, sizeof class };
	CK_OBJECT_HANDLE objects[64];
	CK_ULONG count = 0;

	if (module->functions->C_FindObjectsInit(module->session, &wanted, 1) != CKR_OK)
		return fail(store, "it does not list its objects", error);
	CK_OBJECT_HANDLE *all = NULL;
	size_t total = 0;
	while (module->functions->C_FindObjects(
		   module->session, objects, TRUST_COUNT(objects), &count) == CKR_OK &&
	    count > 0) {
		all = trust_grow_array(all, total + count, sizeof *all);
		memcpy(all + total, objects, count * sizeof *objects);
		total += count;
	}
	module->functions->C_FindObjectsFinal(module->session);
	for (size_t i = 0; i < total; i++) {
		if (class == CKO_CERTIFICATE)
			read_cert(store, module, all[i]);
		else
			read_trust(store, module, all[i],
			    class == CKO_NSS_TRUST ? TRUST_LEGACY : TRUST_MODERN);
	}
	trust_free(all);
	return true;
}

static void
read_version(struct trust_store *store, struct module *module)
{
	CK_INFO info;

	if (module->functions->C_GetInfo(&info) != CKR_OK)
		return;
	TRUST_AUTO_FREE char *words =
	    trust_text_display(info.libraryDescription, sizeof info.libraryDescription);
	for (size_t length = strlen(words); length && words[length - 1] == ' '; length--)
		words[length - 1] = '\0';
	/* The library's own words are cut off at 32 bytes and say less than what it is. */
	bool mozilla = strncmp(words, "NSS Builtin Object", 18) == 0;
	store->version = trust_printf("%s %u.%u", mozilla ? "Mozilla list" : words,
	    info.libraryVersion.major, info.libraryVersion.minor);
}

bool
trust_builtin_read(struct trust_store *store, struct trust_error *error)
{
	struct module module = { 0 };

	bool done = start(store, &module, error);
	if (done) {
		read_version(store, &module);
		done = read_class(store, &module, CKO_CERTIFICATE, error) &&
		    read_class(store, &module, CKO_NSS_TRUST, error) &&
		    read_class(store, &module, TRUST_CLASS_MODERN, error);
	}
	stop(&module);
	return done;
}
