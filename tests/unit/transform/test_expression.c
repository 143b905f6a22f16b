#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <inttypes.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "formats/bytes.h"
#include "transform/expression.h"

/* A table with a column of each affinity and collation. */
enum { ID, NUMBER, REAL, TEXT, BLOB, EMAIL, CODE, META, DATE, OWN, N_COLUMNS };

static Column columns[N_COLUMNS] = {
	{ .name = "id", .affinity = AFFINITY_INTEGER },
	{ .name = "a number", .affinity = AFFINITY_NUMERIC },
	{ .name = "real", .affinity = AFFINITY_REAL },
	{ .name = "text", .affinity = AFFINITY_TEXT, .collation = "BINARY" },
	{ .name = "blob", .affinity = AFFINITY_BLOB },
	{ .name = "email", .affinity = AFFINITY_TEXT, .collation = "NOCASE" },
	{ .name = "code", .affinity = AFFINITY_TEXT, .collation = "rtrim" },
	{ .name = "meta", .affinity = AFFINITY_TEXT },
	{ .name = "date", .affinity = AFFINITY_NUMERIC },
	{ .name = "own", .affinity = AFFINITY_TEXT, .collation = "german" },
};

static Table table = {
	.name = "Big Orders",
	.rowid_column = ID,
	.columns = columns,
	.n_columns = N_COLUMNS,
};

static Value
integer(int64_t value)
{
	return (Value){ .class = VALUE_INTEGER, .integer = value };
}

static Value
real(double value)
{
	return (Value){ .class = VALUE_REAL, .real = value };
}

static Value
bytes(ValueClass class, const void *data, size_t size)
{
	return (Value){ .class = class, .size = size, .bytes = data };
}

static Value
text(const char *value)
{
	return bytes(VALUE_TEXT, value, strlen(value));
}

/* ---- a source of rows in memory ---- */

typedef struct {
	const Value *rows; /* N_COLUMNS each */
	size_t n, given;
	size_t fail_at; /* SIZE_MAX: never */
} Supply;

static Step
give(void *context, const Value **row, Error *err)
{
	Supply *source = context;

	if (source->given == source->fail_at) {
		error_set(err, ERROR_DUMP, "the chunk is damaged");
		return STEP_FAILED;
	}
	if (source->given == source->n)
		return STEP_END;
	*row = source->rows + source->given++ * N_COLUMNS;
	return STEP_ITEM;
}

static Expressions *
open_expressions(const char *const *values, size_t n, const char *where)
{
	ExpressionText texts[8];
	ExpressionText condition = { .text = where, .place = "m.yaml:9:9" };
	ExpressionSpec spec = { .table = &table,
		.values = texts,
		.n_values = n,
		.where = where != NULL ? &condition : NULL };
	Expressions *expressions = NULL;
	Error err;

	for (size_t i = 0; i < n; i++)
		texts[i] = (ExpressionText){ values[i], "m.yaml:1:2" };
	if (!expressions_open(&spec, &expressions, &err)) {
		print_error("%s\n", err.text);
		fail();
	}
	return expressions;
}

static void
begin(Expressions *expressions, Supply *source)
{
	Error err;

	assert_true(expressions_begin(expressions, give, source, &err));
}

/* The expression over one row gives this value. */
static void
gives_of(const Value *row, const char *expression, Value expected)
{
	Expressions *expressions = open_expressions(&expression, 1, NULL);
	Supply source = { .rows = row, .n = 1, .fail_at = SIZE_MAX };
	ExpressionRow result;
	Error err;

	begin(expressions, &source);
	assert_int_equal(
	    expressions_next(expressions, &result, &err), STEP_ITEM);
	if (result.failed != NULL)
		print_error("%s: %s\n", expression, result.failed);
	assert_null(result.failed);
	assert_true(result.wanted);
	if (!value_equal(&result.values[0], &expected))
		print_error("%s is another %s\n", expression,
		    value_class_name(result.values[0].class));
	assert_true(value_equal(&result.values[0], &expected));
	assert_int_equal(
	    expressions_next(expressions, &result, &err), STEP_END);
	assert_int_equal(
	    expressions_next(expressions, &result, &err), STEP_END);
	expressions_close(expressions);
}

static void
fill(Value *row)
{
	row[ID] = integer(5);
	row[NUMBER] = integer(7);
	row[REAL] = real(5);
	row[TEXT] = text("Text");
	row[BLOB] = bytes(VALUE_BLOB, "\0\1", 2);
	row[EMAIL] = text("A@B.example");
	row[CODE] = text("x  ");
	row[META] = text("{\"a\":[1,2]}");
	row[DATE] = text("2024-02-29");
	row[OWN] = text("own");
}

