#include "import/verify_sink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

static const TypeName types[] = { TYPE_BIGINT, TYPE_NUMERIC };
static const size_t key[] = { 0 };
static const VerifyShape shape = {
	.types = types, .n = 2, .key = key, .n_key = 1
};

static void
put(VerifySink *sink, int id, const char *value)
{
	VerifyField fields[2];
	VerifyRoom room = { .fields = fields };
	const char *texts[2] = { NULL, value };
	char number[16];
	Error err = { 0 };
	Buf row = { 0 };

	snprintf(number, sizeof number, "%d", id);
	texts[0] = number;
	wire_put(&row, types, texts, 2);
	wire_split(&row, 2, fields);
	assert_true(
	    verify_sink_put(sink, &shape, &room, row.data, row.size, &err));
	verify_room_free(&room);
	buf_free(&row);
}

static void
begin(VerifySink *sink, VerifySinkKind kind, const bool *chosen)
{
	Error err = { 0 };

	assert_true(verify_sink_begin(sink, kind, chosen, &err));
}

static void
sums_are_the_same_in_any_order_and_over_any_chunks(void **state)
{
	VerifySink whole = { 0 }, one = { 0 }, other = { 0 };
	Error err = { 0 };
	int i;

	(void)state;
	begin(&whole, SINK_SUM, NULL);
	begin(&one, SINK_SUM, NULL);
	begin(&other, SINK_SUM, NULL);
	for (i = 0; i < 500; i++) {
		put(&whole, i, "1.5");
		put(i % 3 ? &one : &other, 499 - i, "1.50");
	}
	assert_true(verify_sink_add(&one, &other, &err));
	assert_true(verify_sum_equal(&whole.sum, &one.sum));
	assert_int_equal(one.sum.rows, 500);
	verify_sink_free(&whole);
	verify_sink_free(&one);
	verify_sink_free(&other);
}

static void
a_row_twice_does_not_make_up_for_one_that_is_missing(void **state)
{
	VerifySink one = { 0 }, other = { 0 };

	(void)state;
	begin(&one, SINK_SUM, NULL);
	begin(&other, SINK_SUM, NULL);
	put(&one, 1, "1");
	put(&one, 2, "2");
	put(&other, 1, "1");
	put(&other, 1, "1");
	assert_int_equal(one.sum.rows, other.sum.rows);
	assert_false(verify_sum_equal(&one.sum, &other.sum));
	/* Two pairs of equal rows do not vanish either. */
	begin(&one, SINK_SUM, NULL);
	begin(&other, SINK_SUM, NULL);
	put(&one, 1, "1");
	put(&one, 1, "1");
	put(&other, 2, "2");
	put(&other, 2, "2");
	assert_false(verify_sum_equal(&one.sum, &other.sum));
	verify_sink_free(&one);
	verify_sink_free(&other);
}

static void
values_may_be_exchanged_between_no_rows(void **state)
{
	VerifySink one = { 0 }, other = { 0 };

	(void)state;
	begin(&one, SINK_SUM, NULL);
	begin(&other, SINK_SUM, NULL);
	put(&one, 1, "10");
	put(&one, 2, "20");
	put(&other, 1, "20");
	put(&other, 2, "10");
	assert_false(verify_sum_equal(&one.sum, &other.sum));
	verify_sink_free(&one);
	verify_sink_free(&other);
}

/* Which parts of two sinks differ. */
static size_t
count_parts(const VerifySink *one, const VerifySink *other, bool *chosen)
{
	VerifySum a, b;
	size_t i, n = 0;

	for (i = 0; i < VERIFY_PARTS; i++) {
		a = verify_sink_part(one, i);
		b = verify_sink_part(other, i);
		chosen[i] = !verify_sum_equal(&a, &b);
		n += chosen[i];
	}
	return n;
}

