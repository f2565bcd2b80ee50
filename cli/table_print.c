/* SPDX-License-Identifier: MPL-2.0 */
/* Tables, printed: for people where there is no terminal (see table_terminal.c), as JSON or CSV row
 * by row. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "cli/table_internal.h"

/* ---- JSON ---------------------------------------------------------------------------------- */

/* As jansson writes it: cells are valid UTF-8. */
static void
put_json_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		static const char escaped[] = "\b\f\n\r\t\"\\";
		static const char letters[] = "bfnrt\"\\";
		const char *special = strchr(escaped, *text);
		if (special)
			printf("\\%c", letters[special - escaped]);
		else if ((unsigned char)*text < 0x20)
			printf("\\u%04X", (unsigned char)*text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void
put_json_words(const char *text)
{
	TRUST_AUTO_FREE char *copy = trust_strdup(text);

	if (!*copy) {
		fputs("[]", stdout);
		return;
	}
	for (char *word = copy, *next; word && *word; word = next) {
		next = strstr(word, ", ");
		if (next) {
			*next = '\0';
			next += 2;
		}
		fputs(word == copy ? "[\n        " : ",\n        ", stdout);
		put_json_text(word);
	}
	fputs("\n      ]", stdout);
}

static void
put_json_cell(const struct cli_column *column, const struct cli_cell *cell)
{
	char time[32];

	if (!cli_cell_is_set(cell)) {
		fputs("null", stdout);
		return;
	}
	switch (column->type) {
	case CLI_CELL_NUMBER:
		printf("%lld", (long long)cell->number);
		break;
	case CLI_CELL_BOOL:
		fputs(cell->number ? "true" : "false", stdout);
		break;
	case CLI_CELL_TIME:
		trust_time_format((struct trust_time){ cell->number }, time);
		put_json_text(time);
		break;
	case CLI_CELL_WORDS:
		put_json_words(cell->text);
		break;
	case CLI_CELL_TEXT:
		put_json_text(cell->text);
		break;
	}
}

/* Every column, whatever --columns says: programs choose for themselves. */
void
cli_table_print_json(const struct cli_table *table, const size_t *rows)
{
	printf("{\n  \"schema\": 1,\n  \"kind\": \"%s\",\n  \"%s\": [", table->kind, table->kind);
	for (size_t i = 0; i < table->rows; i++) {
		fputs(i ? ",\n    {\n" : "\n    {\n", stdout);
		for (size_t k = 0; k < table->column_count; k++) {
			printf("      \"%s\": ", table->columns[k].key);
			put_json_cell(&table->columns[k], cli_table_cell(table, rows[i], k));
			fputs(k + 1 < table->column_count ? ",\n" : "\n    }", stdout);
		}
	}
	fputs(table->rows ? "\n  ]\n}\n" : "]\n}\n", stdout);
}

/* ---- CSV ----------------------------------------------------------------------------------- */

/* RFC 4180. A cell that a spreadsheet would run as a formula gets an apostrophe in front. */
static void
put_csv(const char *text)
{
	if (*text && strchr("=+-@", *text)) {
		TRUST_AUTO_FREE char *safe = trust_printf("'%s", text);
		put_csv(safe);
		return;
	}
	if (!strpbrk(text, "\",\r\n")) {
		fputs(text, stdout);
		return;
	}
	putchar('"');
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

void
cli_table_print_csv(
    const struct cli_table *table, const size_t *rows, const size_t *columns, size_t count)
{
	for (size_t k = 0; k < count; k++)
		printf("%s%s", k ? "," : "", table->columns[columns[k]].key);
	fputs("\r\n", stdout);
	for (size_t i = 0; i < table->rows; i++) {
		for (size_t k = 0; k < count; k++) {
			const struct cli_column *column = &table->columns[columns[k]];
			const struct cli_cell *cell = cli_table_cell(table, rows[i], columns[k]);
			char time[32];
			char room[CLI_CELL_ROOM];
			if (k)
				putchar(',');
			if (!cli_cell_is_set(cell))
				continue;
			if (column->type == CLI_CELL_TIME)
				trust_time_format((struct trust_time){ cell->number }, time);
			if (column->type == CLI_CELL_NUMBER)
				fputs(cli_cell_words(column, cell, room), stdout);
			else
				put_csv(column->type == CLI_CELL_TIME ? time
					: cell->text                  ? cell->text
						     : cli_cell_words(column, cell, room));
		}
		fputs("\r\n", stdout);
	}
}

/* ---- people, without a terminal ------------------------------------------------------------ */

/* Columns on a terminal. */
static size_t
width_of(const char *text)
{
	mbstate_t state = { 0 };
	size_t width = 0;

	const char *plain = text;
	while (*plain >= 0x20 && *plain < 0x7f)
		plain++;
	if (!*plain)
		return (size_t)(plain - text);
	cli_use_locale();
	for (size_t size = strlen(text), used; size; text += used, size -= used) {
		wchar_t c = 0;
		used = mbrtowc(&c, text, size, &state);
		if (used == 0 || used > size) {
			state = (mbstate_t){ 0 };
			used = 1;
			width++;
			continue;
		}
		int cells = wcwidth(c);
		width += cells > 0 ? (size_t)cells : 0;
	}
	return width;
}

static void
put_spaces(size_t count)
{
	static const char spaces[] = "                                ";

	for (; count >= sizeof spaces - 1; count -= sizeof spaces - 1)
		fwrite(spaces, 1, sizeof spaces - 1, stdout);
	fwrite_unlocked(spaces, 1, count, stdout);
}

static void
put_plain(const char *text, size_t width, bool right, bool last)
{
	size_t own = width_of(text);
	size_t fill = own < width ? width - own : 0;

	if (right)
		put_spaces(fill);
	fwrite_unlocked(text, 1, strlen(text), stdout);
	if (!right && !last)
		put_spaces(fill);
	putchar_unlocked(last ? '\n' : ' ');
}

/* As libsmartcols prints it where there is no terminal whose width counts, in a tenth of the time
 * and without a copy of the table. */
static void
print_plain(const struct cli_table *table, const size_t *rows, const size_t *columns, size_t count)
{
	TRUST_AUTO_FREE size_t *widths = trust_alloc_array(count, sizeof *widths);
	char room[CLI_CELL_ROOM];

	for (size_t k = 0; k < count; k++) {
		const struct cli_column *column = &table->columns[columns[k]];
		const char *last = NULL;
		TRUST_AUTO_FREE char *header = cli_column_header(column);
		widths[k] = width_of(header);
		for (size_t i = 0; i < table->rows; i++) {
			const char *text =
			    cli_cell_words(column, cli_table_cell(table, i, columns[k]), room);
			if (text == last && text != room)
				continue;
			size_t width = width_of(text);
			widths[k] = width > widths[k] ? width : widths[k];
			last = text;
		}
	}
	for (size_t k = 0; k < count; k++) {
		TRUST_AUTO_FREE char *header = cli_column_header(&table->columns[columns[k]]);
		put_plain(header, widths[k], table->columns[columns[k]].right, k + 1 == count);
	}
	for (size_t i = 0; i < table->rows; i++)
		for (size_t k = 0; k < count; k++) {
			const struct cli_column *column = &table->columns[columns[k]];
			put_plain(cli_cell_words(
				      column, cli_table_cell(table, rows[i], columns[k]), room),
			    widths[k], column->right, k + 1 == count);
		}
}

bool
cli_table_print_people(const struct cli_table *table, const size_t *rows, const size_t *columns,
    size_t count, struct trust_error *error)
{
	if (isatty(STDOUT_FILENO) || cli_use_color(&table->cli->global, stdout) || cli_is_ascii())
		return cli_table_print_terminal(table, rows, columns, count, error);
	print_plain(table, rows, columns, count);
	return true;
}
