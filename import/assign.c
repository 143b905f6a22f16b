#include "import/assign.h"

#include <stdbool.h>
#include <stddef.h>

/* What a pair of different types asks for beyond being listed. */
typedef enum {
	NEEDS_NOTHING,
	NEEDS_DIGITS, /* a numeric with room for all digits */
	NEEDS_LENGTH, /* a text with room for all characters */
} Needs;

/* Pairs whose text form is read as the same value. */
typedef struct {
	TypeName from, to;
	Needs needs;
	int size; /* digits or characters of the longest value */
} Pair;

static const Pair pairs[] = {
	{ TYPE_SMALLINT, TYPE_INTEGER, NEEDS_NOTHING, 0 },
	{ TYPE_SMALLINT, TYPE_BIGINT, NEEDS_NOTHING, 0 },
	{ TYPE_SMALLINT, TYPE_NUMERIC, NEEDS_DIGITS, 5 },
	{ TYPE_SMALLINT, TYPE_DOUBLE, NEEDS_NOTHING, 0 },
	{ TYPE_SMALLINT, TYPE_REAL, NEEDS_NOTHING, 0 },
	{ TYPE_SMALLINT, TYPE_TEXT, NEEDS_NOTHING, 0 },
	{ TYPE_SMALLINT, TYPE_VARCHAR, NEEDS_LENGTH, 6 },
	{ TYPE_INTEGER, TYPE_BIGINT, NEEDS_NOTHING, 0 },
	{ TYPE_INTEGER, TYPE_NUMERIC, NEEDS_DIGITS, 10 },
	{ TYPE_INTEGER, TYPE_DOUBLE, NEEDS_NOTHING, 0 },
	{ TYPE_INTEGER, TYPE_TEXT, NEEDS_NOTHING, 0 },
	{ TYPE_INTEGER, TYPE_VARCHAR, NEEDS_LENGTH, 11 },
	{ TYPE_BIGINT, TYPE_NUMERIC, NEEDS_DIGITS, 19 },
	{ TYPE_BIGINT, TYPE_TEXT, NEEDS_NOTHING, 0 },
	{ TYPE_BIGINT, TYPE_VARCHAR, NEEDS_LENGTH, 20 },
	{ TYPE_REAL, TYPE_DOUBLE, NEEDS_NOTHING, 0 },
	{ TYPE_NUMERIC, TYPE_TEXT, NEEDS_NOTHING, 0 },
	{ TYPE_DATE, TYPE_TIMESTAMP, NEEDS_NOTHING, 0 },
	{ TYPE_DATE, TYPE_TEXT, NEEDS_NOTHING, 0 },
	{ TYPE_TIME, TYPE_TEXT, NEEDS_NOTHING, 0 },
	{ TYPE_UUID, TYPE_TEXT, NEEDS_NOTHING, 0 },
	{ TYPE_UUID, TYPE_VARCHAR, NEEDS_LENGTH, 36 },
	{ TYPE_JSON, TYPE_JSONB, NEEDS_NOTHING, 0 },
	{ TYPE_JSON, TYPE_TEXT, NEEDS_NOTHING, 0 },
	{ TYPE_JSONB, TYPE_JSON, NEEDS_NOTHING, 0 },
	{ TYPE_JSONB, TYPE_TEXT, NEEDS_NOTHING, 0 },
	{ TYPE_TEXT, TYPE_JSON, NEEDS_NOTHING, 0 },
	{ TYPE_TEXT, TYPE_JSONB, NEEDS_NOTHING, 0 },
	{ TYPE_TEXT, TYPE_UUID, NEEDS_NOTHING, 0 },
	{ TYPE_VARCHAR, TYPE_JSON, NEEDS_NOTHING, 0 },
	{ TYPE_VARCHAR, TYPE_JSONB, NEEDS_NOTHING, 0 },
	{ TYPE_VARCHAR, TYPE_UUID, NEEDS_NOTHING, 0 },
};

/* Why not, for a pair that is not listed above; the first line that matches
 * counts, TYPE_COUNT matches every type. */
typedef struct {
	TypeName from, to;
	const char *text;
} Reason;

static const char narrower[] = "larger numbers would not fit";
static const char decides[] =
    "what counts as true or false must be decided first";
static const char zone[] = "the time zone it is in would be guessed";
static const char cut[] = "a part of it would be cut off";
static const char longer[] =
    "longer texts would not fit, and blanks at their end would be lost";
static const char rounded[] = "digits would be rounded away";

