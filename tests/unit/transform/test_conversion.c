#include "transform/conversion.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "formats/datetime.h"
#include "tests/unit/random.h"
#include "tests/unit/values.h"

/* The value is this text by the conversion. */
static void
gives(Value value, Conversion conversion, Type wanted, const char *expected)
{
	Cast cast = { 0 };
	Value out;
	Error err;

	assert_true(
	    conversion_value(&cast, &value, conversion, wanted, &out, &err));
	if (cast.refusal != NULL)
		fail_msg(
		    "refused, not '%s': %s", expected, cast.refusal->reason);
	assert_int_equal(out.class, VALUE_TEXT);
	if (out.size != strlen(expected) ||
	    memcmp(out.bytes, expected, out.size) != 0)
		fail_msg("'%.*s', not '%s'", (int)out.size,
		    (const char *)out.bytes, expected);
	cast_free(&cast);
}

/* The conversion does not take the value, by this rule. */
static void
refuses(Value value, Conversion conversion, Type wanted, const char *rule)
{
	Cast cast = { 0 };
	Value out;
	Error err;

	assert_true(
	    conversion_value(&cast, &value, conversion, wanted, &out, &err));
	assert_non_null(cast.refusal);
	assert_string_equal(cast.refusal->rule, rule);
	cast_free(&cast);
}

static const Type timestamptz = { .name = TYPE_TIMESTAMPTZ };

static void
names_are_read_back(void **state)
{
	Conversion conversion;

	(void)state;
	assert_null(conversion_name(CONVERSION_NONE));
	for (int i = CONVERSION_NONE + 1; i < CONVERSION_COUNT; i++) {
		assert_true(conversion_parse(
		    conversion_name((Conversion)i), &conversion));
		assert_int_equal(conversion, i);
	}
	assert_false(conversion_parse("unix", &conversion));
	assert_false(conversion_parse("", &conversion));
	assert_false(conversion_parse("UNIX_S", &conversion));
}

static void
each_gives_its_default_type(void **state)
{
	(void)state;
	for (int i = CONVERSION_NONE + 1; i < CONVERSION_COUNT; i++) {
		Conversion conversion = (Conversion)i;

		assert_true(
		    conversion_gives(conversion, conversion_type(conversion)));
		assert_non_null(conversion_types(conversion));
		assert_false(conversion_gives(conversion, type(TYPE_SMALLINT)));
	}
	assert_int_equal(
	    conversion_type(CONVERSION_UNIX_MS).name, TYPE_TIMESTAMPTZ);
	assert_int_equal(conversion_type(CONVERSION_JSON).name, TYPE_JSONB);
	assert_true(conversion_gives(CONVERSION_NONE, type(TYPE_SMALLINT)));
	assert_true(conversion_gives(CONVERSION_CENTS,
	    (Type){ .name = TYPE_NUMERIC, .precision = 12, .scale = 2 }));
	assert_string_equal(conversion_types(CONVERSION_COCOA),
	    "timestamptz, timestamp or date");
}

static void
null_stays_null(void **state)
{
	Value value = null(), out = integer(1);
	Cast cast = { 0 };
	Error err;

	(void)state;
	for (int i = CONVERSION_NONE; i < CONVERSION_COUNT; i++) {
		assert_true(conversion_value(&cast, &value, (Conversion)i,
		    conversion_type((Conversion)i), &out, &err));
		assert_null(cast.refusal);
		assert_int_equal(out.class, VALUE_NULL);
	}
}

