#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "transform/rewrite.h"

/* Tables of at most so many columns and keys, built on the stack. */
#define LIMIT 4

typedef struct {
	Table table;
	Column columns[LIMIT];
	Index indexes[LIMIT];
	IndexPart parts[LIMIT][LIMIT];
	ForeignKey foreign_key;
	int key_columns[LIMIT];
	const char *parent_columns[LIMIT];
} Fixture;

static const bool wanted[LIMIT] = { true, true, true, true };

/* A table whose columns are "name type", a NULL at their end. */
static void
make(Fixture *fixture, const char *name, int rowid_column,
    const char *const columns[][2])
{
	*fixture = (Fixture){ .table = { .name = name,
				  .directory = name,
				  .rowid_column = rowid_column,
				  .columns = fixture->columns,
				  .indexes = fixture->indexes } };
	for (size_t i = 0; columns[i][0] != NULL; i++) {
		fixture->columns[i] = (Column){ .name = columns[i][0],
			.declared = columns[i][1],
			.affinity = value_affinity(columns[i][1], false),
			.collation = "BINARY" };
		fixture->table.n_columns++;
	}
}

static Index *
add_index(Fixture *fixture, const char *name, IndexKind kind, bool constraint,
    int first, int second)
{
	size_t i = fixture->table.n_indexes++;
	Index *index = &fixture->indexes[i];

	*index = (Index){ .name = name,
		.kind = kind,
		.constraint = constraint,
		.parts = fixture->parts[i],
		.n_parts = second == -2 ? 1 : 2 };
	fixture->parts[i][0] = (IndexPart){ .column = first, .text = "" };
	fixture->parts[i][1] = (IndexPart){ .column = second, .text = "" };
	return index;
}

static void
add_key(
    Fixture *fixture, int column, const char *parent, const char *parent_column)
{
	fixture->key_columns[0] = column;
	fixture->parent_columns[0] = parent_column;
	fixture->foreign_key = (ForeignKey){ .name = "",
		.columns = fixture->key_columns,
		.parent_columns = fixture->parent_columns,
		.n_columns = 1,
		.parent = parent,
		.on_update = "NO ACTION",
		.on_delete = "CASCADE" };
	fixture->table.foreign_keys = &fixture->foreign_key;
	fixture->table.n_foreign_keys = 1;
}

static void
rewrite(const Schema *source, const Profile *profile, Rewrite *out)
{
	RewriteInput input = {
		.source = source, .profile = profile, .wanted = wanted
	};
	Error err = { 0 };

	*out = (Rewrite){ 0 };
	if (!rewrite_schema(&input, out, &err))
		print_error("%s\n", err.text);
	assert_int_equal(err.kind, ERROR_NONE);
	assert_int_equal(out->schema.dialect, DIALECT_POSTGRESQL);
}

static const LeftOut *
only_left_out(const Rewrite *rewritten, const char *kind, const char *reason)
{
	assert_int_equal(rewritten->schema.n_left_out, 1);
	assert_string_equal(rewritten->schema.left_out[0].kind, kind);
	assert_non_null(strstr(rewritten->schema.left_out[0].reason, reason));
	return &rewritten->schema.left_out[0];
}

static bool
has_note(const Rewrite *rewritten, const char *text)
{
	for (size_t i = 0; i < rewrite_note_count(rewritten); i++)
		if (strstr(rewrite_note(rewritten, i), text) != NULL)
			return true;
	return false;
}

static const char *const user_columns[][2] = { { "Id", "INTEGER" },
	{ "Email", "TEXT" }, { "Age", "INTEGER" }, { NULL, NULL } };

static void
a_rowid_becomes_a_primary_key_with_an_identity(void **state)
{
	Fixture users;
	Schema source = { .tables = &users.table, .n_tables = 1 };
	Rewrite out;
	const Table *table;

	(void)state;
	make(&users, "Users", 0, user_columns);
	users.table.sequence = 17;
	users.table.autoincrement = true;
	rewrite(&source, NULL, &out);
	table = &out.schema.tables[0];
	assert_string_equal(table->name, "users");
	assert_string_equal(table->source, "Users");
	assert_string_equal(table->directory, "users");
	assert_int_equal(table->sequence, 17);
	assert_true(table->columns[0].identity);
	assert_true(table->columns[0].not_null);
	assert_int_equal(table->columns[0].type.name, TYPE_BIGINT);
	assert_string_equal(table->columns[1].name, "email");
	assert_false(table->columns[1].not_null);
	assert_int_equal(table->n_indexes, 1);
	assert_int_equal(table->indexes[0].kind, INDEX_PRIMARY);
	assert_string_equal(table->indexes[0].name, "users_pkey");
	rewrite_free(&out);
}

