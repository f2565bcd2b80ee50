/* SPDX-License-Identifier: MPL-2.0 */
/* Tables: rows of typed cells, kept, chosen and sorted. Printing is in table_print.c. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/table_internal.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/text.h"

/* ---- texts ------------------------------------------------------------------------------- */

struct cli_text_block {
	struct cli_text_block *older;
	size_t used;
	size_t size;
	char text[];
};
#define TEXT_BLOCK 65536

static const char *
keep_text(struct cli_table *table, const char *text)
{
	size_t size = strlen(text) + 1;
	struct cli_text_block *block = table->texts;

	if (!block || block->size - block->used < size) {
		size_t room = size > TEXT_BLOCK ? size : TEXT_BLOCK;
		block = trust_grow_array(NULL, 1, sizeof *block + room);
		*block = (struct cli_text_block){ .older = table->texts, .size = room };
		table->texts = block;
	}
	char *kept = memcpy(block->text + block->used, text, size);
	block->used += size;
	return kept;
}

/* ---- rows -------------------------------------------------------------------------------- */

/* The columns that tables are sorted by when nobody says how. */
static bool
is_fallback_order(const char *name)
{
	return strcmp(name, "name") == 0 || strcmp(name, "time") == 0;
}

/* By its name, or as JSON and CSV call it. */
static bool
is_column(const struct cli_column *column, const char *word, size_t length)
{
	return (strlen(column->name) == length && strncmp(column->name, word, length) == 0) ||
	    (strlen(column->key) == length && strncmp(column->key, word, length) == 0);
}

static bool
names_column(const char *spec, const struct cli_column *column)
{
	for (const char *at = spec; at && *at; at += strcspn(at, ","), at += *at == ',') {
		const char *word = at + (*at == '+' || *at == '-');
		if (is_column(column, word, strcspn(word, ",")))
			return true;
	}
	return false;
}

/* To be printed, or sorted by. */
static bool
is_named(const struct cli_globals *global, const struct cli_column *column)
{
	return names_column(global->columns, column) || names_column(global->sort, column);
}

static bool
is_wanted(const struct cli_table *table, size_t column)
{
	const struct cli_globals *global = &table->cli->global;

	return global->json || is_named(global, &table->columns[column]) ||
	    table->columns[column].shown;
}

struct cli_table *
cli_table_new(
    struct cli *cli, const char *kind, const struct cli_column *columns, size_t column_count)
{
	struct cli_table *table = trust_alloc(sizeof *table);

	*table = (struct cli_table){
		.cli = cli,
		.kind = kind,
		.columns = columns,
		.column_count = column_count,
		.slots = trust_alloc_array(column_count, sizeof *table->slots),
	};
	for (size_t i = 0; i < column_count; i++)
		table->slots[i] = is_wanted(table, i) || is_fallback_order(columns[i].name)
		    ? (int)table->slot_count++
		    : -1;
	return table;
}

void
cli_table_free(struct cli_table *table)
{
	if (!table)
		return;
	while (table->texts) {
		struct cli_text_block *older = table->texts->older;
		trust_free(table->texts);
		table->texts = older;
	}
	trust_free(table->cells);
	trust_free(table->roles);
	trust_free(table->slots);
	trust_free(table);
}

void
cli_table_row(struct cli_table *table)
{
	if (table->rows == table->capacity) {
		table->capacity = table->capacity ? table->capacity + table->capacity / 2 : 64;
		table->cells = trust_grow_array(
		    table->cells, table->capacity * table->slot_count, sizeof *table->cells);
		if (table->roles)
			table->roles =
			    trust_grow_array(table->roles, table->capacity, table->slot_count);
	}
	for (size_t i = 0; i < table->slot_count; i++)
		table->cells[table->rows * table->slot_count + i] =
		    (struct cli_cell){ .number = CLI_CELL_UNSET };
	if (table->roles)
		memset(&table->roles[table->rows * table->slot_count], CLI_ROLE_PLAIN,
		    table->slot_count);
	table->rows++;
}

const struct cli_cell *
cli_table_cell(const struct cli_table *table, size_t row, size_t column)
{
	return &table->cells[row * table->slot_count + (size_t)table->slots[column]];
}

bool
cli_cell_is_set(const struct cli_cell *cell)
{
	return cell->text || cell->number != CLI_CELL_UNSET;
}