static void
counts_are_moments_since_their_epoch(void **state)
{
	Type tz = timestamptz;

	(void)state;
	gives(integer(0), CONVERSION_UNIX_S, tz, "1970-01-01 00:00:00+00");
	gives(integer(-1), CONVERSION_UNIX_S, tz, "1969-12-31 23:59:59+00");
	gives(integer(1700000000), CONVERSION_UNIX_S, tz,
	    "2023-11-14 22:13:20+00");
	gives(text("1700000000"), CONVERSION_UNIX_S, tz,
	    "2023-11-14 22:13:20+00");
	gives(integer(1700000000123), CONVERSION_UNIX_MS, tz,
	    "2023-11-14 22:13:20.123+00");
	gives(real(1700000000123), CONVERSION_UNIX_MS, tz,
	    "2023-11-14 22:13:20.123+00");
	gives(
	    integer(-1), CONVERSION_UNIX_MS, tz, "1969-12-31 23:59:59.999+00");
	gives(integer(1700000000123456), CONVERSION_UNIX_US, tz,
	    "2023-11-14 22:13:20.123456+00");
	gives(integer(1700000000123456000), CONVERSION_UNIX_NS, tz,
	    "2023-11-14 22:13:20.123456+00");
	gives(integer(-1000), CONVERSION_UNIX_NS, tz,
	    "1969-12-31 23:59:59.999999+00");
	gives(integer(0), CONVERSION_COCOA, tz, "2001-01-01 00:00:00+00");
	gives(
	    integer(721692800), CONVERSION_COCOA, tz, "2023-11-14 22:13:20+00");
	gives(integer(0), CONVERSION_WEBKIT, tz, "1601-01-01 00:00:00+00");
	gives(integer(13344473600123456), CONVERSION_WEBKIT, tz,
	    "2023-11-14 22:13:20.123456+00");
	gives(integer(0), CONVERSION_FILETIME, tz, "1601-01-01 00:00:00+00");
	gives(integer(133444736001234560), CONVERSION_FILETIME, tz,
	    "2023-11-14 22:13:20.123456+00");
	gives(real(2451544.5), CONVERSION_JULIAN, tz, "2000-01-01 00:00:00+00");
	gives(
	    integer(2451545), CONVERSION_JULIAN, tz, "2000-01-01 12:00:00+00");
	/* julianday('2024-02-29 13:05:07.123') */
	gives(real(2460370.0452213311), CONVERSION_JULIAN, tz,
	    "2024-02-29 13:05:07.123+00");
}

static void
moments_are_utc_in_every_type(void **state)
{
	Type naive = type(TYPE_TIMESTAMP), date = type(TYPE_DATE);

	(void)state;
	gives(integer(1700000000), CONVERSION_UNIX_S, naive,
	    "2023-11-14 22:13:20");
	gives(integer(1699920000), CONVERSION_UNIX_S, date, "2023-11-14");
	gives(integer(-86400000), CONVERSION_UNIX_MS, date, "1969-12-31");
	refuses(integer(1699920001), CONVERSION_UNIX_S, date, "date");
	refuses(integer(1699919999), CONVERSION_UNIX_S, date, "date");
	gives(real(2451544.5), CONVERSION_JULIAN, date, "2000-01-01");
	refuses(integer(2451545), CONVERSION_JULIAN, date, "date");
}

static void
what_is_finer_than_a_microsecond_is_refused(void **state)
{
	Type tz = timestamptz;

	(void)state;
	refuses(integer(1700000000123456001), CONVERSION_UNIX_NS, tz,
	    "moment_precision");
	refuses(integer(-1), CONVERSION_UNIX_NS, tz, "moment_precision");
	refuses(integer(133444736001234561), CONVERSION_FILETIME, tz,
	    "moment_precision");
}

static void
a_real_is_the_nearest_microsecond(void **state)
{
	Type tz = timestamptz;

	(void)state;
	gives(real(1700000000.1234567), CONVERSION_UNIX_S, tz,
	    "2023-11-14 22:13:20.123457+00");
	gives(real(5e-324), CONVERSION_UNIX_S, tz, "1970-01-01 00:00:00+00");
	gives(real(0.123456), CONVERSION_UNIX_S, tz,
	    "1970-01-01 00:00:00.123456+00");
	gives(real(-0.000001), CONVERSION_UNIX_S, tz,
	    "1969-12-31 23:59:59.999999+00");
	gives(real(1700000000.123456), CONVERSION_UNIX_S, tz,
	    "2023-11-14 22:13:20.123456+00");
	gives(real(721692800.5), CONVERSION_COCOA, tz,
	    "2023-11-14 22:13:20.5+00");
}

static void
years_are_1_to_9999(void **state)
{
	Type tz = timestamptz;
	const char *range = "moment_range";

	(void)state;
	gives(integer(-62135596800), CONVERSION_UNIX_S, tz,
	    "0001-01-01 00:00:00+00");
	refuses(integer(-62135596801), CONVERSION_UNIX_S, tz, range);
	gives(integer(253402300799), CONVERSION_UNIX_S, tz,
	    "9999-12-31 23:59:59+00");
	refuses(integer(253402300800), CONVERSION_UNIX_S, tz, range);
	gives(integer(253402300799999999), CONVERSION_UNIX_US, tz,
	    "9999-12-31 23:59:59.999999+00");
	refuses(integer(253402300800000000), CONVERSION_UNIX_US, tz, range);
	refuses(integer(INT64_MIN), CONVERSION_UNIX_US, tz, range);
	refuses(integer(INT64_MAX), CONVERSION_UNIX_S, tz, range);
	refuses(integer(INT64_MIN), CONVERSION_UNIX_MS, tz, range);
	refuses(integer(INT64_MIN), CONVERSION_WEBKIT, tz, range);
	refuses(real(INFINITY), CONVERSION_UNIX_S, tz, range);
	refuses(real(-1e12), CONVERSION_UNIX_S, tz, range);
	refuses(real(1e300), CONVERSION_COCOA, tz, range);
	gives(real(253402300799.5), CONVERSION_UNIX_S, tz,
	    "9999-12-31 23:59:59.5+00");
	refuses(real(5373484.5), CONVERSION_JULIAN, tz, range);
	refuses(integer(1), CONVERSION_JULIAN, tz, range);
}

