#include "transform/modifier.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Digits of a count, so that no sum leaves the years 0 to 9999 from now: SQLite
 * gives NULL there. */
#define COUNT_DIGITS_LIMIT 9
/* The years that a count may be, in any unit. */
#define YEARS_LIMIT 2000

typedef struct {
	const char *word; /* also with an s behind it */
	FormulaOperation operation;
	int64_t times; /* of the operation's unit */
	int64_t limit;
} Unit;

static const Unit units[] = {
	{ "second", FORMULA_ADD_SECONDS, 1, 999999999 },
	{ "minute", FORMULA_ADD_MINUTES, 1, 999999999 },
	{ "hour", FORMULA_ADD_HOURS, 1, YEARS_LIMIT * 365 * 24 },
	{ "day", FORMULA_ADD_DAYS, 1, YEARS_LIMIT * 365 },
	{ "month", FORMULA_ADD_MONTHS, 1, YEARS_LIMIT * 12 },
	{ "year", FORMULA_ADD_MONTHS, 12, YEARS_LIMIT },
};

static const struct {
	const char *modifier;
	FormulaOperation operation;
} starts[] = {
	{ "start of day", FORMULA_BEGIN_DAY },
	{ "start of month", FORMULA_BEGIN_MONTH },
	{ "start of year", FORMULA_BEGIN_YEAR },
};

static const Unit *
unit_of(const char *word)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		size_t size = strlen(units[i].word);

		if (strncasecmp(word, units[i].word, size) == 0 &&
		    (word[size] == '\0' || strcasecmp(word + size, "s") == 0))
			return &units[i];
	}
	return NULL;
}

/* The first of the month, so many months on, and from there to the same day and
 * time. */
static const Formula *
add_months(Translator *translator, const Formula *moment, const Formula *count)
{
	const Formula *begin =
	    translator_one(translator, FORMULA_BEGIN_MONTH, moment);

	return translator_two(translator, FORMULA_ADD,
	    translator_two(translator, FORMULA_ADD_MONTHS, begin, count),
	    translator_two(translator, FORMULA_SUBTRACT, moment, begin));
}

/* "[+-]NNN unit"; *known is false where it is none such. */
static bool
add_count(Translator *translator, const char *modifier, const Formula **moment,
    bool *known)
{
	bool negative = *modifier == '-';
	const char *digits = modifier + (negative || *modifier == '+');
	size_t n = strspn(digits, "0123456789");
	size_t blanks = strspn(digits + n, " ");
	const Unit *unit = unit_of(digits + n + blanks);
	const Formula *literal;
	int64_t count;

	*known = n > 0 && n <= COUNT_DIGITS_LIMIT && blanks > 0 && unit != NULL;
	if (!*known)
		return true;
	count = strtoll(digits, NULL, 10);
	if (count > unit->limit)
		return translator_refuse(
		    translator, "the modifier '%s' is too large", modifier);
	count *= negative ? -unit->times : unit->times;
	literal = translator_integer(translator, TYPE_INTEGER, count);
	*moment = unit->operation == FORMULA_ADD_MONTHS
	    ? add_months(translator, *moment, literal)
	    : translator_two(translator, unit->operation, *moment, literal);
	return *moment != NULL;
}

bool
modifier_apply(Translator *translator, const char *modifier, bool now,
    const Formula **moment)
{
	bool known = false;

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		if (strcasecmp(modifier, starts[i].modifier) != 0)
			continue;
		*moment =
		    translator_one(translator, starts[i].operation, *moment);
		return *moment != NULL;
	}
	if (now && !add_count(translator, modifier, moment, &known))
		return false;
	return known ||
	    translator_refuse(translator,
		"the modifier '%s' is not translated here", modifier);
}
