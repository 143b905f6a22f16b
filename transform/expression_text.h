/*
 * expression_text: what may stand in an expression of a mapping, seen before
 * SQLite compiles it: one expression and nothing around it, and functions that
 * depend on their arguments alone.
 */
#ifndef TRANSFORM_EXPRESSION_TEXT_H
#define TRANSFORM_EXPRESSION_TEXT_H

#include "formats/error.h"
#include "formats/guess.h"
#include "formats/schema.h"

/*
 * Refuse (ERROR_USAGE) what is more or less than one expression once it stands
 * between parentheses, the rowid where it is no column, and date functions that
 * ask for the time or the time zone of the machine.
 */
bool expression_text_check(
    const char *text, const Table *table, Error *err) MUST_CHECK;

/* Why a function of SQLite's is kept out; NULL: it is on the list. */
const char *expression_text_refusal(const char *function);

/* Offer the functions of the list. */
void expression_text_offer(Guess *guess);

#endif
