#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mappings.h"

#define LIMIT 6

/* Tables of a dump. */
typedef struct {
	Schema schema;
	Table tables[LIMIT];
	Column columns[LIMIT][LIMIT];
} Fixture;

static void
make_dump(Fixture *fixture, const char *const tables[][LIMIT])
{
	*fixture = (Fixture){ .schema.tables = fixture->tables };
	for (size_t i = 0; tables[i][0] != NULL; i++) {
		Table *table = &fixture->tables[i];

		table->name = tables[i][0];
		table->columns = fixture->columns[i];
		for (size_t j = 1; tables[i][j] != NULL; j++)
			table->columns[table->n_columns++].name = tables[i][j];
		fixture->schema.n_tables++;
	}
}

static const char *const shop[][LIMIT] = {
	{ "Orders", "id", "total", "created_at" },
	{ "users", "id", "Name" },
	{ "tmp_1", "a", "b" },
	{ "tmp_2", "a", "c" },
	{ "data[1]", "x" },
	{ NULL },
};

typedef struct {
	unsigned n;
	char text[2048];
} Warnings;

static void
take_warning(void *context, const char *text)
{
	Warnings *warnings = context;

	warnings->n++;
	snprintf(warnings->text, sizeof warnings->text, "%s", text);
}

/* The tables part against the shop; message is NULL when it passes. */
static void
checked(const char *tables, const char *message, unsigned n_warnings,
    const char *warning)
{
	char text[4096];
	Warnings warnings = { 0 };
	Fixture fixture;
	Mapping mapping;
	Error err = { 0 };
	bool ok;

	snprintf(text, sizeof text, "version: 1\ntables:\n%s", tables);
	make_dump(&fixture, shop);
	read_well(text, &mapping);
	ok = mapping_check(
	    &mapping, &fixture.schema, take_warning, &warnings, &err);
	if (ok != (message == NULL))
		fail_msg("%s", ok ? message : err.text);
	if (!ok) {
		assert_int_equal(err.kind, ERROR_USAGE);
		assert_string_equal(err.text, message);
	}
	assert_int_equal(warnings.n, n_warnings);
	if (warning != NULL)
		assert_string_equal(warnings.text, warning);
	mapping_free(&mapping);
}

static void
entries_for_what_is_there_pass(void **state)
{
	(void)state;
	checked("  orders: { columns: { TOTAL: {} } }\n  \"tmp_?\": { columns: "
		"{ a: {}, b: {}, c: {} } }\n  'data\\[1]': {}\n",
	    NULL, 0, NULL);
}

static void
all_that_is_missing_is_one_message(void **state)
{
	(void)state;
	checked("  Ordres: {}\n  users: { columns: { nmae: {}, zzzzzz: {} } }\n"
		"  \"old_*\": {}\n  \"data[1]\": {}\n"
		"  \"tmp_*\": { columns: { d: {}, dddd: {} } }\n",
	    "m.yaml:3:3: the dump has no table \"Ordres\"; "
	    "did you mean \"Orders\"?\n"
	    "m.yaml:4:23: table \"users\" has no column \"nmae\"; "
	    "did you mean \"Name\"?\n"
	    "m.yaml:4:33: table \"users\" has no column \"zzzzzz\"\n"
	    "m.yaml:5:3: no table matches \"old_*\"\n"
	    "m.yaml:6:3: no table matches \"data[1]\"; a backslash before *, ? "
	    "and [ makes it the name of one\n"
	    "m.yaml:7:25: no table matched by \"tmp_*\" has a column \"d\"; "
	    "did you mean \"a\"?\n"
	    "m.yaml:7:32: no table matched by \"tmp_*\" has a column \"dddd\"",
	    0, NULL);
}

static void
what_is_optional_is_told(void **state)
{
	(void)state;
	checked("  gone: { optional: true, columns: { x: {} } }\n", NULL, 1,
	    "m.yaml:3:3: the dump has no table \"gone\"");
	checked("  \"gone*\": { optional: true }\n", NULL, 1,
	    "m.yaml:3:3: no table matches \"gone*\"");
	checked("  users: { columns: { x: { optional: true } } }\n", NULL, 1,
	    "m.yaml:3:23: table \"users\" has no column \"x\"");
	checked("  users: { optional: true, columns: { x: {} } }\n",
	    "m.yaml:3:39: table \"users\" has no column \"x\"", 0, NULL);
}

static void
two_entries_for_one_thing_are_refused(void **state)
{
	(void)state;
	checked("  ORDERS: {}\n  Orders: {}\n",
	    "m.yaml:3:3: table \"ORDERS\" has an entry already, in line 4", 0,
	    NULL);
	checked("  users: { columns: { NAME: {}, Name: {} } }\n",
	    "m.yaml:3:23: column \"Name\" has an entry already, in line 3", 0,
	    NULL);
	checked("  \"tmp_*\": { rename: x }\n",
	    "m.yaml:3:3: \"tmp_*\" matches 2 tables, which cannot all be "
	    "called \"x\"",
	    0, NULL);
	checked("  \"tmp_*\": { rename: x }\n  tmp_1: {}\n", NULL, 0, NULL);
	checked("  \"tmp_*\": { rename: { schema: x } }\n", NULL, 0, NULL);
}

static void
many_problems_are_counted(void **state)
{
	char text[8192];
	int n = 0;
	Fixture fixture;
	Mapping mapping;
	Error err = { 0 };

	(void)state;
	n += snprintf(text, sizeof text, "version: 1\ntables:\n");
	for (int i = 0; i < 100; i++)
		n += snprintf(text + n, sizeof text - (size_t)n,
		    "  zzzzzzzzzzzzzz%d: {}\n", i);
	read_well(text, &mapping);
	make_dump(&fixture, shop);
	assert_false(
	    mapping_check(&mapping, &fixture.schema, take_warning, NULL, &err));
	assert_non_null(strstr(err.text, "zzzz0\"\n"));
	assert_non_null(strstr(err.text, " more"));
	begins_with(strrchr(err.text, '\n'), "\nand ");
	mapping_free(&mapping);
}

static void
a_hostile_name_breaks_no_line(void **state)
{
	(void)state;
	checked("  \"a\\nm.yaml:1:1: b\\e\": {}\n",
	    "m.yaml:3:3: the dump has no table \"a\\x0am.yaml:1:1: b\\x1b\"", 0,
	    NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_for_what_is_there_pass),
		cmocka_unit_test(all_that_is_missing_is_one_message),
		cmocka_unit_test(what_is_optional_is_told),
		cmocka_unit_test(two_entries_for_one_thing_are_refused),
		cmocka_unit_test(many_problems_are_counted),
		cmocka_unit_test(a_hostile_name_breaks_no_line),
	};

	return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
