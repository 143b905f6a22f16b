#include "transform/translate.h"

#include "transform/compare.h"
#include "transform/moment.h"
#include "transform/operation.h"

/* Between them a real that is a whole number is an INTEGER by affinity. */
#define FIRST_INTEGER "-9223372036854775808"
#define PAST_INTEGERS "9223372036854775808"

static bool
is_integral(TypeName type)
{
	return type == TYPE_BIGINT || type == TYPE_INTEGER ||
	    type == TYPE_SMALLINT;
}

static bool
refuse_type(Translator *translator, Type type)
{
	char sql[TYPE_SQL_BYTES];

	return translator_refuse(translator,
	    "its value is not known to be one of type %s", type_sql(type, sql));
}

static bool
assign_integer(
    Translator *translator, Term *term, const TranslateWanted *wanted)
{
	if (term->class == TERM_TEXT && is_integral(term->type.name) &&
	    wanted->affinity != AFFINITY_TEXT &&
	    wanted->affinity != AFFINITY_BLOB)
		term->class = TERM_INTEGER;
	if (term->class != TERM_INTEGER || wanted->affinity == AFFINITY_TEXT)
		return refuse_type(translator, wanted->type);
	if (!term_make_plain(translator, term))
		return false;
	if (wanted->type.name != TYPE_BIGINT)
		term->formula = translator_cast(
		    translator, term->formula, wanted->type.name);
	return term->formula != NULL;
}

/* An INTEGER becomes REAL by affinity, rounded if it must be. */
static bool
assign_double(Translator *translator, Term *term, const TranslateWanted *wanted)
{
	if (wanted->affinity == AFFINITY_TEXT ||
	    (term->class != TERM_INTEGER && term->class != TERM_REAL &&
		term->class != TERM_NUMBER))
		return refuse_type(translator, wanted->type);
	if (!term_make_plain(translator, term))
		return false;
	if (term->type.name == TYPE_DOUBLE)
		return true;
	if (wanted->affinity != AFFINITY_REAL)
		return refuse_type(translator, wanted->type);
	term->formula = translator_cast(translator, term->formula, TYPE_DOUBLE);
	return term->formula != NULL;
}

/* By its text, for a cast alone keeps 15 digits.  Where affinity makes an INTEGER
 * of a whole number in the range, all digits of that count. */
static const Formula *
real_as_numeric(Translator *translator, const Formula *real, bool whole)
{
	const Formula *list[3];
	const Formula *number = translator_cast(translator,
	    translator_cast(translator, real, TYPE_TEXT), TYPE_NUMERIC);

	if (!whole)
		return number;
	list[0] = translator_two(translator, FORMULA_GT, real,
	    translator_literal(translator, TYPE_DOUBLE, FIRST_INTEGER));
	list[1] = translator_two(translator, FORMULA_LT, real,
	    translator_literal(translator, TYPE_DOUBLE, PAST_INTEGERS));
	list[2] = translator_two(translator, FORMULA_EQ, real,
	    translator_one(translator, FORMULA_TRUNCATE, real));
	list[0] = translator_call(translator, FORMULA_AND, list, 3);
	list[1] = translator_cast(translator,
	    translator_cast(translator, real, TYPE_BIGINT), TYPE_NUMERIC);
	list[2] = number;
	return translator_call(translator, FORMULA_CASE, list, 3);
}

/* numeric(p,s) would round; without them it takes everything. */
static bool
assign_numeric(
    Translator *translator, Term *term, const TranslateWanted *wanted)
{
	bool whole = term->class == TERM_INTEGER;
	bool same = term->class == TERM_NUMBER &&
	    term->type.name == TYPE_NUMERIC && wanted->type.precision == 0;
	bool real = term->class == TERM_REAL && wanted->type.precision == 0;

	if (wanted->affinity == AFFINITY_TEXT || (!whole && !same && !real))
		return refuse_type(translator, wanted->type);
	if (!term_make_plain(translator, term))
		return false;
	term->formula = real
	    ? real_as_numeric(translator, term->formula,
		  wanted->affinity == AFFINITY_NUMERIC ||
		      wanted->affinity == AFFINITY_INTEGER)
	    : translator_cast(translator, term->formula, TYPE_NUMERIC);
	return term->formula != NULL;
}

/* A number becomes text by TEXT affinity; text that looks like a number becomes
 * one by the others. */
static bool
assign_text(Translator *translator, Term *term, const TranslateWanted *wanted)
{
	if (wanted->affinity != AFFINITY_TEXT &&
	    (term->class != TERM_TEXT || wanted->affinity != AFFINITY_BLOB))
		return refuse_type(translator, wanted->type);
	return term_make_text(translator, term);
}

