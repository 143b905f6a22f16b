#include "import/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define ROWS_MOST 5000

/* A server that refuses some rows. */
typedef struct {
	uint64_t rows;
	bool bad[ROWS_MOST + 1];
	bool names; /* it says which row it refuses */
	bool lies;  /* and sometimes another one */
	/* What came of it. */
	bool in[ROWS_MOST + 1], refused[ROWS_MOST + 1];
	uint64_t taken; /* rows that it has looked at */
	uint64_t tries;
} Target;

static uint64_t
find_bad(const Target *target, uint64_t from, uint64_t to)
{
	for (; from <= to; from++)
		if (target->bad[from])
			return from;
	return 0;
}

static void
try_once(Target *target, Search *search)
{
	uint64_t from = search->next, to = search->to, bad, suspect;

	if (to > target->rows)
		to = target->rows;
	assert_true(from <= to);
	target->tries++;
	bad = find_bad(target, from, to);
	/* A server that does not say looks at all before it fails. */
	target->taken += (bad != 0 && target->names ? bad : to) - from + 1;
	if (bad == 0) {
		memset(target->in + from, true, to - from + 1);
		search_pass(search, to);
		return;
	}
	suspect = target->names ? bad : 0;
	if (target->lies)
		suspect = (uint64_t)rand() % (target->rows + 2);
	if (search_fail(search, to, suspect)) {
		assert_int_equal(from, to);
		target->refused[from] = true;
		assert_int_equal(search->next, from + 1);
	}
}

/* Exactly the bad rows are refused, and each row is decided once. */
static void
run(Target *target)
{
	Search search;
	uint64_t i;

	memset(target->in, 0, sizeof target->in);
	memset(target->refused, 0, sizeof target->refused);
	target->taken = target->tries = 0;
	search_begin(&search);
	assert_int_equal(search.to, UINT64_MAX);
	while (search.next <= target->rows)
		try_once(target, &search);
	for (i = 1; i <= target->rows; i++) {
		assert_int_equal(target->refused[i], target->bad[i]);
		assert_int_equal(target->in[i], !target->bad[i]);
	}
}

static void
fill(Target *target, uint64_t rows, uint64_t every)
{
	uint64_t i;

	memset(target, 0, sizeof *target);
	target->rows = rows;
	for (i = 1; every > 0 && i <= rows; i++)
		target->bad[i] = i % every == 0;
}

static void
good_rows_are_tried_once_all_together(void **state)
{
	Target target;

	(void)state;
	fill(&target, ROWS_MOST, 0);
	run(&target);
	assert_int_equal(target.tries, 1);
	assert_int_equal(target.taken, ROWS_MOST);
}

static void
one_bad_row_costs_one_repetition(void **state)
{
	static const uint64_t places[] = { 1, 2, 2500, ROWS_MOST - 1,
		ROWS_MOST };
	Target target;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * sizeof places / sizeof places[0]; i++) {
		fill(&target, ROWS_MOST, 0);
		target.bad[places[i / 2]] = true;
		target.names = i % 2 == 0;
		run(&target);
		if (target.names)
			assert_true(target.taken <= 2 * ROWS_MOST + 1);
		else
			assert_true(target.taken <= 3 * ROWS_MOST + 20);
		assert_true(target.tries <= 40);
	}
}

static void
rows_are_taken_twice_however_many_are_bad(void **state)
{
	Target target;
	uint64_t every;

	(void)state;
	for (every = 1; every <= 100; every++) {
		fill(&target, ROWS_MOST, every);
		target.names = true;
		run(&target);
		assert_true(target.taken <= 2 * ROWS_MOST);
		assert_true(target.tries <= 3 * ROWS_MOST / every + 10);
	}
}

static void
rows_that_are_not_named_cost_a_logarithm(void **state)
{
	Target target;

	(void)state;
	fill(&target, ROWS_MOST, 50);
	run(&target);
	/* 100 bad rows, each found among about 50. */
	assert_true(target.tries <= 100 * 14);
	assert_true(target.taken <= 8 * ROWS_MOST);
	fill(&target, ROWS_MOST, 1);
	run(&target);
	assert_true(target.tries <= ROWS_MOST + 20);
}

static void
any_rows_are_found_by_any_server(void **state)
{
	unsigned seed = (unsigned)time(NULL), i;
	Target target;
	uint64_t row;

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (i = 0; i < 300; i++) {
		fill(&target, 1 + (uint64_t)rand() % 400, 0);
		for (row = 1; row <= target.rows; row++)
			target.bad[row] =
			    rand() % (i % 3 == 0 ? 2 : 1 + rand() % 200) == 0;
		target.names = i % 2 == 0;
		target.lies = i % 5 == 0;
		run(&target);
	}
}

static void
a_row_that_is_refused_untried_is_passed_over(void **state)
{
	Search search;

	(void)state;
	search_begin(&search);
	search_pass(&search, 9);
	search_refuse(&search);
	assert_int_equal(search.next, 11);
	assert_int_equal(search.refused, 1);
	assert_true(search.to >= 11);
}

static void
the_largest_rows_do_not_overflow(void **state)
{
	Search search;

	(void)state;
	search_begin(&search);
	assert_false(search_fail(&search, UINT64_MAX - 1, 0));
	assert_true(search.to < UINT64_MAX);
	search_begin(&search);
	search_pass(&search, UINT64_MAX - 3);
	search_refuse(&search);
	assert_int_equal(search.to, UINT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_rows_are_tried_once_all_together),
		cmocka_unit_test(one_bad_row_costs_one_repetition),
		cmocka_unit_test(rows_are_taken_twice_however_many_are_bad),
		cmocka_unit_test(rows_that_are_not_named_cost_a_logarithm),
		cmocka_unit_test(any_rows_are_found_by_any_server),
		cmocka_unit_test(a_row_that_is_refused_untried_is_passed_over),
		cmocka_unit_test(the_largest_rows_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
