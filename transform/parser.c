#include "transform/parser.h"

#include <string.h>

#include "formats/bytes.h"

#define TOO_DEEP "the expression is too deep"

void
parser_advance(Parser *parser)
{
	parser->token = sqltext_next(&parser->at);
}

size_t
parser_place(const Parser *parser)
{
	return (size_t)(parser->token.text - parser->text);
}

const SqlExpr *
parser_refuse(Parser *parser, const char *why)
{
	if (parser->reason == NULL)
		parser->reason = arena_format(parser->arena, parser->err,
		    "at byte %zu: %s", parser_place(parser), why);
	return NULL;
}

bool
parser_is(const Parser *parser, const char *word)
{
	return sqltext_is(&parser->token, word);
}

bool
parser_take(Parser *parser, const char *word)
{
	if (!parser_is(parser, word))
		return false;
	parser_advance(parser);
	return true;
}

bool
parser_want(Parser *parser, const char *word)
{
	if (parser_take(parser, word))
		return true;
	if (parser->reason == NULL)
		parser->reason = arena_format(parser->arena, parser->err,
		    "at byte %zu: \"%s\" was expected", parser_place(parser),
		    word);
	return false;
}

SqlExpr *
parser_make(Parser *parser, SqlExprKind kind, size_t place)
{
	SqlExpr *expr =
	    arena_alloc(parser->arena, 1, sizeof(*expr), parser->err);

	if (expr != NULL) {
		expr->kind = kind;
		expr->place = place;
		expr->depth = 1;
	}
	return expr;
}

bool
parser_set_arguments(
    Parser *parser, SqlExpr *expr, const SqlExpr *const *arguments, size_t n)
{
	expr->arguments = arena_alloc(
	    parser->arena, n, sizeof(*expr->arguments), parser->err);
	if (expr->arguments == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		expr->arguments[i] = arguments[i];
		if (expr->depth <= arguments[i]->depth)
			expr->depth = arguments[i]->depth + 1;
	}
	expr->n_arguments = n;
	return expr->depth <= SQLEXPR_DEPTH ||
	    parser_refuse(parser, TOO_DEEP) != NULL;
}

SqlExpr *
parser_combine(Parser *parser, SqlOperator operation,
    const SqlExpr *const *arguments, size_t n)
{
	SqlExpr *expr;

	for (size_t i = 0; i < n; i++)
		if (arguments[i] == NULL)
			return NULL;
	expr = parser_make(parser, SQLEXPR_OPERATOR, arguments[0]->place);
	if (expr == NULL || !parser_set_arguments(parser, expr, arguments, n))
		return NULL;
	expr->operation = operation;
	return expr;
}

const char *
parser_take_meaning(Parser *parser)
{
	Buf buf = { 0 };
	const char *text, *copy = NULL;

	if (sqltext_put_meaning(&buf, &parser->token, parser->err)) {
		text = buf_text(&buf, parser->err);
		if (text != NULL)
			copy = arena_text(parser->arena, text, parser->err);
	}
	buf_free(&buf);
	parser_advance(parser);
	return copy;
}