static void
gives(const char *expression, Value expected)
{
	Value row[N_COLUMNS];

	fill(row);
	gives_of(row, expression, expected);
}

/* The expression is refused, with a message that ends so. */
static void
refuses_with(const char *expression, bool where, const char *message)
{
	ExpressionText one = { .text = expression, .place = "m.yaml:3:4" };
	ExpressionSpec spec = { .table = &table };
	Expressions *expressions = NULL;
	char expected[512];
	Error err = { 0 };

	spec.values = &one;
	spec.n_values = !where;
	spec.where = where ? &one : NULL;
	snprintf(expected, sizeof(expected), "m.yaml:3:4: %s: %s",
	    where ? "where" : "value", message);
	assert_false(expressions_open(&spec, &expressions, &err));
	assert_null(expressions);
	assert_string_equal(err.text, expected);
	assert_int_equal(err.kind, ERROR_USAGE);
}

static void
refuses(const char *expression, const char *message)
{
	refuses_with(expression, false, message);
	refuses_with(expression, true, message);
}

/* ---- what expressions give ---- */

static void
each_storage_class_comes_through_unchanged(void **state)
{
	Value row[N_COLUMNS];

	(void)state;
	fill(row);
	gives("id", integer(5));
	gives("real", real(5));
	gives("text", text("Text"));
	gives("blob", bytes(VALUE_BLOB, "\0\1", 2));
	gives("NULL", (Value){ .class = VALUE_NULL });
	row[TEXT] = bytes(VALUE_TEXT, NULL, 0);
	row[BLOB] = bytes(VALUE_BLOB, NULL, 0);
	row[META] = bytes(VALUE_TEXT, "a\0b", 3);
	row[EMAIL] = bytes(VALUE_TEXT, "\xff", 1);
	row[ID] = integer(INT64_MIN);
	row[REAL] = real(-0.0);
	gives_of(row, "text", text(""));
	gives_of(row, "text IS NULL", integer(0));
	gives_of(row, "blob", bytes(VALUE_BLOB, "", 0));
	gives_of(row, "meta", bytes(VALUE_TEXT, "a\0b", 3));
	gives_of(row, "meta || email", bytes(VALUE_TEXT, "a\0b\xff", 4));
	gives_of(row, "email", bytes(VALUE_TEXT, "\xff", 1));
	gives_of(row, "id", integer(INT64_MIN));
	gives_of(row, "real", real(-0.0));
	gives_of(row, "zeroblob(3)", bytes(VALUE_BLOB, "\0\0\0", 3));
	gives_of(row, "1e999", real(1 / 0.0));
}

static void
values_compare_as_in_the_source(void **state)
{
	(void)state;
	gives("id = '5'", integer(1));
	gives("text = 5", integer(0));
	gives("\"a number\" = '7.0'", integer(1));
	gives("real = '5'", integer(1));
	gives("email = 'a@b.EXAMPLE'", integer(1));
	gives("code = 'x'", integer(1));
	gives("text = 'TEXT'", integer(0));
	gives("text COLLATE NOCASE = 'TEXT'", integer(1));
	gives("blob = x'0001'", integer(1));
}

static void
sqlite_functions_are_there(void **state)
{
	(void)state;
	gives("lower(trim(email))", text("a@b.example"));
	gives("json_extract(meta, '$.a[1]')", integer(2));
	gives("meta ->> '$.a[0]'", integer(1));
	gives("date(date, '+1 day')", text("2024-03-01"));
	gives("strftime('%Y', date)", text("2024"));
	gives("datetime(id, 'unixepoch')", text("1970-01-01 00:00:05"));
	gives("printf('%05.1f', real)", text("005.0"));
	gives("max(id, 9)", integer(9));
	gives("CASE WHEN text LIKE 't%' THEN 1 ELSE 0 END", integer(1));
	gives("text GLOB 'T*'", integer(1));
	gives("CAST(real AS INTEGER)", integer(5));
	gives("id IN (4, 5, 6)", integer(1));
	gives("sqrt(4.0)", real(2));
	/* A word where it is no modifier. */
	gives("text = 'now' OR date(date) > 'now'", integer(0));
	gives("replace(text, 'Text', 'utc')", text("utc"));
}

static void
tables_go_by_their_names_in_the_source(void **state)
{
	(void)state;
	gives("\"Big Orders\".id", integer(5));
	gives("\"big orders\".\"A Number\"", integer(7));
	gives("[id] + `id`", integer(10));
	gives("id -- to the end", integer(5));
	gives("/* one */ id /* two */", integer(5));
	gives("'a;b)' || '('", text("a;b)("));
	refuses("rows.id", "no such column: rows.id; did you mean \"id\"?");
}

