#include "transform/declared.h"

#include <stdlib.h>
#include <string.h>

/* Longer declared types than this mean nothing to us anyway. */
#define WORDS_BYTES 80

typedef struct {
	const char *words;
	DeclaredFamily family;
} Meaning;

/* Sorted.  A type matches by its first word.  Geometries are what GeoPackage and
 * SpatiaLite call their columns, whose values are BLOBs. */
static const Meaning meanings[] = {
	{ "BINARY", DECLARED_BLOB },
	{ "BIT", DECLARED_BOOLEAN },
	{ "BLOB", DECLARED_BLOB },
	{ "BOOL", DECLARED_BOOLEAN },
	{ "BOOLEAN", DECLARED_BOOLEAN },
	{ "BYTEA", DECLARED_BLOB },
	{ "CIRCULARSTRING", DECLARED_BLOB },
	{ "COMPOUNDCURVE", DECLARED_BLOB },
	{ "CURRENCY", DECLARED_NUMERIC },
	{ "CURVE", DECLARED_BLOB },
	{ "CURVEPOLYGON", DECLARED_BLOB },
	{ "DATE", DECLARED_DATE },
	{ "DATETIME", DECLARED_TIMESTAMP },
	{ "DATETIME2", DECLARED_TIMESTAMP },
	{ "DATETIMEOFFSET", DECLARED_TIMESTAMP },
	{ "DEC", DECLARED_NUMERIC },
	{ "DECIMAL", DECLARED_NUMERIC },
	{ "DOUBLE", DECLARED_REAL },
	{ "ENUM", DECLARED_TEXT },
	{ "FIXED", DECLARED_NUMERIC },
	{ "FLOAT", DECLARED_REAL },
	{ "FLOAT4", DECLARED_REAL },
	{ "FLOAT8", DECLARED_REAL },
	{ "GEOMETRY", DECLARED_BLOB },
	{ "GEOMETRYCOLLECTION", DECLARED_BLOB },
	{ "GUID", DECLARED_UUID },
	{ "IMAGE", DECLARED_BLOB },
	{ "JSON", DECLARED_JSON },
	{ "JSONB", DECLARED_JSON },
	{ "LINESTRING", DECLARED_BLOB },
	{ "LONG", DECLARED_INTEGER },
	{ "LONGBLOB", DECLARED_BLOB },
	{ "MEDIUMBLOB", DECLARED_BLOB },
	{ "MONEY", DECLARED_NUMERIC },
	{ "MULTICURVE", DECLARED_BLOB },
	{ "MULTILINESTRING", DECLARED_BLOB },
	{ "MULTIPOINT", DECLARED_BLOB },
	{ "MULTIPOLYGON", DECLARED_BLOB },
	{ "MULTISURFACE", DECLARED_BLOB },
	{ "NUMBER", DECLARED_NUMERIC },
	{ "NUMERIC", DECLARED_NUMERIC },
	{ "POINT", DECLARED_BLOB },
	{ "POLYGON", DECLARED_BLOB },
	{ "REAL", DECLARED_REAL },
	{ "SERIAL", DECLARED_INTEGER },
	{ "SMALLDATETIME", DECLARED_TIMESTAMP },
	{ "SMALLMONEY", DECLARED_NUMERIC },
	{ "STRING", DECLARED_TEXT },
	{ "SURFACE", DECLARED_BLOB },
	{ "TIME", DECLARED_TIME },
	{ "TIMESTAMP", DECLARED_TIMESTAMP },
	{ "TIMESTAMPTZ", DECLARED_TIMESTAMP },
	{ "TINYBLOB", DECLARED_BLOB },
	{ "UNIQUEIDENTIFIER", DECLARED_UUID },
	{ "UUID", DECLARED_UUID },
	{ "VARBINARY", DECLARED_BLOB },
};

/* Words that qualify a type and do not name one. */
static const char *const qualifiers[] = { "AUTOINCREMENT", "AUTO_INCREMENT",
	"IDENTITY", "SIGNED", "UNSIGNED", "ZEROFILL" };