const char *
cli_cell_words(
    const struct cli_column *column, const struct cli_cell *cell, char room[CLI_CELL_ROOM])
{
	if (cell->text && column->brief > 0 && strlen(cell->text) > column->brief) {
		snprintf(room, CLI_CELL_ROOM, "%.*s", (int)column->brief, cell->text);
		return room;
	}
	if (cell->text || !cli_cell_is_set(cell))
		return cell->text ? cell->text : "";
	if (column->type == CLI_CELL_BOOL)
		return cell->number ? "yes" : "no";
	if (column->type == CLI_CELL_TIME)
		trust_time_format_date((struct trust_time){ cell->number }, room);
	else
		snprintf(room, CLI_CELL_ROOM, "%lld", (long long)cell->number);
	return room;
}

static void
set(struct cli_table *table, size_t column, const char *text, int64_t number)
{
	if (table->slots[column] < 0)
		return;
	struct cli_cell *cell = (struct cli_cell *)cli_table_cell(table, table->rows - 1, column);
	const char *above = table->rows > 1 ? cell[-(ptrdiff_t)table->slot_count].text : NULL;
	const char *kept = !text                ? NULL
	    : above && strcmp(above, text) == 0 ? above
						: keep_text(table, text);
	*cell = (struct cli_cell){ kept, number };
}

