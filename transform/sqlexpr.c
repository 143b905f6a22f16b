#include "transform/sqlexpr.h"

#include "transform/operand.h"
#include "transform/parser.h"

typedef struct {
	const char *sign;
	Level level;
	SqlOperator operation;
} Infix;

static const Infix infixes[] = {
	{ "OR", LEVEL_OR, SQLEXPR_OR },
	{ "AND", LEVEL_AND, SQLEXPR_AND },
	{ "=", LEVEL_EQUALITY, SQLEXPR_EQ },
	{ "==", LEVEL_EQUALITY, SQLEXPR_EQ },
	{ "<>", LEVEL_EQUALITY, SQLEXPR_NE },
	{ "!=", LEVEL_EQUALITY, SQLEXPR_NE },
	{ "<", LEVEL_ORDER, SQLEXPR_LT },
	{ "<=", LEVEL_ORDER, SQLEXPR_LE },
	{ ">", LEVEL_ORDER, SQLEXPR_GT },
	{ ">=", LEVEL_ORDER, SQLEXPR_GE },
	{ "&", LEVEL_BITS, SQLEXPR_BIT_AND },
	{ "|", LEVEL_BITS, SQLEXPR_BIT_OR },
	{ "<<", LEVEL_BITS, SQLEXPR_SHIFT_LEFT },
	{ ">>", LEVEL_BITS, SQLEXPR_SHIFT_RIGHT },
	{ "+", LEVEL_SUM, SQLEXPR_ADD },
	{ "-", LEVEL_SUM, SQLEXPR_SUBTRACT },
	{ "*", LEVEL_PRODUCT, SQLEXPR_MULTIPLY },
	{ "/", LEVEL_PRODUCT, SQLEXPR_DIVIDE },
	{ "%", LEVEL_PRODUCT, SQLEXPR_MODULO },
	{ "||", LEVEL_CONCATENATION, SQLEXPR_CONCATENATE },
};

static const SqlExpr *
parse_between(Parser *parser, const SqlExpr *left)
{
	const SqlExpr *arguments[3] = { left, NULL, NULL };

	/* The AND behind the lower bound is BETWEEN's; the upper bound ends
	 * where an equality begins. */
	arguments[1] = parser_parse(parser, LEVEL_NOT);
	if (arguments[1] == NULL || !parser_want(parser, "AND"))
		return NULL;
	arguments[2] = parser_parse(parser, LEVEL_ORDER);
	return parser_combine(parser, SQLEXPR_BETWEEN, arguments, 3);
}

static const SqlExpr *
parse_in(Parser *parser, const SqlExpr *left)
{
	SqlExpr *expr = parser_combine(parser, SQLEXPR_IN, &left, 1);
	const char *why;

	if (expr == NULL)
		return NULL;
	if (!parser_is(parser, "("))
		return parser_refuse(parser, "subqueries are not translated");
	parser_advance(parser);
	why = operand_refused_word(parser);
	if (why != NULL)
		return parser_refuse(parser, why);
	return operand_parse_list(parser, expr, left) ? expr : NULL;
}

static const SqlExpr *
parse_like(Parser *parser, const SqlExpr *left, SqlOperator operation)
{
	const SqlExpr *arguments[3] = { left, NULL, NULL };
	size_t n = 2;

	arguments[1] = parser_parse(parser, LEVEL_ORDER);
	if (arguments[1] != NULL && parser_take(parser, "ESCAPE"))
		arguments[n++] = parser_parse(parser, LEVEL_ESCAPE);
	return parser_combine(parser, operation, arguments, n);
}

static const SqlExpr *
parse_is(Parser *parser, const SqlExpr *left)
{
	const SqlExpr *arguments[2] = { left, NULL };
	bool negated = parser_take(parser, "NOT");

	if (parser_take(parser, "DISTINCT")) {
		if (!parser_want(parser, "FROM"))
			return NULL;
		negated = !negated;
	}
	arguments[1] = parser_parse(parser, LEVEL_ORDER);
	return parser_combine(
	    parser, negated ? SQLEXPR_IS_NOT : SQLEXPR_IS, arguments, 2);
}

