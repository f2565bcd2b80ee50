/* SPDX-License-Identifier: MPL-2.0 */
/* Configuration profiles: what is taken, what is ignored, and hostile property lists. */

#include "tests/unit/import_files.h"

static const char lib[] =
    "b64() { openssl x509 -in $1.pem -outform DER | base64; }\n"
    "head_() { echo '<?xml version=\"1.0\" encoding=\"UTF-8\"?>'\n"
    "  echo '<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\"'\n"
    "  echo '\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\"><plist version=\"1.0\"><dict>'\n"
    "  echo '<key>PayloadType</key><string>Configuration</string>'\n"
    "  echo '<key>PayloadDisplayName</key><string>Acme &amp; Sons</string>'\n"
    "  echo '<key>PayloadContent</key><array>'; }\n"
    "tail_() { echo '</array></dict></plist>'; }\n"
    "payload() { echo '<dict><key>PayloadType</key><string>com.apple.'$1'</string>'\n"
    "  echo '<key>PayloadDisplayName</key><string>'$2'</string>'\n"
    "  echo '<key>PayloadContent</key><data>'; cat; echo '</data>'$3'</dict>'; }\n"
    "root() { head_; b64 a | payload security.root Root; tail_; }\n"
    "sign() { openssl cms -sign -nodetach -binary -outform DER -signer b.pem -inkey b.key \"$@\"; "
    "}\n"
    "commented() { root | sed \"s/^<!DOCTYPE/<!--$(printf %05000d 0)-->&/\"; }\n"
    "two_identities() { head_\n"
    "  base64 a.p12 | payload security.pkcs12 A '<key>Password</key><string>secret</string>'\n"
    "  base64 a.pem | payload security.pkcs12 B '<key>Password</key><string>other</string>' |\n"
    "    sed 's/data>/string>/'; tail_; }\n"
    "nest() { head -c $1 /dev/zero | sed 's/\\x0/<array>/g'; }\n";
static const char fixtures[] =
    "for n in a b; do openssl req -x509 -newkey rsa:2048 -nodes \\\n"
    "  -keyout $n.key -out $n.pem -days 900 -subj /CN=$n; done\n"
    "openssl pkcs12 -export -inkey a.key -in a.pem -passout pass:secret -out a.p12\n"
    "openssl pkcs12 -export -inkey b.key -in b.pem -passout pass:other -out b.p12\n"
    "root >root.mobileconfig\n"
    "{ head_; b64 a | payload security.root Root; base64 b.pem | payload security.pem Pem\n"
    "  base64 a.p12 | payload security.pkcs12 Me '<key>Password</key><string>secret</string>'\n"
    "  : | payload wifi.managed WLAN; tail_; } >all.mobileconfig\n"
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout e.key \\\n"
    "  -out e.pem -days 900 -subj /CN=e\n"
    "sign <root.mobileconfig >signed.mobileconfig\n";

