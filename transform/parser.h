/*
 * parser: SQLite's tokens one after the other, and the nodes made of them, for
 * sqlexpr.c, which reads operators, and operand.c, which reads what is between
 * them.
 *
 * Every NULL or false of a parsing function is a refusal, for which there is a
 * reason, or memory that is out, for which err is filled.
 */
#ifndef TRANSFORM_PARSER_H
#define TRANSFORM_PARSER_H

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/sqltext.h"
#include "transform/sqlexpr.h"

/* How tight operators bind, the loosest first (parse.y, %left and %right). */
typedef enum {
	LEVEL_ANY,
	LEVEL_OR,
	LEVEL_AND,
	LEVEL_NOT,
	LEVEL_EQUALITY,
	LEVEL_ORDER,
	LEVEL_ESCAPE,
	LEVEL_BITS,
	LEVEL_SUM,
	LEVEL_PRODUCT,
	LEVEL_CONCATENATION,
	LEVEL_COLLATION,
	LEVEL_SIGN,
} Level;

typedef struct {
	const char *text; /* the whole */
	const char *at;   /* behind token */
	SqlToken token;   /* the next */
	size_t depth;
	const char *reason; /* set where the text is refused */
	Arena *arena;
	Error *err;
} Parser;

/* What is next, with operators that bind at least as tight as level; of
 * sqlexpr.c. */
const SqlExpr *parser_parse(Parser *parser, Level level);

void parser_advance(Parser *parser);
size_t parser_place(const Parser *parser);

/* Is the word next?  Take it: pass over it if it is.  Want it: refuse the text if
 * it is not. */
bool parser_is(const Parser *parser, const char *word);
bool parser_take(Parser *parser, const char *word);
bool parser_want(Parser *parser, const char *word);

/* Refuse the text; always NULL.  The first refusal counts. */
const SqlExpr *parser_refuse(Parser *parser, const char *why);

SqlExpr *parser_make(Parser *parser, SqlExprKind kind, size_t place);
/* The arguments are copied. */
bool parser_set_arguments(
    Parser *parser, SqlExpr *expr, const SqlExpr *const *arguments, size_t n);
/* An operator over arguments that are there already; NULL where one is not. */
SqlExpr *parser_combine(Parser *parser, SqlOperator operation,
    const SqlExpr *const *arguments, size_t n);

/* What the token means, which is passed over; from the arena. */
const char *parser_take_meaning(Parser *parser);

#endif
