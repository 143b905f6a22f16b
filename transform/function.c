#include "transform/function.h"

#include <stdlib.h>
#include <string.h>

#include "transform/compare.h"
#include "transform/moment.h"
#include "transform/operation.h"

/* SQLite's own limit of a function's arguments is 127. */
#define ARGUMENTS_LIMIT 127
/* From there on a double has no fraction, and round() leaves it. */
#define WHOLE_REALS "4503599627370496"

typedef struct {
	const char *name;
	size_t least, most;
	bool (*make)(Translator *translator, Term *terms, size_t n, Term *term);
} Function;

static bool
null_of(Translator *translator, Type type, const Formula **null)
{
	*null = formula_literal(type, NULL, translator->arena, translator->err);
	return *null != NULL;
}

static bool
coalesce(Translator *translator, Term *terms, size_t n, Term *term)
{
	const Formula *list[ARGUMENTS_LIMIT];

	if (!term_unify(translator, terms, n, term))
		return false;
	for (size_t i = 0; i < n; i++)
		list[i] = terms[i].formula;
	term->formula = translator_call(translator, FORMULA_COALESCE, list, n);
	return term->formula != NULL;
}

/* Compares without affinity: '5' is not 5 here. */
static bool
nullif(Translator *translator, Term *terms, size_t n, Term *term)
{
	const Formula *equal, *null;

	(void)n;
	if (!compare_terms(translator, SQLEXPR_EQ, terms, false, &equal) ||
	    !term_make_plain(translator, &terms[0]) ||
	    !null_of(translator, terms[0].type, &null))
		return false;
	return term_of(term, terms[0].class, terms[0].type.name,
	    translator_three(
		translator, FORMULA_CASE, equal, null, terms[0].formula));
}

static bool
iif(Translator *translator, Term *terms, size_t n, Term *term)
{
	const Formula *condition;

	(void)n;
	if (!term_condition(translator, &terms[0], &condition) ||
	    !term_unify(translator, terms + 1, 2, term))
		return false;
	term->formula = translator_three(translator, FORMULA_CASE, condition,
	    terms[1].formula, terms[2].formula);
	return term->formula != NULL;
}

/* What all non-NULL values give. */
static const Formula *
unless_null(Translator *translator, const Term *of, const Formula *null,
    const Formula *then)
{
	return translator_three(translator, FORMULA_CASE,
	    translator_one(translator, FORMULA_IS_NULL, of->formula), null,
	    then);
}

static bool
count_term(Term *term, const Formula *count)
{
	term_of(term, TERM_INTEGER, TYPE_INTEGER, count);
	term->has_minimum = true;
	return count != NULL;
}

/* In characters; of a BLOB in bytes; of a number in digits. */
static bool
length(Translator *translator, Term *terms, size_t n, Term *term)
{
	Term *of = &terms[0];
	const Formula *null;

	(void)n;
	if (of->class == TERM_BLOB)
		return count_term(term,
		    translator_one(translator, FORMULA_BYTES, of->formula));
	if (of->class == TERM_TEXT && of->uniform && of->format == NULL &&
	    (of->type.name == TYPE_DATE || of->type.name == TYPE_UUID)) {
		if (!null_of(translator, (Type){ .name = TYPE_INTEGER }, &null))
			return false;
		return count_term(term,
		    unless_null(translator, of, null,
			translator_integer(translator, TYPE_INTEGER,
			    of->type.name == TYPE_DATE ? 10 : 36)));
	}
	return term_make_text(translator, of) &&
	    count_term(term,
		translator_one(translator, FORMULA_CHARACTERS, of->formula));
}

/* ASCII letters alone, as the "C" collation knows them. */
static bool
change_case(
    Translator *translator, FormulaOperation operation, Term *of, Term *term)
{
	return term_make_text(translator, of) &&
	    term_of(term, TERM_TEXT, TYPE_TEXT,
		translator_one(translator, operation,
		    translator_one(
			translator, FORMULA_COLLATE_C, of->formula)));
}

