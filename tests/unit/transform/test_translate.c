#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "transform/translate.h"

/* That expressions mean the same is for tests/pipe/expressions.bats; here is
 * what depends on evidence, rules and the place of an expression. */

static Column from_columns[] = {
	{ .name = "Id", .affinity = AFFINITY_INTEGER, .collation = "BINARY" },
	{ .name = "Name", .affinity = AFFINITY_TEXT, .collation = "NOCASE" },
	{ .name = "day", .affinity = AFFINITY_NUMERIC, .collation = "BINARY" },
	{ .name = "at", .affinity = AFFINITY_NUMERIC, .collation = "BINARY" },
	{ .name = "flag", .affinity = AFFINITY_NUMERIC, .collation = "BINARY" },
	{ .name = "sum",
	    .affinity = AFFINITY_INTEGER,
	    .collation = "BINARY",
	    .generated = GENERATED_STORED },
};
enum { COLUMNS = sizeof from_columns / sizeof *from_columns };

/* Other names in another order. */
static Column to_columns[] = {
	{ .name = "name", .type = { .name = TYPE_TEXT } },
	{ .name = "id", .type = { .name = TYPE_BIGINT } },
	{ .name = "day", .type = { .name = TYPE_DATE } },
	{ .name = "at", .type = { .name = TYPE_TIMESTAMPTZ } },
	{ .name = "flag", .type = { .name = TYPE_BOOLEAN } },
	{ .name = "sum", .type = { .name = TYPE_BIGINT } },
};
static const int targets[] = { 1, 0, 2, 3, 4, 5 };

typedef struct {
	Table from, to;
	TranslateTable table;
	ColumnProfile columns[COLUMNS];
	TableProfile profile;
	Rule rules[COLUMNS];
	TranslateWanted wanted;
} Case;

static void
begin(Case *example)
{
	*example = (Case){ .from = { .name = "T",
			       .columns = from_columns,
			       .n_columns = COLUMNS,
			       .rowid_column = 0 },
		.to = { .name = "t",
		    .columns = to_columns,
		    .n_columns = COLUMNS,
		    .rowid_column = 1 } };
	example->table = (TranslateTable){ .from = &example->from,
		.to = &example->to,
		.target_columns = targets };
	example->profile =
	    (TableProfile){ .columns = example->columns, .n_columns = COLUMNS };
	for (size_t i = 0; i < COLUMNS; i++)
		example->rules[i].type = to_columns[targets[i]].type;
}

/* NULL: it is refused for a reason in which why stands. */
static void
becomes(const Case *example, const char *text, const char *sql, const char *why)
{
	Arena arena = { 0 };
	Buf buf = { 0 };
	Translation translation;
	Error err;

	assert_true(translate(text, &example->table, &example->wanted,
	    &translation, &arena, &err));
	if (sql == NULL) {
		if (translation.formula != NULL)
			fail_msg("%s was translated", text);
		if (strstr(translation.reason, why) == NULL)
			fail_msg("%s: %s", text, translation.reason);
	} else {
		if (translation.formula == NULL)
			fail_msg("%s: %s", text, translation.reason);
		assert_null(translation.reason);
		assert_true(formula_put_sql(
		    &buf, translation.formula, &example->to, &err));
		assert_string_equal(buf_text(&buf, &err), sql);
	}
	buf_free(&buf);
	arena_free(&arena);
}

static void
columns_have_the_names_of_the_target(void **state)
{
	Case example;

	(void)state;
	begin(&example);
	becomes(&example, "ID > 5", "(\"id\" > '5'::bigint)", NULL);
	becomes(&example, "t.id > 5", "(\"id\" > '5'::bigint)", NULL);
	becomes(&example, "rowid > 5", "(\"id\" > '5'::bigint)", NULL);
	becomes(&example, "_rowid_ > 5", "(\"id\" > '5'::bigint)", NULL);
	becomes(&example, "other.id > 5", NULL, "no table \"other\"");
	becomes(&example, "nothing > 5", NULL, "no column \"nothing\"");
	becomes(&example, "[nothing] > 5", NULL, "no column \"nothing\"");
	becomes(&example, "name = 'A'",
	    "(lower((\"name\" COLLATE \"C\")) = "
	    "lower(('A'::text COLLATE \"C\")))",
	    NULL);
	becomes(&example, "flag", "\"flag\"", NULL);
	becomes(&example, "flag = 0", "(NOT \"flag\")", NULL);
	example.from.rowid_column = -1;
	becomes(&example, "rowid > 5", NULL, "no column \"rowid\"");
}

