/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What NetworkManager reads of a keyfile: nm_keyfile FILE. Its own parser, in libnm, which is
 * loaded when it runs, so that building needs no headers of it; the daemon, which would take over
 * the network, is not wanted. Prints "setting.property" with its value, one a line; fails where the
 * parser warns or the connection does not verify.
 */

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct g_error {
	unsigned domain;
	int code;
	char *message;
};

static void *libraries[3];

static void *
function(const char *name)
{
	void *found = NULL;
	for (size_t i = 0; i < 3 && !found; i++)
		found = libraries[i] ? dlsym(libraries[i], name) : NULL;
	if (!found) {
		fprintf(stderr, "libnm has no %s\n", name);
		exit(99);
	}
	return found;
}

static int warnings;

/* NMKeyfileReadHandler: true takes a message as dealt with. */
static int
complain(void *keyfile, void *connection, int kind, void *data, void *user)
{
	(void)keyfile, (void)connection, (void)data, (void)user;
	fprintf(stderr, "the parser warns (%d)\n", kind);
	warnings++;
	return 1;
}

int
main(int argc, char **argv)
{
	static const char *const names[] = { "libnm.so.0", "libglib-2.0.so.0",
		"libgobject-2.0.so.0" };
	struct g_error *error = NULL;

	if (argc != 2)
		return 2;
	for (size_t i = 0; i < 3; i++)
		libraries[i] = dlopen(names[i], RTLD_NOW | RTLD_GLOBAL);
	void *(*keyfile_new)(void) = (void *(*)(void))function("g_key_file_new");
	int (*load)(void *, const char *, int, struct g_error **) = (int (*)(
	    void *, const char *, int, struct g_error **))function("g_key_file_load_from_file");
	void *(*parse)(void *, const char *, int, void *, void *, struct g_error **) =
	    (void *(*)(void *, const char *, int, void *, void *, struct g_error **))function(
		"nm_keyfile_read");
	int (*verify)(void *, struct g_error **) =
	    (int (*)(void *, struct g_error **))function("nm_connection_verify");
	void (*dump)(void *) = (void (*)(void *))function("nm_connection_dump");

	void *keyfile = keyfile_new();
	if (!load(keyfile, argv[1], 0, &error)) {
		fprintf(stderr, "%s\n", error->message);
		return 1;
	}
	void *connection = parse(keyfile, "/", 0, (void *)complain, NULL, &error);
	if (!connection || !verify(connection, &error)) {
		fprintf(stderr, "%s\n", error->message);
		return 1;
	}
	dump(connection);
	return warnings > 0;
}
