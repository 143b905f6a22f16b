#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "formats/formula.h"
#include "formats/schema.h"

/* A postgresql schema: %s stands for its head, a table's head, a column's, and
 * what follows the columns. */
static const char frame[] =
    "{\"format\":\"litehaul\",\"version\":1,\"dialect\":\"%s\",%s"
    "\"source\":{\"name\":\"\",\"bytes\":0,\"modified\":0,\"encoding\":\"\","
    "\"user_version\":0,\"application_id\":0},\"tables\":["
    "{\"name\":\"t\",%s\"kind\":\"rowid\",\"columns\":["
    "{\"name\":\"a\",\"type\":\"bigint\"%s},"
    "{\"name\":\"b\",\"type\":\"bigint\"}]%s}]}";

#define DIRECTORY "\"directory\":\"t\","
#define FORMULA   "[\"add\",[\"column\",\"b\"],[\"literal\",\"bigint\",\"1\"]]"

static bool
read(const char *head, const char *table, const char *column, const char *rest,
    Schema *schema, Error *err)
{
	char json[2048];
	int n = snprintf(
	    json, sizeof json, frame, "postgresql", head, table, column, rest);

	return schema_read((const uint8_t *)json, (size_t)n, schema, err);
}

/* What is read is written, read again and written the same. */
static void
is_kept(
    const char *head, const char *table, const char *column, const char *rest)
{
	Schema schema = { 0 }, back = { 0 };
	Buf one = { 0 }, other = { 0 };
	Error err;

	if (!read(head, table, column, rest, &schema, &err) ||
	    !schema_write(&schema, &one, &err) ||
	    !schema_read(one.data, one.size, &back, &err) ||
	    !schema_write(&back, &other, &err))
		fail_msg("%s%s%s%s: %s", head, table, column, rest, err.text);
	assert_int_equal(one.size, other.size);
	assert_memory_equal(one.data, other.data, one.size);
	for (const char *const *piece =
		 (const char *const[]){ head, column, NULL };
	     *piece != NULL; piece++)
		assert_non_null(
		    memmem(one.data, one.size, *piece, strcspn(*piece, "[,")));
	schema_free(&schema);
	schema_free(&back);
	buf_free(&one);
	buf_free(&other);
}

static void
is_refused(const char *head, const char *table, const char *column,
    const char *rest, const char *why)
{
	Schema schema = { 0 };
	Error err;

	if (read(head, table, column, rest, &schema, &err))
		fail_msg("%s%s%s%s was read", head, table, column, rest);
	assert_int_equal(err.kind, ERROR_DUMP);
	if (strstr(err.text, why) == NULL)
		fail_msg("%s", err.text);
	schema_free(&schema);
}

static void
formulas_are_kept(void **state)
{
	(void)state;
	is_kept(
	    "", DIRECTORY, ",\"default\":\"formula\",\"formula\":" FORMULA, "");
	is_kept("", DIRECTORY, ",\"generated\":\"stored\",\"formula\":" FORMULA,
	    "");
	is_kept("", DIRECTORY, "",
	    ",\"checks\":[{\"name\":\"c\",\"formula\":" FORMULA "}]");
	is_kept("", DIRECTORY, "",
	    ",\"indexes\":[{\"name\":\"i\",\"kind\":\"unique\",\"parts\":["
	    "{\"formula\":" FORMULA ",\"descending\":true},"
	    "{\"column\":\"a\"}],\"condition\":" FORMULA "}]");
	is_kept("\"rejects_round\":2,", DIRECTORY, "", "");
}

static void
a_formula_arrives_as_it_was(void **state)
{
	Schema schema = { 0 };
	const Table *table;
	Error err;

	(void)state;
	assert_true(read("", DIRECTORY,
	    ",\"generated\":\"stored\",\"formula\":" FORMULA,
	    ",\"indexes\":[{\"name\":\"i\",\"kind\":\"plain\",\"parts\":["
	    "{\"formula\":" FORMULA "}],\"condition\":" FORMULA "}],"
	    "\"checks\":[{\"name\":\"c\",\"formula\":" FORMULA "}]",
	    &schema, &err));
	table = &schema.tables[0];
	assert_int_equal(table->columns[0].generated, GENERATED_STORED);
	assert_int_equal(table->columns[0].formula->operation, FORMULA_ADD);
	assert_int_equal(table->columns[0].formula->arguments[0]->column, 1);
	assert_int_equal(table->indexes[0].parts[0].column, -1);
	assert_non_null(table->indexes[0].parts[0].formula);
	assert_non_null(table->indexes[0].condition);
	assert_null(table->checks[0].text);
	assert_non_null(table->checks[0].formula);
	schema_free(&schema);
}

static void
formulas_stand_only_where_they_belong(void **state)
{
	(void)state;
	is_refused("", DIRECTORY, ",\"default\":\"formula\"", "",
	    "\"formula\" is missing");
	is_refused("", DIRECTORY, ",\"formula\":" FORMULA, "",
	    "\"formula\" must not be there");
	is_refused("", DIRECTORY, ",\"generated\":\"stored\"", "",
	    "\"formula\" is missing");
	is_refused("", DIRECTORY,
	    ",\"generated\":\"virtual\",\"formula\":" FORMULA, "",
	    "is \"stored\"");
	is_refused("", DIRECTORY,
	    ",\"generated\":\"stored\",\"identity\":true,\"formula\":" FORMULA,
	    "", "is \"stored\"");
	is_refused("", DIRECTORY,
	    ",\"generated\":\"stored\",\"default\":\"formula\","
	    "\"formula\":" FORMULA,
	    "", "is \"stored\"");
	is_refused("", DIRECTORY, "", ",\"checks\":[{\"name\":\"c\"}]",
	    "cannot be in");
	is_refused("", DIRECTORY, "",
	    ",\"checks\":[{\"name\":\"c\",\"text\":\"x\",\"formula\":" FORMULA
	    "}]",
	    "cannot be in");
	is_refused("", DIRECTORY, "",
	    ",\"indexes\":[{\"name\":\"i\",\"kind\":\"plain\",\"parts\":["
	    "{\"column\":\"a\",\"formula\":" FORMULA "}]}]",
	    "either a column or an expression");
	is_refused("", DIRECTORY, "",
	    ",\"indexes\":[{\"name\":\"i\",\"kind\":\"plain\",\"parts\":[{}]}]",
	    "either a column or an expression");
	is_refused("", DIRECTORY, "",
	    ",\"checks\":[{\"name\":\"c\",\"formula\":[\"pg_sleep\"]}]",
	    "no formula's word");
}

