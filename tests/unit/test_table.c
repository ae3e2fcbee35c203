/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/table.h"

TEST(columns_line_up)
{
	scoped_arena arena = { 0 };
	scoped_buffer out = { 0 };
	struct table table = { .arena = &arena };

	table_add(&table, 2, "NAME", "SIZE");
	table_add(&table, 2, "longer", "1");
	table_add(&table, 2, NULL, "22");
	table_write(&out, &table);
	CHECK_TEXT(buffer_text(&out), "NAME     SIZE\nlonger   1\n         22\n");
}

TEST(sizes_count_by_thousands)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(table_size(0, &arena), "0B");
	CHECK_TEXT(table_size(999, &arena), "999B");
	CHECK_TEXT(table_size(1000, &arena), "1.00kB");
	CHECK_TEXT(table_size(12345678, &arena), "12.3MB");
	CHECK_TEXT(table_size(123456789012, &arena), "123GB");
	CHECK_TEXT(table_size(UINT64_MAX, &arena), "18447PB");
}

TEST(ages_are_told_roughly)
{
	scoped_arena arena = { 0 };
	const struct timespec now = { .tv_sec = 1700000000 }; /* 2023-11-14T22:13:20Z */

	CHECK_TEXT(table_age("2023-11-14T22:13:00Z", now, &arena), "less than a minute ago");
	CHECK_TEXT(table_age("2023-11-14T22:12:00Z", now, &arena), "a minute ago");
	CHECK_TEXT(table_age("2023-11-14T21:00:00Z", now, &arena), "an hour ago");
	CHECK_TEXT(table_age("2023-11-10T21:00:00Z", now, &arena), "4 days ago");
	CHECK_TEXT(table_age("1970-01-01T00:00:00Z", now, &arena), "53 years ago");
	CHECK_TEXT(table_age("2999-01-01T00:00:00Z", now, &arena), "less than a minute ago");
	CHECK_TEXT(table_age("whenever", now, &arena), "whenever");
	CHECK_TEXT(table_age(NULL, now, &arena), "");
}
