/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TESTS_EXPORTED_H
#define TRUST_TESTS_EXPORTED_H

/* Certificates and a key that openssl makes for a run, and what a shell beside them answers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/cert.h"
#include "core/error.h"
#include "core/limits.h"
#include "export/export.h"

/* A root, alice by it with her key, and a name that tries to begin a PEM block. */
static const char make_fixtures[] =
    "set -e\n"
    "cd \"$TRUST_TEST_FOLDER\"\n"
    "exec 2>openssl.log\n"
    "key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }\n"
    "key root\n"
    "key alice\n"
    "printf 'basicConstraints=CA:FALSE\\nextendedKeyUsage=clientAuth\\n' >leaf.ext\n"
    "openssl req -x509 -new -key root.key -subj '/CN=Test Root/O=Test' -days 99 -out root.pem\n"
    "openssl req -new -utf8 -key alice.key -subj '/CN=Alice Müller' -out alice.csr\n"
    "openssl x509 -req -in alice.csr -CA root.pem -CAkey root.key -CAcreateserial -days 99 \\\n"
    "  -extfile leaf.ext -out alice.pem\n"
    "openssl req -x509 -new -key root.key -subj '/CN=-----BEGIN CERTIFICATE-----' -days 9 \\\n"
    "  -out hostile.pem\n"
    "for n in root alice hostile; do openssl x509 -in $n.pem -outform DER -out $n.der; done\n"
    "openssl pkcs8 -topk8 -nocrypt -in alice.key -outform DER -out alice.p8\n"
    "openssl pkey -in alice.key -pubout -out alice.pub\n";

static char folder[] = "/tmp/trustctl-export-XXXXXX";

static inline int
make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || setenv("TRUST_TEST_FOLDER", folder, 1) != 0)
		return -1;
	return system(make_fixtures);
}

static inline int
remove_folder(void **state)
{
	TRUST_AUTO_FREE char *command = trust_printf("rm -r %s", folder);
	(void)state;
	return system(command);
}

/* ---- questions
 * -------------------------------------------------------------------------------- */

static inline struct trust_bytes
load(const char *name, uint8_t buffer[65536])
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", folder, name);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	size_t size = fread(buffer, 1, 65536, file);
	fclose(file);
	return (struct trust_bytes){ buffer, size };
}

static inline void
store(const char *name, const struct trust_buffer *bytes)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", folder, name);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes->data, 1, bytes->size, file), bytes->size);
	assert_int_equal(fclose(file), 0);
}

static inline struct trust_cert *
load_cert(const char *name)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	uint8_t buffer[65536];
	struct trust_cert *cert = NULL;
	if (!trust_cert_decode(load(name, buffer), &cert, &error))
		fail_msg("%s", error.message);
	return cert;
}

/* What a shell in the folder answers; PASSWORD is what was set last. */
static inline bool
shell(const char *command)
{
	TRUST_AUTO_FREE char *whole =
	    trust_printf("cd \"$TRUST_TEST_FOLDER\" && { %s\n} >log 2>&1", command);
	return system(whole) == 0;
}

static inline void
must(const char *command)
{
	uint8_t buffer[65536];

	if (shell(command))
		return;
	struct trust_bytes log = load("log", buffer);
	fail_msg("%s\n%.*s", command, (int)log.size, (const char *)log.data);
}

/* Alice's key, encrypted as NSS would hand it over. */
static inline struct trust_secret *
encrypted_key(const char *password)
{
	uint8_t buffer[65536];
	setenv("PASSWORD", password, 1);
	must("openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 "
	     "-passout env:PASSWORD -in alice.key -outform DER -out alice.ep8");
	struct trust_bytes bytes = load("alice.ep8", buffer);
	return trust_secret_new(bytes.data, bytes.size);
}

static inline void
encode(const char *format, const struct export_request *request, struct trust_buffer *out)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	trust_buffer_init(out, TRUST_MAX_FILE_BYTES);
	if (!export_format_by_name(format)->encode(request, out, &error))
		fail_msg("%s", error.message);
	assert_false(out->overflow);
}

#endif
