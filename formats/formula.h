/*
 * formula: an expression of the postgresql dialect as a tree of a closed set of
 * operations - the only form in which a default, check, generated column,
 * partial or expression index reaches PostgreSQL (DESIGN promise P7).
 *
 * transform makes formulas from SQLite's text, schema.json carries them as
 * JSON arrays, import writes them as SQL.  Columns are named by their index in
 * the table, literals are quoted on the way out, operations come from the list
 * below; no text of a dump is ever SQL.
 *
 * Formulas live in an arena and are never changed; one may be an argument of
 * several others.  They are not checked for types: PostgreSQL does that.
 */
#ifndef FORMATS_FORMULA_H
#define FORMATS_FORMULA_H

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/json.h"
#include "formats/schema.h"
#include "formats/type.h"

/* Levels of a formula, itself one; the JSON writer has room for so many in a
 * part of an index. */
#define FORMULA_DEPTH 64
/* Nodes of a formula when written out: more than any real expression has. */
#define FORMULA_NODES 4096

/* What each becomes in SQL stands in formula.c. */
typedef enum {
	FORMULA_AND, /* 2 or more */
	FORMULA_OR,
	FORMULA_NOT,
	FORMULA_IS_NULL,
	FORMULA_IS_NOT_NULL,
	FORMULA_IS_TRUE, /* of a boolean: never NULL */
	FORMULA_IS_FALSE,
	FORMULA_EQ,
	FORMULA_NE,
	FORMULA_LT,
	FORMULA_LE,
	FORMULA_GT,
	FORMULA_GE,
	FORMULA_SAME,      /* IS NOT DISTINCT FROM */
	FORMULA_DIFFERENT, /* IS DISTINCT FROM */
	FORMULA_IN,        /* the first in the others */
	FORMULA_ADD,
	FORMULA_SUBTRACT,
	FORMULA_MULTIPLY,
	FORMULA_DIVIDE,
	FORMULA_MODULO,
	FORMULA_NEGATE,
	FORMULA_BIT_AND,
	FORMULA_BIT_OR,
	FORMULA_BIT_NOT,
	FORMULA_SHIFT_LEFT,
	FORMULA_SHIFT_RIGHT,
	FORMULA_CONCATENATE, /* 2 or more */
	FORMULA_LIKE,        /* backslash escapes */
	FORMULA_MATCHES,     /* a regular expression */
	FORMULA_CASE,        /* condition, value, ...; an odd last is ELSE */
	FORMULA_COALESCE,
	FORMULA_NULLIF,
	FORMULA_LEAST, /* NULLs are passed over */
	FORMULA_GREATEST,
	FORMULA_ABS,
	FORMULA_TRUNCATE,
	FORMULA_FLOOR,
	FORMULA_CHARACTERS, /* of a text */
	FORMULA_BYTES,      /* of a bytea */
	FORMULA_LOWER,
	FORMULA_UPPER,
	FORMULA_TRIM, /* blanks, or the characters of the second */
	FORMULA_TRIM_LEFT,
	FORMULA_TRIM_RIGHT,
	FORMULA_SUBSTRING, /* from, and for how many characters */
	FORMULA_RIGHT,
	FORMULA_REPLACE,
	FORMULA_POSITION,
	FORMULA_PAD_LEFT,
	FORMULA_COLLATE_C,
	FORMULA_NOW,    /* this transaction's moment as a timestamp in UTC */
	FORMULA_AT_UTC, /* timestamptz to timestamp, and back */
	FORMULA_BEGIN_DAY,
	FORMULA_BEGIN_MONTH,
	FORMULA_BEGIN_YEAR,
	FORMULA_BEGIN_SECOND,
	FORMULA_ADD_SECONDS, /* to a timestamp, an integer */
	FORMULA_ADD_MINUTES,
	FORMULA_ADD_HOURS,
	FORMULA_ADD_DAYS,
	FORMULA_ADD_MONTHS,
	FORMULA_YEAR_OF, /* as a numeric */
	FORMULA_MONTH_OF,
	FORMULA_DAY_OF,
	FORMULA_HOUR_OF,
	FORMULA_MINUTE_OF,
	FORMULA_SECOND_OF,
	FORMULA_EPOCH_OF,  /* seconds since 1970-01-01 */
	FORMULA_TIME_TEXT, /* to_char(): a timestamp, a format */
	FORMULA_OPERATIONS
} FormulaOperation;

typedef enum {
	FORMULA_COLUMN,
	FORMULA_LITERAL, /* text in the type's text form; NULL: NULL */
	FORMULA_CAST,    /* the one argument to the type */
	FORMULA_CALL,
} FormulaKind;

struct Formula {
	FormulaKind kind;
	FormulaOperation operation;
	int column; /* index in the table */
	Type type;
	const char *text;
	const struct Formula *const *arguments;
	size_t n_arguments;
	size_t depth; /* levels, itself one */
	size_t nodes; /* itself and below, each as often as it is used */
};

/* Make one; text and arguments are copied.  NULL and err filled when memory is
 * out, or where an argument is NULL, for which err has been filled already. */
const Formula *formula_column(int column, Arena *arena, Error *err) MUST_CHECK;
const Formula *formula_literal(
    Type type, const char *text, Arena *arena, Error *err) MUST_CHECK;
const Formula *formula_cast(
    const Formula *formula, Type type, Arena *arena, Error *err) MUST_CHECK;
const Formula *
formula_call(FormulaOperation operation, const Formula *const *arguments,
    size_t n, Arena *arena, Error *err) MUST_CHECK;

/* "is_null"; the word in schema.json. */
const char *formula_operation_name(FormulaOperation operation);
/* May the operation have n arguments? */
bool formula_operation_takes(FormulaOperation operation, size_t n);

/*
 * Append the formula as a PostgreSQL expression in parentheses where it needs
 * them; table gives the columns' names.  Everything in it is a quoted name, a
 * quoted literal or a word of a constant table.
 */
bool formula_put_sql(Buf *out, const Formula *formula, const Table *table,
    Error *err) MUST_CHECK;

/* Put the formula under key (NULL inside an array). */
void formula_put_json(JsonWriter *json, const char *key, const Formula *formula,
    const Table *table);

/*
 * Read one for a table whose columns are there already; where names its place
 * in errors.  ERROR_DUMP where it holds anything but what formula_put_json
 * writes: unknown operations, a wrong number of arguments, unknown columns or
 * types, deeper than FORMULA_DEPTH, more than FORMULA_NODES.
 */
bool formula_read(const JsonNode *node, const char *where, const Table *table,
    Arena *arena, const Formula **formula, Error *err) MUST_CHECK;

#endif
