/* SPDX-License-Identifier: MPL-2.0 */
/* Decoding in a child process: what comes back, who is asked for passwords, and children that
 * crash, hang, eat memory or lie. */

#include <fcntl.h>

#include "import/answer.h"
#include "import/child.h"
#include "tests/unit/import_files.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

static const char fixtures[] =
    "openssl ecparam -name prime256v1 -genkey -noout -out a.key\n"
    "openssl req -new -x509 -key a.key -subj /CN=a -days 9 -out a.pem\n"
    "p12() { openssl pkcs12 -export -iter 2 -inkey a.key -in a.pem -name Alice \"$@\"; }\n"
    "p12 -passout pass:secret >a.p12\n"
    "p12 -passout pass: >empty.p12\n"
    "{ cat a.pem a.key; printf -- '-----BEGIN X-----\\n-----END X-----\\n-----BEGIN Y-----\\n'; "
    "} >all.pem\n";

/* ---- asking -------------------------------------------------------------------------------- */

/* Answers in order; NULL: there is none to be had. */
struct script {
	const char *answers[4];
	unsigned asked;
};

static struct trust_secret *
answer(void *context, enum trust_password_for what, const char *subject, unsigned attempt)
{
	struct script *script = context;
	const char *text = script->answers[script->asked];

	assert_int_equal(what, TRUST_PASSWORD_FILE);
	assert_string_equal(subject, "dir/my.p12");
	assert_int_equal(attempt, script->asked);
	script->asked++;
	return text ? trust_secret_new(text, strlen(text)) : NULL;
}

static const struct {
	const char *sentence;
	const char *file;
	struct script script;
	unsigned want_asked;
	enum trust_code want_code;
	const char *want_words;
} asking[] = {
	{ "a certificate needs no password", "a.pem", .want_asked = 0 },
	{ "the empty password is found without asking", "empty.p12", .want_asked = 0 },
	{ "the right password", "a.p12", .script.answers = { "secret" }, .want_asked = 1 },
	{ "the right password at last", "a.p12", .script.answers = { "wrong", "", "secret" },
	    .want_asked = 3 },
	{ "three wrong ones", "a.p12", .script.answers = { "a", "b", "c", "secret" },
	    .want_asked = 3, .want_code = TRUST_INPUT_PASSWORD,
	    .want_words = "'dir/my.p12': wrong password" },
	{ "none to be had", "a.p12", .script.answers = { NULL }, .want_asked = 1,
	    .want_code = TRUST_INPUT_PASSWORD, .want_words = "'dir/my.p12': it needs a password" },
	{ "none after a wrong one", "a.p12", .script.answers = { "wrong", NULL }, .want_asked = 2,
	    .want_code = TRUST_INPUT_PASSWORD, .want_words = "wrong password" },
};

static void
passwords_are_asked_for_at_most_three_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(asking); i++) {
		TRUST_AUTO(trust_secret) *bytes = load(asking[i].file);
		TRUST_AUTO(import_file) *file = NULL;
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		struct script script = asking[i].script;
		const struct trust_asker asker = { .ask = answer, .context = &script };

		print_message("# %s\n", asking[i].sentence);
		bool good = import_decode("dir/my.p12", view(bytes), &asker, &file, &error);
		assert_int_equal(script.asked, asking[i].want_asked);
		assert_int_equal(error.code, asking[i].want_code);
		assert_true(good == (asking[i].want_code == TRUST_OK));
		if (!good)
			assert_non_null(strstr(error.message, asking[i].want_words));
	}
}

static void
how_a_file_is_protected_is_known_without_its_password(void **state)
{
	TRUST_AUTO(trust_secret) *closed = load("a.p12");
	TRUST_AUTO(trust_secret) *open = load("a.pem");
	TRUST_AUTO(import_file) *survey = import_survey("a.pem", view(open));

	(void)state;
	assert_null(survey->protection);
	assert_int_equal(survey->count, 1);
	import_file_free(survey);
	survey = import_survey("a.p12", view(closed));
	assert_int_equal(survey->count, 0);
	assert_non_null(
	    strstr(survey->protection, "MAC SHA-256 with 2 rounds; contents AES-256-CBC"));
}

