#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "formats/datetime.h"
#include "formats/literal.h"
#include "tests/unit/random.h"
#include "tests/unit/values.h"
#include "transform/cast.h"

/* The value as the type is this text. */
static void
fits(Value value, Type type, const char *expected)
{
	Cast cast = { 0 };
	Value out;
	Error err;

	assert_true(cast_value(&cast, &value, type, &out, &err));
	if (cast.refusal != NULL)
		print_error(
		    "refused, not '%s': %s\n", expected, cast.refusal->reason);
	assert_null(cast.refusal);
	assert_int_equal(out.class, VALUE_TEXT);
	assert_int_equal(out.size, strlen(expected));
	assert_memory_equal(out.bytes, expected, out.size);
	cast_free(&cast);
}

/* The value is none of the type, by this rule. */
static void
refused(Value value, Type type, const char *rule)
{
	Cast cast = { 0 };
	Value out;
	Error err;

	assert_true(cast_value(&cast, &value, type, &out, &err));
	assert_non_null(cast.refusal);
	assert_string_equal(cast.refusal->rule, rule);
	cast_free(&cast);
}

static void
null_is_null_in_every_type(void **state)
{
	Cast cast = { 0 };
	Value null = { .class = VALUE_NULL };
	Value out = integer(1);
	Error err;

	(void)state;
	for (int i = 0; i < TYPE_COUNT; i++) {
		assert_true(
		    cast_value(&cast, &null, type((TypeName)i), &out, &err));
		assert_null(cast.refusal);
		assert_int_equal(out.class, VALUE_NULL);
	}
	cast_free(&cast);
}

static void
booleans_are_0_and_1_and_words(void **state)
{
	Type boolean = type(TYPE_BOOLEAN);

	(void)state;
	fits(integer(0), boolean, "false");
	fits(integer(1), boolean, "true");
	fits(text("t"), boolean, "true");
	fits(text("YES"), boolean, "true");
	fits(text("off"), boolean, "false");
	fits(text("1"), boolean, "true");
	refused(integer(2), boolean, "boolean");
	refused(integer(-1), boolean, "boolean");
	refused(real(1.0), boolean, "boolean");
	refused(text(""), boolean, "boolean");
	refused(text("maybe"), boolean, "boolean");
	refused(bytes(VALUE_BLOB, "t", 1), boolean, "boolean");
}

static void
integers_keep_their_64_bits(void **state)
{
	Type bigint = type(TYPE_BIGINT);

	(void)state;
	fits(integer(INT64_MIN), bigint, "-9223372036854775808");
	fits(integer(INT64_MAX), bigint, "9223372036854775807");
	fits(real(5.0), bigint, "5");
	fits(real(-0x1p63), bigint, "-9223372036854775808");
	fits(text("12"), bigint, "12");
	refused(real(0x1p63), bigint, "integer");
	refused(real(5.5), bigint, "integer");
	refused(real(-0.0), bigint, "integer");
	refused(real(INFINITY), bigint, "integer");
	refused(text("9223372036854775808"), bigint, "integer");
	refused(text("007"), bigint, "integer");
	refused(text(" 7"), bigint, "integer");
	refused(text("N/A"), bigint, "integer");
	refused(bytes(VALUE_BLOB, "7", 1), bigint, "integer");
}

static void
narrow_integers_have_their_range(void **state)
{
	(void)state;
	fits(integer(INT32_MAX), type(TYPE_INTEGER), "2147483647");
	fits(integer(INT32_MIN), type(TYPE_INTEGER), "-2147483648");
	refused(integer((int64_t)INT32_MAX + 1), type(TYPE_INTEGER),
	    "integer_range");
	refused(integer((int64_t)INT32_MIN - 1), type(TYPE_INTEGER),
	    "integer_range");
	fits(integer(INT16_MAX), type(TYPE_SMALLINT), "32767");
	refused(integer(INT16_MAX + 1), type(TYPE_SMALLINT), "integer_range");
	refused(integer(INT16_MIN - 1), type(TYPE_SMALLINT), "integer_range");
}