static void
columns_that_are_left_out_are_named(void **state)
{
	static const int without[] = { 1, -1, 2, 3, 4, 5 };
	Case example;

	(void)state;
	begin(&example);
	example.table.target_columns = without;
	becomes(&example, "Name IS NULL", NULL, "\"Name\" is left out");
	becomes(&example, "id > 5", "(\"id\" > '5'::bigint)", NULL);
}

static void
evidence_decides_what_a_column_holds(void **state)
{
	Case example;

	(void)state;
	begin(&example);
	example.table.profile = &example.profile;
	example.columns[0].classes[VALUE_INTEGER] = 5;
	becomes(&example, "id > 5", "(\"id\" > '5'::bigint)", NULL);
	example.columns[0].classes[VALUE_TEXT] = 1;
	becomes(&example, "id > 5", NULL, "column \"Id\"");
	becomes(&example, "id IS NOT NULL", "(\"id\" IS NOT NULL)", NULL);
	example.columns[2].classes[VALUE_TEXT] = 3;
	example.columns[2].dates = 3;
	becomes(&example, "day > '2024-01-01'",
	    "(\"day\" > '2024-01-01'::date)", NULL);
	example.columns[2].dates = 2;
	becomes(&example, "day > '2024-01-01'", NULL, "as text is");
	example.columns[3].classes[VALUE_TEXT] = 3;
	becomes(&example, "at >= '2024-01-01'",
	    "(\"at\" >= '2024-01-01 00:00:00+00'::timestamp with time zone)",
	    NULL);
	example.columns[3].zoned = 1;
	becomes(&example, "at >= '2024-01-01'", NULL, "as text is");
	example.columns[4].classes[VALUE_TEXT] = 1;
	becomes(&example, "flag = 1", NULL, "column \"flag\"");
}

static void
rules_change_what_a_column_holds(void **state)
{
	static const RuleValue values[] = { { "1", "2" } };
	static const Zone *const zone = (const Zone *)(const void *)values;
	Case example;

	(void)state;
	begin(&example);
	example.table.rules = example.rules;
	becomes(&example, "id > 5", "(\"id\" > '5'::bigint)", NULL);
	example.rules[0].values = values;
	becomes(&example, "id IS NULL", NULL, "other values");
	example.rules[3].zone = zone;
	becomes(&example, "at >= '2024-01-01'", NULL, "as text is");
	example.rules[3].conversion = CONVERSION_UNIX_S;
	becomes(&example, "at > 0", NULL, "column \"at\"");
	becomes(&example, "at IS NULL", "(\"at\" IS NULL)", NULL);
}

static void
moments_that_pass_stand_in_defaults_alone(void **state)
{
	Case example;

	(void)state;
	begin(&example);
	becomes(&example, "at < datetime('now')", NULL, "'now'");
	becomes(&example, "day < CURRENT_DATE", NULL, "'now'");
	example.wanted.use = TRANSLATE_DEFAULT;
	example.wanted.type.name = TYPE_DATE;
	becomes(&example, "date('now', 'start of month')",
	    "CAST(date_trunc('second', date_trunc('month', "
	    "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC'))) AS date)",
	    NULL);
	becomes(&example, "date('now', '+1 week')", NULL, "'+1 week'");
	becomes(&example, "date('now', 'localtime')", NULL, "'localtime'");
	becomes(&example, "date('now', '+2001 years')", NULL, "too large");
	becomes(&example, "time('now')", NULL, "no date");
}

static void
a_value_is_stored_by_affinity_and_type(void **state)
{
	Case example;

	(void)state;
	begin(&example);
	example.wanted = (TranslateWanted){ .use = TRANSLATE_GENERATED,
		.affinity = AFFINITY_INTEGER,
		.type = { .name = TYPE_BIGINT } };
	becomes(&example, "id > 5",
	    "CAST(CAST((\"id\" > '5'::bigint) AS integer) AS bigint)", NULL);
	becomes(&example, "sum + 1", NULL, "generated itself");
	becomes(&example, "id * 1.5", NULL, "type bigint");
	example.wanted.type.name = TYPE_BOOLEAN;
	becomes(&example, "id > 5", "(\"id\" > '5'::bigint)", NULL);
	becomes(&example, "id", NULL, "type boolean");
	example.wanted.affinity = AFFINITY_TEXT;
	example.wanted.type.name = TYPE_TEXT;
	becomes(&example, "id", "CAST(\"id\" AS text)", NULL);
	example.wanted.type = (Type){ .name = TYPE_VARCHAR, .length = 5 };
	becomes(&example, "name", "\"name\"", NULL);
	example.wanted.type =
	    (Type){ .name = TYPE_NUMERIC, .precision = 5, .scale = 2 };
	example.wanted.affinity = AFFINITY_NUMERIC;
	becomes(&example, "id * 1.5", NULL, "numeric(5,2)");
}

