#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matches.h"

static const char *statuses[] = { "open", "closed" };

static const RuleValue good_values[] = { { "0", "open" }, { "1", NULL } };
static const RuleValue bad_values[] = { { "0", "opne" } };

static const MappingColumn
    use_unix_s = { .conversion = CONVERSION_UNIX_S, .place = { 7, 3 } },
    say_bigint = { .has_type = true,
	    .type = { .name = TYPE_BIGINT },
	    .place = { 7, 3 } },
    say_text = { .has_type = true, .place = { 7, 3 } },
    reject_here = { .defaults = { .has_policy = true } },
    null_here = { .defaults = { .has_policy = true, .policy = POLICY_NULL } },
    stop_here = { .defaults = { .has_policy = true, .policy = POLICY_STOP } },
    map_good = { .values = good_values, .n_values = 2, .place = { 7, 3 } },
    map_bad = { .values = bad_values, .n_values = 1, .place = { 7, 3 } },
    make_value = { .value = "upper(c)" };
static const MappingTable only_some = { .where = "c IS NOT NULL" };

#define NO_FLAGS                                                  \
	.profile = { INTEGERS(9, 0, 2), .classes[VALUE_NULL] = 2, \
		.fits[FITS_BOOLEAN] = 8 }

static const ColumnCase mapped_cases[] = {
	{ .title = "a conversion is believed",
	    .profile = { INTEGERS(2, S_FIRST, S_LAST) },
	    .to.type_sql = "timestamp with time zone",
	    .mapped = &use_unix_s,
	    .conversion = CONVERSION_UNIX_S },
	{ .title = "unless it gives another type",
	    .profile = { INTEGERS(2, S_FIRST, S_LAST) },
	    .to.type_sql = "boolean",
	    .mapped = &use_unix_s,
	    .problem = "m.yaml:7:3: using: unix_s gives " },
	{ .title = "a type that goes into the target's is none the worse",
	    NO_FLAGS,
	    .to.type_sql = "numeric",
	    .mapped = &say_bigint },
	{ .title = "one that does not is a contradiction",
	    NO_FLAGS,
	    .to.type_sql = "integer",
	    .mapped = &say_bigint,
	    .problem = "type: bigint does not go into integer" },
	{ .title = "text goes where the server reads it",
	    .profile = { TEXTS(2, 9) },
	    .to.type_sql = "inet",
	    .mapped = &say_text },
	{ .title = "a value is believed, NULLs and all",
	    NO_FLAGS,
	    .to = { .type_sql = "boolean", .not_null = true },
	    .mapped = &make_value },
	{ .title = "a policy of the column is an answer",
	    NO_FLAGS,
	    .to.type_sql = "boolean",
	    .mapped = &reject_here,
	    .note = "1 of 9 values does not fit; the mapping says" },
	{ .title = "so is NULL",
	    NO_FLAGS,
	    .to.type_sql = "boolean",
	    .mapped = &null_here,
	    .note = "the mapping says" },
	{ .title = "but not where there can be none",
	    .profile = { INTEGERS(9, 0, 2), .fits[FITS_BOOLEAN] = 8 },
	    .to = { .type_sql = "boolean", .not_null = true },
	    .mapped = &null_here,
	    .problem = "1 of 9 values does not fit" },
	{ .title = "stopping is better done now",
	    NO_FLAGS,
	    .to.type_sql = "boolean",
	    .mapped = &stop_here,
	    .problem = "1 of 9 values does not fit" },
	{ .title = "rows that do not fit may not be wanted",
	    .profile = { TEXTS(2, 3), .classes[VALUE_NULL] = 1 },
	    .to = { .type_sql = "text", .not_null = true },
	    .entry = &only_some,
	    .note = "1 of 3 values is NULL" },
	{ .title = "a value map gives labels",
	    .profile = { INTEGERS(2, 0, 1) },
	    .to = { .type_sql = "status", .labels = statuses, .n_labels = 2 },
	    .mapped = &map_good },
	{ .title = "or something near",
	    .profile = { INTEGERS(2, 0, 1) },
	    .to = { .type_sql = "status", .labels = statuses, .n_labels = 2 },
	    .mapped = &map_bad,
	    .problem = "did you mean 'open'?" },
	{ .title = "a value map gives no NULL where none may be",
	    .profile = { INTEGERS(2, 0, 1) },
	    .to = { .type_sql = "status",
		.labels = statuses,
		.n_labels = 2,
		.not_null = true },
	    .mapped = &map_good,
	    .problem = "values gives NULL" },
};

static void
what_the_mapping_says_is_believed_or_contradicted(void **state)
{
	(void)state;
	check_cases(mapped_cases, COUNT(mapped_cases));
}

static void
labels_are_sorted_for_the_rule(void **state)
{
	const ColumnCase one = { .profile = { TEXTS(2, 6) },
		.to = { .type_sql = "status",
		    .labels = statuses,
		    .n_labels = 2,
		    .not_null = true } };
	MatchInput input;
	Match match = { 0 };
	const Rule *rule;
	Scene scene;

	(void)state;
	set_scene(&one, &scene, &input);
	match_or_fail(&input, &match);
	rule = &match.tables[0].rules[0];
	assert_int_equal(rule->type.name, TYPE_TEXT);
	assert_true(rule->not_null);
	assert_int_equal(rule->n_labels, 2);
	assert_string_equal(rule->labels[0], "closed");
	assert_string_equal(rule->labels[1], "open");
	assert_string_equal(statuses[0], "open");
	match_free(&match);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_the_mapping_says_is_believed_or_contradicted),
		cmocka_unit_test(labels_are_sorted_for_the_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