static bool
lower(Translator *translator, Term *terms, size_t n, Term *term)
{
	(void)n;
	return change_case(translator, FORMULA_LOWER, terms, term);
}

static bool
upper(Translator *translator, Term *terms, size_t n, Term *term)
{
	(void)n;
	return change_case(translator, FORMULA_UPPER, terms, term);
}

/* A function of texts alone that PostgreSQL has as well. */
static bool
of_texts(Translator *translator, FormulaOperation operation, Term *terms,
    size_t n, Term *term)
{
	const Formula *list[ARGUMENTS_LIMIT];

	for (size_t i = 0; i < n; i++) {
		if (!term_make_text(translator, &terms[i]))
			return false;
		list[i] = terms[i].formula;
	}
	return term_of(term, TERM_TEXT, TYPE_TEXT,
	    translator_call(translator, operation, list, n));
}

static bool
trim(Translator *translator, Term *terms, size_t n, Term *term)
{
	return of_texts(translator, FORMULA_TRIM, terms, n, term);
}

static bool
trim_left(Translator *translator, Term *terms, size_t n, Term *term)
{
	return of_texts(translator, FORMULA_TRIM_LEFT, terms, n, term);
}

static bool
trim_right(Translator *translator, Term *terms, size_t n, Term *term)
{
	return of_texts(translator, FORMULA_TRIM_RIGHT, terms, n, term);
}

static bool
replace(Translator *translator, Term *terms, size_t n, Term *term)
{
	return of_texts(translator, FORMULA_REPLACE, terms, n, term);
}

static bool
instr(Translator *translator, Term *terms, size_t n, Term *term)
{
	return of_texts(translator, FORMULA_POSITION, terms, n, term) &&
	    count_term(term, term->formula);
}

/* A position or count that is at least so much, as PostgreSQL's integer; what is
 * past all texts is cut down to that. */
static bool
make_count(Translator *translator, Term *term, int64_t least)
{
	if (!term_make_integer(translator, term))
		return false;
	if (!term->has_minimum || term->minimum < least)
		return translator_refuse(translator,
		    "substr() from the end, or of a length that may be "
		    "negative, is not translated");
	if (term->literal)
		term->formula = translator_integer(translator, TYPE_INTEGER,
		    term->value.integer > INT32_MAX ? INT32_MAX
						    : term->value.integer);
	else
		term->formula =
		    translator_cast(translator, term->formula, TYPE_INTEGER);
	return term->formula != NULL;
}

/* From a literal -n on: the last n characters. */
static bool
tail(Translator *translator, Term *terms, Term *term)
{
	return term_of(term, TERM_TEXT, TYPE_TEXT,
	    translator_two(translator, FORMULA_RIGHT, terms[0].formula,
		translator_integer(
		    translator, TYPE_INTEGER, -terms[1].value.integer)));
}

static bool
substr(Translator *translator, Term *terms, size_t n, Term *term)
{
	const Formula *list[3];

	if (!term_make_text(translator, &terms[0]))
		return false;
	if (n == 2 && terms[1].literal && terms[1].class == TERM_INTEGER &&
	    terms[1].value.integer < 0 && terms[1].value.integer >= -INT32_MAX)
		return tail(translator, terms, term);
	list[0] = terms[0].formula;
	for (size_t i = 1; i < n; i++) {
		if (!make_count(translator, &terms[i], i == 1))
			return false;
		list[i] = terms[i].formula;
	}
	return term_of(term, TERM_TEXT, TYPE_TEXT,
	    translator_call(translator, FORMULA_SUBSTRING, list, n));
}

