#include "import/foreign_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/arena.h"
#include "formats/bytes.h"

#include "import/constraint.h"

static Column columns[] = { { .name = "id" }, { .name = "user id" },
	{ .name = "region" } };
static IndexPart id_part[] = { { .column = 0 } };
static Index primary = {
	.name = "", .kind = INDEX_PRIMARY, .parts = id_part, .n_parts = 1
};
static int pair[] = { 1, 2 };
static const char *parents[] = { "id", "area" };
static ForeignKey keys[] = {
	{ .name = "",
	    .columns = pair,
	    .parent_columns = parents,
	    .n_columns = 2,
	    .parent = "users",
	    .on_update = "NO ACTION",
	    .on_delete = "CASCADE" },
	{ .name = "",
	    .columns = pair,
	    .parent_columns = parents,
	    .n_columns = 2,
	    .parent = "people",
	    .on_update = "SET NULL",
	    .on_delete = "SET DEFAULT",
	    .deferred = true },
	{ .name = "named",
	    .columns = pair,
	    .parent_columns = parents,
	    .n_columns = 1,
	    .parent = "users",
	    .on_update = "RESTRICT",
	    .on_delete = "NO ACTION" },
};
static const Table orders = { .name = "orders",
	.columns = columns,
	.n_columns = 3,
	.indexes = &primary,
	.n_indexes = 1,
	.foreign_keys = keys,
	.n_foreign_keys = 3 };

static void
expect_text(Buf *sql, const char *expected)
{
	Error err = { 0 };

	assert_string_equal(buf_text(sql, &err), expected);
	buf_free(sql);
}

static void
keys_are_added_without_looking_at_rows(void **state)
{
	Error err = { 0 };
	Buf sql = { 0 };

	(void)state;
	assert_true(foreign_key_put(&sql, "s", &orders, &keys[0], "k", &err));
	expect_text(&sql,
	    "ALTER TABLE \"s\".\"orders\" ADD CONSTRAINT \"k\" FOREIGN KEY "
	    "(\"user id\", \"region\") REFERENCES \"s\".\"users\" (\"id\", "
	    "\"area\") ON UPDATE NO ACTION ON DELETE CASCADE NOT VALID");
	assert_true(foreign_key_put(&sql, "s", &orders, &keys[1], "k", &err));
	expect_text(&sql,
	    "ALTER TABLE \"s\".\"orders\" ADD CONSTRAINT \"k\" FOREIGN KEY "
	    "(\"user id\", \"region\") REFERENCES \"s\".\"people\" (\"id\", "
	    "\"area\") ON UPDATE SET NULL ON DELETE SET DEFAULT DEFERRABLE "
	    "INITIALLY DEFERRED NOT VALID");
	assert_true(constraint_put_validate(&sql, "s", &orders, "k", &err));
	expect_text(
	    &sql, "ALTER TABLE \"s\".\"orders\" VALIDATE CONSTRAINT \"k\"");
}

static void
orphans_have_a_whole_key_and_no_parent(void **state)
{
	static const char rows[] =
	    " FROM \"s\".\"orders\" AS c WHERE c.\"user id\" IS NOT NULL AND "
	    "c.\"region\" IS NOT NULL AND NOT EXISTS (SELECT FROM "
	    "\"s\".\"users\" AS p WHERE p.\"id\" = c.\"user id\" AND "
	    "p.\"area\" = c.\"region\")";
	Error err = { 0 };
	Buf sql = { 0 }, expected = { 0 };

	(void)state;
	assert_true(foreign_key_put_orphan_count(
	    &sql, "s", &orders, &keys[0], false, &err));
	assert_true(buf_put_format(&expected, &err, "SELECT count(*)%s", rows));
	expect_text(&sql, buf_text(&expected, &err));
	expected.size = 0;
	assert_true(
	    foreign_key_put_orphans(&sql, "s", &orders, &keys[0], false, &err));
	assert_true(buf_put_format(&expected, &err,
	    "SELECT \"id\", \"user id\", \"region\"%s ORDER BY 1", rows));
	expect_text(&sql, buf_text(&expected, &err));
	buf_free(&expected);
}

