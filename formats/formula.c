#include "formats/formula.h"

#include <assert.h>

#include "formats/sqltext.h"

/* As many as there are. */
#define MANY FORMULA_NODES

/*
 * sql is what is written, with $1, $2, ... for the arguments, each at most
 * once, $* for all of them and $+ for all behind the first, with commas.  Where
 * between is set the arguments stand in parentheses with it between them.
 */
typedef struct {
	const char *name;
	size_t least, most;
	const char *sql, *between;
} Operation;

#define INFIX(word, sign)                      \
	{                                      \
		word, 2, 2, NULL, " " sign " " \
	}
#define JOINED(word, sign)                        \
	{                                         \
		word, 2, MANY, NULL, " " sign " " \
	}
#define UNARY(word, sql)              \
	{                             \
		word, 1, 1, sql, NULL \
	}
#define ADDED(word, argument)                                                \
	{                                                                    \
		word, 2, 2, "($1 + make_interval(" argument " => $2))", NULL \
	}

static const Operation operations[] = {
	[FORMULA_AND] = JOINED("and", "AND"),
	[FORMULA_OR] = JOINED("or", "OR"),
	[FORMULA_NOT] = UNARY("not", "(NOT $1)"),
	[FORMULA_IS_NULL] = UNARY("is_null", "($1 IS NULL)"),
	[FORMULA_IS_NOT_NULL] = UNARY("is_not_null", "($1 IS NOT NULL)"),
	[FORMULA_IS_TRUE] = UNARY("is_true", "($1 IS TRUE)"),
	[FORMULA_IS_FALSE] = UNARY("is_false", "($1 IS FALSE)"),
	[FORMULA_EQ] = INFIX("eq", "="),
	[FORMULA_NE] = INFIX("ne", "<>"),
	[FORMULA_LT] = INFIX("lt", "<"),
	[FORMULA_LE] = INFIX("le", "<="),
	[FORMULA_GT] = INFIX("gt", ">"),
	[FORMULA_GE] = INFIX("ge", ">="),
	[FORMULA_SAME] = INFIX("same", "IS NOT DISTINCT FROM"),
	[FORMULA_DIFFERENT] = INFIX("different", "IS DISTINCT FROM"),
	[FORMULA_IN] = { "in", 2, MANY, "($1 IN ($+))", NULL },
	[FORMULA_ADD] = INFIX("add", "+"),
	[FORMULA_SUBTRACT] = INFIX("subtract", "-"),
	[FORMULA_MULTIPLY] = INFIX("multiply", "*"),
	[FORMULA_DIVIDE] = INFIX("divide", "/"),
	[FORMULA_MODULO] = INFIX("modulo", "%"),
	[FORMULA_NEGATE] = UNARY("negate", "(- $1)"),
	[FORMULA_BIT_AND] = INFIX("bit_and", "&"),
	[FORMULA_BIT_OR] = INFIX("bit_or", "|"),
	[FORMULA_BIT_NOT] = UNARY("bit_not", "(~ $1)"),
	[FORMULA_SHIFT_LEFT] = INFIX("shift_left", "<<"),
	[FORMULA_SHIFT_RIGHT] = INFIX("shift_right", ">>"),
	[FORMULA_CONCATENATE] = JOINED("concatenate", "||"),
	[FORMULA_LIKE] = INFIX("like", "LIKE"),
	[FORMULA_MATCHES] = INFIX("matches", "~"),
	[FORMULA_CASE] = { "case", 2, MANY, NULL, NULL },
	[FORMULA_COALESCE] = { "coalesce", 2, MANY, "COALESCE($*)", NULL },
	[FORMULA_NULLIF] = { "nullif", 2, 2, "NULLIF($*)", NULL },
	[FORMULA_LEAST] = { "least", 2, MANY, "LEAST($*)", NULL },
	[FORMULA_GREATEST] = { "greatest", 2, MANY, "GREATEST($*)", NULL },
	[FORMULA_ABS] = UNARY("abs", "abs($1)"),
	[FORMULA_TRUNCATE] = UNARY("truncate", "trunc($1)"),
	[FORMULA_FLOOR] = UNARY("floor", "floor($1)"),
	[FORMULA_CHARACTERS] = UNARY("characters", "char_length($1)"),
	[FORMULA_BYTES] = UNARY("bytes", "octet_length($1)"),
	[FORMULA_LOWER] = UNARY("lower", "lower($1)"),
	[FORMULA_UPPER] = UNARY("upper", "upper($1)"),
	[FORMULA_TRIM] = { "trim", 1, 2, "btrim($*)", NULL },
	[FORMULA_TRIM_LEFT] = { "trim_left", 1, 2, "ltrim($*)", NULL },
	[FORMULA_TRIM_RIGHT] = { "trim_right", 1, 2, "rtrim($*)", NULL },
	[FORMULA_SUBSTRING] = { "substring", 2, 3, "substr($*)", NULL },
	[FORMULA_RIGHT] = { "right", 2, 2, "right($*)", NULL },
	[FORMULA_REPLACE] = { "replace", 3, 3, "replace($*)", NULL },
	[FORMULA_POSITION] = { "position", 2, 2, "strpos($*)", NULL },
	[FORMULA_PAD_LEFT] = { "pad_left", 3, 3, "lpad($*)", NULL },
	[FORMULA_COLLATE_C] = UNARY("collate_c", "($1 COLLATE \"C\")"),
	[FORMULA_NOW] = { "now", 0, 0, "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')",
	    NULL },
	[FORMULA_AT_UTC] = UNARY("at_utc", "($1 AT TIME ZONE 'UTC')"),
	[FORMULA_BEGIN_DAY] = UNARY("begin_day", "date_trunc('day', $1)"),
	[FORMULA_BEGIN_MONTH] = UNARY("begin_month", "date_trunc('month', $1)"),
	[FORMULA_BEGIN_YEAR] = UNARY("begin_year", "date_trunc('year', $1)"),
	[FORMULA_BEGIN_SECOND] =
	    UNARY("begin_second", "date_trunc('second', $1)"),
	[FORMULA_ADD_SECONDS] = ADDED("add_seconds", "secs"),
	[FORMULA_ADD_MINUTES] = ADDED("add_minutes", "mins"),
	[FORMULA_ADD_HOURS] = ADDED("add_hours", "hours"),
	[FORMULA_ADD_DAYS] = ADDED("add_days", "days"),
	[FORMULA_ADD_MONTHS] = ADDED("add_months", "months"),
	[FORMULA_YEAR_OF] = UNARY("year_of", "EXTRACT(year FROM $1)"),
	[FORMULA_MONTH_OF] = UNARY("month_of", "EXTRACT(month FROM $1)"),
	[FORMULA_DAY_OF] = UNARY("day_of", "EXTRACT(day FROM $1)"),
	[FORMULA_HOUR_OF] = UNARY("hour_of", "EXTRACT(hour FROM $1)"),
	[FORMULA_MINUTE_OF] = UNARY("minute_of", "EXTRACT(minute FROM $1)"),
	[FORMULA_SECOND_OF] = UNARY("second_of", "EXTRACT(second FROM $1)"),
	[FORMULA_EPOCH_OF] = UNARY("epoch_of", "EXTRACT(epoch FROM $1)"),
	[FORMULA_TIME_TEXT] = { "time_text", 2, 2, "to_char($*)", NULL },
};

