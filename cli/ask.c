/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Passwords and answers: from files and descriptors named on the command line, from systemd
 * credentials, else typed by a person without echo. Nothing typed passes through stdio.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "cli/internal.h"
#include "core/buffer.h"
#include "core/limits.h"
#include "core/text.h"

#define ATTEMPTS 3

/* ---- files and descriptors ------------------------------------------------------------------- */

/* The first line, and nothing behind it is read: the descriptor may bring more. `name` is
 * displayable. */
static bool
read_password(
    int fd, const char *name, struct trust_secret **ret_password, struct trust_error *error)
{
	uint8_t bytes[TRUST_MAX_PASSWORD_BYTES + 2]; /* and CR, LF */
	size_t size = 0;
	bool ended = false;
	while (!ended && size < sizeof bytes) {
		ssize_t got = read(fd, bytes + size, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int cause = errno;
			explicit_bzero(bytes, sizeof bytes);
			return trust_fail_errno(error, TRUST_INPUT_OPEN, cause, name,
			    "cannot read the password from '%s'", name);
		}
		if (got == 0)
			break;
		ended = bytes[size] == '\n';
		size += !ended;
	}
	if (ended && size > 0 && bytes[size - 1] == '\r')
		size--;
	bool good = size <= TRUST_MAX_PASSWORD_BYTES && memchr(bytes, '\0', size) == NULL;
	if (good)
		*ret_password = trust_secret_new(bytes, size);
	explicit_bzero(bytes, sizeof bytes);
	if (!good && size > TRUST_MAX_PASSWORD_BYTES)
		return trust_fail(error, TRUST_INPUT_LIMIT, name,
		    "the password in '%s' is longer than %d bytes", name, TRUST_MAX_PASSWORD_BYTES);
	return good ||
	    trust_fail(
		error, TRUST_INPUT_MALFORMED, name, "the password in '%s' has a NUL byte", name);
}

static bool
read_password_file(const char *path, struct trust_secret **ret_password, struct trust_error *error)
{
	TRUST_AUTO_FREE char *name = trust_text_display_string(path);
	TRUST_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return trust_fail_errno(error, TRUST_INPUT_OPEN, errno, name,
		    "cannot open the password file '%s'", name);
	return read_password(fd, name, ret_password, error);
}

static bool
read_credential(const char *name, struct trust_secret **ret_password, struct trust_error *error)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	if (directory == NULL || *directory != '/')
		return true;
	TRUST_AUTO_FREE char *path = trust_printf("%s/%s", directory, name);
	return access(path, F_OK) != 0 || read_password_file(path, ret_password, error);
}

bool
cli_read_passwords(struct cli *cli, struct trust_error *error)
{
	struct cli_internal *internal = cli->internal;
	const struct cli_globals *global = &cli->global;
	if (cli->command->plain)
		return true;
	if (global->password_file != NULL) {
		if (!read_password_file(global->password_file, &internal->file_password, error))
			return false;
	} else if (global->password_fd >= 0) {
		TRUST_AUTO_FREE char *name =
		    trust_printf("file descriptor %lld", (long long)global->password_fd);
		/* A copy, so that a wrong number cannot close what the program needs. */
		TRUST_AUTO_FD int fd = global->password_fd <= INT32_MAX
		    ? fcntl((int)global->password_fd, F_DUPFD_CLOEXEC, 3)
		    : -1;
		if (fd < 0)
			return trust_fail(error, TRUST_INPUT_OPEN, name,
			    "cannot read from %s: it is not open", name);
		if (!read_password(fd, name, &internal->file_password, error))
			return false;
	} else if (!read_credential("trustctl.password", &internal->file_password, error)) {
		return false;
	}
	if (global->store_password_file != NULL)
		return read_password_file(
		    global->store_password_file, &internal->store_password, error);
	return read_credential("trustctl.store-password", &internal->store_password, error);
}

