/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_TABLE_INTERNAL_H
#define CLI_TABLE_INTERNAL_H

/* How a table keeps its rows: made for a hundred thousand of them. Only cells that will be printed
 * or sorted by are kept, and a text that stands in the row above already is kept once. */

#include "cli/internal.h"

struct cli_cell {
	const char *text; /* borrowed from the table; what people see; NULL: the number says it */
	int64_t number;   /* also seconds, truth, and a text's place in the order;
			     CLI_CELL_UNSET: no value, with a text: one that nobody knows */
};
#define CLI_CELL_UNSET INT64_MIN

struct cli_table {
	struct cli *cli;
	const char *kind;
	const struct cli_column *columns; /* borrowed */
	size_t column_count;
	int *slots; /* by column: where in a row it is kept; -1: nowhere */
	size_t slot_count;
	struct cli_cell *cells;
	uint8_t *roles; /* parallel to cells; NULL: all plain */
	size_t rows;
	size_t capacity;
	struct cli_text_block *texts;
};

/* What stands above it: its name in capitals. Owned by the caller. */
char *cli_column_header(const struct cli_column *column) TRUST_MUST_CHECK;
bool cli_column_is_text(const struct cli_column *column);
/* The cell of a kept column. */
const struct cli_cell *cli_table_cell(const struct cli_table *table, size_t row, size_t column);
bool cli_cell_is_set(const struct cli_cell *cell);
/* What people read. room: for what is made on the way. */
#define CLI_CELL_ROOM 32
const char *cli_cell_words(
    const struct cli_column *column, const struct cli_cell *cell, char room[CLI_CELL_ROOM]);
enum cli_role cli_table_role_of(const struct cli_table *table, size_t row, size_t column);

bool cli_table_print_people(const struct cli_table *table, const size_t *rows,
    const size_t *columns, size_t count, struct trust_error *error) TRUST_MUST_CHECK;
bool cli_table_print_terminal(const struct cli_table *table, const size_t *rows,
    const size_t *columns, size_t count, struct trust_error *error) TRUST_MUST_CHECK;
void cli_table_print_json(const struct cli_table *table, const size_t *rows);
void cli_table_write_html(const struct cli_table *table, const size_t *rows, const size_t *columns,
    size_t count, const char *caption, struct trust_buffer *out);
void cli_table_print_csv(
    const struct cli_table *table, const size_t *rows, const size_t *columns, size_t count);

#endif