static void
indexes_get_names_that_nothing_else_has(void **state)
{
	static const char *const columns[][2] = { { "a", "TEXT" },
		{ NULL, NULL } };
	Fixture fixtures[2];
	Table tables[2];
	Schema source = { .tables = tables, .n_tables = 2 };
	Rewrite out;

	(void)state;
	make(&fixtures[0], "users", -1, user_columns);
	add_index(&fixtures[0], "", INDEX_UNIQUE, true, 1, -2);
	add_index(&fixtures[0], "By_Age", INDEX_PLAIN, false, 2, 1);
	add_index(&fixtures[0], "", INDEX_PRIMARY, true, 0, 1);
	make(&fixtures[1], "users_email_key", -1, columns);
	add_index(&fixtures[1], "same", INDEX_UNIQUE, true, 0, -2);
	tables[0] = fixtures[0].table;
	tables[1] = fixtures[1].table;
	rewrite(&source, NULL, &out);
	assert_string_equal(
	    out.schema.tables[0].indexes[0].name, "users_email_key_2");
	assert_string_equal(out.schema.tables[0].indexes[1].name, "by_age");
	assert_string_equal(out.schema.tables[0].indexes[2].name, "users_pkey");
	assert_true(out.schema.tables[0].columns[0].not_null);
	assert_true(out.schema.tables[0].columns[1].not_null);
	assert_false(out.schema.tables[0].columns[2].not_null);
	assert_string_equal(out.schema.tables[1].indexes[0].name, "same");
	rewrite_free(&out);
}

static void
expressions_and_partial_indexes_go_along_where_they_can(void **state)
{
	Fixture users;
	Schema source = { .tables = &users.table, .n_tables = 1 };
	const LeftOut *left_out;
	const Index *index;
	Rewrite out;

	(void)state;
	make(&users, "users", -1, user_columns);
	add_index(&users, "lower", INDEX_PLAIN, false, -1, -2);
	users.parts[0][0].text = "lower(Email)";
	add_index(&users, "adults", INDEX_UNIQUE, false, 1, -2)->where =
	    "Age > 17";
	rewrite(&source, NULL, &out);
	assert_int_equal(out.schema.tables[0].n_indexes, 2);
	index = &out.schema.tables[0].indexes[0];
	assert_int_equal(index->parts[0].column, -1);
	assert_non_null(index->parts[0].formula);
	assert_null(index->condition);
	index = &out.schema.tables[0].indexes[1];
	assert_int_equal(index->kind, INDEX_UNIQUE);
	assert_non_null(index->condition);
	rewrite_free(&out);

	make(&users, "users", -1, user_columns);
	add_index(&users, "adults", INDEX_UNIQUE, false, 1, -2)->where =
	    "Age > random()";
	rewrite(&source, NULL, &out);
	left_out = only_left_out(&out, "index", "random()");
	assert_non_null(strstr(left_out->text, "WHERE Age > random()"));
	rewrite_free(&out);
}

