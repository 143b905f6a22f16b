#include "transform/match_mapped.h"

#include <string.h>

#include "formats/guess.h"

bool
match_mapped_decides(const MappingColumn *mapped)
{
	return mapped != NULL &&
	    (mapped->has_type || mapped->conversion != CONVERSION_NONE ||
		mapped->value != NULL || mapped->values != NULL);
}

/* A problem at a place of the mapping file. */
static bool
complain(const MatchColumn *column, MatchFindings *findings, const char *what,
    Error *err)
{
	const char *place = mapping_where(
	    column->mapping, column->mapped->place, findings->arena, err);

	if (place == NULL || what == NULL)
		return false;
	return match_findings_problem(
	    findings, err, "%s: %s: %s", column->label, place, what);
}

/* How wide a number type is: one goes into those above. */
static int
width(TypeName name)
{
	static const int widths[TYPE_COUNT] = {
		[TYPE_SMALLINT] = 1,
		[TYPE_INTEGER] = 2,
		[TYPE_BIGINT] = 3,
		[TYPE_NUMERIC] = 4,
	};

	return widths[name];
}

static bool
is_text(TypeName name)
{
	return name == TYPE_TEXT || name == TYPE_VARCHAR || name == TYPE_CHAR;
}

static bool
fits_size(Type type, Type to)
{
	if (to.length > 0 && (type.length == 0 || type.length > to.length))
		return false;
	return to.precision == 0 ||
	    (type.precision > 0 && type.scale <= to.scale &&
		type.precision - type.scale <= to.precision - to.scale);
}

/* Is every value of one type one of the other? */
static bool
is_assignable(Type type, Type to)
{
	if (type.name == to.name || (is_text(type.name) && is_text(to.name)))
		return fits_size(type, to);
	if (width(type.name) > 0 && width(to.name) > 0)
		return width(type.name) < width(to.name) && to.precision == 0;
	switch (to.name) {
	case TYPE_DOUBLE:
		return type.name == TYPE_REAL || type.name == TYPE_INTEGER ||
		    type.name == TYPE_SMALLINT;
	case TYPE_TIMESTAMP:
		return type.name == TYPE_DATE;
	case TYPE_JSON:
		return type.name == TYPE_JSONB;
	case TYPE_TEXT:
	case TYPE_BIGINT:
	case TYPE_BOOLEAN:
	case TYPE_BYTEA:
	case TYPE_CHAR:
	case TYPE_DATE:
	case TYPE_INTEGER:
	case TYPE_JSONB:
	case TYPE_NUMERIC:
	case TYPE_REAL:
	case TYPE_SMALLINT:
	case TYPE_TIME:
	case TYPE_TIMESTAMPTZ:
	case TYPE_UUID:
	case TYPE_VARCHAR:
	case TYPE_COUNT:
		break;
	}
	return false;
}

static bool
check_type(const MatchColumn *column, MatchFindings *findings, Error *err)
{
	const TargetColumn *to = column->to;
	Type type = column->mapped->type;
	char sql[TYPE_SQL_BYTES];

	if (!column->mapped->has_type)
		return true;
	if (to->known ? is_assignable(type, to->type) : is_text(type.name))
		return true;
	return complain(column, findings,
	    arena_format(findings->arena, err,
		"type: %s does not go into %s; leave it out, the target's type "
		"is taken",
		type_sql(type, sql), to->type_sql),
	    err);
}

static bool
check_conversion(const MatchColumn *column, MatchFindings *findings, Error *err)
{
	const TargetColumn *to = column->to;
	Conversion conversion = column->mapped->conversion;

	if (conversion == CONVERSION_NONE ||
	    conversion_gives(conversion, to->type))
		return true;
	return complain(column, findings,
	    arena_format(findings->arena, err, "using: %s gives %s, not %s",
		conversion_name(conversion), conversion_types(conversion),
		to->type_sql),
	    err);
}

/* What a value map gives must do, whatever the rows hold. */
static bool
check_value(const MatchColumn *column, MatchFindings *findings,
    const char *text, const Rule *rule, Error *err)
{
	Guess guess = { .text = text, .size = strlen(text) };
	const Value value = { .class = VALUE_TEXT,
		.size = strlen(text),
		.bytes = (const uint8_t *)text };
	const char *best, *reason;
	Cast cast = { 0 };
	Value out;
	bool success = rule_value(&cast, &value, rule, &out, err);

	reason = cast.refusal == NULL ? NULL : cast.refusal->reason;
	cast_free(&cast);
	if (!success || reason == NULL)
		return success;
	for (size_t i = 0; i < rule->n_labels; i++)
		guess_offer(&guess, rule->labels[i]);
	best = guess_best(&guess);
	return complain(column, findings,
	    arena_format(findings->arena, err,
		"values gives '%s', which does not fit %s: %s%s%s%s", text,
		column->to->type_sql, reason,
		best == NULL ? "" : "; did you mean '",
		best == NULL ? "" : best, best == NULL ? "" : "'?"),
	    err);
}

static bool
check_values(const MatchColumn *column, MatchFindings *findings,
    const Rule *rule, Error *err)
{
	const MappingColumn *mapped = column->mapped;
	Rule rest = *rule;

	/* What is behind the map: the conversion, the type, the labels. */
	rest.values = NULL;
	rest.n_values = 0;
	for (size_t i = 0; i < mapped->n_values; i++) {
		const char *to = mapped->values[i].to;

		if (to == NULL && rule->not_null) {
			if (!complain(column, findings,
				"values gives NULL, and the column is NOT "
				"NULL",
				err))
				return false;
		} else if (to != NULL &&
		    !check_value(column, findings, to, &rest, err)) {
			return false;
		}
	}
	return true;
}

bool
match_mapped_check(const MatchColumn *column, MatchFindings *findings,
    const Rule *rule, Error *err)
{
	size_t before = findings->problems.size;

	if (!check_type(column, findings, err) ||
	    !check_conversion(column, findings, err))
		return false;
	/* A map behind a contradiction would only say it again. */
	return findings->problems.size > before ||
	    check_values(column, findings, rule, err);
}