static void
any_name_is_a_name(void **state)
{
	static Column odd[] = {
		{ .name = "a\" INTEGER); --", .affinity = AFFINITY_TEXT },
		{ .name = "", .affinity = AFFINITY_INTEGER },
		{ .name = "hidden", .affinity = AFFINITY_BLOB },
		{ .name = "rowid", .affinity = AFFINITY_INTEGER },
	};
	const Table strange = {
		.name = "", .rowid_column = -1, .columns = odd, .n_columns = 4
	};
	const ExpressionText texts[] = { { "\"a\"\" INTEGER); --\"", "p" },
		{ "\"\" + 1", "p" }, { "hidden", "p" }, { "rowid", "p" } };
	const ExpressionSpec spec = {
		.table = &strange, .values = texts, .n_values = 4
	};
	Value row[N_COLUMNS] = { text("x"), integer(2), text("y"), integer(4) };
	Supply source = { .rows = row, .n = 1, .fail_at = SIZE_MAX };
	Expressions *expressions;
	ExpressionRow result;
	Error err;

	(void)state;
	assert_true(expressions_open(&spec, &expressions, &err));
	begin(expressions, &source);
	assert_int_equal(
	    expressions_next(expressions, &result, &err), STEP_ITEM);
	assert_true(value_equal(&result.values[0], &row[0]));
	assert_int_equal(result.values[1].integer, 3);
	assert_true(value_equal(&result.values[2], &row[2]));
	assert_true(value_equal(&result.values[3], &row[3]));
	expressions_close(expressions);
}

/* ---- what is refused ---- */

static void
what_is_no_expression_is_refused(void **state)
{
	(void)state;
	refuses("", "no expression: the text is empty");
	refuses(" -- nothing", "no expression: the text is empty");
	refuses("id, text", "more than one expression: a \",\" between them");
	refuses("id; DROP TABLE x",
	    "more than one expression: a \";\" between them");
	refuses("id) FROM x --", "a parenthesis is closed that was not opened");
	refuses("(id", "a parenthesis is not closed");
	refuses("(id; 1)", "more than one expression: a \";\" between them");
	refuses("'abc", "not a token of SQL: 'abc");
	refuses("\"abc", "not a token of SQL: \"abc");
	refuses("id /* and on", "incomplete input");
	refuses("id AS x", "near \"AS\": syntax error");
	refuses("id id", "near \"id\": syntax error");
	refuses("id +", "near \")\": syntax error");
	refuses("(id, text)", "row value misused");
	refuses("*", "near \"*\": syntax error");
	refuses("1 UNION VALUES (2)", "near \"UNION\": syntax error");
	refuses("id = ?", "a parameter (?), for which there is no value");
	refuses("id = :x", "a parameter (:), for which there is no value");
	refuses("id = $x", "a parameter ($), for which there is no value");
}

static void
subqueries_and_other_tables_are_refused(void **state)
{
	static const char subquery[] = "a subquery; an expression sees one row";

	static const char table_name[] =
	    "IN takes a list between parentheses here, not a table";

	(void)state;
	refuses("(SELECT 1)", subquery);
	refuses("(SELECT max(id) FROM rows)", subquery);
	refuses("EXISTS (SELECT 1)", subquery);
	refuses("id IN (SELECT 1)", subquery);
	refuses("id IN rows", table_name);
	refuses("id NOT IN main.sqlite_master", table_name);
	refuses("id IN json_each(meta)", table_name);
	refuses("(VALUES (1))", subquery);
	refuses("(WITH x AS (SELECT 1) SELECT * FROM x)", subquery);
	refuses("RAISE(ABORT, 'x')",
	    "RAISE() may only be used within a trigger-program");
}

static void
functions_that_are_not_pure_are_refused(void **state)
{
	(void)state;
	refuses("random()",
	    "function \"random\" gives another value each "
	    "time");
	refuses("hex(randomblob(4))",
	    "function \"randomblob\" gives another value each time");
	refuses("CURRENT_TIMESTAMP",
	    "function \"current_timestamp\" gives another value each time");
	refuses("load_extension('x')",
	    "function \"load_extension\" is not on the list of functions "
	    "that depend on their arguments alone");
	refuses("text MATCH 'x'",
	    "function \"match\" is not on the list of functions that depend "
	    "on their arguments alone");
	refuses("count(*)",
	    "function \"count\" looks at many rows; an "
	    "expression sees one");
	refuses("row_number() OVER ()",
	    "function \"row_number\" looks at many rows; an expression sees "
	    "one");
	refuses("max(id)", "max() looks at many rows; an expression sees one");
}