static bool
assign_boolean(
    Translator *translator, Term *term, const TranslateWanted *wanted)
{
	if (term->class != TERM_INTEGER || wanted->affinity == AFFINITY_TEXT ||
	    wanted->affinity == AFFINITY_REAL)
		return refuse_type(translator, wanted->type);
	if (term->literal &&
	    (term->value.integer == 0 || term->value.integer == 1))
		return term_condition(translator, term, &term->formula);
	return term->type.name == TYPE_BOOLEAN ||
	    refuse_type(translator, wanted->type);
}

/* The term as a value that the column stores: SQLite's affinity, then what
 * becomes of such a value in the column's type.  A varchar's length is left to
 * the column, for a cast would cut. */
static bool
assign(Translator *translator, Term *term, const TranslateWanted *wanted)
{
	TypeName type = wanted->type.name;

	if (term->class == TERM_NULL) {
		term->formula = formula_literal(
		    wanted->type, NULL, translator->arena, translator->err);
		return term->formula != NULL;
	}
	if (term->format != NULL && type != TYPE_TEXT && type != TYPE_VARCHAR &&
	    !is_integral(type))
		return moment_assign(translator, term, wanted->type);
	if (is_integral(type))
		return assign_integer(translator, term, wanted);
	if (type == TYPE_DOUBLE)
		return assign_double(translator, term, wanted);
	if (type == TYPE_NUMERIC)
		return assign_numeric(translator, term, wanted);
	if (type == TYPE_TEXT || type == TYPE_VARCHAR)
		return assign_text(translator, term, wanted);
	if (type == TYPE_BOOLEAN)
		return assign_boolean(translator, term, wanted);
	if (type == TYPE_BYTEA && term->class == TERM_BLOB)
		return true;
	return refuse_type(translator, wanted->type);
}

static bool
is_text(TypeName type)
{
	return type == TYPE_TEXT || type == TYPE_VARCHAR;
}

/* A text as an index compares it; other types have no letters that could be of
 * two cases, nor blanks. */
static bool
collate(Translator *translator, Term *term, const char *collation)
{
	if (!is_text(term->type.name))
		return true;
	if (collation == NULL)
		collation = term->collation;
	if (collation == NULL || sqlexpr_same_name(collation, "BINARY"))
		return true;
	term->formula =
	    compare_collated(translator, term->formula, collation, false);
	return term->formula != NULL;
}

static bool
key(Translator *translator, Term *term, const char *collation)
{
	if (term->class == TERM_UNKNOWN)
		return term_make_plain(translator, term);
	if (term->class == TERM_TEXT && !is_text(term->type.name) &&
	    !term->uniform && !term_make_text(translator, term))
		return false;
	return collate(translator, term, collation);
}

static bool
translate_term(Translator *translator, const SqlExpr *expr,
    const TranslateWanted *wanted, const Formula **formula)
{
	Term term;

	switch (wanted->use) {
	case TRANSLATE_CHECK:
	case TRANSLATE_CONDITION:
		return operation_condition(translator, expr, formula);
	case TRANSLATE_KEY:
		if (!operation_term(translator, expr, &term) ||
		    !key(translator, &term, wanted->collation))
			return false;
		break;
	case TRANSLATE_GENERATED:
	case TRANSLATE_DEFAULT:
		if (!operation_value(translator, expr, &term) ||
		    !assign(translator, &term, wanted))
			return false;
		break;
	}
	*formula = term.formula;
	return true;
}

/* Fill the translation from what became of it; false: out of memory. */
static bool
conclude(const Translator *translator, bool done, const Formula *formula,
    Translation *translation)
{
	*translation = (Translation){ 0 };
	if (done && formula->depth <= FORMULA_DEPTH &&
	    formula->nodes <= FORMULA_NODES) {
		translation->formula = formula;
		translation->note = translator->note;
		return true;
	}
	translation->reason =
	    done ? "the expression is too long" : translator->reason;
	return translation->reason != NULL;
}

bool
translate(const char *text, const TranslateTable *table,
    const TranslateWanted *wanted, Translation *translation, Arena *arena,
    Error *err)
{
	Translator translator = {
		.table = table, .use = wanted->use, .arena = arena, .err = err
	};
	const Formula *formula = NULL;
	const SqlExpr *expr;
	bool done;

	if (!sqlexpr_parse(text, &expr, &translator.reason, arena, err))
		return false;
	done =
	    expr != NULL && translate_term(&translator, expr, wanted, &formula);
	return conclude(&translator, done, formula, translation);
}

bool
translate_column(int column, const char *collation, const TranslateTable *table,
    Translation *translation, Arena *arena, Error *err)
{
	Translator translator = {
		.table = table, .use = TRANSLATE_KEY, .arena = arena, .err = err
	};
	const Formula *plain;
	Term term;
	bool done;

	done = term_column(&translator, column, &term);
	plain = done ? term.formula : NULL;
	done = done && collate(&translator, &term, collation);
	if (!conclude(&translator, done, term.formula, translation))
		return false;
	if (translation->formula == plain)
		translation->formula = NULL;
	return true;
}