static bool
absolute(Translator *translator, Term *terms, size_t n, Term *term)
{
	(void)n;
	/* Of a text that is an integer abs() is REAL. */
	if (terms->class == TERM_TEXT)
		return translator_refuse(
		    translator, "abs() of text is not translated");
	if (terms->class != TERM_NUMBER && !term_make_number(translator, terms))
		return false;
	term_of(term, terms->class, terms->type.name,
	    translator_one(translator, FORMULA_ABS, terms->formula));
	term->has_minimum = terms->class == TERM_INTEGER;
	return term->formula != NULL;
}

/* Half goes away from zero: trunc(x + 0.5); the zero makes -0.0 a 0.0. */
static const Formula *
rounded(Translator *translator, const Formula *real)
{
	const Formula *half =
	    translator_literal(translator, TYPE_DOUBLE, "0.5");
	const Formula *zero =
	    translator_literal(translator, TYPE_DOUBLE, "0.0");
	const Formula *limit =
	    translator_literal(translator, TYPE_DOUBLE, WHOLE_REALS);
	const Formula *below =
	    translator_two(translator, FORMULA_SUBTRACT, real, half);
	const Formula *above =
	    translator_two(translator, FORMULA_ADD, real, half);
	const Formula *list[5];

	list[0] = translator_two(translator, FORMULA_GE,
	    translator_one(translator, FORMULA_ABS, real), limit);
	list[1] = real;
	list[2] = translator_two(translator, FORMULA_LT, real, zero);
	list[3] = translator_two(translator, FORMULA_ADD,
	    translator_one(translator, FORMULA_TRUNCATE, below), zero);
	list[4] = translator_one(translator, FORMULA_TRUNCATE, above);
	return translator_call(translator, FORMULA_CASE, list, 5);
}

/* To digits behind the point SQLite rounds the text, which PostgreSQL cannot. */
static bool
round_term(Translator *translator, Term *terms, size_t n, Term *term)
{
	const Formula *real;

	if (n == 2 &&
	    (!terms[1].literal || terms[1].class != TERM_INTEGER ||
		terms[1].value.integer != 0))
		return translator_refuse(translator,
		    "round() to digits behind the point is not translated");
	if (terms->class != TERM_NUMBER && !term_make_number(translator, terms))
		return false;
	real = terms->type.name == TYPE_DOUBLE
	    ? terms->formula
	    : translator_cast(translator, terms->formula, TYPE_DOUBLE);
	return term_of(term, TERM_REAL, TYPE_DOUBLE, rounded(translator, real));
}

/* min() and max() of several: NULL where one is NULL; PostgreSQL's pass NULLs
 * over. */
static bool
extreme(Translator *translator, FormulaOperation operation, Term *terms,
    size_t n, Term *term)
{
	const Formula *list[ARGUMENTS_LIMIT], *nulls[ARGUMENTS_LIMIT], *null;

	for (size_t i = 0; i < n; i++)
		if (terms[i].collation != NULL &&
		    !sqlexpr_same_name(terms[i].collation, "BINARY"))
			return translator_refuse(translator,
			    "min() and max() by a collation are not "
			    "translated");
	if (!term_unify(translator, terms, n, term))
		return false;
	if (term->type.name == TYPE_BOOLEAN ||
	    (term->class == TERM_TEXT && translator->table != NULL &&
		translator->table->utf16))
		return translator_refuse(
		    translator, "min() and max() of these are not translated");
	for (size_t i = 0; i < n; i++) {
		nulls[i] = translator_one(
		    translator, FORMULA_IS_NULL, terms[i].formula);
		list[i] = term->class == TERM_TEXT
		    ? translator_one(
			  translator, FORMULA_COLLATE_C, terms[i].formula)
		    : terms[i].formula;
	}
	if (!null_of(translator, term->type, &null))
		return false;
	term->formula = translator_three(translator, FORMULA_CASE,
	    translator_call(translator, FORMULA_OR, nulls, n), null,
	    translator_call(translator, operation, list, n));
	return term->formula != NULL;
}

