/* SPDX-License-Identifier: MPL-2.0 */
/* Tables: rows of typed cells, printed for people by libsmartcols, as JSON by jansson, or as CSV. */

#include <jansson.h>
#include <libsmartcols.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/internal.h"
#include "core/buffer.h"
#include "core/error.h"
#include "core/text.h"

struct cell {
	bool set;
	char *text;   /* owned; what people see */
	int64_t number; /* also seconds, and truth */
	enum cli_role role;
};

struct cli_table {
	struct cli *cli;
	const char *kind;
	const struct cli_column *columns; /* borrowed */
	size_t column_count;
	struct cell *cells;
	size_t rows;
	size_t capacity;
};

struct cli_table *
cli_table_new(struct cli *cli, const char *kind, const struct cli_column *columns,
    size_t column_count)
{
	struct cli_table *table = trust_alloc(sizeof *table);
	*table = (struct cli_table){ cli, kind, columns, column_count, NULL, 0, 0 };
	return table;
}

void
cli_table_free(struct cli_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->rows * table->column_count; i++)
		trust_free(table->cells[i].text);
	trust_free(table->cells);
	trust_free(table);
}

void
cli_table_row(struct cli_table *table)
{
	if (table->rows == table->capacity) {
		table->capacity = table->capacity ? 2 * table->capacity : 64;
		table->cells = trust_grow_array(table->cells, table->capacity * table->column_count,
		    sizeof *table->cells);
	}
	memset(&table->cells[table->rows * table->column_count], 0,
	    table->column_count * sizeof *table->cells);
	table->rows++;
}

static struct cell *
cell_at(const struct cli_table *table, size_t row, size_t column)
{
	return &table->cells[row * table->column_count + column];
}

static void
set(struct cli_table *table, size_t column, char *text, int64_t number)
{
	struct cell *cell = cell_at(table, table->rows - 1, column);
	trust_free(cell->text);
	*cell = (struct cell){ true, text, number, CLI_ROLE_PLAIN };
}

void
cli_table_text(struct cli_table *table, size_t column, const char *text)
{
	if (text)
		set(table, column, trust_strdup(text), 0);
}

void
cli_table_number(struct cli_table *table, size_t column, int64_t number)
{
	set(table, column, trust_printf("%lld", (long long)number), number);
}

void
cli_table_bool(struct cli_table *table, size_t column, bool value)
{
	set(table, column, trust_strdup(value ? "yes" : "no"), value);
}

void
cli_table_time(struct cli_table *table, size_t column, struct trust_time time, const char *words)
{
	char date[32];
	trust_time_format_date(time, date);
	set(table, column, trust_strdup(words ? words : date), time.seconds);
}

void
cli_table_role(struct cli_table *table, size_t column, enum cli_role role)
{
	cell_at(table, table->rows - 1, column)->role = role;
}

static bool
names_column(const char *spec, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = spec; at && *at; at += strcspn(at, ","), at += *at == ',') {
		const char *word = at + (*at == '+' || *at == '-');
		if (strncmp(word, name, length) == 0 && (word[length] == ',' || !word[length]))
			return true;
	}
	return false;
}

bool
cli_table_wants(const struct cli_table *table, size_t column)
{
	const struct cli_globals *global = &table->cli->global;
	const char *name = table->columns[column].name;

	return global->json || (table->columns[column].shown && !names_column(global->columns, name)) ||
	    names_column(global->columns, name) || names_column(global->sort, name);
}

/* ---- choosing columns and order ------------------------------------------------------------ */

static bool
find_column(const struct cli_table *table, const char *name, size_t length, size_t *ret_column,
    struct trust_error *error)
{
	TRUST_AUTO_BUFFER names;

