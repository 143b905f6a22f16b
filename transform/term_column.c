#include "transform/term.h"

#include <string.h>

#include "transform/operation.h"

/* Are all values of the class, NULLs aside, as far as is known? */
static bool
is_only(const ColumnProfile *profile, ValueClass class)
{
	if (profile == NULL)
		return true;
	for (int i = VALUE_INTEGER; i < VALUE_CLASSES; i++)
		if (i != (int)class && profile->classes[i] > 0)
			return false;
	return true;
}

static TermClass
when_only(const ColumnProfile *profile, ValueClass class, TermClass then)
{
	return is_only(profile, class) ? then : TERM_UNKNOWN;
}

static TermClass
class_of_integer(const Column *from, const ColumnProfile *profile)
{
	switch (from->affinity) {
	case AFFINITY_TEXT:
		return when_only(profile, VALUE_TEXT, TERM_TEXT);
	case AFFINITY_REAL:
		return when_only(profile, VALUE_REAL, TERM_REAL);
	case AFFINITY_BLOB:
	case AFFINITY_NUMERIC:
	case AFFINITY_INTEGER:
		return when_only(profile, VALUE_INTEGER, TERM_INTEGER);
	case AFFINITY_COUNT:
		break;
	}
	return TERM_UNKNOWN;
}

/* double precision and numeric. */
static TermClass
class_of_number(const Column *from, TypeName type, const ColumnProfile *profile)
{
	if (from->affinity == AFFINITY_TEXT)
		return TERM_UNKNOWN;
	if (from->affinity == AFFINITY_REAL)
		return when_only(profile, VALUE_REAL, TERM_REAL);
	if (from->affinity == AFFINITY_BLOB && type == TYPE_DOUBLE &&
	    profile != NULL && is_only(profile, VALUE_REAL))
		return TERM_REAL;
	if (profile != NULL &&
	    (profile->classes[VALUE_TEXT] > 0 ||
		profile->classes[VALUE_BLOB] > 0))
		return TERM_UNKNOWN;
	return TERM_NUMBER;
}

/* Text in a column of numeric affinity is what is no number: that takes
 * evidence. */
static TermClass
class_of_text(const Column *from, const ColumnProfile *profile)
{
	bool plain =
	    from->affinity == AFFINITY_TEXT || from->affinity == AFFINITY_BLOB;

	if (!plain && profile == NULL)
		return TERM_UNKNOWN;
	return when_only(profile, VALUE_TEXT, TERM_TEXT);
}

static TermClass
class_of_moment(const Column *from, const ColumnProfile *profile)
{
	if (profile == NULL && from->affinity == AFFINITY_REAL)
		return TERM_UNKNOWN;
	return when_only(profile, VALUE_TEXT, TERM_TEXT);
}

static TermClass
class_of(const Column *from, TypeName type, const ColumnProfile *profile)
{
	switch (type) {
	case TYPE_BIGINT:
	case TYPE_INTEGER:
	case TYPE_SMALLINT:
		return class_of_integer(from, profile);
	case TYPE_BOOLEAN:
		if (from->affinity == AFFINITY_TEXT ||
		    from->affinity == AFFINITY_REAL)
			return TERM_UNKNOWN;
		return when_only(profile, VALUE_INTEGER, TERM_INTEGER);
	case TYPE_DOUBLE:
	case TYPE_NUMERIC:
		return class_of_number(from, type, profile);
	case TYPE_TEXT:
	case TYPE_VARCHAR:
		return class_of_text(from, profile);
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
	case TYPE_JSON:
	case TYPE_JSONB:
		return class_of_moment(from, profile);
	case TYPE_UUID:
		if (profile == NULL && from->affinity != AFFINITY_TEXT)
			return TERM_UNKNOWN;
		return when_only(profile, VALUE_TEXT, TERM_TEXT);
	case TYPE_BYTEA:
		if (profile == NULL && from->affinity != AFFINITY_BLOB)
			return TERM_UNKNOWN;
		return when_only(profile, VALUE_BLOB, TERM_BLOB);
	case TYPE_CHAR: /* pads, and compares without the blanks */
	case TYPE_REAL: /* rounds */
	case TYPE_COUNT:
		break;
	}
	return TERM_UNKNOWN;
}

