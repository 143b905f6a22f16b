#include "transform/operation.h"

#include <string.h>

#include "transform/compare.h"
#include "transform/function.h"
#include "transform/moment.h"
#include "transform/pattern.h"

/* A shift by more is another in SQLite. */
#define SHIFT_LIMIT 63

bool
operation_value(Translator *translator, const SqlExpr *expr, Term *term)
{
	if (!operation_term(translator, expr, term))
		return false;
	return !term->explicit ||
	    translator_refuse(
		translator, "COLLATE is translated in comparisons only");
}

bool
operation_condition(
    Translator *translator, const SqlExpr *expr, const Formula **condition)
{
	Term term;

	return operation_value(translator, expr, &term) &&
	    term_condition(translator, &term, condition);
}

/* Every operand is translated once, though it may stand in several comparisons:
 * else operands in operands would take for ever. */
static bool
compare(Translator *translator, SqlOperator operation, const Term *left,
    const SqlExpr *right, const Formula **condition)
{
	Term pair[2] = { *left };

	return operation_term(translator, right, &pair[1]) &&
	    compare_terms(translator, operation, pair, true, condition);
}

static bool
negate_if(
    Translator *translator, bool negated, const Formula *condition, Term *term)
{
	if (negated)
		condition = translator_one(translator, FORMULA_NOT, condition);
	return term_of_boolean(term, condition);
}

/* x IS TRUE and the like, where TRUE is no column: is x true? */
static bool
truth_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	const SqlExpr *right = expr->arguments[1];
	const Formula *condition;

	if (!operation_condition(translator, expr->arguments[0], &condition))
		return false;
	condition = translator_one(translator,
	    term_is_word(translator, right, "TRUE") ? FORMULA_IS_TRUE
						    : FORMULA_IS_FALSE,
	    condition);
	return negate_if(
	    translator, expr->operation == SQLEXPR_IS_NOT, condition, term);
}

static bool
comparison_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	const SqlExpr *right = expr->arguments[1];
	const Formula *condition;
	Term left;

	if ((expr->operation == SQLEXPR_IS ||
		expr->operation == SQLEXPR_IS_NOT) &&
	    (term_is_word(translator, right, "TRUE") ||
		term_is_word(translator, right, "FALSE")))
		return truth_term(translator, expr, term);
	return operation_term(translator, expr->arguments[0], &left) &&
	    compare(translator, expr->operation, &left, right, &condition) &&
	    term_of_boolean(term, condition);
}

static bool
null_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	Term of;

	return operation_term(translator, expr->arguments[0], &of) &&
	    term_of_boolean(term,
		translator_one(translator,
		    expr->operation == SQLEXPR_IS_NULL ? FORMULA_IS_NULL
						       : FORMULA_IS_NOT_NULL,
		    of.formula));
}

static bool
between_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	const Formula *low, *high;
	Term of;

	if (!operation_term(translator, expr->arguments[0], &of) ||
	    !compare(translator, SQLEXPR_GE, &of, expr->arguments[1], &low) ||
	    !compare(translator, SQLEXPR_LE, &of, expr->arguments[2], &high))
		return false;
	return negate_if(translator, expr->negated,
	    translator_two(translator, FORMULA_AND, low, high), term);
}

/* x = a OR x = b as x IN (a, b), where it is the very same x each time. */
static const Formula *
gather(Translator *translator, const Formula **equal, size_t n)
{
	const Formula **list = arena_alloc(
	    translator->arena, n + 1, sizeof(*list), translator->err);

	if (list == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (equal[i]->kind != FORMULA_CALL ||
		    equal[i]->operation != FORMULA_EQ ||
		    equal[i]->arguments[0] != equal[0]->arguments[0])
			return n == 1
			    ? equal[0]
			    : translator_call(translator, FORMULA_OR, equal, n);
		list[i + 1] = equal[i]->arguments[1];
	}
	list[0] = equal[0]->arguments[0];
	return translator_call(translator, FORMULA_IN, list, n + 1);
}

/* x IN (a, b): x = +a OR x = +b, by x's collation (lang_expr.html 9). */
static bool
in_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	size_t n = expr->n_arguments - 1;
	const Formula **equal =
	    arena_alloc(translator->arena, n, sizeof(*equal), translator->err);
	Term pair[2];

	if (equal == NULL ||
	    !operation_term(translator, expr->arguments[0], &pair[0]))
		return false;
	if (n == 0)
		return term_of_boolean(term,
		    translator_literal(translator, TYPE_BOOLEAN,
			expr->negated ? "true" : "false"));
	for (size_t i = 0; i < n; i++) {
		if (!operation_value(
			translator, expr->arguments[i + 1], &pair[1]))
			return false;
		pair[1].has_affinity = false;
		pair[1].collation = NULL;
		if (!compare_terms(
			translator, SQLEXPR_EQ, pair, true, &equal[i]))
			return false;
	}
	return negate_if(
	    translator, expr->negated, gather(translator, equal, n), term);
}

