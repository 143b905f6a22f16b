/*
 * sqlexpr: an expression of SQLite's SQL as a tree (lang_expr.html).
 *
 *	sqlexpr_parse("age >= 18 AND name <> ''", &expr, &reason, &arena, err)
 *	if (expr == NULL)
 *		reason ...
 *
 * Operators bind as in SQLite's grammar (parse.y).  Subqueries, row values,
 * parameters, window functions, RAISE(), MATCH, REGEXP, -> and ->> are refused
 * with a reason, as is what is no expression at all.  Names and functions are
 * not looked up: that is translate.h's.
 */
#ifndef TRANSFORM_SQLEXPR_H
#define TRANSFORM_SQLEXPR_H

#include <stddef.h>

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/value.h"

/* Levels of a tree: SQLite's own limit is 1000, and nobody writes such. */
#define SQLEXPR_DEPTH 500
/* Of parentheses, and of what else stands in something else. */
#define SQLEXPR_NESTING 100

typedef enum {
	SQLEXPR_LITERAL,  /* value */
	SQLEXPR_NAME,     /* name, and table where it is qualified */
	SQLEXPR_OPERATOR, /* operation over the arguments */
	SQLEXPR_FUNCTION, /* name in lower case */
	SQLEXPR_CAST,     /* name is the type */
	SQLEXPR_COLLATE,  /* name is the collation */
	SQLEXPR_CASE, /* the operand, if has_operand; condition, result, ...;
			   * the one left over is ELSE's */
} SqlExprKind;

typedef enum {
	SQLEXPR_OR,
	SQLEXPR_AND,
	SQLEXPR_NOT,
	SQLEXPR_EQ,
	SQLEXPR_NE,
	SQLEXPR_IS,
	SQLEXPR_IS_NOT,
	SQLEXPR_LT,
	SQLEXPR_LE,
	SQLEXPR_GT,
	SQLEXPR_GE,
	SQLEXPR_IS_NULL,
	SQLEXPR_NOT_NULL,
	SQLEXPR_BETWEEN, /* value, low, high */
	SQLEXPR_IN,      /* value, then the list, which may be empty */
	SQLEXPR_LIKE,    /* value, pattern, and the escape if there is one */
	SQLEXPR_GLOB,
	SQLEXPR_BIT_AND,
	SQLEXPR_BIT_OR,
	SQLEXPR_SHIFT_LEFT,
	SQLEXPR_SHIFT_RIGHT,
	SQLEXPR_ADD,
	SQLEXPR_SUBTRACT,
	SQLEXPR_MULTIPLY,
	SQLEXPR_DIVIDE,
	SQLEXPR_MODULO,
	SQLEXPR_CONCATENATE,
	SQLEXPR_NEGATE,
	SQLEXPR_PLUS, /* unary */
	SQLEXPR_BIT_NOT,
} SqlOperator;

/* How a name is written: it decides what it may be where no column has it. */
typedef enum {
	SQLEXPR_BARE,   /* x: TRUE, CURRENT_DATE, ... */
	SQLEXPR_DOUBLE, /* "x": a string */
	SQLEXPR_OTHER,  /* [x], `x`: nothing */
} SqlExprQuotes;

typedef struct SqlExpr SqlExpr;

struct SqlExpr {
	SqlExprKind kind;
	SqlOperator operation;
	bool negated; /* NOT BETWEEN, NOT IN, NOT LIKE, NOT GLOB */
	bool has_operand;
	SqlExprQuotes quotes;
	Value value;        /* bytes live in the arena */
	const char *number; /* a number's digits as they stand: a minus before
			     * them may change what they are */
	const char *name, *table;
	const SqlExpr **arguments;
	size_t n_arguments;
	size_t depth; /* levels, itself one */
	size_t place; /* byte of the text where it begins, from 0 */
};

/*
 * *expr and *reason live in the arena, or are constants; *expr is NULL where
 * the text is refused, and *reason then says why and where ("at byte 12").
 */
bool sqlexpr_parse(const char *text, const SqlExpr **expr, const char **reason,
    Arena *arena, Error *err) MUST_CHECK;

/* A number's value as SQLite types it: an int64 in decimal or hexadecimal, else
 * a real.  VALUE_NULL where it is none. */
Value sqlexpr_number(const char *digits, bool negative);

/* The value that the expression is, if it is a literal of any class in any
 * number of parentheses and with signs before a number; false where not. */
bool sqlexpr_literal(const SqlExpr *expr, Value *value);

/* Names are compared so: ASCII case is ignored. */
bool sqlexpr_same_name(const char *one, const char *other);

#endif
