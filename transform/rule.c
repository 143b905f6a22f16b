#include "transform/rule.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/number.h"
#include "formats/utf8.h"
#include "transform/repair.h"

static const CastRefusal is_null = { "not_null",
	"NULL in a column that must not be NULL" };
static const CastRefusal not_in_map = { "values", "not in the value map" };
static const CastRefusal not_a_label = { "enum", "not a label of the enum" };

/* A text to be looked for in a sorted array. */
typedef struct {
	const uint8_t *bytes;
	size_t size;
} Wanted;

/* Asked of every value, so without a branch for each part. */
static inline bool
is_plain(const Rule *rule)
{
	uintptr_t pointers = (uintptr_t)rule->zone | (uintptr_t)rule->values |
	    (uintptr_t)rule->labels;

	return (pointers | (uintptr_t)rule->conversion | (uintptr_t)rule->nul |
		   (uintptr_t)rule->utf8) == 0;
}

bool
rule_is_plain(const Rule *rule)
{
	return is_plain(rule);
}

/* As strcmp, of bytes that need not end in NUL. */
static int
compare(const Wanted *wanted, const char *text)
{
	size_t size = strlen(text);
	size_t least = wanted->size < size ? wanted->size : size;
	int order = least == 0 ? 0 : memcmp(wanted->bytes, text, least);

	if (order != 0)
		return order;
	return (wanted->size > size) - (wanted->size < size);
}

static int
compare_value(const void *wanted, const void *value)
{
	return compare(wanted, ((const RuleValue *)value)->from);
}

static int
compare_label(const void *wanted, const void *label)
{
	return compare(wanted, *(const char *const *)label);
}

/* What the map makes of a value: a text of the map's, or NULL. */
static bool
look_up(Cast *cast, const Rule *rule, Value *value)
{
	uint8_t number[NUMBER_REAL_BYTES];
	Wanted wanted = { .bytes = number };
	const RuleValue *found = NULL;

	switch (value->class) {
	case VALUE_NULL:
		return true;
	case VALUE_INTEGER:
		wanted.size = number_write_integer(number, value->integer);
		break;
	case VALUE_REAL:
		wanted.size = number_write_real(number, value->real);
		break;
	case VALUE_TEXT:
		wanted = (Wanted){ value->bytes, value->size };
		break;
	case VALUE_BLOB: /* has no text form */
	case VALUE_CLASSES:
		break;
	}
	if (value->class != VALUE_BLOB)
		found = bsearch(&wanted, rule->values, rule->n_values,
		    sizeof *rule->values, compare_value);
	if (found == NULL) {
		cast->refusal = &not_in_map;
		return false;
	}
	*value = (Value){ .class = VALUE_NULL };
	if (found->to != NULL)
		*value = (Value){ .class = VALUE_TEXT,
			.size = strlen(found->to),
			.bytes = (const uint8_t *)found->to };
	return true;
}

/* Text that has to be repaired, by a rule that says how. */
static bool
is_repaired(const Cast *cast, const Rule *rule, const Value *value)
{
	return value->class == VALUE_TEXT && !cast->text_is_valid &&
	    rule->type.name != TYPE_BYTEA &&
	    (rule->nul != NUL_REJECT || rule->utf8 != UTF8_REJECT) &&
	    !utf8_is_text(value->bytes, value->size);
}

static bool
has_label(const Rule *rule, const Value *value)
{
	Wanted wanted = { value->bytes, value->size };

	return bsearch(&wanted, rule->labels, rule->n_labels,
		   sizeof *rule->labels, compare_label) != NULL;
}

static bool
apply(Cast *cast, const Value *value, const Rule *rule, Value *out, Error *err)
{
	Value mended = *value;

	cast->refusal = NULL;
	/* A conversion casts other values than the one that was read. */
	cast->field = NULL;
	if (is_repaired(cast, rule, value) &&
	    !repair_text(
		value, rule->utf8, rule->nul, &cast->repaired, &mended, err))
		return false;
	if (rule->values != NULL && !look_up(cast, rule, &mended))
		return true;
	if (!conversion_value(
		cast, &mended, rule->conversion, rule->type, out, err))
		return false;
	if (rule->labels != NULL && cast->refusal == NULL &&
	    out->class == VALUE_TEXT && !has_label(rule, out))
		cast->refusal = &not_a_label;
	return true;
}

/* rule_value, within the loop over a row. */
static inline bool
give(Cast *cast, const Value *value, const Rule *rule, Value *out, Error *err)
{
	cast->zone = rule->zone;
	if (is_plain(rule)) {
		if (!cast_value(cast, value, rule->type, out, err))
			return false;
	} else if (!apply(cast, value, rule, out, err)) {
		return false;
	}
	if (rule->not_null && cast->refusal == NULL && out->class == VALUE_NULL)
		cast->refusal = &is_null;
	return true;
}

bool
rule_value(
    Cast *cast, const Value *value, const Rule *rule, Value *out, Error *err)
{
	return give(cast, value, rule, out, err);
}

bool
rule_row(Cast *cast, const Value *row, const Rule *rules, size_t n, Value *out,
    Error *err)
{
	const uint8_t *scratch, *repaired;

	/* What came first points into scratch: when that moved on the way, it
	 * has room for the whole row now, so do it again. */
	do {
		scratch = cast->scratch.data;
		repaired = cast->repaired.data;
		cast->scratch.size = cast->repaired.size = 0;
		cast->refused = 0;
		for (size_t i = 0; i < n; i++) {
			if (cast->fields != NULL)
				cast->field = cast->fields[i].text == NULL
				    ? NULL
				    : &cast->fields[i];
			if (!give(cast, &row[i], &rules[i], &out[i], err))
				return false;
			if (cast->refusal != NULL) {
				out[i] = (Value){ .class = VALUE_NULL };
				cast->refused++;
			}
		}
	} while (
	    cast->scratch.data != scratch || cast->repaired.data != repaired);
	return true;
}
