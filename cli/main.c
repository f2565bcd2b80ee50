/* SPDX-License-Identifier: MPL-2.0 */
/* The program: a safe process, one command, one exit. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cli/internal.h"
#include "core/libraries.h"
#include "core/place.h"
#include "core/text.h"

static void
last_words(const char *why)
{
	const struct iovec line[] = {
		{ (char *)"trustctl: ", strlen("trustctl: ") },
		{ (char *)why, strlen(why) },
		{ (char *)"\n", 1 },
	};
	ssize_t ignored =
	    writev(STDERR_FILENO, line, TRUST_COUNT(line)); /* which wants no memory */
	(void)ignored;
	_exit(trust_code_exit_status(TRUST_BUG));
}

static void
library_missing(const struct trust_error *error)
{
	static const struct cli_globals defaults;

	cli_say_error(&defaults, error);
	_exit(trust_code_exit_status(error->code));
}

static void
prepare_process(void)
{
	/* A missing standard stream would give its number to a database. Writing to a closed
	 * standard output must fail all the same: nobody gets the result. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			(void)open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR);

	/* Keys and passwords pass through this memory. */
	const struct rlimit none = { 0, 0 };
	setrlimit(RLIMIT_CORE, &none);
#if !TRUST_SANITIZED /* whose search for leaks needs ptrace */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	/* What is made must open to ourselves, the worker's files too. */
	umask(umask(077) & 077);
	/* Who reads our output may leave; a change must not die of it half-way. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* nor of a limit: the write fails, and the cause is told */
	trust_shell_words_in_ascii(cli_is_ascii());
	trust_set_last_words(last_words);
	trust_set_library_missing(library_missing);
	cli_doc_start();
}

/* The cause of an earlier failure is gone by the end; that nobody reads can still be seen. */
static bool
reader_left(void)
{
	struct pollfd output = { .fd = STDOUT_FILENO, .events = POLLOUT };
	return errno == EPIPE || (poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0);
}