const struct trust_secret *
cli_known_store_password(struct cli *cli)
{
	return cli->internal->store_password;
}

/* ---- a person -------------------------------------------------------------------------------- */

/* Where a person types: standard input, or the terminal itself when standard input brings a file.
 * -1: nobody is there. *ret_ours: to be closed. */
static int
terminal(struct cli *cli, bool *ret_ours)
{
	const struct cli_from_files *from = &cli->internal->from_files;
	bool file = false;

	*ret_ours = false;
	if (isatty(STDIN_FILENO))
		return STDIN_FILENO;
	for (size_t i = 0; i < cli->operand_count; i++)
		file = file || strcmp(cli->operands[i], "-") == 0;
	/* Commands about items have what was in it for operands. */
	for (size_t i = 0; i < from->count; i++)
		file = file || strcmp(from->list[i].path, "-") == 0;
	if (!file)
		return -1;
	*ret_ours = true;
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

bool
cli_has_person(struct cli *cli)
{
	bool ours = false;
	int fd = terminal(cli, &ours);
	if (fd >= 0 && ours)
		close(fd);
	return fd >= 0;
}

/* Those of interrupt.c, and what Ctrl-Z sends. */
static const int watched[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU, SIGALRM, SIGUSR1, SIGUSR2,
	SIGTSTP };
static volatile sig_atomic_t caught;

static void
note_signal(int number)
{
	caught = number;
}

/* One line, with or without echo; the terminal is as before when a signal ends the wait. The prompt
 * comes when the echo is off: what somebody types at once is neither shown nor thrown away. */
static struct trust_secret *
read_until_signal(int fd, bool echo, const char *text)
{
	struct termios before;
	struct sigaction old[TRUST_COUNT(watched)];
	bool silenced = false;
	uint8_t line[TRUST_MAX_PASSWORD_BYTES];
	size_t size = 0;
	bool ended = false;

	caught = 0;
	const struct sigaction action = { .sa_handler =
					      note_signal }; /* no SA_RESTART: read() ends */
	for (size_t i = 0; i < TRUST_COUNT(watched); i++) {
		sigaction(watched[i], NULL, &old[i]);
		if (old[i].sa_handler != SIG_IGN) /* as interrupt.c */
			sigaction(watched[i], &action, NULL);
	}
	if (!echo && tcgetattr(fd, &before) == 0) {
		struct termios silent = before;
		silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
		silent.c_lflag |= ECHONL;
		silenced = tcsetattr(fd, TCSAFLUSH, &silent) == 0;
	}
	cli_progress_done();
	fputs(text, stderr);
	while (caught == 0) {
		uint8_t c = 0;
		ssize_t got = read(fd, &c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		ended = c == '\n';
		if (ended)
			break;
		if (size < sizeof line)
			line[size++] = c;
	}
	if (silenced)
		tcsetattr(fd, TCSAFLUSH, &before);
	for (size_t i = 0; i < TRUST_COUNT(watched); i++)
		sigaction(watched[i], &old[i], NULL);

	struct trust_secret *typed = ended ? trust_secret_new(line, size) : NULL;
	explicit_bzero(line, sizeof line);
	if (caught != 0) {
		trust_secret_free(typed);
		raise(caught);
		return NULL;
	}
	return typed;
}

/* Who stops the program at the prompt (Ctrl-Z) is asked anew when it goes on. */
static struct trust_secret *
read_typed(int fd, bool echo, const char *text)
{
	struct trust_secret *typed = NULL;

	do
		typed = read_until_signal(fd, echo, text);
	while (caught == SIGTSTP);
	return typed;
}

static struct trust_secret *
prompt(struct cli *cli, bool echo, const char *text)
{
	bool ours = false;
	int fd = terminal(cli, &ours);
	if (fd < 0)
		return NULL;
	fflush(stdout);
	TRUST_AUTO_FREE char *own = cli_shown(text);
	struct trust_secret *typed = read_typed(fd, echo, own);
	if (ours)
		close(fd);
	return typed;
}

char *
cli_read_line(struct cli *cli, const char *question)
{
	TRUST_AUTO(trust_secret) *typed = prompt(cli, true, question);
	return typed != NULL ? trust_strdup((const char *)typed->bytes) : NULL;
}

static struct trust_secret *
ask_twice(struct cli *cli, const char *text)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		TRUST_AUTO(trust_secret) *first = prompt(cli, false, text);
		if (first == NULL)
			return NULL;
		TRUST_AUTO(trust_secret) *again = prompt(cli, false, "The same again: ");
		if (again == NULL)
			return NULL;
		if (first->size == again->size &&
		    memcmp(first->bytes, again->bytes, first->size) == 0)
			return trust_steal(&first);
		cli_warn(cli, "the two passwords differ");
	}
	return NULL;
}

