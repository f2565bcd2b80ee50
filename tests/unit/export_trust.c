/* SPDX-License-Identifier: MPL-2.0 */
/* Trust lists: what goes in, what is lost, and the bytes that other programs count on. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/der.h"
#include "tests/unit/exported.h"

/* ---- what fits, what is lost ----------------------------------------------------------------- */

#define U TRUST_UNDECIDED
#define T TRUST_TRUSTED
#define N TRUST_NOT_ANCHOR
#define D TRUST_DISTRUSTED
#define P TRUST_PEER
#define STATES(server, client, email, code)                                                        \
	{                                                                                          \
		{                                                                                  \
			server, client, email, code                                                \
		}                                                                                  \
	}

static void
a_trust_list_takes_what_is_trusted_for_the_usage(void **state)
{
	static const bool email[TRUST_USAGES] = { [TRUST_EMAIL] = true };
	static const bool both[TRUST_USAGES] = { [TRUST_EMAIL] = true, [TRUST_TLS_SERVER] = true };
	static const struct {
		const char *format;
		struct trust_states states;
		const bool *usages;
		bool want;
	} rows[] = {
		{ "jks", STATES(T, T, T, T), NULL, true },
		{ "jks", STATES(T, N, N, N), NULL, true },
		{ "jks", STATES(N, N, T, T), NULL, false },
		{ "jks", STATES(U, U, U, U), NULL, false },
		{ "jks", STATES(P, P, U, U), NULL, false },
		{ "jks", STATES(D, D, T, T), NULL, false },
		{ "jks", STATES(N, N, T, N), email, true },
		{ "jks", STATES(T, T, N, N), email, false },
		{ "jks", STATES(T, T, N, N), both, false },
		{ "jks", STATES(T, T, T, N), both, true },
		{ "p11-kit", STATES(N, N, N, T), NULL, true },
		{ "p11-kit", STATES(D, D, D, D), NULL, false },
		{ "p11-kit", STATES(P, P, U, U), NULL, false },
		{ "p11-kit", STATES(T, N, N, N), email, false },
		{ "p11-kit", STATES(T, N, N, N), both, true },
		{ "mobileconfig", STATES(U, U, U, U), NULL, false }, /* a root */
	};
	TRUST_AUTO(trust_cert) *root = load_cert("root.der");

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		print_message("# row %zu: %s\n", i, rows[i].format);
		assert_int_equal(export_fits(export_format_by_name(rows[i].format), root,
				     rows[i].states, rows[i].usages),
		    rows[i].want);
	}
}

static void
each_loss_is_told_by_its_kind(void **state)
{
	static const struct {
		const char *format;
		struct trust_states states;
		bool dated;
		const char *want; /* kinds; "": nothing is lost */
	} rows[] = {
		{ "pem", STATES(U, U, U, U), false, "" },
		{ "pem", STATES(T, N, N, N), false, "trust" },
		{ "p12", STATES(D, D, D, D), false, "trust" },
		{ "openvpn", STATES(T, T, T, T), false, "" },
		{ "jks", STATES(T, T, T, T), false, "" },
		{ "jks", STATES(T, T, T, N), false, "usages" },
		{ "jks", STATES(T, T, T, T), true, "distrust-after" },
		{ "p11-kit", STATES(T, N, D, N), true, "" },
		{ "openssl-trusted", STATES(T, N, D, N), true, "distrust-after" },
		{ "ansible", STATES(T, N, D, N), true, "" },
		{ "chromium-policy", STATES(T, N, N, N), true, "distrust-after" },
		{ "chromium-policy", STATES(T, N, D, N), false, "" },
		{ "chromium-policy", STATES(N, N, T, N), false, "usages" },
		{ "firefox-policy", STATES(T, T, T, N), false, "" },
		{ "firefox-policy", STATES(T, N, T, T), false, "usages" },
	};
	TRUST_AUTO(trust_cert) *root = load_cert("root.der");

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		const struct export_part part = {
			.cert = root,
			.friendly_name = "Root\nEvil",
			.states = rows[i].states,
			.has_distrust_after = { rows[i].dated },
		};
		EXPORT_AUTO_LOSSES losses = { 0 };
		TRUST_AUTO_BUFFER kinds;
		trust_buffer_init(&kinds, 1000);
		export_losses_find(export_format_by_name(rows[i].format), &part, 1, &losses);
		for (size_t k = 0; k < losses.count; k++) {
			trust_buffer_printf(&kinds, "%s%s", k > 0 ? " " : "", losses.list[k].kind);
			assert_int_equal(losses.list[k].count, 1);
			assert_non_null(strstr(losses.list[k].words, "'Root\\x0aEvil'"));
		}
		print_message("# row %zu: %s\n", i, rows[i].format);
		assert_string_equal(kinds.size > 0 ? (const char *)kinds.data : "", rows[i].want);
	}
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static void
encode_root(const char *format, struct trust_states states, struct trust_buffer *out)
{
	TRUST_AUTO(trust_cert) *root = load_cert("root.der");
	TRUST_AUTO(trust_secret) *password = trust_secret_new("changeit", 8);
	const struct export_part part = {
		.cert = root,
		.friendly_name = "Test Root",
		.states = states,
	};
	const struct export_request request = {
		.parts = &part,
		.count = 1,
		.password = password,
		.rounds = 2,
	};
	encode(format, &request, out);
}

