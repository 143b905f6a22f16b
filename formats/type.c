#include "formats/type.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What stands in a type's parentheses. */
typedef enum { TAKES_NOTHING, TAKES_LENGTH, TAKES_PRECISION } Takes;

/* PostgreSQL's own limits: MaxAttrSize / 4 characters (htup_details.h: 10 MB)
 * and NUMERIC_MAX_PRECISION (numeric.h). */
#define LENGTH_LIMIT    10485760
#define PRECISION_LIMIT 1000

typedef struct {
	const char *name; /* as PostgreSQL's format_type() writes it */
	uint32_t oid;
	Takes takes;
} TypeFacts;

static const TypeFacts types[TYPE_COUNT] = {
	[TYPE_TEXT] = { "text", 25, TAKES_NOTHING },
	[TYPE_BIGINT] = { "bigint", 20, TAKES_NOTHING },
	[TYPE_BOOLEAN] = { "boolean", 16, TAKES_NOTHING },
	[TYPE_BYTEA] = { "bytea", 17, TAKES_NOTHING },
	[TYPE_CHAR] = { "character", 1042, TAKES_LENGTH },
	[TYPE_DATE] = { "date", 1082, TAKES_NOTHING },
	[TYPE_DOUBLE] = { "double precision", 701, TAKES_NOTHING },
	[TYPE_INTEGER] = { "integer", 23, TAKES_NOTHING },
	[TYPE_JSON] = { "json", 114, TAKES_NOTHING },
	[TYPE_JSONB] = { "jsonb", 3802, TAKES_NOTHING },
	[TYPE_NUMERIC] = { "numeric", 1700, TAKES_PRECISION },
	[TYPE_REAL] = { "real", 700, TAKES_NOTHING },
	[TYPE_SMALLINT] = { "smallint", 21, TAKES_NOTHING },
	[TYPE_TIME] = { "time without time zone", 1083, TAKES_NOTHING },
	[TYPE_TIMESTAMP] = { "timestamp without time zone", 1114,
	    TAKES_NOTHING },
	[TYPE_TIMESTAMPTZ] = { "timestamp with time zone", 1184,
	    TAKES_NOTHING },
	[TYPE_UUID] = { "uuid", 2950, TAKES_NOTHING },
	[TYPE_VARCHAR] = { "character varying", 1043, TAKES_LENGTH },
};

typedef struct {
	const char *name;
	TypeName type;
} TypeAlias;

/* Every name a type goes by in PostgreSQL, sorted. */
static const TypeAlias aliases[] = {
	{ "bigint", TYPE_BIGINT },
	{ "bool", TYPE_BOOLEAN },
	{ "boolean", TYPE_BOOLEAN },
	{ "bpchar", TYPE_CHAR },
	{ "bytea", TYPE_BYTEA },
	{ "char", TYPE_CHAR },
	{ "character", TYPE_CHAR },
	{ "character varying", TYPE_VARCHAR },
	{ "date", TYPE_DATE },
	{ "dec", TYPE_NUMERIC },
	{ "decimal", TYPE_NUMERIC },
	{ "double precision", TYPE_DOUBLE },
	{ "float", TYPE_DOUBLE },
	{ "float4", TYPE_REAL },
	{ "float8", TYPE_DOUBLE },
	{ "int", TYPE_INTEGER },
	{ "int2", TYPE_SMALLINT },
	{ "int4", TYPE_INTEGER },
	{ "int8", TYPE_BIGINT },
	{ "integer", TYPE_INTEGER },
	{ "json", TYPE_JSON },
	{ "jsonb", TYPE_JSONB },
	{ "numeric", TYPE_NUMERIC },
	{ "real", TYPE_REAL },
	{ "smallint", TYPE_SMALLINT },
	{ "text", TYPE_TEXT },
	{ "time", TYPE_TIME },
	{ "time without time zone", TYPE_TIME },
	{ "timestamp", TYPE_TIMESTAMP },
	{ "timestamp with time zone", TYPE_TIMESTAMPTZ },
	{ "timestamp without time zone", TYPE_TIMESTAMP },
	{ "timestamptz", TYPE_TIMESTAMPTZ },
	{ "uuid", TYPE_UUID },
	{ "varchar", TYPE_VARCHAR },
};

