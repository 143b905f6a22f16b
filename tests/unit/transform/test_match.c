#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/bytes.h"
#include "matches.h"

/* A shop: two tables of the dump, four of the target. */
static Column order_columns[] = { { .name = "id", .declared = "INTEGER" },
	{ .name = "customerId", .declared = "INTEGER" },
	{ .name = "legacy", .declared = "TEXT" },
	{ .name = "unused", .declared = "TEXT" },
	{ .name = "total", .declared = "TEXT" } };
static Table shop_tables[] = {
	{ .name = "Orders",
	    .rowid_column = 0,
	    .columns = order_columns,
	    .n_columns = 5 },
	{ .name = "gone", .columns = order_columns, .n_columns = 1 },
	{ .name = "empty", .columns = order_columns, .n_columns = 1 },
	{ .name = "django_migrations",
	    .columns = order_columns,
	    .n_columns = 1 },
};
static ColumnProfile order_profiles[] = { { INTEGERS(3, 1, 3) },
	{ INTEGERS(3, 1, 3) }, { TEXTS(3, 3) }, { .classes[VALUE_NULL] = 3 },
	{ TEXTS(3, 3) } };
static ColumnProfile id_profiles[] = { { INTEGERS(3, 1, 3) } };
static ColumnProfile no_profiles[1];
static TableProfile shop_profiles[] = {
	{ .rows = 3, .columns = order_profiles, .n_columns = 5 },
	{ .rows = 3, .columns = id_profiles, .n_columns = 1 },
	{ .rows = 0, .columns = no_profiles, .n_columns = 1 },
	{ .rows = 3, .columns = id_profiles, .n_columns = 1 },
};

#define KNOWN_TEXT .type_sql = "text", .known = true

static TargetColumn target_columns[] = { { .name = "id",
					     .type_sql = "bigint",
					     .known = true,
					     .type = { .name = TYPE_BIGINT } },
	{ .name = "customer_id",
	    .type_sql = "bigint",
	    .known = true,
	    .type = { .name = TYPE_BIGINT } },
	{ .name = "total", KNOWN_TEXT, .generated = true },
	{ .name = "created", KNOWN_TEXT, .default_text = "now()" },
	{ .name = "remark", KNOWN_TEXT },
	{ .name = "email", KNOWN_TEXT, .not_null = true } };
static int customer_column[] = { 1 };
static const char *id_name[] = { "id" };
static const char *touch[] = { "touch" };
static TargetForeignKey customer_key[] = { { .name = "orders_customer_fk",
    .columns = customer_column,
    .n_columns = 1,
    .parent_namespace = "public",
    .parent = "customers",
    .parent_columns = id_name } };
static TargetTable target_tables[] = {
	{ .namespace = "auth",
	    .name = "gone",
	    .columns = target_columns,
	    .n_columns = 1 },
	{ .namespace = "public",
	    .name = "customers",
	    .columns = target_columns,
	    .n_columns = 1 },
	{ .namespace = "public",
	    .name = "django_migrations",
	    .columns = target_columns,
	    .n_columns = 1 },
	{ .namespace = "public",
	    .name = "orders",
	    .columns = target_columns,
	    .n_columns = 6,
	    .foreign_keys = customer_key,
	    .n_foreign_keys = 1,
	    .triggers = touch,
	    .n_triggers = 1,
	    .row_security = true },
};
static const Schema shop = { .tables = shop_tables, .n_tables = 4 };
static const Profile shop_profile = { .tables = shop_profiles, .n_tables = 4 };
static const Target shop_target = { .server = "15",
	.namespace = "public",
	.tables = target_tables,
	.n_tables = 4 };