_Static_assert(sizeof operations / sizeof *operations == FORMULA_OPERATIONS,
    "every operation has its SQL");

static Formula *
make(FormulaKind kind, Arena *arena, Error *err)
{
	Formula *formula = arena_alloc(arena, 1, sizeof(*formula), err);

	if (formula == NULL)
		return NULL;
	formula->kind = kind;
	formula->column = -1;
	formula->depth = 1;
	formula->nodes = 1;
	return formula;
}

/* Sums stop at the largest size: an argument may be shared many times. */
static bool
take_arguments(Formula *formula, const Formula *const *arguments, size_t n,
    Arena *arena, Error *err)
{
	const Formula **copy = arena_alloc(arena, n, sizeof(*copy), err);
	size_t i;

	if (copy == NULL)
		return false;
	for (i = 0; i < n; i++) {
		if (arguments[i] == NULL)
			return false;
		copy[i] = arguments[i];
		if (formula->depth <= arguments[i]->depth)
			formula->depth = arguments[i]->depth + 1;
		if (__builtin_add_overflow(
			formula->nodes, arguments[i]->nodes, &formula->nodes))
			formula->nodes = SIZE_MAX;
	}
	formula->arguments = copy;
	formula->n_arguments = n;
	return true;
}

const Formula *
formula_column(int column, Arena *arena, Error *err)
{
	Formula *formula = make(FORMULA_COLUMN, arena, err);

	if (formula != NULL)
		formula->column = column;
	return formula;
}

