#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "transform/advice.h"

static Value
text(const char *bytes)
{
	return (Value){ .class = VALUE_TEXT,
		.bytes = (const uint8_t *)bytes,
		.size = strlen(bytes) };
}

static void
check(const char *rule, const char *column, const Value *value,
    const char *expected)
{
	Buf buf = { 0 };
	const char *found;
	Error err;

	assert_true(advice_put(&buf, rule, column, value, &err));
	found = buf_text(&buf, &err);
	assert_non_null(found);
	assert_string_equal(found, expected);
	buf_free(&buf);
}

static void
a_word_for_nothing_may_become_null(void **state)
{
	Value word = text("N/A"), quoted = text("it's"), empty = text("");
	Value integer = { .class = VALUE_INTEGER };

	(void)state;
	check("integer", "age", &word,
	    "type: text; or on_error: null; or value: \"nullif(age, 'N/A')\"");
	check("integer", "order", &quoted,
	    "type: text; or on_error: null; "
	    "or value: \"nullif([order], 'it''s')\"");
	check("uuid", "two words", &empty,
	    "type: text; or on_error: null; "
	    "or value: \"nullif([two words], '')\"");
	check("integer", "age", &integer, "type: text; or on_error: null");
}

static void
what_sql_in_yaml_would_not_bear_is_left_out(void **state)
{
	static const char *const words[] = { "a\"b", "a\\b", "a\nb", "\x7f",
		"\xff", "12345678901234567890123456789012345678901" };
	static const char *const columns[] = { "a]", "[a", "a\"", "a\\", "",
		"\n" };
	Value word = text("N/A");

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		Value value = text(words[i]);

		check(
		    "integer", "age", &value, "type: text; or on_error: null");
	}
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		check("integer", columns[i], &word,
		    "type: text; or on_error: null");
	check("integer", NULL, NULL, "type: text; or on_error: null");
}

static void
a_value_that_a_map_lacks_may_be_put_there(void **state)
{
	Value value = text("shipped");

	(void)state;
	check("values", "status", &value,
	    "on_error: null; or values: { \"shipped\": ... }");
}

/* Those of cast.c, rule.c and conversion.c. */
static void
every_rule_has_its_advice_and_others_have_one(void **state)
{
	static const char *const rules[] = { "base64", "blob_in_text",
		"boolean", "cents", "cocoa", "date", "double", "enum",
		"filetime", "hex", "int01", "integer", "integer_range",
		"invalid_utf8", "iso", "json", "json_array", "jsonb", "julian",
		"length", "not_null", "numeric", "numeric_precision", "real",
		"text", "text_nul", "time", "timestamp", "timestamp_zone",
		"truth", "unix_ms", "unix_ns", "unix_s", "unix_us", "uuid",
		"uuid_blob", "uuid_blob_le", "value", "values", "webkit" };
	static const char other[] =
	    "type: text; on_error: null; or a value: that fits";
	Buf buf = { 0 };
	Error err;

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		buf.size = 0;
		assert_true(advice_put(&buf, rules[i], NULL, NULL, &err));
		if (buf.size == strlen(other) &&
		    memcmp(buf.data, other, buf.size) == 0)
			fail_msg("%s has no advice", rules[i]);
	}
	buf_free(&buf);
	check("no such rule", NULL, NULL, other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_for_nothing_may_become_null),
		cmocka_unit_test(what_sql_in_yaml_would_not_bear_is_left_out),
		cmocka_unit_test(a_value_that_a_map_lacks_may_be_put_there),
		cmocka_unit_test(every_rule_has_its_advice_and_others_have_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
