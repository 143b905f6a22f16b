#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "transform/declared.h"

typedef struct {
	const char *text;
	DeclaredFamily family;
	unsigned n_numbers;
	int numbers[2];
} Case;

static const Case cases[] = {
	{ .text = "", .family = DECLARED_NOTHING },
	{ .text = "INTEGER", .family = DECLARED_INTEGER },
	{ .text = "integer auto_increment", .family = DECLARED_INTEGER },
	{ .text = "smallint unsigned", .family = DECLARED_INTEGER },
	{ .text = "UNSIGNED BIG INT", .family = DECLARED_INTEGER },
	{ .text = "short integer", .family = DECLARED_INTEGER },
	{ .text = "intege", .family = DECLARED_INTEGER },
	{ .text = "INT2", .family = DECLARED_INTEGER },
	{ .text = "LONG", .family = DECLARED_INTEGER },
	{ .text = "TINYINT", .family = DECLARED_INTEGER },
	{ "TINYINT(1)", DECLARED_BOOLEAN, 1, { 1 } },
	{ "tinyint ( 1 ) unsigned", DECLARED_BOOLEAN, 1, { 1 } },
	{ "TINYINT(4)", DECLARED_INTEGER, 1, { 4 } },
	{ .text = "boolean", .family = DECLARED_BOOLEAN },
	{ .text = "Bool", .family = DECLARED_BOOLEAN },
	{ .text = "BIT", .family = DECLARED_BOOLEAN },
	{ "BIT(1)", DECLARED_BOOLEAN, 1, { 1 } },
	{ "BIT(8)", DECLARED_NOTHING, 1, { 8 } },
	{ "BIT VARYING(8)", DECLARED_NOTHING, 1, { 8 } },
	{ .text = "REAL", .family = DECLARED_REAL },
	{ .text = "double precision", .family = DECLARED_REAL },
	{ .text = "FLOAT8", .family = DECLARED_REAL },
	{ .text = "NUMERIC", .family = DECLARED_NUMERIC },
	{ "NUMERIC(12,2)", DECLARED_NUMERIC, 2, { 12, 2 } },
	{ "decimal ( 10 , 0 ) unsigned", DECLARED_NUMERIC, 2, { 10, 0 } },
	{ "DEC(5)", DECLARED_NUMERIC, 1, { 5 } },
	{ .text = "DECIMAL(5,2,1)", .family = DECLARED_NUMERIC },
	{ .text = "DECIMAL(5", .family = DECLARED_NUMERIC },
	{ .text = "DECIMAL(-5)", .family = DECLARED_NUMERIC },
	{ .text = "DECIMAL(99999999999)", .family = DECLARED_NUMERIC },
	{ .text = "DATE", .family = DECLARED_DATE },
	{ .text = "TIME", .family = DECLARED_TIME },
	{ .text = "datetime", .family = DECLARED_TIMESTAMP },
	{ "DATETIME2(7)", DECLARED_TIMESTAMP, 1, { 7 } },
	{ "TIMESTAMP(6) WITH TIME ZONE", DECLARED_TIMESTAMP, 1, { 6 } },
	{ .text = "timestamptz", .family = DECLARED_TIMESTAMP },
	{ .text = "JSON", .family = DECLARED_JSON },
	{ .text = "jsonb", .family = DECLARED_JSON },
	{ .text = "UUID", .family = DECLARED_UUID },
	{ .text = "uniqueidentifier", .family = DECLARED_UUID },
	{ .text = "BLOB", .family = DECLARED_BLOB },
	{ .text = "LONG BLOB", .family = DECLARED_BLOB },
	{ "BINARY(16)", DECLARED_BLOB, 1, { 16 } },
	{ .text = "bytea", .family = DECLARED_BLOB },
	{ .text = "TEXT", .family = DECLARED_TEXT },
	{ .text = "text nocase", .family = DECLARED_TEXT },
	{ "CHARACTER VARYING(20)", DECLARED_TEXT, 1, { 20 } },
	{ "nvarchar(255)", DECLARED_TEXT, 1, { 255 } },
	{ .text = "LONG VARCHAR", .family = DECLARED_TEXT },
	{ .text = "STRING", .family = DECLARED_TEXT },
	{ .text = "ENUM('a','b')", .family = DECLARED_TEXT },
	{ .text = "ANY", .family = DECLARED_NOTHING },
	{ .text = "GEOGRAPHY", .family = DECLARED_NOTHING },
	{ .text = "POINT", .family = DECLARED_BLOB },
	{ .text = "MULTIPOLYGON Z", .family = DECLARED_BLOB },
	{ .text = "geometry", .family = DECLARED_BLOB },
};

static void
declared_types_mean_what_people_mean_by_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const Case *it = &cases[i];
		Declared declared =
		    declared_parse(it->text, value_affinity(it->text, false));

		if (declared.family != it->family ||
		    declared.n_numbers != it->n_numbers)
			print_error("\"%s\"\n", it->text);
		assert_int_equal(declared.family, it->family);
		assert_int_equal(declared.n_numbers, it->n_numbers);
		for (unsigned j = 0; j < it->n_numbers; j++)
			assert_int_equal(declared.numbers[j], it->numbers[j]);
	}
}

static void
any_length_of_nonsense_is_read(void **state)
{
	char text[500];

	(void)state;
	for (size_t size = 0; size < sizeof text - 1; size++) {
		for (size_t i = 0; i < size; i++)
			text[i] = " (),x9_"[(i * i + size) % 7];
		text[size] = '\0';
		declared_parse(text, AFFINITY_NUMERIC);
		for (size_t i = 0; i < size; i++)
			text[i] = 'x';
		declared_parse(text, AFFINITY_NUMERIC);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(declared_types_mean_what_people_mean_by_them),
		cmocka_unit_test(any_length_of_nonsense_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