static void
the_time_and_zone_of_the_machine_are_refused(void **state)
{
	static const char current[] = " without a time to work on takes the "
				      "current one, which is another each "
				      "time";
	char message[128];

	(void)state;
	refuses("date('now')",
	    "date with 'now' gives another value each "
	    "time");
	refuses("datetime('NOW', '+1 day')",
	    "datetime with 'now' gives another value each time");
	refuses("strftime('%Y', 'now')",
	    "strftime with 'now' gives another value each time");
	refuses("date(coalesce(date, time('now')))",
	    "time with 'now' gives another value each time");
	refuses("datetime(date, 'localtime')",
	    "datetime with 'localtime' depends on the machine's time zone");
	refuses("datetime(date, 'Utc')",
	    "datetime with 'utc' depends on the machine's time zone");
	snprintf(message, sizeof(message), "date%s", current);
	refuses("date()", message);
	refuses("\"date\"( )", message);
	snprintf(message, sizeof(message), "strftime%s", current);
	refuses("strftime('%Y')", message);
	snprintf(message, sizeof(message), "unixepoch%s", current);
	refuses("1 + unixepoch()", message);
}

static void
slips_are_answered_with_what_may_have_been_meant(void **state)
{
	(void)state;
	refuses(
	    "lower(emial)", "no such column: emial; did you mean \"email\"?");
	refuses("lower(\"emial\")",
	    "no such column: emial; did you mean \"email\"?");
	refuses("text = \"pending\"",
	    "no such column: pending; a string stands between single quotes");
	refuses("whatever", "no such column: whatever");
	refuses(
	    "lwoer(email)", "no such function: lwoer; did you mean \"lower\"?");
	refuses("my_own_function(email)", "no such function: my_own_function");
	refuses("lower()", "wrong number of arguments to function lower()");
	refuses("text = 'a' COLLATE french",
	    "compares by \"french\", a collation that SQLite does not have; "
	    "write COLLATE BINARY, NOCASE or RTRIM");
}

static void
the_rowid_is_its_column_or_nothing(void **state)
{
	(void)state;
	refuses("rowid", "rowid is not in the data; its column \"id\" is");
	refuses("\"Big Orders\".\"OID\"",
	    "oid is not in the data; its column \"id\" is");
	table.rowid_column = -1;
	refuses("_rowid_ + 1", "_rowid_ is not in the data");
	table.rowid_column = ID;
}

static void
a_collation_that_is_not_ours_does_not_compare(void **state)
{
	(void)state;
	gives("upper(own)", text("OWN"));
	gives("own COLLATE BINARY = 'own'", integer(1));
	refuses("own = 'own'",
	    "compares by \"german\", a collation that SQLite does not have; "
	    "write COLLATE BINARY, NOCASE or RTRIM");
	refuses("CASE own WHEN 'a' THEN 1 END",
	    "compares by \"german\", a collation that SQLite does not have; "
	    "write COLLATE BINARY, NOCASE or RTRIM");
}

/* ---- rows ---- */

#define N_ROWS 5

static void
fill_rows(Value *rows)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		fill(rows + i * N_COLUMNS);
		rows[i * N_COLUMNS + ID] = integer((int64_t)i);
	}
}

static void
only_what_is_true_is_wanted(void **state)
{
	static const char *const values[] = { "id * 2" };
	static const char *const conditions[] = { "id = 3", "NULL", "0",
		"'abc'", "'3abc' AND id = 3", "id - 3 IS 0" };
	static const unsigned wanted[] = { 8, 0, 0, 0, 8, 8 };
	Value rows[N_ROWS * N_COLUMNS];
	ExpressionRow row;
	Error err;

	(void)state;
	fill_rows(rows);
	for (size_t i = 0; i < 6; i++) {
		Expressions *expressions =
		    open_expressions(values, i % 2, conditions[i]);
		Supply source = {
			.rows = rows, .n = N_ROWS, .fail_at = SIZE_MAX
		};

		begin(expressions, &source);
		for (int64_t n = 0; n < N_ROWS; n++) {
			assert_int_equal(
			    expressions_next(expressions, &row, &err),
			    STEP_ITEM);
			assert_int_equal(source.given, n + 1);
			assert_null(row.failed);
			assert_int_equal(row.wanted, wanted[i] >> n & 1);
			if (row.wanted && i % 2 == 1)
				assert_int_equal(row.values[0].integer, 2 * n);
		}
		assert_int_equal(
		    expressions_next(expressions, &row, &err), STEP_END);
		expressions_close(expressions);
	}
}

/* Over rows of which the ones in failing fail and those in unwanted are not
 * wanted, every row is seen once. */