static void
utf16_orders_text_otherwise(void **state)
{
	Case example;

	(void)state;
	begin(&example);
	example.table.utf16 = true;
	becomes(&example, "Name > 'a'", NULL, "UTF-16");
	becomes(&example, "max(Name COLLATE BINARY, 'a') = 'b'", NULL, "");
	becomes(&example, "day > '2024-01-01'",
	    "(\"day\" > '2024-01-01'::date)", NULL);
}

static void
an_index_compares_as_the_collation_does(void **state)
{
	Case example;
	Arena arena = { 0 };
	Translation translation;
	Error err;

	(void)state;
	begin(&example);
	assert_true(translate_column(
	    1, NULL, &example.table, &translation, &arena, &err));
	assert_int_equal(translation.formula->operation, FORMULA_LOWER);
	assert_true(translate_column(
	    1, "BINARY", &example.table, &translation, &arena, &err));
	assert_null(translation.formula);
	assert_null(translation.reason);
	assert_true(translate_column(
	    0, "NOCASE", &example.table, &translation, &arena, &err));
	assert_null(translation.formula);
	assert_null(translation.reason);
	assert_true(translate_column(
	    1, "german", &example.table, &translation, &arena, &err));
	assert_null(translation.formula);
	assert_non_null(translation.reason);
	arena_free(&arena);
	example.wanted.use = TRANSLATE_KEY;
	example.wanted.collation = "RTRIM";
	becomes(
	    &example, "name || 'x'", "rtrim((\"name\" || 'x'::text))", NULL);
}

static void
a_note_tells_of_names_that_are_text(void **state)
{
	Case example;
	Arena arena = { 0 };
	Translation translation;
	Error err;

	(void)state;
	begin(&example);
	assert_true(translate("name = \"x\"", &example.table, &example.wanted,
	    &translation, &arena, &err));
	assert_non_null(translation.formula);
	assert_non_null(translation.note);
	arena_free(&arena);
}

/* Operands of operands: neither time nor the formula may explode. */
static void
what_would_grow_without_bounds_is_refused(void **state)
{
	Case example;
	Buf buf = { 0 };
	Error err;

	(void)state;
	begin(&example);
	for (int i = 0; i < 90; i++)
		assert_true(buf_put_text(&buf, "(", &err));
	assert_true(buf_put_text(&buf, "id", &err));
	for (int i = 0; i < 90; i++)
		assert_true(buf_put_text(&buf, " BETWEEN 0 AND 1)", &err));
	becomes(&example, buf_text(&buf, &err), NULL, "too long");
	buf.size = 0;
	for (int i = 0; i < 70; i++)
		assert_true(buf_put_text(&buf, "abs(", &err));
	assert_true(buf_put_text(&buf, "id", &err));
	for (int i = 0; i < 70; i++)
		assert_true(buf_put_text(&buf, ")", &err));
	becomes(&example, buf_text(&buf, &err), NULL, "too long");
	buf.size = 0;
	assert_true(buf_put_text(&buf, "id > 0", &err));
	for (int i = 0; i < 300; i++)
		assert_true(buf_put_text(&buf, " OR id = 5", &err));
	{
		Arena arena = { 0 };
		Translation translation;

		assert_true(translate(buf_text(&buf, &err), &example.table,
		    &example.wanted, &translation, &arena, &err));
		assert_non_null(translation.formula);
		assert_int_equal(translation.formula->n_arguments, 301);
		arena_free(&arena);
	}
	buf_free(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_have_the_names_of_the_target),
		cmocka_unit_test(columns_that_are_left_out_are_named),
		cmocka_unit_test(evidence_decides_what_a_column_holds),
		cmocka_unit_test(rules_change_what_a_column_holds),
		cmocka_unit_test(moments_that_pass_stand_in_defaults_alone),
		cmocka_unit_test(a_value_is_stored_by_affinity_and_type),
		cmocka_unit_test(utf16_orders_text_otherwise),
		cmocka_unit_test(an_index_compares_as_the_collation_does),
		cmocka_unit_test(a_note_tells_of_names_that_are_text),
		cmocka_unit_test(what_would_grow_without_bounds_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
