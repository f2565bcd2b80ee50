/* SPDX-License-Identifier: MPL-2.0 */
/* The functions of libsmartcols that are called here; see core/libraries.h. */

#include <libsmartcols.h>

#include "core/libraries.h"

#define SCOLS(...) TRUST_LIBRARY_CALL(TRUST_LIBRARY_SMARTCOLS, __VA_ARGS__)

SCOLS(void, scols_init_debug, (int mask), (mask))
SCOLS(struct libscols_table *, scols_new_table, (void), ())
SCOLS(void, scols_unref_table, (struct libscols_table * table), (table))
SCOLS(int, scols_table_enable_ascii, (struct libscols_table * table, int enable), (table, enable))
SCOLS(int, scols_table_enable_maxout, (struct libscols_table * table, int enable), (table, enable))
SCOLS(int, scols_table_enable_noencoding, (struct libscols_table * table, int enable),
    (table, enable))
SCOLS(int, scols_table_enable_colors, (struct libscols_table * table, int enable), (table, enable))
SCOLS(size_t, scols_table_get_termwidth, (const struct libscols_table *table), (table))
SCOLS(struct libscols_column *, scols_table_new_column,
    (struct libscols_table * table, const char *name, double width, int flags),
    (table, name, width, flags))
SCOLS(int, scols_column_set_wrapfunc,
    (struct libscols_column * column,
	size_t (*size)(const struct libscols_column *, const char *, void *),
	char *(*next)(const struct libscols_column *, char *, void *), void *context),
    (column, size, next, context))
SCOLS(size_t, scols_wrapnl_chunksize,
    (const struct libscols_column *column, const char *data, void *context),
    (column, data, context))
SCOLS(char *, scols_wrapnl_nextchunk,
    (const struct libscols_column *column, char *data, void *context), (column, data, context))
SCOLS(struct libscols_line *, scols_table_new_line,
    (struct libscols_table * table, struct libscols_line *parent), (table, parent))
SCOLS(int, scols_line_set_data, (struct libscols_line * line, size_t column, const char *data),
    (line, column, data))
SCOLS(struct libscols_cell *, scols_line_get_cell, (struct libscols_line * line, size_t column),
    (line, column))
SCOLS(int, scols_cell_set_color, (struct libscols_cell * cell, const char *color), (cell, color))
SCOLS(int, scols_print_table, (struct libscols_table * table), (table))