const char *
type_sql(Type type, char sql[TYPE_SQL_BYTES])
{
	const TypeFacts *facts;

	assert(type.name < TYPE_COUNT);
	facts = &types[type.name];
	if (facts->takes == TAKES_LENGTH && type.length > 0)
		snprintf(
		    sql, TYPE_SQL_BYTES, "%s(%d)", facts->name, type.length);
	else if (facts->takes == TAKES_PRECISION && type.precision > 0)
		snprintf(sql, TYPE_SQL_BYTES, "%s(%d,%d)", facts->name,
		    type.precision, type.scale);
	else if (type.name == TYPE_CHAR)
		/* character alone is character(1); this one has no limit. */
		snprintf(sql, TYPE_SQL_BYTES, "bpchar");
	else
		snprintf(sql, TYPE_SQL_BYTES, "%s", facts->name);
	return sql;
}

static char
lower(char letter)
{
	return letter >= 'A' && letter <= 'Z' ? (char)(letter + 32) : letter;
}

static const char *
skip_blanks(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

/* Words of letters and digits, in lower case with one blank between, up to a
 * parenthesis or the end; NULL where they are none or too long. */
static const char *
parse_name(const char *text, char name[TYPE_SQL_BYTES])
{
	size_t n;

	n = 0;
	text = skip_blanks(text);
	while (*text != '\0' && *text != '(') {
		if (n == TYPE_SQL_BYTES - 1)
			return NULL;
		name[n++] = lower(*text);
		text = *text == ' ' ? skip_blanks(text) : text + 1;
	}
	while (n > 0 && name[n - 1] == ' ')
		n--;
	name[n] = '\0';
	return text;
}

/* A decimal of at most limit, with blanks around; NULL where it is not. */
static const char *
parse_number(const char *text, int limit, int *number)
{
	int read;
	const char *start;

	text = skip_blanks(text);
	start = text;
	read = 0;
	while (*text >= '0' && *text <= '9' && read <= limit)
		read = read * 10 + (*text++ - '0');
	if (text == start || read > limit)
		return NULL;
	*number = read;
	return skip_blanks(text);
}

/* What stands behind the opening parenthesis. */
static bool
parse_modifiers(const char *text, Type *type)
{
	switch (types[type->name].takes) {
	case TAKES_NOTHING:
		return false;
	case TAKES_LENGTH:
		text = parse_number(text, LENGTH_LIMIT, &type->length);
		if (text == NULL || type->length == 0)
			return false;
		break;
	case TAKES_PRECISION:
		text = parse_number(text, PRECISION_LIMIT, &type->precision);
		if (text == NULL || type->precision == 0)
			return false;
		if (*text == ',')
			text = parse_number(
			    text + 1, type->precision, &type->scale);
		break;
	}
	return text != NULL && *text == ')' && *skip_blanks(text + 1) == '\0';
}

static int
compare_alias(const void *name, const void *alias)
{
	return strcmp(name, ((const TypeAlias *)alias)->name);
}

bool
type_parse(const char *sql, Type *type)
{
	char name[TYPE_SQL_BYTES];
	const TypeAlias *alias;
	Type read;

	sql = parse_name(sql, name);
	if (sql == NULL)
		return false;
	alias = bsearch(name, aliases, sizeof(aliases) / sizeof(aliases[0]),
	    sizeof(aliases[0]), compare_alias);
	if (alias == NULL)
		return false;
	read = (Type){ .name = alias->type };
	if (*sql == '(') {
		if (!parse_modifiers(sql + 1, &read))
			return false;
	} else if (read.name == TYPE_CHAR && strcmp(name, "bpchar") != 0) {
		read.length = 1;
	}
	*type = read;
	return true;
}

bool
type_is_whole(TypeName name)
{
	return name == TYPE_BIGINT || name == TYPE_INTEGER ||
	    name == TYPE_SMALLINT;
}

uint32_t
type_oid(TypeName name)
{
	assert(name < TYPE_COUNT);
	return types[name].oid;
}