/* a AND b AND c is one operator over three, as deep as one. */
static size_t
chain_length(const SqlExpr *expr)
{
	SqlOperator operation = expr->operation;
	size_t n = 1;

	for (; expr->kind == SQLEXPR_OPERATOR && expr->operation == operation;
	     expr = expr->arguments[0])
		n++;
	return n;
}

static bool
chain_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	SqlOperator operation = expr->operation;
	size_t n = chain_length(expr);
	const Formula **list =
	    arena_alloc(translator->arena, n, sizeof(*list), translator->err);
	bool text = operation == SQLEXPR_CONCATENATE;
	Term part;

	if (list == NULL)
		return false;
	for (size_t i = n; i > 0; i--) {
		const SqlExpr *at = i > 1 ? expr->arguments[1] : expr;

		if (text ? !operation_value(translator, at, &part) ||
			    !term_make_text(translator, &part)
			 : !operation_condition(translator, at, &part.formula))
			return false;
		list[i - 1] = part.formula;
		if (i > 1)
			expr = expr->arguments[0];
	}
	if (text)
		return term_of(term, TERM_TEXT, TYPE_TEXT,
		    translator_call(translator, FORMULA_CONCATENATE, list, n));
	return term_of_boolean(term,
	    translator_call(translator,
		operation == SQLEXPR_AND ? FORMULA_AND : FORMULA_OR, list, n));
}

static bool
not_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	const Formula *condition;

	return operation_condition(
		   translator, expr->arguments[0], &condition) &&
	    negate_if(translator, true, condition, term);
}

static FormulaOperation
arithmetic_of(SqlOperator operation)
{
	static const FormulaOperation formulas[] = {
		[SQLEXPR_BIT_AND] = FORMULA_BIT_AND,
		[SQLEXPR_BIT_OR] = FORMULA_BIT_OR,
		[SQLEXPR_SHIFT_LEFT] = FORMULA_SHIFT_LEFT,
		[SQLEXPR_SHIFT_RIGHT] = FORMULA_SHIFT_RIGHT,
		[SQLEXPR_ADD] = FORMULA_ADD,
		[SQLEXPR_SUBTRACT] = FORMULA_SUBTRACT,
		[SQLEXPR_MULTIPLY] = FORMULA_MULTIPLY,
		[SQLEXPR_DIVIDE] = FORMULA_DIVIDE,
		[SQLEXPR_MODULO] = FORMULA_MODULO,
	};

	return formulas[operation];
}

/* Dividing by zero is NULL in SQLite. */
static const Formula *
guard_divisor(Translator *translator, SqlOperator operation, const Term *term)
{
	if (operation != SQLEXPR_DIVIDE && operation != SQLEXPR_MODULO)
		return term->formula;
	if (term->literal && term->class == TERM_INTEGER &&
	    term->value.integer != 0)
		return term->formula;
	return translator_two(translator, FORMULA_NULLIF, term->formula,
	    translator_literal(translator, term->type.name, "0"));
}

/* A real that is none (Infinity - Infinity) is NULL in SQLite. */
static bool
real_term(
    Translator *translator, SqlOperator operation, Term pair[2], Term *term)
{
	if (operation == SQLEXPR_MODULO)
		return translator_refuse(
		    translator, "%% of reals is not translated");
	for (int i = 0; i < 2; i++) {
		if (pair[i].type.name != TYPE_DOUBLE)
			pair[i].formula = translator_cast(
			    translator, pair[i].formula, TYPE_DOUBLE);
		pair[i].type = (Type){ .name = TYPE_DOUBLE };
		pair[i].literal = false;
	}
	return term_of(term, TERM_REAL, TYPE_DOUBLE,
	    translator_two(translator, FORMULA_NULLIF,
		translator_two(translator, arithmetic_of(operation),
		    pair[0].formula,
		    guard_divisor(translator, operation, &pair[1])),
		translator_literal(translator, TYPE_DOUBLE, "NaN")));
}