static void
what_is_no_count_is_refused(void **state)
{
	Type tz = timestamptz;

	(void)state;
	refuses(text("now"), CONVERSION_UNIX_S, tz, "unix_s");
	refuses(text("1.5"), CONVERSION_UNIX_S, tz, "unix_s");
	refuses(text(""), CONVERSION_UNIX_S, tz, "unix_s");
	refuses(text(" 1"), CONVERSION_UNIX_MS, tz, "unix_ms");
	refuses(real(1.5), CONVERSION_UNIX_MS, tz, "unix_ms");
	refuses(real(1.5), CONVERSION_UNIX_US, tz, "unix_us");
	refuses(real(1.5), CONVERSION_UNIX_NS, tz, "unix_ns");
	refuses(real(1.5), CONVERSION_WEBKIT, tz, "webkit");
	refuses(real(1.5), CONVERSION_FILETIME, tz, "filetime");
	refuses(bytes(VALUE_BLOB, "1", 1), CONVERSION_COCOA, tz, "cocoa");
	refuses(text("2451544.5"), CONVERSION_JULIAN, tz, "julian");
}

/* Every microsecond that a double of seconds can tell comes back. */
static void
seconds_that_were_microseconds_are_exact(void **state)
{
	Error err;

	(void)state;
	start_random();
	for (int i = 0; i < 20000; i++) {
		int64_t wanted =
		    ((int64_t)rand() << 31 | rand()) % 4000000000000000 -
		    2000000000000000;
		Value value = real((double)wanted / 1e6), out;
		Cast cast = { 0 };
		DateTime moment;

		assert_true(conversion_value(
		    &cast, &value, CONVERSION_UNIX_S, timestamptz, &out, &err));
		if (cast.refusal != NULL)
			fail_msg(
			    "%" PRId64 " us: %s", wanted, cast.refusal->reason);
		assert_true(datetime_parse(out.bytes, out.size, &moment));
		assert_int_equal(
		    datetime_microseconds(&moment) + 946684800000000, wanted);
		cast_free(&cast);
	}
}

static void
iso_takes_text_alone(void **state)
{
	Type tz = timestamptz;

	(void)state;
	gives(text("2024-02-29T13:05:07+02:00"), CONVERSION_ISO, tz,
	    "2024-02-29 11:05:07+00");
	gives(
	    text("2024-02-29"), CONVERSION_ISO, type(TYPE_DATE), "2024-02-29");
	gives(text("13:05"), CONVERSION_ISO, type(TYPE_TIME), "13:05:00");
	refuses(real(2451544.5), CONVERSION_ISO, tz, "iso");
	refuses(integer(20240229), CONVERSION_ISO, tz, "iso");
	refuses(text("yesterday"), CONVERSION_ISO, tz, "timestamp");
}

static void
truths_are_numbers(void **state)
{
	Type boolean = type(TYPE_BOOLEAN);

	(void)state;
	gives(integer(0), CONVERSION_INT01, boolean, "false");
	gives(integer(1), CONVERSION_INT01, boolean, "true");
	refuses(integer(2), CONVERSION_INT01, boolean, "int01");
	refuses(integer(-1), CONVERSION_INT01, boolean, "int01");
	refuses(text("1"), CONVERSION_INT01, boolean, "int01");
	refuses(real(1), CONVERSION_INT01, boolean, "int01");
	gives(integer(0), CONVERSION_TRUTH, boolean, "false");
	gives(integer(-7), CONVERSION_TRUTH, boolean, "true");
	gives(real(-0.0), CONVERSION_TRUTH, boolean, "false");
	gives(real(0.1), CONVERSION_TRUTH, boolean, "true");
	refuses(text("1"), CONVERSION_TRUTH, boolean, "truth");
	refuses(bytes(VALUE_BLOB, "1", 1), CONVERSION_TRUTH, boolean, "truth");
}

