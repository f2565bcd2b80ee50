/* SPDX-License-Identifier: MPL-2.0 */
/* How wide the columns of a table are where the terminal is narrower than they want to be. */

#include "cli/table_fit.h"

#include "core/base.h"

/* What was cut keeps this much, so that it still says something. */
#define LEAST 12

size_t
cli_fit_least(size_t natural, size_t header)
{
	size_t least = header > LEAST ? header : LEAST;
	return natural < least ? natural : least;
}

/* Columns of the terminal that they take, with a blank between. */
static size_t
total(const struct cli_fit *fits, size_t count)
{
	size_t sum = 0;

	for (size_t i = 0; i < count; i++)
		if (!fits[i].dropped)
			sum += fits[i].width + 1;
	return sum > 0 ? sum - 1 : 0;
}

/* The widest gives way first; false when no column can any more. */
static bool
shrink_one(struct cli_fit *fits, size_t count)
{
	struct cli_fit *widest = NULL;

	for (size_t i = 0; i < count; i++)
		if (!fits[i].dropped && fits[i].width > fits[i].least &&
		    (!widest || fits[i].width > widest->width))
			widest = &fits[i];
	if (widest)
		widest->width--;
	return widest != NULL;
}

/* The last one goes first, and those that a row is read for after all others. Two stay, to say what
 * a row is about, and sentences can wrap. */
static bool
drop_one(struct cli_fit *fits, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		kept += !fits[i].dropped && !fits[i].wraps;
	for (int vital = 0; vital <= 1 && kept > 2; vital++)
		for (size_t i = count; i-- > 0;) {
			if (fits[i].dropped || fits[i].wraps || fits[i].vital != vital)
				continue;
			fits[i].dropped = true;
			return true;
		}
	return false;
}

void
cli_fit(struct cli_fit *fits, size_t count, size_t room, bool may_drop)
{
	bool again = true;

	while (again) {
		for (size_t i = 0; i < count; i++)
			fits[i].width = fits[i].natural < 4 * room ? fits[i].natural : 4 * room;
		size_t over = total(fits, count);
		while (over > room && shrink_one(fits, count))
			over--;
		again = over > room && may_drop && drop_one(fits, count);
	}
}
