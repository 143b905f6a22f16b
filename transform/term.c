#include "transform/term.h"

#include <math.h>
#include <string.h>

#include "formats/number.h"
#include "transform/moment.h"

/* Up to here every integer is a double, and every double that is an integer is
 * written with all its digits. */
#define EXACT_LIMIT ((int64_t)1 << 53)

bool
term_of(Term *term, TermClass class, TypeName type, const Formula *formula)
{
	*term = (Term){ .class = class, .type.name = type, .formula = formula };
	return formula != NULL;
}

bool
term_of_boolean(Term *term, const Formula *condition)
{
	term_of(term, TERM_INTEGER, TYPE_BOOLEAN, condition);
	term->has_minimum = true;
	return condition != NULL;
}

const char *
term_name(Translator *translator, const Term *term)
{
	const char *name = NULL;

	if (term->name != NULL)
		name = arena_format(translator->arena, translator->err,
		    "column \"%s\"", term->name);
	return name != NULL ? name : "a value";
}

static const Formula *
real_literal(Translator *translator, TypeName type, double real)
{
	uint8_t text[NUMBER_REAL_BYTES + 1];

	text[number_write_real(text, real)] = '\0';
	return translator_literal(translator, type, (const char *)text);
}

static const Formula *
text_literal(Translator *translator, const Value *value)
{
	const char *text = arena_format(translator->arena, translator->err,
	    "%.*s", (int)value->size,
	    value->size > 0 ? (const char *)value->bytes : "");

	return text == NULL ? NULL
			    : translator_literal(translator, TYPE_TEXT, text);
}

static const Formula *
blob_literal(Translator *translator, const Value *value)
{
	static const char digits[] = "0123456789abcdef";
	char *text = arena_alloc(
	    translator->arena, 2 * value->size + 3, 1, translator->err);

	if (text == NULL)
		return NULL;
	text[0] = '\\';
	text[1] = 'x';
	for (size_t i = 0; i < value->size; i++) {
		text[2 * i + 2] = digits[value->bytes[i] >> 4];
		text[2 * i + 3] = digits[value->bytes[i] & 15];
	}
	return translator_literal(translator, TYPE_BYTEA, text);
}

bool
term_of_value(Translator *translator, const Value *value, Term *term)
{
	switch (value->class) {
	case VALUE_NULL:
		return term_of(term, TERM_NULL, TYPE_TEXT,
		    translator_literal(translator, TYPE_TEXT, NULL));
	case VALUE_INTEGER:
		term_of(term, TERM_INTEGER, TYPE_BIGINT,
		    translator_integer(
			translator, TYPE_BIGINT, value->integer));
		term->has_minimum = true;
		term->minimum = value->integer;
		break;
	case VALUE_REAL:
		term_of(term, TERM_REAL, TYPE_DOUBLE,
		    real_literal(translator, TYPE_DOUBLE, value->real));
		break;
	case VALUE_TEXT:
		term_of(term, TERM_TEXT, TYPE_TEXT,
		    text_literal(translator, value));
		break;
	case VALUE_BLOB:
		term_of(term, TERM_BLOB, TYPE_BYTEA,
		    blob_literal(translator, value));
		break;
	case VALUE_CLASSES:
		return false;
	}
	term->literal = true;
	term->value = *value;
	return term->formula != NULL;
}

static bool
is_integral(TypeName type)
{
	return type == TYPE_BIGINT || type == TYPE_INTEGER ||
	    type == TYPE_SMALLINT;
}

static bool
refuse_class(Translator *translator, const Term *term, const char *what)
{
	char sql[TYPE_SQL_BYTES];

	if (term->class == TERM_UNKNOWN)
		return translator_refuse(translator,
		    "the values of %s are not of the one class that %s stands "
		    "for",
		    term_name(translator, term), type_sql(term->type, sql));
	return translator_refuse(translator, "%s, which is %s here, %s",
	    term_name(translator, term), type_sql(term->type, sql), what);
}

static bool
make_type(Translator *translator, Term *term, TypeName type)
{
	term->formula = translator_cast(translator, term->formula, type);
	term->type = (Type){ .name = type };
	return term->formula != NULL;
}

bool
term_make_plain(Translator *translator, Term *term)
{
	switch (term->class) {
	case TERM_NULL:
	case TERM_NUMBER:
		return true;
	case TERM_INTEGER:
		if (term->type.name == TYPE_BIGINT)
			return true;
		if (term->type.name == TYPE_BOOLEAN &&
		    !make_type(translator, term, TYPE_INTEGER))
			return false;
		return make_type(translator, term, TYPE_BIGINT);
	case TERM_REAL:
		return term->type.name == TYPE_DOUBLE ||
		    make_type(translator, term, TYPE_DOUBLE);
	case TERM_TEXT:
		return term_make_text(translator, term);
	case TERM_BLOB:
		return true;
	case TERM_UNKNOWN:
		break;
	}
	return refuse_class(translator, term, "");
}