static void
tables_are_told_apart_by_their_namespaces(void **state)
{
	Column column = { .name = "a", .type = { .name = TYPE_TEXT } };
	int key = 0;
	const char *parent_column = "a";
	ForeignKey foreign_key = { .columns = &key,
		.parent_columns = &parent_column,
		.n_columns = 1,
		.parent = "t",
		.parent_namespace = "other" };
	Table tables[] = {
		{ .name = "t",
		    .directory = "t",
		    .rowid_column = -1,
		    .columns = &column,
		    .n_columns = 1,
		    .foreign_keys = &foreign_key,
		    .n_foreign_keys = 1 },
		{ .name = "t",
		    .namespace = "other",
		    .directory = "other%2Et",
		    .rowid_column = -1,
		    .columns = &column,
		    .n_columns = 1 },
	};
	Schema schema = { .dialect = DIALECT_POSTGRESQL,
		.namespace = "app",
		.source = { .name = "x", .encoding = "UTF-8" },
		.tables = tables,
		.n_tables = 2 };
	Schema back = { 0 };
	Buf buf = { 0 };
	Error err;

	(void)state;
	if (!schema_write(&schema, &buf, &err) ||
	    !schema_read(buf.data, buf.size, &back, &err))
		fail_msg("%s", err.text);
	assert_null(back.tables[0].namespace);
	assert_string_equal(back.tables[1].namespace, "other");
	assert_string_equal(
	    back.tables[0].foreign_keys[0].parent_namespace, "other");
	schema_free(&back);
	buf.size = 0;
	foreign_key.parent_namespace = "third";
	assert_true(schema_write(&schema, &buf, &err));
	assert_false(schema_read(buf.data, buf.size, &back, &err));
	assert_non_null(strstr(err.text, "is not in the dump"));
	schema_free(&back);
	/* The Schema's own namespace is the one of those that have none. */
	tables[1].namespace = "app";
	tables[1].directory = "app%2Et";
	assert_false(schema_write(&schema, &buf, &err));
	assert_non_null(strstr(err.text, "\"t\" is there twice"));
	tables[1].namespace = "other";
	assert_false(schema_write(&schema, &buf, &err));
	assert_non_null(strstr(err.text, "expected \"other%2Et\""));
	buf_free(&buf);
}

static void
an_empty_namespace_is_refused(void **state)
{
	(void)state;
	is_refused("", "\"namespace\":\"\",\"directory\":\"%2Et\",", "", "",
	    "\"namespace\" is empty");
}

static void
the_sqlite_dialect_has_none_of_it(void **state)
{
	static const char *const rests[] = {
		",\"checks\":[{\"name\":\"c\",\"formula\":[\"now\"]}]",
		",\"checks\":[{\"name\":\"c\"}]",
		",\"indexes\":[{\"name\":\"i\",\"kind\":\"plain\",\"parts\":["
		"{\"formula\":[\"now\"]}]}]",
		",\"indexes\":[{\"name\":\"i\",\"kind\":\"plain\",\"parts\":["
		"{\"column\":\"a\"}],\"condition\":[\"now\"]}]",
		",\"namespace\":\"x\"",
		",\"foreign_keys\":[{\"name\":\"\",\"columns\":[\"a\"],"
		"\"parent_namespace\":\"x\",\"parent\":\"t\","
		"\"parent_columns\":[\"a\"],\"on_update\":\"NO ACTION\","
		"\"on_delete\":\"NO ACTION\"}]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
		Schema schema = { 0 };
		char json[2048];
		Error err;
		int n = snprintf(json, sizeof json,
		    "{\"format\":\"litehaul\",\"version\":1,"
		    "\"dialect\":\"sqlite\",\"source\":{\"name\":\"\","
		    "\"bytes\":0,\"modified\":0,\"encoding\":\"\","
		    "\"user_version\":0,\"application_id\":0},\"tables\":["
		    "{\"name\":\"t\",\"directory\":\"t\",\"kind\":\"rowid\","
		    "\"columns\":[{\"name\":\"a\",\"affinity\":\"text\"}]%s"
		    "}]}",
		    rests[i]);

		if (schema_read(
			(const uint8_t *)json, (size_t)n, &schema, &err))
			fail_msg("%s was read", rests[i]);
		assert_int_equal(err.kind, ERROR_DUMP);
		schema_free(&schema);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formulas_are_kept),
		cmocka_unit_test(a_formula_arrives_as_it_was),
		cmocka_unit_test(formulas_stand_only_where_they_belong),
		cmocka_unit_test(tables_are_told_apart_by_their_namespaces),
		cmocka_unit_test(an_empty_namespace_is_refused),
		cmocka_unit_test(the_sqlite_dialect_has_none_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
