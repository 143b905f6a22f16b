#include "formats/type.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
	const char *sql;
	Type type;
	const char *written; /* NULL: as sql */
} TypeCase;

static const TypeCase cases[] = {
	{ "text", { TYPE_TEXT, 0, 0, 0 }, NULL },
	{ "bigint", { TYPE_BIGINT, 0, 0, 0 }, NULL },
	{ "boolean", { TYPE_BOOLEAN, 0, 0, 0 }, NULL },
	{ "bytea", { TYPE_BYTEA, 0, 0, 0 }, NULL },
	{ "bpchar", { TYPE_CHAR, 0, 0, 0 }, NULL },
	{ "character(1)", { TYPE_CHAR, 1, 0, 0 }, NULL },
	{ "date", { TYPE_DATE, 0, 0, 0 }, NULL },
	{ "double precision", { TYPE_DOUBLE, 0, 0, 0 }, NULL },
	{ "integer", { TYPE_INTEGER, 0, 0, 0 }, NULL },
	{ "json", { TYPE_JSON, 0, 0, 0 }, NULL },
	{ "jsonb", { TYPE_JSONB, 0, 0, 0 }, NULL },
	{ "numeric", { TYPE_NUMERIC, 0, 0, 0 }, NULL },
	{ "numeric(12,2)", { TYPE_NUMERIC, 0, 12, 2 }, NULL },
	{ "numeric(1000,1000)", { TYPE_NUMERIC, 0, 1000, 1000 }, NULL },
	{ "real", { TYPE_REAL, 0, 0, 0 }, NULL },
	{ "smallint", { TYPE_SMALLINT, 0, 0, 0 }, NULL },
	{ "time without time zone", { TYPE_TIME, 0, 0, 0 }, NULL },
	{ "timestamp without time zone", { TYPE_TIMESTAMP, 0, 0, 0 }, NULL },
	{ "timestamp with time zone", { TYPE_TIMESTAMPTZ, 0, 0, 0 }, NULL },
	{ "uuid", { TYPE_UUID, 0, 0, 0 }, NULL },
	{ "character varying", { TYPE_VARCHAR, 0, 0, 0 }, NULL },
	{ "character varying(10485760)", { TYPE_VARCHAR, 10485760, 0, 0 },
	    NULL },
	/* aliases and spellings */
	{ "char", { TYPE_CHAR, 1, 0, 0 }, "character(1)" },
	{ "character", { TYPE_CHAR, 1, 0, 0 }, "character(1)" },
	{ "bpchar(5)", { TYPE_CHAR, 5, 0, 0 }, "character(5)" },
	{ "varchar(20)", { TYPE_VARCHAR, 20, 0, 0 }, "character varying(20)" },
	{ "int8", { TYPE_BIGINT, 0, 0, 0 }, "bigint" },
	{ "int", { TYPE_INTEGER, 0, 0, 0 }, "integer" },
	{ "int4", { TYPE_INTEGER, 0, 0, 0 }, "integer" },
	{ "int2", { TYPE_SMALLINT, 0, 0, 0 }, "smallint" },
	{ "float", { TYPE_DOUBLE, 0, 0, 0 }, "double precision" },
	{ "float8", { TYPE_DOUBLE, 0, 0, 0 }, "double precision" },
	{ "float4", { TYPE_REAL, 0, 0, 0 }, "real" },
	{ "bool", { TYPE_BOOLEAN, 0, 0, 0 }, "boolean" },
	{ "dec(5)", { TYPE_NUMERIC, 0, 5, 0 }, "numeric(5,0)" },
	{ "decimal(5,5)", { TYPE_NUMERIC, 0, 5, 5 }, "numeric(5,5)" },
	{ "time", { TYPE_TIME, 0, 0, 0 }, "time without time zone" },
	{ "timestamp", { TYPE_TIMESTAMP, 0, 0, 0 },
	    "timestamp without time zone" },
	{ "timestamptz", { TYPE_TIMESTAMPTZ, 0, 0, 0 },
	    "timestamp with time zone" },
	{ "  DOUBLE   Precision ", { TYPE_DOUBLE, 0, 0, 0 },
	    "double precision" },
	{ "NUMERIC ( 12 , 2 ) ", { TYPE_NUMERIC, 0, 12, 2 }, "numeric(12,2)" },
};

static void
types_are_parsed_and_written_as_postgresql_writes_them(void **state)
{
	char sql[TYPE_SQL_BYTES];
	Type type, again;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&type, 0xff, sizeof(type));
		if (!type_parse(cases[i].sql, &type))
			fail_msg("\"%s\" was refused", cases[i].sql);
		assert_memory_equal(&type, &cases[i].type, sizeof(type));
		assert_string_equal(type_sql(type, sql),
		    cases[i].written != NULL ? cases[i].written : cases[i].sql);
		assert_true(type_parse(sql, &again));
		assert_memory_equal(&type, &again, sizeof(type));
	}
}

static void
what_is_not_in_the_set_is_refused(void **state)
{
	static const char *const bad[] = { "", " ", "(", "txt", "text[]",
		"text; drop table users", "text(5)", "integer(11)", "inet",
		"public.text", "\"text\"", "double", "doubleprecision",
		"varchar()", "varchar(0)", "varchar(10485761)", "varchar(-1)",
		"varchar(+1)", "varchar(1", "varchar(1))", "varchar(1) x",
		"varchar(1,2)", "varchar(99999999999999999999)", "numeric(0)",
		"numeric(1001)", "numeric(5,6)", "numeric(5,-1)", "numeric(5,)",
		"numeric(,2)", "numeric(5,2,1)", "numeric(1 2)", "timestamp(3)",
		"timestamp with time zone(3)", "time with time zone", "timetz",
		"serial", "money", "bit", "text\n", "text\t", "xtext", "te xt",
		"character varying varying varying varying varying varying",
		"text\xc3\xa9" };
	Type type;
	size_t i;

	(void)state;
	memset(&type, 0x55, sizeof(type));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (type_parse(bad[i], &type))
			fail_msg("\"%s\" was taken for a type", bad[i]);
		assert_int_equal(type.length, 0x55555555);
	}
}

static void
every_type_is_read_back_and_has_an_oid_of_its_own(void **state)
{
	char sql[TYPE_SQL_BYTES];
	unsigned name, other;
	Type type;

	(void)state;
	for (name = 0; name < TYPE_COUNT; name++) {
		type_sql((Type){ .name = (TypeName)name }, sql);
		assert_true(type_parse(sql, &type));
		assert_int_equal(type.name, name);
		assert_int_not_equal(type_oid((TypeName)name), 0);
		for (other = 0; other < name; other++)
			assert_int_not_equal(type_oid((TypeName)name),
			    type_oid((TypeName)other));
	}
	assert_int_equal(type_oid(TYPE_TEXT), 25);
	assert_int_equal(type_oid(TYPE_TIMESTAMPTZ), 1184);
	assert_int_equal(type_oid(TYPE_NUMERIC), 1700);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    types_are_parsed_and_written_as_postgresql_writes_them),
		cmocka_unit_test(what_is_not_in_the_set_is_refused),
		cmocka_unit_test(
		    every_type_is_read_back_and_has_an_oid_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
