/* SPDX-License-Identifier: MPL-2.0 */
/* A table in a page of HTML, with every cell in full. */

#include <string.h>

#include "cli/html.h"
#include "cli/table_internal.h"

static void
put_header(
    struct trust_buffer *out, const struct cli_table *table, const size_t *columns, size_t count)
{
	trust_buffer_append_text(out, "<thead><tr>\n");
	for (size_t k = 0; k < count; k++)
		trust_buffer_printf(
		    out, "<th scope=\"col\">%s</th>\n", table->columns[columns[k]].name);
	trust_buffer_append_text(out, "</tr></thead>\n");
}

/* What names the row heads it. */
static void
put_cell(struct trust_buffer *out, const struct cli_table *table, size_t row, size_t column)
{
	static const char *const classes[] = {
		[CLI_ROLE_PLAIN] = "",
		[CLI_ROLE_BAD] = " class=\"bad\"",
		[CLI_ROLE_CAREFUL] = " class=\"careful\"",
	};
	const struct cli_column *shown = &table->columns[column];
	const struct cli_cell *cell = cli_table_cell(table, row, column);
	bool heads = strcmp(shown->name, "name") == 0;
	bool time = shown->type == CLI_CELL_TIME;
	char room[CLI_CELL_ROOM];

	trust_buffer_printf(out, "<%s%s>", heads ? "th scope=\"row\"" : "td",
	    time ? " class=\"time\"" : classes[cli_table_role_of(table, row, column)]);
	cli_html_text(out, cell->text ? cell->text : cli_cell_words(shown, cell, room));
	trust_buffer_append_text(out, heads ? "</th>\n" : "</td>\n");
}

void
cli_table_write_html(const struct cli_table *table, const size_t *rows, const size_t *columns,
    size_t count, const char *caption, struct trust_buffer *out)
{
	if (table->rows == 0) {
		cli_html_element(out, "p", NULL, "None.");
		return;
	}
	trust_buffer_append_text(out, "<table>\n");
	cli_html_element(out, "caption", NULL, caption);
	put_header(out, table, columns, count);
	trust_buffer_append_text(out, "<tbody>\n");
	for (size_t i = 0; i < table->rows && !out->overflow; i++) {
		trust_buffer_append_text(out, "<tr>\n");
		for (size_t k = 0; k < count; k++)
			put_cell(out, table, rows[i], columns[k]);
		trust_buffer_append_text(out, "</tr>\n");
	}
	trust_buffer_append_text(out, "</tbody></table>\n");
}
