#include "transform/operand.h"

#include <string.h>

/* Arguments of one function or list: as SQLite's functions, and more than a list
 * that anybody reads. */
#define ARGUMENTS_LIMIT 1000

/* Append "expr, expr)" to a list that has n already. */
bool
operand_parse_list(Parser *parser, SqlExpr *expr, const SqlExpr *first)
{
	const SqlExpr *list[ARGUMENTS_LIMIT];
	size_t n = 0;

	if (first != NULL)
		list[n++] = first;
	if (!parser_take(parser, ")")) {
		do {
			if (n == ARGUMENTS_LIMIT)
				return parser_refuse(parser,
					   "a list is too long") != NULL;
			list[n] = parser_parse(parser, LEVEL_ANY);
			if (list[n++] == NULL)
				return false;
		} while (parser_take(parser, ","));
		if (!parser_want(parser, ")"))
			return false;
	}
	return parser_set_arguments(parser, expr, list, n);
}

static const SqlExpr *
parse_string(Parser *parser)
{
	SqlExpr *expr =
	    parser_make(parser, SQLEXPR_LITERAL, parser_place(parser));
	const char *text;

	if (expr == NULL)
		return NULL;
	text = parser_take_meaning(parser);
	if (text == NULL)
		return NULL;
	expr->value = (Value){ .class = VALUE_TEXT,
		.size = strlen(text),
		.bytes = (const uint8_t *)text };
	return expr;
}

