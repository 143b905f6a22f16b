#include "formats/value.h"

#include <string.h>

static const char *const class_names[VALUE_CLASSES] = {
	[VALUE_NULL] = "null",
	[VALUE_INTEGER] = "integer",
	[VALUE_REAL] = "real",
	[VALUE_TEXT] = "text",
	[VALUE_BLOB] = "blob",
};

static const char *const affinity_names[AFFINITY_COUNT] = {
	[AFFINITY_BLOB] = "blob",
	[AFFINITY_TEXT] = "text",
	[AFFINITY_NUMERIC] = "numeric",
	[AFFINITY_INTEGER] = "integer",
	[AFFINITY_REAL] = "real",
};

const char *
value_class_name(ValueClass class)
{
	return class_names[class];
}

bool
value_equal(const Value *one, const Value *other)
{
	uint64_t bits, other_bits;

	if (one->class != other->class)
		return false;
	switch (one->class) {
	case VALUE_INTEGER:
		return one->integer == other->integer;
	case VALUE_REAL:
		memcpy(&bits, &one->real, sizeof(bits));
		memcpy(&other_bits, &other->real, sizeof(other_bits));
		return bits == other_bits;
	case VALUE_TEXT:
	case VALUE_BLOB:
		return one->size == other->size &&
		    (one->size == 0 ||
			memcmp(one->bytes, other->bytes, one->size) == 0);
	case VALUE_NULL:
	case VALUE_CLASSES:
		break;
	}
	return true;
}

/* ASCII only: SQLite folds nothing else, whatever the locale. */
static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Does text begin with this lower-case word, whatever its case? */
static bool
begins(const char *text, const char *word)
{
	while (*word != '\0' && lower(*text) == *word) {
		text++;
		word++;
	}
	return *word == '\0';
}

static bool
contains(const char *text, const char *word)
{
	for (; *text != '\0'; text++)
		if (begins(text, word))
			return true;
	return false;
}

Affinity
value_affinity(const char *declared, bool strict)
{
	/* In the order of the rules; the first that matches decides. */
	static const struct {
		const char *word;
		Affinity affinity;
	} rules[] = {
		{ "int", AFFINITY_INTEGER },
		{ "char", AFFINITY_TEXT },
		{ "clob", AFFINITY_TEXT },
		{ "text", AFFINITY_TEXT },
		{ "blob", AFFINITY_BLOB },
		{ "real", AFFINITY_REAL },
		{ "floa", AFFINITY_REAL },
		{ "doub", AFFINITY_REAL },
	};
	size_t i;

	if (declared == NULL || declared[0] == '\0')
		return AFFINITY_BLOB;
	if (strict && begins(declared, "any") && declared[3] == '\0')
		return AFFINITY_BLOB;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (contains(declared, rules[i].word))
			return rules[i].affinity;
	return AFFINITY_NUMERIC;
}

const char *
value_affinity_name(Affinity affinity)
{
	return affinity_names[affinity];
}

bool
value_affinity_parse(const char *name, Affinity *affinity)
{
	int i;

	for (i = 0; i < AFFINITY_COUNT; i++)
		if (strcmp(name, affinity_names[i]) == 0) {
			*affinity = (Affinity)i;
			return true;
		}
	return false;
}
