#include "transform/compare.h"

#include <string.h>

#include "formats/datetime.h"
#include "formats/literal.h"

#define DATE_BYTES   (sizeof "2000-01-01" - 1)
#define MOMENT_BYTES (sizeof "2000-01-01 00:00:00" - 1)

static const FormulaOperation formulas[] = {
	[SQLEXPR_EQ] = FORMULA_EQ,
	[SQLEXPR_NE] = FORMULA_NE,
	[SQLEXPR_IS] = FORMULA_SAME,
	[SQLEXPR_IS_NOT] = FORMULA_DIFFERENT,
	[SQLEXPR_LT] = FORMULA_LT,
	[SQLEXPR_LE] = FORMULA_LE,
	[SQLEXPR_GT] = FORMULA_GT,
	[SQLEXPR_GE] = FORMULA_GE,
};

static bool
is_order(SqlOperator operation)
{
	return operation >= SQLEXPR_LT && operation <= SQLEXPR_GE;
}

/* A comparison with its sides exchanged. */
static SqlOperator
turned(SqlOperator operation)
{
	static const SqlOperator others[] = {
		[SQLEXPR_LT] = SQLEXPR_GT,
		[SQLEXPR_LE] = SQLEXPR_GE,
		[SQLEXPR_GT] = SQLEXPR_LT,
		[SQLEXPR_GE] = SQLEXPR_LE,
	};

	return is_order(operation) ? others[operation] : operation;
}

static bool
finish(Translator *translator, SqlOperator operation, const Formula *left,
    const Formula *right, const Formula **condition)
{
	*condition =
	    translator_two(translator, formulas[operation], left, right);
	return *condition != NULL;
}

const char *
compare_collation(const Term *left, const Term *right)
{
	if (left->explicit)
		return left->collation;
	if (right->explicit)
		return right->collation;
	if (left->collation != NULL)
		return left->collation;
	return right->collation != NULL ? right->collation : "BINARY";
}

const Formula *
compare_collated(Translator *translator, const Formula *text,
    const char *collation, bool order)
{
	if (sqlexpr_same_name(collation, "NOCASE"))
		return translator_one(translator, FORMULA_LOWER,
		    translator_one(translator, FORMULA_COLLATE_C, text));
	if (sqlexpr_same_name(collation, "RTRIM")) {
		text = translator_one(translator, FORMULA_TRIM_RIGHT, text);
	} else if (!sqlexpr_same_name(collation, "BINARY")) {
		translator_refuse(translator,
		    "collation %s is not known to PostgreSQL", collation);
		return NULL;
	}
	return order ? translator_one(translator, FORMULA_COLLATE_C, text)
		     : text;
}

/* NULL literals: everything but IS gives NULL. */
static bool
compare_null(Translator *translator, SqlOperator operation, const Term pair[2],
    const Formula **condition)
{
	const Term *other = &pair[pair[0].class == TERM_NULL];

	if (operation == SQLEXPR_IS || operation == SQLEXPR_IS_NOT)
		*condition = translator_one(translator,
		    operation == SQLEXPR_IS ? FORMULA_IS_NULL
					    : FORMULA_IS_NOT_NULL,
		    other->formula);
	else
		*condition = translator_literal(translator, TYPE_BOOLEAN, NULL);
	return *condition != NULL;
}

static bool
is_numeric_affinity(const Term *term)
{
	return term->has_affinity && term->affinity != AFFINITY_TEXT &&
	    term->affinity != AFFINITY_BLOB;
}

/* NUMERIC affinity for one side. */
static bool
make_numeric(Translator *translator, Term *term)
{
	if (term->class != TERM_TEXT)
		return true;
	if (term->literal)
		return term_literal_number(translator, term);
	if (term->type.name == TYPE_BIGINT || term->type.name == TYPE_INTEGER ||
	    term->type.name == TYPE_SMALLINT) {
		term->class = TERM_INTEGER;
		return true;
	}
	/* Dashes stand in them: they are no numbers. */
	if (term->uniform &&
	    (term->type.name == TYPE_DATE ||
		term->type.name == TYPE_TIMESTAMP ||
		term->type.name == TYPE_UUID))
		return true;
	return translator_refuse(translator,
	    "%s is text and would be compared as a number",
	    term_name(translator, term));
}

/* datatype3.html section 4.2; a side that has an affinity other than none is
 * never made text (expr.c, sqlite3CompareAffinity). */