static bool
is_uniform(TypeName type, const ColumnProfile *profile)
{
	if (type == TYPE_DATE)
		return profile == NULL ||
		    profile->dates == profile->classes[VALUE_TEXT];
	if (type == TYPE_UUID)
		return profile == NULL ||
		    profile->uuids[UUID_LOWER] == profile->classes[VALUE_TEXT];
	return false;
}

/* Does a conversion do no more than the type itself would? */
static bool
keeps_values(Conversion conversion)
{
	return conversion == CONVERSION_NONE || conversion == CONVERSION_ISO ||
	    conversion == CONVERSION_INT01 || conversion == CONVERSION_JSON;
}

/* What the mapping does to a column. */
static bool
apply_rule(Translator *translator, const Rule *rule, Term *term)
{
	if (rule->values != NULL)
		return translator_refuse(translator,
		    "the mapping gives %s other values",
		    term_name(translator, term));
	if (!keeps_values(rule->conversion))
		term->class = TERM_UNKNOWN;
	term->zoned = term->zoned || rule->zone != NULL;
	return true;
}

static bool
term_of_column(Translator *translator, size_t i, Term *term)
{
	const TranslateTable *table = translator->table;
	const Column *from = &table->from->columns[i];
	const ColumnProfile *profile =
	    table->profile == NULL ? NULL : &table->profile->columns[i];
	int target =
	    table->target_columns == NULL ? (int)i : table->target_columns[i];

	if (target < 0)
		return translator_refuse(translator,
		    "column \"%s\" is left out or made by an expression",
		    from->name);
	if (translator->use == TRANSLATE_GENERATED &&
	    from->generated != GENERATED_NO)
		return translator_refuse(translator,
		    "column \"%s\" is generated itself", from->name);
	*term = (Term){ .type = table->to->columns[target].type,
		.has_affinity = true,
		.affinity = from->affinity,
		.collation = from->collation,
		.name = from->name };
	term->class = class_of(from, term->type.name, profile);
	term->uniform = is_uniform(term->type.name, profile);
	term->zoned = profile != NULL && profile->zoned > 0;
	if (table->rules != NULL &&
	    !apply_rule(translator, &table->rules[i], term))
		return false;
	term->formula =
	    formula_column(target, translator->arena, translator->err);
	return term->formula != NULL;
}

static bool
find_column(const Translator *translator, const SqlExpr *expr, size_t *index)
{
	static const char *const rowids[] = { "rowid", "oid", "_rowid_" };
	const Table *table;

	if (translator->table == NULL)
		return false;
	table = translator->table->from;
	for (*index = 0; *index < table->n_columns; (*index)++)
		if (sqlexpr_same_name(table->columns[*index].name, expr->name))
			return true;
	if (table->rowid_column < 0)
		return false;
	*index = (size_t)table->rowid_column;
	for (size_t i = 0; i < sizeof rowids / sizeof *rowids; i++)
		if (sqlexpr_same_name(rowids[i], expr->name))
			return true;
	return false;
}

bool
term_is_word(
    const Translator *translator, const SqlExpr *expr, const char *word)
{
	size_t index;

	return expr->kind == SQLEXPR_NAME && expr->quotes == SQLEXPR_BARE &&
	    sqlexpr_same_name(expr->name, word) &&
	    !find_column(translator, expr, &index);
}

bool
term_of_name(Translator *translator, const SqlExpr *expr, Term *term)
{
	Value value = { .class = VALUE_INTEGER };
	size_t index;

	if (expr->table != NULL &&
	    (translator->table == NULL ||
		!sqlexpr_same_name(expr->table, translator->table->from->name)))
		return translator_refuse(
		    translator, "there is no table \"%s\" here", expr->table);
	if (find_column(translator, expr, &index))
		return term_of_column(translator, index, term);
	value.integer = term_is_word(translator, expr, "TRUE");
	if (value.integer == 1 || term_is_word(translator, expr, "FALSE"))
		return term_of_value(translator, &value, term);
	if (expr->quotes != SQLEXPR_DOUBLE)
		return translator_refuse(
		    translator, "there is no column \"%s\"", expr->name);
	translator->note = "a name in double quotes that is no column is text";
	value = (Value){ .class = VALUE_TEXT,
		.size = strlen(expr->name),
		.bytes = (const uint8_t *)expr->name };
	return term_of_value(translator, &value, term);
}

bool
term_column(Translator *translator, int column, Term *term)
{
	return term_of_column(translator, (size_t)column, term);
}