static void
what_is_unique_in_any_case_is_so_by_lower(void **state)
{
	Fixture users;
	Schema source = { .tables = &users.table, .n_tables = 1 };
	const Table *table;
	Rewrite out;

	(void)state;
	make(&users, "users", -1, user_columns);
	users.columns[1].collation = "NOCASE";
	users.columns[1].affinity = AFFINITY_TEXT;
	users.columns[1].declared = "TEXT";
	add_index(&users, "", INDEX_UNIQUE, true, 1, -2);
	rewrite(&source, NULL, &out);
	table = &out.schema.tables[0];
	assert_int_equal(table->n_indexes, 1);
	assert_int_equal(table->indexes[0].kind, INDEX_UNIQUE);
	assert_false(table->indexes[0].constraint);
	assert_non_null(table->indexes[0].parts[0].formula);
	assert_string_equal(table->indexes[0].name, "users_email_lower_idx");
	rewrite_free(&out);

	/* A primary key stays one beside it. */
	make(&users, "users", -1, user_columns);
	users.columns[1].collation = "NOCASE";
	users.columns[1].affinity = AFFINITY_TEXT;
	users.columns[1].declared = "TEXT";
	add_index(&users, "", INDEX_PRIMARY, true, 1, -2);
	rewrite(&source, NULL, &out);
	table = &out.schema.tables[0];
	assert_int_equal(table->n_indexes, 2);
	assert_int_equal(table->indexes[1].kind, INDEX_PRIMARY);
	assert_int_equal(table->indexes[1].parts[0].column, 1);
	rewrite_free(&out);
}

static void
an_index_names_each_column_once(void **state)
{
	Fixture users;
	Schema source = { .tables = &users.table, .n_tables = 1 };
	Rewrite out;

	(void)state;
	make(&users, "users", -1, user_columns);
	add_index(&users, "twice", INDEX_PLAIN, false, 1, 1);
	rewrite(&source, NULL, &out);
	assert_int_equal(out.schema.tables[0].indexes[0].n_parts, 1);
	rewrite_free(&out);
}

static void
long_text_is_not_indexed(void **state)
{
	Fixture users;
	Schema source = { .tables = &users.table, .n_tables = 1 };
	ColumnProfile columns[3] = { 0 };
	TableProfile table = { .columns = columns, .n_columns = 3 };
	Profile profile = { .tables = &table, .n_tables = 1 };
	Rewrite out;

	(void)state;
	make(&users, "users", -1, user_columns);
	add_index(&users, "by_email", INDEX_PLAIN, false, 1, -2);
	columns[1].text_bytes_max = 2600;
	rewrite(&source, &profile, &out);
	assert_int_equal(out.schema.n_left_out, 0);
	rewrite_free(&out);
	columns[1].text_bytes_max = 2601;
	rewrite(&source, &profile, &out);
	only_left_out(&out, "index", "2,601 bytes");
	rewrite_free(&out);
}

static void
a_primary_key_that_holds_null_becomes_unique(void **state)
{
	Fixture users;
	Schema source = { .tables = &users.table, .n_tables = 1 };
	ColumnProfile columns[3] = { 0 };
	TableProfile table = { .columns = columns, .n_columns = 3 };
	Profile profile = { .tables = &table, .n_tables = 1 };
	Rewrite out;

	(void)state;
	make(&users, "users", -1, user_columns);
	add_index(&users, "", INDEX_PRIMARY, true, 1, -2);
	columns[1].classes[VALUE_NULL] = 2;
	rewrite(&source, &profile, &out);
	assert_int_equal(out.schema.tables[0].indexes[0].kind, INDEX_UNIQUE);
	assert_string_equal(
	    out.schema.tables[0].indexes[0].name, "users_email_key");
	assert_false(out.schema.tables[0].columns[1].not_null);
	assert_true(has_note(&out, "becomes a unique constraint"));
	rewrite_free(&out);
}

static void
not_null_gives_way_to_nulls_that_are_there(void **state)
{
	Fixture users;
	Schema source = { .tables = &users.table, .n_tables = 1 };
	ColumnProfile columns[3] = { 0 };
	TableProfile table = { .columns = columns, .n_columns = 3 };
	Profile profile = { .tables = &table, .n_tables = 1 };
	Rewrite out;

	(void)state;
	make(&users, "users", -1, user_columns);
	users.columns[1].not_null = users.columns[2].not_null = true;
	columns[1].classes[VALUE_NULL] = 2;
	rewrite(&source, &profile, &out);
	assert_false(out.schema.tables[0].columns[1].not_null);
	assert_true(out.schema.tables[0].columns[2].not_null);
	assert_true(has_note(&out, "becomes nullable"));
	rewrite_free(&out);
}

