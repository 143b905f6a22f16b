#include "transform/defaults.h"

#include <string.h>

#include "formats/formula.h"
#include "formats/number.h"
#include "formats/sqltext.h"
#include "transform/cast.h"
#include "transform/sqlexpr.h"
#include "transform/translate.h"

/* Text that is a number: no number that anybody writes is longer. */
#define NUMBER_TEXT_LIMIT 1024

/* Where CURRENT_* may stand, and the characters it takes. */
typedef struct {
	const char *word;
	DefaultKind kind;
	int characters;
	TypeName types[4]; /* besides text and varchar; TYPE_TEXT ends */
} Current;

static const Current currents[] = {
	{ "CURRENT_TIMESTAMP", DEFAULT_CURRENT_TIMESTAMP, 19,
	    { TYPE_TIMESTAMPTZ, TYPE_TIMESTAMP, TYPE_DATE } },
	{ "CURRENT_DATE", DEFAULT_CURRENT_DATE, 10,
	    { TYPE_DATE, TYPE_TIMESTAMPTZ, TYPE_TIMESTAMP } },
	{ "CURRENT_TIME", DEFAULT_CURRENT_TIME, 8, { TYPE_TIME } },
};

static bool
is_space(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* A text that SQLite would store as a number, as that number. */
static void
text_to_number(Value *value)
{
	const uint8_t *text = value->bytes;
	size_t size = value->size;
	char digits[NUMBER_TEXT_LIMIT];
	Value number;
	bool negative;

	if (!number_looks_numeric(text, size))
		return;
	for (; size > 0 && is_space(*text); size--)
		text++;
	while (size > 0 && is_space(text[size - 1]))
		size--;
	negative = size > 0 && *text == '-';
	if (negative || (size > 0 && *text == '+')) {
		text++;
		size--;
	}
	if (size >= sizeof digits)
		return;
	memcpy(digits, text, size);
	digits[size] = '\0';
	number = sqlexpr_number(digits, negative);
	if (number.class != VALUE_NULL)
		*value = number;
}

/* What storing the value in a column of the affinity makes of it
 * (datatype3.html section 3). */
static void
apply_affinity(Affinity affinity, Value *value)
{
	if (affinity == AFFINITY_TEXT || affinity == AFFINITY_BLOB)
		return;
	if (value->class == VALUE_TEXT)
		text_to_number(value);
	if (value->class == VALUE_REAL && affinity != AFFINITY_REAL &&
	    value->real >= -0x1p63 && value->real < 0x1p63 &&
	    (double)(int64_t)value->real == value->real) {
		value->integer = (int64_t)value->real;
		value->class = VALUE_INTEGER;
	}
	if (value->class == VALUE_INTEGER && affinity == AFFINITY_REAL) {
		value->real = (double)value->integer;
		value->class = VALUE_REAL;
	}
}

static bool
takes_current(const Current *current, Type type)
{
	if (type.name == TYPE_TEXT)
		return true;
	if (type.name == TYPE_VARCHAR)
		return type.length == 0 || type.length >= current->characters;
	for (size_t i = 0; current->types[i] != TYPE_TEXT; i++)
		if (current->types[i] == type.name)
			return true;
	return false;
}

/* The word of DEFAULT word, which is a string (parse.y), unless it is one of
 * those that mean something; NULL: the text is something else. */
static bool
read_word(const char *text, const char **word, Arena *arena, Error *err)
{
	static const char *const meaning[] = { "NULL", "TRUE", "FALSE",
		"CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME" };
	SqlToken token = sqltext_next(&text);
	Buf buf = { 0 };
	const char *meant;

	*word = NULL;
	if ((token.kind != SQL_WORD && token.kind != SQL_NAME) ||
	    sqltext_next(&text).kind != SQL_END)
		return true;
	for (size_t i = 0; i < sizeof meaning / sizeof *meaning; i++)
		if (token.kind == SQL_WORD && sqltext_is(&token, meaning[i]))
			return true;
	if (sqltext_put_meaning(&buf, &token, err)) {
		meant = buf_text(&buf, err);
		if (meant != NULL)
			*word = arena_text(arena, meant, err);
	}
	buf_free(&buf);
	return *word != NULL;
}

/* The value that the default is, if it is a literal. */
static bool
read_value(const char *word, const SqlExpr *expr, Value *value)
{
	if (word == NULL && expr->kind == SQLEXPR_NAME &&
	    expr->quotes == SQLEXPR_DOUBLE)
		word = expr->name;
	if (word != NULL) {
		*value = (Value){ .class = VALUE_TEXT,
			.size = strlen(word),
			.bytes = (const uint8_t *)word };
		return true;
	}
	*value = (Value){ .class = VALUE_INTEGER };
	if (expr->kind != SQLEXPR_NAME || expr->quotes != SQLEXPR_BARE)
		return sqlexpr_literal(expr, value);
	value->integer = sqlexpr_same_name(expr->name, "TRUE");
	return value->integer == 1 || sqlexpr_same_name(expr->name, "FALSE");
}

static bool
set_value(const Column *from, Value value, const Rule *rule, Column *column,
    const char **reason, Arena *arena, Error *err)
{
	const Rule plain = { .type = column->type };
	Cast cast = { .zone = rule == NULL ? NULL : rule->zone };
	Value text;
	bool ok = false;

	apply_affinity(from->affinity, &value);
	if (!rule_value(
		&cast, &value, rule == NULL ? &plain : rule, &text, err))
		goto done;
	if (cast.refusal != NULL) {
		*reason = cast.refusal->reason;
		ok = true;
		goto done;
	}
	column->default_kind = DEFAULT_NULL;
	ok = text.class == VALUE_NULL;
	if (ok)
		goto done;
	column->default_text = arena_format(arena, err, "%.*s", (int)text.size,
	    text.size > 0 ? (const char *)text.bytes : "");
	column->default_kind = DEFAULT_VALUE;
	ok = column->default_text != NULL;
done:
	cast_free(&cast);
	return ok;
}

static bool
set_current(const SqlExpr *expr, Column *column)
{
	if (expr->kind != SQLEXPR_NAME || expr->quotes != SQLEXPR_BARE)
		return false;
	for (size_t i = 0; i < sizeof currents / sizeof *currents; i++) {
		if (!sqlexpr_same_name(expr->name, currents[i].word) ||
		    !takes_current(&currents[i], column->type))
			continue;
		column->default_kind = currents[i].kind;
		return true;
	}
	return false;
}

/* UTC's wall clock read as UTC again: the moment itself. */
static bool
is_now(const Formula *formula)
{
	return formula->kind == FORMULA_CALL &&
	    formula->operation == FORMULA_AT_UTC &&
	    formula->arguments[0]->kind == FORMULA_CALL &&
	    formula->arguments[0]->operation == FORMULA_NOW;
}

/* Milliseconds as seconds, or seconds as they are. */
static const Formula *
seconds_of(
    const Formula *count, Conversion conversion, Arena *arena, Error *err)
{
	const Type number = { .name = TYPE_DOUBLE };
	const Formula *parts[2];

	if (conversion == CONVERSION_UNIX_S)
		return count;
	parts[0] = formula_cast(count, number, arena, err);
	parts[1] = formula_literal(number, "1000", arena, err);
	return formula_call(FORMULA_DIVIDE, parts, 2, arena, err);
}

/* What the mapping converts, so that a count is a moment: Unix seconds and
 * milliseconds are what defaults count in. */
static const Formula *
moment_of(const Formula *count, const Rule *rule, Arena *arena, Error *err)
{
	const Type plain = { .name = TYPE_TIMESTAMP };
	const Formula *parts[2];
	const Formula *moment;

	parts[0] = formula_literal(plain, "1970-01-01 00:00:00", arena, err);
	parts[1] = seconds_of(count, rule->conversion, arena, err);
	moment = formula_call(FORMULA_ADD_SECONDS, parts, 2, arena, err);
	return rule->type.name == TYPE_TIMESTAMP
	    ? moment
	    : formula_call(FORMULA_AT_UTC, &moment, 1, arena, err);
}

static bool
counts_moments(const Rule *rule)
{
	return rule->values == NULL &&
	    (rule->conversion == CONVERSION_UNIX_S ||
		rule->conversion == CONVERSION_UNIX_MS) &&
	    (rule->type.name == TYPE_TIMESTAMP ||
		rule->type.name == TYPE_TIMESTAMPTZ);
}

static bool
set_formula(const Column *from, const Rule *rule, Column *column,
    const char **reason, Arena *arena, Error *err)
{
	const bool counts = rule != NULL && counts_moments(rule);
	TranslateWanted wanted = { .use = TRANSLATE_DEFAULT,
		.affinity = from->affinity,
		.type = column->type };
	Translation translation;

	if (rule != NULL && !counts &&
	    (rule->values != NULL || rule->conversion != CONVERSION_NONE)) {
		*reason = "the mapping gives the column other values";
		return true;
	}
	if (counts)
		wanted.type = (Type){ .name = TYPE_BIGINT };
	if (!translate(
		from->default_text, NULL, &wanted, &translation, arena, err))
		return false;
	*reason = translation.reason;
	if (translation.formula == NULL)
		return true;
	if (is_now(translation.formula)) {
		column->default_kind = DEFAULT_CURRENT_TIMESTAMP;
		return true;
	}
	column->default_kind = DEFAULT_FORMULA;
	column->formula = counts
	    ? moment_of(translation.formula, rule, arena, err)
	    : translation.formula;
	return column->formula != NULL;
}

bool
defaults_translate_by_rule(const Column *from, const Rule *rule, Column *column,
    const char **reason, Arena *arena, Error *err)
{
	const SqlExpr *expr = NULL;
	const char *word;
	Value value;

	*reason = NULL;
	column->default_kind = DEFAULT_NONE;
	column->default_text = NULL;
	if (from->default_kind != DEFAULT_SQL)
		return true;
	if (!read_word(from->default_text, &word, arena, err))
		return false;
	if (word == NULL &&
	    !sqlexpr_parse(from->default_text, &expr, reason, arena, err))
		return false;
	if (*reason != NULL)
		return true;
	if (read_value(word, expr, &value)) {
		if (value.class != VALUE_NULL)
			return set_value(
			    from, value, rule, column, reason, arena, err);
		column->default_kind = DEFAULT_NULL;
		return true;
	}
	return set_current(expr, column) ||
	    set_formula(from, rule, column, reason, arena, err);
}

bool
defaults_translate(const Column *from, Column *column, const char **reason,
    Arena *arena, Error *err)
{
	return defaults_translate_by_rule(
	    from, NULL, column, reason, arena, err);
}