static const struct good_row valid[] = {
	{ "a root", "cat root.mobileconfig", .want_parts = "C",
	    .want_reason = "payload 1 'Root', certificate 1: good", .want_note = "is not signed" },
	{ "PEM and PKCS #1 payloads",
	    "head_; base64 b.pem | payload security.pem P; b64 a | payload security.pkcs1 Q; tail_",
	    .want_parts = "CC" },
	{ "an identity with a password that is given", "cat all.mobileconfig", "secret",
	    .want_parts = "CCCKS", .want_reason = "com.apple.wifi.managed: ignored" },
	{ "a signed profile", "cat signed.mobileconfig", .want_parts = "C",
	    .want_note = "signed by 'b'" },
	{ "a profile signed without attributes", "sign -noattr <root.mobileconfig",
	    .want_parts = "C", .want_note = "the signature is good" },
	{ "a profile signed with PSS", "sign -keyopt rsa_padding_mode:pss <root.mobileconfig",
	    .want_parts = "C", .want_note = "the signature is good" },
	{ "a profile signed with EC",
	    "openssl cms -sign -nodetach -binary -outform DER -signer e.pem -inkey e.key "
	    "<root.mobileconfig",
	    .want_parts = "C", .want_note = "the signature is good" },
	{ "a profile signed by a key identifier with SHA-512",
	    "sign -keyid -md sha512 <root.mobileconfig", .want_parts = "C",
	    .want_note = "the signature is good" },
	{ "a signed profile as PEM", "sign -outform PEM <root.mobileconfig; cat b.pem",
	    .want_parts = "CC",
	    .want_reason = "block 1, line 1, payload 1 'Root', certificate 1: good",
	    .want_note = "the signature is good" },
	{ "a signed profile as a PKCS7 block",
	    "sign -outform PEM <root.mobileconfig | sed 's/ CMS-/ PKCS7-/'", .want_parts = "C",
	    .want_note = "the signature is good" },
	{ "an identity in a signed profile as PEM", "sign -outform PEM <all.mobileconfig", "secret",
	    .want_parts = "CCCKS", .want_note = "the signature is good" },
	{ "a signed profile with a long comment at its start", "commented | sign",
	    .want_parts = "C", .want_note = "the signature is good" },
	{ "a profile with a long comment at its start", "commented", .want_parts = "C" },
	{ "a profile in UTF-16", "root | sed s/UTF-8/UTF-16/ | iconv -t UTF-16", .want_parts = "C",
	    .want_note = "is not signed" },
	{ "a profile in UTF-16 that says it is UTF-8",
	    "{ printf '\\376\\377'; root | iconv -t UTF-16BE; }", .want_parts = "C" },
	{ "a signed profile in UTF-16", "root | iconv -t UTF-16 | sign", .want_parts = "C",
	    .want_note = "the signature is good" },
	{ "a profile without the signer's certificate", "sign -nocerts <root.mobileconfig",
	    .want_parts = "C", .want_note = "was not checked" },
};

static const struct good_row accepted_though_wrong[] = {
	{ "a payload that is no certificate",
	    "head_; b64 a | payload security.root R; echo AAAA | payload security.root S; tail_",
	    .want_parts = "CR", .want_reason = "payload 2 'S'" },
	{ "a byte order mark", "printf '\\357\\273\\277'; cat root.mobileconfig",
	    .want_parts = "C" },
	{ "a payload of text instead of data",
	    "head_; b64 a | payload security.root R; b64 b | payload security.root S | "
	    "sed 's/data>/string>/'; tail_",
	    .want_parts = "CR", .want_reason = "it has to be base64 in <data>" },
	{ "two identities with their passwords", "two_identities", "secret", .want_parts = "CKR",
	    .want_note = "the passwords of its identities in the clear (payload 1 'A', payload 2 "
			 "'B'): whoever has the file has the private keys" },
	{ "a payload that is no dictionary",
	    "head_; b64 a | payload security.root R; echo '<string>x</string>'; tail_",
	    .want_parts = "CR" },
};

static const struct bad_row rejected[] = {
	{ "a changed profile", "sed s/Acme/Evil/ signed.mobileconfig", NULL, TRUST_INPUT_MALFORMED,
	    "was changed since 'b' signed it" },
	{ "a changed profile as PEM",
	    "echo -----BEGIN CMS-----; sed s/Acme/Evil/ signed.mobileconfig | base64; "
	    "echo -----END CMS-----",
	    NULL, TRUST_INPUT_MALFORMED, "was changed since 'b' signed it" },
	{ "a signed binary property list", "printf 'bplist00....' | sign", NULL,
	    TRUST_INPUT_UNSUPPORTED, "a binary property list" },
	{ "an identity without password", "cat all.mobileconfig", NULL, TRUST_INPUT_PASSWORD,
	    "in the profile itself" },
	{ "entities",
	    "echo '<?xml version=\"1.0\"?><!DOCTYPE plist [<!ENTITY a \"b\">]><plist>'"
	    "'<string>&a;</string></plist>'",
	    NULL, TRUST_INPUT_MALFORMED, "declares entities" },
	{ "an entity of the DTD that is not read", "root | sed 's/&amp;/\\&evil;/'", NULL,
	    TRUST_INPUT_MALFORMED, "entity" },
	{ "300,000 nested arrays", "echo '<?xml version=\"1.0\"?><plist>'; nest 300000", NULL,
	    TRUST_INPUT_LIMIT, "nested too deeply" },
	{ "a key twice", "root | sed 's/PayloadDisplayName/PayloadType/'", NULL,
	    TRUST_INPUT_MALFORMED, "twice" },
	{ "broken base64", "root | sed '0,/^MII/s/^MII/M*I/'", NULL, TRUST_INPUT_MALFORMED,
	    "not base64" },
	{ "a profile that is cut short", "head -c 600 root.mobileconfig", NULL,
	    TRUST_INPUT_MALFORMED, "line" },
	{ "a value without key", "root | sed 's/<key>PayloadType<.key>//'", NULL,
	    TRUST_INPUT_MALFORMED, "without a key" },
	{ "an unknown element", "root | sed 's/<array>/<list>/'", NULL, TRUST_INPUT_MALFORMED,
	    "no property list has" },
	{ "another property list", "echo '<?xml version=\"1.0\"?><plist><dict/></plist>'", NULL,
	    TRUST_INPUT_UNSUPPORTED, "no configuration profile" },
	{ "a profile for one device", "root | sed 's/>PayloadContent</>EncryptedPayloadContent</'",
	    NULL, TRUST_INPUT_UNSUPPORTED, "encrypted for a device" },
	{ "an empty profile", "head_; tail_", NULL, TRUST_INPUT_UNSUPPORTED, "empty" },
	{ "only payloads that are ignored", "head_; : | payload wifi.managed W; tail_", NULL,
	    TRUST_INPUT_UNSUPPORTED, "ignored" },
};