static void
passes(const char *value, const char *where, unsigned failing,
    unsigned unwanted, const char *message)
{
	const char *const values[] = { "id", value };
	Expressions *expressions = open_expressions(values, 2, where);
	Value rows[N_ROWS * N_COLUMNS];
	ExpressionRow row;
	Error err;

	fill_rows(rows);
	for (int chunk = 0; chunk < 2; chunk++) {
		Supply source = {
			.rows = rows, .n = N_ROWS, .fail_at = SIZE_MAX
		};

		begin(expressions, &source);
		for (int64_t n = 0; n < N_ROWS; n++) {
			assert_int_equal(
			    expressions_next(expressions, &row, &err),
			    STEP_ITEM);
			assert_int_equal(source.given, n + 1);
			assert_int_equal(row.failed != NULL, failing >> n & 1);
			assert_int_equal(!row.wanted, unwanted >> n & 1);
			if (row.failed != NULL)
				assert_string_equal(row.failed, message);
			else if (row.wanted)
				assert_int_equal(row.values[0].integer, n);
		}
		assert_int_equal(
		    expressions_next(expressions, &row, &err), STEP_END);
	}
	expressions_close(expressions);
}

static void
a_row_that_fails_does_not_stop_the_others(void **state)
{
	static const char overflow[] = "integer overflow";
	static const char least[] =
	    "abs(CASE id WHEN 1 THEN -9223372036854775807 - 1 "
	    "WHEN 2 THEN -9223372036854775807 - 1 ELSE id END)";

	(void)state;
	passes(least, NULL, 6, 0, overflow);
	/* The first and the last. */
	passes("json(CASE WHEN id IN (0, 4) THEN '{' ELSE '1' END)", NULL, 17,
	    0, "malformed JSON");
	/* Every one, by a constant. */
	passes("json('{')", NULL, 31, 0, "malformed JSON");
	passes("abs(-9223372036854775807 - 1)", NULL, 31, 0, overflow);
	passes(
	    "zeroblob(1000000001 + id)", NULL, 31, 0, "string or blob too big");
}

static void
a_row_that_is_not_wanted_does_not_fail(void **state)
{
	static const char bad[] =
	    "json(CASE WHEN id IN (1, 3) THEN '{' ELSE '1' END)";

	(void)state;
	passes(bad, "id <> 1", 8, 2, "malformed JSON");
	passes(bad, "id NOT IN (1, 3)", 0, 10, NULL);
	/* Where the condition fails, nobody knows. */
	passes("1", "json(CASE id WHEN 4 THEN '{' ELSE '1' END) = '1'", 16, 0,
	    "malformed JSON");
	passes("json('[')", "abs(iif(id, -9223372036854775807 - 1, 0))", 30, 1,
	    "integer overflow");
}

static void
data_that_says_now_fails_instead_of_telling_the_time(void **state)
{
	static const char asks[] = "the expression asks for the current time, "
				   "which is another each time";

	(void)state;
	passes("date(CASE id WHEN 2 THEN 'no' || 'w' ELSE date END)", NULL, 4,
	    0, asks);
	passes("date(iif(id > 2, 'n' || 'ow', date))", "id <> 3", 16, 8, asks);
	passes("1", "date(iif(id = 0, 'n' || 'ow', date)) > ''", 1, 0, asks);
}

static void
a_source_that_fails_fails_the_run(void **state)
{
	static const char *const values[] = { "id" };
	Expressions *expressions = open_expressions(values, 1, "id < 9");
	Value rows[N_ROWS * N_COLUMNS];
	ExpressionRow row;
	Error err;

	(void)state;
	fill_rows(rows);
	for (size_t at = 0; at <= N_ROWS; at++) {
		Supply source = { .rows = rows, .n = N_ROWS, .fail_at = at };

		begin(expressions, &source);
		for (size_t n = 0; n < at; n++)
			assert_int_equal(
			    expressions_next(expressions, &row, &err),
			    STEP_ITEM);
		err = (Error){ 0 };
		assert_int_equal(
		    expressions_next(expressions, &row, &err), STEP_FAILED);
		assert_string_equal(err.text, "the chunk is damaged");
		assert_int_equal(err.kind, ERROR_DUMP);
	}
	expressions_close(expressions);
}

static void
a_chunk_may_be_empty_or_left_halfway(void **state)
{
	static const char *const values[] = { "text || id" };
	Expressions *expressions = open_expressions(values, 1, NULL);
	Value rows[N_ROWS * N_COLUMNS];
	Supply empty = { .fail_at = SIZE_MAX };
	Supply source = { .rows = rows, .n = N_ROWS, .fail_at = SIZE_MAX };
	ExpressionRow row;
	Error err;

	(void)state;
	fill_rows(rows);
	begin(expressions, &empty);
	assert_int_equal(expressions_next(expressions, &row, &err), STEP_END);
	for (int i = 0; i < 3; i++) {
		source.given = 0;
		begin(expressions, &source);
		assert_int_equal(
		    expressions_next(expressions, &row, &err), STEP_ITEM);
		assert_memory_equal(row.values[0].bytes, "Text0", 5);
	}
	expressions_close(expressions);
	expressions_close(NULL);
}

