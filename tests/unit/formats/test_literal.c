#include "formats/literal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* All answers in these tables are PostgreSQL 15's. */

static void
booleans_are_what_the_server_reads(void **state)
{
	static const char *const yes[] = { "true", "TRUE", "tru", "t", "T",
		"yes", "ye", "y", "on", "ON", "1", " t ", "\ttrue\n" };
	static const char *const no[] = { "false", "fals", "f", "no", "n",
		"off", "of", "0", "Off" };
	static const char *const neither[] = { "", " ", "o", "2", "10", "01",
		"truex", "t f", "\x11", "\x10", "yess", "nope", "null" };
	bool value;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		value = false;
		assert_true(literal_boolean(
		    (const uint8_t *)yes[i], strlen(yes[i]), &value));
		assert_true(value);
	}
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		value = true;
		assert_true(literal_boolean(
		    (const uint8_t *)no[i], strlen(no[i]), &value));
		assert_false(value);
	}
	for (i = 0; i < sizeof(neither) / sizeof(neither[0]); i++)
		assert_false(literal_boolean(
		    (const uint8_t *)neither[i], strlen(neither[i]), &value));
}

#define UUID "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"

static void
uuids_are_what_the_server_reads(void **state)
{
	static const char *const good[] = { UUID, "{" UUID "}",
		"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
		"a0eebc999c0b4ef8bb6d6bb9bd380a11",
		"a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
		"{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}" };
	static const char *const bad[] = { "", "{}", "-", "{" UUID, UUID "}",
		" " UUID, UUID "-", UUID "0", "-" UUID, "{" UUID "-}",
		"a0-eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
		"a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11",
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
		"g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" };
	uint8_t uuid[16];
	char written[LITERAL_UUID_BYTES + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(literal_uuid(
		    (const uint8_t *)good[i], strlen(good[i]), uuid));
		literal_write_uuid((uint8_t *)written, uuid);
		written[LITERAL_UUID_BYTES] = '\0';
		assert_string_equal(written, UUID);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(literal_uuid(
		    (const uint8_t *)bad[i], strlen(bad[i]), uuid));
}

typedef struct {
	const char *text;
	unsigned integral, scale;
} NumericCase;

static bool
numeric(const char *text, unsigned *integral, unsigned *scale)
{
	return literal_numeric(
	    (const uint8_t *)text, strlen(text), integral, scale);
}

static void
numerics_need_the_digits_the_server_stores(void **state)
{
	static const NumericCase cases[] = {
		{ "0", 0, 0 },
		{ "1", 1, 0 },
		{ "-1", 1, 0 },
		{ "+1", 1, 0 },
		{ "1.", 1, 0 },
		{ "1.50", 1, 2 },
		{ ".5", 0, 1 },
		{ "00012.50", 2, 2 },
		{ "0.00", 0, 2 },
		{ "1e5", 6, 0 },
		{ "1E+5", 6, 0 },
		{ "1e-5", 0, 5 },
		{ "1.50e1", 2, 1 },
		{ "1500e-2", 2, 2 },
		{ "0.005e3", 1, 0 },
		{ "0.005e2", 0, 1 },
		{ "0e131072", 0, 0 },
		{ "1e-16383", 0, 16383 },
		{ "1e131071", 131072, 0 },
	};
	static const char *const bad[] = { "", "+", "-", ".", "-.", "e5", "1e",
		"1e+", "1e5.5", "1.2.3", "--1", "1 ", " 1", "1e 5", "0x10",
		"1_000", "NaN", "Infinity", "-inf", "1e-16384", "1e131072",
		"12e131071", "0e1073741823", "0e-20000",
		"1e99999999999999999999999" };
	unsigned integral, scale;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(numeric(cases[i].text, &integral, &scale));
		assert_int_equal(integral, cases[i].integral);
		assert_int_equal(scale, cases[i].scale);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(numeric(bad[i], &integral, &scale));
}

static void
numerics_end_at_the_servers_limits(void **state)
{
	static uint8_t text[150000];
	unsigned integral, scale;

	(void)state;
	memset(text, '9', sizeof(text));
	assert_true(literal_numeric(text, 131072, &integral, &scale));
	assert_int_equal(integral, 131072);
	assert_false(literal_numeric(text, 131073, &integral, &scale));
	text[0] = '.';
	assert_true(literal_numeric(text, 16384, &integral, &scale));
	assert_int_equal(scale, 16383);
	assert_false(literal_numeric(text, 16385, &integral, &scale));
	memset(text, '0', sizeof(text));
	assert_true(literal_numeric(text, sizeof(text), &integral, &scale));
	assert_int_equal(integral, 0);
}

static LiteralJson
json(const char *text)
{
	return literal_json((const uint8_t *)text, strlen(text), NULL);
}

static void
json_is_what_the_server_reads(void **state)
{
	static const char *const good[] = { "{}", "[]", " [ ] ", "{\"a\":1}",
		"[1,2,3]", "null", "true", "false", "\"a\"", "1", "-1", "0",
		"-0", "1.0", "1e5", "1E+5", "1e-16383", "[[[]]]", "\t1\r\n",
		"{\"a\":{\"b\":[{},[],\"\"]}}", "\"caf\xc3\xa9\"",
		"\"\\ud83d\\ude00\"", "\"\\/\\b\\f\\n\\r\\t\\\"\\\\\\u00e9\"",
		"\"\x7f\"", "{\"a\":1,\"a\":2}",
		"[\"a longer text than a word\",\"and \\\" one\"]" };
	static const char *const only[] = { "\"\\u0000\"", "\"\\ud800\"",
		"\"\\udc00\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"",
		"\"\\ud83d\\ud83d\\ude00\"", "{\"\\u0000\":1}", "1e-16384",
		"[1e131072]", "1e99999999999999999999",
		"[\"abcdefgh\\ud800abcdefghijkl\"]" };
	static const char *const bad[] = { "", " ", "{", "[", "]", "[1,]",
		"[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}",
		"{\"a\":1 \"b\":2}", "{1:2}", "[1}", "{\"a\":1]", "tru",
		"nullx", "True", "\"\\u12\"", "\"\\u123g\"", "\"\\x\"", "\"\\",
		"\"", "-", "01", "-01", "1.", ".5", "1e", "1e+", "+1",
		"\"a\nb\"", "\"a\tb\"", "\"123456\n8\"", "1 2", "[1]x",
		"\xef\xbb\xbf{}", "NaN", "Infinity", "\f[1]", "\v1", "'a'",
		"/*x*/1", "\"\xff\"", "\"\xed\xa0\x80\"", "\"\xc3\"" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (json(good[i]) != LITERAL_JSONB)
			fail_msg("jsonb: %s", good[i]);
	for (i = 0; i < sizeof(only) / sizeof(only[0]); i++)
		if (json(only[i]) != LITERAL_JSON_ONLY)
			fail_msg("json only: %s", only[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (json(bad[i]) != LITERAL_NOT_JSON)
			fail_msg("not json: %s", bad[i]);
	assert_int_equal(literal_json((const uint8_t *)"\"a\0\"", 4, NULL),
	    LITERAL_NOT_JSON);
	assert_int_equal(
	    literal_json((const uint8_t *)"1\0", 2, NULL), LITERAL_NOT_JSON);
}

static void
json_nests_a_thousand_deep_and_no_deeper(void **state)
{
	char text[2004];
	size_t depth;

	(void)state;
	for (depth = 1000; depth <= 1001; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		text[2 * depth] = '\0';
		assert_int_equal(json(text),
		    depth == 1000 ? LITERAL_JSONB : LITERAL_NOT_JSON);
	}
}

static void
json_too_large_for_jsonb_is_json_only(void **state)
{
	size_t items = ((size_t)1 << 23) - 1;
	uint8_t *text = malloc(2 * items + 3);
	size_t i;

	(void)state;
	assert_non_null(text);
	/* The array is an item too. */
	for (i = 0; i < 2 * items; i += 2) {
		text[i] = i == 0 ? '[' : ',';
		text[i + 1] = '1';
	}
	text[2 * items] = ']';
	assert_int_equal(
	    literal_json(text, 2 * items + 1, NULL), LITERAL_JSONB);
	text[2 * items] = ',';
	text[2 * items + 1] = '1';
	text[2 * items + 2] = ']';
	assert_int_equal(
	    literal_json(text, 2 * items + 3, NULL), LITERAL_JSON_ONLY);
	free(text);
}

static void
json_tells_what_stands_at_its_top(void **state)
{
	uint8_t top = 1;

	(void)state;
	literal_json((const uint8_t *)" \n{}", 4, &top);
	assert_int_equal(top, '{');
	literal_json((const uint8_t *)"-1", 2, &top);
	assert_int_equal(top, '-');
	literal_json((const uint8_t *)"  ", 2, &top);
	assert_int_equal(top, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(booleans_are_what_the_server_reads),
		cmocka_unit_test(uuids_are_what_the_server_reads),
		cmocka_unit_test(numerics_need_the_digits_the_server_stores),
		cmocka_unit_test(numerics_end_at_the_servers_limits),
		cmocka_unit_test(json_is_what_the_server_reads),
		cmocka_unit_test(json_nests_a_thousand_deep_and_no_deeper),
		cmocka_unit_test(json_too_large_for_jsonb_is_json_only),
		cmocka_unit_test(json_tells_what_stands_at_its_top),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
