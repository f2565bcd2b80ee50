/* SPDX-License-Identifier: MPL-2.0 */
/* The program's side of the NSS worker: starting it with the right NSS, asking, ending it. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/limits.h"
#include "core/preflight_internal.h"
#include "core/secret.h"
#include "core/store_files_internal.h"
#include "core/text.h"
#include "core/wire.h"
#include "core/worker_internal.h"
#include "core/worker_protocol.h"

/* A request does at most seconds of work; a password change signs every record of the store anew,
 * 50 ms each. */
#define REQUEST_MS (120 * 1000)
#define LONG_REQUEST_MS (3600 * 1000)
/* After its last answer the worker has nothing to do but to end. */
#define FINISH_MS (10 * 1000)

struct trust_worker {
	pid_t pid;
	int fd;
	int limit_ms; /* of each request; 0: its own */
	char *version;
};

/* ---- starting ------------------------------------------------------------------------------ */

static bool
is_program(const char *path)
{
	return access(path, X_OK) == 0;
}

/* Beside the program itself (in a build folder), below the directory it was installed in (also when
 * that was moved, as in a package's tree), else where `make install` was told to put it. */
static char *
find_worker(void)
{
	static const char *const beside[] = { "trustctl-nss", "../libexec/trustctl/trustctl-nss" };
	char self[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
	const char *told = getauxval(AT_SECURE) ? NULL : getenv("TRUSTCTL_NSS_WORKER");

	if (told && is_program(told))
		return trust_strdup(told);
	self[size > 0 ? size : 0] = '\0';
	char *slash = strrchr(self, '/');
	for (size_t i = 0; slash && i < TRUST_COUNT(beside); i++) {
		TRUST_AUTO_FREE char *path =
		    trust_printf("%.*s/%s", (int)(slash - self), self, beside[i]);
		if (is_program(path))
			return trust_steal(&path);
	}
	return is_program(TRUSTCTL_LIBEXECDIR "/trustctl-nss")
	    ? trust_strdup(TRUSTCTL_LIBEXECDIR "/trustctl-nss")
	    : NULL;
}

/* Everything the child does between fork and exec: only async-signal-safe calls. */
static void
become_worker(const char *path, int fd, char *const environment[])
{
	char *const arguments[] = { (char *)path, NULL };
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A group of its own: Ctrl-C is for the program, which then ends the worker. */
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (fd != TRUST_WORKER_FD) {
		if (dup2(fd, TRUST_WORKER_FD) < 0)
			_exit(127);
	} else {
		fcntl(fd, F_SETFD, 0);
	}
	close_range(TRUST_WORKER_FD + 1, ~0U, 0);
	execve(path, arguments, environment);
	_exit(127);
}

static bool
spawn(const char *path, const char *nss_libdir, pid_t *ret_pid, int *ret_fd,
    struct trust_error *error)
{
	int pair[2];
	TRUST_AUTO_FREE char *library_path =
	    nss_libdir ? trust_printf("LD_LIBRARY_PATH=%s", nss_libdir) : NULL;
	/* Nothing of the caller's environment: NSS_*, MOZ_* and LD_* would change what NSS does. */
	char *environment[] = { (char *)"PATH=/usr/bin:/bin", (char *)"HOME=/nonexistent",
		library_path, NULL };

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return trust_fail_errno(
		    error, TRUST_STORE_WORKER, errno, NULL, "cannot start the NSS worker");
	pid_t pid = fork();
	if (pid == 0)
		become_worker(path, pair[1], environment);
	int cause = errno;
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return trust_fail_errno(
		    error, TRUST_STORE_WORKER, cause, NULL, "cannot start the NSS worker");
	}
	trust_worker_note(0, pid);
	*ret_pid = pid;
	*ret_fd = pair[0];
	return true;
}

/* ---- asking -------------------------------------------------------------------------------- */

/* Wait for the end of the worker, and help where it does not come. False: it had to be killed. */
static bool
reap(struct trust_worker *worker, int patience_ms, int *ret_status)
{
	bool gone = false;

	*ret_status = 0;
	for (int waited = 0; !gone && waited <= patience_ms; waited += 10) {
		pid_t pid = waitpid(worker->pid, ret_status, WNOHANG);
		gone = pid == worker->pid || (pid < 0 && errno == ECHILD);
		if (!gone && waited < patience_ms)
			usleep(10000);
	}
	if (!gone) {
		kill(worker->pid, SIGKILL);
		while (waitpid(worker->pid, ret_status, 0) < 0 && errno == EINTR)
			;
	}
	trust_worker_note(worker->pid, 0);
	worker->pid = 0;
	return gone;
}

