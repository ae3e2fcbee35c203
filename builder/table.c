/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/table.h"

#include <stdarg.h>
#include <string.h>

#include "libcommon/timestamp.h"

void
table_add(struct table *table, size_t count, ...)
{
	struct table_row row = { 0 };
	va_list cells;

	va_start(cells, count);
	for (size_t i = 0; i < count; i++) {
		const char *cell = va_arg(cells, const char *);
		list_add(&row.cells, table->arena, cell == NULL ? "" : cell);
	}
	va_end(cells);
	list_add(table, table->arena, row);
}

static size_t
width_of(const struct table *table, size_t column)
{
	size_t width = 0;

	FOR_EACH(row, table)
		if (column < row->cells.count && strlen(row->cells.items[column]) > width)
			width = strlen(row->cells.items[column]);
	return width;
}

void
table_write(struct buffer *out, const struct table *table)
{
	FOR_EACH(row, table) {
		for (size_t i = 0; i + 1 < row->cells.count; i++)
			buffer_add_format(out, "%-*s   ", (int) width_of(table, i),
					  row->cells.items[i]);
		if (row->cells.count > 0)
			buffer_add_text(out, row->cells.items[row->cells.count - 1]);
		buffer_add_char(out, '\n');
	}
}

const char *
table_size(uint64_t bytes, struct arena *arena)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	double amount = (double) bytes;
	size_t unit = 0;

	for (; amount >= 1000 && unit + 1 < COUNT(units); unit++)
		amount /= 1000;
	if (unit == 0)
		return arena_format(arena, "%lluB", (unsigned long long) bytes);
	return arena_format(arena,
			    amount < 10    ? "%.2f%s"
			    : amount < 100 ? "%.1f%s"
					   : "%.0f%s",
			    amount, units[unit]);
}

static const char *
count_words(long long amount, const char *unit, struct arena *arena)
{
	if (amount == 1)
		return arena_format(arena, "%s %s ago", unit[0] == 'h' ? "an" : "a", unit);
	return arena_format(arena, "%lld %ss ago", amount, unit);
}

const char *
table_age(const char *time, struct timespec now, struct arena *arena)
{
	static const struct {
		long long seconds;
		const char *unit;
	} units[] = {
		{ 365 * 86400, "year" }, { 30 * 86400, "month" }, { 7 * 86400, "week" },
		{ 86400, "day" },        { 3600, "hour" },        { 60, "minute" },
	};
	struct timespec when;
	struct error unused;

	if (time == NULL || timestamp_read(&when, time, &unused) < 0)
		return time == NULL ? "" : time;
	long long age = (long long) now.tv_sec - when.tv_sec;
	for (size_t i = 0; i < COUNT(units); i++)
		if (age >= units[i].seconds)
			return count_words(age / units[i].seconds, units[i].unit, arena);
	return "less than a minute ago";
}
