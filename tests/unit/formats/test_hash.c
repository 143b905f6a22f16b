#include "formats/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The hash of nothing that XXH3's specification gives. */
static void
it_is_xxh3(void **state)
{
	Hash hash = hash_of("", 0);

	(void)state;
	assert_int_equal(hash.high, UINT64_C(0x99aa06d3014798d8));
	assert_int_equal(hash.low, UINT64_C(0x6001c324468d497f));
}

static void
sums_carry_and_take_no_heed_of_order(void **state)
{
	Hash most = { UINT64_MAX, 1 }, one = { 1, 0 };
	Hash sum = hash_sum(most, one), other = hash_sum(one, most);

	(void)state;
	assert_int_equal(sum.low, 0);
	assert_int_equal(sum.high, 2);
	assert_true(hash_equal(sum, other));
	sum = hash_sum((Hash){ UINT64_MAX, UINT64_MAX }, one);
	assert_true(hash_equal(sum, (Hash){ 0, 0 }));
}

static void
order_is_by_both_halves(void **state)
{
	Hash low = { 5, 1 }, high = { 1, 5 }, same = { 5, 1 };

	(void)state;
	assert_true(hash_compare(low, high) < 0);
	assert_true(hash_compare(high, low) > 0);
	assert_int_equal(hash_compare(low, same), 0);
	assert_true(hash_compare((Hash){ 4, 1 }, low) < 0);
	assert_false(hash_equal(low, high));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_xxh3),
		cmocka_unit_test(sums_carry_and_take_no_heed_of_order),
		cmocka_unit_test(order_is_by_both_halves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