static bool
is_word_byte(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool
is_qualifier(const char *word)
{
	for (size_t i = 0; i < sizeof qualifiers / sizeof *qualifiers; i++)
		if (strcmp(qualifiers[i], word) == 0)
			return true;
	return false;
}

/* The numbers in parentheses at text; returns where they end.  Anything but one
 * or two plain numbers, as in ENUM('a'), leaves none. */
static const char *
read_numbers(const char *text, Declared *declared)
{
	const char *end = strchr(text, ')');
	unsigned n = 0;

	if (end == NULL)
		return text + strlen(text);
	for (const char *at = text + 1; at < end; n++) {
		char *after;
		long number;

		at += strspn(at, " \t\n\r");
		if (*at < '0' || *at > '9' || n == 2)
			return end + 1;
		number = strtol(at, &after, 10);
		if (number > 1000000000)
			return end + 1;
		declared->numbers[n] = (int)number;
		at = after + strspn(after, " \t\n\r");
		if (*at != ',' && *at != ')')
			return end + 1;
		at++;
	}
	declared->n_numbers = n;
	return end + 1;
}

/* The type's words in upper case with one blank between, without qualifiers;
 * false where they are too long to be any of ours. */
static bool
read_words(const char *text, char words[WORDS_BYTES], Declared *declared)
{
	size_t size = 0;

	words[0] = '\0';
	while (*text != '\0') {
		size_t start;

		if (*text == '(') {
			text = read_numbers(text, declared);
			continue;
		}
		if (!is_word_byte(*text)) {
			text++;
			continue;
		}
		start = size;
		if (size > 0)
			words[size++] = ' ';
		while (is_word_byte(*text) && size < WORDS_BYTES - 2)
			words[size++] = upper(*text++);
		words[size] = '\0';
		if (is_word_byte(*text))
			return false;
		if (is_qualifier(words + start + (start > 0)))
			words[size = start] = '\0';
	}
	return true;
}

static int
compare_meanings(const void *key, const void *element)
{
	const Meaning *meaning = element;

	return strcmp(key, meaning->words);
}

static const Meaning *
find_meaning(const char *words)
{
	return bsearch(words, meanings, sizeof meanings / sizeof *meanings,
	    sizeof *meanings, compare_meanings);
}

/* Of a type that is not in the table. */
static DeclaredFamily
affinity_family(Affinity affinity, const char *words)
{
	switch (affinity) {
	case AFFINITY_TEXT:
		return DECLARED_TEXT;
	case AFFINITY_INTEGER:
		return DECLARED_INTEGER;
	case AFFINITY_REAL:
		return DECLARED_REAL;
	case AFFINITY_BLOB:
		return strstr(words, "BLOB") != NULL ? DECLARED_BLOB
						     : DECLARED_NOTHING;
	case AFFINITY_NUMERIC:
	case AFFINITY_COUNT:
		break;
	}
	return DECLARED_NOTHING;
}

/* Not what their first word says: "LONG VARCHAR", "BIT VARYING". */
static bool
first_word_misleads(const char *words)
{
	return strncmp(words, "LONG ", 5) == 0 ||
	    strncmp(words, "BIT ", 4) == 0;
}

Declared
declared_parse(const char *text, Affinity affinity)
{
	Declared declared = { 0 };
	char words[WORDS_BYTES];
	const Meaning *meaning = NULL;
	bool one;

	if (!read_words(text, words, &declared))
		words[0] = '\0';
	declared.family = affinity_family(affinity, words);
	if (first_word_misleads(words))
		return declared;
	words[strcspn(words, " ")] = '\0';
	meaning = find_meaning(words);
	if (meaning != NULL)
		declared.family = meaning->family;
	one = declared.n_numbers == 1 && declared.numbers[0] == 1;
	if (strcmp(words, "TINYINT") == 0 && one)
		declared.family = DECLARED_BOOLEAN;
	if (strcmp(words, "BIT") == 0 && declared.n_numbers > 0 && !one)
		declared.family = DECLARED_NOTHING;
	return declared;
}
