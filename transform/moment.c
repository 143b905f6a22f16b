#include "transform/moment.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "formats/bytes.h"
#include "transform/modifier.h"
#include "transform/operation.h"

#define DATE_FORMAT   "%Y-%m-%d"
#define TIME_FORMAT   "%H:%M:%S"
#define MOMENT_FORMAT "%Y-%m-%d %H:%M:%S"

/* From the beginning of Julian days to 1970-01-01, as date.c counts. */
#define JULIAN_MILLISECONDS INT64_C(210866760000000)
#define DAY_MILLISECONDS    "86400000"

/* A conversion of strftime(): how to_char() writes it, and how it is got from a
 * timestamp by what is immutable. */
typedef struct {
	char letter;
	const char *to_char;
	FormulaOperation part;
	const char *digits; /* how many; NULL: only to_char() writes it */
} TimePart;

/* A moment, modifiers and all. */
typedef struct {
	const Formula *formula; /* a timestamp */
	bool now;
	bool subsecond; /* its seconds are wanted with three digits */
} Moment;

/* A format that says a whole moment or its date or time. */
typedef struct {
	const char *format;
	TypeName type;
} Whole;

static const TimePart conversions[] = {
	{ 'Y', "YYYY", FORMULA_YEAR_OF, "4" },
	{ 'm', "MM", FORMULA_MONTH_OF, "2" },
	{ 'd', "DD", FORMULA_DAY_OF, "2" },
	{ 'H', "HH24", FORMULA_HOUR_OF, "2" },
	{ 'M', "MI", FORMULA_MINUTE_OF, "2" },
	{ 'S', "SS", FORMULA_SECOND_OF, "2" },
	{ 'f', "SS.MS", FORMULA_SECOND_OF, NULL },
	{ 'j', "DDD", FORMULA_DAY_OF, NULL },
};

static const Whole wholes[] = {
	{ DATE_FORMAT, TYPE_DATE },
	{ TIME_FORMAT, TYPE_TIME },
	{ MOMENT_FORMAT, TYPE_TIMESTAMP },
	{ "%Y-%m-%d %H:%M:%f", TYPE_TIMESTAMP },
	{ "%Y-%m-%dT%H:%M:%S", TYPE_TIMESTAMP },
	{ "%Y-%m-%dT%H:%M:%f", TYPE_TIMESTAMP },
	{ "%Y-%m-%dT%H:%M:%SZ", TYPE_TIMESTAMP },
	{ "%Y-%m-%dT%H:%M:%fZ", TYPE_TIMESTAMP },
};

static const TimePart *
conversion_of(char letter)
{
	for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++)
		if (conversions[i].letter == letter)
			return &conversions[i];
	return NULL;
}

/* The format as to_char() has it: what is no conversion in double quotes. */
static bool
put_format(Translator *translator, const char *format, Buf *out)
{
	Error *err = translator->err;

	for (; *format != '\0'; format++) {
		const TimePart *conversion;

		if (*format != '%' || format[1] == '%') {
			format += *format == '%';
			if (*format == '"' || *format == '\\')
				return translator_refuse(translator,
				    "this format is not translated");
			if (!buf_put_format(out, err, "\"%c\"", *format))
				return false;
			continue;
		}
		conversion = conversion_of(*++format);
		if (conversion == NULL)
			return translator_refuse(translator,
			    "%%%c in a format is not translated", *format);
		if (!buf_put_text(out, conversion->to_char, err))
			return false;
	}
	return true;
}

static const Formula *
now_text(Translator *translator, const Formula *moment, const char *format)
{
	const Formula *made = NULL;
	Buf buf = { 0 };
	const char *text;

	if (put_format(translator, format, &buf)) {
		text = buf_text(&buf, translator->err);
		if (text != NULL)
			made = translator_two(translator, FORMULA_TIME_TEXT,
			    moment,
			    translator_literal(translator, TYPE_TEXT, text));
	}
	buf_free(&buf);
	return made;
}

/* A part of a timestamp as a bigint: its seconds are cut off. */
static const Formula *
part_of(
    Translator *translator, const Formula *moment, FormulaOperation operation)
{
	return translator_cast(translator,
	    translator_one(translator, FORMULA_FLOOR,
		translator_one(translator, operation, moment)),
	    TYPE_BIGINT);
}