static uint8_t
hex_value(char digit)
{
	return (
	    uint8_t)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

/* x'0a0b' */
static const SqlExpr *
parse_blob(Parser *parser)
{
	SqlExpr *expr =
	    parser_make(parser, SQLEXPR_LITERAL, parser_place(parser));
	const char *digits = parser->token.text + 2;
	size_t size = (parser->token.size - 3) / 2;
	uint8_t *bytes = arena_alloc(parser->arena, size, 1, parser->err);

	if (expr == NULL || bytes == NULL)
		return NULL;
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(hex_value(digits[2 * i]) << 4 |
		    hex_value(digits[2 * i + 1]));
	expr->value =
	    (Value){ .class = VALUE_BLOB, .size = size, .bytes = bytes };
	parser_advance(parser);
	return expr;
}

static const SqlExpr *
parse_number(Parser *parser)
{
	SqlExpr *expr =
	    parser_make(parser, SQLEXPR_LITERAL, parser_place(parser));

	if (expr == NULL)
		return NULL;
	expr->number = arena_format(parser->arena, parser->err, "%.*s",
	    (int)parser->token.size, parser->token.text);
	if (expr->number == NULL)
		return NULL;
	expr->value = sqlexpr_number(expr->number, false);
	if (expr->value.class == VALUE_NULL)
		return parser_refuse(parser, "a number is too large");
	parser_advance(parser);
	return expr;
}

/* In SQLite's words, what cannot be here though it looks like a name. */
const char *
operand_refused_word(const Parser *parser)
{
	static const struct {
		const char *word, *why;
	} refused[] = {
		{ "SELECT", "subqueries are not translated" },
		{ "EXISTS", "subqueries are not translated" },
		{ "WITH", "subqueries are not translated" },
		{ "RAISE", "RAISE() is not translated" },
		{ "DISTINCT", "aggregates are not translated" },
	};

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (parser_is(parser, refused[i].word))
			return refused[i].why;
	return NULL;
}

static const SqlExpr *
parse_function(Parser *parser, const char *name, size_t place)
{
	SqlExpr *expr = parser_make(parser, SQLEXPR_FUNCTION, place);
	char *lower = arena_text(parser->arena, name, parser->err);

	if (expr == NULL || lower == NULL)
		return NULL;
	for (char *c = lower; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	expr->name = lower;
	if (parser_is(parser, "*"))
		return parser_refuse(parser, "aggregates are not translated");
	return operand_parse_list(parser, expr, NULL) ? expr : NULL;
}

static const SqlExpr *
parse_name(Parser *parser)
{
	size_t place = parser_place(parser);
	const SqlToken first = parser->token;
	SqlExpr *expr;
	const char *name;

	name = parser_take_meaning(parser);
	if (name == NULL)
		return NULL;
	if (parser_take(parser, "("))
		return parse_function(parser, name, place);
	expr = parser_make(parser, SQLEXPR_NAME, place);
	if (expr == NULL)
		return NULL;
	expr->name = name;
	expr->quotes = first.kind == SQL_WORD ? SQLEXPR_BARE
	    : *first.text == '"'              ? SQLEXPR_DOUBLE
					      : SQLEXPR_OTHER;
	if (!parser_take(parser, "."))
		return expr;
	if (parser->token.kind != SQL_WORD && parser->token.kind != SQL_NAME)
		return parser_refuse(parser, "a column's name was expected");
	expr->table = name;
	expr->quotes = SQLEXPR_OTHER;
	expr->name = parser_take_meaning(parser);
	return expr->name == NULL ? NULL : expr;
}

/* The words of a type up to its parenthesis: affinity looks at nothing else
 * (datatype3.html section 3.1). */
static const SqlExpr *
parse_cast(Parser *parser)
{
	SqlExpr *expr = parser_make(parser, SQLEXPR_CAST, parser_place(parser));
	const SqlExpr *of;
	const char *type;
	size_t n = 0;

	parser_advance(parser);
	if (expr == NULL || !parser_want(parser, "("))
		return NULL;
	of = parser_parse(parser, LEVEL_ANY);
	if (of == NULL || !parser_want(parser, "AS"))
		return NULL;
	type = parser->token.text;
	while (
	    parser->token.kind == SQL_WORD || parser->token.kind == SQL_NAME) {
		n = (size_t)(parser->token.text - type) + parser->token.size;
		parser_advance(parser);
	}
	expr->name =
	    arena_format(parser->arena, parser->err, "%.*s", (int)n, type);
	if (expr->name == NULL || !parser_set_arguments(parser, expr, &of, 1))
		return NULL;
	if (parser_take(parser, "(")) {
		while (!parser_is(parser, ")") &&
		    parser->token.kind != SQL_END &&
		    parser->token.kind != SQL_BAD)
			parser_advance(parser);
		if (!parser_want(parser, ")"))
			return NULL;
	}
	return parser_want(parser, ")") ? expr : NULL;
}

static const SqlExpr *
parse_case(Parser *parser)
{
	SqlExpr *expr = parser_make(parser, SQLEXPR_CASE, parser_place(parser));
	const SqlExpr *list[ARGUMENTS_LIMIT];
	size_t n = 0;

	parser_advance(parser);
	if (expr == NULL)
		return NULL;
	expr->has_operand = !parser_is(parser, "WHEN");
	if (expr->has_operand &&
	    (list[n++] = parser_parse(parser, LEVEL_ANY)) == NULL)
		return NULL;
	if (!parser_is(parser, "WHEN"))
		return parser_refuse(parser, "\"WHEN\" was expected");
	while (parser_take(parser, "WHEN")) {
		if (n + 3 > ARGUMENTS_LIMIT)
			return parser_refuse(parser, "a list is too long");
		if ((list[n++] = parser_parse(parser, LEVEL_ANY)) == NULL ||
		    !parser_want(parser, "THEN") ||
		    (list[n++] = parser_parse(parser, LEVEL_ANY)) == NULL)
			return NULL;
	}
	if (parser_take(parser, "ELSE") &&
	    (list[n++] = parser_parse(parser, LEVEL_ANY)) == NULL)
		return NULL;
	if (!parser_want(parser, "END") ||
	    !parser_set_arguments(parser, expr, list, n))
		return NULL;
	return expr;
}

static const SqlExpr *
parse_parentheses(Parser *parser)
{
	const SqlExpr *expr;
	const char *why;

	parser_advance(parser);
	why = operand_refused_word(parser);
	if (why != NULL)
		return parser_refuse(parser, why);
	expr = parser_parse(parser, LEVEL_ANY);
	if (expr == NULL)
		return NULL;
	if (parser_is(parser, ","))
		return parser_refuse(parser, "row values are not translated");
	return parser_want(parser, ")") ? expr : NULL;
}

static const SqlExpr *
parse_word(Parser *parser)
{
	const char *why = operand_refused_word(parser);
	SqlExpr *expr;

	if (why != NULL)
		return parser_refuse(parser, why);
	if (parser_is(parser, "CASE"))
		return parse_case(parser);
	if (parser_is(parser, "CAST"))
		return parse_cast(parser);
	if (!parser_is(parser, "NULL"))
		return parse_name(parser);
	expr = parser_make(parser, SQLEXPR_LITERAL, parser_place(parser));
	parser_advance(parser);
	return expr;
}

static const SqlExpr *
parse_prefix(Parser *parser, Level level, SqlOperator operation)
{
	const SqlExpr *of;

	parser_advance(parser);
	of = parser_parse(parser, level);
	return parser_combine(parser, operation, &of, 1);
}

const SqlExpr *
operand_parse(Parser *parser)
{
	switch (parser->token.kind) {
	case SQL_STRING:
		return parse_string(parser);
	case SQL_BLOB:
		return parse_blob(parser);
	case SQL_NUMBER:
		return parse_number(parser);
	case SQL_NAME:
		return parse_name(parser);
	case SQL_WORD:
		if (parser_is(parser, "NOT"))
			return parse_prefix(parser, LEVEL_NOT, SQLEXPR_NOT);
		return parse_word(parser);
	case SQL_PUNCTUATION:
		if (parser_is(parser, "("))
			return parse_parentheses(parser);
		if (parser_is(parser, "-"))
			return parse_prefix(parser, LEVEL_SIGN, SQLEXPR_NEGATE);
		if (parser_is(parser, "+"))
			return parse_prefix(parser, LEVEL_SIGN, SQLEXPR_PLUS);
		if (parser_is(parser, "~"))
			return parse_prefix(
			    parser, LEVEL_SIGN, SQLEXPR_BIT_NOT);
		break;
	case SQL_END:
		return parser_refuse(parser, "the expression ends too early");
	case SQL_BAD:
		break;
	}
	return parser_refuse(parser, "this is no expression");
}
