#include "import/assign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A column of the target, of a type as format_type() writes it. */
static TargetColumn
column_of(const char *type)
{
	TargetColumn column = { .name = "c", .type_sql = type };

	target_set_type(&column, type);
	return column;
}

static Assign
judge(const char *from, const char *to)
{
	TargetColumn column = column_of(to);
	const char *reason = "";
	Assign assign;
	Type type;

	assert_true(type_parse(from, &type));
	assign = assign_judge(type, &column, &reason);
	assert_int_equal(reason == NULL, assign != ASSIGN_REFUSED);
	return assign;
}

static void
each_type_goes_into_itself_in_wire_form(void **state)
{
	static const char *const types[] = { "text", "bigint", "boolean",
		"bytea", "character(3)", "date", "double precision", "integer",
		"json", "jsonb", "numeric", "numeric(12,2)", "real", "smallint",
		"time without time zone", "timestamp without time zone",
		"timestamp with time zone", "uuid", "character varying",
		"character varying(5)" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof types / sizeof types[0]; i++)
		assert_int_equal(judge(types[i], types[i]), ASSIGN_BINARY);
}

static void
precision_of_a_time_is_judged_row_by_row(void **state)
{
	(void)state;
	assert_int_equal(judge("timestamp", "timestamp(3) without time zone"),
	    ASSIGN_BINARY);
}

static void
integers_go_into_wider_ones_only(void **state)
{
	(void)state;
	assert_int_equal(judge("smallint", "integer"), ASSIGN_TEXT);
	assert_int_equal(judge("integer", "bigint"), ASSIGN_TEXT);
	assert_int_equal(judge("bigint", "integer"), ASSIGN_REFUSED);
	assert_int_equal(judge("integer", "smallint"), ASSIGN_REFUSED);
	assert_int_equal(judge("integer", "double precision"), ASSIGN_TEXT);
	assert_int_equal(judge("bigint", "double precision"), ASSIGN_REFUSED);
	assert_int_equal(judge("integer", "real"), ASSIGN_REFUSED);
	assert_int_equal(judge("bigint", "numeric"), ASSIGN_TEXT);
	assert_int_equal(judge("bigint", "numeric(19,0)"), ASSIGN_TEXT);
	assert_int_equal(judge("bigint", "numeric(20,1)"), ASSIGN_TEXT);
	assert_int_equal(judge("bigint", "numeric(18,0)"), ASSIGN_REFUSED);
	assert_int_equal(judge("bigint", "numeric(19,1)"), ASSIGN_REFUSED);
	assert_int_equal(judge("bigint", "boolean"), ASSIGN_REFUSED);
}

static void
no_digit_of_a_numeric_is_lost(void **state)
{
	(void)state;
	assert_int_equal(judge("numeric(8,2)", "numeric"), ASSIGN_BINARY);
	assert_int_equal(judge("numeric(8,2)", "numeric(10,4)"), ASSIGN_BINARY);
	assert_int_equal(judge("numeric(8,2)", "numeric(9,4)"), ASSIGN_REFUSED);
	assert_int_equal(
	    judge("numeric(8,2)", "numeric(10,1)"), ASSIGN_REFUSED);
	assert_int_equal(judge("numeric", "numeric(10,2)"), ASSIGN_REFUSED);
	assert_int_equal(judge("numeric", "double precision"), ASSIGN_REFUSED);
	assert_int_equal(judge("double precision", "real"), ASSIGN_REFUSED);
	assert_int_equal(judge("double precision", "numeric"), ASSIGN_REFUSED);
}

static void
texts_are_neither_cut_nor_padded(void **state)
{
	(void)state;
	assert_int_equal(judge("varchar(5)", "text"), ASSIGN_BINARY);
	assert_int_equal(
	    judge("varchar(5)", "character varying(5)"), ASSIGN_BINARY);
	assert_int_equal(
	    judge("varchar(6)", "character varying(5)"), ASSIGN_REFUSED);
	assert_int_equal(judge("text", "character varying(5)"), ASSIGN_REFUSED);
	assert_int_equal(judge("varchar(2)", "character(3)"), ASSIGN_REFUSED);
	assert_int_equal(judge("char(2)", "character(3)"), ASSIGN_BINARY);
	assert_int_equal(
	    judge("integer", "character varying(11)"), ASSIGN_TEXT);
	assert_int_equal(
	    judge("integer", "character varying(10)"), ASSIGN_REFUSED);
}

static void
zones_and_days_are_not_guessed(void **state)
{
	(void)state;
	assert_int_equal(
	    judge("date", "timestamp without time zone"), ASSIGN_TEXT);
	assert_int_equal(
	    judge("date", "timestamp with time zone"), ASSIGN_REFUSED);
	assert_int_equal(
	    judge("timestamp", "timestamp with time zone"), ASSIGN_REFUSED);
	assert_int_equal(judge("timestamptz", "timestamp without time zone"),
	    ASSIGN_REFUSED);
	assert_int_equal(judge("timestamp", "date"), ASSIGN_REFUSED);
	assert_int_equal(judge("timestamptz", "text"), ASSIGN_REFUSED);
}

static void
the_server_reads_text_as_types_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(judge("text", "public.status"), ASSIGN_TEXT);
	assert_int_equal(judge("text", "integer[]"), ASSIGN_TEXT);
	assert_int_equal(judge("varchar(9)", "inet"), ASSIGN_TEXT);
	assert_int_equal(judge("text", "jsonb"), ASSIGN_TEXT);
	assert_int_equal(judge("text", "uuid"), ASSIGN_TEXT);
	assert_int_equal(judge("integer", "public.status"), ASSIGN_REFUSED);
	assert_int_equal(judge("text", "bigint"), ASSIGN_REFUSED);
	assert_int_equal(judge("text", "bytea"), ASSIGN_REFUSED);
}

/* Every pair of types has an answer, and a refusal a reason. */
static void
no_pair_is_without_an_answer(void **state)
{
	TargetColumn column = { .known = true };
	const char *reason;
	int from, to;
	Assign assign;

	(void)state;
	for (from = 0; from < TYPE_COUNT; from++) {
		for (to = 0; to < TYPE_COUNT; to++) {
			column.type = (Type){ .name = (TypeName)to };
			assign = assign_judge(
			    (Type){ .name = (TypeName)from }, &column, &reason);
			assert_int_equal(
			    reason == NULL, assign != ASSIGN_REFUSED);
			if (from == to)
				assert_int_equal(assign, ASSIGN_BINARY);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_goes_into_itself_in_wire_form),
		cmocka_unit_test(precision_of_a_time_is_judged_row_by_row),
		cmocka_unit_test(integers_go_into_wider_ones_only),
		cmocka_unit_test(no_digit_of_a_numeric_is_lost),
		cmocka_unit_test(texts_are_neither_cut_nor_padded),
		cmocka_unit_test(zones_and_days_are_not_guessed),
		cmocka_unit_test(the_server_reads_text_as_types_of_its_own),
		cmocka_unit_test(no_pair_is_without_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
