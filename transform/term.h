/*
 * term: a part of an expression, what it is in SQLite and its formula; for the
 * files of translator.h.
 */
#ifndef TRANSFORM_TERM_H
#define TRANSFORM_TERM_H

#include "transform/translator.h"

/* What class the term's values have in SQLite, NULL aside. */
typedef enum {
	TERM_NULL, /* always NULL */
	TERM_INTEGER,
	TERM_REAL,
	TERM_NUMBER, /* INTEGER or REAL */
	TERM_TEXT,
	TERM_BLOB,
	TERM_UNKNOWN, /* only whether it is NULL is known */
} TermClass;

/*
 * A part of the expression.  type is that of the formula: an INTEGER may be a
 * bigint, integer, smallint or boolean; a REAL double precision, numeric or
 * bigint; a NUMBER numeric or double precision; TEXT may be anything.
 */
typedef struct {
	const Formula *formula;
	TermClass class;
	Type type;
	bool literal;
	Value value;       /* of a literal */
	bool has_affinity; /* a column or CAST */
	Affinity affinity;
	const char *collation; /* NULL: none */
	bool explicit;         /* by COLLATE */
	bool now;              /* a moment that is not the row's */
	/* A moment's text, as strftime() has it: of the timestamp in this
	 * format.  formula is what it is as its type. */
	const Formula *moment;
	const char *format;
	bool uniform; /* TEXT of another type: it is the type's text form */
	bool zoned;   /* TEXT as a timestamptz: not read as UTC, or not all */
	const char *name; /* of a column, for messages; else NULL */
	bool has_minimum; /* an INTEGER is at least */
	int64_t minimum;
} Term;

bool term_of_value(Translator *translator, const Value *value, Term *term);
bool term_of_boolean(Term *term, const Formula *condition);
/* A term of a class, whose formula is of the type. */
bool
term_of(Term *term, TermClass class, TypeName type, const Formula *formula);
bool term_of_name(Translator *translator, const SqlExpr *expr, Term *term);
/* Is the name neither a column nor anything but this word? */
bool term_is_word(
    const Translator *translator, const SqlExpr *expr, const char *word);

/* Make the formula's type the usual one of its class: bigint, double precision,
 * text, bytea; a NUMBER stays what it is. */
bool term_make_plain(Translator *translator, Term *term);
/* Make it INTEGER (bigint) or REAL (double precision), as arithmetic does. */
bool term_make_number(Translator *translator, Term *term);
/* Make it TEXT (text), as || does. */
bool term_make_text(Translator *translator, Term *term);
/* Make it INTEGER (bigint), without conversion. */
bool term_make_integer(Translator *translator, Term *term);
bool
term_condition(Translator *translator, Term *term, const Formula **condition);
/* Give n terms one class and plain type, and *like the same without a formula. */
bool term_unify(Translator *translator, Term *terms, size_t n, Term *like);
/* A literal TEXT that SQLite takes for a number becomes that number. */
bool term_literal_number(Translator *translator, Term *term);
/* A real as a numeric that compares the same with integers. */
bool term_real_as_numeric(Translator *translator, Term *term);
/* Make it double precision, where that changes no number. */
bool term_make_double(Translator *translator, Term *term);
/* A column of the source by its index. */
bool term_column(Translator *translator, int column, Term *term);
/* What a message calls it: its column, or "a value". */
const char *term_name(Translator *translator, const Term *term);

#endif
