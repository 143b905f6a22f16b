#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "formats/io.h"
#include "mappings.h"

static void
read_data(const char *name, Mapping *mapping)
{
	const char *folder = strstr(__FILE__, "unit/transform/");
	char data[1024];
	Error err = { 0 };

	assert_non_null(folder);
	snprintf(data, sizeof data, "%.*sdata/%s", (int)(folder - __FILE__),
	    __FILE__, name);
	*mapping = (Mapping){ 0 };
	if (!mapping_read(data, mapping, &err))
		fail_msg("%s", err.text);
}

static void
the_example_says_what_it_says(void **state)
{
	const MappingTable *orders, *sessions;
	const MappingColumn *column;
	Mapping mapping;
	Type type;

	(void)state;
	read_data("mapping-example.yaml", &mapping);
	assert_string_equal(mapping.namespace, "shop");
	assert_int_equal(mapping.naming, NAMING_FOLD);
	assert_int_equal(mapping.n_tables, 3);
	orders = mapping_table(&mapping, "orders");
	assert_string_equal(orders->name, "Orders");
	assert_string_equal(orders->rename, "orders");
	assert_string_equal(orders->where, "deleted_at IS NULL");
	assert_int_equal(orders->where_place.column, 12);
	assert_int_equal(orders->n_columns, 10);
	column = mapping_column(orders, "id");
	assert_int_equal(column->identity, MAPPING_IDENTITY_BY_DEFAULT);
	assert_int_equal(column->type.name, TYPE_BIGINT);
	column = mapping_column(orders, "customerid");
	assert_string_equal(column->rename, "customer_id");
	assert_false(column->has_type);
	column = mapping_column(orders, "total");
	assert_int_equal(column->conversion, CONVERSION_CENTS);
	assert_true(type_parse("numeric(12,2)", &type));
	assert_memory_equal(&column->type, &type, sizeof type);
	column = mapping_column(orders, "status");
	assert_int_equal(column->n_values, 3);
	assert_string_equal(column->values[2].from, "2");
	assert_string_equal(column->values[2].to, "shipped");
	column = mapping_column(orders, "email");
	assert_string_equal(column->value, "lower(trim(email))");
	assert_int_equal(column->value_place.column, 29);
	column = mapping_column(orders, "meta");
	assert_int_equal(column->defaults.policy, POLICY_NULL);
	assert_true(mapping_column(orders, "legacy_flag")->skip);
	assert_int_equal(orders->n_add, 1);
	assert_string_equal(orders->add[0].name, "source");
	assert_true(mapping_table(&mapping, "tmp_orders")->skip);
	sessions = mapping_table(&mapping, "Sessions");
	assert_string_equal(sessions->rename_namespace, "auth");
	assert_string_equal(sessions->rename, "sessions");
	mapping_free(&mapping);
}

static void
every_key_is_read(void **state)
{
	const MappingTable *kept;
	const MappingColumn *column;
	Mapping mapping;

	(void)state;
	read_data("mapping-every-key.yaml", &mapping);
	assert_int_equal(mapping.naming, NAMING_SNAKE_CASE);
	assert_int_equal(mapping.defaults.policy, POLICY_NULL);
	assert_int_equal(mapping.defaults.nul, NUL_STRIP);
	assert_int_equal(mapping.defaults.utf8, UTF8_LATIN1);
	assert_true(mapping.defaults.has_zone);
	assert_null(mapping.defaults.zone);
	assert_string_equal(mapping.defaults.zone_name, "UTC");
	kept = mapping_table(&mapping, "KEPT");
	assert_true(kept->optional);
	assert_string_equal(kept->where, "id > 0\nAND name <> ''\n");
	assert_int_equal(kept->defaults.policy, POLICY_STOP);
	assert_int_equal(kept->defaults.nul, NUL_BYTEA);
	assert_int_equal(kept->defaults.utf8, UTF8_REPLACE);
	column = mapping_column(kept, "id");
	assert_true(column->has_not_null && column->not_null);
	assert_false(column->optional);
	column = mapping_column(kept, "state");
	assert_string_equal(column->values[1].to, "null");
	assert_null(column->values[2].to);
	assert_int_equal(column->defaults.utf8, UTF8_BYTEA);
	assert_int_equal(kept->n_add, 2);
	assert_int_equal(kept->add[0].identity, MAPPING_IDENTITY_NONE);
	assert_string_equal(kept->add[0].value, "1");
	assert_int_equal(kept->add[1].n_values, 1);
	assert_int_equal(kept->add[1].conversion, CONVERSION_UNIX_S);
	assert_string_equal(mapping_table(&mapping, "*")->rename, "star");
	assert_true(mapping_table(&mapping, "old_7")->skip);
	assert_null(mapping_table(&mapping, "old_x"));
	mapping_free(&mapping);
}

