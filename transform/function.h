/*
 * function: SQLite's functions that have a formula (lang_corefunc.html); for the
 * files of translator.h.
 */
#ifndef TRANSFORM_FUNCTION_H
#define TRANSFORM_FUNCTION_H

#include "transform/term.h"

bool function_term(Translator *translator, const SqlExpr *expr, Term *term);

#endif