/* A timestamp's text without to_char(), which is not immutable. */
static const Formula *
column_text(Translator *translator, const Formula *moment, const char *format)
{
	const Formula **parts = arena_alloc(translator->arena,
	    strlen(format) + 2, sizeof(*parts), translator->err);
	const Formula *zero = translator_literal(translator, TYPE_TEXT, "0");
	size_t n = 0;

	for (; parts != NULL && *format != '\0'; format++) {
		const TimePart *conversion;
		char plain[2] = { *format, '\0' };

		if (*format != '%' || format[1] == '%') {
			format += *format == '%';
			parts[n++] =
			    translator_literal(translator, TYPE_TEXT, plain);
			continue;
		}
		conversion = conversion_of(*++format);
		if (conversion == NULL || conversion->digits == NULL) {
			translator_refuse(translator,
			    "%%%c in a format is not translated", *format);
			return NULL;
		}
		parts[n++] = translator_three(translator, FORMULA_PAD_LEFT,
		    translator_cast(translator,
			part_of(translator, moment, conversion->part),
			TYPE_TEXT),
		    translator_literal(
			translator, TYPE_INTEGER, conversion->digits),
		    zero);
	}
	if (parts == NULL)
		return NULL;
	while (n < 2)
		parts[n++] = translator_literal(translator, TYPE_TEXT, "");
	return translator_call(translator, FORMULA_CONCATENATE, parts, n);
}

bool
moment_make_text(Translator *translator, Term *term)
{
	const Formula *text = term->now
	    ? now_text(translator, term->moment, term->format)
	    : column_text(translator, term->moment, term->format);

	return term_of(term, TERM_TEXT, TYPE_TEXT, text);
}

/* What a moment's text is when it is a value of a type. */
bool
moment_assign(Translator *translator, Term *term, Type type)
{
	char sql[TYPE_SQL_BYTES];
	const Formula *whole = term->formula;

	if (type.name == TYPE_TEXT || type.name == TYPE_VARCHAR)
		return moment_make_text(translator, term);
	if (type.name == TYPE_DATE && term->now &&
	    term->type.name == TYPE_TIMESTAMP)
		whole = translator_cast(translator, whole, TYPE_DATE);
	else if (type.name == TYPE_TIMESTAMP || type.name == TYPE_TIMESTAMPTZ) {
		if (term->type.name == TYPE_DATE)
			whole =
			    translator_cast(translator, whole, TYPE_TIMESTAMP);
		else if (term->type.name != TYPE_TIMESTAMP)
			whole = NULL;
		if (whole != NULL && type.name == TYPE_TIMESTAMPTZ)
			whole =
			    translator_one(translator, FORMULA_AT_UTC, whole);
	} else if (type.name != term->type.name) {
		whole = NULL;
	}
	if (whole == NULL)
		return translator_refuse(translator,
		    "a moment of this kind is no %s", type_sql(type, sql));
	term->formula = whole;
	term->type = type;
	return true;
}

/* Formats are taken apart by bytes. */
static bool
is_ascii(const char *format)
{
	for (; *format != '\0'; format++)
		if ((*format & 0x80) != 0)
			return false;
	return true;
}

/* A timestamp in a format, as TEXT: its type is the one that the format is the
 * text form of, a bigint for one of its numbers, else text. */
static bool
formatted(Translator *translator, const Formula *moment, bool now,
    const char *format, Term *term)
{
	const TimePart *conversion = NULL;

	*term = (Term){ .class = TERM_TEXT,
		.now = now,
		.moment = moment,
		.format = format };
	if (!is_ascii(format))
		return translator_refuse(
		    translator, "a format beyond ASCII is not translated");
	for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
		if (strcmp(wholes[i].format, format) != 0)
			continue;
		term->type.name = wholes[i].type;
		term->formula = strchr(format, 'f') != NULL
		    ? moment
		    : translator_one(translator, FORMULA_BEGIN_SECOND, moment);
		if (wholes[i].type != TYPE_TIMESTAMP)
			term->formula = translator_cast(
			    translator, term->formula, wholes[i].type);
		term->uniform = strcmp(format, DATE_FORMAT) == 0 ||
		    strcmp(format, MOMENT_FORMAT) == 0;
		return term->formula != NULL;
	}
	if (*format == '%' && strlen(format) == 2)
		conversion = conversion_of(format[1]);
	if (conversion == NULL || conversion->digits == NULL)
		return moment_make_text(translator, term);
	term->type.name = TYPE_BIGINT;
	term->formula = part_of(translator, moment, conversion->part);
	return term->formula != NULL;
}

