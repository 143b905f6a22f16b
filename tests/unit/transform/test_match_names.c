#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transform/match_names.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef struct {
	const char *source, *renamed;
	const char *targets[4]; /* up to NULL */
	int target;
	MatchNamesRule rule;
} NameCase;

static const NameCase name_cases[] = {
	{ "Users", NULL, { "users", "Users" }, 1, MATCH_NAMES_SAME },
	{ "USERS", NULL, { "users", "Users" }, 0, MATCH_NAMES_FOLDED },
	{ "createdAt", NULL, { "CreatedAt", "created_at" }, 1,
	    MATCH_NAMES_SNAKE },
	{ "created_at", NULL, { "createdAt" }, 0, MATCH_NAMES_LOOSE },
	{ "order notes", NULL, { "OrderNotes" }, 0, MATCH_NAMES_LOOSE },
	{ "created_at", NULL, { "createdAt", "CreatedAt" }, -1, 0 },
	{ "a", "b", { "a", "B" }, -1, 0 },
	{ "a", "b", { "a", "b" }, 1, MATCH_NAMES_RENAMED },
	{ "User", NULL, { "users" }, 0, MATCH_NAMES_RELATED },
	{ "categories", NULL, { "Category" }, 0, MATCH_NAMES_RELATED },
	{ "address", NULL, { "addresses" }, 0, MATCH_NAMES_RELATED },
	{ "post", NULL, { "blog_post" }, 0, MATCH_NAMES_RELATED },
	{ "post", NULL, { "blog_post", "posts" }, -1, 0 },
	{ "post", NULL, { "compost" }, -1, 0 },
	{ "", NULL, { "a" }, -1, 0 },
	{ "_", NULL, { "-" }, -1, 0 },
};

static void
names_are_found_by_the_strictest_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(name_cases); i++) {
		const NameCase *one = &name_cases[i];
		MatchName name = { .name = one->source,
			.renamed = one->renamed };
		MatchTarget targets[4] = { 0 };
		Error err;
		size_t n = 0;

		for (; n < 4 && one->targets[n] != NULL; n++)
			targets[n].name = one->targets[n];
		assert_true(match_names_pair(
		    &name, 1, targets, n, MATCH_NAMES_RELATED, &err));
		if (name.target != one->target ||
		    (name.target >= 0 && name.rule != one->rule))
			fail_msg("%s: %d by %d", one->source, name.target,
			    (int)name.rule);
	}
}

static void
a_strict_match_leaves_nothing_for_a_looser_one(void **state)
{
	MatchName names[] = { { .name = "created_at" }, { .name = "createdAt" },
		{ .name = "CREATEDAT" } };
	const MatchTarget targets[] = { { NULL, "createdAt" } };
	Error err;

	(void)state;
	assert_true(
	    match_names_pair(names, 3, targets, 1, MATCH_NAMES_LOOSE, &err));
	assert_int_equal(names[0].target, -1);
	assert_int_equal(names[1].target, 0);
	assert_int_equal(names[1].rival, -1);
	assert_int_equal(names[2].target, -1);
}

static void
equals_are_rivals(void **state)
{
	MatchName names[] = { { .name = "Created_At" },
		{ .name = "created_at" } };
	const MatchTarget targets[] = { { NULL, "createdAt" } };
	Error err;

	(void)state;
	assert_true(
	    match_names_pair(names, 2, targets, 1, MATCH_NAMES_LOOSE, &err));
	assert_int_equal(names[0].rival, 1);
	assert_int_equal(names[1].rival, 0);
}

/* Whatever the names are: each target has one owner, or owners that know of
 * one another. */
static void
no_target_has_two_owners_that_do_not_know(void **state)
{
	static const char *const parts[] = { "a", "A", "_", "s", "b" };
	unsigned seed = 20261121;
	char texts[12][5];
	MatchTarget targets[6];
	MatchName names[6];
	Error err;

	(void)state;
	print_message("seed %u\n", seed);
	for (int round = 0; round < 5000; round++) {
		for (int i = 0; i < 12; i++) {
			texts[i][0] = '\0';
			for (int k = 0; k < 4; k++)
				strncat(texts[i],
				    parts[(size_t)rand_r(&seed) % 5],
				    sizeof texts[i] - strlen(texts[i]) - 1);
		}
		for (int i = 0; i < 6; i++) {
			names[i] = (MatchName){ .name = texts[i] };
			targets[i] = (MatchTarget){ .name = texts[i + 6] };
		}
		assert_true(match_names_pair(
		    names, 6, targets, 6, MATCH_NAMES_RELATED, &err));
		for (int i = 0; i < 6; i++)
			for (int k = 0; k < i; k++)
				if (names[i].target >= 0 &&
				    names[i].target == names[k].target)
					assert_true(names[i].rival >= 0 &&
					    names[k].rival >= 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_by_the_strictest_rule),
		cmocka_unit_test(
		    a_strict_match_leaves_nothing_for_a_looser_one),
		cmocka_unit_test(equals_are_rivals),
		cmocka_unit_test(no_target_has_two_owners_that_do_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
