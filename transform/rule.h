/*
 * rule: how the values of one column become the target's: the type, and what a
 * mapping or an existing target asks beyond it.
 *
 *	a value map	the value's text form is looked up; what is not in the
 *			map does not fit
 *	a conversion	conversion.h
 *	the type	cast.h
 *	labels		what an enum of the target takes
 *
 * in this order.  A rule that has nothing but a type is plain, and costs no
 * more than cast_value.
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

/* Text with a NUL, which PostgreSQL's text cannot hold. */
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

/* Is there nothing but a type? */
bool rule_is_plain(const Rule *rule);

/* As cast_value.  *refusal of the Cast says why a value does not fit. */
bool rule_value(Cast *cast, const Value *value, const Rule *rule, Value *out,
    Error *err) MUST_CHECK;

/* As cast_row, over rules; row is in the target's order. */
bool rule_row(Cast *cast, const Value *row, const Rule *rules, size_t n,
    Value *out, Error *err) MUST_CHECK;

#endif
