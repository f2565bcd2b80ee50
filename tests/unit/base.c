/* SPDX-License-Identifier: MPL-2.0 */
/* Memory, bytes, buffers and secrets. */

#include "core/base.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/buffer.h"
#include "core/hash.h"
#include "core/secret.h"

#define B(text)                                                                                    \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

static void
bytes_are_ordered_by_content_then_by_length(void **state)
{
	static const struct {
		const char *sentence;
		struct trust_bytes a;
		struct trust_bytes b;
		int want;
	} rows[] = {
		{ "both empty", { NULL, 0 }, { NULL, 0 }, 0 },
		{ "empty, of whatever address", { NULL, 0 }, B(""), 0 },
		{ "one empty", { NULL, 0 }, B("a"), -1 },
		{ "equal", B("ab"), B("ab"), 0 },
		{ "less", B("aa"), B("ab"), -1 },
		{ "a beginning", B("a"), B("ab"), -1 },
		{ "longer but less", B("abc"), B("b"), -1 },
		{ "bytes are not signed", B("\x7f"), B("\x80"), -1 },
		{ "NUL is a byte", B("a\0a"), B("a\0b"), -1 },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		int forward = trust_bytes_compare(rows[i].a, rows[i].b);
		int backward = trust_bytes_compare(rows[i].b, rows[i].a);
		print_message("# %s\n", rows[i].sentence);
		assert_int_equal((forward > 0) - (forward < 0), rows[i].want);
		assert_int_equal((backward > 0) - (backward < 0), -rows[i].want);
		assert_int_equal(trust_bytes_equal(rows[i].a, rows[i].b), rows[i].want == 0);
	}
}

static void
memory_is_zeroed_and_never_missing(void **state)
{
	TRUST_AUTO_FREE uint8_t *bytes = trust_alloc(100);
	TRUST_AUTO_FREE uint8_t *none = trust_alloc(0);
	TRUST_AUTO_FREE uint8_t *array = trust_alloc_array(0, 0);
	TRUST_AUTO_FREE uint8_t *copy = trust_memdup(NULL, 0);
	TRUST_AUTO_FREE uint8_t *grown = trust_grow_array(NULL, 0, 0);
	TRUST_AUTO_FREE char *text = trust_strdup("text");

	(void)state;
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(bytes[i], 0);
	assert_non_null(none);
	assert_non_null(array);
	assert_non_null(copy);
	assert_non_null(grown);
	assert_string_equal(text, "text");
	assert_null(trust_strdup(NULL));
	trust_free(NULL);
}

static const char *expected_words;

static void
last_words(const char *why)
{
	exit(strcmp(why, expected_words) == 0
		? 70
		: 1); /* not _exit(): what was measured of the child is kept */
}

/* Through a volatile, so that the compiler does not see that it cannot work. */
static volatile size_t far_too_much = SIZE_MAX / 2;

static void
allocate_far_too_much(void)
{
	void *memory = trust_alloc_array(far_too_much, 3);
	_exit(memory ? 1 : 2);
}

static int
status_of_child(void (*work)(void), void (*handler)(const char *why))
{
	int status = 0;
	fflush(NULL);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(nowhere, 2); /* what a sanitizer says of it */
		signal(SIGABRT, SIG_DFL);
		trust_set_last_words(handler);
		work();
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
when_memory_is_out_the_handler_has_the_last_word(void **state)
{
	(void)state;
#ifndef __SANITIZE_ADDRESS__ /* it has words of its own */
	expected_words = "out of memory";
	int handled = status_of_child(allocate_far_too_much, last_words);
	int aborted = status_of_child(allocate_far_too_much, NULL);
	assert_true(WIFEXITED(handled));
	assert_int_equal(WEXITSTATUS(handled), 70);
	assert_true(WIFSIGNALED(aborted));
	assert_int_equal(WTERMSIG(aborted), SIGABRT);
#else
	(void)allocate_far_too_much;
#endif
}

/* What the program is linked with instead of the C library's: half of what is wanted, after an
 * interruption; nothing where it is forbidden. */
static bool random_forbidden;
static unsigned random_calls;

ssize_t
getrandom(void *bytes, size_t size, unsigned flags)
{
	(void)flags;
	if (random_forbidden || random_calls++ % 2 == 0) {
		errno = random_forbidden ? EPERM : EINTR;
		return -1;
	}
	memset(bytes, 'r', (size + 1) / 2);
	return (ssize_t)((size + 1) / 2);
}

static void
want_random(void)
{
	uint8_t bytes[16];

	random_forbidden = true;
	trust_random(bytes, sizeof bytes);
}

static void
random_bytes_come_whole_or_the_handler_has_the_last_word(void **state)
{
	uint8_t bytes[17] = { 0 };

	(void)state;
	trust_random(bytes, 16);
	assert_memory_equal(bytes, "rrrrrrrrrrrrrrrr", sizeof bytes);
	assert_int_equal(random_calls, 10); /* 8, 4, 2, 1 and 1 */
	expected_words = "the system gives no random bytes";
	int handled = status_of_child(want_random, last_words);
	assert_true(WIFEXITED(handled));
	assert_int_equal(WEXITSTATUS(handled), 70);
}

static void
hexadecimal_comes_in_two_spellings(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x0f, 0xa0, 0xff };
	TRUST_AUTO_FREE char *plain = trust_hex(bytes, sizeof bytes);
	TRUST_AUTO_FREE char *colons = trust_hex_colons(bytes, sizeof bytes);
	TRUST_AUTO_FREE char *none = trust_hex_colons(NULL, 0);

	(void)state;
	assert_string_equal(plain, "000fa0ff");
	assert_string_equal(colons, "00:0F:A0:FF");
	assert_string_equal(none, "");
}

