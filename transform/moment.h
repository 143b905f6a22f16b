/*
 * moment: SQLite's date and time functions (lang_datefunc.html); for the files
 * of translator.h.
 *
 * 'now' is the moment of the transaction, in UTC, and stands in defaults alone.
 * A column is one whose texts became a date or timestamp.
 */
#ifndef TRANSFORM_MOMENT_H
#define TRANSFORM_MOMENT_H

#include "transform/term.h"

/* date(), time(), datetime(), strftime(), unixepoch(); *known is false where the
 * function is none of them. */
bool moment_term(
    Translator *translator, const SqlExpr *expr, Term *term, bool *known);
/* CURRENT_TIMESTAMP, CURRENT_DATE, CURRENT_TIME; *known likewise. */
bool moment_current(
    Translator *translator, const SqlExpr *expr, Term *term, bool *known);

/* A term that is a moment as text, as SQLite has it. */
bool moment_make_text(Translator *translator, Term *term);
/* The same as a value of a column's type. */
bool moment_assign(Translator *translator, Term *term, Type type);

#endif