static bool
arithmetic_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	SqlOperator operation = expr->operation;
	Term pair[2];

	for (int i = 0; i < 2; i++)
		if (!operation_value(
			translator, expr->arguments[i], &pair[i]) ||
		    !term_make_number(translator, &pair[i]))
			return false;
	if (pair[0].class == TERM_REAL || pair[1].class == TERM_REAL)
		return real_term(translator, operation, pair, term);
	term_of(term, TERM_INTEGER, TYPE_BIGINT,
	    translator_two(translator, arithmetic_of(operation),
		pair[0].formula,
		guard_divisor(translator, operation, &pair[1])));
	if (operation == SQLEXPR_ADD)
		term->has_minimum = pair[0].has_minimum &&
		    pair[1].has_minimum &&
		    !__builtin_add_overflow(
			pair[0].minimum, pair[1].minimum, &term->minimum);
	return term->formula != NULL;
}

static bool
bits_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	SqlOperator operation = expr->operation;
	bool shift =
	    operation == SQLEXPR_SHIFT_LEFT || operation == SQLEXPR_SHIFT_RIGHT;
	Term pair[2];

	for (int i = 0; i < 2; i++)
		if (!operation_value(
			translator, expr->arguments[i], &pair[i]) ||
		    !term_make_integer(translator, &pair[i]))
			return false;
	if (shift) {
		if (!pair[1].literal || pair[1].value.integer < 0 ||
		    pair[1].value.integer > SHIFT_LIMIT)
			return translator_refuse(translator,
			    "shifts are translated by 0 to %d bits",
			    SHIFT_LIMIT);
		pair[1].formula = translator_integer(
		    translator, TYPE_INTEGER, pair[1].value.integer);
	}
	return term_of(term, TERM_INTEGER, TYPE_BIGINT,
	    translator_two(translator, arithmetic_of(operation),
		pair[0].formula, pair[1].formula));
}

static bool
sign_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	Value value;
	TermClass class;

	if (sqlexpr_literal(expr, &value))
		return term_of_value(translator, &value, term);
	if (!operation_term(translator, expr->arguments[0], term))
		return false;
	term->has_affinity = false;
	if (expr->operation == SQLEXPR_PLUS)
		return true;
	if (term->explicit)
		return translator_refuse(
		    translator, "COLLATE is translated in comparisons only");
	if (expr->operation == SQLEXPR_BIT_NOT) {
		if (!term_make_integer(translator, term))
			return false;
		return term_of(term, TERM_INTEGER, TYPE_BIGINT,
		    translator_one(translator, FORMULA_BIT_NOT, term->formula));
	}
	if (!term_make_number(translator, term))
		return false;
	class = term->class;
	return term_of(term, class, term->type.name,
	    translator_one(translator, FORMULA_NEGATE, term->formula));
}

static bool
operator_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	switch (expr->operation) {
	case SQLEXPR_OR:
	case SQLEXPR_AND:
	case SQLEXPR_CONCATENATE:
		return chain_term(translator, expr, term);
	case SQLEXPR_NOT:
		return not_term(translator, expr, term);
	case SQLEXPR_EQ:
	case SQLEXPR_NE:
	case SQLEXPR_IS:
	case SQLEXPR_IS_NOT:
	case SQLEXPR_LT:
	case SQLEXPR_LE:
	case SQLEXPR_GT:
	case SQLEXPR_GE:
		return comparison_term(translator, expr, term);
	case SQLEXPR_IS_NULL:
	case SQLEXPR_NOT_NULL:
		return null_term(translator, expr, term);
	case SQLEXPR_BETWEEN:
		return between_term(translator, expr, term);
	case SQLEXPR_IN:
		return in_term(translator, expr, term);
	case SQLEXPR_LIKE:
	case SQLEXPR_GLOB:
		return pattern_term(translator, expr, term);
	case SQLEXPR_BIT_AND:
	case SQLEXPR_BIT_OR:
	case SQLEXPR_SHIFT_LEFT:
	case SQLEXPR_SHIFT_RIGHT:
		return bits_term(translator, expr, term);
	case SQLEXPR_ADD:
	case SQLEXPR_SUBTRACT:
	case SQLEXPR_MULTIPLY:
	case SQLEXPR_DIVIDE:
	case SQLEXPR_MODULO:
		return arithmetic_term(translator, expr, term);
	case SQLEXPR_NEGATE:
	case SQLEXPR_PLUS:
	case SQLEXPR_BIT_NOT:
		return sign_term(translator, expr, term);
	}
	return false;
}

/* CASE's conditions: with an operand, what it is equal to. */
static bool
case_condition(Translator *translator, const SqlExpr *expr, const Term *operand,
    const SqlExpr *when, const Formula **condition)
{
	if (expr->has_operand)
		return compare(
		    translator, SQLEXPR_EQ, operand, when, condition);
	return operation_condition(translator, when, condition);
}