char *
cli_column_header(const struct cli_column *column)
{
	char *header = trust_strdup(column->name);

	for (char *c = header; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	return header;
}

bool
cli_column_is_text(const struct cli_column *column)
{
	return column->type == CLI_CELL_TEXT || column->type == CLI_CELL_WORDS;
}

void
cli_table_text(struct cli_table *table, size_t column, const char *text)
{
	if (text)
		set(table, column, text,
		    cli_column_is_text(&table->columns[column]) ? 0 : CLI_CELL_UNSET);
}

void
cli_table_ordered(struct cli_table *table, size_t column, const char *text, int64_t order)
{
	set(table, column, text, order);
}

void
cli_table_number(struct cli_table *table, size_t column, int64_t number)
{
	set(table, column, NULL, number);
}

void
cli_table_bool(struct cli_table *table, size_t column, bool value)
{
	set(table, column, NULL, value);
}

void
cli_table_time(struct cli_table *table, size_t column, struct trust_time time, const char *words)
{
	set(table, column, words, time.seconds);
}

void
cli_table_role(struct cli_table *table, size_t column, enum cli_role role)
{
	if (table->slots[column] < 0)
		return;
	if (!table->roles) {
		size_t size = table->capacity * table->slot_count;
		table->roles = trust_alloc(size);
		memset(table->roles, CLI_ROLE_PLAIN, size);
	}
	table->roles[(table->rows - 1) * table->slot_count + (size_t)table->slots[column]] =
	    (uint8_t)role;
}

enum cli_role
cli_table_role_of(const struct cli_table *table, size_t row, size_t column)
{
	return table->roles
	    ? (enum cli_role)table->roles[row * table->slot_count + (size_t)table->slots[column]]
	    : CLI_ROLE_PLAIN;
}

void
cli_table_note_empty(const struct cli_table *table, const char *format, ...)
{
	const struct cli_globals *global = &table->cli->global;
	va_list arguments;

	if (table->rows > 0 || global->json || global->csv)
		return;
	va_start(arguments, format);
	TRUST_AUTO_FREE char *text = trust_vprintf(format, arguments);
	va_end(arguments);
	cli_note(table->cli, "%s", text);
}

bool
cli_table_names(const struct cli_table *table, size_t column)
{
	return is_named(&table->cli->global, &table->columns[column]);
}

bool
cli_table_wants(const struct cli_table *table, size_t column)
{
	return table->slots[column] >= 0;
}

/* ---- choosing columns and order ------------------------------------------------------------ */

static bool
find_column(const struct cli_table *table, const char *name, size_t length, size_t *ret_column,
    struct trust_error *error)
{
	TRUST_AUTO_BUFFER names;

	trust_buffer_init(&names, 65536);
	for (size_t i = 0; i < table->column_count; i++) {
		if (is_column(&table->columns[i], name, length)) {
			*ret_column = i;
			return true;
		}
		trust_buffer_printf(&names, "%s%s", i ? ", " : "", table->columns[i].name);
	}
	TRUST_AUTO_FREE char *shown = trust_text_display(name, length);
	trust_fail(error, TRUST_USAGE, shown, "there is no column '%s'", shown);
	return trust_hint(error, "columns: %s", (char *)names.data);
}

static bool
choose_columns(
    const struct cli_table *table, size_t *ret_chosen, size_t *ret_count, struct trust_error *error)
{
	const char *spec = table->cli->global.columns;
	bool relative = spec && (*spec == '+' || *spec == '-');
	size_t count = 0;

	for (size_t i = 0; (!spec || relative) && i < table->column_count; i++)
		if (table->columns[i].shown)
			ret_chosen[count++] = i;
	for (const char *at = spec; at && *at;) {
		size_t length = strcspn(at, ",");
		char sign = *at == '+' || *at == '-' ? *at : '+';
		size_t skip = *at == '+' || *at == '-';
		size_t column = 0;
		if (!find_column(table, at + skip, length - skip, &column, error))
			return false;
		size_t kept = 0;
		for (size_t i = 0; i < count; i++)
			if (ret_chosen[i] != column)
				ret_chosen[kept++] = ret_chosen[i];
		count = kept;
		if (sign == '+')
			ret_chosen[count++] = column;
		at += length;
		at += *at == ',';
	}
	*ret_count = count;
	return true;
}

struct order {
	const struct cli_table *table;
	size_t column;
	bool backwards;
};

static int
compare_rows(const void *a, const void *b, void *context)
{
	const struct order *order = context;
	size_t x = *(const size_t *)a;
	size_t y = *(const size_t *)b;
	const struct cli_cell *p = cli_table_cell(order->table, x, order->column);
	const struct cli_cell *q = cli_table_cell(order->table, y, order->column);
	const struct cli_column *column = &order->table->columns[order->column];
	bool p_known = p->number != CLI_CELL_UNSET;
	bool q_known = q->number != CLI_CELL_UNSET;

	if (p_known != q_known)
		return p_known ? -1 : 1; /* what has no value comes last either way */
	int result = (p->number > q->number) - (p->number < q->number);
	if (result == 0 && p_known && cli_column_is_text(column))
		result =
		    column->counted ? strverscmp(p->text, q->text) : strcasecmp(p->text, q->text);
	if (order->backwards)
		result = -result;
	return result ? result : (x > y) - (x < y);
}

static bool
sort_rows(
    const struct cli_table *table, const char *fallback, size_t *rows, struct trust_error *error)
{
	const char *spec = table->cli->global.sort ? table->cli->global.sort : fallback;
	struct order order = { .table = table };

	for (size_t i = 0; i < table->rows; i++)
		rows[i] = i;
	if (!spec || !*spec)
		return true;
	order.backwards = *spec == '-';
	spec += order.backwards;
	if (!find_column(table, spec, strlen(spec), &order.column, error))
		return false;
	if (table->rows)
		qsort_r(rows, table->rows, sizeof *rows, compare_rows, &order);
	return true;
}

/* The rows in their order, and the columns to show; owned by the caller, also on failure. */
static bool
arrange(const struct cli_table *table, const char *fallback_sort, size_t **ret_rows,
    size_t **ret_columns, size_t *ret_count, struct trust_error *error)
{
	*ret_rows = trust_alloc_array(table->rows + 1, sizeof **ret_rows);
	*ret_columns = trust_alloc_array(table->column_count + 1, sizeof **ret_columns);
	return choose_columns(table, *ret_columns, ret_count, error) &&
	    sort_rows(table, fallback_sort, *ret_rows, error);
}

bool
cli_table_put_html(const struct cli_table *table, const char *fallback_sort, const char *caption,
    struct trust_buffer *out, struct trust_error *error)
{
	TRUST_AUTO_FREE size_t *rows = NULL;
	TRUST_AUTO_FREE size_t *columns = NULL;
	size_t count = 0;

	if (!arrange(table, fallback_sort, &rows, &columns, &count, error))
		return false;
	cli_table_write_html(table, rows, columns, count, caption, out);
	return true;
}

bool
cli_table_print(struct cli_table *table, const char *fallback_sort, struct trust_error *error)
{
	TRUST_AUTO_FREE size_t *rows = NULL;
	TRUST_AUTO_FREE size_t *columns = NULL;
	size_t count = 0;

	if (!arrange(table, fallback_sort, &rows, &columns, &count, error))
		return false;
	if (table->cli->global.json) {
		cli_table_print_json(table, rows);
		return true;
	}
	if (table->cli->global.csv) {
		cli_table_print_csv(table, rows, columns, count);
		return true;
	}
	if (table->rows == 0 || count == 0)
		return true;
	return cli_table_print_people(table, rows, columns, count, error);
}