static void
cents_are_hundredths(void **state)
{
	Type numeric = type(TYPE_NUMERIC);
	Type money = { .name = TYPE_NUMERIC, .precision = 4, .scale = 2 };
	Type tenths = { .name = TYPE_NUMERIC, .precision = 4, .scale = 1 };

	(void)state;
	gives(integer(1999), CONVERSION_CENTS, numeric, "19.99");
	gives(integer(2000), CONVERSION_CENTS, numeric, "20.00");
	gives(integer(5), CONVERSION_CENTS, numeric, "0.05");
	gives(integer(-5), CONVERSION_CENTS, numeric, "-0.05");
	gives(integer(0), CONVERSION_CENTS, numeric, "0.00");
	gives(integer(INT64_MIN), CONVERSION_CENTS, numeric,
	    "-92233720368547758.08");
	gives(text("1999"), CONVERSION_CENTS, numeric, "19.99");
	gives(real(1999), CONVERSION_CENTS, numeric, "19.99");
	gives(integer(9999), CONVERSION_CENTS, money, "99.99");
	refuses(integer(10000), CONVERSION_CENTS, money, "numeric_precision");
	gives(integer(1990), CONVERSION_CENTS, tenths, "19.9");
	refuses(integer(1999), CONVERSION_CENTS, tenths, "numeric_precision");
	refuses(real(19.99), CONVERSION_CENTS, numeric, "cents");
	refuses(text("19.99"), CONVERSION_CENTS, numeric, "cents");
}

static void
hex_and_base64_are_strict(void **state)
{
	Type bytea = type(TYPE_BYTEA);

	(void)state;
	gives(text("00fFA0"), CONVERSION_HEX, bytea, "\\x00ffa0");
	gives(text(""), CONVERSION_HEX, bytea, "\\x");
	refuses(text("0"), CONVERSION_HEX, bytea, "hex");
	refuses(text("0g"), CONVERSION_HEX, bytea, "hex");
	refuses(text("0x00"), CONVERSION_HEX, bytea, "hex");
	refuses(text("00 00 "), CONVERSION_HEX, bytea, "hex");
	refuses(integer(10), CONVERSION_HEX, bytea, "hex");
	refuses(bytes(VALUE_BLOB, "00", 2), CONVERSION_HEX, bytea, "hex");
	gives(text("AAH/"), CONVERSION_BASE64, bytea, "\\x0001ff");
	gives(text("AAE="), CONVERSION_BASE64, bytea, "\\x0001");
	gives(text("AAE"), CONVERSION_BASE64, bytea, "\\x0001");
	gives(text("AA"), CONVERSION_BASE64, bytea, "\\x00");
	gives(text(""), CONVERSION_BASE64, bytea, "\\x");
	refuses(text("AAE=="), CONVERSION_BASE64, bytea, "base64");
	refuses(text("AA-_"), CONVERSION_BASE64, bytea, "base64");
	refuses(text("AA\nAA"), CONVERSION_BASE64, bytea, "base64");
	refuses(integer(1), CONVERSION_BASE64, bytea, "base64");
}

static void
uuids_come_in_either_byte_order(void **state)
{
	Type uuid = type(TYPE_UUID);
	Value blob = bytes(VALUE_BLOB,
	    "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee"
	    "\xff",
	    16);

	(void)state;
	gives(blob, CONVERSION_UUID_BLOB, uuid,
	    "00112233-4455-6677-8899-aabbccddeeff");
	gives(blob, CONVERSION_UUID_BLOB_LE, uuid,
	    "33221100-5544-7766-8899-aabbccddeeff");
	blob.size = 15;
	refuses(blob, CONVERSION_UUID_BLOB, uuid, "uuid_blob");
	refuses(blob, CONVERSION_UUID_BLOB_LE, uuid, "uuid_blob_le");
	refuses(
	    text("0123456789abcdef"), CONVERSION_UUID_BLOB, uuid, "uuid_blob");
}

static void
json_is_text(void **state)
{
	Type jsonb = type(TYPE_JSONB), json = type(TYPE_JSON);

	(void)state;
	gives(text("{\"a\": 1}"), CONVERSION_JSON, jsonb, "{\"a\": 1}");
	gives(text("7"), CONVERSION_JSON, jsonb, "7");
	gives(text("\"\\u0000\""), CONVERSION_JSON, json, "\"\\u0000\"");
	refuses(text("\"\\u0000\""), CONVERSION_JSON, jsonb, "jsonb");
	refuses(text("{"), CONVERSION_JSON, jsonb, "json");
	refuses(integer(7), CONVERSION_JSON, jsonb, "json");
	refuses(bytes(VALUE_BLOB, "{}", 2), CONVERSION_JSON, jsonb, "json");
}

