#include "transform/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "formats/utf8.h"
#include "tests/unit/random.h"
#include "tests/unit/values.h"

/* The value is this text by the rule, NULL where that is NULL. */
static void
gives(Value value, const Rule *rule, const char *expected)
{
	Cast cast = { 0 };
	Value out;
	Error err;

	assert_true(rule_value(&cast, &value, rule, &out, &err));
	if (cast.refusal != NULL)
		fail_msg(
		    "refused, not '%s': %s", expected, cast.refusal->reason);
	if (expected == NULL) {
		assert_int_equal(out.class, VALUE_NULL);
	} else {
		assert_int_equal(out.class, VALUE_TEXT);
		if (out.size != strlen(expected) ||
		    memcmp(out.bytes, expected, out.size) != 0)
			fail_msg("'%.*s', not '%s'", (int)out.size,
			    (const char *)out.bytes, expected);
	}
	cast_free(&cast);
}

/* The value does not fit, by this part of the rule. */
static void
refuses(Value value, const Rule *rule, const char *expected)
{
	Cast cast = { 0 };
	Value out;
	Error err;

	assert_true(rule_value(&cast, &value, rule, &out, &err));
	assert_non_null(cast.refusal);
	assert_string_equal(cast.refusal->rule, expected);
	cast_free(&cast);
}

static void
a_rule_of_nothing_but_a_type_is_plain(void **state)
{
	static const RuleValue values[] = { { "0", "new" } };
	static const char *const labels[] = { "new" };
	Arena arena = { 0 };
	const Zone *zone;
	Error err;
	Rule plain = { .type = type(TYPE_TIMESTAMPTZ) };
	Rule rules[6];

	(void)state;
	assert_true(zone_open("+01:00", &zone, &arena, &err));
	assert_true(rule_is_plain(&plain));
	plain.policy = POLICY_STOP;
	plain.not_null = true;
	assert_true(rule_is_plain(&plain));
	for (size_t i = 0; i < 6; i++)
		rules[i] = plain;
	rules[0].conversion = CONVERSION_ISO;
	rules[1].zone = zone;
	rules[2].values = values;
	rules[3].labels = labels;
	rules[4].nul = NUL_STRIP;
	rules[5].utf8 = UTF8_REPLACE;
	for (size_t i = 0; i < 6; i++)
		assert_false(rule_is_plain(&rules[i]));
	arena_free(&arena);
}

static void
null_fits_where_it_may_be(void **state)
{
	Rule rule = { .type = type(TYPE_BIGINT) };

	(void)state;
	gives(null(), &rule, NULL);
	rule.not_null = true;
	refuses(null(), &rule, "not_null");
	gives(integer(1), &rule, "1");
	refuses(text("x"), &rule, "integer");
	rule.conversion = CONVERSION_CENTS;
	rule.type = type(TYPE_NUMERIC);
	refuses(null(), &rule, "not_null");
}

static void
a_value_map_asks_the_text_form(void **state)
{
	static const RuleValue values[] = { { "", "empty" }, { "-1", NULL },
		{ "0", "new" }, { "0.5", "half" }, { "1", "paid" },
		{ "1.0", "real" }, { "NULL", "word" }, { "\xc3\xa4", "a" } };
	Rule rule = { .type = type(TYPE_TEXT),
		.values = values,
		.n_values = sizeof values / sizeof *values };

	(void)state;
	gives(integer(0), &rule, "new");
	gives(text("0"), &rule, "new");
	gives(integer(1), &rule, "paid");
	gives(real(1), &rule, "real");
	gives(real(0.5), &rule, "half");
	gives(text(""), &rule, "empty");
	gives(bytes(VALUE_TEXT, NULL, 0), &rule, "empty");
	gives(text("\xc3\xa4"), &rule, "a");
	gives(text("NULL"), &rule, "word");
	gives(null(), &rule, NULL);
	gives(integer(-1), &rule, NULL);
	refuses(integer(2), &rule, "values");
	refuses(text("00"), &rule, "values");
	refuses(bytes(VALUE_TEXT, "0\0", 2), &rule, "values");
	refuses(bytes(VALUE_BLOB, "0", 1), &rule, "values");
	refuses(bytes(VALUE_BLOB, "", 0), &rule, "values");
	rule.not_null = true;
	refuses(integer(-1), &rule, "not_null");
	rule.n_values = 0;
	refuses(integer(0), &rule, "values");
}