/* ---- against a table of SQLite's own ---- */

static void
seed(void)
{
	unsigned n = (unsigned)time(NULL);

	if (getenv("SEED") != NULL)
		n = (unsigned)strtoul(getenv("SEED"), NULL, 10);
	print_message("seed %u\n", n);
	srand(n);
}

static unsigned
below(unsigned limit)
{
	return (unsigned)rand() % limit;
}

static const char *
pick(const char *const *words, size_t n)
{
	return words[below((unsigned)n)];
}

#define PICK(words) pick(words, sizeof(words) / sizeof((words)[0]))

static void put_expression(Buf *out, int depth);

/* A pattern: @ is an expression. */
static void
put_pattern(Buf *out, const char *pattern, int depth)
{
	Error err;

	for (; *pattern != '\0'; pattern++)
		if (*pattern == '@')
			put_expression(out, depth - 1);
		else
			assert_true(buf_put(out, pattern, 1, &err));
}

static void
put_expression(Buf *out, int depth)
{
	static const char *const leaves[] = { "id", "\"a number\"", "real",
		"text", "blob", "email", "code", "meta", "date", "NULL", "5",
		"'5'", "5.0", "' 5 '", "'abc'", "'ABC'", "x'35'", "''", "0",
		"-1", "9223372036854775807", "1e300", "'{\"a\":5}'", "'x '",
		"'2024-02-29'" };
	static const char *const patterns[] = { "(@ + @)", "(@ - @)", "(@ * @)",
		"(@ / @)", "(@ % @)", "(@ || @)", "(@ = @)", "(@ <> @)",
		"(@ < @)", "(@ <= @)", "(@ > @)", "(@ IS @)", "(@ IS NOT @)",
		"(@ AND @)", "(@ OR @)", "(NOT @)", "(- @)", "(~ @)", "(@ & @)",
		"(@ | @)", "(@ << @)", "(@ LIKE @)", "(@ GLOB @)",
		"(@ BETWEEN @ AND @)", "(@ IN (@, @, @))", "(@ ISNULL)",
		"(@ IS TRUE)", "CASE @ WHEN @ THEN @ ELSE @ END",
		"CASE WHEN @ THEN @ END", "CAST(@ AS INTEGER)",
		"CAST(@ AS TEXT)", "CAST(@ AS REAL)", "CAST(@ AS NUMERIC)",
		"(@ COLLATE NOCASE)", "(@ COLLATE RTRIM)", "abs(@)", "lower(@)",
		"upper(@)", "length(@)", "typeof(@)", "hex(@)", "quote(@)",
		"coalesce(@, @)", "nullif(@, @)", "ifnull(@, @)", "max(@, @)",
		"min(@, @, @)", "substr(@, @, @)", "replace(@, @, @)",
		"trim(@)", "instr(@, @)", "round(@, 1)", "json(@)",
		"json_extract(@, '$.a')", "json_array(@, @)", "json_valid(@)",
		"date(@)", "julianday(@)", "(@ ->> 'a')", "iif(@, @, @)",
		"unicode(@)", "printf('%s %d', @, @)", "sign(@)" };
	Error err;

	if (depth == 0 || below(8) == 0)
		assert_true(buf_put_text(out, PICK(leaves), &err));
	else
		put_pattern(out, PICK(patterns), depth);
}

static void
run(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
		print_error("%s: %s\n", sql, sqlite3_errmsg(db));
		fail();
	}
}

#define N_REAL_ROWS 12

/* The same table, with rows of random values. */
static sqlite3 *
make_table(void)
{
	static const char *const values[] = { "5", "'5'", "5.0", "'5.0'", "5.5",
		"'abc'", "'ABC'", "'x'", "'x  '", "''", "NULL", "x'35'", "x''",
		"x'ff00'", "CAST(x'ff' AS TEXT)", "'a' || char(0) || 'b'",
		"'Äé'", "9223372036854775807", "-9223372036854775808", "1e300",
		"-0.0", "'{\"a\":5}'", "'[1'", "'2024-02-29'", "1709164800",
		"' 5 '", "0" };
	Buf sql = { 0 };
	sqlite3 *db;
	Error err;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	run(db,
	    "CREATE TABLE \"Big Orders\" (id INT, \"a number\" NUMERIC, "
	    "real REAL, text TEXT, blob BLOB, email TEXT COLLATE NOCASE, "
	    "code TEXT COLLATE rtrim, meta TEXT, date DATETIME, own TEXT)");
	for (int i = 0; i < N_REAL_ROWS; i++) {
		sql.size = 0;
		assert_true(buf_put_text(
		    &sql, "INSERT INTO \"Big Orders\" VALUES (", &err));
		for (int k = 0; k < N_COLUMNS; k++)
			assert_true(buf_put_format(&sql, &err, "%s%s",
			    k > 0 ? ", " : "", PICK(values)));
		assert_true(buf_put_text(&sql, ")", &err));
		run(db, buf_text(&sql, &err));
	}
	buf_free(&sql);
	return db;
}

