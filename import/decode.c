/* SPDX-License-Identifier: MPL-2.0 */
/* Decoding a file in a child process, and asking for its password in this one. */

#include <string.h>

#include "core/limits.h"
#include "core/text.h"
#include "import/answer.h"
#include "import/child.h"
#include "import/internal.h"

#define MAX_ATTEMPTS 3

struct job {
	const char *name;
	struct trust_bytes bytes;
	const struct trust_secret *password;
};

static void
work(void *context, struct trust_buffer *answer)
{
	const struct job *job = context;
	TRUST_AUTO(import_file) *file = trust_alloc(sizeof *file);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	(void)!import_decode_file(job->name, job->bytes, job->password, file, &error);
	import_answer_put(answer, file, &error);
}

/* One attempt. *ret_file is set in any case: what was known of a file that failed is in it. */
static bool
decode_once(struct job *job, struct import_file **ret_file, struct trust_error *error)
{
	const struct import_child child = {
		.work = work,
		.context = job,
		.seconds = TRUST_MAX_DECODE_SECONDS,
		.memory = TRUST_MAX_DECODE_MEMORY,
	};
	struct import_file *file = trust_alloc(sizeof *file);
	struct trust_buffer answer;

	*ret_file = file;
	file->name = import_display_name(job->name);
	if (!import_child_run(&child, file->name, &answer, error))
		return false;
	bool good = import_answer_read(trust_buffer_bytes(&answer), file, error);
	trust_buffer_done(&answer);
	if (good) {
		trust_sha256(job->bytes.data, job->bytes.size, file->digest);
		return true;
	}
	if (!error->subject)
		error->subject = trust_strdup(file->name);
	return false;
}

bool
import_decode(const char *name, struct trust_bytes bytes, const struct trust_asker *asker,
    struct import_file **ret_file, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *password = NULL;

	for (unsigned attempt = 0;; attempt++) {
		TRUST_AUTO(import_file) *file = NULL;
		struct job job = { .name = name, .bytes = bytes, .password = password };
		if (decode_once(&job, &file, error)) {
			*ret_file = trust_steal(&file);
			return true;
		}
		if (error->code != TRUST_INPUT_PASSWORD || attempt == MAX_ATTEMPTS || !asker)
			return false;
		struct trust_secret *answer =
		    asker->ask(asker->context, TRUST_PASSWORD_FILE, file->name, attempt);
		if (!answer && attempt == 0)
			return trust_hint(error, "put the file's password into a file that only "
						 "you can read, and name it: --password-file FILE");
		if (!answer)
			return false;
		trust_secret_free(password);
		password = answer;
		trust_error_clear(error);
	}
}

bool
import_needs_password(struct trust_bytes bytes, char **ret_protection)
{
	TRUST_AUTO(import_file) *file = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct job job = { .name = "-", .bytes = bytes };

	if (decode_once(&job, &file, &error) || error.code != TRUST_INPUT_PASSWORD)
		return false;
	*ret_protection = trust_steal(&file->protection);
	return true;
}
