#include "import/verify_compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

static Column columns[] = { { .name = "id" }, { .name = "price" },
	{ .name = "note" } };
static const Table described = {
	.name = "book", .columns = columns, .n_columns = 3
};
static const TypeName types[] = { TYPE_BIGINT, TYPE_NUMERIC, TYPE_TEXT };
static const size_t key[] = { 0 };

typedef struct {
	VerifyTable table;
	VerifySink dump, target;
	FitReport report;
	uint64_t differences;
} Case;

static bool every[VERIFY_PARTS];

static void
set_up(Case *the, bool keyed)
{
	Error err = { 0 };

	memset(the, 0, sizeof *the);
	memset(every, true, sizeof every);
	the->table.table = &described;
	the->table.feed.table = &described;
	the->table.feed.n_sent = 3;
	the->table.shape.types = types;
	the->table.shape.n = 3;
	if (keyed) {
		the->table.shape.key = key;
		the->table.shape.n_key = 1;
	}
	assert_true(verify_sink_begin(&the->dump, SINK_ROWS, every, &err));
	assert_true(verify_sink_begin(&the->target, SINK_ROWS, every, &err));
}

static void
put(Case *the, VerifySink *sink, const char *id, const char *price,
    const char *note)
{
	const char *texts[] = { id, price, note };
	VerifyField fields[3];
	VerifyRoom room = { .fields = fields };
	Error err = { 0 };
	Buf row = { 0 };

	wire_put(&row, types, texts, 3);
	wire_split(&row, 3, fields);
	assert_true(verify_sink_put(
	    sink, &the->table.shape, &room, row.data, row.size, &err));
	verify_room_free(&room);
	buf_free(&row);
}

static void
compare(Case *the, size_t most)
{
	Error err = { 0 };

	assert_true(verify_compare_rows(&the->table, &the->dump, &the->target,
	    &the->report, most, &the->differences, &err));
}

static void
tear_down(Case *the)
{
	verify_sink_free(&the->dump);
	verify_sink_free(&the->target);
	fit_free(&the->report);
}

static void
expect(const Case *the, size_t i, const char *text)
{
	assert_non_null(fit_text(&the->report.problems, i));
	assert_string_equal(fit_text(&the->report.problems, i), text);
}

static void
rows_that_mean_the_same_are_not_named(void **state)
{
	Case the;

	(void)state;
	set_up(&the, true);
	put(&the, &the.dump, "1", "1.5", "a");
	put(&the, &the.dump, "2", NULL, NULL);
	put(&the, &the.target, "2", NULL, NULL);
	put(&the, &the.target, "1", "1.500", "a");
	compare(&the, 20);
	assert_int_equal(the.differences, 0);
	assert_int_equal(fit_problems(&the.report), 0);
	tear_down(&the);
}

static void
values_that_differ_are_named_by_column(void **state)
{
	Case the;

	(void)state;
	set_up(&the, true);
	put(&the, &the.dump, "12", "1.5", "a");
	put(&the, &the.dump, "2", "0.25", NULL);
	put(&the, &the.target, "2", "0.25", "");
	put(&the, &the.target, "12", "-0.0050", "b");
	compare(&the, 20);
	assert_int_equal(the.differences, 2);
	assert_int_equal(fit_problems(&the.report), 3);
	expect(&the, 0,
	    "table \"book\", key (id)=(2), column \"note\": the dump has NULL, "
	    "the target ''");
	expect(&the, 1,
	    "table \"book\", key (id)=(12), column \"price\": the dump has "
	    "'1.5', the target '-0.005'");
	expect(&the, 2,
	    "table \"book\", key (id)=(12), column \"note\": the dump has 'a', "
	    "the target 'b'");
	tear_down(&the);
}

static void
rows_of_one_side_are_named(void **state)
{
	Case the;

	(void)state;
	set_up(&the, true);
	put(&the, &the.dump, "7", "1", "a");
	put(&the, &the.target, "8", "1", "a");
	compare(&the, 20);
	assert_int_equal(the.differences, 2);
	expect(&the, 0,
	    "table \"book\", key (id)=(7): the row of the dump is not in the "
	    "target");
	expect(&the, 1,
	    "table \"book\", key (id)=(8): the row of the target is not in the "
	    "dump");
	tear_down(&the);
}

static void
without_a_key_rows_are_counted(void **state)
{
	Case the;

	(void)state;
	set_up(&the, false);
	put(&the, &the.dump, "7", "1", "a");
	put(&the, &the.dump, "7", "1", "a");
	put(&the, &the.target, "7", "1", "a");
	put(&the, &the.target, "9", NULL, NULL);
	put(&the, &the.target, "9", NULL, NULL);
	compare(&the, 20);
	assert_int_equal(the.differences, 3);
	expect(&the, 0,
	    "table \"book\": the dump has a row 1 time more than the target: "
	    "'7, 1, a'");
	expect(&the, 1,
	    "table \"book\": the target has a row 2 times more than the dump: "
	    "'9, NULL, NULL'");
	tear_down(&the);
}

static void
all_are_counted_and_few_are_named(void **state)
{
	char id[8];
	Case the;
	int i;

	(void)state;
	set_up(&the, true);
	for (i = 0; i < 200; i++) {
		snprintf(id, sizeof id, "%d", i);
		put(&the, &the.dump, id, "1", "a");
	}
	compare(&the, 5);
	assert_int_equal(the.differences, 200);
	assert_int_equal(fit_problems(&the.report), 5);
	/* By key, as far as possible. */
	expect(&the, 4,
	    "table \"book\", key (id)=(4): the row of the dump is not in the "
	    "target");
	tear_down(&the);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_that_mean_the_same_are_not_named),
		cmocka_unit_test(values_that_differ_are_named_by_column),
		cmocka_unit_test(rows_of_one_side_are_named),
		cmocka_unit_test(without_a_key_rows_are_counted),
		cmocka_unit_test(all_are_counted_and_few_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