static void
stealing_leaves_nothing_behind(void **state)
{
	char *text = trust_strdup("x");
	TRUST_AUTO_FREE char *taken = trust_steal(&text);

	(void)state;
	assert_null(text);
	assert_string_equal(taken, "x");
}

static int scope_descriptor;

static void
open_and_leave(void)
{
	TRUST_AUTO_FD int none = -1;
	TRUST_AUTO_FD int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)none;
	assert_true(fd >= 0);
	scope_descriptor = fd;
}

static void
descriptors_are_closed_with_their_scope(void **state)
{
	(void)state;
	open_and_leave();
	assert_int_equal(fcntl(scope_descriptor, F_GETFD), -1);
}

static volatile sig_atomic_t interruptions;

static void
count_interruption(int number)
{
	(void)number;
	interruptions++;
}

/* What comes out of the pipe is counted, after the writer was made to wait. */
static pid_t
start_reader(const int pipe_fds[2], size_t wanted)
{
	fflush(NULL);
	pid_t pid = fork();

	if (pid == 0) {
		uint8_t bytes[4096];
		size_t total = 0;
		ssize_t got = 0;
		close(pipe_fds[1]);
		usleep(50 * 1000);
		while ((got = read(pipe_fds[0], bytes, sizeof bytes)) > 0)
			total += (size_t)got;
		_exit(got == 0 && total == wanted ? 0 : 1);
	}
	return pid;
}

