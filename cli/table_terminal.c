/* SPDX-License-Identifier: MPL-2.0 */
/* Tables on a terminal: columns fitted to its width, cut with a sign, coloured, by libsmartcols. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libsmartcols.h>

#include "cli/table_fit.h"
#include "cli/table_internal.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/text.h"

/* A table for people: the cells as they are shown, row by row below a row of headers. */
struct sheet {
	char **texts;         /* owned */
	struct cli_fit *fits; /* owned; one for each column */
	size_t rows;          /* with the headers' */
	size_t count;
};

static void
sheet_done(struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->rows * sheet->count; i++)
		trust_free(sheet->texts[i]);
	trust_free(sheet->texts);
	trust_free(sheet->fits);
}

static void
fill_sheet(
    struct sheet *sheet, const struct cli_table *table, const size_t *rows, const size_t *columns)
{
	bool ascii = cli_is_ascii();

	for (size_t i = 0; i < sheet->rows; i++)
		for (size_t k = 0; k < sheet->count; k++) {
			const struct cli_cell *cell =
			    i ? cli_table_cell(table, rows[i - 1], columns[k]) : NULL;
			char **text = &sheet->texts[i * sheet->count + k];
			char room[CLI_CELL_ROOM];
			const char *shown =
			    cell ? cli_cell_words(&table->columns[columns[k]], cell, room) : NULL;
			if (!cell)
				*text = cli_column_header(&table->columns[columns[k]]);
			else
				*text = ascii ? trust_text_ascii(shown) : trust_strdup(shown);
			size_t width = trust_text_width(*text);
			if (width > sheet->fits[k].natural)
				sheet->fits[k].natural = width;
		}
}

/* Lines of at most this width, broken between words, and within one only where it is wider. */
static char *
wrap_words(const char *text, size_t width)
{
	TRUST_AUTO_BUFFER out;
	size_t used = 0;

	trust_buffer_init(&out, 2 * strlen(text) + 2);
	for (const char *word = text; *word; word += strspn(word, " ")) {
		size_t size = strcspn(word, " ");
		TRUST_AUTO_FREE char *whole = trust_printf("%.*s", (int)size, word);
		const char *rest = whole;
		bool breaks = used && used + 1 + trust_text_width(rest) > width;
		if (used)
			trust_buffer_append_text(&out, breaks ? "\n" : " ");
		used = breaks ? 0 : used + (used > 0);
		while (trust_text_width(rest) > width) {
			TRUST_AUTO_FREE char *head = trust_text_cut(rest, width, "");
			if (!*head)
				break;
			trust_buffer_printf(&out, "%s\n", head);
			rest += strlen(head);
		}
		trust_buffer_append_text(&out, rest);
		used += trust_text_width(rest);
		word += size;
	}
	return trust_buffer_take(&out);
}

static void
fit_sheet(struct sheet *sheet, const struct cli_table *table, const size_t *columns, size_t room)
{
	for (size_t k = 0; k < sheet->count; k++) {
		const struct cli_column *column = &table->columns[columns[k]];
		struct cli_fit *fit = &sheet->fits[k];
		size_t header = trust_text_width(column->name);
		fit->least =
		    cli_column_is_text(column) ? cli_fit_least(fit->natural, header) : fit->natural;
		fit->wraps = column->wrap;
		fit->vital = column->vital;
	}
	cli_fit(sheet->fits, sheet->count, room, !table->cli->global.columns);
	const char *mark = cli_is_ascii() ? "..." : "\u2026";
	for (size_t i = 0; i < sheet->rows * sheet->count; i++) {
		const struct cli_fit *fit = &sheet->fits[i % sheet->count];
		if (fit->dropped)
			continue;
		char *cut = fit->wraps ? wrap_words(sheet->texts[i], fit->width)
				       : trust_text_cut(sheet->texts[i], fit->width, mark);
		trust_free(sheet->texts[i]);
		sheet->texts[i] = cut;
	}
}

static void
tell_dropped(const struct cli_table *table, const struct sheet *sheet, const size_t *columns)
{
	TRUST_AUTO_BUFFER names;

	trust_buffer_init(&names, 65536);
	for (size_t k = 0; k < sheet->count; k++)
		if (sheet->fits[k].dropped)
			trust_buffer_printf(
			    &names, "%s%s", names.size ? "," : "", table->columns[columns[k]].name);
	if (names.size)
		cli_note(table->cli, "no room for these columns (--columns chooses): %s",
		    (const char *)names.data);
}

static void
put_rows(struct libscols_table *out, const struct sheet *sheet, const struct cli_table *table,
    const size_t *rows, const size_t *columns)
{
	static const char *const colors[] = {
		[CLI_ROLE_BAD] = "red",
		[CLI_ROLE_CAREFUL] = "brown",
	};
	bool colored = cli_use_color(&table->cli->global, stdout);

	for (size_t i = 1; i < sheet->rows; i++) {
		struct libscols_line *line = scols_table_new_line(out, NULL);
		size_t at = 0;
		for (size_t k = 0; line && k < sheet->count; k++) {
			enum cli_role role = cli_table_role_of(table, rows[i - 1], columns[k]);
			if (sheet->fits[k].dropped)
				continue;
			scols_line_set_data(line, at, sheet->texts[i * sheet->count + k]);
			if (role != CLI_ROLE_PLAIN && colored)
				scols_cell_set_color(scols_line_get_cell(line, at), colors[role]);
			at++;
		}
	}
}

bool
cli_table_print_terminal(const struct cli_table *table, const size_t *rows, const size_t *columns,
    size_t count, struct trust_error *error)
{
	cli_use_locale();
	scols_init_debug(0);
	struct libscols_table *out = scols_new_table();
	__attribute__((cleanup(sheet_done))) struct sheet sheet = {
		.texts = trust_alloc_array((table->rows + 1) * count, sizeof(char *)),
		.fits = trust_alloc_array(count, sizeof(struct cli_fit)),
		.rows = table->rows + 1,
		.count = count,
	};

	if (!out)
		return trust_fail(error, TRUST_BUG, NULL, "out of memory");
	fill_sheet(&sheet, table, rows, columns);
	if (cli_is_ascii())
		scols_table_enable_ascii(out, 1);
	if (!isatty(STDOUT_FILENO)) {
		scols_table_enable_maxout(out, 0);
	} else if (scols_table_get_termwidth(out) > 0) {
		fit_sheet(&sheet, table, columns, scols_table_get_termwidth(out));
		tell_dropped(table, &sheet, columns);
	}
	/* Cells are displayable already; encoded once more, their escapes would not read as
	 * such. */
	scols_table_enable_noencoding(out, 1);
	scols_table_enable_colors(out, cli_use_color(&table->cli->global, stdout));
	for (size_t k = 0; k < count; k++) {
		const struct cli_column *column = &table->columns[columns[k]];
		int flags =
		    (column->right ? SCOLS_FL_RIGHT : 0) | (column->wrap ? SCOLS_FL_WRAP : 0);
		if (sheet.fits[k].dropped)
			continue;
		struct libscols_column *made =
		    scols_table_new_column(out, sheet.texts[k], 0, flags);
		if (made && column->wrap)
			scols_column_set_wrapfunc(
			    made, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
	}
	put_rows(out, &sheet, table, rows, columns);
	bool done = scols_print_table(out) == 0;
	scols_unref_table(out);
	return done || ferror(stdout) ||
	    trust_fail(error, TRUST_OUTPUT, NULL, "cannot print the table");
}