/* What is known without asking. *ret_known tells a password that is missing from one to be
 * typed. */
static struct trust_secret *
known_password(struct cli *cli, enum trust_password_for what, bool *ret_known)
{
	struct cli_internal *internal = cli->internal;
	const struct trust_secret *secret = internal->file_password;
	if (what == TRUST_PASSWORD_STORE)
		secret = internal->store_password;
	/* `store create` has one store and no old password, so either option means the new one. */
	if (what == TRUST_PASSWORD_STORE_NEW && secret == NULL &&
	    strcmp(cli->command->path, "store create") == 0)
		secret = internal->store_password;
	*ret_known = secret != NULL;
	return secret != NULL ? trust_secret_copy(secret) : NULL;
}

static struct trust_secret *
ask(void *context, enum trust_password_for what, const char *subject, unsigned attempt)
{
	struct cli *cli = context;
	bool known = false;
	TRUST_AUTO(trust_secret) *password = known_password(cli, what, &known);
	if (known)
		return attempt == 0 ? trust_steal(&password) : NULL;
	if (what == TRUST_PASSWORD_FILE_GIVEN)
		return NULL;
	/* A dry run never asks a person for what opens a store. */
	if (cli->global.dry_run && what == TRUST_PASSWORD_STORE)
		return NULL;
	if (attempt >= ATTEMPTS)
		return NULL;
	if (attempt > 0)
		cli_note(cli, "that is not the password");

	TRUST_AUTO_FREE char *text = NULL;
	switch (what) {
	case TRUST_PASSWORD_STORE:
		text = trust_printf("Password of the store '%s': ", subject);
		return prompt(cli, false, text);
	case TRUST_PASSWORD_FILE:
		text = trust_printf("Password of the file '%s': ", subject);
		return prompt(cli, false, text);
	case TRUST_PASSWORD_STORE_NEW:
		text = trust_printf("New password of the store '%s': ", subject);
		return ask_twice(cli, text);
	case TRUST_PASSWORD_FILE_GIVEN:
		return NULL;
	case TRUST_PASSWORD_FILE_NEW:
		text = trust_printf("Password for the file '%s': ", subject);
		return ask_twice(cli, text);
	}
	return NULL;
}

struct trust_asker
cli_asker(struct cli *cli)
{
	return (struct trust_asker){ .ask = ask, .context = cli };
}

bool
cli_confirm(struct cli *cli, const char *question, struct trust_error *error)
{
	if (cli->global.yes)
		return true;
	if (!cli_has_person(cli)) {
		(void)trust_fail(error, TRUST_REFUSED, NULL, "not confirmed: %s", question);
		return trust_hint(
		    error, "there is no terminal to ask on; --yes answers the question");
	}
	TRUST_AUTO_FREE char *text = trust_printf("%s [y/N] ", question);
	TRUST_AUTO_FREE char *answer = cli_read_line(cli, text);
	if (answer != NULL && (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0))
		return true;
	return trust_fail(error, TRUST_REFUSED, NULL, "not confirmed; nothing was changed");
}