static void
checks_and_generated_columns_go_along_where_they_can(void **state)
{
	Check checks[] = { { .name = "Old", .text = "Age > 0" },
		{ .name = "", .text = "Age > random()" } };
	Fixture users;
	Schema source = { .tables = &users.table, .n_tables = 1 };
	const Table *table;
	Rewrite out;

	(void)state;
	make(&users, "users", -1, user_columns);
	users.table.checks = checks;
	users.table.n_checks = 2;
	users.columns[1].generated = GENERATED_VIRTUAL;
	users.columns[1].generated_text = "lower(nothing)";
	users.columns[2].default_kind = DEFAULT_SQL;
	users.columns[2].default_text = "(random())";
	rewrite(&source, NULL, &out);
	table = &out.schema.tables[0];
	assert_int_equal(out.schema.n_left_out, 3);
	assert_string_equal(out.schema.left_out[0].kind, "generated column");
	assert_string_equal(out.schema.left_out[1].kind, "default");
	assert_string_equal(out.schema.left_out[1].text, "(random())");
	assert_string_equal(out.schema.left_out[2].kind, "check");
	assert_int_equal(table->n_checks, 1);
	assert_string_equal(table->checks[0].name, "old");
	assert_non_null(table->checks[0].formula);
	assert_int_equal(table->columns[1].generated, GENERATED_NO);
	rewrite_free(&out);
}

/* posts.author refers to users; authors are declared as given. */
static void
relate(Fixture fixtures[2], Table tables[2], const char *author)
{
	const char *const columns[][2] = { { "Author", author },
		{ NULL, NULL } };

	make(&fixtures[0], "Posts", -1, columns);
	add_key(&fixtures[0], 0, "USERS", "id");
	make(&fixtures[1], "users", 0, user_columns);
	tables[0] = fixtures[0].table;
	tables[1] = fixtures[1].table;
}

static void
a_foreign_key_finds_its_parent_in_any_case(void **state)
{
	Fixture fixtures[2];
	Table tables[2];
	Schema source = { .tables = tables, .n_tables = 2 };
	const ForeignKey *key;
	Rewrite out;

	(void)state;
	relate(fixtures, tables, "INTEGER");
	rewrite(&source, NULL, &out);
	assert_int_equal(out.schema.tables[0].n_foreign_keys, 1);
	key = &out.schema.tables[0].foreign_keys[0];
	assert_string_equal(key->name, "posts_author_fkey");
	assert_string_equal(key->parent, "users");
	assert_string_equal(key->parent_columns[0], "id");
	assert_string_equal(key->on_delete, "CASCADE");
	rewrite_free(&out);
}

static void
a_child_takes_its_parents_type_where_its_values_allow(void **state)
{
	Fixture fixtures[2];
	Table tables[2];
	Schema source = { .tables = tables, .n_tables = 2 };
	ColumnProfile columns[2][3] = { 0 };
	TableProfile table_profiles[2] = {
		{ .columns = columns[0], .n_columns = 1 },
		{ .columns = columns[1], .n_columns = 3 },
	};
	Profile profile = { .tables = table_profiles, .n_tables = 2 };
	Rewrite out;

	(void)state;
	relate(fixtures, tables, "TEXT");
	columns[0][0].classes[VALUE_TEXT] = 2;
	columns[0][0].fits[FITS_TEXT] = columns[0][0].fits[FITS_BIGINT] = 2;
	columns[1][0].classes[VALUE_INTEGER] = 2;
	columns[1][0].fits[FITS_BIGINT] = 2;
	rewrite(&source, &profile, &out);
	assert_int_equal(
	    out.schema.tables[0].columns[0].type.name, TYPE_BIGINT);
	assert_int_equal(out.schema.tables[0].n_foreign_keys, 1);
	assert_true(has_note(&out, "becomes bigint, not text"));
	rewrite_free(&out);

	columns[0][0].fits[FITS_BIGINT] = 1;
	rewrite(&source, &profile, &out);
	assert_int_equal(out.schema.tables[0].columns[0].type.name, TYPE_TEXT);
	assert_int_equal(
	    out.schema.tables[1].columns[0].type.name, TYPE_BIGINT);
	assert_int_equal(out.schema.tables[0].n_foreign_keys, 0);
	only_left_out(&out, "foreign key", "does not compare");
	rewrite_free(&out);
}