static bool
least(Translator *translator, Term *terms, size_t n, Term *term)
{
	return extreme(translator, FORMULA_LEAST, terms, n, term);
}

static bool
greatest(Translator *translator, Term *terms, size_t n, Term *term)
{
	return extreme(translator, FORMULA_GREATEST, terms, n, term);
}

static bool
type_of(Translator *translator, Term *terms, size_t n, Term *term)
{
	static const char *const names[] = {
		[TERM_INTEGER] = "integer",
		[TERM_REAL] = "real",
		[TERM_TEXT] = "text",
		[TERM_BLOB] = "blob",
	};
	const Formula *null = translator_literal(translator, TYPE_TEXT, "null");

	(void)n;
	if (terms->class == TERM_NULL)
		return term_of(term, TERM_TEXT, TYPE_TEXT, null);
	if (terms->class == TERM_NUMBER || terms->class == TERM_UNKNOWN)
		return translator_refuse(translator,
		    "the class of %s is not known, nor is typeof()",
		    term_name(translator, terms));
	return term_of(term, TERM_TEXT, TYPE_TEXT,
	    unless_null(translator, terms, null,
		translator_literal(
		    translator, TYPE_TEXT, names[terms->class])));
}

/* What is json in PostgreSQL is valid.  NULL is not before SQLite 3.45, and then
 * no CHECK let it in, NULL from there on. */
static bool
json_valid(Translator *translator, Term *terms, size_t n, Term *term)
{
	const Formula *null;

	(void)n;
	if (terms->class != TERM_TEXT ||
	    (terms->type.name != TYPE_JSON && terms->type.name != TYPE_JSONB))
		return translator_refuse(translator,
		    "json_valid() is translated of columns that become json");
	if (!null_of(translator, (Type){ .name = TYPE_BOOLEAN }, &null))
		return false;
	return term_of_boolean(term,
	    unless_null(translator, terms, null,
		translator_literal(translator, TYPE_BOOLEAN, "true")));
}

/* By name. */
static const Function functions[] = {
	{ "abs", 1, 1, absolute },
	{ "coalesce", 2, ARGUMENTS_LIMIT, coalesce },
	{ "ifnull", 2, 2, coalesce },
	{ "iif", 3, 3, iif },
	{ "instr", 2, 2, instr },
	{ "json_valid", 1, 1, json_valid },
	{ "length", 1, 1, length },
	{ "lower", 1, 1, lower },
	{ "ltrim", 1, 2, trim_left },
	{ "max", 2, ARGUMENTS_LIMIT, greatest },
	{ "min", 2, ARGUMENTS_LIMIT, least },
	{ "nullif", 2, 2, nullif },
	{ "replace", 3, 3, replace },
	{ "round", 1, 2, round_term },
	{ "rtrim", 1, 2, trim_right },
	{ "substr", 2, 3, substr },
	{ "substring", 2, 3, substr },
	{ "trim", 1, 2, trim },
	{ "typeof", 1, 1, type_of },
	{ "upper", 1, 1, upper },
};

static int
compare_functions(const void *name, const void *function)
{
	return strcmp(name, ((const Function *)function)->name);
}

bool
function_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	const Function *function =
	    bsearch(expr->name, functions, sizeof functions / sizeof *functions,
		sizeof *functions, compare_functions);
	size_t n = expr->n_arguments;
	bool known = false;
	Term *terms;

	if (function == NULL) {
		if (!moment_term(translator, expr, term, &known))
			return false;
		return known ||
		    translator_refuse(
			translator, "%s() is not translated", expr->name);
	}
	if (n < function->least || n > function->most)
		return translator_refuse(translator,
		    "%s() of %zu values is not translated", expr->name, n);
	terms =
	    arena_alloc(translator->arena, n, sizeof(*terms), translator->err);
	if (terms == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!operation_value(translator, expr->arguments[i], &terms[i]))
			return false;
	return function->make(translator, terms, n, term);
}