static void
what_the_map_gives_is_converted(void **state)
{
	static const RuleValue values[] = { { "0", "1700000000" },
		{ "N", "no" }, { "Y", "yes" } };
	Rule moment = { .type = type(TYPE_TIMESTAMPTZ),
		.conversion = CONVERSION_UNIX_S,
		.values = values,
		.n_values = 3 };
	Rule boolean = {
		.type = type(TYPE_BOOLEAN), .values = values, .n_values = 3
	};

	(void)state;
	gives(integer(0), &moment, "2023-11-14 22:13:20+00");
	refuses(text("Y"), &moment, "unix_s");
	gives(text("Y"), &boolean, "true");
	gives(text("N"), &boolean, "false");
	refuses(integer(0), &boolean, "boolean");
}

static void
labels_are_all_that_an_enum_takes(void **state)
{
	static const char *const labels[] = { "", "10", "NULL", "paid" };
	static const RuleValue values[] = { { "1", "paid" }, { "2", "sent" } };
	Rule rule = { .type = type(TYPE_TEXT),
		.labels = labels,
		.n_labels = sizeof labels / sizeof *labels };

	(void)state;
	gives(text("paid"), &rule, "paid");
	gives(text(""), &rule, "");
	gives(text("NULL"), &rule, "NULL");
	gives(integer(10), &rule, "10");
	gives(null(), &rule, NULL);
	refuses(text("Paid"), &rule, "enum");
	refuses(text("paid "), &rule, "enum");
	refuses(text("pai"), &rule, "enum");
	refuses(integer(1), &rule, "enum");
	rule.values = values;
	rule.n_values = 2;
	gives(integer(1), &rule, "paid");
	refuses(integer(2), &rule, "enum");
	rule.n_labels = 0;
	refuses(integer(1), &rule, "enum");
}

static void
times_without_a_zone_are_read_in_the_columns(void **state)
{
	Arena arena = { 0 };
	Rule rule = { .type = type(TYPE_TIMESTAMPTZ) };
	Error err;

	(void)state;
	assert_true(zone_open("+02:30", &rule.zone, &arena, &err));
	gives(text("2024-02-29 13:05:07"), &rule, "2024-02-29 10:35:07+00");
	gives(text("2024-03-01"), &rule, "2024-02-29 21:30:00+00");
	gives(text("2024-02-29T13:05"), &rule, "2024-02-29 10:35:00+00");
	gives(text("2024-02-29 13:05:07.250Z"), &rule,
	    "2024-02-29 13:05:07.25+00");
	gives(text("2024-02-29 13:05:07+01"), &rule, "2024-02-29 12:05:07+00");
	gives(real(2451544.5), &rule, "2000-01-01 00:00:00+00");
	refuses(text("0001-01-01 02:29:59"), &rule, "timestamp");
	gives(text("0001-01-01 02:30"), &rule, "0001-01-01 00:00:00+00");
	gives(text("9999-12-31 23:59:59"), &rule, "9999-12-31 21:29:59+00");
	rule.conversion = CONVERSION_ISO;
	gives(text("2024-02-29 13:05:07"), &rule, "2024-02-29 10:35:07+00");
	rule.conversion = CONVERSION_UNIX_S;
	gives(integer(0), &rule, "1970-01-01 00:00:00+00");
	rule.conversion = CONVERSION_NONE;
	rule.type.name = TYPE_TIMESTAMP;
	gives(text("2024-02-29 13:05:07"), &rule, "2024-02-29 13:05:07");
	rule.type.name = TYPE_DATE;
	gives(text("2024-02-29"), &rule, "2024-02-29");
	rule.type.name = TYPE_TIMESTAMPTZ;
	assert_true(zone_open("-02:30", &rule.zone, &arena, &err));
	refuses(text("9999-12-31 21:30"), &rule, "timestamp");
	gives(text("9999-12-31 21:29:59.5"), &rule, "9999-12-31 23:59:59.5+00");
	arena_free(&arena);
}