/* Standard output reached its reader, or an error says why not. */
static bool
finish_output(struct trust_error *error)
{
	errno = 0;
	bool failed = fflush(stdout) != 0 || ferror(stdout);
	if (!failed || reader_left())
		return true; /* a reader that has seen enough is no failure */
	if ((fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return trust_fail(error, TRUST_OUTPUT, "standard output",
		    "cannot write the result: standard output is closed");
	if (errno == 0) /* an earlier write failed, and nothing tells why any more */
		return trust_fail(error, TRUST_OUTPUT, "standard output",
		    "cannot write all of it to standard output");
	return trust_fail_errno(
	    error, TRUST_OUTPUT, errno, "standard output", "cannot write to standard output");
}

/* Nobody may take a change for none because its report is lost: neither a script by the exit
 * status nor a person by the words. */
static enum trust_code
tell_change(const struct cli *cli, struct trust_error *error)
{
	(void)trust_error_prefix(error, "the change was made, and its report is lost: ");
	error->code = TRUST_PARTIAL;
	if (!cli->command->no_history)
		(void)trust_hint(error, "trustctl history list");
	return TRUST_PARTIAL;
}

static void
complete_hint(struct cli *cli, struct trust_error *error)
{
	TRUST_AUTO(trust_places) *places = NULL;
	TRUST_AUTO_ERROR unknown = TRUST_ERROR_INIT;
	if (error->hint == NULL || cli->command->plain ||
	    (!cli->command->no_store && !cli_places(cli, NULL, &places, &unknown)))
		return;
	const struct trust_place *place =
	    places != NULL && places->count == 1 ? &places->list[0] : NULL;
	if (error->code == TRUST_STORE_MISSING && !cli->global.store && place &&
	    place->kind == TRUST_PLACE_USER && !place->exists)
		(void)cli_hint_stores(cli, error);
	TRUST_AUTO_FREE char *whole = cli_whole_hint(cli, error->hint, place);
	(void)trust_hint(error, "%s", whole);
}

static enum trust_code
run_command(struct cli_parsed *parsed, struct trust_error *error)
{
	struct cli_internal internal = { .words = parsed->words, .word_count = parsed->word_count };
	struct cli cli = {
		.command = parsed->command,
		.operands = parsed->operands,
		.operand_count = parsed->operand_count,
		.global = parsed->globals,
		.now = trust_time_now(),
		.internal = &internal,
	};
	enum trust_code code = TRUST_OK;
	cli_progress_start(&cli);
	cli_interrupt_start();
	/* What is done would not be told any more, were a library missing then. */
	if (cli.command->writes && !trust_libraries_load(error))
		code = error->code;
	else if (!cli_read_passwords(&cli, error) || !cli_read_operands(&cli, error))
		code = error->code;
	else
		code = parsed->command->run(&cli, parsed->options, error);
	cli_progress_done();
	internal.sudo_noted = true; /* or nothing was done with stores */
	if (cli.changed && error->code == TRUST_OK && !finish_output(error))
		code = error->code;
	if (cli.changed && error->code == TRUST_OUTPUT)
		code = tell_change(&cli, error);
	complete_hint(&cli, error);
	cli_from_files_done(&internal.from_files);
	trust_free(internal.steps);
	trust_secret_free(internal.file_password);
	trust_secret_free(internal.store_password);
	trust_store_close(internal.builtin);
	trust_places_free(internal.all);
	return code;
}

/* A command either succeeds, answers no, is done in part, or says what went wrong. */
static enum trust_code
checked(enum trust_code code, struct trust_error *error)
{
	bool error_free = code == TRUST_OK || code == TRUST_ANSWER_NO || code == TRUST_PARTIAL;
	if (error->code == TRUST_OK && !error_free)
		(void)trust_fail(
		    error, TRUST_BUG, NULL, "a failure without words (%s)", trust_code_name(code));
	else if (error->code != TRUST_OK && error_free && code != TRUST_PARTIAL)
		(void)trust_error_prefix(error, "an error was forgotten: ");
	else
		return code;
	error->code = TRUST_BUG;
	return TRUST_BUG;
}

/* Whoever starts it chooses its stores, its files and its environment: it lends nobody's rights. */
static bool
is_its_callers(struct trust_error *error)
{
	if (getuid() == geteuid() && getgid() == getegid())
		return true;
	(void)trust_fail(error, TRUST_REFUSED, NULL,
	    "this program must not be installed set-user-ID or set-group-ID");
	return trust_hint(error, "chmod ug-s; use sudo to work on another user's store");
}

/* Who names no command is shown which there are; nothing was done, and a script shall see that. */
static enum trust_code
show_overview(void)
{
	cli_help_overview(stderr);
	return TRUST_USAGE;
}

int
main(int argc, char **argv)
{
	struct cli_parsed parsed = { 0 };
	TRUST_AUTO_ERROR error = TRUST_ERROR_INIT;
	enum trust_code code = TRUST_OK;

	prepare_process();
	if (!is_its_callers(&error))
		code = error.code;
	else if (argc <= 1)
		code = show_overview();
	else if (!cli_parse(argc, argv, &parsed, &error))
		code = error.code;
	else if (parsed.version)
		puts("trustctl " TRUSTCTL_VERSION);
	else if (parsed.help &&
	    !cli_help(stdout, parsed.help_words[0], parsed.help_words[1], &error))
		code = error.code;
	else if (!parsed.help)
		code = checked(run_command(&parsed, &error), &error);

	TRUST_AUTO_ERROR unwritten = TRUST_ERROR_INIT;
	if (!finish_output(&unwritten) && error.code == TRUST_OK) {
		trust_error_move(&error, &unwritten);
		code = error.code;
	}
	if (error.code != TRUST_OK)
		cli_say_error(&parsed.globals, &error);
	cli_parsed_done(&parsed);
	return trust_code_exit_status(code);
}