static void
json_arrays_become_postgresqls(void **state)
{
	Type t = type(TYPE_TEXT);
	Conversion array = CONVERSION_JSON_ARRAY;

	(void)state;
	gives(text("[]"), array, t, "{}");
	gives(text(" [ ] "), array, t, "{}");
	gives(text("[\"a\",\"b\",null]"), array, t, "{\"a\",\"b\",NULL}");
	gives(text("[1, -2.50, 1e5, true, false]"), array, t,
	    "{1,-2.50,1e5,true,false}");
	gives(text("[\"NULL\", \"\", \"null\"]"), array, t,
	    "{\"NULL\",\"\",\"null\"}");
	gives(text("[\"a,b\", \"{c}\", \" d \", \"[e]\"]"), array, t,
	    "{\"a,b\",\"{c}\",\" d \",\"[e]\"}");
	gives(text("[\"\\\"q\\\"\", \"\\\\\", \"\\\\\\\\\", \"x\"]"), array, t,
	    "{\"\\\"q\\\"\",\"\\\\\",\"\\\\\\\\\",\"x\"}");
	gives(text("[\"\\n\\u0041\\u00e4\\ud83d\\ude00\\/\"]"), array, t,
	    "{\"\nA\xc3\xa4\xf0\x9f\x98\x80/\"}");
	gives(text("[\"\\u0022\\u005c\"]"), array, t, "{\"\\\"\\\\\"}");
	refuses(text("[[1],[2]]"), array, t, "json_array");
	refuses(text("[{}]"), array, t, "json_array");
	refuses(text("{\"a\":[1]}"), array, t, "json_array");
	refuses(text("\"[1]\""), array, t, "json_array");
	refuses(text("{1,2}"), array, t, "json_array");
	refuses(text("{}"), array, t, "json_array");
	refuses(text("[1"), array, t, "json_array");
	refuses(text("[\"\\u0000\"]"), array, t, "json_array");
	refuses(text("[\"\\ud83d\"]"), array, t, "json_array");
	refuses(text(""), array, t, "json_array");
	refuses(text("[\"\xff\"]"), array, t, "json_array");
	refuses(integer(1), array, t, "json_array");
	refuses(bytes(VALUE_BLOB, "[]", 2), array, t, "json_array");
}

static void
text_is_the_text_form_of_all_but_blobs(void **state)
{
	Type t = type(TYPE_TEXT);
	Type two = { .name = TYPE_VARCHAR, .length = 2 };

	(void)state;
	gives(integer(-7), CONVERSION_TEXT, t, "-7");
	gives(real(7), CONVERSION_TEXT, t, "7.0");
	gives(text("a"), CONVERSION_TEXT, t, "a");
	gives(integer(12), CONVERSION_TEXT, two, "12");
	refuses(integer(123), CONVERSION_TEXT, two, "length");
	refuses(bytes(VALUE_BLOB, "a", 1), CONVERSION_TEXT, t, "text");
	refuses(text("\xff"), CONVERSION_TEXT, t, "invalid_utf8");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read_back),
		cmocka_unit_test(each_gives_its_default_type),
		cmocka_unit_test(null_stays_null),
		cmocka_unit_test(counts_are_moments_since_their_epoch),
		cmocka_unit_test(moments_are_utc_in_every_type),
		cmocka_unit_test(what_is_finer_than_a_microsecond_is_refused),
		cmocka_unit_test(a_real_is_the_nearest_microsecond),
		cmocka_unit_test(years_are_1_to_9999),
		cmocka_unit_test(what_is_no_count_is_refused),
		cmocka_unit_test(seconds_that_were_microseconds_are_exact),
		cmocka_unit_test(iso_takes_text_alone),
		cmocka_unit_test(truths_are_numbers),
		cmocka_unit_test(cents_are_hundredths),
		cmocka_unit_test(hex_and_base64_are_strict),
		cmocka_unit_test(uuids_come_in_either_byte_order),
		cmocka_unit_test(json_is_text),
		cmocka_unit_test(json_arrays_become_postgresqls),
		cmocka_unit_test(text_is_the_text_form_of_all_but_blobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
