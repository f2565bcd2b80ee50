/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_TABLE_FIT_H
#define CLI_TABLE_FIT_H

/* Fitting a table into a terminal: the widest columns give way, down to what still says something;
 * where that is not enough, columns are left out, from the last and the least needed. */

#include <stdbool.h>
#include <stddef.h>

struct cli_fit {
	size_t natural; /* of its widest cell */
	size_t least;   /* it cannot be narrower; natural: it is never cut */
	bool wraps;     /* goes on in the next line rather than being cut or left out */
	bool vital;     /* left out after all that are not */
	size_t width;   /* result */
	bool dropped;   /* result */
};

/* The least width of a column of text under this header. */
size_t cli_fit_least(size_t natural, size_t header);
/* may_drop: false where a person chose the columns; then the table may stay too wide. */
void cli_fit(struct cli_fit *fits, size_t count, size_t room, bool may_drop);

#endif