static void
all_that_does_not_match_is_said_in_one_list(void **state)
{
	static const char *const problems[] = {
		"Orders.legacy: public.orders has no column \"legacy\"",
		"Orders -> public.orders: column \"email\" text is NOT NULL "
		"without a default",
		"gone: schema \"public\" has no table \"gone\", but schema "
		"\"auth\" has (rename: { schema: auth, table: gone })",
	};
	static const char *const notes[] = {
		"Orders.unused: public.orders has no such column; it is left "
		"out",
		"Orders.total: public.orders.total is computed by the server",
		"Orders -> public.orders: the dump has nothing for columns of "
		"the target: created (by their defaults), remark (NULL)",
		"public.orders: triggers fire for every row that is loaded: "
		"touch",
		"public.orders: row-level security is on",
		"empty: schema \"public\" has no such table; it is left out",
		"django_migrations: a framework's own records",
		"public.orders: foreign key \"orders_customer_fk\" refers to "
		"public.customers",
		"2 tables of the target get no rows: auth.gone, "
		"public.customers",
	};
	const MatchInput input = { .source = &shop,
		.profile = &shop_profile,
		.target = &shop_target };
	Match match = { 0 };
	Buf buf = { 0 };
	Error err;

	(void)state;
	match_or_fail(&input, &match);
	print_texts("problem", match.problems, match.n_problems);
	print_texts("note", match.notes, match.n_notes);
	assert_int_equal(match.n_problems, COUNT(problems));
	for (size_t i = 0; i < COUNT(problems); i++)
		assert_non_null(strstr(match.problems[i], problems[i]));
	assert_int_equal(match.n_notes, COUNT(notes));
	for (size_t i = 0; i < COUNT(notes); i++)
		assert_non_null(strstr(match.notes[i], notes[i]));
	assert_true(match_put_problems(&match, &buf, &err));
	assert_int_equal(buf.data[buf.size - 1], '\n');
	buf_free(&buf);
	match_free(&match);
}

static void
a_mapping_solves_what_does_not_match(void **state)
{
	MappingColumn columns[] = { { .name = "legacy", .skip = true },
		{ .name = "customerid", .rename = "customer_id" } };
	MappingColumn add[] = { { .name = "email",
	    .value = "'nobody@example.org'" } };
	MappingTable tables[] = { { .name = "orders",
				      .columns = columns,
				      .n_columns = 2,
				      .add = add,
				      .n_add = 1 },
		{ .name = "gone", .rename_namespace = "auth" } };
	const MappingTable *found[] = { &tables[1], &tables[0] };
	const Mapping mapping = { .path = "m.yaml",
		.tables = tables,
		.n_tables = 2,
		.found = found,
		.n_named = 2 };
	const bool wanted[] = { true, true, true, false };
	const MatchInput input = { .source = &shop,
		.profile = &shop_profile,
		.wanted = wanted,
		.mapping = &mapping,
		.target = &shop_target };
	Match match = { 0 };

	(void)state;
	match_or_fail(&input, &match);
	print_texts("problem", match.problems, match.n_problems);
	assert_int_equal(match.n_problems, 0);
	assert_ptr_equal(match.tables[0].target, &target_tables[3]);
	assert_int_equal(match.tables[0].columns[0], 0);
	assert_int_equal(match.tables[0].columns[1], 1);
	assert_int_equal(match.tables[0].columns[2], -1);
	assert_int_equal(match.tables[0].columns[3], -1);
	assert_int_equal(match.tables[0].columns[4], -1);
	assert_int_equal(match.tables[0].added[0], 5);
	assert_true(match.tables[0].added_rules[0].not_null);
	assert_ptr_equal(match.tables[1].target, &target_tables[0]);
	assert_null(match.tables[2].target);
	assert_null(match.tables[3].target);
	match_free(&match);
}

static void
two_tables_do_not_share_one(void **state)
{
	Table tables[] = {
		{ .name = "Order", .columns = order_columns, .n_columns = 1 },
		{ .name = "ORDER", .columns = order_columns, .n_columns = 1 }
	};
	const Schema source = { .tables = tables, .n_tables = 2 };
	const MatchInput input = { .source = &source, .target = &shop_target };
	Match match = { 0 };

	(void)state;
	match_or_fail(&input, &match);
	assert_int_equal(match.n_problems, 1);
	assert_non_null(strstr(
	    match.problems[0], "Order and ORDER both go to public.orders"));
	match_free(&match);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_does_not_match_is_said_in_one_list),
		cmocka_unit_test(a_mapping_solves_what_does_not_match),
		cmocka_unit_test(two_tables_do_not_share_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