static void
a_foreign_key_without_a_unique_parent_is_left_out(void **state)
{
	Fixture fixtures[2];
	Table tables[2];
	Schema source = { .tables = tables, .n_tables = 2 };
	const LeftOut *left_out;
	Rewrite out;

	(void)state;
	relate(fixtures, tables, "INTEGER");
	fixtures[0].parent_columns[0] = "age";
	rewrite(&source, NULL, &out);
	left_out = only_left_out(&out, "foreign key", "not unique");
	assert_string_equal(left_out->text,
	    "FOREIGN KEY (\"Author\") REFERENCES \"USERS\" (\"age\")");
	rewrite_free(&out);
	fixtures[0].parent_columns[0] = "nowhere";
	rewrite(&source, NULL, &out);
	only_left_out(&out, "foreign key", "no such column");
	rewrite_free(&out);
	fixtures[0].foreign_key.parent = "nobody";
	rewrite(&source, NULL, &out);
	only_left_out(&out, "foreign key", "not here");
	rewrite_free(&out);
}

static void
tables_that_are_not_wanted_leave_the_others_whole(void **state)
{
	const bool posts_only[] = { true, false };
	Fixture fixtures[2];
	Table tables[2];
	Schema source = { .tables = tables, .n_tables = 2 };
	RewriteInput input = { .source = &source, .wanted = posts_only };
	Rewrite out = { 0 };
	Error err;

	(void)state;
	relate(fixtures, tables, "INTEGER");
	assert_true(rewrite_schema(&input, &out, &err));
	assert_int_equal(out.schema.n_tables, 1);
	assert_int_equal(out.tables[0].target, 0);
	assert_true(out.tables[1].target == REWRITE_NONE);
	only_left_out(&out, "foreign key", "not here");
	rewrite_free(&out);
}

static void
a_table_of_1600_columns_passes_and_of_1601_does_not(void **state)
{
	static char names[REWRITE_COLUMNS_LIMIT + 1][8];
	static Column columns[REWRITE_COLUMNS_LIMIT + 1];
	Table table = { .name = "wide",
		.rowid_column = -1,
		.columns = columns,
		.n_columns = REWRITE_COLUMNS_LIMIT };
	Schema source = { .tables = &table, .n_tables = 1 };
	RewriteInput input = { .source = &source, .wanted = wanted };
	Rewrite out = { 0 };
	Error err;

	(void)state;
	for (size_t i = 0; i <= REWRITE_COLUMNS_LIMIT; i++) {
		snprintf(names[i], sizeof names[i], "c%zu", i);
		columns[i].name = names[i];
		columns[i].declared = "";
	}
	assert_true(rewrite_schema(&input, &out, &err));
	rewrite_free(&out);
	table.n_columns++;
	assert_false(rewrite_schema(&input, &out, &err));
	assert_int_equal(err.kind, ERROR_FAILED);
	assert_non_null(strstr(err.text, "\"wide\" has 1601 columns"));
	rewrite_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_rowid_becomes_a_primary_key_with_an_identity),
		cmocka_unit_test(indexes_get_names_that_nothing_else_has),
		cmocka_unit_test(
		    expressions_and_partial_indexes_go_along_where_they_can),
		cmocka_unit_test(what_is_unique_in_any_case_is_so_by_lower),
		cmocka_unit_test(an_index_names_each_column_once),
		cmocka_unit_test(long_text_is_not_indexed),
		cmocka_unit_test(a_primary_key_that_holds_null_becomes_unique),
		cmocka_unit_test(not_null_gives_way_to_nulls_that_are_there),
		cmocka_unit_test(
		    checks_and_generated_columns_go_along_where_they_can),
		cmocka_unit_test(a_foreign_key_finds_its_parent_in_any_case),
		cmocka_unit_test(
		    a_child_takes_its_parents_type_where_its_values_allow),
		cmocka_unit_test(
		    a_foreign_key_without_a_unique_parent_is_left_out),
		cmocka_unit_test(
		    tables_that_are_not_wanted_leave_the_others_whole),
		cmocka_unit_test(
		    a_table_of_1600_columns_passes_and_of_1601_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
