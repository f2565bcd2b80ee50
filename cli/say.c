/* SPDX-License-Identifier: MPL-2.0 */
/* Words for people: results on standard output, everything else on standard error. */

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/internal.h"
#include "core/text.h"

#define RED "\033[1;31m"
#define YELLOW "\033[33m"
#define CYAN "\033[36m"
#define PLAIN "\033[0m"

bool
cli_is_ascii(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *wanted = NULL;

	for (size_t i = 0; i < TRUST_COUNT(names) && (!wanted || !*wanted); i++)
		wanted = getenv(names[i]);
	return wanted && (strcmp(wanted, "C") == 0 || strcmp(wanted, "POSIX") == 0);
}

/* Numbers stay as programs write them. */
void
cli_use_locale(void)
{
	static bool used;

	if (used)
		return;
	used = true;
	setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

char *
cli_shown(const char *text)
{
	return cli_is_ascii() ? trust_text_ascii(text) : trust_strdup(text);
}

bool
cli_is_capable(int fd)
{
	const char *terminal = getenv("TERM");

	return isatty(fd) && terminal && *terminal && strcmp(terminal, "dumb") != 0;
}

bool
cli_use_color(const struct cli_globals *globals, FILE *to)
{
	if (globals->color != NULL && strcmp(globals->color, "always") == 0)
		return true;
	if (globals->color != NULL && strcmp(globals->color, "never") == 0)
		return false;
	const char *refused = getenv("NO_COLOR");
	return (refused == NULL || *refused == '\0') && cli_is_capable(fileno(to));
}

/* Each line of the text behind the label. */
static void
print_lines(
    const struct cli_globals *globals, const char *color, const char *label, const char *text)
{
	bool colored = *label != '\0' && cli_use_color(globals, stderr);
	TRUST_AUTO_FREE char *own = cli_shown(text);
	cli_progress_done(); /* whose line may stand there, unended when something failed */
	fflush(stdout);      /* on a terminal, in the order in which it was said */
	for (const char *line = own; line != NULL;) {
		size_t size = strcspn(line, "\n");
		fprintf(stderr, "%s%s%s%.*s\n", colored ? color : "", label, colored ? PLAIN : "",
		    (int)size, line);
		line = line[size] == '\n' ? line + size + 1 : NULL;
	}
}

static void TRUST_PRINTF(4, 0) print_format(const struct cli *cli, const char *color,
    const char *label, const char *format, va_list arguments)
{
	TRUST_AUTO_FREE char *text = trust_vprintf(format, arguments);
	print_lines(&cli->global, color, label, text);
}

void
cli_note(struct cli *cli, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	if (!cli->global.quiet)
		print_format(cli, "", "", format, arguments);
	va_end(arguments);
}

void
cli_warn(struct cli *cli, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	print_format(cli, YELLOW, "warning: ", format, arguments);
	va_end(arguments);
}

void
cli_hint(struct cli *cli, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	if (!cli->global.quiet)
		print_format(cli, CYAN, "hint: ", format, arguments);
	va_end(arguments);
}

void
cli_say(struct cli *cli, const char *format, ...)
{
	if (cli->global.json || cli->global.csv)
		return;
	cli_progress_done();
	va_list arguments;
	va_start(arguments, format);
	TRUST_AUTO_FREE char *text = trust_vprintf(format, arguments);
	va_end(arguments);
	/* A plain command's lines are for programs. */
	TRUST_AUTO_FREE char *own = cli->command->plain ? trust_strdup(text) : cli_shown(text);
	printf("%s\n", own);
}

void
cli_say_error(const struct cli_globals *globals, const struct trust_error *error)
{
	print_lines(globals, RED, "trustctl: ", error->message);
	if (error->hint != NULL && !globals->quiet)
		print_lines(globals, CYAN, "hint: ", error->hint);
	if (error->code == TRUST_BUG)
		print_lines(globals, RED, "trustctl: ",
		    "this is a mistake of the program; please report it with the command line");
}
