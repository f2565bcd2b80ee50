/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TEST_CHAINS_H
#define TRUST_TEST_CHAINS_H

/* The files of tests/chains, read, and their certificates, made by tests/chains/make-chains. */

#include <glob.h>
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
#include "core/crl.h"
#include "core/error.h"
#include "core/ocsp.h"

#define MAX_WORDS 64

struct line {
	char *text;             /* owned */
	char *words[MAX_WORDS]; /* into text */
	size_t count;
	const char *rest; /* what follows the first word, as written */
};

struct named_cert {
	char *name; /* owned */
	struct trust_cert *cert;
};

struct named_evidence { /* a revocation list or an OCSP response */
	char *name;     /* owned */
	struct trust_crl *crl;
	struct trust_ocsp *ocsp;
};

struct chapter { /* one file */
	char *name;
	char *folder; /* of its certificates */
	struct named_cert *certs;
	size_t cert_count;
	struct named_evidence *evidence;
	size_t evidence_count;
};

struct chain_case {
	const struct chapter *chapter;
	char *sentence;
	struct line *lines;
	size_t count;
};

static char root_folder[] = "/tmp/trustctl-verdict-XXXXXX";
static struct chapter *chapters;
static size_t chapter_count;
static struct chain_case *cases;
static size_t case_count;

/* ---- reading ------------------------------------------------------------------------------- */

static void
give_up(const char *what, const char *about)
{
	printf("Bail out! %s: %s\n", what, about);
	exit(1);
}

/* tests/chains, from the folder the test is run in or from where the program lies. */
static char *
find_chains(void)
{
	char exe[4096] = "";
	if (access("tests/chains/make-chains", X_OK) == 0)
		return realpath("tests/chains", NULL);
	if (readlink("/proc/self/exe", exe, sizeof exe - 1) > 0)
		for (char *slash = strrchr(exe, '/'); slash; slash = strrchr(exe, '/')) {
			*slash = '\0';
			TRUST_AUTO_FREE char *path =
			    trust_printf("%s/tests/chains/make-chains", exe);
			TRUST_AUTO_FREE char *folder = trust_printf("%s/tests/chains", exe);
			if (access(path, X_OK) == 0)
				return realpath(folder, NULL);
		}
	give_up("cannot find", "tests/chains/make-chains");
	return NULL;
}

static struct line
read_line(const char *text)
{
	struct line line = { .text = trust_strdup(text) };
	char *rest = line.text;
	size_t first = strcspn(text, " ");
	line.rest = text[first] ? trust_strdup(text + first + 1) : trust_strdup("");
	for (char *word = strsep(&rest, " "); word && line.count < MAX_WORDS;
	     word = strsep(&rest, " "))
		if (*word)
			line.words[line.count++] = word;
	return line;
}

static void
read_cases(const struct chapter *chapter, const char *path)
{
	FILE *file = fopen(path, "re");
	char *buffer = NULL;
	size_t size = 0;
	struct chain_case *now = NULL;

	if (!file)
		give_up("cannot read", path);
	while (getline(&buffer, &size, file) > 0) {
		buffer[strcspn(buffer, "\n")] = '\0';
		const char *text = buffer + strspn(buffer, "\t ");
		if (*text == '\0' || *text == '#' || strncmp(text, "cert ", 5) == 0 ||
		    strncmp(text, "mesh ", 5) == 0 ||
		    (!now && (strncmp(text, "crl ", 4) == 0 || strncmp(text, "ocsp ", 5) == 0)))
			continue;
		if (strncmp(text, "case ", 5) == 0) {
			cases = trust_grow_array(cases, case_count + 1, sizeof *cases);
			now = &cases[case_count++];
			*now = (struct chain_case){ .chapter = chapter,
				.sentence = trust_printf("%s: %s", chapter->name, text + 5) };
			continue;
		}
		if (!now)
			give_up("a line before the first case", text);
		now->lines = trust_grow_array(now->lines, now->count + 1, sizeof *now->lines);
		now->lines[now->count++] = read_line(text);
	}
	free(buffer);
	fclose(file);
}

static struct trust_bytes
load_bytes(const char *path)
{
	static uint8_t buffer[1000000];
	FILE *file = fopen(path, "re");

	if (!file)
		give_up("cannot read", path);
	size_t size = fread(buffer, 1, sizeof buffer, file);
	fclose(file);
	return (struct trust_bytes){ buffer, size };
}

static struct trust_cert *
load_cert(const char *path)
{
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct trust_cert *cert = NULL;

	if (!trust_cert_decode(load_bytes(path), &cert, &error))
		give_up(path, error.message);
	return cert;
}

static void
read_certs(struct chapter *chapter)
{
	TRUST_AUTO_FREE char *pattern = trust_printf("%s/*.der", chapter->folder);
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		give_up("no certificates", chapter->folder);
	chapter->certs = trust_alloc_array(found.gl_pathc, sizeof *chapter->certs);
	chapter->cert_count = found.gl_pathc;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;
		chapter->certs[i].name = strndup(name, strlen(name) - 4);
		chapter->certs[i].cert = load_cert(found.gl_pathv[i]);
	}
	globfree(&found);
}