static const Reason reasons[] = {
	{ TYPE_BOOLEAN, TYPE_COUNT, decides },
	{ TYPE_COUNT, TYPE_BOOLEAN, decides },
	{ TYPE_BIGINT, TYPE_INTEGER, narrower },
	{ TYPE_BIGINT, TYPE_SMALLINT, narrower },
	{ TYPE_INTEGER, TYPE_SMALLINT, narrower },
	{ TYPE_SMALLINT, TYPE_NUMERIC, narrower },
	{ TYPE_INTEGER, TYPE_NUMERIC, narrower },
	{ TYPE_BIGINT, TYPE_NUMERIC, narrower },
	{ TYPE_BIGINT, TYPE_DOUBLE, "past 2^53 a double skips integers" },
	{ TYPE_BIGINT, TYPE_REAL, "past 2^24 a real skips integers" },
	{ TYPE_INTEGER, TYPE_REAL, "past 2^24 a real skips integers" },
	{ TYPE_NUMERIC, TYPE_COUNT, rounded },
	{ TYPE_DOUBLE, TYPE_REAL, rounded },
	{ TYPE_DOUBLE, TYPE_NUMERIC,
	    "the decimal of a double is not its exact value" },
	{ TYPE_REAL, TYPE_NUMERIC,
	    "the decimal of a real is not its exact value" },
	{ TYPE_TIMESTAMP, TYPE_TIMESTAMPTZ, zone },
	{ TYPE_DATE, TYPE_TIMESTAMPTZ, zone },
	{ TYPE_TIMESTAMPTZ, TYPE_TIMESTAMP, "its time zone would be dropped" },
	{ TYPE_TIMESTAMPTZ, TYPE_DATE, cut },
	{ TYPE_TIMESTAMPTZ, TYPE_TIME, cut },
	{ TYPE_TIMESTAMP, TYPE_DATE, cut },
	{ TYPE_TIMESTAMP, TYPE_TIME, cut },
	{ TYPE_COUNT, TYPE_VARCHAR, longer },
	{ TYPE_COUNT, TYPE_CHAR, longer },
	{ TYPE_COUNT, TYPE_TEXT, "PostgreSQL writes such values otherwise" },
	{ TYPE_COUNT, TYPE_COUNT, "it must be converted first" },
};

static bool
matches(TypeName pattern, TypeName type)
{
	return pattern == type || pattern == TYPE_COUNT;
}

static const char *
reason_of(TypeName from, TypeName to)
{
	const Reason *reason = reasons;

	while (!matches(reason->from, from) || !matches(reason->to, to))
		reason++;
	return reason->text;
}

static bool
is_text(TypeName name)
{
	return name == TYPE_TEXT || name == TYPE_VARCHAR || name == TYPE_CHAR;
}

/* Length 0 is none; text has none. */
static bool
length_fits(int from, int to)
{
	return to == 0 || (from > 0 && from <= to);
}

static bool
digits_fit(Type from, Type to)
{
	if (to.precision == 0)
		return true;
	return from.precision > 0 && from.scale <= to.scale &&
	    from.precision - from.scale <= to.precision - to.scale;
}

/* Texts have one wire form.  Into char(n) goes char only, for it fills up with
 * blanks, which then mean nothing. */
static bool
same_wire_form(Type from, Type to)
{
	if (is_text(from.name) && is_text(to.name))
		return length_fits(from.length, to.length) &&
		    (to.name != TYPE_CHAR || from.name == TYPE_CHAR);
	if (from.name != to.name)
		return false;
	return from.name != TYPE_NUMERIC || digits_fit(from, to);
}

static bool
same_text_form(Type from, Type to)
{
	const Pair *pair;
	Type digits;

	for (pair = pairs; pair < pairs + sizeof pairs / sizeof pairs[0];
	     pair++) {
		if (pair->from != from.name || pair->to != to.name)
			continue;
		digits = (Type){ .precision = pair->size };
		switch (pair->needs) {
		case NEEDS_NOTHING:
			return true;
		case NEEDS_DIGITS:
			return digits_fit(digits, to);
		case NEEDS_LENGTH:
			return length_fits(pair->size, to.length);
		}
	}
	return false;
}

Assign
assign_judge(Type from, const TargetColumn *to, const char **reason)
{
	*reason = NULL;
	if (to->known && same_wire_form(from, to->type))
		return ASSIGN_BINARY;
	if (to->known && same_text_form(from, to->type))
		return ASSIGN_TEXT;
	/* Enums, arrays, inet, interval, citext and all the rest. */
	if (!to->known && (from.name == TYPE_TEXT || from.name == TYPE_VARCHAR))
		return ASSIGN_TEXT;
	*reason = to->known ? reason_of(from.name, to->type.name)
			    : "only text is read as such a type";
	return ASSIGN_REFUSED;
}