static void
doubles_take_no_integer_that_they_would_round(void **state)
{
	Type d = type(TYPE_DOUBLE);

	(void)state;
	fits(real(0.1), d, "0.1");
	fits(real(-0.0), d, "-0.0");
	fits(real(5.0), d, "5.0");
	fits(real(1e300), d, "1e+300");
	fits(real(INFINITY), d, "Infinity");
	fits(real(-INFINITY), d, "-Infinity");
	fits(real(5e-324), d, "5e-324");
	fits(integer(INT64_C(9007199254740992)), d, "9.007199254740992e+15");
	refused(integer(INT64_C(9007199254740993)), d, "double");
	fits(text("0.123456789012345"), d, "0.123456789012345");
	refused(text("1.234567890123456"), d, "double");
	refused(text("abc"), d, "double");
	refused(bytes(VALUE_BLOB, "", 0), d, "double");
}

static void
real_takes_what_four_bytes_hold(void **state)
{
	Type r = type(TYPE_REAL);

	(void)state;
	fits(real(0.5), r, "0.5");
	fits(real(INFINITY), r, "Infinity");
	refused(real(0.1), r, "real");
	refused(real(1e300), r, "real");
}

static void
numerics_do_not_go_through_double(void **state)
{
	Type numeric = type(TYPE_NUMERIC);
	Type money = { .name = TYPE_NUMERIC, .precision = 12, .scale = 2 };

	(void)state;
	fits(text("0.10000000000000000555"), numeric, "0.10000000000000000555");
	fits(integer(INT64_MIN), numeric, "-9223372036854775808");
	fits(real(0.1), numeric, "0.1");
	fits(real(5.0), numeric, "5");
	fits(real(1e20), numeric, "100000000000000000000");
	fits(real(-1.5e-7), numeric, "-0.00000015");
	refused(real(INFINITY), numeric, "numeric");
	refused(text("NaN"), numeric, "numeric");
	refused(text(""), numeric, "numeric");
	refused(bytes(VALUE_BLOB, "1", 1), numeric, "numeric");
	fits(integer(5), money, "5.00");
	fits(real(9999999999.99), money, "9999999999.99");
	refused(integer(10000000000), money, "numeric_precision");
	refused(real(0.001), money, "numeric_precision");
}

static void
dates_and_times_are_iso(void **state)
{
	Type date = type(TYPE_DATE), time = type(TYPE_TIME);

	(void)state;
	fits(text("2024-02-29"), date, "2024-02-29");
	fits(text("2024-02-29 00:00:00"), date, "2024-02-29");
	refused(text("2023-02-29"), date, "date");
	refused(text("2024-02-29 00:00:01"), date, "date");
	refused(text("2024-02-29 00:00Z"), date, "date");
	refused(integer(20240229), date, "date");
	refused(text(""), date, "date");
	fits(text("13:05"), time, "13:05:00");
	fits(text("13:05:07.500"), time, "13:05:07.5");
	refused(text("24:01"), time, "time");
	refused(text("2024-02-29 13:05"), time, "time");
}

static void
timestamps_are_moments_in_utc(void **state)
{
	Type tz = type(TYPE_TIMESTAMPTZ), naive = type(TYPE_TIMESTAMP);

	(void)state;
	fits(text("2024-02-29 13:05:07"), tz, "2024-02-29 13:05:07+00");
	fits(text("2024-02-29T13:05:07.25+02:00"), tz,
	    "2024-02-29 11:05:07.25+00");
	fits(text("2024-03-01T00:30:00+01"), tz, "2024-02-29 23:30:00+00");
	fits(text("2024-02-29"), tz, "2024-02-29 00:00:00+00");
	fits(real(2451544.5), tz, "2000-01-01 00:00:00+00");
	fits(real(2415020.5), tz, "1900-01-01 00:00:00+00");
	refused(real(2415020.4), tz, "timestamp");
	refused(real(2524958.5), tz, "timestamp");
	refused(real(1.5e9), tz, "timestamp");
	refused(integer(1700000000), tz, "timestamp");
	refused(text("13:05"), tz, "timestamp");
	refused(text("yesterday"), tz, "timestamp");
	fits(text("2024-02-29 13:05:07"), naive, "2024-02-29 13:05:07");
	refused(text("2024-02-29 13:05:07Z"), naive, "timestamp_zone");
}