/* How a worker that gave no answer ended. */
static bool
worker_died(struct trust_worker *worker, bool timed_out, struct trust_error *error)
{
	int status = 0;

	/* It closed the connection: give it a moment to be gone. */
	bool gone = reap(worker, timed_out ? 0 : 500, &status);
	if (timed_out)
		return trust_fail(error, TRUST_STORE_WORKER, NULL,
		    "NSS did not answer in time and was stopped; nothing was changed");
	if (gone && WIFSIGNALED(status))
		return trust_fail(error, TRUST_STORE_WORKER, NULL,
		    "the NSS worker was killed by signal %d; nothing was changed",
		    WTERMSIG(status));
	return trust_fail(error, TRUST_STORE_WORKER, NULL,
	    "the NSS worker ended unexpectedly; nothing was changed");
}

/* A worker that reads no more must not make us wait for ever either. */
static bool
send_within(struct trust_worker *worker, const struct trust_buffer *request, int limit_ms,
    bool *ret_timed_out)
{
	const struct timeval limit = {
		.tv_sec = limit_ms / 1000,
		.tv_usec = limit_ms % 1000 * 1000,
	};

	setsockopt(worker->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	bool sent = trust_wire_send(worker->fd, request);
	*ret_timed_out = !sent && (errno == EAGAIN || errno == EWOULDBLOCK);
	return sent;
}

/* Was all of the answer there, and nothing behind it? What is missing reads as none. */
static bool
whole(const struct trust_wire *answer, struct trust_error *error)
{
	return (!answer->bad && answer->at == answer->end) ||
	    trust_fail(error, TRUST_BUG, NULL, "the NSS worker answered nonsense");
}

bool
trust_worker_ask(struct trust_worker *worker, const struct trust_buffer *request, int limit_ms,
    struct trust_buffer *ret_frame, struct trust_wire *ret_answer, struct trust_error *error)
{
	bool timed_out = false;

	if (worker->pid == 0) {
		trust_buffer_init(ret_frame, 1);
		return trust_fail(error, TRUST_STORE_WORKER, NULL, "the NSS worker is gone");
	}
	if (request->overflow) {
		trust_buffer_init(ret_frame, 1);
		return trust_fail(
		    error, TRUST_INPUT_LIMIT, NULL, "more than NSS can be handed at once");
	}
	if (worker->limit_ms)
		limit_ms = worker->limit_ms;
	if (!send_within(worker, request, limit_ms, &timed_out)) {
		trust_buffer_init(ret_frame, 1);
		return worker_died(worker, timed_out, error);
	}
	if (!trust_wire_receive(worker->fd, limit_ms, ret_frame, &timed_out))
		return worker_died(worker, timed_out, error);
	struct trust_wire answer = trust_wire_init(trust_buffer_bytes(ret_frame));
	uint32_t code = trust_wire_u32(&answer);
	if (!answer.bad && code == TRUST_OK) {
		*ret_answer = answer;
		return true;
	}
	if (answer.bad)
		return whole(&answer, error);
	TRUST_AUTO_FREE char *message = trust_wire_text(&answer);
	TRUST_AUTO_FREE char *hint = trust_wire_text(&answer);
	trust_fail(error, code <= TRUST_BUG ? (enum trust_code)code : TRUST_BUG, NULL, "%s",
	    message ? message : "NSS does not say why");
	if (hint)
		trust_hint(error, "%s", hint);
	return false;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): a name that is declared takes none */
#define REQUEST(name, kind)                                                                        \
	TRUST_AUTO_BUFFER name;                                                                    \
	trust_buffer_init_secret(&name, TRUST_MAX_WIRE_BYTES);                                     \
	trust_wire_put_u32(&name, kind)
/* NOLINTEND(bugprone-macro-parentheses) */

/* A request whose answer has no fields. */
static bool
tell(struct trust_worker *worker, const struct trust_buffer *request, int limit_ms,
    struct trust_error *error)
{
	TRUST_AUTO_BUFFER frame;
	struct trust_wire answer;
	return trust_worker_ask(worker, request, limit_ms, &frame, &answer, error) &&
	    whole(&answer, error);
}

static bool
ask_number(struct trust_worker *worker, const struct trust_buffer *request, uint32_t *ret_number,
    struct trust_error *error)
{
	TRUST_AUTO_BUFFER frame;
	struct trust_wire answer;

	if (!trust_worker_ask(worker, request, REQUEST_MS, &frame, &answer, error))
		return false;
	*ret_number = trust_wire_u32(&answer);
	return whole(&answer, error);
}

static bool
ask_secret(struct trust_worker *worker, const struct trust_buffer *request,
    struct trust_secret **ret_secret, struct trust_error *error)
{
	TRUST_AUTO_BUFFER frame;
	struct trust_wire answer;

	if (!trust_worker_ask(worker, request, REQUEST_MS, &frame, &answer, error))
		return false;
	struct trust_bytes bytes = trust_wire_bytes(&answer);
	if (!whole(&answer, error))
		return false;
	*ret_secret = trust_secret_new(bytes.data, bytes.size);
	return true;
}

/* Why not; *ret_reason NULL: yes. */
static bool
ask_reason(struct trust_worker *worker, const struct trust_buffer *request, char **ret_reason,
    struct trust_error *error)
{
	TRUST_AUTO_BUFFER frame;
	struct trust_wire answer;

	if (!trust_worker_ask(worker, request, REQUEST_MS, &frame, &answer, error))
		return false;
	*ret_reason = trust_wire_text(&answer);
	if (whole(&answer, error))
		return true;
	trust_free(trust_steal(ret_reason));
	return false;
}

static void
put_secret(struct trust_buffer *request, const struct trust_secret *secret)
{
	trust_wire_put_bytes(request,
	    secret ? (struct trust_bytes){ secret->bytes, secret->size }
		   : (struct trust_bytes){ 0 });
}

bool
trust_worker_start_bare(
    const char *nss_libdir, struct trust_worker **ret_worker, struct trust_error *error)
{
	TRUST_AUTO_FREE char *path = find_worker();

	if (!path) {
		trust_fail(error, TRUST_BUG, NULL,
		    "the NSS worker 'trustctl-nss' is not where it was "
		    "installed");
		return trust_hint(error, "install trustctl whole: make install");
	}
	TRUST_AUTO(trust_worker) *worker = trust_alloc(sizeof *worker);
	worker->fd = -1;
	if (!spawn(path, nss_libdir, &worker->pid, &worker->fd, error))
		return false;
	*ret_worker = trust_steal(&worker);
	return true;
}

bool
trust_worker_start(const char *nss_libdir, const char *directory, bool read_only,
    struct trust_worker **ret_worker, struct trust_error *error)
{
	TRUST_AUTO(trust_worker) *worker = NULL;

	if (!trust_worker_start_bare(nss_libdir, &worker, error))
		return false;
	TRUST_AUTO_BUFFER frame;
	struct trust_wire answer;
	REQUEST(request, TRUST_ASK_OPEN);
	trust_wire_put_text(&request, directory);
	trust_wire_put_u32(&request, read_only);
	if (!trust_worker_ask(worker, &request, REQUEST_MS, &frame, &answer, error))
		return false;
	worker->version = trust_wire_text(&answer);
	if (!whole(&answer, error))
		return false;
	*ret_worker = trust_steal(&worker);
	return true;
}

bool
trust_worker_start_reader(const char *nss_libdir, const char *directory,
    struct trust_worker **ret_worker, struct trust_error *error)
{
	static const char *const names[] = { "cert9.db", "key4.db" };

	for (size_t i = 0; i < TRUST_COUNT(names); i++) {
		TRUST_AUTO_FREE char *path = trust_printf("%s/%s", directory, names[i]);
		TRUST_AUTO_FREE char *shown = trust_text_display_string(path);
		if (!trust_files_are_regular(path, error))
			return false;
		if (!trust_db_in_wal_mode(path))
			continue;
		trust_fail(error, TRUST_STORE_WAL, shown,
		    "'%s' is in WAL mode, in which NSS leaves files beside it also when it reads",
		    shown);
		return trust_hint(error, "for what ends that mode: trustctl store check");
	}
	return trust_worker_start(nss_libdir, directory, true, ret_worker, error);
}

bool
trust_worker_finish(struct trust_worker *worker, struct trust_error *error)
{
	REQUEST(request, TRUST_ASK_FINISH);
	bool done = tell(worker, &request, REQUEST_MS, error);
	if (done) {
		int status = 0;
		close(worker->fd);
		worker->fd = -1;
		if (!reap(worker, worker->limit_ms ? worker->limit_ms : FINISH_MS, &status) ||
		    !WIFEXITED(status) || WEXITSTATUS(status) != 0)
			done = trust_fail(error, TRUST_STORE_WORKER, NULL,
			    "the NSS worker did not end well; nothing was changed");
	}
	trust_worker_free(worker);
	return done;
}

void
trust_worker_free(struct trust_worker *worker)
{
	if (!worker)
		return;
	if (worker->fd >= 0)
		close(worker->fd);
	if (worker->pid > 0) {
		kill(worker->pid, SIGKILL);
		while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
			;
		trust_worker_note(worker->pid, 0);
	}
	trust_free(worker->version);
	trust_free(worker);
}

void
trust_worker_set_limit(struct trust_worker *worker, int limit_ms)
{
	worker->limit_ms = limit_ms;
}

const char *
trust_worker_nss_version(const struct trust_worker *worker)
{
	return worker->version ? worker->version : "unknown";
}

/* ---- the requests -------------------------------------------------------------------------- */

bool
trust_worker_login(struct trust_worker *worker, const struct trust_secret *password,
    enum trust_login *ret_login, struct trust_error *error)
{
	uint32_t login = 0;
	REQUEST(request, TRUST_ASK_LOGIN);
	put_secret(&request, password);
	if (!ask_number(worker, &request, &login, error))
		return false;
	*ret_login = login <= TRUST_LOGIN_WRONG ? (enum trust_login)login : TRUST_LOGIN_WRONG;
	return true;
}

bool
trust_worker_set_first_password(
    struct trust_worker *worker, const struct trust_secret *password, struct trust_error *error)
{
	REQUEST(request, TRUST_ASK_FIRST_PASSWORD);
	put_secret(&request, password);
	return tell(worker, &request, REQUEST_MS, error);
}

bool
trust_worker_change_password(struct trust_worker *worker, const struct trust_secret *old_password,
    const struct trust_secret *new_password, struct trust_error *error)
{
	REQUEST(request, TRUST_ASK_CHANGE_PASSWORD);
	put_secret(&request, old_password);
	put_secret(&request, new_password);
	return tell(worker, &request, LONG_REQUEST_MS, error);
}

bool
trust_worker_add_cert(struct trust_worker *worker, struct trust_bytes der, const char *nickname,
    struct trust_error *error)
{
	uint32_t ignored = 0; /* the id of the new object; so below */
	REQUEST(request, TRUST_ASK_ADD_CERT);
	trust_wire_put_bytes(&request, der);
	trust_wire_put_text(&request, nickname);
	return ask_number(worker, &request, &ignored, error);
}

bool
trust_worker_add_key(struct trust_worker *worker, const struct trust_secret *pkcs8,
    const char *nickname, struct trust_error *error)
{
	TRUST_AUTO_BUFFER frame;
	struct trust_wire answer;
	REQUEST(request, TRUST_ASK_ADD_KEY);
	put_secret(&request, pkcs8);
	trust_wire_put_text(&request, nickname);
	if (!trust_worker_ask(worker, &request, REQUEST_MS, &frame, &answer, error))
		return false;
	struct trust_bytes id = trust_wire_bytes(&answer);
	answer.bad = answer.bad || id.size != TRUST_SHA1_BYTES;
	return whole(&answer, error);
}

bool
trust_worker_add_crl(struct trust_worker *worker, struct trust_bytes der, struct trust_bytes issuer,
    struct trust_error *error)
{
	uint32_t ignored = 0;
	REQUEST(request, TRUST_ASK_ADD_CRL);
	trust_wire_put_bytes(&request, der);
	trust_wire_put_bytes(&request, issuer);
	return ask_number(worker, &request, &ignored, error);
}

static bool
ask_storable(struct trust_worker *worker, const struct trust_secret *key, char **ret_reason,
    struct trust_error *error)
{
	REQUEST(request, TRUST_ASK_STORABLE);
	put_secret(&request, key);
	return ask_reason(worker, &request, ret_reason, error);
}

bool
trust_nss_storable(const char *nss_libdir, const struct trust_secret *const *keys, size_t count,
    char **ret_reasons, struct trust_error *error)
{
	TRUST_AUTO(trust_worker) *worker = NULL;

	memset(ret_reasons, 0, count * sizeof *ret_reasons);
	if (count == 0)
		return true;
	bool done = trust_worker_start_bare(nss_libdir, &worker, error);
	for (size_t i = 0; done && i < count; i++)
		done = ask_storable(worker, keys[i], &ret_reasons[i], error);
	for (size_t i = 0; !done && i < count; i++)
		trust_free(trust_steal(&ret_reasons[i]));
	return done;
}

bool
trust_worker_set_trust(
    struct trust_worker *worker, const struct trust_worker_trust *trust, struct trust_error *error)
{
	uint8_t sha1[TRUST_SHA1_BYTES];
	uint8_t md5[TRUST_MD5_BYTES];
	uint32_t ignored = 0;

	trust_sha1(trust->der.data, trust->der.size, sha1);
	trust_md5(trust->der.data, trust->der.size, md5);
	REQUEST(request, TRUST_ASK_SET_TRUST);
	trust_wire_put_bytes(&request, trust->issuer);
	trust_wire_put_bytes(&request, trust->serial);
	trust_wire_put_bytes(&request, (struct trust_bytes){ sha1, sizeof sha1 });
	trust_wire_put_bytes(&request, (struct trust_bytes){ md5, sizeof md5 });
	for (int usage = 0; usage < TRUST_USAGES; usage++)
		trust_wire_put_u32(&request, trust->states.of[usage]);
	return ask_number(worker, &request, &ignored, error);
}

bool
trust_worker_delete_public(
    struct trust_worker *worker, uint32_t object_id, struct trust_error *error)
{
	REQUEST(request, TRUST_ASK_DELETE_PUBLIC);
	trust_wire_put_u32(&request, object_id);
	return tell(worker, &request, REQUEST_MS, error);
}

bool
trust_worker_delete_key(
    struct trust_worker *worker, uint32_t key_object_id, struct trust_error *error)
{
	REQUEST(request, TRUST_ASK_DELETE_KEY);
	trust_wire_put_u32(&request, key_object_id);
	return tell(worker, &request, REQUEST_MS, error);
}

bool
trust_worker_export_key(struct trust_worker *worker, uint32_t key_object_id,
    const struct trust_secret *password, unsigned rounds, struct trust_secret **ret_encrypted,
    struct trust_error *error)
{
	REQUEST(request, TRUST_ASK_EXPORT_KEY);
	trust_wire_put_u32(&request, key_object_id);
	put_secret(&request, password);
	trust_wire_put_u32(&request, rounds);
	return ask_secret(worker, &request, ret_encrypted, error);
}

bool
trust_worker_sign(struct trust_worker *worker, uint32_t key_object_id, struct trust_bytes data,
    struct trust_secret **ret_signature, struct trust_error *error)
{
	REQUEST(request, TRUST_ASK_SIGN);
	trust_wire_put_u32(&request, key_object_id);
	trust_wire_put_bytes(&request, data);
	return ask_secret(worker, &request, ret_signature, error);
}

bool
trust_worker_verify(struct trust_worker *worker, struct trust_bytes der, enum trust_usage usage,
    int64_t at_seconds, const struct trust_bytes *others, size_t other_count, char **ret_reason,
    struct trust_error *error)
{
	REQUEST(request, TRUST_ASK_VERIFY);
	trust_wire_put_bytes(&request, der);
	trust_wire_put_u32(&request, usage);
	trust_wire_put_u64(&request, (uint64_t)at_seconds);
	trust_wire_put_u32(&request, (uint32_t)other_count);
	for (size_t i = 0; i < other_count; i++)
		trust_wire_put_bytes(&request, others[i]);
	return ask_reason(worker, &request, ret_reason, error);
}
