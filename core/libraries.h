/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_LIBRARIES_H
#define TRUST_LIBRARIES_H

/*
 * Libraries that most commands never call. They are loaded when the first of their functions is
 * called: mapping and binding them took a sixth of the time in which a small store is listed
 * (doc/adr/0016-libraries-are-loaded-when-they-are-needed.md).
 *
 * Callers include the library's own header and call its functions as ever. Who defines these
 * functions is one file a library, a line of TRUST_LIBRARY_CALL() for each.
 *
 * Load them all before what must not fail half-way, and before what may open no more files.
 */

#include <string.h>

#include "core/base.h"
#include "core/error.h"

/* name, the library between "lib" and ".so", whose it is, what needs it */
#define TRUST_LIBRARY_LIST(X)                                                                      \
	X(EXPAT, expat, "expat", "configuration profiles")                                         \
	X(GMP, gmp, "GMP", "signatures of certificates")                                           \
	X(HOGWEED, hogweed, "nettle", "signatures of certificates")                                \
	X(IDN2, idn2, "libidn2", "names of hosts in other scripts than ASCII")                     \
	X(SMARTCOLS, smartcols, "util-linux", "tables on a terminal")

enum trust_library {
#define X(name, library, project, what) TRUST_LIBRARY_##name,
	TRUST_LIBRARY_LIST(X)
#undef X
};

/* All of them. Errors: TRUST_NO_LIBRARY, for one that is not on this machine. */
bool trust_libraries_load(struct trust_error *error) TRUST_MUST_CHECK;
/* What happens before abort() when a library turns out to be missing as one of its functions is
 * called: as when memory is out, the caller has no other way on. */
void trust_set_library_missing(void (*handler)(const struct trust_error *error));

/* The address of a function, for TRUST_LIBRARY_CALL(). Never NULL. */
void *trust_library_symbol(enum trust_library library, const char *name);

/* Defines the function `name` as the library's header declares it, by calling the library's. */
#define TRUST_LIBRARY_CALL(library, type, name, parameters, arguments)                             \
	type name parameters                                                                       \
	{                                                                                          \
		static void *symbol;                                                               \
		type(*call) parameters;                                                            \
		if (!symbol)                                                                       \
			symbol = trust_library_symbol(library, #name);                             \
		memcpy(&call, &symbol, sizeof call);                                               \
		return call arguments;                                                             \
	}

#endif