/* Short cuts for text that is nearly right give what the long way gives. */
static void
moments_of_every_shape_are_written_alike(void **state)
{
	static const char *const dates[] = { "2024-02-29", "0001-01-01",
		"9999-12-31" };
	static const char *const times[] = { "", " 13:05", "T13:05",
		" 13:05:07", "T13:05:07", " 00:00:00", " 13:05:00",
		" 13:05:07.5", "T13:05:07.500", " 13:05:07.123456",
		" 13:05:07.1234560", " 13:05:07.000000000", " 13:05:07.0",
		" 00:00:00.000", "T00:00" };
	static const char *const zones[] = { "", "Z", " UTC", "+00", "+00:00",
		"-0000", " +00", "+01:30", "-0330", "+14" };
	static const TypeName types[] = { TYPE_TIMESTAMPTZ, TYPE_TIMESTAMP,
		TYPE_DATE };
	size_t n = sizeof dates / sizeof *dates * sizeof times / sizeof *times *
	    sizeof zones / sizeof *zones;

	(void)state;
	for (size_t i = 0; i < 3 * n; i++) {
		const char *zone = zones[i / 3 % 10];
		const char *clock = times[i / 30 % 15];
		TypeName name = types[i % 3];
		uint8_t expected[DATETIME_TEXT_BYTES + 1];
		char written[64];
		DateTime moment;
		size_t size;

		snprintf(written, sizeof written, "%s%s%s", dates[i / 450],
		    clock, zone);
		if (!datetime_parse(
			(const uint8_t *)written, strlen(written), &moment)) {
			refused(
			    text(written), type(TYPE_TIMESTAMPTZ), "timestamp");
			continue;
		}
		if (name != TYPE_TIMESTAMPTZ && *zone != '\0')
			continue;
		if (name == TYPE_DATE && moment.hour != 0)
			continue;
		if (name == TYPE_TIMESTAMPTZ)
			size = datetime_write_timestamptz(expected, &moment);
		else if (name == TYPE_TIMESTAMP)
			size = datetime_write_timestamp(expected, &moment);
		else
			size = datetime_write_date(expected, &moment);
		expected[size] = '\0';
		fits(text(written), type(name), (const char *)expected);
		if (*clock != '\0' && *zone == '\0') {
			size = datetime_write_time(expected, &moment);
			expected[size] = '\0';
			fits(text(written + 11), type(TYPE_TIME),
			    (const char *)expected);
		}
	}
}

static void
json_is_what_the_server_would_take(void **state)
{
	Type json = type(TYPE_JSON), jsonb = type(TYPE_JSONB);

	(void)state;
	fits(text("{\"a\": [1]}"), jsonb, "{\"a\": [1]}");
	fits(integer(7), jsonb, "7");
	fits(real(0.5), jsonb, "0.5");
	fits(text("\"\\u0000\""), json, "\"\\u0000\"");
	refused(text("\"\\u0000\""), jsonb, "jsonb");
	refused(text("{a:1}"), json, "json");
	refused(text(""), jsonb, "json");
	refused(real(INFINITY), jsonb, "json");
	refused(bytes(VALUE_BLOB, "{}", 2), json, "json");
}

static void
uuids_come_as_text_or_16_bytes(void **state)
{
	Type uuid = type(TYPE_UUID);
	const char *canonical = "00112233-4455-6677-8899-aabbccddeeff";

	(void)state;
	fits(text("00112233-4455-6677-8899-AABBCCDDEEFF"), uuid, canonical);
	fits(text("00112233445566778899aabbccddeeff"), uuid, canonical);
	fits(bytes(VALUE_BLOB,
		 "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd"
		 "\xee\xff",
		 16),
	    uuid, canonical);
	refused(bytes(VALUE_BLOB, "0123456789abcde", 15), uuid, "uuid");
	refused(text("0011"), uuid, "uuid");
	refused(integer(1), uuid, "uuid");
}

/* One letter off in a UUID is seen by whoever looks at it first. */
static void
uuids_are_what_literal_uuid_says(void **state)
{
	static const char letters[] = "0189abcfgAFG-{} /:`@";

	(void)state;
	start_random();
	for (int i = 0; i < 5000; i++) {
		char written[] = "00112233-4455-6677-8899-aabbccddeeff";
		uint8_t uuid[16];
		char expected[LITERAL_UUID_BYTES + 1] = "";

		written[(size_t)rand() % LITERAL_UUID_BYTES] =
		    letters[(size_t)rand() % (sizeof letters - 1)];
		if (!literal_uuid(
			(const uint8_t *)written, LITERAL_UUID_BYTES, uuid)) {
			refused(text(written), type(TYPE_UUID), "uuid");
			continue;
		}
		literal_write_uuid((uint8_t *)expected, uuid);
		fits(text(written), type(TYPE_UUID), expected);
	}
}