static Value
column_value(sqlite3_stmt *statement, int i)
{
	static const ValueClass classes[] = { [SQLITE_INTEGER] = VALUE_INTEGER,
		[SQLITE_FLOAT] = VALUE_REAL,
		[SQLITE_TEXT] = VALUE_TEXT,
		[SQLITE_BLOB] = VALUE_BLOB,
		[SQLITE_NULL] = VALUE_NULL };
	Value value = { .class = classes[sqlite3_column_type(statement, i)] };

	switch (value.class) {
	case VALUE_INTEGER:
		value.integer = sqlite3_column_int64(statement, i);
		break;
	case VALUE_REAL:
		value.real = sqlite3_column_double(statement, i);
		break;
	case VALUE_TEXT:
	case VALUE_BLOB:
		value.bytes = sqlite3_column_blob(statement, i);
		value.size = (size_t)sqlite3_column_bytes(statement, i);
		if (value.size == 0)
			value.bytes = (const uint8_t *)"";
		break;
	case VALUE_NULL:
	case VALUE_CLASSES:
		break;
	}
	return value;
}

/* The rows as a reader gives them, from a statement each. */
static void
read_table(sqlite3 *db, sqlite3_stmt **statements, Value *rows)
{
	for (int i = 0; i < N_REAL_ROWS; i++) {
		assert_int_equal(
		    sqlite3_prepare_v2(db,
			"SELECT * FROM \"Big Orders\" WHERE rowid = ?", -1,
			&statements[i], NULL),
		    SQLITE_OK);
		sqlite3_bind_int(statements[i], 1, i + 1);
		assert_int_equal(sqlite3_step(statements[i]), SQLITE_ROW);
		for (int k = 0; k < N_COLUMNS; k++)
			rows[i * N_COLUMNS + k] =
			    column_value(statements[i], k);
	}
}

/* What SQLite's own table says of a row: SQLITE_ROW or an error. */
static int
ask_table(sqlite3_stmt *statement, int rowid)
{
	sqlite3_reset(statement);
	sqlite3_bind_int(statement, 1, rowid);
	return sqlite3_step(statement);
}

static void
same_as_table(sqlite3_stmt *values, sqlite3_stmt *condition, int rowid,
    const ExpressionRow *row)
{
	Value value;

	if (ask_table(condition, rowid) != SQLITE_ROW) {
		assert_non_null(row->failed);
		return;
	}
	assert_int_equal(row->wanted, sqlite3_column_int(condition, 0));
	if (!row->wanted)
		return;
	if (ask_table(values, rowid) != SQLITE_ROW) {
		assert_non_null(row->failed);
		return;
	}
	assert_null(row->failed);
	for (int i = 0; i < 2; i++) {
		value = column_value(values, i);
		assert_true(value_equal(&value, &row->values[i]));
	}
}

