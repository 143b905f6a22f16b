#include "transform/term.h"

/* What n terms are together; *number: some are REAL, others INTEGER. */
static bool
find_class(const Term *terms, size_t n, TermClass *class, bool *boolean)
{
	*class = TERM_NULL;
	*boolean = true;
	for (size_t i = 0; i < n; i++) {
		TermClass one = terms[i].class;

		if (one == TERM_NULL)
			continue;
		if (terms[i].type.name != TYPE_BOOLEAN)
			*boolean = false;
		if (*class == TERM_NULL || *class == one)
			*class = one;
		else if (one <= TERM_NUMBER && *class <= TERM_NUMBER)
			*class = TERM_NUMBER;
		else
			return false;
	}
	return *class != TERM_UNKNOWN;
}

/* The type in which numbers of several kinds are the same: numeric where one is
 * numeric, else double precision. */
static TypeName
type_of_numbers(const Term *terms, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (terms[i].class == TERM_NUMBER &&
		    terms[i].type.name == TYPE_NUMERIC)
			return TYPE_NUMERIC;
	return TYPE_DOUBLE;
}

static bool
make_number(Translator *translator, Term *term, TypeName type)
{
	if (!term_make_plain(translator, term))
		return false;
	if (type == TYPE_DOUBLE)
		return term_make_double(translator, term);
	if (term->type.name == TYPE_NUMERIC)
		return true;
	if (term->class == TERM_INTEGER) {
		term->formula =
		    translator_cast(translator, term->formula, type);
		return term->formula != NULL;
	}
	if (term->literal && term->class == TERM_REAL)
		return term_real_as_numeric(translator, term);
	return translator_refuse(translator,
	    "%s may hold numbers that numeric has otherwise",
	    term_name(translator, term));
}

static TypeName
type_of(const Term *terms, size_t n, TermClass class, bool boolean)
{
	switch (class) {
	case TERM_INTEGER:
		return boolean ? TYPE_BOOLEAN : TYPE_BIGINT;
	case TERM_REAL:
		return TYPE_DOUBLE;
	case TERM_NUMBER:
		return type_of_numbers(terms, n);
	case TERM_BLOB:
		return TYPE_BYTEA;
	case TERM_NULL:
	case TERM_TEXT:
	case TERM_UNKNOWN:
		break;
	}
	return TYPE_TEXT;
}

bool
term_unify(Translator *translator, Term *terms, size_t n, Term *like)
{
	TermClass class;
	TypeName type;
	bool boolean;

	if (!find_class(terms, n, &class, &boolean))
		return translator_refuse(
		    translator, "its values are of several classes");
	type = type_of(terms, n, class, boolean);
	*like = (Term){ .class = class, .type.name = type };
	for (size_t i = 0; i < n; i++) {
		Term *term = &terms[i];

		if (term->class == TERM_NULL)
			term->formula =
			    translator_literal(translator, type, NULL);
		else if (class == TERM_NUMBER) {
			if (!make_number(translator, term, type))
				return false;
		} else if (type != TYPE_BOOLEAN &&
		    !term_make_plain(translator, term)) {
			return false;
		}
		if (term->formula == NULL)
			return false;
	}
	return true;
}
