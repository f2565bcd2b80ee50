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
	bool may_use_embedded;
	bool leave_closed;
};

static void
work(void *context, struct trust_buffer *answer)
{
	const struct job *job = context;
	TRUST_AUTO(import_file) *file = trust_alloc(sizeof *file);
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;

	file->may_use_embedded = job->may_use_embedded;
	file->leave_closed = job->leave_closed;
	(void)!import_decode_file(job->name, job->bytes, job->password, file, &error);
	import_answer_put(answer, file, &error);
}

/* One attempt. *ret_file is set in any case: what was known of a file that failed is in it. */
static bool
decode_once(struct job *job, struct import_file **ret_file, struct trust_error *error)
{
	const struct trust_child child = {
		.work = work,
		.context = job,
		.wait_ms = IMPORT_CHILD_WAIT_MS(TRUST_MAX_DECODE_SECONDS),
		.seconds = TRUST_MAX_DECODE_SECONDS,
		.memory = TRUST_MAX_DECODE_MEMORY,
		.progress = "MiB of the file decoded",
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

/* Nobody knows the password: what needs none is had all the same. */
static bool
decode_without(struct job *job, struct import_file **ret_file, struct trust_error *error)
{
	TRUST_AUTO(import_file) *file = NULL;
	TRUST_AUTO_ERROR ignored = TRUST_ERROR_INIT;

	job->leave_closed = true;
	if (decode_once(job, &file, &ignored)) {
		trust_error_clear(error);
		*ret_file = trust_steal(&file);
		return true;
	}
	return trust_hint(error,
	    "put the file's password into a file that only "
	    "you can read, and name it: --password-file FILE");
}

/* A password that was given comes before one that is in the file, and says of a file that opens
 * without whether somebody changed it. False: none was given, or it was taken already. */
static bool
take_given(const struct import_request *request, const struct import_file *file,
    struct trust_secret **password)
{
	if (*password || !request->asker)
		return false;
	*password =
	    request->asker->ask(request->asker->context, TRUST_PASSWORD_FILE_GIVEN, file->name, 0);
	return *password != NULL;
}

bool
import_decode_request(
    const struct import_request *request, struct import_file **ret_file, struct trust_error *error)
{
	TRUST_AUTO(trust_secret) *password = NULL;
	struct job job = { .name = request->name, .bytes = request->bytes };

	for (unsigned asked = 0;;) {
		TRUST_AUTO(import_file) *file = NULL;
		job.password = password;
		if (decode_once(&job, &file, error)) {
			if (!file->unchecked || !take_given(request, file, &password)) {
				*ret_file = trust_steal(&file);
				return true;
			}
			asked++;
			continue;
		}
		if (error->code != TRUST_INPUT_PASSWORD)
			return false;
		if (file->embedded && take_given(request, file, &password)) {
			asked++;
			trust_error_clear(error);
			continue;
		}
		if (file->embedded && request->tell && !job.may_use_embedded) {
			request->tell(request->context, file->embedded);
			job.may_use_embedded = true;
			trust_error_clear(error);
			continue;
		}
		if (asked >= MAX_ATTEMPTS || !request->asker)
			return false;
		struct trust_secret *answer = request->asker->ask(
		    request->asker->context, TRUST_PASSWORD_FILE, file->name, asked++);
		if (!answer && !password)
			return decode_without(&job, ret_file, error);
		if (!answer)
			return false;
		trust_secret_free(password);
		password = answer;
		trust_error_clear(error);
	}
}

bool
import_decode(const char *name, struct trust_bytes bytes, const struct trust_asker *asker,
    struct import_file **ret_file, struct trust_error *error)
{
	const struct import_request request = { .name = name, .bytes = bytes, .asker = asker };

	return import_decode_request(&request, ret_file, error);
}

struct import_file *
import_survey(const char *name, struct trust_bytes bytes)
{
	TRUST_AUTO(import_file) *file = NULL;
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	struct job job = { .name = name, .bytes = bytes };

	return decode_once(&job, &file, &error) || error.code == TRUST_INPUT_PASSWORD ||
		file->fact_count > 0
	    ? trust_steal(&file)
	    : NULL;
}