/* NAME.crl and NAME.ocsp. */
static void
read_evidence_files(struct chapter *chapter)
{
	TRUST_AUTO_FREE char *pattern = trust_printf("%s/*.[co][rc]*[lp]", chapter->folder);
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	chapter->evidence = trust_alloc_array(found.gl_pathc, sizeof *chapter->evidence);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
		const char *path = found.gl_pathv[i];
		const char *name = strrchr(path, '/') + 1;
		const char *dot = strrchr(name, '.');
		struct named_evidence *one = &chapter->evidence[chapter->evidence_count++];
		one->name = strndup(name, (size_t)(dot - name));
		if (!(strcmp(dot, ".crl") == 0
			    ? trust_crl_decode(load_bytes(path), &one->crl, &error)
			    : trust_ocsp_decode(load_bytes(path), &one->ocsp, &error)))
			give_up(path, error.message);
	}
	globfree(&found);
}

static void
read_chapters(void)
{
	TRUST_AUTO_FREE char *chains = find_chains();
	TRUST_AUTO_FREE char *pattern = trust_printf("%s/*.test", chains);
	glob_t found;

	if (!mkdtemp(root_folder) || glob(pattern, 0, NULL, &found) != 0)
		give_up("no chain tests", chains);
	chapters = trust_alloc_array(found.gl_pathc, sizeof *chapters);
	for (chapter_count = 0; chapter_count < found.gl_pathc; chapter_count++) {
		const char *path = found.gl_pathv[chapter_count];
		const char *name = strrchr(path, '/') + 1;
		struct chapter *chapter = &chapters[chapter_count];
		chapter->name = strndup(name, strlen(name) - 5);
		chapter->folder = trust_printf("%s/%s", root_folder, chapter->name);
		TRUST_AUTO_FREE char *command =
		    trust_printf("'%s/make-chains' '%s' '%s'", chains, path, chapter->folder);
		if (system(command) != 0)
			give_up("cannot make the certificates of", path);
		read_certs(chapter);
		read_evidence_files(chapter);
		read_cases(chapter, path);
	}
	globfree(&found);
}

/* ---- asking -------------------------------------------------------------------------------- */

static const struct trust_cert *
cert_called(const struct chapter *chapter, const char *name)
{
	for (size_t i = 0; i < chapter->cert_count; i++)
		if (strcmp(chapter->certs[i].name, name) == 0)
			return chapter->certs[i].cert;
	fail_msg("no certificate is called '%s'", name);
	return NULL;
}

static const struct named_evidence *
evidence_called(const struct chapter *chapter, const char *name, bool crl)
{
	for (size_t i = 0; i < chapter->evidence_count; i++)
		if (strcmp(chapter->evidence[i].name, name) == 0 &&
		    (chapter->evidence[i].crl != NULL) == crl)
			return &chapter->evidence[i];
	fail_msg("no list or answer is called '%s'", name);
	return NULL;
}

static const struct trust_crl *
list_called(const struct chapter *chapter, const char *name)
{
	return evidence_called(chapter, name, true)->crl;
}

static const struct trust_ocsp *
answer_called(const struct chapter *chapter, const char *name)
{
	return evidence_called(chapter, name, false)->ocsp;
}

static const char *
name_of(const struct chapter *chapter, const struct trust_cert *cert)
{
	for (size_t i = 0; i < chapter->cert_count; i++)
		if (memcmp(chapter->certs[i].cert->id, cert->id, sizeof cert->id) == 0)
			return chapter->certs[i].name;
	return "?";
}

static void
free_everything(void)
{
	TRUST_AUTO_FREE char *command = trust_printf("rm -r '%s'", root_folder);

	for (size_t i = 0; i < case_count; i++) {
		for (size_t j = 0; j < cases[i].count; j++) {
			trust_free(cases[i].lines[j].text);
			free((char *)(uintptr_t)cases[i].lines[j].rest);
		}
		trust_free(cases[i].lines);
		trust_free(cases[i].sentence);
	}
	for (size_t i = 0; i < chapter_count; i++) {
		for (size_t j = 0; j < chapters[i].cert_count; j++) {
			free(chapters[i].certs[j].name);
			trust_cert_free(chapters[i].certs[j].cert);
		}
		for (size_t j = 0; j < chapters[i].evidence_count; j++) {
			free(chapters[i].evidence[j].name);
			trust_crl_free(chapters[i].evidence[j].crl);
			trust_ocsp_free(chapters[i].evidence[j].ocsp);
		}
		trust_free(chapters[i].evidence);
		trust_free(chapters[i].certs);
		trust_free(chapters[i].folder);
		free(chapters[i].name);
	}
	trust_free(chapters);
	trust_free(cases);
	if (system(command) != 0)
		printf("# cannot remove %s\n", root_folder);
}

#endif