static bool
seconds(
    Translator *translator, const Formula *moment, TermClass class, Term *term)
{
	term_of(term, class, TYPE_BIGINT,
	    part_of(translator, moment, FORMULA_EPOCH_OF));
	term->uniform = true;
	return term->formula != NULL;
}

/* Now with three digits of a second, which is what SQLite computes with: so many
 * milliseconds since an epoch, as a REAL in another unit. */
static bool
real_now(Translator *translator, const Moment *moment, int64_t epoch,
    const char *unit, Term *term)
{
	const Formula *count;

	if (!moment->now)
		return translator_refuse(translator,
		    "julianday() and 'subsec' are translated of 'now' only");
	count = translator_cast(translator,
	    translator_one(translator, FORMULA_FLOOR,
		translator_two(translator, FORMULA_MULTIPLY,
		    translator_one(
			translator, FORMULA_EPOCH_OF, moment->formula),
		    translator_integer(translator, TYPE_INTEGER, 1000))),
	    TYPE_BIGINT);
	if (epoch != 0)
		count = translator_two(translator, FORMULA_ADD, count,
		    translator_integer(translator, TYPE_BIGINT, epoch));
	return term_of(term, TERM_REAL, TYPE_DOUBLE,
	    translator_two(translator, FORMULA_DIVIDE,
		translator_cast(translator, count, TYPE_DOUBLE),
		translator_literal(translator, TYPE_DOUBLE, unit)));
}

/* A column's timestamp. */
static bool
column_moment(Translator *translator, const Term *of, const Formula **moment)
{
	*moment = of->formula;
	if (of->class == TERM_TEXT && !of->zoned && of->format == NULL) {
		if (of->type.name == TYPE_DATE)
			*moment = translator_cast(
			    translator, of->formula, TYPE_TIMESTAMP);
		else if (of->type.name == TYPE_TIMESTAMPTZ)
			*moment = translator_one(
			    translator, FORMULA_AT_UTC, of->formula);
		if (of->type.name == TYPE_DATE ||
		    of->type.name == TYPE_TIMESTAMPTZ ||
		    of->type.name == TYPE_TIMESTAMP)
			return *moment != NULL;
	}
	return translator_refuse(translator,
	    "%s is no moment of which the zone is known",
	    term_name(translator, of));
}

static bool
take_now(Translator *translator, Moment *moment)
{
	moment->now = true;
	moment->formula = translator_call(translator, FORMULA_NOW, NULL, 0);
	return translator->use == TRANSLATE_DEFAULT ||
	    translator_refuse(
		translator, "'now' is translated in defaults only");
}

/* CURRENT_TIMESTAMP, date('now') and their kind as what another function is
 * given: to the second, or to the day. */
static bool
is_text_of_now(const Term *term)
{
	return term->now && term->uniform &&
	    (term->type.name == TYPE_TIMESTAMP || term->type.name == TYPE_DATE);
}

static bool
take_moment(Translator *translator, const Term *term, Moment *moment)
{
	if (term->literal && term->class == TERM_TEXT &&
	    strcasecmp(term->formula->text, "now") == 0)
		return take_now(translator, moment);
	if (!is_text_of_now(term))
		return column_moment(translator, term, &moment->formula);
	moment->now = true;
	moment->formula = term->type.name == TYPE_DATE
	    ? translator_cast(translator, term->formula, TYPE_TIMESTAMP)
	    : term->formula;
	return moment->formula != NULL;
}

static bool
is_subsecond(const Term *term)
{
	return term->literal && term->class == TERM_TEXT &&
	    (strcasecmp(term->formula->text, "subsec") == 0 ||
		strcasecmp(term->formula->text, "subsecond") == 0);
}

/* The moment of "moment, modifier, ..." from the i-th argument on; without a
 * moment, or with 'subsec' in its place, it is now (lang_datefunc.html). */
