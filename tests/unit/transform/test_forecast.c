#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transform/forecast.h"

/* A table of one column, on its way to one column of the target. */
typedef struct {
	Column from, to;
	Table source_table, target_table;
	Schema source;
	ColumnProfile profile;
	TableProfile rows;
	RewriteColumn filled;
	RewriteTable table;
	Rewrite rewrite;
	Arena arena;
} Scene;

/* 10 values that are text, of which none is strange. */
static void
begin(Scene *scene, Type type)
{
	memset(scene, 0, sizeof *scene);
	scene->from = (Column){
		.name = "c", .declared = "TEXT", .affinity = AFFINITY_TEXT
	};
	scene->to = (Column){ .name = "c", .type = type };
	scene->source_table = (Table){ .name = "t",
		.columns = &scene->from,
		.n_columns = 1,
		.rowid_column = -1 };
	scene->target_table = scene->source_table;
	scene->target_table.columns = &scene->to;
	scene->source.tables = &scene->source_table;
	scene->source.n_tables = 1;
	scene->profile.classes[VALUE_TEXT] = 10;
	scene->profile.fits[FITS_TEXT] = 10;
	scene->profile.text_characters_max = 8;
	scene->rows = (TableProfile){ .rows = 10, .columns = &scene->profile };
	scene->filled = (RewriteColumn){ .value = -1, .rule.type = type };
	scene->table = (RewriteTable){ .profile = &scene->rows,
		.columns = &scene->filled,
		.n_columns = 1 };
	scene->rewrite.input.source = &scene->source;
	scene->rewrite.schema.tables = &scene->target_table;
	scene->rewrite.schema.n_tables = 1;
	scene->rewrite.tables = &scene->table;
}

/* What is foretold; NULL for nothing. */
static void
foretells(Scene *scene, const char *expected)
{
	const char *clause;
	Error err = { 0 };

	assert_true(forecast_column(
	    &scene->rewrite, 0, 0, &scene->arena, &clause, &err));
	if (expected == NULL)
		assert_null(clause);
	else
		assert_string_equal(clause, expected);
	arena_free(&scene->arena);
}

static void
values_that_all_fit_are_no_news(void **state)
{
	Scene scene;

	(void)state;
	begin(&scene, (Type){ .name = TYPE_TEXT });
	foretells(&scene, NULL);
	begin(&scene, (Type){ .name = TYPE_BYTEA });
	scene.profile.classes[VALUE_INTEGER] = 3;
	foretells(&scene, NULL);
	begin(&scene, (Type){ .name = TYPE_VARCHAR, .length = 8 });
	foretells(&scene, NULL);
}

static void
what_does_not_fit_goes_as_the_policy_says(void **state)
{
	Scene scene;

	(void)state;
	begin(&scene, (Type){ .name = TYPE_BIGINT });
	scene.profile.fits[FITS_BIGINT] = 9;
	scene.profile.counter[FITS_BIGINT] = (Counter){ .row = 4,
		.has_rowid = true,
		.rowid = 17,
		.class = VALUE_TEXT,
		.text = "N/A" };
	foretells(&scene,
	    "1 of 10 values does not fit, first 'N/A' (text) at rowid 17: such "
	    "rows will be set aside");
	scene.filled.rule.policy = POLICY_NULL;
	foretells(&scene,
	    "1 of 10 values does not fit, first 'N/A' (text) at rowid 17: such "
	    "values will be NULL");
	scene.filled.rule.not_null = true;
	foretells(&scene,
	    "1 of 10 values does not fit, first 'N/A' (text) at rowid 17: such "
	    "rows will be set aside");
	scene.filled.rule.policy = POLICY_STOP;
	foretells(&scene,
	    "1 of 10 values does not fit, first 'N/A' (text) at rowid 17: the "
	    "run will fail");
}

