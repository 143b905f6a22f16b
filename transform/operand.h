/*
 * operand: what stands between the operators of an expression: literals, names,
 * functions, CAST, CASE, parentheses and signs; for sqlexpr.c.
 */
#ifndef TRANSFORM_OPERAND_H
#define TRANSFORM_OPERAND_H

#include "transform/parser.h"

/* The operand that is next; NULL as parser.h says. */
const SqlExpr *operand_parse(Parser *parser);

/* The rest of "(a, b, c)" behind its parenthesis as arguments, the first of them
 * first unless that is NULL. */
bool operand_parse_list(Parser *parser, SqlExpr *expr, const SqlExpr *first);

/* Why what begins with the next word is refused wherever it stands ("SELECT");
 * NULL: it is not. */
const char *operand_refused_word(const Parser *parser);

#endif