static void
a_row_that_differs_is_in_the_same_part_of_both_sides(void **state)
{
	static bool chosen[VERIFY_PARTS];
	VerifySink one = { 0 }, other = { 0 }, whole = { 0 };
	Error err = { 0 };
	int i;

	(void)state;
	begin(&one, SINK_PARTS, NULL);
	begin(&other, SINK_PARTS, NULL);
	begin(&whole, SINK_PARTS, NULL);
	for (i = 0; i < 300; i++) {
		put(&one, i, "5");
		put(&other, i, i == 77 ? "6" : "5.0");
	}
	assert_int_equal(count_parts(&one, &other, chosen), 1);
	/* The same when it has been put together. */
	assert_true(verify_sink_add(&whole, &one, &err));
	assert_int_equal(count_parts(&whole, &one, chosen), 0);
	assert_true(verify_sum_equal(&whole.sum, &one.sum));
	assert_int_equal(count_parts(&whole, &other, chosen), 1);
	/* Its rows are kept, and few others. */
	begin(&one, SINK_ROWS, chosen);
	for (i = 0; i < 300; i++)
		put(&one, i, "5");
	assert_true(one.rows.size > sizeof(VerifyKept));
	assert_true(one.rows.size < 5 * (sizeof(VerifyKept) + 40));
	assert_int_equal(one.sum.rows, 300);
	verify_sink_free(&one);
	verify_sink_free(&other);
	verify_sink_free(&whole);
}

static void
beginning_again_forgets(void **state)
{
	static bool chosen[VERIFY_PARTS];
	VerifySink one = { 0 }, none = { 0 };

	(void)state;
	begin(&one, SINK_PARTS, NULL);
	begin(&none, SINK_PARTS, NULL);
	put(&one, 1, "1");
	assert_int_equal(count_parts(&one, &none, chosen), 1);
	begin(&one, SINK_PARTS, NULL);
	assert_int_equal(count_parts(&one, &none, chosen), 0);
	assert_int_equal(one.sum.rows, 0);
	verify_sink_free(&one);
	verify_sink_free(&none);
}

static void
what_is_kept_is_bounded(void **state)
{
	static bool chosen[VERIFY_PARTS];
	static uint8_t bytes[1 << 20];
	TypeName type = TYPE_BYTEA;
	VerifyShape one_column = { .types = &type, .n = 1 };
	VerifyField field = { bytes, sizeof bytes };
	VerifyRoom room = { .fields = &field };
	VerifySink sink = { 0 }, sum = { 0 };
	Error err = { 0 };
	int i;

	(void)state;
	memset(chosen, true, sizeof chosen);
	begin(&sink, SINK_ROWS, chosen);
	begin(&sum, SINK_ROWS, chosen);
	for (i = 0; i < 40; i++) {
		assert_true(verify_sink_put(
		    &sink, &one_column, &room, bytes, sizeof bytes, &err));
	}
	assert_false(sink.full);
	assert_true(verify_sink_add(&sum, &sink, &err));
	assert_false(sum.full);
	assert_true(verify_sink_add(&sum, &sink, &err));
	assert_true(sum.full);
	for (; i < 70; i++) {
		assert_true(verify_sink_put(
		    &sink, &one_column, &room, bytes, sizeof bytes, &err));
	}
	assert_true(sink.full);
	assert_true(sink.rows.size <= VERIFY_ROWS_BYTES + sizeof(VerifyKept));
	assert_true(sum.rows.size <= VERIFY_ROWS_BYTES + sizeof(VerifyKept));
	assert_int_equal(sink.sum.rows, 70);
	verify_room_free(&room);
	verify_sink_free(&sink);
	verify_sink_free(&sum);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    sums_are_the_same_in_any_order_and_over_any_chunks),
		cmocka_unit_test(
		    a_row_twice_does_not_make_up_for_one_that_is_missing),
		cmocka_unit_test(values_may_be_exchanged_between_no_rows),
		cmocka_unit_test(
		    a_row_that_differs_is_in_the_same_part_of_both_sides),
		cmocka_unit_test(beginning_again_forgets),
		cmocka_unit_test(what_is_kept_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
