/*
 * pattern: LIKE and GLOB; for the files of translator.h.
 *
 * The pattern must be a literal.  LIKE ignores the case of ASCII letters, GLOB
 * does not; sets in brackets become a regular expression.
 */
#ifndef TRANSFORM_PATTERN_H
#define TRANSFORM_PATTERN_H

#include "transform/term.h"

/* The operator: value, pattern, escape. */
bool pattern_term(Translator *translator, const SqlExpr *expr, Term *term);

#endif