static void
valid_profiles_are_read(void **state)
{
	(void)state;
	check_good(valid, TRUST_COUNT(valid));
}

static void
wrong_profiles_are_read_as_far_as_they_are_good(void **state)
{
	(void)state;
	check_good(accepted_though_wrong, TRUST_COUNT(accepted_though_wrong));
}

static void
other_profiles_are_rejected_with_the_reason(void **state)
{
	(void)state;
	check_bad(rejected, TRUST_COUNT(rejected));
}

static void
the_parts_of_a_profile_are_one_unit(void **state)
{
	TRUST_AUTO(trust_secret) *bytes = load("all.mobileconfig");
	TRUST_AUTO(import_file) *file = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)state;
	assert_true(decode(view(bytes), "secret", &file, &error));
	for (size_t i = 0; i + 1 < file->count; i++)
		assert_string_equal(file->parts[i].group, "Acme & Sons");
}

/* Asked with whether it was told. */
struct told {
	unsigned asked;
	unsigned told;
};

static struct trust_secret *
ask(void *context, enum trust_password_for what, const char *subject, unsigned attempt)
{
	struct told *told = context;

	(void)subject;
	(void)attempt;
	told->asked += what == TRUST_PASSWORD_FILE;
	return NULL;
}

static void
tell(void *context, const char *words)
{
	struct told *told = context;

	assert_non_null(strstr(words, "in the clear"));
	told->told++;
}

static void
an_embedded_password_is_used_only_after_it_was_told(void **state)
{
	TRUST_AUTO(trust_secret) *bytes = load("all.mobileconfig");
	TRUST_AUTO(import_file) *file = NULL;
	TRUST_AUTO(import_file) *without = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct told told = { 0 };
	const struct trust_asker asker = { .ask = ask, .context = &told };
	struct import_request request = { "x", view(bytes), &asker, tell, &told };

	(void)state;
	assert_true(import_decode_request(&request, &file, &error));
	assert_int_equal(told.told, 1);
	assert_int_equal(told.asked, 0);
	assert_int_equal(file->count, 5);
	TRUST_AUTO(trust_secret) *armoured = make_file("sign -outform PEM <all.mobileconfig");
	TRUST_AUTO(import_file) *inside = NULL;
	request.bytes = view(armoured);
	assert_true(import_decode_request(&request, &inside, &error));
	assert_int_equal(told.told, 2);
	assert_int_equal(told.asked, 0);
	request.bytes = view(bytes);
	request.tell = NULL;
	assert_true(import_decode_request(&request, &without, &error));
	assert_int_equal(told.asked, 1);
	assert_int_equal(without->parts[2].kind, IMPORT_REFUSED);
}

/* As with --password-file: there before anybody is asked, and nothing else when it is wrong. */
static struct trust_secret *
give(void *context, enum trust_password_for what, const char *subject, unsigned attempt)
{
	struct told *told = context;

	(void)subject;
	told->asked += what == TRUST_PASSWORD_FILE;
	return attempt == 0 ? trust_secret_new("secret", 6) : NULL;
}