static void
json_is_a_mapping_file_too(void **state)
{
	const MappingTable *users;
	Mapping mapping;

	(void)state;
	read_data("mapping-json.yaml", &mapping);
	assert_int_equal(mapping.naming, NAMING_KEEP);
	assert_int_equal(mapping.defaults.policy, POLICY_NULL);
	users = mapping_table(&mapping, "users");
	assert_string_equal(users->rename,
	    "users \xf0\x9f\x98\x80 \\ud83d\\ude00 caf\xc3\xa9 /");
	assert_null(mapping_column(users, "state")->values[1].to);
	assert_true(mapping_column(users, "GONE")->skip);
	mapping_free(&mapping);
}

static void
the_schema_for_editors_has_every_conversion(void **state)
{
	const char *folder = strstr(__FILE__, "tests/unit/");
	char name[1024];
	Buf buf = { 0 };
	Error err = { 0 };

	(void)state;
	assert_non_null(folder);
	snprintf(name, sizeof name, "%.*sshare/mapping.schema.json",
	    (int)(folder - __FILE__), __FILE__);
	if (!io_read_given(name, 1 << 20, &buf, &err))
		fail_msg("%s", err.text);
	for (int i = CONVERSION_NONE + 1; i < CONVERSION_COUNT; i++) {
		snprintf(name, sizeof name, "\"%s\"",
		    conversion_name((Conversion)i));
		if (strstr(buf_text(&buf, &err), name) == NULL)
			fail_msg("%s is missing", name);
	}
	buf_free(&buf);
}

static void
version_may_stand_anywhere(void **state)
{
	Mapping mapping;

	(void)state;
	read_well("tables: {}\nversion: \"1\"\n", &mapping);
	assert_int_equal(mapping.n_tables, 0);
	assert_null(mapping.namespace);
	assert_null(mapping_table(&mapping, "t"));
	assert_null(mapping_column(NULL, "c"));
	mapping_free(&mapping);
}