/* ---- what comes back ------------------------------------------------------------------------ */

static void
assert_same_text(const char *a, const char *b)
{
	assert_true(!a == !b);
	if (a)
		assert_string_equal(a, b);
}

static void
assert_same_parts(const struct import_file *a, const struct import_file *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct import_part *x = &a->parts[i];
		const struct import_part *y = &b->parts[i];
		assert_int_equal(x->kind, y->kind);
		assert_int_equal(x->code, y->code);
		assert_int_equal(x->cert_index, y->cert_index);
		assert_same_text(x->friendly_name, y->friendly_name);
		assert_same_text(x->key_words, y->key_words);
		assert_same_text(x->where, y->where);
		assert_same_text(x->reason, y->reason);
		if (x->cert)
			assert_memory_equal(x->cert->id, y->cert->id, sizeof x->cert->id);
		if (x->pkcs8)
			assert_true(trust_bytes_equal(view(x->pkcs8), view(y->pkcs8)));
	}
}

static void
the_child_tells_what_decoding_here_tells(void **state)
{
	static const char *const names[] = { "all.pem", "empty.p12", "a.key" };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		TRUST_AUTO(trust_secret) *bytes = load(names[i]);
		TRUST_AUTO(import_file) *here = NULL;
		TRUST_AUTO(import_file) *there = NULL;
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		assert_true(import_decode_here("-", view(bytes), NULL, &here, &error));
		assert_true(import_decode("-", view(bytes), NULL, &there, &error));
		assert_string_equal(there->name, "standard input");
		assert_string_equal(there->format, here->format);
		assert_memory_equal(there->digest, here->digest, sizeof here->digest);
		assert_same_text(there->protection, here->protection);
		assert_int_equal(there->note_count, here->note_count);
		assert_same_parts(here, there);
	}
}

static void
put_answer(const char *name, struct trust_buffer *out)
{
	TRUST_AUTO(trust_secret) *bytes = load(name);
	TRUST_AUTO(import_file) *file = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	trust_buffer_init_secret(out, 1 << 20);
	assert_true(decode(view(bytes), NULL, &file, &error));
	import_answer_put(out, file, &error);
}

static bool
reads(const uint8_t *bytes, size_t size)
{
	TRUST_AUTO_FREE uint8_t *copy = trust_memdup(bytes, size);
	TRUST_AUTO(import_file) *file = trust_alloc(sizeof *file);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	bool good = import_answer_read((struct trust_bytes){ copy, size }, file, &error);

	assert_true(good == (error.code == TRUST_OK));
	return good;
}

static void
an_answer_that_is_cut_or_changed_is_no_danger(void **state)
{
	static const uint8_t differences[] = { 0x01, 0x80, 0xff };
	TRUST_AUTO_BUFFER out;

	(void)state;
	put_answer("all.pem", &out);
	assert_true(reads(out.data, out.size));
	for (size_t size = 0; size < out.size; size++)
		assert_false(reads(out.data, size));
	for (size_t i = 0; i < out.size; i++)
		for (size_t k = 0; k < TRUST_COUNT(differences); k++) {
			out.data[i] ^= differences[k];
			(void)reads(out.data, out.size);
			out.data[i] ^= differences[k];
		}
}

/* ---- bad children --------------------------------------------------------------------------- */

static void
say_hello(void *context, struct trust_buffer *out)
{
	*(bool *)context = true; /* in its own copy of our memory */
	trust_buffer_append_text(out, "hello");
}

static void
crash(void *context, struct trust_buffer *out)
{
	(void)context;
	(void)out;
	abort();
}

static void
leave(void *context, struct trust_buffer *out)
{
	(void)context;
	(void)out;
	_exit(3);
}

static void
hang(void *context, struct trust_buffer *out)
{
	volatile bool for_ever = true;

	(void)context;
	(void)out;
	while (for_ever)
		;
}

