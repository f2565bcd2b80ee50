/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TESTS_REAL_STORES_H
#define TRUST_TESTS_REAL_STORES_H

/* Real stores of both NSS generations in a scratch directory, changes of them, and what certutil
 * and sqlite3 say of the outcome. */

#include "core/cert.h"
#include "core/change.h"
#include "core/error.h"
#include "core/history.h"
#include "core/place.h"
#include "core/store.h"
#include "tests/unit/shell.h"

static inline struct trust_cert *
read_cert(const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", scratch, name);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_cert *cert = NULL;
	uint8_t bytes[16384];
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t size = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	assert_true(trust_cert_decode((struct trust_bytes){ bytes, size }, &cert, &error));
	return cert;
}

static inline struct trust_secret *
read_secret(const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", scratch, name);
	uint8_t bytes[16384];
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t size = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	return trust_secret_new(bytes, size);
}

static inline struct trust_secret *
give_password(void *context, enum trust_password_for what, const char *subject, unsigned attempt)
{
	(void)what;
	(void)subject;
	return attempt == 0 && context ? trust_secret_new(context, strlen(context)) : NULL;
}

struct fixture {
	struct trust_places *places;
	const struct trust_place *place;
	char *password;
};

static inline struct fixture
store_with(const char *name, const char *password, bool newer)
{
	struct fixture fixture = { .password = (char *)password };
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", scratch, name);

	shell("rm -rf %s && mkdir %s", name, name);
	if (password)
		shell("printf '%%s' '%s' >%s.pw && %scertutil -N -d sql:%s -f %s.pw", password,
		    name, newer ? NEWER : "", name, name);
	else
		shell("%scertutil -N -d sql:%s --empty-password", newer ? NEWER : "", name);
	fixture.places = trust_place_for_directory(path);
	fixture.place = &fixture.places->list[0];
	return fixture;
}

static inline struct trust_action
action_on(enum trust_action_kind kind, const struct trust_cert *cert)
{
	struct trust_action action = { .kind = kind };
	memcpy(action.id, cert->id, sizeof action.id);
	return action;
}

/* Prepare and commit, confirming whatever widens; the number of the history entry. */
static inline int64_t
run(const struct fixture *fixture, struct trust_change_request request)
{
	TRUST_AUTO(trust_change) *change = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	size_t count = 0;
	int64_t entry = -1;

	request.command = request.command ? request.command : "test";
	request.asker = (struct trust_asker){ give_password, fixture->password };
	if (!trust_change_prepare(fixture->place, &request, &change, &error))
		fail_msg("prepare: %s (%s)", error.message, trust_code_name(error.code));
	uint8_t(*confirmed)[TRUST_SHA256_BYTES] =
	    trust_alloc_array(trust_change_effect_count(change) + 1, sizeof *confirmed);
	for (size_t i = 0; i < trust_change_effect_count(change); i++)
		if (trust_change_effects(change)[i].widens)
			memcpy(confirmed[count++], trust_change_effects(change)[i].id,
			    TRUST_SHA256_BYTES);
	if (!trust_change_commit(
		change, (const uint8_t(*)[TRUST_SHA256_BYTES])confirmed, count, &entry, &error))
		fail_msg("commit: %s (%s)", error.message, trust_code_name(error.code));
	trust_free(confirmed);
	return entry;
}

static inline int64_t
run_one(const struct fixture *fixture, struct trust_action action)
{
	return run(fixture, (struct trust_change_request){ .actions = &action, .action_count = 1 });
}

static inline enum trust_code
refused(const struct fixture *fixture, struct trust_change_request request)
{
	TRUST_AUTO(trust_change) *change = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	int64_t entry = 0;

	request.command = "test";
	request.asker = (struct trust_asker){ give_password, fixture->password };
	if (trust_change_prepare(fixture->place, &request, &change, &error) &&
	    trust_change_commit(change, NULL, 0, &entry, &error))
		return TRUST_OK;
	print_message("# %s\n", error.message);
	return error.code;
}

static inline int64_t
add(const struct fixture *fixture, const struct trust_cert *cert)
{
	return run_one(fixture, (struct trust_action){ .kind = TRUST_ADD_CERT, .der = cert->der });
}

static inline int64_t
set_trust(const struct fixture *fixture, const struct trust_cert *cert, enum trust_state state)
{
	struct trust_action action = action_on(TRUST_SET_TRUST, cert);

	action.states = trust_states_all(state);
	return run_one(fixture, action);
}

static inline int64_t
undo(const struct fixture *fixture, int64_t entry)
{
	return run(fixture, (struct trust_change_request){ .undo = entry });
}

static inline char *
dump(const char *store)
{
	TRUST_AUTO_FREE char *command =
	    trust_printf("cd %s/%s && for t in 'cert9.db nssPublic' 'key4.db nssPrivate' 'key4.db "
			 "metaData'; do set -- $t; "
			 "sqlite3 $1 \"select * from $2 order by id\" | sha256sum; done",
		scratch, store);
	char *text = trust_alloc(4096);
	FILE *pipe = popen(command, "r");
	size_t size = fread(text, 1, 4095, pipe);
	pclose(pipe);
	text[size] = '\0';
	return text;
}

static inline int64_t
add_identity(
    const struct fixture *fixture, const struct trust_cert *cert, const struct trust_secret *key)
{
	const struct trust_action actions[] = {
		{ .kind = TRUST_ADD_CERT, .der = cert->der, .nickname = "alice" },
		{ .kind = TRUST_ADD_KEY, .pkcs8 = key, .nickname = "alice" },
	};
	return run(fixture, (struct trust_change_request){ .actions = actions, .action_count = 2 });
}

static inline int64_t
delete_identity(const struct fixture *fixture, const struct trust_cert *cert)
{
	struct trust_action actions[] = {
		action_on(TRUST_DELETE_CERT, cert),
		action_on(TRUST_DELETE_KEY, cert),
	};
	return run(fixture, (struct trust_change_request){ .actions = actions, .action_count = 2 });
}

static inline int
make_scratch(void **state TRUST_UNUSED)
{
	if (!mkdtemp(scratch))
		return 1;
	shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "
	      "root.key -out "
	      "root.pem -subj '/CN=Test Root' -days 1000 && openssl x509 -in root.pem -outform DER "
	      "-out root.der");
	shell("for k in 'rsa rsa:2048' 'ec ec -pkeyopt ec_paramgen_curve:P-256'; do set -- $k; "
	      "n=$1; shift; "
	      "openssl req -x509 -newkey $* -nodes -keyout $n.key -out $n.pem -subj /CN=alice "
	      "-addext "
	      "basicConstraints=critical,CA:FALSE -days 900 && openssl x509 -in $n.pem -outform "
	      "DER -out "
	      "$n.der && openssl pkcs8 -topk8 -nocrypt -in $n.key -outform DER -out $n.p8; done");
	return 0;
}

#endif