static void
a_file_that_is_none_is_refused(void **state)
{
	Mapping mapping = { 0 };
	Error err = { 0 };

	(void)state;
	assert_false(mapping_read("missing.yaml", &mapping, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	begins_with(err.text, "mapping file: could not open \"missing.yaml\"");
	mapping_free(&mapping);
	assert_false(mapping_read(".", &mapping, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	mapping_free(&mapping);
}

static void
a_link_to_a_file_is_followed(void **state)
{
	Mapping mapping;
	Error err;

	(void)state;
	read_well("version: 1\n", &mapping);
	mapping_free(&mapping);
	assert_int_equal(symlink(path, "link.yaml"), 0);
	assert_true(mapping_read("link.yaml", &mapping, &err));
	assert_string_equal(mapping.path, "link.yaml");
	mapping_free(&mapping);
	assert_int_equal(unlink("link.yaml"), 0);
}

static void
the_narrowest_entry_wins(void **state)
{
	static const char *const expected[][2] = {
		{ "Users", "1" },
		{ "USERS", "1" },
		{ "users_old", "3" },
		{ "users_1", "5" },
		{ "users_ab", "3" },
		{ "us", "6" },
		{ "x*y", "7" },
		{ "x\\y", "8" },
		{ "xzy", "2" },
		{ "", "2" },
	};
	Mapping mapping;

	(void)state;
	read_well("version: 1\ntables:\n"
		  "  Users: { rename: \"1\" }\n"
		  "  \"*\": { rename: \"2\" }\n"
		  "  \"users_*\": { rename: \"3\" }\n"
		  "  \"users?\": { rename: \"4\" }\n"
		  "  \"users_[0-9]\": { rename: \"5\" }\n"
		  "  \"US*\": { rename: \"6\" }\n"
		  "  'x\\*y': { rename: \"7\" }\n"
		  "  \"x\\\\\\\\y\": { rename: \"8\" }\n",
	    &mapping);
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		assert_string_equal(
		    mapping_table(&mapping, expected[i][0])->rename,
		    expected[i][1]);
	mapping_free(&mapping);
}

static void
of_names_in_two_letter_cases_the_very_one_wins(void **state)
{
	Mapping mapping;

	(void)state;
	read_well("version: 1\ntables:\n  a: { columns: { c: { rename: x }, "
		  "C: { rename: y } } }\n  A: {}\n",
	    &mapping);
	assert_ptr_equal(mapping_table(&mapping, "a"), &mapping.tables[0]);
	assert_ptr_equal(mapping_table(&mapping, "A"), &mapping.tables[1]);
	assert_string_equal(
	    mapping_column(&mapping.tables[0], "c")->rename, "x");
	assert_string_equal(
	    mapping_column(&mapping.tables[0], "C")->rename, "y");
	mapping_free(&mapping);
}

static void
declared_types_are_compared_squeezed(void **state)
{
	static const char *const fit[][2] = {
		{ "tinyint ( 1 )", "boolean" },
		{ "TINYINT(1)", "boolean" },
		{ "varchar(255)", "text" },
		{ "VARCHAR(10)", "character varying(10)" },
		{ "numeric(10, 2)", "double precision" },
		{ "numeric(10,3)", "numeric" },
		{ "NUMERIC(10)", "numeric" },
		{ "  long\t\ninteger ", "integer" },
		{ "", "bytea" },
	};
	static const char *const unfit[] = { "tinyint", "tinyint(2)",
		"tinyint(1", "tinyint(1) unsigned", "varchar", "varchar()",
		"varchar(1)x", "longinteger", "long integers" };
	char sql[TYPE_SQL_BYTES];
	Mapping mapping;

	(void)state;
	read_well("version: 1\ntypes:\n  \"Tinyint( 1)\": boolean\n"
		  "  \"VARCHAR(*)\": text\n  \"varchar(10)\": varchar(10)\n"
		  "  \"NUMERIC(*)\": numeric\n"
		  "  \"NUMERIC(*,2)\": double precision\n"
		  "  \"long  integer\": integer\n  \"\": bytea\n",
	    &mapping);
	for (size_t i = 0; i < sizeof fit / sizeof *fit; i++) {
		const Type *type = mapping_declared(&mapping, fit[i][0]);

		if (type == NULL)
			fail_msg("%s has no type", fit[i][0]);
		assert_string_equal(type_sql(*type, sql), fit[i][1]);
	}
	for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++)
		if (mapping_declared(&mapping, unfit[i]) != NULL)
			fail_msg("%s has a type", unfit[i]);
	mapping_free(&mapping);
	refused("version: 1\ntypes: { \"VARCHAR*\": text }\n",
	    "m.yaml:2:10: a * stands for a number in parentheses");
	refused("version: 1\ntypes: { \"V(1*)\": text }\n", "m.yaml:2:10: a *");
	refused("version: 1\ntypes:\n  INT: bigint\n  int: integer\n",
	    "m.yaml:4:3: \"INT\" stands here twice, first in line 3");
}

static void
the_nearest_setting_holds(void **state)
{
	MappingDefaults defaults;
	Mapping mapping;

	(void)state;
	read_well("version: 1\ndefaults: { on_error: stop, text_nul: strip, "
		  "assume_zone: +02:00 }\n"
		  "tables: { t: { on_error: reject, invalid_utf8: latin1, "
		  "columns: { c: { on_error: null, assume_zone: UTC }, "
		  "d: {} } } }\n",
	    &mapping);
	defaults = mapping_defaults(&mapping, NULL, NULL);
	assert_int_equal(defaults.policy, POLICY_STOP);
	assert_non_null(defaults.zone);
	assert_false(defaults.has_utf8);
	defaults = mapping_defaults(
	    &mapping, &mapping.tables[0], &mapping.tables[0].columns[1]);
	assert_int_equal(defaults.policy, POLICY_REJECT);
	assert_int_equal(defaults.nul, NUL_STRIP);
	assert_int_equal(defaults.utf8, UTF8_LATIN1);
	defaults = mapping_defaults(
	    &mapping, &mapping.tables[0], &mapping.tables[0].columns[0]);
	assert_int_equal(defaults.policy, POLICY_NULL);
	assert_true(defaults.has_zone);
	assert_null(defaults.zone);
	mapping_free(&mapping);
}

/* A file with some bytes changed is read, or refused with the place. */
static void
damaged_files_are_read_or_refused(void **state)
{
	static const char letters[] = "{}[]:,\"'\n -#*&!|>a1\\\xff\0";
	unsigned seed = (unsigned)time(NULL);
	char name[1024], *text;
	Buf buf = { 0 };
	Error err = { 0 };

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	snprintf(name, sizeof name, "%.*sdata/mapping-every-key.yaml",
	    (int)(strstr(__FILE__, "unit/transform/") - __FILE__), __FILE__);
	assert_true(io_read_given(name, 1 << 20, &buf, &err));
	text = test_malloc(buf.size + 1);
	for (int i = 0; i < 3000; i++) {
		Mapping mapping;

		memcpy(text, buf.data, buf.size);
		text[buf.size] = '\0';
		for (int j = rand() % 4; j >= 0; j--)
			text[(size_t)rand() % buf.size] =
			    letters[(size_t)rand() % (sizeof letters - 1)];
		if (!read_text(text, &mapping, &err)) {
			assert_int_equal(err.kind, ERROR_USAGE);
			begins_with(err.text, "m.yaml:");
		}
		mapping_free(&mapping);
	}
	test_free(text);
	buf_free(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_says_what_it_says),
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(json_is_a_mapping_file_too),
		cmocka_unit_test(the_schema_for_editors_has_every_conversion),
		cmocka_unit_test(version_may_stand_anywhere),
		cmocka_unit_test(a_file_that_is_none_is_refused),
		cmocka_unit_test(a_link_to_a_file_is_followed),
		cmocka_unit_test(the_narrowest_entry_wins),
		cmocka_unit_test(
		    of_names_in_two_letter_cases_the_very_one_wins),
		cmocka_unit_test(declared_types_are_compared_squeezed),
		cmocka_unit_test(the_nearest_setting_holds),
		cmocka_unit_test(damaged_files_are_read_or_refused),
	};

	return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
