/*
 * expression: a mapping's `value:` and `where:`, evaluated by SQLite itself
 * over the rows of a chunk, in memory and with nothing but pure functions in
 * reach.
 *
 * The rows are a virtual table with the source table's name, columns,
 * affinities and collations, so that comparison is that of the source.  One
 * statement runs over a whole chunk; it pulls rows by a callback:
 *
 *	expressions_open(&spec, &expressions, err)      one a thread and table
 *	expressions_begin(expressions, next, context)   for each chunk
 *	while (expressions_next(expressions, &row, err) == STEP_ITEM)
 *		row.values[i] of the i-th expression; the row itself is what
 *		next() gave last
 *	expressions_close(expressions)
 *
 * An authorizer denies everything but SELECT from that one table and functions
 * of a closed list of deterministic ones (expression_text.h).  Refused too, with
 * the expression's own place: subqueries, aggregates, parameters; date
 * functions with 'now', 'localtime' or 'utc' or without a time; the rowid where
 * it is no column; text in double quotes that is no column; comparing by a
 * collation that the application made, for which there is no function here.  A
 * row whose data says 'now' to a date function fails.
 */
#ifndef TRANSFORM_EXPRESSION_H
#define TRANSFORM_EXPRESSION_H

#include "formats/error.h"
#include "formats/schema.h"
#include "formats/value.h"

typedef struct Expressions Expressions;

/* One expression's text, and where it stands in the mapping file, for
 * messages: "mapping.yaml:12:7". */
typedef struct {
	const char *text;
	const char *place;
} ExpressionText;

typedef struct {
	const Table *table;           /* of the source */
	const ExpressionText *values; /* `value:`s */
	size_t n_values;
	const ExpressionText *where; /* NULL: all rows */
} ExpressionSpec;

/* Gives the next row of the source: *row is borrowed until the next call. */
typedef Step (*ExpressionNext)(void *context, const Value **row, Error *err);

/* ERROR_USAGE with the place where an expression is no SQL, names unknown
 * columns or functions, or is more than an expression. */
bool expressions_open(const ExpressionSpec *spec, Expressions **expressions,
    Error *err) MUST_CHECK;
bool expressions_begin(Expressions *expressions, ExpressionNext next,
    void *context, Error *err) MUST_CHECK;

/*
 * The next row.  *wanted is what `where` says (true only where it is true, as
 * in WHERE).  Where evaluating failed (a value too large, malformed JSON),
 * *failed is the message, borrowed, and the row goes to the rejects: an error of
 * one row's value is the row's, not the run's.  values are borrowed until the
 * next call.
 */
typedef struct {
	const Value *values;
	bool wanted;
	const char *failed; /* NULL: evaluated */
} ExpressionRow;

Step expressions_next(
    Expressions *expressions, ExpressionRow *row, Error *err) MUST_CHECK;
void expressions_close(Expressions *expressions);

#endif
