#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "formats/io.h"
#include "transform/glob.h"
#include "transform/mapping.h"

#define LIMIT 6

/* Tests run in a directory of their own, in which the file is called so. */
static const char path[] = "m.yaml";

static int
enter_directory(void **state)
{
	static char directory[] = "/tmp/litehaul-mapping-XXXXXX";

	*state = directory;
	return mkdtemp(directory) == NULL || chdir(directory) != 0;
}

static int
leave_directory(void **state)
{
	return unlink(path) != 0 || chdir("/") != 0 || rmdir(*state) != 0;
}

static bool
read_text(const char *text, Mapping *mapping, Error *err)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
	*mapping = (Mapping){ 0 };
	*err = (Error){ 0 };
	return mapping_read(path, mapping, err);
}

static void
read_well(const char *text, Mapping *mapping)
{
	Error err;

	if (!read_text(text, mapping, &err))
		fail_msg("%s", err.text);
}

static void
begins_with(const char *text, const char *message)
{
	if (strncmp(text, message, strlen(message)) != 0)
		fail_msg("\"%s\", not \"%s\"", text, message);
}

/* The file is refused with a message that begins so. */
static void
refused(const char *text, const char *message)
{
	Mapping mapping;
	Error err;

	if (read_text(text, &mapping, &err))
		fail_msg("read, not \"%s\"", message);
	assert_int_equal(err.kind, ERROR_USAGE);
	begins_with(err.text, message);
	mapping_free(&mapping);
}