const Formula *
formula_literal(Type type, const char *text, Arena *arena, Error *err)
{
	Formula *formula = make(FORMULA_LITERAL, arena, err);

	if (formula == NULL)
		return NULL;
	formula->type = type;
	if (text == NULL)
		return formula;
	formula->text = arena_text(arena, text, err);
	return formula->text == NULL ? NULL : formula;
}

const Formula *
formula_cast(const Formula *of, Type type, Arena *arena, Error *err)
{
	Formula *formula = make(FORMULA_CAST, arena, err);

	if (formula == NULL || !take_arguments(formula, &of, 1, arena, err))
		return NULL;
	formula->type = type;
	return formula;
}

const Formula *
formula_call(FormulaOperation operation, const Formula *const *arguments,
    size_t n, Arena *arena, Error *err)
{
	Formula *formula = make(FORMULA_CALL, arena, err);

	assert(formula_operation_takes(operation, n));
	if (formula == NULL ||
	    !take_arguments(formula, arguments, n, arena, err))
		return NULL;
	formula->operation = operation;
	return formula;
}

const char *
formula_operation_name(FormulaOperation operation)
{
	return operations[operation].name;
}

bool
formula_operation_takes(FormulaOperation operation, size_t n)
{
	return n >= operations[operation].least &&
	    n <= operations[operation].most;
}

static bool
put_arguments(Buf *out, const Formula *formula, size_t first,
    const char *between, const Table *table, Error *err)
{
	size_t i;

	for (i = first; i < formula->n_arguments; i++) {
		if (i > first && !buf_put_text(out, between, err))
			return false;
		if (!formula_put_sql(out, formula->arguments[i], table, err))
			return false;
	}
	return true;
}

static bool
put_template(Buf *out, const Formula *formula, const char *sql,
    const Table *table, Error *err)
{
	for (; *sql != '\0'; sql++) {
		bool good;

		if (*sql != '$') {
			good = buf_put(out, sql, 1, err);
		} else if (*++sql == '*' || *sql == '+') {
			good = put_arguments(
			    out, formula, *sql == '+', ", ", table, err);
		} else {
			good = formula_put_sql(
			    out, formula->arguments[*sql - '1'], table, err);
		}
		if (!good)
			return false;
	}
	return true;
}

static bool
put_case(Buf *out, const Formula *formula, const Table *table, Error *err)
{
	size_t i;

	if (!buf_put_text(out, "CASE", err))
		return false;
	for (i = 0; i < formula->n_arguments; i++) {
		const char *word = i % 2 == 1      ? " THEN "
		    : i + 1 < formula->n_arguments ? " WHEN "
						   : " ELSE ";

		if (!buf_put_text(out, word, err) ||
		    !formula_put_sql(out, formula->arguments[i], table, err))
			return false;
	}
	return buf_put_text(out, " END", err);
}

static bool
put_call(Buf *out, const Formula *formula, const Table *table, Error *err)
{
	const Operation *operation = &operations[formula->operation];

	if (operation->between != NULL)
		return buf_put_text(out, "(", err) &&
		    put_arguments(
			out, formula, 0, operation->between, table, err) &&
		    buf_put_text(out, ")", err);
	if (formula->operation == FORMULA_CASE)
		return put_case(out, formula, table, err);
	return put_template(out, formula, operation->sql, table, err);
}

bool
formula_put_sql(
    Buf *out, const Formula *formula, const Table *table, Error *err)
{
	char sql[TYPE_SQL_BYTES];

	switch (formula->kind) {
	case FORMULA_COLUMN:
		return sqltext_put_name(
		    out, table->columns[formula->column].name, err);
	case FORMULA_LITERAL:
		if (formula->text == NULL)
			return buf_put_format(
			    out, err, "NULL::%s", type_sql(formula->type, sql));
		return sqltext_put_literal(out, formula->text, err) &&
		    buf_put_format(
			out, err, "::%s", type_sql(formula->type, sql));
	case FORMULA_CAST:
		return buf_put_text(out, "CAST(", err) &&
		    formula_put_sql(out, formula->arguments[0], table, err) &&
		    buf_put_format(
			out, err, " AS %s)", type_sql(formula->type, sql));
	case FORMULA_CALL:
		return put_call(out, formula, table, err);
	}
	return false;
}
