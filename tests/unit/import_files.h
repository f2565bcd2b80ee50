/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TESTS_IMPORT_FILES_H
#define TESTS_IMPORT_FILES_H

/*
 * For tests of the formats: a folder of files that a script makes, and decoding them in this
 * process. A test calls make_folder_with() and has its rows; each row is made by a line of shell,
 * run in the folder with lib.sh read, of which the output is the file.
 */

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
#include "core/secret.h"
#include "import/import.h"

static char folder[] = "/tmp/trustctl-import-XXXXXX";

static inline struct trust_bytes
view(const struct trust_secret *secret)
{
	return (struct trust_bytes){ secret->bytes, secret->size };
}

/* Put a text into a file of the folder. */
static inline void
write_text(const char *name, const char *text)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", folder, name);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline struct trust_secret *
load(const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", folder, name);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_secret *bytes = NULL;
	if (!import_read(path, &bytes, &error))
		fail_msg("%s", error.message);
	return bytes;
}

/* The output of a line of shell. */
static inline struct trust_secret *
make_file(const char *line)
{
	write_text("line.sh", line);
	TRUST_AUTO_FREE char *command =
	    trust_printf("cd %s && { . ./lib.sh; . ./line.sh; } >row 2>>log", folder);
	if (system(command) != 0)
		fail_msg("cannot make a file: %s; see %s/log", line, folder);
	return load("row");
}

static inline int
make_folder_with(const char *lib, const char *fixtures)
{
	if (!mkdtemp(folder))
		return -1;
	write_text("lib.sh", lib);
	write_text("fixtures.sh", fixtures);
	TRUST_AUTO_FREE char *command =
	    trust_printf("cd %s && sh -e -c '. ./lib.sh; . ./fixtures.sh' >log 2>&1", folder);
	return system(command);
}

static inline int
remove_folder(void **state)
{
	TRUST_AUTO_FREE char *command = trust_printf("rm -r %s", folder);
	(void)state;
	return system(command);
}

static inline bool
decode(struct trust_bytes bytes, const char *password, struct import_file **ret_file,
    struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *secret =
	    password ? trust_secret_new(password, strlen(password)) : NULL;
	return import_decode_here("x", bytes, secret, ret_file, error);
}

/* One letter per part, owned by the caller: C(ertificate), K(ey), L(ist of revocations),
 * S(kipped), R(efused). */
static inline char *
letters(const struct import_file *file)
{
	char *text = trust_alloc(file->count + 1);
	for (size_t i = 0; i < file->count; i++)
		text[i] = "CKLSR"[file->parts[i].kind];
	return text;
}

static inline bool
any_reason_has(const struct import_file *file, const char *words)
{
	for (size_t i = 0; i < file->count; i++) {
		const struct import_part *part = &file->parts[i];
		TRUST_AUTO_FREE char *whole =
		    trust_printf("%s: %s", part->where, part->reason ? part->reason : "good");
		if (strstr(whole, words))
			return true;
	}
	return false;
}

static inline bool
any_note_has(const struct import_file *file, const char *words)
{
	for (size_t i = 0; i < file->note_count; i++)
		if (strstr(file->notes[i], words))
			return true;
	return false;
}

static inline void
print_parts(const struct import_file *file)
{
	print_message("# protection: %s\n", file->protection ? file->protection : "none");
	for (size_t i = 0; i < file->count; i++)
		print_message("# %c %s: %s, %s\n", "CKLSR"[file->parts[i].kind],
		    file -> parts[i].where, file->parts[i].reason ? file->parts[i].reason : "good",
		    file->parts[i].friendly_name ? file->parts[i].friendly_name : "no name");
	for (size_t i = 0; i < file->note_count; i++)
		print_message("# note: %s\n", file->notes[i]);
}

/* A file that is read, and what is in it. */
struct good_row {
	const char *sentence;
	const char *make; /* a line of shell */
	const char *password;
	const char *want_parts;      /* see letters() */
	const char *want_reason;     /* "where: reason" of one part has this; NULL: not looked at */
	const char *want_note;       /* NULL: not looked at */
	const char *want_protection; /* NULL: not looked at */
	const char *want_name;       /* the first part's friendly name; NULL: not looked at */
};

static inline bool
is_as_wanted(const struct good_row *row, const struct import_file *file)
{
	TRUST_AUTO_FREE char *parts = letters(file);
	const char *protection = file->protection ? file->protection : "";
	const char *name = file->count > 0 ? file->parts[0].friendly_name : NULL;

	return strcmp(parts, row->want_parts) == 0 &&
	    (!row->want_reason || any_reason_has(file, row->want_reason)) &&
	    (!row->want_note || any_note_has(file, row->want_note)) &&
	    (!row->want_protection || strstr(protection, row->want_protection)) &&
	    (!row->want_name || (name && strcmp(name, row->want_name) == 0));
}

static inline void
check_good(const struct good_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		TRUST_AUTO(trust_secret) *bytes = make_file(rows[i].make);
		TRUST_AUTO(import_file) *file = NULL;
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		print_message("# %s\n", rows[i].sentence);
		if (!decode(view(bytes), rows[i].password, &file, &error))
			fail_msg("%s: %s", rows[i].sentence, error.message);
		if (!is_as_wanted(&rows[i], file)) {
			print_parts(file);
			fail_msg("%s: not as wanted", rows[i].sentence);
		}
	}
}

/* A file that is not, and why. */
struct bad_row {
	const char *sentence;
	const char *make;
	const char *password;
	enum trust_code want_code;
	const char *want_words; /* the message has this */
};

static inline void
check_bad(const struct bad_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		TRUST_AUTO(trust_secret) *bytes = make_file(rows[i].make);
		TRUST_AUTO(import_file) *file = NULL;
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		print_message("# %s\n", rows[i].sentence);
		if (decode(view(bytes), rows[i].password, &file, &error)) {
			print_parts(file);
			fail_msg("%s: it was read", rows[i].sentence);
		}
		if (error.code != rows[i].want_code || !strstr(error.message, rows[i].want_words))
			fail_msg("%s: %s, %s", rows[i].sentence, trust_code_name(error.code),
			    error.message);
	}
}

/* Whatever it says, it must come to an end; the bytes are a copy of the exact size, so that a read
 * behind them is noticed. */
static inline bool
survives(const uint8_t *bytes, size_t size, const char *password)
{
	TRUST_AUTO_FREE uint8_t *copy = trust_memdup(bytes, size);
	TRUST_AUTO(import_file) *file = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	bool good = decode((struct trust_bytes){ copy, size }, password, &file, &error);

	assert_true(good == (file != NULL));
	assert_true(good == (error.code == TRUST_OK));
	return good;
}

#endif