static bool
apply_affinities(Translator *translator, Term pair[2])
{
	for (int i = 0; i < 2; i++) {
		Term *term = &pair[i], *other = &pair[1 - i];

		if (is_numeric_affinity(other) && !is_numeric_affinity(term) &&
		    !make_numeric(translator, term))
			return false;
		if (other->has_affinity && other->affinity == AFFINITY_TEXT &&
		    !term->has_affinity && term->class != TERM_TEXT &&
		    term->class != TERM_BLOB &&
		    !term_make_text(translator, term))
			return false;
	}
	return true;
}

static bool
is_number(const Term *term)
{
	return term->class == TERM_INTEGER || term->class == TERM_REAL ||
	    term->class == TERM_NUMBER;
}

static bool
is_boolean(const Term *term)
{
	return term->type.name == TYPE_BOOLEAN;
}

/* A boolean against the literals 0 and 1; *done is false for anything else. */
static bool
compare_flag(Translator *translator, SqlOperator operation, const Term *flag,
    const Term *literal, const Formula **condition, bool *done)
{
	bool negated = operation == SQLEXPR_NE || operation == SQLEXPR_IS_NOT;
	bool is = operation == SQLEXPR_IS || operation == SQLEXPR_IS_NOT;

	*done = literal->literal && literal->class == TERM_INTEGER &&
	    !is_order(operation) &&
	    (literal->value.integer == 0 || literal->value.integer == 1);
	if (!*done)
		return true;
	*condition = flag->formula;
	if (is)
		*condition = translator_one(translator,
		    literal->value.integer == 1 ? FORMULA_IS_TRUE
						: FORMULA_IS_FALSE,
		    *condition);
	else if (literal->value.integer == 0)
		negated = !negated;
	if (negated)
		*condition =
		    translator_one(translator, FORMULA_NOT, *condition);
	return *condition != NULL;
}

/* Both sides as types that PostgreSQL compares exactly. */
static bool
match_numbers(Translator *translator, Term pair[2])
{
	for (int i = 0; i < 2; i++) {
		Term *term = &pair[i], *other = &pair[1 - i];

		if (is_boolean(term) && !is_boolean(other) &&
		    !term_make_plain(translator, term))
			return false;
		if (term->class == TERM_REAL &&
		    !term_make_plain(translator, term))
			return false;
	}
	for (int i = 0; i < 2; i++) {
		Term *term = &pair[i], *other = &pair[1 - i];

		if (term->type.name != TYPE_DOUBLE ||
		    other->type.name == TYPE_DOUBLE)
			continue;
		return term->literal && term->class == TERM_REAL
		    ? term_real_as_numeric(translator, term)
		    : term_make_double(translator, other);
	}
	return true;
}

static bool
compare_numbers(Translator *translator, SqlOperator operation,
    const Term given[2], const Formula **condition)
{
	Term pair[2] = { given[0], given[1] };
	bool done = false;

	for (int i = 0; i < 2 && !done; i++)
		if (is_boolean(&pair[i]) &&
		    !compare_flag(translator, operation, &pair[i], &pair[1 - i],
			condition, &done))
			return false;
	return done ||
	    (match_numbers(translator, pair) &&
		finish(translator, operation, pair[0].formula, pair[1].formula,
		    condition));
}

/* YYYY-MM-DD, or with a blank and HH:MM:SS, as SQLite's functions write it. */
static bool
is_moment(const Term *literal, size_t size)
{
	DateTime moment;

	return literal->literal && literal->value.size == size &&
	    datetime_parse(literal->value.bytes, size, &moment) &&
	    moment.has_date && !moment.has_zone &&
	    (size == DATE_BYTES || literal->value.bytes[DATE_BYTES] == ' ');
}

static bool
is_lower_uuid(const Term *literal)
{
	uint8_t uuid[16], text[LITERAL_UUID_BYTES];

	if (!literal->literal || literal->value.size != LITERAL_UUID_BYTES ||
	    !literal_uuid(literal->value.bytes, literal->value.size, uuid))
		return false;
	literal_write_uuid(text, uuid);
	return memcmp(text, literal->value.bytes, sizeof text) == 0;
}

/* A text as one of the type of the column it is held against. */
static bool
compare_typed(Translator *translator, SqlOperator operation, const Term *column,
    const char *text, const Formula **condition)
{
	return text != NULL &&
	    finish(translator, operation, column->formula,
		translator_literal(translator, column->type.name, text),
		condition);
}

