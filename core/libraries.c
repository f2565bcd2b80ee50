/* SPDX-License-Identifier: MPL-2.0 */
/* Loads libraries by the names that the linker found, and tells packagers of them. */

#include "core/libraries.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "core/text.h"
#include "sonames.h" /* made by the GNUmakefile */

static struct {
	const char *soname;
	const char *project; /* whose it is */
	void *handle;
} libraries[] = {
#define X(name, library, project, what) { SONAME_##library, project, NULL },
	TRUST_LIBRARY_LIST(X)
#undef X
};

/* No NEEDED entry tells of them: notes do, in the form of the UAPI group's ELF dlopen metadata. */
#define NOTE_OWNER "FDO"
#define NOTE_TYPE 0x407c0c0a
#define X(name, library, project, what)                                                            \
	__attribute__((used, section(".note.dlopen"))) _Alignas(4) static const struct {           \
		uint32_t owner_size;                                                               \
		uint32_t text_size;                                                                \
		uint32_t type;                                                                     \
		char owner[sizeof NOTE_OWNER];                                                     \
		_Alignas(4) char text[sizeof NOTE_TEXT(library, what)];                            \
	} note_##library = { sizeof NOTE_OWNER, sizeof NOTE_TEXT(library, what), NOTE_TYPE,        \
		NOTE_OWNER, NOTE_TEXT(library, what) };
#define NOTE_TEXT(library, what)                                                                   \
	"[{\"feature\":\"" #library "\",\"description\":\"" what                                   \
	"\",\"priority\":\"required\",\"soname\":[\"" SONAME_##library "\"]}]"
TRUST_LIBRARY_LIST(X)
#undef X

static void (*missing)(const struct trust_error *error);

void
trust_set_library_missing(void (*handler)(const struct trust_error *error))
{
	missing = handler;
}

static bool
fail(enum trust_library library, struct trust_error *error)
{
	TRUST_AUTO_FREE char *why = trust_text_display_string(dlerror());

	trust_fail(
	    error, TRUST_NO_LIBRARY, libraries[library].soname, "cannot load a library: %s", why);
	return trust_hint(error, "install %s, of which it is a part", libraries[library].project);
}

static bool
load(enum trust_library library, struct trust_error *error)
{
	if (!libraries[library].handle)
		libraries[library].handle =
		    dlopen(libraries[library].soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	return libraries[library].handle || fail(library, error);
}

bool
trust_libraries_load(struct trust_error *error)
{
	for (size_t i = 0; i < TRUST_COUNT(libraries); i++)
		if (!load((enum trust_library)i, error))
			return false;
	return true;
}

void *
trust_library_symbol(enum trust_library library, const char *name)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	void *symbol = load(library, &error) ? dlsym(libraries[library].handle, name) : NULL;

	if (!symbol && error.code == TRUST_OK)
		(void)fail(library, &error);
	if (symbol)
		return symbol;
	if (missing)
		missing(&error);
	abort();
}
