#include "import/tuple.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/values.h"

/* What rows take was read from a server: lp_len of heap_page_items (pageinspect),
 * up to the next multiple of eight, and four bytes that point to it. */

static uint64_t
size_of(TypeName type, const char *value)
{
	Column columns[] = { { .name = "a", .type = { .name = type } } };
	Table table = { .columns = columns, .n_columns = 1 };
	Value row[] = { { .class = VALUE_NULL } };
	uint64_t toast = 0, size;

	if (value != NULL)
		row[0] = text(value);
	size = tuple_size(&table, row, &toast);
	assert_int_equal(toast, 0);
	return size;
}

static void
rows_are_a_header_and_aligned_values(void **state)
{
	(void)state;
	assert_int_equal(size_of(TYPE_BIGINT, NULL), 24 + 4);
	assert_int_equal(size_of(TYPE_BOOLEAN, "true"), 32 + 4);
	assert_int_equal(size_of(TYPE_BIGINT, "1"), 32 + 4);
	assert_int_equal(size_of(TYPE_TEXT, ""), 32 + 4);
	assert_int_equal(size_of(TYPE_TEXT, "1234567"), 32 + 4);
	assert_int_equal(size_of(TYPE_TEXT, "12345678"), 40 + 4);
	assert_int_equal(size_of(TYPE_UUID, "x"), 40 + 4);
	assert_int_equal(size_of(TYPE_BYTEA, "\\x0102030405060708"), 40 + 4);
	assert_int_equal(size_of(TYPE_BYTEA, "\\x"), 32 + 4);
	/* Two bytes and two for each four digits. */
	assert_int_equal(size_of(TYPE_NUMERIC, "12345.25"), 40 + 4);
	assert_int_equal(size_of(TYPE_NUMERIC, "7"), 32 + 4);
}

static void
columns_are_aligned_one_after_the_other(void **state)
{
	Column columns[] = {
		{ .name = "a", .type = { .name = TYPE_BOOLEAN } },
		{ .name = "b", .type = { .name = TYPE_BIGINT } },
		{ .name = "c", .type = { .name = TYPE_INTEGER } },
	};
	Table table = { .columns = columns, .n_columns = 3 };
	Value row[3] = { text("t"), text("1"), text("1") };
	uint64_t toast = 0;

	(void)state;
	assert_int_equal(tuple_size(&table, row, &toast), 48 + 4);
	row[1].class = VALUE_NULL;
	assert_int_equal(tuple_size(&table, row, &toast), 32 + 4);
}

static void
long_values_are_kept_beside_the_row(void **state)
{
	static char value[10001];
	Column columns[] = { { .name = "a", .type = { .name = TYPE_TEXT } } };
	Table table = { .columns = columns, .n_columns = 1 };
	Value row[1];
	uint64_t toast = 0, size;

	(void)state;
	memset(value, 'x', sizeof value - 1);
	row[0] = text(value);
	size = tuple_size(&table, row, &toast);
	assert_true(size < 100);
	assert_true(toast >= 10000 && toast < 11000);
}

static void
keys_are_a_small_header_and_aligned_values(void **state)
{
	IndexPart parts[] = { { .column = 0 }, { .column = 1 } };
	Index index = { .parts = parts, .n_parts = 1 };
	Column columns[] = { { .name = "a", .type = { .name = TYPE_BIGINT } },
		{ .name = "b", .type = { .name = TYPE_TEXT } } };
	Table table = { .columns = columns, .n_columns = 2 };
	Value row[2] = { text("1"), text("abc") };

	(void)state;
	assert_int_equal(tuple_key_size(&table, &index, row), 16);
	index.n_parts = 2;
	assert_int_equal(tuple_key_size(&table, &index, row), 24);
	parts[1].column = -1;
	assert_int_equal(tuple_key_size(&table, &index, row), 32);
	row[0].class = VALUE_NULL;
	index.n_parts = 1;
	assert_int_equal(tuple_key_size(&table, &index, row), 16);
}

/* Each piece of JSON is measured, wherever it is cut off. */
static void
any_json_is_measured(void **state)
{
	static const char json[] =
	    "{\"a\": [1, -2.5e3, \"x\\\"y\", true, null], \"b\": {\"\": \"\"}}";
	char part[sizeof json];
	size_t size;

	(void)state;
	for (size = 0; size < sizeof json; size++) {
		memcpy(part, json, size);
		part[size] = '\0';
		assert_true(size_of(TYPE_JSONB, part) < 250);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_a_header_and_aligned_values),
		cmocka_unit_test(columns_are_aligned_one_after_the_other),
		cmocka_unit_test(long_values_are_kept_beside_the_row),
		cmocka_unit_test(keys_are_a_small_header_and_aligned_values),
		cmocka_unit_test(any_json_is_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
