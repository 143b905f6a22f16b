/*
 * rule: how the values of one column become the target's: the type, and what a
 * mapping or an existing target asks beyond it.
 *
 *	repair		text that is no PostgreSQL text, by nul and utf8, unless
 *			the type is bytea, which takes it as it is
 *	a value map	the value's text form is looked up; what is not in the
 *			map does not fit, NULL stays NULL
 *	a conversion	conversion.h
 *	the type	cast.h
 *	labels		what an enum of the target takes
 *	not_null	NULL, be it the value's or the map's, does not fit
 *
 * in this order.  A rule that has nothing but a type is plain, and costs no
 * more than cast_value.
 *
 *	Cast cast = { .text_is_valid = format == ROWS_CSV, .fields = fields };
 *	for each row:
 *		rule_row(&cast, row, rules, n, out, err)
 *		if (cast.refused > 0)
 *			rule_value for each value: which one, and why
 *	cast_free(&cast)
 *
 * fields[i] is what row[i] was read from (rows_csv_keep), without a text where
 * it was made by an expression, or fields is NULL.
 * Where a plain rule changes nothing, the value then borrows its field, as
 * rows_csv_put_kept wants it.
 *
 * text_is_valid is for rows of which all text is known to be UTF-8 without NUL;
 * what an expression made is not, whatever it was made from.
 */
#ifndef TRANSFORM_RULE_H
#define TRANSFORM_RULE_H

#include "formats/error.h"
#include "formats/type.h"
#include "formats/value.h"
#include "transform/cast.h"
#include "transform/conversion.h"
#include "transform/zone.h"

/* What happens to a value that does not fit. */
typedef enum {
	POLICY_REJECT, /* its row is set aside */
	POLICY_NULL,   /* it becomes NULL, where NULL may be */
	POLICY_STOP    /* the run fails */
} Policy;

/* Text with a NUL, which PostgreSQL's text cannot hold.  BYTEA, here and below,
 * is for those who choose the type; a value that meets it is refused. */
typedef enum { NUL_REJECT, NUL_STRIP, NUL_BYTEA } NulPolicy;

/* Text that is not UTF-8.  LATIN1 reads each byte as its character. */
typedef enum { UTF8_REJECT, UTF8_REPLACE, UTF8_LATIN1, UTF8_BYTEA } Utf8Policy;

/* The text form of a value, and what it becomes (text = NULL: NULL). */
typedef struct {
	const char *from;
	const char *to;
} RuleValue;

typedef struct {
	Type type;
	Conversion conversion;
	Policy policy;
	NulPolicy nul;
	Utf8Policy utf8;
	const Zone *zone;        /* of times without one; NULL: UTC */
	const RuleValue *values; /* sorted by from; NULL: no map */
	size_t n_values;
	const char *const *labels; /* sorted; NULL: every text */
	size_t n_labels;
	bool not_null; /* NULL does not fit */
} Rule;

/* Is there nothing but a type?  Then a value goes on as it is (policy says
 * nothing of those that fit, and not_null nothing of what they become). */
bool rule_is_plain(const Rule *rule);

/* As cast_value; *out may borrow from the rule and from cast->repaired, too.
 * cast->refusal says why a value does not fit. */
bool rule_value(Cast *cast, const Value *value, const Rule *rule, Value *out,
    Error *err) MUST_CHECK;

/* A row, in the target's order; out is valid until the next call.  Values that
 * were refused are counted in cast->refused, and NULL in out. */
bool rule_row(Cast *cast, const Value *row, const Rule *rules, size_t n,
    Value *out, Error *err) MUST_CHECK;

#endif