/* The Cast forgets the zone of the column before. */
static void
a_zone_is_of_its_column_alone(void **state)
{
	Arena arena = { 0 };
	Cast cast = { 0 };
	Rule rules[2] = { { .type = type(TYPE_TIMESTAMPTZ) },
		{ .type = type(TYPE_TIMESTAMPTZ) } };
	Value row[2] = { text("2024-02-29 13:05:07"),
		text("2024-02-29 13:05:07") };
	Value out[2];
	Error err;

	(void)state;
	assert_true(zone_open("+01:00", &rules[0].zone, &arena, &err));
	assert_true(rule_row(&cast, row, rules, 2, out, &err));
	assert_memory_equal(out[0].bytes, "2024-02-29 12:05:07+00", 22);
	assert_memory_equal(out[1].bytes, "2024-02-29 13:05:07+00", 22);
	cast_free(&cast);
	arena_free(&arena);
}

static void
nul_is_stripped_where_that_is_wanted(void **state)
{
	Rule rule = { .type = type(TYPE_TEXT) };

	(void)state;
	refuses(bytes(VALUE_TEXT, "a\0b", 3), &rule, "text_nul");
	rule.nul = NUL_BYTEA;
	refuses(bytes(VALUE_TEXT, "a\0b", 3), &rule, "text_nul");
	rule.nul = NUL_STRIP;
	gives(bytes(VALUE_TEXT, "a\0b", 3), &rule, "ab");
	gives(bytes(VALUE_TEXT, "\0\0", 2), &rule, "");
	gives(bytes(VALUE_TEXT, "\0a\0", 3), &rule, "a");
	gives(text("ab"), &rule, "ab");
	refuses(bytes(VALUE_TEXT, "a\0\xff", 3), &rule, "invalid_utf8");
	rule.type.name = TYPE_JSONB;
	gives(bytes(VALUE_TEXT, "[1]\0", 4), &rule, "[1]");
	rule.type.name = TYPE_BYTEA;
	gives(bytes(VALUE_TEXT, "a\0b", 3), &rule, "\\x610062");
}