	trust_buffer_init(&names, 65536);
	for (size_t i = 0; i < table->column_count; i++) {
		if (strlen(table->columns[i].name) == length &&
		    strncmp(table->columns[i].name, name, length) == 0) {
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
choose_columns(const struct cli_table *table, size_t *ret_chosen, size_t *ret_count,
    struct trust_error *error)
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
	const struct cell *p = cell_at(order->table, x, order->column);
	const struct cell *q = cell_at(order->table, y, order->column);
	enum cli_cell_type type = order->table->columns[order->column].type;
	int result;

	if (p->set != q->set)
		return p->set ? -1 : 1; /* what has no value comes last either way */
	if (!p->set)
		result = 0;
	else if (type == CLI_CELL_TEXT || type == CLI_CELL_WORDS)
		result = strcasecmp(p->text, q->text);
	else
		result = (p->number > q->number) - (p->number < q->number);
	if (order->backwards)
		result = -result;
	return result ? result : (x > y) - (x < y);
}

static bool
sort_rows(const struct cli_table *table, const char *fallback, size_t *rows, struct trust_error *error)
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

/* ---- printing ------------------------------------------------------------------------------ */

static json_t *
json_cell(const struct cli_column *column, const struct cell *cell)
{
	char time[32];

	if (!cell->set)
		return json_null();
	switch (column->type) {
	case CLI_CELL_NUMBER:
		return json_integer(cell->number);
	case CLI_CELL_BOOL:
		return json_boolean(cell->number != 0);
	case CLI_CELL_TIME:
		trust_time_format((struct trust_time){ cell->number }, time);
		return json_string(time);
	case CLI_CELL_WORDS: {
		json_t *list = json_array();
		TRUST_AUTO_FREE char *copy = trust_strdup(cell->text);
		for (char *word = copy, *next; word && *word; word = next) {
			next = strstr(word, ", ");
			if (next) {
				*next = '\0';
				next += 2;
			}
			json_array_append_new(list, json_string(word));
		}
		return list;
	}
	case CLI_CELL_TEXT:
		break;
	}
	return json_string(cell->text);
}

static bool
dump(json_t *root, struct trust_error *error)
{
	bool done = json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
	putchar('\n');
	json_decref(root);
	return done || trust_fail(error, TRUST_OUTPUT, NULL, "cannot write JSON");
}

/* Every column, whatever --columns says: programs choose for themselves. */
static bool
print_json(const struct cli_table *table, const size_t *rows, struct trust_error *error)
{
	json_t *list = json_array();

	for (size_t i = 0; i < table->rows; i++) {
		json_t *object = json_object();
		for (size_t k = 0; k < table->column_count; k++)
			json_object_set_new(object, table->columns[k].key,
			    json_cell(&table->columns[k], cell_at(table, rows[i], k)));
		json_array_append_new(list, object);
	}
	return dump(json_pack("{s:i, s:s, s:o}", "schema", 1, "kind", table->kind, table->kind, list),
	    error);
}

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

static void
print_csv(const struct cli_table *table, const size_t *rows, const size_t *columns, size_t count)
{
	for (size_t k = 0; k < count; k++)
		printf("%s%s", k ? "," : "", table->columns[columns[k]].key);
	fputs("\r\n", stdout);
	for (size_t i = 0; i < table->rows; i++) {
		for (size_t k = 0; k < count; k++) {
			const struct cell *cell = cell_at(table, rows[i], columns[k]);
			char time[32];
			if (k)
				putchar(',');
			if (!cell->set)
				continue;
			trust_time_format((struct trust_time){ cell->number }, time);
			enum cli_cell_type type = table->columns[columns[k]].type;
			if (type == CLI_CELL_NUMBER)
				fputs(cell->text, stdout);
			else
				put_csv(type == CLI_CELL_TIME ? time : cell->text);
		}
		fputs("\r\n", stdout);
	}
}

static bool
print_people(const struct cli_table *table, const size_t *rows, const size_t *columns, size_t count,
    struct trust_error *error)
{
	scols_init_debug(0);
	struct libscols_table *out = scols_new_table();

	if (!out)
		return trust_fail(error, TRUST_BUG, NULL, "out of memory");
	if (strstr(setlocale(LC_CTYPE, NULL), "UTF-8") == NULL)
		scols_table_enable_ascii(out, 1);
	if (!isatty(STDOUT_FILENO))
		scols_table_enable_maxout(out, 0);
	/* Cells are displayable already; encoded once more, their escapes would not read as such. */
	scols_table_enable_noencoding(out, 1);
	scols_table_enable_colors(out, cli_use_color(&table->cli->global, stdout));
	for (size_t k = 0; k < count; k++) {
		const struct cli_column *column = &table->columns[columns[k]];
		TRUST_AUTO_FREE char *header = trust_strdup(column->name);
		for (char *c = header; *c; c++)
			if (*c >= 'a' && *c <= 'z')
				*c = (char)(*c - 'a' + 'A');
		int flags = (column->right ? SCOLS_FL_RIGHT : 0) | (column->wrap ? SCOLS_FL_WRAP : 0) |
		    (column->width > 0 ? SCOLS_FL_TRUNC : 0);
		scols_table_new_column(out, header, column->width, flags);
	}
	for (size_t i = 0; i < table->rows; i++) {
		struct libscols_line *line = scols_table_new_line(out, NULL);
		for (size_t k = 0; line && k < count; k++) {
			const struct cell *cell = cell_at(table, rows[i], columns[k]);
			scols_line_set_data(line, k, cell->set ? cell->text : "");
			static const char *const colors[] = { NULL, "red", "brown", "green" };
			if (cell->role != CLI_ROLE_PLAIN && cli_use_color(&table->cli->global, stdout))
				scols_cell_set_color(scols_line_get_cell(line, k), colors[cell->role]);
		}
	}
	bool done = scols_print_table(out) == 0;
	scols_unref_table(out);
	return done || trust_fail(error, TRUST_OUTPUT, NULL, "cannot print the table");
}

bool
cli_table_print(struct cli_table *table, const char *fallback_sort, struct trust_error *error)
{
	TRUST_AUTO_FREE size_t *rows = trust_alloc_array(table->rows + 1, sizeof *rows);
	TRUST_AUTO_FREE size_t *columns = trust_alloc_array(2 * table->column_count + 1, sizeof *columns);
	size_t count = 0;

	if (!choose_columns(table, columns, &count, error) ||
	    !sort_rows(table, fallback_sort, rows, error))
		return false;
	if (table->cli->global.json)
		return print_json(table, rows, error);
	if (table->cli->global.csv) {
		print_csv(table, rows, columns, count);
		return true;
	}
	if (table->rows == 0 || count == 0)
		return true;
	return print_people(table, rows, columns, count, error);
}