static void
bytea_takes_every_byte_of_everything(void **state)
{
	Type bytea = type(TYPE_BYTEA);

	(void)state;
	fits(bytes(VALUE_BLOB, "\x00\x0a\xff", 3), bytea, "\\x000aff");
	fits(bytes(VALUE_BLOB, "", 0), bytea, "\\x");
	fits(bytes(VALUE_BLOB, NULL, 0), bytea, "\\x");
	fits(bytes(VALUE_TEXT, "a\0\xff", 3), bytea, "\\x6100ff");
	fits(integer(-1), bytea, "\\x2d31");
	fits(real(0.5), bytea, "\\x302e35");
}

static void
text_holds_no_nul_no_bad_utf8_and_no_blob(void **state)
{
	Type t = type(TYPE_TEXT);

	(void)state;
	fits(text(""), t, "");
	fits(text("\xc3\xa4"), t, "\xc3\xa4");
	fits(integer(7), t, "7");
	fits(real(7), t, "7.0");
	refused(bytes(VALUE_TEXT, "a\0b", 3), t, "text_nul");
	refused(text("\xff"), t, "invalid_utf8");
	refused(bytes(VALUE_TEXT, "a\0\xff", 3), t, "invalid_utf8");
	refused(text("\xed\xa0\x80"), t, "invalid_utf8");
	refused(bytes(VALUE_BLOB, "a", 1), t, "blob_in_text");
	refused(
	    bytes(VALUE_TEXT, "\"\xff\"", 3), type(TYPE_JSON), "invalid_utf8");
}

static void
varchar_counts_characters_not_bytes(void **state)
{
	Type three = { .name = TYPE_VARCHAR, .length = 3 };

	(void)state;
	fits(text("abc"), three, "abc");
	fits(text("\xc3\xa4\xc3\xa4\xc3\xa4"), three,
	    "\xc3\xa4\xc3\xa4\xc3\xa4");
	refused(text("abcd"), three, "length");
	refused(text("ab  "), three, "length");
	fits(integer(123), three, "123");
	refused(integer(1234), three, "length");
	three.name = TYPE_CHAR;
	fits(text("a"), three, "a");
	refused(text("abcd"), three, "length");
}

/* The scratch moves while a row is cast; what was cast before stays right. */
static void
a_row_is_whole_however_much_it_needs(void **state)
{
	enum { N = 300 };
	Cast cast = { .text_is_valid = true };
	Value row[N], out[N];
	Type types[N];
	Error err;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		row[i] = i % 3 == 2 ? text("x") : integer((int64_t)i);
		types[i] = type(i % 3 == 2 ? TYPE_BIGINT : TYPE_TEXT);
	}
	assert_true(cast_row(&cast, row, types, N, out, &err));
	assert_int_equal(cast.refused, N / 3);
	for (size_t i = 0; i < N; i++) {
		char expected[8];
		int size = snprintf(expected, sizeof expected, "%zu", i);

		if (i % 3 == 2) {
			assert_int_equal(out[i].class, VALUE_NULL);
			continue;
		}
		assert_int_equal(out[i].size, size);
		assert_memory_equal(out[i].bytes, expected, (size_t)size);
	}
	cast_free(&cast);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(null_is_null_in_every_type),
		cmocka_unit_test(booleans_are_0_and_1_and_words),
		cmocka_unit_test(integers_keep_their_64_bits),
		cmocka_unit_test(narrow_integers_have_their_range),
		cmocka_unit_test(doubles_take_no_integer_that_they_would_round),
		cmocka_unit_test(real_takes_what_four_bytes_hold),
		cmocka_unit_test(numerics_do_not_go_through_double),
		cmocka_unit_test(dates_and_times_are_iso),
		cmocka_unit_test(timestamps_are_moments_in_utc),
		cmocka_unit_test(moments_of_every_shape_are_written_alike),
		cmocka_unit_test(json_is_what_the_server_would_take),
		cmocka_unit_test(uuids_come_as_text_or_16_bytes),
		cmocka_unit_test(uuids_are_what_literal_uuid_says),
		cmocka_unit_test(bytea_takes_every_byte_of_everything),
		cmocka_unit_test(text_holds_no_nul_no_bad_utf8_and_no_blob),
		cmocka_unit_test(varchar_counts_characters_not_bytes),
		cmocka_unit_test(a_row_is_whole_however_much_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
