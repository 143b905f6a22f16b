/*
 * expressions: Expressions over rows in memory, for their tests.  Included after
 * cmocka.h.
 */
#ifndef TESTS_EXPRESSIONS_H
#define TESTS_EXPRESSIONS_H

#include "tests/unit/values.h"
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

/* ---- a source of rows in memory ---- */

typedef struct {
	const Value *rows; /* N_COLUMNS each */
	size_t n, given;
	size_t fail_at; /* SIZE_MAX: never */
} Supply;

static inline Step
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

/* Of these values and, unless it is NULL, this condition. */
static inline Expressions *
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

static inline void
begin(Expressions *expressions, Supply *source)
{
	Error err;

	assert_true(expressions_begin(expressions, give, source, &err));
}

/* One row, with a value of each kind. */
static inline void
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

/* Rows with the ids 0 to 4. */
#define N_ROWS 5

static inline void
fill_rows(Value *rows)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		fill(rows + i * N_COLUMNS);
		rows[i * N_COLUMNS + ID] = integer((int64_t)i);
	}
}

#endif