static void
eat_memory(void *context, struct trust_buffer *out)
{
	(void)context;
	for (size_t i = 0; i < 1024; i++)
		trust_buffer_append(out, trust_alloc((size_t)1 << 20), 1);
}

static void
talk_too_much(void *context, struct trust_buffer *out)
{
	(void)context;
	out->limit = 4;
	trust_buffer_append_text(out, "hello");
}

static const struct {
	const char *sentence;
	void (*work)(void *context, struct trust_buffer *out);
	bool not_sanitized;
	enum trust_code want_code;
	const char *want_words;
} bad_children[] = {
	{ "it crashes", crash, false, TRUST_BUG,
	    "'f.p12': the process that decodes it was killed" },
	{ "it leaves", leave, false, TRUST_BUG, "'f.p12': the process that decodes it ended" },
	{ "it hangs", hang, false, TRUST_INPUT_LIMIT, "'f.p12': decoding it took more than 1 s" },
	{ "it eats memory", eat_memory, true, TRUST_INPUT_LIMIT, "takes more than 256 MiB" },
	{ "it talks too much", talk_too_much, false, TRUST_INPUT_LIMIT,
	    "more than can be handled" },
};

static struct trust_child
child_of(void (*work)(void *context, struct trust_buffer *out), void *context)
{
	return (struct trust_child){
		.work = work,
		.context = context,
		.wait_ms = IMPORT_CHILD_WAIT_MS(1),
		.seconds = 1,
		.memory = (size_t)256 << 20,
	};
}

static void
a_bad_child_gives_a_true_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(bad_children); i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		struct trust_buffer out = { 0 };
		const struct trust_child child = child_of(bad_children[i].work, NULL);

		if (SANITIZED && bad_children[i].not_sanitized)
			continue;
		print_message("# %s\n", bad_children[i].sentence);
		assert_false(import_child_run(&child, "f.p12", &out, &error));
		print_message("# %s\n", error.message);
		assert_int_equal(error.code, bad_children[i].want_code);
		assert_non_null(strstr(error.message, bad_children[i].want_words));
		assert_string_equal(error.subject, "f.p12");
	}
}

static void
a_good_child_says_one_thing_and_changes_nothing(void **state)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	bool changed = false;
	const struct trust_child child = child_of(say_hello, &changed);
	TRUST_AUTO_BUFFER out = { 0 };

	(void)state;
	assert_true(import_child_run(&child, "f", &out, &error));
	assert_string_equal((char *)out.data, "hello");
	assert_false(changed);
}

static void
try_to_open(void *context, struct trust_buffer *out)
{
	(void)context;
	trust_buffer_append_text(out, open("/etc/hostname", O_RDONLY) < 0 ? "no" : "opened");
}

static void
try_to_fork(void *context, struct trust_buffer *out)
{
	(void)context;
	trust_buffer_append_text(out, fork() < 0 ? "no" : "forked");
}

static void
a_child_opens_and_starts_nothing(void **state)
{
	void (*const works[])(void *, struct trust_buffer *) = { try_to_open, try_to_fork };

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(works) && !SANITIZED; i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		TRUST_AUTO_BUFFER out = { 0 };
		const struct trust_child child = child_of(works[i], NULL);
		assert_true(import_child_run(&child, "f", &out, &error));
		assert_string_equal((char *)out.data, "no");
	}
}

static int
make_folder(void **state)
{
	(void)state;
	return make_folder_with("", fixtures);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passwords_are_asked_for_at_most_three_times),
		cmocka_unit_test(how_a_file_is_protected_is_known_without_its_password),
		cmocka_unit_test(the_child_tells_what_decoding_here_tells),
		cmocka_unit_test(an_answer_that_is_cut_or_changed_is_no_danger),
		cmocka_unit_test(a_bad_child_gives_a_true_error),
		cmocka_unit_test(a_good_child_says_one_thing_and_changes_nothing),
		cmocka_unit_test(a_child_opens_and_starts_nothing),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