/* The same of a column "c" of the table "t", whose entry begins at 4:8. */
static void
column_refused(const char *entry, const char *message)
{
	char text[1024];

	snprintf(text, sizeof text,
	    "version: 1\ntables:\n  t: { columns: {\n    c: %s } }\n", entry);
	refused(text, message);
}

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
the_version_is_required_and_no_other(void **state)
{
	(void)state;
	refused("tables: {}\n",
	    "m.yaml:1:1: no version; write \"version: 1\" first");
	refused("version: 2\nnovelty: 1\n",
	    "m.yaml:1:10: version 2, and this litehaul knows version 1 only");
	refused("version: 1.0\n", "m.yaml:1:10: the version must be 1");
	refused("version:\n", "m.yaml:1:9: the version must be 1");
	refused("version: [1]\n", "m.yaml:1:10: the version must be 1");
	refused("[version]\n", "m.yaml:1:1: a mapping file takes keys");
	refused("version: 10\n", "m.yaml:1:10: version 10, and");
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
unknown_keys_are_refused_with_the_nearest(void **state)
{
	(void)state;
	refused("version: 1\ntabels: {}\n",
	    "m.yaml:2:1: unknown key \"tabels\" in a mapping file; "
	    "did you mean \"tables\"?");
	refused("version: 1\nfoo: {}\n",
	    "m.yaml:2:1: unknown key \"foo\" in a mapping file");
	refused("version: 1\ntarget: { scheme: x }\n",
	    "m.yaml:2:11: unknown key \"scheme\" in target; "
	    "did you mean \"schema\"?");
	refused("version: 1\ndefaults: { onerror: x }\n",
	    "m.yaml:2:13: unknown key \"onerror\" in defaults; "
	    "did you mean \"on_error\"?");
	refused("version: 1\ntables:\n  t: { colums: {} }\n",
	    "m.yaml:3:8: unknown key \"colums\" in a table; "
	    "did you mean \"columns\"?");
	refused("version: 1\ntables: { t: { rename: { name: x } } }\n",
	    "m.yaml:2:26: unknown key \"name\" in rename");
	refused("version: 1\ntables: { t: { add: { c: { rename: x } } } }\n",
	    "m.yaml:2:28: unknown key \"rename\" in a column of add");
	column_refused("{ rname: x }",
	    "m.yaml:4:10: unknown key \"rname\" in a column; "
	    "did you mean \"rename\"?");
}

static void
values_of_another_kind_are_refused(void **state)
{
	(void)state;
	refused("version: 1\ntables:\n",
	    "m.yaml:2:8: nothing stands here, and "
	    "tables takes keys; write {}");
	refused("version: 1\ntables: x\n",
	    "m.yaml:2:9: tables takes keys and their values");
	refused("version: 1\ntables: { t: yes }\n",
	    "m.yaml:2:14: a table takes keys and their values");
	refused("version: 1\ntarget: { schema: [x] }\n",
	    "m.yaml:2:19: a single value is wanted, not a list");
	column_refused("[]", "m.yaml:4:8: a column takes keys");
	column_refused("{ skip: yes }",
	    "m.yaml:4:16: \"yes\" where false or true is wanted");
	column_refused(
	    "{ skip: True }", "m.yaml:4:16: \"True\" where false or true");
	column_refused("{ on_error: nul }",
	    "m.yaml:4:20: \"nul\" where reject, null or stop is wanted");
	column_refused("{ on_error: }", "m.yaml:4:20: \"\" where reject");
	column_refused("{ text_nul: drop }",
	    "m.yaml:4:20: \"drop\" where reject, strip or bytea is wanted");
	column_refused("{ invalid_utf8: x }",
	    "m.yaml:4:24: \"x\" where reject, replace, latin1 or bytea is");
	column_refused("{ identity: always }",
	    "m.yaml:4:20: \"always\" where by_default or none is wanted");
	column_refused(
	    "{ not_null: 1 }", "m.yaml:4:20: \"1\" where false or true");
	refused("version: 1\ndefaults: { identifiers: snake }\n",
	    "m.yaml:2:26: \"snake\" where fold, keep or snake_case is wanted");
	column_refused("{ values: [a] }", "m.yaml:4:18: a map of values takes");
	column_refused("{ values: {} }", "m.yaml:4:18: a map of no values");
	column_refused(
	    "{ values: { a: [] } }", "m.yaml:4:23: a single value is wanted");
	column_refused("{ values: { null: x } }",
	    "m.yaml:4:20: NULL stays NULL in a map of values");
}

static void
types_and_conversions_are_of_the_list(void **state)
{
	(void)state;
	column_refused("{ type: timestampz }",
	    "m.yaml:4:16: \"timestampz\" is no type that litehaul knows; "
	    "did you mean \"timestamp");
	column_refused("{ type: \"varchr(10)\" }",
	    "m.yaml:4:16: \"varchr(10)\" is no type that litehaul knows; "
	    "did you mean \"varchar\"?");
	column_refused("{ type: \"numeric(2,3)\" }",
	    "m.yaml:4:16: \"numeric(2,3)\" is no type that litehaul knows; "
	    "litehaul-mapping(5) lists them");
	column_refused("{ type: \"text; DROP TABLE x\" }",
	    "m.yaml:4:16: \"text; DROP TABLE x\" is no type");
	column_refused("{ using: unixx_ms }",
	    "m.yaml:4:17: unknown conversion \"unixx_ms\"; "
	    "did you mean \"unix_ms\"?");
	column_refused("{ using: telepathy }",
	    "m.yaml:4:17: unknown conversion \"telepathy\"; "
	    "litehaul-mapping(5) lists them");
	refused("version: 1\ntypes: { X: strange }\n",
	    "m.yaml:2:13: \"strange\" is no type");
}

static void
names_must_be_names_of_postgresql(void **state)
{
	char entry[128] = "{ rename: ";
	Mapping mapping;

	(void)state;
	column_refused(
	    "{ rename: \"\" }", "m.yaml:4:18: PostgreSQL has no empty names");
	column_refused("{ rename: null }", "m.yaml:4:18: null is no name");
	memset(entry + 10, 'x', 64);
	memcpy(entry + 74, " }", 3);
	column_refused(entry,
	    "m.yaml:4:18: the name has 64 bytes, and PostgreSQL's have at "
	    "most 63");
	refused("version: 1\ntarget: { schema: pg_x }\n",
	    "m.yaml:2:19: PostgreSQL keeps schemas");
	refused("version: 1\ntables: { t: { rename: {} } }\n",
	    "m.yaml:2:24: a rename to nothing");
	read_well("version: 1\ntables: { t: { rename: \"null\" }, u: { rename: "
		  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxx } }\n",
	    &mapping);
	assert_int_equal(strlen(mapping.tables[1].rename), 63);
	mapping_free(&mapping);
}

