#include "transform/json_check.h"

#include <string.h>

#include "transform/sqlexpr.h"

static bool
is_column(const SqlExpr *expr, const char *name)
{
	return expr->kind == SQLEXPR_NAME &&
	    sqlexpr_same_name(expr->name, name);
}

static bool
is_operation(const SqlExpr *expr, SqlOperator operation)
{
	return expr->kind == SQLEXPR_OPERATOR && expr->operation == operation;
}

static bool
is_literal(const SqlExpr *expr, ValueClass class)
{
	Value value;

	return sqlexpr_literal(expr, &value) && value.class == class &&
	    (class != VALUE_INTEGER || value.integer == 1);
}

static bool
is_null_test(const SqlExpr *expr, const char *name)
{
	if (is_operation(expr, SQLEXPR_IS))
		return is_column(expr->arguments[0], name) &&
		    is_literal(expr->arguments[1], VALUE_NULL);
	return is_operation(expr, SQLEXPR_IS_NULL) &&
	    is_column(expr->arguments[0], name);
}

/* json_valid(column), also "= 1"; a second argument would allow JSONB. */
static bool
is_valid_test(const SqlExpr *expr, const char *name)
{
	if ((is_operation(expr, SQLEXPR_EQ) ||
		is_operation(expr, SQLEXPR_IS)) &&
	    is_literal(expr->arguments[1], VALUE_INTEGER))
		expr = expr->arguments[0];
	return expr->kind == SQLEXPR_FUNCTION &&
	    sqlexpr_same_name(expr->name, "json_valid") &&
	    expr->n_arguments == 1 && is_column(expr->arguments[0], name);
}

/* "one OR column IS NULL", either way round: *expr becomes the one. */
static bool
drop_null_test(const SqlExpr **expr, const char *name)
{
	const SqlExpr *const *sides = (*expr)->arguments;

	if (!is_operation(*expr, SQLEXPR_OR))
		return false;
	for (size_t i = 0; i < 2; i++)
		if (is_null_test(sides[i], name)) {
			*expr = sides[1 - i];
			return true;
		}
	return false;
}

static bool
is_all(const SqlExpr *expr, const char *name)
{
	(void)drop_null_test(&expr, name);
	return is_valid_test(expr, name);
}

/* Is it false wherever the column is neither NULL nor valid? */
static bool
promises(const SqlExpr *expr, const char *name)
{
	if (drop_null_test(&expr, name))
		return promises(expr, name);
	if (!is_operation(expr, SQLEXPR_AND))
		return is_valid_test(expr, name);
	return promises(expr->arguments[0], name) ||
	    promises(expr->arguments[1], name);
}

typedef bool Judge(const SqlExpr *expr, const char *name);

static bool
judge_check(const Check *check, const char *column, Judge *judge, bool *good,
    Error *err)
{
	Arena arena = { 0 };
	const SqlExpr *expr;
	const char *reason;
	bool ok;

	*good = false;
	/* Most checks are about something else. */
	if (strcasestr(check->text, "json_valid") == NULL)
		return true;
	ok = sqlexpr_parse(check->text, &expr, &reason, &arena, err);
	*good = ok && expr != NULL && judge(expr, column);
	arena_free(&arena);
	return ok;
}

bool
json_check_of(const Table *table, size_t column, bool *json, Error *err)
{
	*json = false;
	for (size_t i = 0; i < table->n_checks && !*json; i++)
		if (!judge_check(&table->checks[i], table->columns[column].name,
			promises, json, err))
			return false;
	return true;
}

bool
json_check_is_all(const Check *check, const char *column, bool *all, Error *err)
{
	return judge_check(check, column, is_all, all, err);
}