static void
what_is_written_in_pieces_is_written_whole(void **state)
{
	const size_t size = 1024 * 1024;
	TRUST_AUTO_FREE uint8_t *bytes = trust_alloc(size);
	const struct sigaction counting = { .sa_handler = count_interruption }; /* no restart */
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
	const struct itimerval never = { 0 };
	int pipe_fds[2];
	int status = -1;

	(void)state;
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	pid_t reader = start_reader(pipe_fds, size);
	assert_true(reader > 0);
	assert_int_equal(sigaction(SIGALRM, &counting, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	bool good = trust_write_all(pipe_fds[1], bytes, size);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	assert_int_equal(waitpid(reader, &status, 0), reader);
	signal(SIGALRM, SIG_DFL);
	assert_true(good);
	assert_int_equal(status, 0);
	assert_true(interruptions > 0);
}

static void
what_is_written_in_part_fails_with_the_cause(void **state)
{
	static const uint8_t bytes[100];
	char name[] = "/tmp/trustctl-base-XXXXXX";
	TRUST_AUTO_FD int fd = mkstemp(name);
	TRUST_AUTO_FD int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct rlimit limit;

	(void)state;
	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	const struct rlimit small = { sizeof bytes - 1, limit.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	errno = 0;
	bool good = trust_write_all(fd, bytes, sizeof bytes);
	int cause = errno;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_false(good);
	assert_int_equal(cause, EFBIG);
	assert_int_equal(lseek(fd, 0, SEEK_END), sizeof bytes - 1);
	assert_true(full >= 0);
	assert_false(trust_write_all(full, bytes, 1));
	assert_int_equal(errno, ENOSPC);
	assert_true(trust_write_all(full, NULL, 0));
}

/* ---- buffers ------------------------------------------------------------------------------- */

static void
a_buffer_grows_up_to_its_limit(void **state)
{
	for (unsigned secret = 0; secret < 2; secret++) {
		TRUST_AUTO_BUFFER buffer;
		(void)state;
		if (secret)
			trust_buffer_init_secret(&buffer, 1000);
		else
			trust_buffer_init(&buffer, 1000);
		assert_string_equal((char *)buffer.data, "");
		for (unsigned i = 0; i < 100; i++)
			trust_buffer_printf(&buffer, "%010u", i);
		assert_int_equal(buffer.size, 1000);
		assert_false(buffer.overflow);
		assert_memory_equal(buffer.data + 990, "0000000099", 11);
		trust_buffer_append(&buffer, NULL, 0);
		assert_false(buffer.overflow);
		trust_buffer_append_text(&buffer, "x");
		assert_true(buffer.overflow);
		assert_int_equal(trust_buffer_bytes(&buffer).size, 1000);
		assert_int_equal(buffer.data[1000], '\0');
		trust_buffer_clear(&buffer);
		assert_false(buffer.overflow);
		assert_string_equal((char *)buffer.data, "");
		trust_buffer_append_text(&buffer, "again");
		TRUST_AUTO_FREE char *taken = trust_buffer_take(&buffer);
		assert_string_equal(taken, "again");
		assert_string_equal((char *)buffer.data, "");
		assert_int_equal(buffer.limit, 1000);
		assert_int_equal(buffer.secret, secret);
	}
}

static void
an_overflowed_buffer_takes_nothing_more(void **state)
{
	TRUST_AUTO_BUFFER buffer;

	(void)state;
	trust_buffer_init(&buffer, 4);
	trust_buffer_append_text(&buffer, "abc");
	trust_buffer_append_text(&buffer, "de");
	trust_buffer_append_text(&buffer, "f"); /* would fit, but has no place any more */
	assert_true(buffer.overflow);
	assert_string_equal((char *)buffer.data, "abc");
	trust_buffer_append(&buffer, "", SIZE_MAX);
	assert_int_equal(buffer.size, 3);
}

static int
append(const char *path, size_t limit, struct trust_buffer *ret_buffer)
{
	TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_NONBLOCK);

	trust_buffer_init_secret(ret_buffer, limit);
	trust_buffer_append_text(ret_buffer, "a");
	return trust_buffer_append_file(ret_buffer, fd);
}

static void
a_file_is_appended_whole_up_to_the_limit(void **state)
{
	static const char text[40000] = "text";
	char path[] = "/tmp/trustctl-buffer-XXXXXX";
	TRUST_AUTO_FD int file = mkstemp(path);
	(void)state;

	assert_true(file >= 0);
	assert_int_equal(write(file, text, sizeof text), sizeof text);
	for (size_t limit = sizeof text; limit < sizeof text + 3; limit++) {
		TRUST_AUTO_BUFFER buffer;
		bool fits = limit > sizeof text;
		assert_int_equal(append(path, limit, &buffer), fits ? 0 : EFBIG);
		assert_int_equal(buffer.overflow, !fits);
		if (fits)
			assert_memory_equal(buffer.data + 1, text, sizeof text);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	for (unsigned i = 0; i < 3; i++) {
		const char *const others[] = { path, "/tmp", "/nowhere" };
		TRUST_AUTO_BUFFER buffer;
		assert_int_equal(append(others[i], 10, &buffer), i < 2 ? EINVAL : EBADF);
		assert_int_equal(buffer.size, 1);
	}
	assert_int_equal(unlink(path), 0);
}

static void
a_secret_buffer_that_is_cleared_is_zero_and_costs_what_was_in_it(void **state)
{
	static uint8_t bytes[4 * 1024 * 1024];
	TRUST_AUTO_BUFFER buffer;

	(void)state;
	memset(bytes, 'x', sizeof bytes);
	trust_buffer_init_secret(&buffer, 2 * sizeof bytes);
	clock_t began = clock();
	for (size_t i = 0; i < 300000; i++) {
		trust_buffer_append(&buffer, bytes, i == 0 ? sizeof bytes : i % 100);
		trust_buffer_clear(&buffer);
	}
	/* Zeroing all of its room each time takes 10 s or more. */
	assert_true(clock() - began < 4 * CLOCKS_PER_SEC);
	for (size_t i = 0; i < buffer.capacity; i++)
		assert_int_equal(buffer.data[i], 0);
}

/* ---- secrets and hashes -------------------------------------------------------------------- */

static void
a_secret_is_copied_with_a_nul_behind(void **state)
{
	TRUST_AUTO(trust_secret) *secret = trust_secret_new("pass\0word", 9);
	TRUST_AUTO(trust_secret) *copy = trust_secret_copy(secret);
	TRUST_AUTO(trust_secret) *empty = trust_secret_new(NULL, 0);
	TRUST_AUTO(trust_secret) *sized = trust_secret_sized(3);
	TRUST_AUTO(trust_secret) *none = trust_secret_copy(NULL);

	(void)state;
	assert_null(none);
	assert_int_equal(copy->size, 9);
	assert_memory_equal(copy->bytes, "pass\0word", 10);
	assert_ptr_not_equal(copy->bytes, secret->bytes);
	assert_int_equal(empty->size, 0);
	assert_string_equal((char *)empty->bytes, "");
	assert_int_equal(sized->size, 3);
	assert_memory_equal(sized->bytes, "\0\0\0", 4);
}

/* Do the flags of the mapping that holds `address` say that it is locked? */
static bool
is_locked(const void *address)
{
	FILE *maps = fopen("/proc/self/smaps", "re");
	char line[512];
	bool here = false;
	bool locked = false;

	assert_non_null(maps);
	while (fgets(line, sizeof line, maps)) {
		unsigned long from;
		unsigned long to;
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = (uintptr_t)address >= from && (uintptr_t)address < to;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			locked = strstr(line, " lo") != NULL;
	}
	fclose(maps);
	return locked;
}

static void
a_secret_is_not_swapped_out(void **state)
{
	struct rlimit most;

	(void)state;
	if (TRUST_SANITIZED || getrlimit(RLIMIT_MEMLOCK, &most) != 0 || most.rlim_cur < 65536)
		return; /* the sanitizers lock nothing */
	TRUST_AUTO(trust_secret) *secret = trust_secret_new("password", 8);
	assert_true(is_locked(secret->bytes));
	TRUST_AUTO_BUFFER buffer;
	trust_buffer_init_secret(&buffer, 9000);
	for (unsigned i = 0; i < 9000; i++)
		trust_buffer_append(&buffer, "x", 1);
	assert_true(is_locked(buffer.data));
	assert_true(is_locked(buffer.data + buffer.size - 1));
}

static void
hashes_are_those_of_the_standard(void **state)
{
	uint8_t sha1[TRUST_SHA1_BYTES];
	uint8_t sha256[TRUST_SHA256_BYTES];

	(void)state;
	trust_sha1((const uint8_t *)"abc", 3, sha1);
	trust_sha256((const uint8_t *)"abc", 3, sha256);
	TRUST_AUTO_FREE char *one = trust_hex(sha1, sizeof sha1);
	TRUST_AUTO_FREE char *two = trust_hex(sha256, sizeof sha256);
	assert_string_equal(one, "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_string_equal(
	    two, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	uint8_t md5[TRUST_MD5_BYTES];
	trust_md5((const uint8_t *)"abc", 3, md5);
	TRUST_AUTO_FREE char *three = trust_hex(md5, sizeof md5);
	assert_string_equal(three, "900150983cd24fb0d6963f7d28e17f72");
	trust_sha256(NULL, 0, sha256);
	assert_int_equal(sha256[0], 0xe3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_ordered_by_content_then_by_length),
		cmocka_unit_test(memory_is_zeroed_and_never_missing),
		cmocka_unit_test(when_memory_is_out_the_handler_has_the_last_word),
		cmocka_unit_test(random_bytes_come_whole_or_the_handler_has_the_last_word),
		cmocka_unit_test(hexadecimal_comes_in_two_spellings),
		cmocka_unit_test(stealing_leaves_nothing_behind),
		cmocka_unit_test(descriptors_are_closed_with_their_scope),
		cmocka_unit_test(what_is_written_in_pieces_is_written_whole),
		cmocka_unit_test(what_is_written_in_part_fails_with_the_cause),
		cmocka_unit_test(a_buffer_grows_up_to_its_limit),
		cmocka_unit_test(an_overflowed_buffer_takes_nothing_more),
		cmocka_unit_test(a_file_is_appended_whole_up_to_the_limit),
		cmocka_unit_test(a_secret_buffer_that_is_cleared_is_zero_and_costs_what_was_in_it),
		cmocka_unit_test(a_secret_is_copied_with_a_nul_behind),
		cmocka_unit_test(a_secret_is_not_swapped_out),
		cmocka_unit_test(hashes_are_those_of_the_standard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