static void
text_that_is_mended_fits(void **state)
{
	Scene scene;

	(void)state;
	begin(&scene, (Type){ .name = TYPE_TEXT });
	/* One is both. */
	scene.profile.fits[FITS_TEXT] = 7;
	scene.profile.nul = 2;
	scene.profile.invalid_utf8 = 2;
	foretells(
	    &scene, "3 of 10 values do not fit: such rows will be set aside");
	scene.filled.rule.nul = NUL_STRIP;
	foretells(
	    &scene, "2 of 10 values do not fit: such rows will be set aside");
	scene.filled.rule.utf8 = UTF8_LATIN1;
	foretells(&scene, NULL);
	scene.filled.rule.nul = NUL_BYTEA;
	scene.filled.rule.utf8 = UTF8_REPLACE;
	foretells(
	    &scene, "2 of 10 values do not fit: such rows will be set aside");
}

static void
nulls_where_none_may_be_are_counted(void **state)
{
	Scene scene;

	(void)state;
	begin(&scene, (Type){ .name = TYPE_TEXT });
	scene.profile.classes[VALUE_NULL] = 1;
	foretells(&scene, NULL);
	scene.to.not_null = true;
	foretells(
	    &scene, "1 NULL where none may be: such rows will be set aside");
	/* NULL cannot stand for NULL. */
	scene.filled.rule.policy = POLICY_NULL;
	foretells(
	    &scene, "1 NULL where none may be: such rows will be set aside");
	scene.profile.text_characters_max = 9;
	scene.filled.rule.type = (Type){ .name = TYPE_VARCHAR, .length = 8 };
	foretells(&scene,
	    "the longest value has 9 characters: such rows will be set aside; "
	    "1 NULL where none may be: such rows will be set aside");
}

static void
nothing_is_said_of_what_nobody_has_looked_at(void **state)
{
	static const RuleValue map[] = { { "a", "b" } };
	Scene scene;

	(void)state;
	begin(&scene, (Type){ .name = TYPE_BIGINT });
	scene.filled.rule.values = map;
	scene.filled.rule.n_values = 1;
	foretells(&scene, NULL);
	begin(&scene, (Type){ .name = TYPE_BIGINT });
	scene.filled.value = 0;
	foretells(&scene, NULL);
	begin(&scene, (Type){ .name = TYPE_TIMESTAMPTZ });
	scene.filled.rule.conversion = CONVERSION_UNIX_S;
	foretells(&scene, NULL);
	begin(&scene, (Type){ .name = TYPE_BIGINT });
	scene.table.profile = NULL;
	foretells(&scene, NULL);
}

static void
a_conversion_never_takes_another_class(void **state)
{
	Scene scene;

	(void)state;
	begin(&scene, (Type){ .name = TYPE_UUID });
	scene.filled.rule.conversion = CONVERSION_UUID_BLOB;
	foretells(
	    &scene, "10 of 10 values do not fit: such rows will be set aside");
	scene.profile.classes[VALUE_BLOB] = 5;
	foretells(&scene,
	    "at least 10 of 15 values do not fit: such rows will be set aside");
	scene.profile.classes[VALUE_TEXT] = 0;
	foretells(&scene, NULL);
}

static void
int01_is_counted_and_json_at_most(void **state)
{
	Scene scene;

	(void)state;
	begin(&scene, (Type){ .name = TYPE_BOOLEAN });
	scene.filled.rule.conversion = CONVERSION_INT01;
	scene.profile.classes[VALUE_TEXT] = 0;
	scene.profile.classes[VALUE_INTEGER] = 10;
	scene.profile.integer_01 = 10;
	foretells(&scene, NULL);
	scene.profile.integer_01 = 8;
	foretells(
	    &scene, "2 of 10 values do not fit: such rows will be set aside");
	begin(&scene, (Type){ .name = TYPE_JSONB });
	scene.profile.fits[FITS_JSONB] = 8;
	foretells(&scene,
	    "up to 2 of 10 values do not fit: such rows will be set aside");
	scene.from.declared = "JSON";
	foretells(
	    &scene, "2 of 10 values do not fit: such rows will be set aside");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_that_all_fit_are_no_news),
		cmocka_unit_test(what_does_not_fit_goes_as_the_policy_says),
		cmocka_unit_test(text_that_is_mended_fits),
		cmocka_unit_test(nulls_where_none_may_be_are_counted),
		cmocka_unit_test(nothing_is_said_of_what_nobody_has_looked_at),
		cmocka_unit_test(a_conversion_never_takes_another_class),
		cmocka_unit_test(int01_is_counted_and_json_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
