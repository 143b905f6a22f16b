/*
 * operation: any part of an expression as a term: names, operators, CASE, CAST;
 * for the files of translator.h.
 */
#ifndef TRANSFORM_OPERATION_H
#define TRANSFORM_OPERATION_H

#include "transform/term.h"

bool operation_term(Translator *translator, const SqlExpr *expr, Term *term);

/* The same for what is no operand of a comparison: a COLLATE of its own would
 * have a meaning that is lost here, and is refused. */
bool operation_value(Translator *translator, const SqlExpr *expr, Term *term);

/* As a boolean. */
bool operation_condition(
    Translator *translator, const SqlExpr *expr, const Formula **condition);

#endif
