#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mappings.h"
#include "transform/glob.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_version_is_required_and_no_other),
		cmocka_unit_test(unknown_keys_are_refused_with_the_nearest),
		cmocka_unit_test(values_of_another_kind_are_refused),
		cmocka_unit_test(types_and_conversions_are_of_the_list),
		cmocka_unit_test(names_must_be_names_of_postgresql),
		cmocka_unit_test(empty_expressions_are_refused),
		cmocka_unit_test(zones_are_known_with_their_place),
		cmocka_unit_test(keys_that_contradict_each_other_are_refused),
		cmocka_unit_test(one_name_is_given_once),
		cmocka_unit_test(patterns_that_do_not_end_are_refused),
	};

	return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
