/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TEST_CHAIN_CASE_H
#define TRUST_TEST_CHAIN_CASE_H

/* One case of tests/chains/NAME.test: what is asked, and what openssl says to it. */

#include "core/buffer.h"
#include "core/verdict_internal.h"
#include "tests/unit/chains.h"

#define DEFAULT_TIME "2026-06-01"

static const struct chapter *
chapter_called(const char *name)
{
	for (size_t i = 0; i < chapter_count; i++)
		if (strcmp(chapters[i].name, name) == 0)
			return &chapters[i];
	fail_msg("no chapter is called '%s'", name);
	return NULL;
}

/* ---- one case ------------------------------------------------------------------------------ */

static void
parse_states(const char *words, struct trust_states *states)
{
	TRUST_AUTO_FREE char *copy = trust_strdup(words);
	char *rest = copy;
	enum trust_state state;

	if (trust_state_parse(words, &state)) {
		*states = trust_states_all(state);
		return;
	}
	for (char *part = strsep(&rest, ","); part; part = strsep(&rest, ",")) {
		enum trust_usage usage;
		char *equal = strchr(part, '=');
		assert_non_null(equal);
		*equal = '\0';
		assert_true(trust_usage_parse(part, &usage));
		assert_true(trust_state_parse(equal + 1, &states->of[usage]));
	}
}

struct setting { /* a case, read */
	struct trust_court_entry entries[MAX_WORDS];
	size_t entry_count;
	const struct trust_cert *others[1024];
	size_t other_count;
	const uint8_t *excluded[MAX_WORDS];
	size_t excluded_count;
	const struct trust_crl *lists[64];
	const struct trust_ocsp *answers[16];
	struct trust_question question;
	const char *policies[8];
	bool mozilla; /* the store is read as Firefox and Thunderbird do */
};

static void
read_entry(const struct chapter *chapter, const struct line *line, struct setting *setting)
{
	struct trust_court_entry *entry = &setting->entries[setting->entry_count++];

	*entry = (struct trust_court_entry){ .cert = cert_called(chapter, line->words[1]),
		.builtin = strcmp(line->words[0], "builtin") == 0 };
	for (size_t i = 2; i < line->count; i++) {
		struct trust_time date;
		if (strncmp(line->words[i], "distrust-after=", 15) != 0) {
			parse_states(line->words[i], &entry->states);
			continue;
		}
		assert_true(trust_time_parse(line->words[i] + 15, &date));
		entry->distrust_after[TRUST_TLS_SERVER] = date;
		entry->has_distrust_after[TRUST_TLS_SERVER] = true;
	}
}

static void
read_others(const struct chapter *chapter, const struct line *line, struct setting *setting)
{
	for (size_t i = 1; i < line->count; i++) {
		size_t before = setting->other_count;
		for (size_t j = 0; j < chapter->cert_count; j++)
			if (fnmatch(line->words[i], chapter->certs[j].name, 0) == 0)
				setting->others[setting->other_count++] = chapter->certs[j].cert;
		if (before == setting->other_count)
			fail_msg("no certificate is called '%s'", line->words[i]);
	}
}

static bool
read_policy(const char *word, const char *value, struct setting *setting)
{
	struct trust_policy_wish *wish = &setting->question.policies;

	if (strcmp(word, "policy") == 0) {
		assert_true(wish->count < TRUST_COUNT(setting->policies));
		setting->policies[wish->count++] = value;
		wish->policies = setting->policies;
		return true;
	}
	if (strcmp(word, "demand") != 0)
		return false;
	setting->question.require_revocation |= strcmp(value, "revocation") == 0;
	wish->explicit_policy |= strcmp(value, "policy") == 0;
	wish->inhibit_mapping |= strcmp(value, "no-mapping") == 0;
	wish->inhibit_any |= strcmp(value, "no-any") == 0;
	return true;
}

static void
read_question(const struct chapter *chapter, const struct line *line, struct setting *setting)
{
	struct trust_question *question = &setting->question;
	const char *at = DEFAULT_TIME;

	question->cert = cert_called(chapter, line->words[1]);
	assert_true(trust_usage_parse(line->words[2], &question->usage));
	for (size_t i = 3; i + 1 < line->count; i += 2)
		if (strcmp(line->words[i], "host") == 0)
			question->host = line->words[i + 1];
		else if (strcmp(line->words[i], "email") == 0)
			question->email = line->words[i + 1];
		else if (strcmp(line->words[i], "at") == 0)
			at = line->words[i + 1];
		else if (!read_policy(line->words[i], line->words[i + 1], setting))
			fail_msg("what is '%s'?", line->words[i]);
	if (strcmp(at, "now") == 0)
		question->at.seconds = (int64_t)time(NULL) + 1;
	else
		assert_true(trust_time_parse(at, &question->at));
}