static void
a_password_that_is_given_comes_before_one_in_the_profile(void **state)
{
	static const struct {
		const char *sentence;
		const char *make;
		unsigned want_told;
		unsigned want_asked;
		const char *want_parts; /* NULL: it is not read */
	} rows[] = {
		{ "the given one opens it", "cat all.mobileconfig", 0, 0, "CCCKS" },
		{ "of two identities the given one opens one, and its own the other",
		    "head_; base64 b.p12 | payload security.pkcs12 B "
		    "'<key>Password</key><string>other</string>'\n"
		    "base64 a.p12 | payload security.pkcs12 A; tail_",
		    1, 0, "CKCK" },
		{ "both are wrong",
		    "head_; base64 b.p12 | payload security.pkcs12 B "
		    "'<key>Password</key><string>wrong</string>'; tail_",
		    1, 1, NULL },
	};

	(void)state;
	for (size_t i = 0; i < TRUST_COUNT(rows); i++) {
		TRUST_AUTO(trust_secret) *bytes = make_file(rows[i].make);
		TRUST_AUTO(import_file) *file = NULL;
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		struct told told = { 0 };
		const struct trust_asker asker = { .ask = give, .context = &told };
		struct import_request request = { "x", view(bytes), &asker, tell, &told };
		print_message("# %s\n", rows[i].sentence);
		bool good = import_decode_request(&request, &file, &error);
		assert_int_equal(told.told, rows[i].want_told);
		assert_int_equal(told.asked, rows[i].want_asked);
		assert_int_equal(error.code, good ? TRUST_OK : TRUST_INPUT_PASSWORD);
		assert_int_equal(good, rows[i].want_parts != NULL);
		TRUST_AUTO_FREE char *parts = good ? letters(file) : NULL;
		if (!good)
			continue;
		assert_string_equal(parts, rows[i].want_parts);
		assert_true(any_note_has(file, "in the clear"));
	}
}

/* Nobody has answered yet when the profile's own password fails. */
static struct trust_secret *
answer(void *context, enum trust_password_for what, const char *subject, unsigned attempt)
{
	struct told *told = context;

	(void)subject;
	if (what == TRUST_PASSWORD_FILE_GIVEN)
		return NULL;
	assert_int_equal(attempt, told->asked++);
	return told->asked == 3 ? trust_secret_new("other", 5) : trust_secret_new("no", 2);
}

static void
a_password_is_asked_for_three_times_whatever_the_profile_has(void **state)
{
	TRUST_AUTO(trust_secret) *bytes =
	    make_file("head_; base64 b.p12 | payload security.pkcs12 B "
		      "'<key>Password</key><string>wrong</string>'; tail_");
	TRUST_AUTO(import_file) *file = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct told told = { 0 };
	const struct trust_asker asker = { .ask = answer, .context = &told };
	const struct import_request request = { "x", view(bytes), &asker, tell, &told };

	(void)state;
	assert_true(import_decode_request(&request, &file, &error));
	assert_int_equal(told.asked, 3);
	assert_int_equal(told.told, 1);
}

static void
a_profile_that_is_cut_or_changed_anywhere_is_survived(void **state)
{
	static const char *const names[] = { "root.mobileconfig", "signed.mobileconfig" };

	(void)state;
	for (size_t n = 0; n < TRUST_COUNT(names); n++) {
		TRUST_AUTO(trust_secret) *bytes = load(names[n]);
		for (size_t i = 0; i < bytes->size; i++) {
			(void)survives(bytes->bytes, i, NULL);
			bytes->bytes[i] ^= 0x21;
			(void)survives(bytes->bytes, bytes->size, NULL);
			bytes->bytes[i] ^= 0x21;
		}
	}
}

static int
make_folder(void **state)
{
	(void)state;
	return make_folder_with(lib, fixtures);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_profiles_are_read),
		cmocka_unit_test(wrong_profiles_are_read_as_far_as_they_are_good),
		cmocka_unit_test(other_profiles_are_rejected_with_the_reason),
		cmocka_unit_test(the_parts_of_a_profile_are_one_unit),
		cmocka_unit_test(an_embedded_password_is_used_only_after_it_was_told),
		cmocka_unit_test(a_password_that_is_given_comes_before_one_in_the_profile),
		cmocka_unit_test(a_password_is_asked_for_three_times_whatever_the_profile_has),
		cmocka_unit_test(a_profile_that_is_cut_or_changed_anywhere_is_survived),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