static bool
holds(struct trust_bytes whole, const void *bytes, size_t size)
{
	return memmem(whole.data, whole.size, bytes, size) != NULL;
}

static void
openssls_extra_part_is_trust_reject_and_alias(void **state)
{
	static const uint8_t want[] = {
		0x30, 0x23,                                              /* aux */
		0x30, 0x0a, 0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 1,       /* trust */
		0xa0, 0x0a, 0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 4,       /* reject */
		0x0c, 0x09, 'T', 'e', 's', 't', ' ', 'R', 'o', 'o', 't', /* alias */
	};
	TRUST_AUTO(trust_cert) *root = load_cert("root.der");
	TRUST_AUTO_BUFFER out;
	uint8_t buffer[65536];

	(void)state;
	encode_root("openssl-trusted", (struct trust_states)STATES(T, N, D, N), &out);
	store("trusted.pem", &out);
	must("sed '1d;$d' trusted.pem | openssl base64 -d >trusted.bin");
	struct trust_bytes whole = load("trusted.bin", buffer);
	assert_int_equal(whole.size, root->der.size + sizeof want);
	assert_memory_equal(whole.data, root->der.data, root->der.size);
	assert_memory_equal(whole.data + root->der.size, want, sizeof want);
}

static void
jks_is_a_header_one_entry_and_a_keyed_digest(void **state)
{
	static const uint8_t head[] = { 0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0,
		2 };
	static const uint8_t type[] = { 0, 5, 'X', '.', '5', '0', '9' };
	TRUST_AUTO(trust_cert) *root = load_cert("root.der");
	TRUST_AUTO_BUFFER out;
	TRUST_AUTO_BUFFER again;

	(void)state;
	encode_root("jks", trust_states_all(T), &out);
	encode_root("jks", trust_states_all(T), &again);
	assert_memory_equal(out.data, head, sizeof head);
	assert_true(holds(trust_buffer_bytes(&out), type, sizeof type));
	assert_true(holds(trust_buffer_bytes(&out), root->der.data, root->der.size));
	assert_true(trust_bytes_equal(trust_buffer_bytes(&out), trust_buffer_bytes(&again)));
	store("t.jks", &out);
	must("size=$(($(stat -c %s t.jks) - 20))\n"
	     "{ printf changeit | iconv -t UTF-16BE; printf 'Mighty Aphrodite';"
	     "  head -c $size t.jks; } | openssl sha1 -binary >want\n"
	     "tail -c 20 t.jks | cmp - want");
}

static void
javas_pkcs12_marks_each_certificate_as_trusted(void **state)
{
	TRUST_AUTO_BUFFER out;

	(void)state;
	encode_root("java-p12", trust_states_all(T), &out);
	store("t.p12", &out);
	must("openssl pkcs12 -in t.p12 -passin pass:changeit -nokeys >bags && cat bags &&"
	     " grep -q '2.16.840.1.113894.746875.1.1: ' bags");
	must("keytool -list -keystore t.p12 -storepass changeit | grep -q trustedCertEntry");
}

static void
pkcs7_is_signed_data_of_nothing_by_nobody(void **state)
{
	TRUST_AUTO_BUFFER out;

	(void)state;
	encode_root("p7b", trust_states_all(U), &out);
	store("t.p7b", &out);
	must("openssl crl2pkcs7 -nocrl -certfile root.pem -outform DER | cmp - t.p7b");
}

/* ---- directories ----------------------------------------------------------------------------- */