static void
empty_expressions_are_refused(void **state)
{
	Mapping mapping;

	(void)state;
	column_refused("{ value: \" \" }", "m.yaml:4:17: nothing stands here");
	column_refused("{ value: }", "m.yaml:4:17: nothing stands here");
	refused("version: 1\ntables: { t: { where: \"\" } }\n",
	    "m.yaml:2:23: nothing stands here");
	refused("version: 1\ntables: { t: { where: null } }\n",
	    "m.yaml:2:23: null says nothing here");
	/* SQL has a null too. */
	read_well("version: 1\ntables: { t: { columns: "
		  "{ c: { value: null } } } }\n",
	    &mapping);
	assert_string_equal(mapping.tables[0].columns[0].value, "null");
	mapping_free(&mapping);
}

static void
zones_are_known_with_their_place(void **state)
{
	Mapping mapping;

	(void)state;
	refused("version: 1\ndefaults: { assume_zone: Mars/Phobos }\n",
	    "m.yaml:2:26: ");
	read_well("version: 1\ndefaults: { assume_zone: +02:00 }\n", &mapping);
	assert_non_null(mapping.defaults.zone);
	assert_string_equal(mapping.defaults.zone_name, "+02:00");
	mapping_free(&mapping);
}

static void
keys_that_contradict_each_other_are_refused(void **state)
{
	(void)state;
	column_refused("{ skip: true, rename: x }",
	    "m.yaml:4:22: skip: true leaves the column out, and \"rename\"");
	column_refused("{ on_error: null, skip: true }", "m.yaml:4:10: skip");
	refused("version: 1\ntables: { t: { skip: true, columns: {} } }\n",
	    "m.yaml:2:28: skip: true leaves the table out, and \"columns\"");
	column_refused("{ type: text, using: cents }",
	    "m.yaml:4:29: using: cents gives numeric, not text");
	column_refused("{ type: text, identity: by_default }",
	    "m.yaml:4:32: identity takes the type bigint, integer or "
	    "smallint, not text");
	column_refused("{ using: unix_s, identity: by_default }",
	    "m.yaml:4:35: identity takes");
	column_refused("{ values: { a: 1 }, identity: by_default }",
	    "m.yaml:4:38: identity takes");
	column_refused("{ not_null: true, on_error: null }",
	    "m.yaml:4:36: on_error: null makes NULL");
	column_refused("{ identity: by_default, not_null: false }",
	    "m.yaml:4:42: an identity column is never NULL");
	refused("version: 1\ntables: { t: { add: { c: { type: text } } } }\n",
	    "m.yaml:2:23: the column \"c\" of add has no value");
}

