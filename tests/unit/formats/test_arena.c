#include "formats/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
memory_is_zeroed_aligned_and_its_own(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 16, 17, 1023, 1024, 1025, 5000,
		300000, 1 };
	uint8_t *memory[sizeof(sizes) / sizeof(sizes[0])];
	Arena arena = { 0 };
	Error err;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memory[i] = arena_alloc(&arena, sizes[i], 1, &err);
		assert_non_null(memory[i]);
		assert_int_equal(
		    (uintptr_t)memory[i] % _Alignof(max_align_t), 0);
		for (k = 0; k < sizes[i]; k++)
			assert_int_equal(memory[i][k], 0);
		memset(memory[i], (int)i + 1, sizes[i]);
	}
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (k = 0; k < sizes[i]; k++)
			assert_int_equal(memory[i][k], i + 1);
	arena_free(&arena);
}

static void
many_small_pieces_stay_apart(void **state)
{
	static uint32_t *pieces[20000];
	Arena arena = { 0 };
	Error err;
	uint32_t i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		pieces[i] = arena_alloc(&arena, 3, sizeof(uint32_t), &err);
		assert_non_null(pieces[i]);
		assert_int_equal(pieces[i][0] | pieces[i][2], 0);
		pieces[i][0] = i;
		pieces[i][2] = ~i;
	}
	for (i = 0; i < 20000; i++)
		assert_true(pieces[i][0] == i && pieces[i][2] == ~i);
	arena_free(&arena);
}

static void
texts_are_copies(void **state)
{
	Arena arena = { 0 };
	Error err;
	char text[] = "name";
	char *copy;

	(void)state;
	copy = arena_text(&arena, text, &err);
	text[0] = 'X';
	assert_string_equal(copy, "name");
	assert_string_equal(arena_text(&arena, "", &err), "");
	assert_string_equal(
	    arena_format(&arena, &err, "%s-%05d", copy, 42), "name-00042");
	assert_string_equal(arena_format(&arena, &err, "%s", ""), "");
	arena_free(&arena);
}

static void
what_overflows_is_refused_and_the_arena_stays_good(void **state)
{
	Arena arena = { 0 };
	Error err = { 0 };

	(void)state;
	assert_null(arena_alloc(&arena, SIZE_MAX / 2, 3, &err));
	assert_int_equal(err.kind, ERROR_FAILED);
	assert_null(arena_alloc(&arena, SIZE_MAX, 1, &err));
	assert_non_null(arena_alloc(&arena, 1, 1, &err));
	arena_free(&arena);
	arena_free(&arena);
	assert_string_equal(arena_text(&arena, "again", &err), "again");
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_aligned_and_its_own),
		cmocka_unit_test(many_small_pieces_stay_apart),
		cmocka_unit_test(texts_are_copies),
		cmocka_unit_test(
		    what_overflows_is_refused_and_the_arena_stays_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