static bool
read_moment(
    Translator *translator, const SqlExpr *expr, size_t i, Moment *moment)
{
	size_t first = i;
	Term term;

	*moment = (Moment){ 0 };
	if (i == expr->n_arguments)
		return take_now(translator, moment);
	for (; i < expr->n_arguments; i++) {
		if (!operation_value(translator, expr->arguments[i], &term))
			return false;
		if (is_subsecond(&term)) {
			moment->subsecond = true;
			if (i == first && !take_now(translator, moment))
				return false;
			continue;
		}
		if (i == first) {
			if (!take_moment(translator, &term, moment))
				return false;
			continue;
		}
		if (!term.literal || term.class != TERM_TEXT)
			return translator_refuse(translator,
			    "a modifier that is no text is not translated");
		if (!modifier_apply(translator, term.formula->text, moment->now,
			&moment->formula))
			return false;
	}
	return true;
}

/* A moment of which the seconds are whole, or written by a format. */
static bool
read_whole(
    Translator *translator, const SqlExpr *expr, size_t i, Moment *moment)
{
	return read_moment(translator, expr, i, moment) &&
	    (!moment->subsecond ||
		translator_refuse(
		    translator, "'subsec' is translated in unixepoch() only"));
}

static bool
format_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	const char *format;
	Moment moment;
	Term given;

	if (expr->n_arguments == 0)
		return translator_refuse(translator, "strftime() of nothing");
	if (!operation_value(translator, expr->arguments[0], &given))
		return false;
	if (!given.literal || given.class != TERM_TEXT)
		return translator_refuse(translator,
		    "a format that is no literal is not translated");
	format = given.formula->text;
	if (!read_whole(translator, expr, 1, &moment))
		return false;
	if (strcmp(format, "%s") == 0)
		return seconds(translator, moment.formula, TERM_TEXT, term);
	return formatted(translator, moment.formula, moment.now, format, term);
}

static bool
unix_epoch(Translator *translator, const SqlExpr *expr, Term *term)
{
	Moment moment;

	if (!read_moment(translator, expr, 0, &moment))
		return false;
	if (moment.subsecond)
		return real_now(translator, &moment, 0, "1000", term);
	return seconds(translator, moment.formula, TERM_INTEGER, term);
}

static bool
julian_day(Translator *translator, const SqlExpr *expr, Term *term)
{
	Moment moment;

	return read_whole(translator, expr, 0, &moment) &&
	    real_now(translator, &moment, JULIAN_MILLISECONDS, DAY_MILLISECONDS,
		term);
}

bool
moment_term(
    Translator *translator, const SqlExpr *expr, Term *term, bool *known)
{
	static const struct {
		const char *name, *format;
	} functions[] = {
		{ "date", DATE_FORMAT },
		{ "time", TIME_FORMAT },
		{ "datetime", MOMENT_FORMAT },
	};
	Moment moment;

	*known = true;
	if (strcmp(expr->name, "strftime") == 0)
		return format_term(translator, expr, term);
	if (strcmp(expr->name, "unixepoch") == 0)
		return unix_epoch(translator, expr, term);
	if (strcmp(expr->name, "julianday") == 0)
		return julian_day(translator, expr, term);
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
		if (strcmp(expr->name, functions[i].name) == 0)
			return read_whole(translator, expr, 0, &moment) &&
			    formatted(translator, moment.formula, moment.now,
				functions[i].format, term);
	*known = false;
	return true;
}

bool
moment_current(
    Translator *translator, const SqlExpr *expr, Term *term, bool *known)
{
	static const struct {
		const char *word, *format;
	} words[] = {
		{ "CURRENT_TIMESTAMP", MOMENT_FORMAT },
		{ "CURRENT_DATE", DATE_FORMAT },
		{ "CURRENT_TIME", TIME_FORMAT },
	};
	Moment moment = { 0 };

	*known = false;
	for (size_t i = 0; i < sizeof words / sizeof *words && !*known; i++) {
		if (!term_is_word(translator, expr, words[i].word))
			continue;
		*known = true;
		return take_now(translator, &moment) &&
		    formatted(translator, moment.formula, true, words[i].format,
			term);
	}
	return true;
}