static void
hashed_names_are_numbered_where_subjects_are_equal(void **state)
{
	TRUST_AUTO(trust_cert) *root = load_cert("root.der");
	TRUST_AUTO(trust_cert) *alice = load_cert("alice.der");
	const struct export_part parts[] = { { .cert = root }, { .cert = alice },
		{ .cert = root } };
	const struct export_request request = { .parts = parts, .count = 3 };
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	EXPORT_AUTO_FILES files = { 0 };
	uint8_t buffer[65536];

	(void)state;
	assert_true(export_format_by_name("openssl-dir")->encode_files(&request, &files, &error));
	must("for n in root alice; do openssl x509 -in $n.pem -noout -hash; done | tr -d '\\n' "
	     ">hash");
	struct trust_bytes want = load("hash", buffer);
	assert_int_equal(want.size, 16);
	assert_int_equal(files.count, 3);
	assert_memory_equal(files.list[0].name, want.data, 8);
	assert_memory_equal(files.list[1].name, want.data + 8, 8);
	assert_string_equal(files.list[0].name + 8, ".0");
	assert_string_equal(files.list[1].name + 8, ".0");
	assert_string_equal(files.list[2].name + 8, ".1");
}

/* export_save_files() is linked with this instead of the C library's. */
static bool no_replace_unknown; /* as on a file system that does not know RENAME_NOREPLACE */
static const char *appears;     /* a directory that somebody else makes meanwhile */

int
renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	if (appears && strcmp(to, appears) == 0)
		(void)mkdir(to, 0755);
	if (!no_replace_unknown)
		return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
	errno = EINVAL;
	return -1;
}

static const char *watched; /* a directory */
static bool is_synced;      /* it was, while "sub" was in it */

int
fsync(int fd)
{
	TRUST_AUTO_FREE char *sub = watched ? trust_printf("%s/sub", watched) : NULL;
	struct stat here;
	struct stat there;

	if (watched && fstat(fd, &here) == 0 && stat(watched, &there) == 0 &&
	    here.st_ino == there.st_ino && access(sub, F_OK) == 0)
		is_synced = true;
	return (int)syscall(SYS_fsync, fd);
}

static void
a_name_that_is_taken_meanwhile_is_left_alone(void **state)
{
	const struct export_files none = { 0 };

	(void)state;
	for (int unknown = 0; unknown < 2; unknown++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/taken%d", folder, unknown);
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		struct stat status;
		no_replace_unknown = unknown != 0;
		appears = path;
		assert_false(export_save_files(path, &none, false, &error));
		no_replace_unknown = false;
		appears = NULL;
		assert_non_null(strstr(error.message, "file exists"));
		assert_int_equal(stat(path, &status), 0);
		must("test -z \"$(find . -name '.trustctl-*')\"");
	}
}

struct two_files {
	struct export_file list[2];
	struct export_files files;
};

static void
make_two_files(struct two_files *two)
{
	*two = (struct two_files){
		.list = { { .name = trust_strdup("plain") },
		    { .name = trust_strdup("sub/key"), .secret = true } },
		.files = { .list = two->list, .count = 2 },
	};
	for (size_t i = 0; i < 2; i++) {
		trust_buffer_init(&two->list[i].bytes, 100);
		trust_buffer_append_text(&two->list[i].bytes, "content");
	}
}

static void
free_two_files(struct two_files *two)
{
	for (size_t i = 0; i < 2; i++) {
		trust_free(two->list[i].name);
		trust_buffer_done(&two->list[i].bytes);
	}
}

static void
a_new_subdirectory_of_an_old_directory_survives_a_power_failure(void **state)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/old", folder);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct two_files two;

	(void)state;
	must("mkdir old");
	make_two_files(&two);
	const struct export_files below = { .list = &two.list[1], .count = 1 };
	watched = path;
	assert_true(export_save_files(path, &below, false, &error));
	watched = NULL;
	assert_true(is_synced);
	free_two_files(&two);
	must("rm -r old");
}