static bool
case_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	size_t n = expr->n_arguments - expr->has_operand;
	size_t n_results = 0;
	Term *results = arena_alloc(
	    translator->arena, n, sizeof(*results), translator->err);
	const Formula **list =
	    arena_alloc(translator->arena, n, sizeof(*list), translator->err);
	const SqlExpr *const *arguments = expr->arguments + expr->has_operand;
	Term operand;

	if (results == NULL || list == NULL ||
	    (expr->has_operand &&
		!operation_term(translator, expr->arguments[0], &operand)))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool when = i % 2 == 0 && i + 1 < n;

		if (when ? !case_condition(translator, expr, &operand,
			       arguments[i], &list[i])
			 : !operation_value(
			       translator, arguments[i], &results[n_results++]))
			return false;
	}
	if (!term_unify(translator, results, n_results, term))
		return false;
	n_results = 0;
	for (size_t i = 0; i < n; i++)
		if (i % 2 == 1 || i + 1 == n)
			list[i] = results[n_results++].formula;
	term->formula = translator_call(translator, FORMULA_CASE, list, n);
	return term->formula != NULL;
}

/* CAST AS INTEGER cuts the fraction off. */
static bool
cast_to_integer(Translator *translator, Term *term)
{
	const Formula *whole;

	if (term->class == TERM_TEXT && !term->literal &&
	    (term->type.name == TYPE_BIGINT ||
		term->type.name == TYPE_INTEGER ||
		term->type.name == TYPE_SMALLINT))
		term->class = TERM_INTEGER;
	if (term->class != TERM_REAL && term->class != TERM_NUMBER)
		return term_make_integer(translator, term);
	if (!term_make_plain(translator, term))
		return false;
	whole = translator_one(translator, FORMULA_TRUNCATE, term->formula);
	return term_of(term, TERM_INTEGER, TYPE_BIGINT,
	    translator_cast(translator, whole, TYPE_BIGINT));
}

static bool
cast_to_real(Translator *translator, Term *term)
{
	if (term->class != TERM_NULL && term->class != TERM_INTEGER &&
	    term->class != TERM_REAL && term->class != TERM_NUMBER)
		return translator_refuse(translator,
		    "CAST of %s to REAL is not translated",
		    term_name(translator, term));
	if (!term_make_plain(translator, term))
		return false;
	if (term->type.name == TYPE_DOUBLE) {
		term->class = TERM_REAL;
		return true;
	}
	return term_of(term, TERM_REAL, TYPE_DOUBLE,
	    translator_cast(translator, term->formula, TYPE_DOUBLE));
}

static bool
cast_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	Affinity affinity = value_affinity(expr->name, false);
	const char *collation;
	bool good;

	if (!operation_value(translator, expr->arguments[0], term))
		return false;
	collation = term->collation;
	if (affinity == AFFINITY_TEXT)
		good = term_make_text(translator, term);
	else if (affinity == AFFINITY_REAL)
		good = cast_to_real(translator, term);
	else if (affinity == AFFINITY_INTEGER)
		good = cast_to_integer(translator, term);
	else if (affinity == AFFINITY_NUMERIC)
		good = term_make_integer(translator, term);
	else
		good = term->class == TERM_BLOB ||
		    translator_refuse(
			translator, "CAST to %s is not translated", expr->name);
	if (!good)
		return false;
	term->literal = false;
	term->has_affinity = true;
	term->affinity = affinity;
	term->collation = collation;
	return true;
}

static bool
name_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	bool known;

	if (!moment_current(translator, expr, term, &known))
		return false;
	return known || term_of_name(translator, expr, term);
}

bool
operation_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	switch (expr->kind) {
	case SQLEXPR_LITERAL:
		return term_of_value(translator, &expr->value, term);
	case SQLEXPR_NAME:
		return name_term(translator, expr, term);
	case SQLEXPR_OPERATOR:
		return operator_term(translator, expr, term);
	case SQLEXPR_FUNCTION:
		return function_term(translator, expr, term);
	case SQLEXPR_CAST:
		return cast_term(translator, expr, term);
	case SQLEXPR_COLLATE:
		if (!operation_term(translator, expr->arguments[0], term))
			return false;
		if (!term->explicit)
			term->collation = expr->name;
		else
			return translator_refuse(
			    translator, "a second COLLATE is not translated");
		term->explicit = true;
		return true;
	case SQLEXPR_CASE:
		return case_term(translator, expr, term);
	}
	return false;
}
