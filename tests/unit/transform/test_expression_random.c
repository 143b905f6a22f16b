#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "expressions.h"
#include "formats/bytes.h"
#include "tests/unit/random.h"

/* ---- against a table of SQLite's own ---- */

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
	start_random();
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
	start_random();
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
		cmocka_unit_test(random_expressions_agree_with_a_real_table),
		cmocka_unit_test(
		    whatever_is_written_is_refused_or_sees_each_row_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