static void
invalid_utf8_is_replaced_subpart_by_subpart(void **state)
{
	Rule rule = { .type = type(TYPE_TEXT), .utf8 = UTF8_REPLACE };

	(void)state;
#define U "\xef\xbf\xbd"
	gives(text("a\xff"
		   "b"),
	    &rule, "a" U "b");
	gives(text("\xc3\xa4"), &rule, "\xc3\xa4");
	gives(text("\xff\xfe"), &rule, U U);
	/* Unicode 15, table 3-8 and its neighbours. */
	gives(text("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41"), &rule,
	    U U U U U U U U "A");
	gives(text("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41"), &rule,
	    U U U U U U U U "A");
	gives(text("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42"), &rule,
	    U U U U U "A" U U "B");
	gives(text("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), &rule, U U U U "A");
	gives(text("\xe1\x80"), &rule, U);
	refuses(bytes(VALUE_TEXT, "a\0\xff", 3), &rule, "text_nul");
	rule.nul = NUL_STRIP;
	gives(bytes(VALUE_TEXT, "a\0\xff", 3), &rule, "a" U);
#undef U
	rule.utf8 = UTF8_BYTEA;
	refuses(text("\xff"), &rule, "invalid_utf8");
	rule.utf8 = UTF8_REPLACE;
	rule.type.name = TYPE_BYTEA;
	gives(text("\xff"), &rule, "\\xff");
}

static void
latin1_reads_bytes_as_characters(void **state)
{
	Rule rule = { .type = type(TYPE_TEXT), .utf8 = UTF8_LATIN1 };

	(void)state;
	gives(text("M\xfcller"), &rule, "M\xc3\xbcller");
	gives(text("\x80\xff"), &rule, "\xc2\x80\xc3\xbf");
	/* What is UTF-8 is left alone. */
	gives(text("M\xc3\xbcller"), &rule, "M\xc3\xbcller");
	rule.nul = NUL_STRIP;
	gives(bytes(VALUE_TEXT, "\xe4\0", 2), &rule, "\xc3\xa4");
}

static void
repaired_text_is_looked_up(void **state)
{
	static const RuleValue values[] = { { "ab", "12" } };
	Rule rule = { .type = type(TYPE_BIGINT),
		.nul = NUL_STRIP,
		.values = values,
		.n_values = 1 };

	(void)state;
	gives(bytes(VALUE_TEXT, "a\0b", 3), &rule, "12");
}

static void
whatever_is_repaired_is_text(void **state)
{
	Rule rule = { .type = type(TYPE_TEXT), .nul = NUL_STRIP };
	Cast cast = { 0 };
	uint8_t noise[24];
	Error err;

	(void)state;
	start_random();
	for (int i = 0; i < 50000; i++) {
		size_t size = (size_t)rand() % sizeof noise;
		Value value = bytes(VALUE_TEXT, noise, size), out;

		for (size_t k = 0; k < size; k++)
			noise[k] = rand() % 3 == 0 ? (uint8_t)rand()
						   : (uint8_t)(rand() | 0x80);
		rule.utf8 = i % 2 == 0 ? UTF8_REPLACE : UTF8_LATIN1;
		assert_true(rule_row(&cast, &value, &rule, 1, &out, &err));
		assert_int_equal(cast.refused, 0);
		assert_true(utf8_is_text(out.bytes, out.size));
	}
	cast_free(&cast);
}

/* The scratch moves while a row is made; what was made before stays right. */
static void
a_row_is_whole_however_much_it_needs(void **state)
{
	enum { N = 300 };
	static const RuleValue values[] = { { "x", "mapped" } };
	static const char *const expected[] = { "12", NULL, "a", "mapped",
		"2024-02-29 13:05:00+00" };
	Cast cast = { 0 };
	Value row[N], out[N];
	Rule rules[N];
	Error err;

	(void)state;
	for (size_t i = 0; i < N; i += 5) {
		row[i] = integer(12);
		rules[i] = (Rule){ .type = type(TYPE_TEXT) };
		row[i + 1] = text("x");
		rules[i + 1] = (Rule){ .type = type(TYPE_BIGINT) };
		row[i + 2] = bytes(VALUE_TEXT, "a\0", 2);
		rules[i + 2] =
		    (Rule){ .type = type(TYPE_TEXT), .nul = NUL_STRIP };
		row[i + 3] = text("x");
		rules[i + 3] = (Rule){
			.type = type(TYPE_TEXT), .values = values, .n_values = 1
		};
		row[i + 4] = text("2024-02-29T13:05");
		rules[i + 4] = (Rule){ .type = type(TYPE_TIMESTAMPTZ) };
	}
	for (int again = 0; again < 2; again++) {
		assert_true(rule_row(&cast, row, rules, N, out, &err));
		assert_int_equal(cast.refused, N / 5);
		for (size_t i = 0; i < N; i++) {
			const char *wanted = expected[i % 5];

			if (wanted == NULL) {
				assert_int_equal(out[i].class, VALUE_NULL);
				continue;
			}
			assert_int_equal(out[i].size, strlen(wanted));
			assert_memory_equal(out[i].bytes, wanted, out[i].size);
		}
	}
	cast_free(&cast);
}

/* What a field's own text spares is no other value: every affinity into every
 * type, with fields and without. */
static void
a_field_s_text_is_what_would_be_written(void **state)
{
	static const char csv[] =
	    "v\n1\n0\n-12\n9007199254740993\n5.0\n1.5\n"
	    "-0.0\n0.05\n1e+300\n79.07\n\"12\"\n\\x00ff\n"
	    "\\x000102030405060708090a0b0c0d0e0f\n\n\"\"\n"
	    "plain\n\" a\"\n\"{\"\"k\"\":1}\"\n"
	    "007\n-0\n1.50\n2460000.5\n"
	    "2024-02-29T13:05:07\n2024-02-29\n13:05:07\n";
	static const char *const name = "v";
	Rule rule = { .type = { .name = TYPE_TEXT } };
	Cast with = { .text_is_valid = true }, without = with;
	Value value, one, other;
	RowsCsvField field;
	uint8_t bytes[sizeof csv];
	Buf room = { 0 };
	RowsCsv rows;
	Error err;

	(void)state;
	with.fields = &field;
	for (int i = 0; i < AFFINITY_COUNT * TYPE_COUNT * 2; i++) {
		Affinity affinity = (Affinity)(i % AFFINITY_COUNT);

		rule.type = type((TypeName)(i / AFFINITY_COUNT % TYPE_COUNT));
		if (i >= AFFINITY_COUNT * TYPE_COUNT) {
			rule.type.length = 2;
			rule.type.precision = 4;
			rule.type.scale = 2;
		}
		memcpy(bytes, csv, sizeof csv);
		assert_true(rows_csv_open(
		    &rows, bytes, sizeof csv - 1, &name, &affinity, 1, &err));
		assert_true(rows_csv_keep(&rows, &field, &room, &err));
		while (rows_csv_next(&rows, &value, &err) == STEP_ITEM) {
			assert_true(
			    rule_row(&with, &value, &rule, 1, &one, &err));
			assert_true(
			    rule_row(&without, &value, &rule, 1, &other, &err));
			assert_true(value_equal(&one, &other));
			assert_ptr_equal(with.refusal, without.refusal);
		}
		assert_memory_equal(bytes, csv, sizeof csv);
	}
	/* A conversion's value is not the one that was read. */
	rule = (Rule){ .type = type(TYPE_NUMERIC),
		.conversion = CONVERSION_CENTS };
	field = (RowsCsvField){ .text = (const uint8_t *)"150", .size = 3 };
	value = integer(150);
	assert_true(rule_row(&with, &value, &rule, 1, &one, &err));
	assert_int_equal(one.size, 4);
	assert_memory_equal(one.bytes, "1.50", 4);
	cast_free(&with);
	cast_free(&without);
	buf_free(&room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_of_nothing_but_a_type_is_plain),
		cmocka_unit_test(null_fits_where_it_may_be),
		cmocka_unit_test(a_value_map_asks_the_text_form),
		cmocka_unit_test(what_the_map_gives_is_converted),
		cmocka_unit_test(labels_are_all_that_an_enum_takes),
		cmocka_unit_test(times_without_a_zone_are_read_in_the_columns),
		cmocka_unit_test(a_zone_is_of_its_column_alone),
		cmocka_unit_test(nul_is_stripped_where_that_is_wanted),
		cmocka_unit_test(invalid_utf8_is_replaced_subpart_by_subpart),
		cmocka_unit_test(latin1_reads_bytes_as_characters),
		cmocka_unit_test(repaired_text_is_looked_up),
		cmocka_unit_test(whatever_is_repaired_is_text),
		cmocka_unit_test(a_row_is_whole_however_much_it_needs),
		cmocka_unit_test(a_field_s_text_is_what_would_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
