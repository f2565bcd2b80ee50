/* SPDX-License-Identifier: MPL-2.0 */
/* Files of a directory, and those that the network programs have in common. */

#include <string.h>

#include "core/cert.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/oid.h"
#include "core/text.h"
#include "export/internal.h"

#define WORD_BYTES 32
#define WORD_DIGITS 8 /* enough to keep names of one directory apart */

void
export_files_done(struct export_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		trust_free(files->list[i].name);
		trust_buffer_done(&files->list[i].bytes);
	}
	trust_free(files->list);
	*files = (struct export_files){ 0 };
}

struct trust_buffer *
export_files_add(struct export_files *files, char *name, bool secret)
{
	files->list = trust_grow_array(files->list, files->count + 1, sizeof *files->list);
	struct export_file *file = &files->list[files->count++];
	*file = (struct export_file){ .name = name, .secret = secret };
	trust_buffer_init_secret(&file->bytes, TRUST_MAX_FILE_BYTES);
	return &file->bytes;
}

static const struct export_part *
subject_of(const struct export_request *request)
{
	for (size_t i = 0; i < request->count; i++)
		if (request->parts[i].role == EXPORT_ROLE_SUBJECT &&
		    request->parts[i].encrypted_key)
			return &request->parts[i];
	return NULL;
}

static void
put_certs(struct trust_buffer *out, const struct export_request *request, enum export_role role)
{
	for (size_t i = 0; i < request->count; i++)
		if (request->parts[i].role == role)
			export_put_block(out, "CERTIFICATE", request->parts[i].cert->der);
}

bool
export_network_files(const struct export_request *request, const struct export_network_names *names,
    struct export_files *files, struct trust_error *error)
{
	const struct export_part *subject = subject_of(request);
	struct trust_buffer *file = NULL;

	if (!export_check_keys(request, error))
		return false;
	if (!subject)
		return trust_fail(
		    error, TRUST_USAGE, NULL, "no certificate with its private key is named");
	file = export_files_add(files, trust_strdup(names->ca), false);
	put_certs(file, request, EXPORT_ROLE_ANCHOR);
	if (file->size == 0)
		return trust_fail(error, TRUST_USAGE, NULL,
		    "no CA is named that the other side is checked against");
	file = export_files_add(files, trust_strdup(names->cert), false);
	export_put_block(file, "CERTIFICATE", subject->cert->der);
	put_certs(file, request, EXPORT_ROLE_CHAIN);
	file = export_files_add(files, trust_strdup(names->key), true);
	return export_put_key_block(request, subject, file, error);
}

char *
export_network_word(const struct export_request *request)
{
	const struct export_part *subject = subject_of(request);
	TRUST_AUTO_FREE char *words = export_part_words(subject ? subject : &request->parts[0]);
	uint8_t digest[TRUST_SHA256_BYTES];
	char word[WORD_BYTES + 1];
	size_t size = 0;
	bool whole = strlen(words) <= WORD_BYTES;

	for (const char *c = words; *c && size < WORD_BYTES; c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
		    (*c >= '0' && *c <= '9');
		whole = whole && (plain || (*c == ' ' && c > words && c[1] && c[1] != ' '));
		if (plain)
			word[size++] = *c;
		else if (size > 0 && word[size - 1] != '-')
			word[size++] = '-';
	}
	while (size > 0 && word[size - 1] == '-')
		size--;
	word[size] = '\0';
	if (size > 0 && whole)
		return trust_strdup(word);
	trust_sha256(words, strlen(words), digest);
	TRUST_AUTO_FREE char *digits = trust_hex(digest, WORD_DIGITS / 2);
	return trust_printf("%s-%s", size > 0 ? word : "identity", digits);
}

char *
export_network_identity(const struct export_request *request)
{
	const struct export_part *subject = subject_of(request);
	const struct trust_cert *cert = subject ? subject->cert : request->parts[0].cert;
	TRUST_AUTO(trust_names) *emails = trust_cert_emails(cert);

	if (emails->count > 0)
		return trust_strdup(emails->entries[0].text);
	TRUST_AUTO_FREE char *name = trust_name_attribute(cert->subject, TRUST_OID_COMMON_NAME);
	return name && *name ? trust_text_display_string(name) : trust_cert_label(cert);
}