static void
match_full_wants_all_columns_or_none(void **state)
{
	Error err = { 0 };
	Buf sql = { 0 };

	(void)state;
	assert_true(foreign_key_put_orphan_test(
	    &sql, "s", &orders, &keys[0], true, &err));
	expect_text(&sql,
	    "(c.\"user id\" IS NOT NULL OR c.\"region\" IS NOT NULL) AND "
	    "(c.\"user id\" IS NULL OR c.\"region\" IS NULL OR NOT EXISTS "
	    "(SELECT FROM \"s\".\"users\" AS p WHERE p.\"id\" = "
	    "c.\"user id\" AND p.\"area\" = c.\"region\"))");
}

static void
keys_over_the_same_columns_get_different_names(void **state)
{
	Error err = { 0 };
	Arena arena = { 0 };

	(void)state;
	assert_string_equal(foreign_key_name(&orders, 0, &arena, &err),
	    "orders_user id_region_fkey");
	assert_string_equal(foreign_key_name(&orders, 1, &arena, &err),
	    "orders_user id_region_fkey1");
	assert_string_equal(
	    foreign_key_name(&orders, 2, &arena, &err), "named");
	arena_free(&arena);
}

static void
unknown_actions_and_columns_are_refused(void **state)
{
	int columns_of[] = { 0 };
	ForeignKey key = { .name = "",
		.columns = columns_of,
		.parent_columns = parents,
		.n_columns = 1,
		.parent = "p",
		.on_update = "NO ACTION",
		.on_delete = "NO ACTION" };
	Error err = { 0 };

	(void)state;
	assert_true(foreign_key_check(&orders, &key, &err));
	key.on_delete = "CASCADE; DROP TABLE x";
	assert_false(foreign_key_check(&orders, &key, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	key.on_delete = "CASCADE";
	columns_of[0] = 3;
	assert_false(foreign_key_check(&orders, &key, &err));
	columns_of[0] = -1;
	assert_false(foreign_key_check(&orders, &key, &err));
	columns_of[0] = 2;
	key.n_columns = 0;
	assert_false(foreign_key_check(&orders, &key, &err));
}

static void
a_parent_may_stand_in_a_schema_of_its_own(void **state)
{
	Column column = { .name = "a" };
	const char *parent_columns[] = { "id" };
	int key_columns[] = { 0 };
	ForeignKey key = { .name = "k",
		.columns = key_columns,
		.parent_columns = parent_columns,
		.n_columns = 1,
		.parent = "p",
		.on_update = "CASCADE",
		.on_delete = "SET NULL" };
	Table table = { .name = "c",
		.namespace = "one",
		.columns = &column,
		.n_columns = 1 };
	Error err = { 0 };
	Buf sql = { 0 };

	(void)state;
	assert_true(foreign_key_put(&sql, "s", &table, &key, "k", &err));
	assert_string_equal(buf_text(&sql, &err),
	    "ALTER TABLE \"one\".\"c\" ADD CONSTRAINT \"k\" FOREIGN KEY "
	    "(\"a\") REFERENCES \"s\".\"p\" (\"id\") ON UPDATE CASCADE ON "
	    "DELETE SET NULL NOT VALID");
	sql.size = 0;
	key.parent_namespace = "two";
	table.namespace = NULL;
	assert_true(foreign_key_put(&sql, "s", &table, &key, "k", &err));
	assert_string_equal(buf_text(&sql, &err),
	    "ALTER TABLE \"s\".\"c\" ADD CONSTRAINT \"k\" FOREIGN KEY "
	    "(\"a\") REFERENCES \"two\".\"p\" (\"id\") ON UPDATE CASCADE ON "
	    "DELETE SET NULL NOT VALID");
	buf_free(&sql);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_added_without_looking_at_rows),
		cmocka_unit_test(orphans_have_a_whole_key_and_no_parent),
		cmocka_unit_test(match_full_wants_all_columns_or_none),
		cmocka_unit_test(
		    keys_over_the_same_columns_get_different_names),
		cmocka_unit_test(unknown_actions_and_columns_are_refused),
		cmocka_unit_test(a_parent_may_stand_in_a_schema_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