static void
one_name_is_given_once(void **state)
{
	Mapping mapping;

	(void)state;
	refused("version: 1\ntables:\n  t:\n    columns:\n"
		"      a: { rename: x }\n      b: { rename: x }\n",
	    "m.yaml:6:20: a second column called \"x\"; line 5 has one");
	refused("version: 1\ntables:\n  t:\n    add:\n"
		"      x: { value: \"1\" }\n    columns:\n"
		"      b: { rename: x }\n",
	    "m.yaml:7:20: a second column called \"x\"; line 5 has one");
	refused("version: 1\ntables:\n  a: { rename: x }\n"
		"  b: { rename: x }\n",
	    "m.yaml:4:16: a second table called \"x\"; line 3 has one");
	refused("version: 1\ntables:\n  a: { rename: x }\n"
		"  b: { rename: { schema: s, table: x } }\n"
		"target: { schema: s }\n",
	    "m.yaml:4:16: a second table called \"x\"; line 3 has one");
	read_well("version: 1\ntables:\n  a: { rename: x }\n"
		  "  b: { rename: { schema: s, table: x } }\n"
		  "  c: { rename: X, columns: { a: { rename: x } } }\n",
	    &mapping);
	mapping_free(&mapping);
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
patterns_that_do_not_end_are_refused(void **state)
{
	(void)state;
	refused("version: 1\ntables: { \"a[b\": {} }\n",
	    "m.yaml:2:11: the pattern \"a[b\" does not end");
	refused("version: 1\ntables: { 'a\\': {} }\n",
	    "m.yaml:2:11: the pattern \"a\\\" does not end");
	assert_int_equal(glob_kind("[]]"), GLOB_WILD);
	assert_int_equal(glob_kind("[!]]"), GLOB_WILD);
	assert_int_equal(glob_kind("[[:alpha:]"), GLOB_BROKEN);
	assert_int_equal(glob_kind("[[:alpha:]]"), GLOB_WILD);
	assert_int_equal(glob_kind("[a\\]"), GLOB_BROKEN);
	assert_int_equal(glob_kind("a]"), GLOB_NAME);
	assert_int_equal(glob_weight("a\\*[b-z]?*c"), 3);
}

/* Any name, written as a pattern, is the pattern of this name. */
static void
an_escaped_name_is_its_own_pattern(void **state)
{
	static const char letters[] = "aA*?[]\\-!^:\xc3\xa9 \n";
	unsigned seed = (unsigned)time(NULL);
	Buf buf = { 0 };
	Error err;

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (int i = 0; i < 10000; i++) {
		char name[12] = "", pattern[32];
		size_t n = (size_t)rand() % sizeof name;

		for (size_t j = 0; j < n; j++)
			name[j] =
			    letters[(size_t)rand() % (sizeof letters - 1)];
		name[sizeof name - 1] = '\0';
		buf.size = 0;
		assert_true(glob_put_name(&buf, name, &err));
		snprintf(pattern, sizeof pattern, "%s", buf_text(&buf, &err));
		assert_int_equal(glob_kind(pattern), GLOB_NAME);
		assert_true(glob_matches(pattern, name));
		glob_unescape(pattern);
		assert_string_equal(pattern, name);
	}
	buf_free(&buf);
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
		cmocka_unit_test(the_version_is_required_and_no_other),
		cmocka_unit_test(version_may_stand_anywhere),
		cmocka_unit_test(a_file_that_is_none_is_refused),
		cmocka_unit_test(a_link_to_a_file_is_followed),
		cmocka_unit_test(unknown_keys_are_refused_with_the_nearest),
		cmocka_unit_test(values_of_another_kind_are_refused),
		cmocka_unit_test(types_and_conversions_are_of_the_list),
		cmocka_unit_test(names_must_be_names_of_postgresql),
		cmocka_unit_test(empty_expressions_are_refused),
		cmocka_unit_test(zones_are_known_with_their_place),
		cmocka_unit_test(keys_that_contradict_each_other_are_refused),
		cmocka_unit_test(one_name_is_given_once),
		cmocka_unit_test(the_narrowest_entry_wins),
		cmocka_unit_test(
		    of_names_in_two_letter_cases_the_very_one_wins),
		cmocka_unit_test(patterns_that_do_not_end_are_refused),
		cmocka_unit_test(an_escaped_name_is_its_own_pattern),
		cmocka_unit_test(declared_types_are_compared_squeezed),
		cmocka_unit_test(the_nearest_setting_holds),
		cmocka_unit_test(entries_for_what_is_there_pass),
		cmocka_unit_test(all_that_is_missing_is_one_message),
		cmocka_unit_test(what_is_optional_is_told),
		cmocka_unit_test(two_entries_for_one_thing_are_refused),
		cmocka_unit_test(many_problems_are_counted),
		cmocka_unit_test(a_hostile_name_breaks_no_line),
		cmocka_unit_test(damaged_files_are_read_or_refused),
	};

	return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
