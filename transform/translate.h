/*
 * translate: an expression of SQLite's SQL as a formula of PostgreSQL's
 * (formula.h), or the reason why it stays behind.
 *
 *	TranslateTable table = { .from = source, .to = target,
 *	    .target_columns = columns, .profile = profile };
 *	TranslateWanted wanted = { .use = TRANSLATE_CHECK };
 *	translate("age >= 18", &table, &wanted, &translation, &arena, err)
 *	if (translation.formula == NULL)
 *		translation.reason ...
 *
 * Translated is what provably means the same for every value that the target's
 * columns can hold, each taken for the value of SQLite's that becomes it: a
 * bigint for an INTEGER, a date for its text YYYY-MM-DD, a boolean for 0 or 1.
 * Where there is evidence, a column whose values are of another class than that
 * is refused, except for IS NULL.  Affinity and collation (datatype3.html
 * sections 4.2 and 7.1) are applied beforehand, by the columns' declarations.
 *
 * There is one exception: integer arithmetic past int64, which SQLite goes on
 * with in REAL, is an error in PostgreSQL, as are reals past the largest double
 * or, from others than zero, below the smallest.  An error, never another value.
 *
 * Times of day are compared and taken apart as they are when their text has no
 * more than milliseconds, which is all that SQLite's own functions know.
 */
#ifndef TRANSFORM_TRANSLATE_H
#define TRANSFORM_TRANSLATE_H

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/formula.h"
#include "formats/profile.h"
#include "formats/schema.h"
#include "transform/rule.h"

/* What the expression's columns are and become. */
typedef struct {
	const Table *from;
	const Table *to;           /* names and types */
	const int *target_columns; /* of each of the source's; -1: left out, or
				    * its values are made by an expression;
				    * NULL: the same */
	const TableProfile *profile; /* NULL: no evidence */
	const Rule *rules; /* of each of the source's: conversions, value maps
			    * and zones; NULL: all plain */
	bool utf16; /* the source's encoding orders text by other bytes */
} TranslateTable;

typedef enum {
	TRANSLATE_CHECK,     /* a truth value */
	TRANSLATE_CONDITION, /* of a partial index: a truth value */
	TRANSLATE_KEY,       /* of an index: a value of any type */
	TRANSLATE_GENERATED, /* a value of the column's type */
	TRANSLATE_DEFAULT,   /* the same; without columns, but with 'now' */
} TranslateUse;

typedef struct {
	TranslateUse use;
	Affinity affinity; /* GENERATED, DEFAULT: the source column's */
	Type type;         /* the target column's */
	const char
	    *collation; /* KEY: the part's own, if it has one; else NULL */
} TranslateWanted;

typedef struct {
	const Formula *formula; /* NULL: refused; columns are the target's */
	const char *reason;     /* why; else NULL */
	const char *note;       /* what a user may want to know; or NULL */
} Translation;

/* False only when memory is out.  Everything lives in the arena or is constant;
 * table may be NULL for DEFAULT. */
bool translate(const char *text, const TranslateTable *table,
    const TranslateWanted *wanted, Translation *translation, Arena *arena,
    Error *err) MUST_CHECK;

/*
 * A column (of the source) as a part of an index under a collation, NULL for its
 * own: NOCASE is lower(), RTRIM is rtrim(), so that a unique index knows as
 * equal what SQLite's did.  Neither formula nor reason is set where the plain
 * column does.
 */
bool
translate_column(int column, const char *collation, const TranslateTable *table,
    Translation *translation, Arena *arena, Error *err) MUST_CHECK;

#endif