/*
 * A column whose text became a date, timestamp or uuid, against a literal.  A
 * moment whose text has a time is behind its date and before the next date's,
 * whatever its time's spelling is: so < and >= are the moments' own, the others
 * are not.
 */
static bool
compare_retyped(Translator *translator, SqlOperator operation,
    const Term *column, const Term *literal, const Formula **condition)
{
	TypeName type = column->type.name;
	bool moment = type == TYPE_TIMESTAMP || type == TYPE_TIMESTAMPTZ;
	char sql[TYPE_SQL_BYTES];

	if (column->uniform &&
	    ((type == TYPE_DATE && is_moment(literal, DATE_BYTES)) ||
		(type == TYPE_UUID && is_lower_uuid(literal) &&
		    !is_order(operation)) ||
		(type == TYPE_TIMESTAMP && is_moment(literal, MOMENT_BYTES))))
		return compare_typed(translator, operation, column,
		    literal->formula->text, condition);
	if (moment && !column->zoned && is_moment(literal, DATE_BYTES) &&
	    (operation == SQLEXPR_LT || operation == SQLEXPR_GE))
		return compare_typed(translator, operation, column,
		    arena_format(translator->arena, translator->err,
			"%s 00:00:00%s", literal->formula->text,
			type == TYPE_TIMESTAMPTZ ? "+00" : ""),
		    condition);
	return translator_refuse(translator,
	    "%s becomes %s, which cannot be compared with this text as text is",
	    term_name(translator, column), type_sql(column->type, sql));
}

static bool
is_text_type(const Term *term)
{
	return term->type.name == TYPE_TEXT || term->type.name == TYPE_VARCHAR;
}

/* Two columns of which all texts are their types' own, and ordered like them. */
static bool
are_alike(const Term pair[2])
{
	TypeName type = pair[0].type.name;

	return type == pair[1].type.name && pair[0].uniform &&
	    pair[1].uniform &&
	    (type == TYPE_DATE || type == TYPE_UUID || type == TYPE_TIMESTAMP);
}

static bool
compare_texts(Translator *translator, SqlOperator operation,
    const Term given[2], const Formula **condition)
{
	const char *collation = compare_collation(&given[0], &given[1]);
	Term pair[2] = { given[0], given[1] };
	bool order = is_order(operation);
	const Formula *sides[2];

	for (int i = 0; i < 2; i++)
		if (pair[i].format != NULL && !pair[i].uniform &&
		    !term_make_text(translator, &pair[i]))
			return false;
	if (sqlexpr_same_name(collation, "BINARY")) {
		if (are_alike(pair))
			return finish(translator, operation, pair[0].formula,
			    pair[1].formula, condition);
		if (!is_text_type(&pair[0]) && pair[1].literal)
			return compare_retyped(translator, operation, &pair[0],
			    &pair[1], condition);
		if (!is_text_type(&pair[1]) && pair[0].literal)
			return compare_retyped(translator, turned(operation),
			    &pair[1], &pair[0], condition);
	}
	if (order && translator->table != NULL && translator->table->utf16)
		return translator_refuse(
		    translator, "the source orders text by UTF-16");
	for (int i = 0; i < 2; i++) {
		if (!term_make_text(translator, &pair[i]))
			return false;
		sides[i] = compare_collated(
		    translator, pair[i].formula, collation, order);
		if (sides[i] == NULL)
			return false;
	}
	return finish(translator, operation, sides[0], sides[1], condition);
}

bool
compare_terms(Translator *translator, SqlOperator operation,
    const Term given[2], bool affinity, const Formula **condition)
{
	Term pair[2] = { given[0], given[1] };

	if (pair[0].class == TERM_NULL || pair[1].class == TERM_NULL)
		return compare_null(translator, operation, pair, condition);
	if (affinity && !apply_affinities(translator, pair))
		return false;
	if (is_number(&pair[0]) && is_number(&pair[1]))
		return compare_numbers(translator, operation, pair, condition);
	if (pair[0].class == TERM_TEXT && pair[1].class == TERM_TEXT)
		return compare_texts(translator, operation, pair, condition);
	if (pair[0].class == TERM_BLOB && pair[1].class == TERM_BLOB)
		return finish(translator, operation, pair[0].formula,
		    pair[1].formula, condition);
	for (int i = 0; i < 2; i++)
		if (pair[i].class == TERM_UNKNOWN)
			return term_make_plain(translator, &pair[i]);
	return translator_refuse(translator,
	    "%s and %s are of different classes and would never be equal",
	    term_name(translator, &pair[0]), term_name(translator, &pair[1]));
}