bool
term_make_text(Translator *translator, Term *term)
{
	if (term->class == TERM_NULL)
		return term_of(term, TERM_NULL, TYPE_TEXT,
		    translator_literal(translator, TYPE_TEXT, NULL));
	if (term->class == TERM_INTEGER) {
		if (!term_make_plain(translator, term) ||
		    !make_type(translator, term, TYPE_TEXT))
			return false;
		term->class = TERM_TEXT;
		term->literal = false;
		term->has_minimum = false;
		return true;
	}
	if (term->class != TERM_TEXT)
		return refuse_class(
		    translator, term, "has another text form in PostgreSQL");
	if (term->type.name == TYPE_TEXT || term->type.name == TYPE_VARCHAR)
		return true;
	if (term->format != NULL)
		return moment_make_text(translator, term);
	if (term->type.name == TYPE_JSON ||
	    (term->uniform && is_integral(term->type.name)))
		return make_type(translator, term, TYPE_TEXT);
	return refuse_class(
	    translator, term, "has no longer the text that it had");
}

bool
term_literal_number(Translator *translator, Term *term)
{
	const uint8_t *text = term->value.bytes;
	size_t size = term->value.size;
	Value value;
	const char *digits;

	if (!term->literal || term->class != TERM_TEXT ||
	    !number_looks_numeric(text, size))
		return true;
	for (; size > 0 && (*text == ' ' || (*text >= '\t' && *text <= '\r'));
	     size--)
		text++;
	while (size > 0 &&
	    (text[size - 1] == ' ' ||
		(text[size - 1] >= '\t' && text[size - 1] <= '\r')))
		size--;
	digits = arena_format(translator->arena, translator->err, "%.*s",
	    (int)size, (const char *)text);
	if (digits == NULL)
		return false;
	value = sqlexpr_number(
	    digits + (*digits == '-' || *digits == '+'), *digits == '-');
	return value.class == VALUE_NULL ||
	    term_of_value(translator, &value, term);
}

bool
term_make_number(Translator *translator, Term *term)
{
	if (term->class == TERM_NULL)
		return term_of(term, TERM_NULL, TYPE_BIGINT,
		    translator_literal(translator, TYPE_BIGINT, NULL));
	if (!term_literal_number(translator, term))
		return false;
	if (term->class == TERM_INTEGER || term->class == TERM_REAL)
		return term_make_plain(translator, term);
	if (term->class == TERM_NUMBER)
		return translator_refuse(translator,
		    "arithmetic with %s, whose values may be integers or "
		    "reals, has other results in PostgreSQL",
		    term_name(translator, term));
	if (term->class != TERM_TEXT || !is_integral(term->type.name))
		return refuse_class(
		    translator, term, "is no number to calculate with");
	term->class = TERM_INTEGER;
	return term_make_plain(translator, term);
}

bool
term_make_integer(Translator *translator, Term *term)
{
	if (term->class == TERM_NULL)
		return term_make_number(translator, term);
	if (term->class != TERM_INTEGER)
		return refuse_class(translator, term, "is no integer");
	return term_make_plain(translator, term);
}

bool
term_condition(Translator *translator, Term *term, const Formula **condition)
{
	const Formula *zero;

	if (term->class == TERM_NULL) {
		*condition = translator_literal(translator, TYPE_BOOLEAN, NULL);
		return *condition != NULL;
	}
	if (!term_literal_number(translator, term))
		return false;
	if (term->class == TERM_INTEGER && term->type.name == TYPE_BOOLEAN) {
		*condition = term->formula;
		return true;
	}
	if (term->literal && term->class == TERM_INTEGER) {
		*condition = translator_literal(translator, TYPE_BOOLEAN,
		    term->value.integer != 0 ? "true" : "false");
		return *condition != NULL;
	}
	if (term->class != TERM_INTEGER && term->class != TERM_REAL &&
	    term->class != TERM_NUMBER)
		return refuse_class(
		    translator, term, "is no number to be taken as a truth");
	zero = translator_literal(translator, term->type.name, "0");
	*condition =
	    translator_two(translator, FORMULA_NE, term->formula, zero);
	return *condition != NULL;
}

bool
term_real_as_numeric(Translator *translator, Term *term)
{
	if (!(fabs(term->value.real) <= (double)EXACT_LIMIT))
		return translator_refuse(translator,
		    "a real this large compares with integers otherwise");
	term->formula =
	    real_literal(translator, TYPE_NUMERIC, term->value.real);
	term->type = (Type){ .name = TYPE_NUMERIC };
	term->class = TERM_NUMBER;
	return term->formula != NULL;
}

bool
term_make_double(Translator *translator, Term *term)
{
	if (term->type.name == TYPE_DOUBLE)
		return true;
	if (term->literal && term->class == TERM_INTEGER) {
		int64_t integer = term->value.integer;

		if (integer < -EXACT_LIMIT || integer > EXACT_LIMIT)
			return translator_refuse(translator,
			    "an integer this large compares with reals "
			    "otherwise");
		term->formula =
		    real_literal(translator, TYPE_DOUBLE, (double)integer);
		term->type = (Type){ .name = TYPE_DOUBLE };
		return term->formula != NULL;
	}
	if (term->type.name == TYPE_INTEGER || term->type.name == TYPE_SMALLINT)
		return make_type(translator, term, TYPE_DOUBLE);
	if (term->type.name == TYPE_BOOLEAN)
		return make_type(translator, term, TYPE_INTEGER) &&
		    make_type(translator, term, TYPE_DOUBLE);
	return translator_refuse(translator,
	    "%s may hold numbers that are no double precision",
	    term_name(translator, term));
}