/* BETWEEN, IN, LIKE, GLOB, or their NOT forms; the word is next. */
static const SqlExpr *
parse_test(Parser *parser, const SqlExpr *left, bool negated)
{
	const SqlExpr *made;
	SqlExpr *expr;

	if (parser_take(parser, "BETWEEN"))
		made = parse_between(parser, left);
	else if (parser_take(parser, "IN"))
		made = parse_in(parser, left);
	else if (parser_take(parser, "LIKE"))
		made = parse_like(parser, left, SQLEXPR_LIKE);
	else if (parser_take(parser, "GLOB"))
		made = parse_like(parser, left, SQLEXPR_GLOB);
	else if (parser_is(parser, "MATCH") || parser_is(parser, "REGEXP"))
		return parser_refuse(
		    parser, "MATCH and REGEXP are not translated");
	else
		return parser_refuse(parser, "an operator was expected");
	if (made == NULL || !negated)
		return made;
	expr = parser_make(parser, SQLEXPR_OPERATOR, made->place);
	if (expr == NULL)
		return NULL;
	*expr = *made;
	expr->negated = true;
	return expr;
}

static const SqlExpr *
parse_collate(Parser *parser, const SqlExpr *left)
{
	SqlExpr *expr = parser_make(parser, SQLEXPR_COLLATE, left->place);

	if (expr == NULL)
		return NULL;
	if (parser->token.kind != SQL_WORD && parser->token.kind != SQL_NAME &&
	    parser->token.kind != SQL_STRING)
		return parser_refuse(parser, "a collation was expected");
	expr->name = parser_take_meaning(parser);
	if (expr->name == NULL || !parser_set_arguments(parser, expr, &left, 1))
		return NULL;
	return expr;
}

static const Infix *
infix_of(const Parser *parser)
{
	for (size_t i = 0; i < sizeof infixes / sizeof *infixes; i++)
		if (parser_is(parser, infixes[i].sign))
			return &infixes[i];
	return NULL;
}

/* Does a word stand here that belongs to the level of equality? */
static bool
is_equality_word(const Parser *parser)
{
	static const char *const words[] = { "IS", "ISNULL", "NOTNULL", "NOT",
		"BETWEEN", "IN", "LIKE", "GLOB", "MATCH", "REGEXP" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (parser_is(parser, words[i]))
			return true;
	return false;
}

static const SqlExpr *
parse_equality(Parser *parser, const SqlExpr *left)
{
	if (parser_take(parser, "ISNULL"))
		return parser_combine(parser, SQLEXPR_IS_NULL, &left, 1);
	if (parser_take(parser, "NOTNULL"))
		return parser_combine(parser, SQLEXPR_NOT_NULL, &left, 1);
	if (parser_take(parser, "IS"))
		return parse_is(parser, left);
	if (!parser_take(parser, "NOT"))
		return parse_test(parser, left, false);
	if (parser_take(parser, "NULL"))
		return parser_combine(parser, SQLEXPR_NOT_NULL, &left, 1);
	return parse_test(parser, left, true);
}

/* The operators that follow left and bind at least as tight as level. */
static const SqlExpr *
parse_rest(Parser *parser, Level level, const SqlExpr *left)
{
	const SqlExpr *pair[2];
	const Infix *infix;

	while (left != NULL) {
		if (level <= LEVEL_EQUALITY && is_equality_word(parser)) {
			left = parse_equality(parser, left);
			continue;
		}
		if (level <= LEVEL_COLLATION &&
		    parser_take(parser, "COLLATE")) {
			left = parse_collate(parser, left);
			continue;
		}
		if (parser_is(parser, "->") || parser_is(parser, "->>"))
			return parser_refuse(
			    parser, "-> and ->> are not translated");
		infix = infix_of(parser);
		if (infix == NULL || infix->level < level)
			break;
		parser_advance(parser);
		pair[0] = left;
		pair[1] = parser_parse(parser, infix->level + 1);
		left = parser_combine(parser, infix->operation, pair, 2);
	}
	return left;
}

const SqlExpr *
parser_parse(Parser *parser, Level level)
{
	const SqlExpr *expr;

	if (parser->depth == SQLEXPR_NESTING)
		return parser_refuse(parser, "the expression is too deep");
	parser->depth++;
	expr = operand_parse(parser);
	if (expr != NULL)
		expr = parse_rest(parser, level, expr);
	parser->depth--;
	return expr;
}

bool
sqlexpr_parse(const char *text, const SqlExpr **expr, const char **reason,
    Arena *arena, Error *err)
{
	Parser parser = {
		.text = text, .at = text, .arena = arena, .err = err
	};

	*reason = NULL;
	parser_advance(&parser);
	*expr = parser_parse(&parser, LEVEL_ANY);
	if (*expr != NULL && parser.token.kind != SQL_END)
		*expr =
		    parser_refuse(&parser, "this is more than an expression");
	*reason = parser.reason;
	return *expr != NULL || parser.reason != NULL;
}