static void
a_secret_does_not_go_into_a_subdirectory_of_another_user(void **state)
{
	static const struct {
		const char *make; /* what is in the directory before */
		const char *want;
	} rows[] = {
		{ "mkdir sub && chown 12345 sub", "/sub' belongs to another user" },
		{ "mkdir other && ln -s other sub && chown -h 12345 sub",
		    "/sub' is a symbolic link of another user" },
		{ "touch sub", "/sub': it is no directory" },
	};
	TRUST_AUTO_FREE char *path = trust_printf("%s/shared", folder);
	struct two_files two;

	(void)state;
	make_two_files(&two);
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO_FREE char *make =
		    trust_printf("rm -rf shared && mkdir shared && cd shared && %s", rows[i].make);
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		if (geteuid() != 0 && strstr(rows[i].make, "chown"))
			continue; /* only root can give something away */
		print_message("# %s\n", rows[i].make);
		must(make);
		assert_false(export_save_files(path, &two.files, true, &error));
		assert_non_null(strstr(error.message, rows[i].want));
		must("test -z \"$(find shared -name plain -o -name key)\"");
	}
	free_two_files(&two);
	must("rm -r shared");
}

static void
make_directory_with_a_secret(const char *name)
{
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", folder, name);
	TRUST_AUTO_FREE char *key = trust_printf("%s/sub/key", path);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct two_files two;
	struct stat status;

	make_two_files(&two);
	assert_true(export_save_files_check(path, true, &error));
	assert_true(export_save_files(path, &two.files, false, &error));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	assert_int_equal(stat(key, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_false(export_save_files(path, &two.files, false, &error));
	assert_int_equal(error.code, TRUST_REFUSED);
	trust_error_clear(&error);
	assert_true(export_save_files(path, &two.files, true, &error));
	assert_false(export_save_files(key, &two.files, true, &error)); /* a file */
	assert_int_equal(error.code, TRUST_OUTPUT);
	must(
	    "test -z \"$(find . -name '.trustctl-*')\" && test $(find made* -type f | wc -l) = 2 && "
	    "rm -r made*");
	free_two_files(&two);
}

static void
a_directory_with_a_secret_is_private_and_whole(void **state)
{
	(void)state;
	make_directory_with_a_secret("made");
}

static void
a_file_system_that_does_not_know_the_flag_gets_directories_too(void **state)
{
	(void)state;
	no_replace_unknown = true;
	make_directory_with_a_secret("made-otherwise");
	no_replace_unknown = false;
}

#define SOMEBODY 12345 /* a user that owns nothing */

/* 0: written, 1: refused, 2: the test itself failed. */
static int
save_as_somebody(const char *path)
{
	const struct export_files none = { 0 };
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	if (geteuid() == 0 &&
	    (setgroups(0, NULL) != 0 || setgid(SOMEBODY) != 0 || setuid(SOMEBODY) != 0))
		return 2;
	return export_save_files(path, &none, false, &error) ? 0 : 1;
}

static void
a_directory_is_written_into_one_that_may_not_be_listed(void **state)
{
	TRUST_AUTO_FREE char *parent = trust_printf("%s/drop-box", folder);
	TRUST_AUTO_FREE char *path = trust_printf("%s/made", parent);
	struct stat status;
	int result = -1;

	(void)state;
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(mkdir(parent, 0755), 0);
	assert_int_equal(chmod(parent, 0333), 0);
	pid_t child = fork();
	if (child == 0)
		_exit(save_as_somebody(path));
	assert_int_equal(waitpid(child, &result, 0), child);
	assert_true(WIFEXITED(result));
	assert_int_equal(WEXITSTATUS(result), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(chmod(parent, 0755), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trust_list_takes_what_is_trusted_for_the_usage),
		cmocka_unit_test(each_loss_is_told_by_its_kind),
		cmocka_unit_test(openssls_extra_part_is_trust_reject_and_alias),
		cmocka_unit_test(jks_is_a_header_one_entry_and_a_keyed_digest),
		cmocka_unit_test(javas_pkcs12_marks_each_certificate_as_trusted),
		cmocka_unit_test(pkcs7_is_signed_data_of_nothing_by_nobody),
		cmocka_unit_test(hashed_names_are_numbered_where_subjects_are_equal),
		cmocka_unit_test(a_new_subdirectory_of_an_old_directory_survives_a_power_failure),
		cmocka_unit_test(a_secret_does_not_go_into_a_subdirectory_of_another_user),
		cmocka_unit_test(a_directory_with_a_secret_is_private_and_whole),
		cmocka_unit_test(a_file_system_that_does_not_know_the_flag_gets_directories_too),
		cmocka_unit_test(a_name_that_is_taken_meanwhile_is_left_alone),
		cmocka_unit_test(a_directory_is_written_into_one_that_may_not_be_listed),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