static sqlite3_stmt *
prepare(sqlite3 *db, const char *format, const char *one, const char *other)
{
	sqlite3_stmt *statement = NULL;
	char *sql = sqlite3_mprintf(format, one, other);

	assert_int_equal(
	    sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	sqlite3_free(sql);
	return statement;
}

/* Three random expressions over the rows, beside SQLite's table. */
static void
compare_with_table(sqlite3 *db, const Value *rows)
{
	Supply source = { .rows = rows, .n = N_REAL_ROWS, .fail_at = SIZE_MAX };
	sqlite3_stmt *computed, *condition;
	Expressions *expressions;
	Buf texts[3] = { 0 };
	const char *values[3];
	ExpressionRow row;
	Error err;

	for (int i = 0; i < 3; i++) {
		put_expression(&texts[i], 3);
		values[i] = buf_text(&texts[i], &err);
	}
	computed =
	    prepare(db, "SELECT %s, %s FROM \"Big Orders\" WHERE rowid = ?",
		values[0], values[1]);
	condition = prepare(db,
	    "SELECT CASE WHEN (%s) THEN 1 ELSE 0 END FROM \"Big Orders\" "
	    "WHERE rowid = ?%s",
	    values[2], "");
	expressions = open_expressions(values, 2, values[2]);
	begin(expressions, &source);
	for (int i = 1; i <= N_REAL_ROWS; i++) {
		assert_int_equal(
		    expressions_next(expressions, &row, &err), STEP_ITEM);
		same_as_table(computed, condition, i, &row);
	}
	assert_int_equal(expressions_next(expressions, &row, &err), STEP_END);
	expressions_close(expressions);
	sqlite3_finalize(computed);
	sqlite3_finalize(condition);
	for (int i = 0; i < 3; i++)
		buf_free(&texts[i]);
}

static void
random_expressions_agree_with_a_real_table(void **state)
{
	sqlite3_stmt *statements[N_REAL_ROWS];
	Value rows[N_REAL_ROWS * N_COLUMNS];
	sqlite3 *db;

	(void)state;
	seed();
	for (int round = 0; round < 10; round++) {
		db = make_table();
		read_table(db, statements, rows);
		for (int i = 0; i < 60; i++)
			compare_with_table(db, rows);
		for (int i = 0; i < N_REAL_ROWS; i++)
			sqlite3_finalize(statements[i]);
		assert_int_equal(sqlite3_close(db), SQLITE_OK);
	}
}

/* Words that would end the parentheses or begin something else. */
static void
put_words(Buf *out)
{
	static const char *const words[] = { "id", "text", "1", "'a'", "(", ")",
		")", ",", ";", "--", "/*", "*/", "\n", "'", "\"", "SELECT",
		"FROM", "FROM rows", "WHERE", "UNION ALL", "VALUES (1)",
		"LIMIT 1", "ORDER BY id", "GROUP BY id", "OVER ()",
		"FILTER (WHERE 1)", "max(", "count(*)", "IN", "IN rows",
		"EXISTS", "AS x", "COLLATE", "=", "+", "AND", "NOT", "CASE",
		"END", "ROWS", "rows", ".", "?", "x''", "random()", "date(",
		"'now'", "NULL", "-" };
	Error err;

	for (unsigned n = 1 + below(7); n > 0; n--)
		assert_true(buf_put_format(
		    out, &err, "%s%s", PICK(words), below(4) > 0 ? " " : ""));
}

static void
whatever_is_written_is_refused_or_sees_each_row_once(void **state)
{
	unsigned accepted = 0;
	Value rows[N_ROWS * N_COLUMNS];
	Buf words = { 0 };
	Error err;

	(void)state;
	seed();
	fill_rows(rows);
	for (int i = 0; i < 10000; i++) {
		Supply source = {
			.rows = rows, .n = N_ROWS, .fail_at = SIZE_MAX
		};
		ExpressionText one = { .place = "p" };
		ExpressionSpec spec = { .table = &table,
			.values = &one,
			.n_values = 1,
			.where = below(2) > 0 ? &one : NULL };
		Expressions *expressions;
		ExpressionRow row;

		words.size = 0;
		put_words(&words);
		one.text = buf_text(&words, &err);
		if (!expressions_open(&spec, &expressions, &err)) {
			assert_int_equal(err.kind, ERROR_USAGE);
			continue;
		}
		accepted++;
		begin(expressions, &source);
		for (size_t n = 1; n <= N_ROWS; n++) {
			assert_int_equal(
			    expressions_next(expressions, &row, &err),
			    STEP_ITEM);
			assert_int_equal(source.given, n);
		}
		assert_int_equal(
		    expressions_next(expressions, &row, &err), STEP_END);
		expressions_close(expressions);
	}
	buf_free(&words);
	assert_true(accepted > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_storage_class_comes_through_unchanged),
		cmocka_unit_test(values_compare_as_in_the_source),
		cmocka_unit_test(sqlite_functions_are_there),
		cmocka_unit_test(tables_go_by_their_names_in_the_source),
		cmocka_unit_test(any_name_is_a_name),
		cmocka_unit_test(what_is_no_expression_is_refused),
		cmocka_unit_test(subqueries_and_other_tables_are_refused),
		cmocka_unit_test(functions_that_are_not_pure_are_refused),
		cmocka_unit_test(the_time_and_zone_of_the_machine_are_refused),
		cmocka_unit_test(
		    slips_are_answered_with_what_may_have_been_meant),
		cmocka_unit_test(the_rowid_is_its_column_or_nothing),
		cmocka_unit_test(a_collation_that_is_not_ours_does_not_compare),
		cmocka_unit_test(only_what_is_true_is_wanted),
		cmocka_unit_test(a_row_that_fails_does_not_stop_the_others),
		cmocka_unit_test(a_row_that_is_not_wanted_does_not_fail),
		cmocka_unit_test(
		    data_that_says_now_fails_instead_of_telling_the_time),
		cmocka_unit_test(a_source_that_fails_fails_the_run),
		cmocka_unit_test(a_chunk_may_be_empty_or_left_halfway),
		cmocka_unit_test(random_expressions_agree_with_a_real_table),
		cmocka_unit_test(
		    whatever_is_written_is_refused_or_sees_each_row_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