static void
read_evidence(const struct chapter *chapter, const struct line *line, struct setting *setting)
{
	struct trust_question *question = &setting->question;

	for (size_t i = 1; i < line->count; i++)
		if (strcmp(line->words[0], "crl") == 0)
			setting->lists[question->crl_count++] =
			    list_called(chapter, line->words[i]);
		else
			setting->answers[question->ocsp_count++] =
			    answer_called(chapter, line->words[i]);
	question->crls = setting->lists;
	question->ocsps = setting->answers;
}

static void
read_setting(const struct chain_case *test, struct setting *setting)
{
	for (size_t i = 0; i < test->count; i++) {
		const struct line *line = &test->lines[i];
		const char *word = line->words[0];
		if (strcmp(word, "store") == 0 || strcmp(word, "builtin") == 0)
			read_entry(test->chapter, line, setting);
		else if (strcmp(word, "as-mozilla") == 0)
			setting->mozilla = true;
		else if (strcmp(word, "with") == 0)
			read_others(test->chapter, line, setting);
		else if (strcmp(word, "exclude") == 0)
			setting->excluded[setting->excluded_count++] =
			    cert_called(test->chapter, line->words[1])->id;
		else if (strcmp(word, "crl") == 0 || strcmp(word, "ocsp") == 0)
			read_evidence(test->chapter, line, setting);
		else if (strcmp(word, "ask") == 0)
			read_question(test->chapter, line, setting);
	}
	setting->question.others = setting->others;
	setting->question.other_count = setting->other_count;
}

/* ---- openssl ------------------------------------------------------------------------------- */

/* One file of certificates for openssl; its options in *options. */
static void
put_bundle(const struct chapter *chapter, const char *option, const char *file,
    const struct trust_cert *const *certs, size_t count, struct trust_buffer *options)
{
	TRUST_AUTO_BUFFER command;

	trust_buffer_init(&command, 100000);
	if (count == 0)
		return;
	trust_buffer_printf(&command, "cd %s && cat", chapter->folder);
	for (size_t i = 0; i < count; i++)
		trust_buffer_printf(&command, " %s.pem", name_of(chapter, certs[i]));
	trust_buffer_printf(&command, " >%s", file);
	assert_int_equal(system((char *)command.data), 0);
	trust_buffer_printf(options, " %s %s", option, file);
}

static void
want_openssl(const struct chapter *chapter, const struct setting *setting,
    const struct trust_verdict *verdict)
{
	const struct trust_cert *anchors[MAX_WORDS];
	const struct trust_cert *others[1024 + MAX_WORDS];
	size_t anchor_count = 0;
	size_t other_count = setting->other_count;
	TRUST_AUTO_BUFFER options;

	memcpy(others, setting->others, other_count * sizeof *others);
	for (size_t i = 0; i < setting->entry_count; i++)
		if (setting->entries[i].states.of[setting->question.usage] == TRUST_TRUSTED)
			anchors[anchor_count++] = setting->entries[i].cert;
		else
			others[other_count++] = setting->entries[i].cert;
	trust_buffer_init(&options, 10000);
	put_bundle(chapter, "-trusted", "anchors", anchors, anchor_count, &options);
	put_bundle(chapter, "-untrusted", "others", others, other_count, &options);
	if (setting->question.host)
		trust_buffer_printf(&options, " %s '%s'",
		    strspn(setting->question.host, "0123456789.") == strlen(setting->question.host)
			? "-verify_ip"
			: "-verify_hostname",
		    setting->question.host);
	const struct trust_policy_wish *wish = &setting->question.policies;
	trust_buffer_printf(&options, " -policy_check%s%s%s",
	    wish->explicit_policy ? " -explicit_policy" : "",
	    wish->inhibit_mapping ? " -inhibit_map" : "", wish->inhibit_any ? " -inhibit_any" : "");
	for (size_t i = 0; i < wish->count; i++)
		trust_buffer_printf(&options, " -policy %s", wish->policies[i]);
	if (wish->count == 0) /* to openssl none is none, not any */
		trust_buffer_append_text(&options, " -policy 2.5.29.32.0");
	TRUST_AUTO_FREE char *command = trust_printf(
	    "cd %s && openssl verify -no-CAfile -no-CApath -no-CAstore -purpose %s -attime %lld%s "
	    "%s.pem >openssl.log 2>&1",
	    chapter->folder,
	    setting->question.usage == TRUST_TLS_SERVER ? "sslserver" : "sslclient",
	    (long long)setting->question.at.seconds, (char *)options.data,
	    name_of(chapter, setting->question.cert));
	bool yes = system(command) == 0;
	assert_int_equal(yes, verdict->answer == TRUST_ANSWER_TRUSTED);
}

#endif
