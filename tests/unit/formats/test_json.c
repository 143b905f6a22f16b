#include "formats/json.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/random.h"

typedef struct {
	const char *text;
	int64_t integer;
	uint64_t count;
	double real;
	bool flag;
	const JsonNode *node;
} Record;

static const JsonField fields[] = {
	{ "text", JSON_TEXT, false, offsetof(Record, text) },
	{ "integer", JSON_INTEGER, true, offsetof(Record, integer) },
	{ "count", JSON_COUNT, true, offsetof(Record, count) },
	{ "real", JSON_REAL, true, offsetof(Record, real) },
	{ "flag", JSON_BOOL, true, offsetof(Record, flag) },
	{ "node", JSON_NODE, true, offsetof(Record, node) },
};

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

static void
assert_bytes(const Buf *buf, const char *text)
{
	if (buf->size != strlen(text) ||
	    memcmp(buf->data, text, buf->size) != 0)
		fail_msg("got %.*s, wanted %s", (int)buf->size,
		    (const char *)buf->data, text);
}

static void
write_sample(JsonWriter *json)
{
	json_begin_object(json, NULL);
	json_put_text(json, "name", "a\"b");
	json_begin_array(json, "tables");
	json_begin_object(json, NULL);
	json_put_integer(json, "rows", INT64_MIN);
	json_put_bool(json, "strict", true);
	json_end(json);
	json_begin_object(json, NULL);
	json_end(json);
	json_put_null(json, NULL);
	json_end(json);
	json_begin_array(json, "none");
	json_end(json);
	json_put_real(json, "real", 5.0);
	json_put_bool(json, "last", false);
	json_end(json);
}

static void
a_document_is_written_in_the_order_of_the_calls(void **state)
{
	static const char *const wanted[] = {
		"{\"name\":\"a\\\"b\",\"tables\":[{\"rows\":"
		"-9223372036854775808,\"strict\":true},{},null],\"none\":[],"
		"\"real\":5.0,\"last\":false}",
		"{\n \"name\":\"a\\\"b\",\n \"tables\":[{\"rows\":"
		"-9223372036854775808,\"strict\":true},{},null],\n"
		" \"none\":[],\n \"real\":5.0,\n \"last\":false\n}",
		"{\n \"name\":\"a\\\"b\",\n \"tables\":[\n  {\"rows\":"
		"-9223372036854775808,\"strict\":true},\n  {},\n  null\n ],\n"
		" \"none\":[],\n \"real\":5.0,\n \"last\":false\n}",
	};
	Buf buf = { 0 };
	JsonWriter json;
	Error err;
	unsigned lines;

	(void)state;
	for (lines = 0; lines < 3; lines++) {
		buf.size = 0;
		json = (JsonWriter){ .out = &buf, .lines = lines };
		write_sample(&json);
		assert_true(json_finish(&json, &err));
		assert_bytes(&buf, wanted[lines]);
	}
	buf_free(&buf);
}

static void
strings_escape_what_rfc_8259_demands_and_nothing_else(void **state)
{
	Buf buf = { 0 };
	Error err;

	(void)state;
	assert_true(json_put_string(&buf,
	    (const uint8_t
		    *)"\"\\/\b\f\n\r\t\x01\x1f\x7f'<>&\xc3\xa9\xe2\x80\xa8",
	    20, &err));
	assert_bytes(&buf,
	    "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f'<>&"
	    "\xc3\xa9\xe2\x80\xa8\"");
	buf.size = 0;
	assert_true(json_put_string(&buf, (const uint8_t *)"\0", 1, &err));
	assert_bytes(&buf, "\"\\u0000\"");
	buf.size = 0;
	assert_true(json_put_string(&buf, NULL, 0, &err));
	assert_bytes(&buf, "\"\"");
	buf_free(&buf);
}

/* One byte after another, against the eight at a time. */
static void
simple_string(Buf *out, const uint8_t *text, size_t size)
{
	Error err;
	size_t i;

	assert_true(buf_put_text(out, "\"", &err));
	for (i = 0; i < size; i++) {
		if (text[i] == '"' || text[i] == '\\')
			assert_true(buf_put_format(out, &err, "\\%c", text[i]));
		else if (text[i] < 0x20 &&
		    strchr("\b\f\n\r\t", text[i]) == NULL)
			assert_true(
			    buf_put_format(out, &err, "\\u%04x", text[i]));
		else if (text[i] >= 0x20)
			assert_true(buf_put(out, text + i, 1, &err));
		else
			assert_true(buf_put_format(out, &err, "\\%c",
			    text[i] == '\b'       ? 'b'
				: text[i] == '\f' ? 'f'
				: text[i] == '\n' ? 'n'
				: text[i] == '\r' ? 'r'
						  : 't'));
	}
	assert_true(buf_put_text(out, "\"", &err));
}

static void
strings_of_any_length_are_escaped_alike(void **state)
{
	static uint8_t text[10000];
	static const size_t sizes[] = { 4095, 4096, 4097, 8192, 9999 };
	Buf fast = { 0 }, simple = { 0 };
	size_t size, i;
	Error err;
	int round;

	(void)state;
	start_random();
	for (round = 0; round < 3000; round++) {
		size = round < 5 ? sizes[round] : (size_t)random() % 100;
		for (i = 0; i < size; i++)
			text[i] =
			    (uint8_t)(random() % 8 == 0 ? random() % 255 + 1
							: 'x');
		fast.size = 0;
		simple.size = 0;
		assert_true(json_put_string(&fast, text, size, &err));
		simple_string(&simple, text, size);
		assert_int_equal(fast.size, simple.size);
		assert_memory_equal(fast.data, simple.data, fast.size);
	}
	buf_free(&fast);
	buf_free(&simple);
}

static void
bytes_that_are_no_text_become_replacement_characters(void **state)
{
	Buf buf = { 0 };
	JsonWriter json = { .out = &buf };
	Error err;

	(void)state;
	json_begin_array(&json, NULL);
	json_put_bytes(
	    &json, NULL, (const uint8_t *)"a\0\xff\xc3\xa9\xe2\x82z\0", 9);
	json_put_bytes(&json, NULL, NULL, 0);
	json_end(&json);
	assert_true(json_finish(&json, &err));
	assert_bytes(&buf,
	    "[\"a\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbdz"
	    "\xef\xbf\xbd\",\"\"]");
	buf_free(&buf);
}

static void
reals_that_json_has_no_number_for_survive(void **state)
{
	static const double reals[] = { 0.1, DBL_MAX, 5e-324, -0.0, 1e15,
		(double)INFINITY, -(double)INFINITY };
	JsonDocument *document;
	Arena arena = { 0 };
	Record record;
	Buf buf = { 0 };
	JsonWriter json;
	Error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
		buf.size = 0;
		json = (JsonWriter){ .out = &buf };
		json_begin_object(&json, NULL);
		json_put_text(&json, "text", "");
		json_put_real(&json, "real", reals[i]);
		json_end(&json);
		assert_true(json_finish(&json, &err));
		assert_true(
		    json_parse(buf.data, buf.size, "a.json", &document, &err));
		assert_true(json_read(json_root(document), "a", fields,
		    N_FIELDS, &record, &arena, &err));
		assert_memory_equal(&record.real, &reals[i], sizeof(double));
		json_free(document);
	}
	arena_free(&arena);
	buf_free(&buf);
}

static void
a_writer_remembers_its_first_failure(void **state)
{
	Buf buf = { 0 };
	JsonWriter json = { .out = &buf };
	Error err;
	int i;

	(void)state;
	json_begin_object(&json, NULL);
	json_put_text(&json, "bad", "\xff");
	json_put_text(&json, NULL, "no key");
	assert_false(json_finish(&json, &err));
	assert_int_equal(err.kind, ERROR_FAILED);
	assert_non_null(strstr(err.text, "not UTF-8"));

	json = (JsonWriter){ .out = &buf };
	json_begin_object(&json, NULL);
	assert_false(json_finish(&json, &err));

	json = (JsonWriter){ .out = &buf };
	json_end(&json);
	assert_false(json_finish(&json, &err));

	json = (JsonWriter){ .out = &buf };
	for (i = 0; i < JSON_DEPTH; i++)
		json_begin_array(&json, NULL);
	for (i = 0; i < JSON_DEPTH; i++)
		json_end(&json);
	assert_true(json_finish(&json, &err));

	json = (JsonWriter){ .out = &buf };
	for (i = 0; i <= JSON_DEPTH; i++)
		json_begin_array(&json, NULL);
	for (i = 0; i <= JSON_DEPTH; i++)
		json_end(&json);
	assert_false(json_finish(&json, &err));
	assert_non_null(strstr(err.text, "too deeply"));
	buf_free(&buf);
}

static void
an_object_is_read_into_a_struct(void **state)
{
	static const char text[] =
	    "{ \"flag\":true, \"text\":\"caf\\u00e9\",\n"
	    "\"count\":9223372036854775807,\"integer\":-9223372036854775808,"
	    "\"real\":3, \"node\":[1,\"two\"]}\n";
	JsonDocument *document;
	Arena arena = { 0 };
	Record record = { 0 };
	const char *element;
	int64_t integer;
	size_t n;
	Error err;

	(void)state;
	assert_true(json_parse((const uint8_t *)text, sizeof(text) - 1,
	    "a.json", &document, &err));
	assert_true(json_read(json_root(document), "a.json", fields, N_FIELDS,
	    &record, &arena, &err));
	assert_true(json_array_count(record.node, "node", &n, &err));
	assert_int_equal(n, 2);
	assert_true(json_node_integer(
	    json_array_at(record.node, 0), "node", &integer, &err));
	assert_true(json_node_text(
	    json_array_at(record.node, 1), "node", &element, &arena, &err));
	assert_false(json_node_text(
	    json_array_at(record.node, 0), "node", &element, &arena, &err));
	assert_string_equal(err.text, "node is an integer, not a text");
	assert_false(json_node_integer(
	    json_array_at(record.node, 1), "node", &integer, &err));
	assert_false(json_node_integer(
	    json_array_at(record.node, 2), "node", &integer, &err));
	assert_string_equal(err.text, "node is nothing, not an integer");
	json_free(document);
	/* Texts are the arena's and outlive the document. */
	assert_string_equal(record.text, "caf\xc3\xa9");
	assert_string_equal(element, "two");
	assert_true(integer == 1);
	assert_true(record.count == INT64_MAX);
	assert_true(record.integer == INT64_MIN);
	assert_true(record.real == 3.0);
	assert_true(record.flag);
	assert_true(json_array_count(NULL, "none", &n, &err));
	assert_int_equal(n, 0);
	arena_free(&arena);
}

static void
what_is_optional_may_be_absent_or_null(void **state)
{
	static const char *const texts[] = { "{\"text\":\"t\"}",
		"{\"text\":\"t\",\"integer\":null,\"count\":null,"
		"\"real\":null,\"flag\":null,\"node\":null}" };
	JsonDocument *document;
	Arena arena = { 0 };
	Record record;
	Error err;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		record = (Record){
			.integer = 1, .count = 2, .real = 3, .flag = true
		};
		assert_true(json_parse((const uint8_t *)texts[i],
		    strlen(texts[i]), "a.json", &document, &err));
		assert_true(json_read(json_root(document), "a", fields,
		    N_FIELDS, &record, &arena, &err));
		assert_true(record.integer == 1 && record.count == 2 &&
		    record.real == 3 && record.flag && record.node == NULL);
		json_free(document);
	}
	arena_free(&arena);
}

static void
what_fits_no_field_is_refused_with_its_key(void **state)
{
	static const char *const cases[][2] = {
		{ "[]", "a.json is an array, not an object" },
		{ "{}", "a.json: key \"text\" is missing" },
		{ "{\"text\":\"\",\"txet\":1}",
		    "a.json: key \"txet\" is not known" },
		{ "{\"text\":null}", "a.json: \"text\" is null, not a text" },
		{ "{\"text\":5}",
		    "a.json: \"text\" is an integer, not a text" },
		{ "{\"text\":\"\",\"integer\":1.0}",
		    "a.json: \"integer\" is a real, not an integer" },
		{ "{\"text\":\"\",\"integer\":\"1\"}",
		    "a.json: \"integer\" is a text, not an integer" },
		{ "{\"text\":\"\",\"count\":-1}",
		    "a.json: \"count\" is a negative integer, not a count" },
		{ "{\"text\":\"\",\"real\":\"1.5\"}",
		    "a.json: \"real\" is a text, not a real" },
		{ "{\"text\":\"\",\"real\":\"inf\"}",
		    "a.json: \"real\" is a text, not a real" },
		{ "{\"text\":\"\",\"flag\":1}",
		    "a.json: \"flag\" is an integer, not a boolean" },
		{ "{\"text\":\"\",\"node\":true}",
		    "a.json: \"node\" is a boolean, not an object or array" },
	};
	JsonDocument *document;
	Arena arena = { 0 };
	Record record;
	Error err;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(json_parse((const uint8_t *)cases[i][0],
		    strlen(cases[i][0]), "a.json", &document, &err));
		assert_false(json_read(json_root(document), "a.json", fields,
		    N_FIELDS, &record, &arena, &err));
		assert_int_equal(err.kind, ERROR_DUMP);
		assert_string_equal(err.text, cases[i][1]);
		if (i == 1) {
			assert_false(json_array_count(
			    json_root(document), "list", &n, &err));
			assert_string_equal(
			    err.text, "list is an object, not an array");
		}
		json_free(document);
	}
	arena_free(&arena);
}

static bool
parses(const char *text, size_t size)
{
	JsonDocument *document;
	Error err = { 0 };

	if (json_parse(
		(const uint8_t *)text, size, "a.json", &document, &err)) {
		json_free(document);
		return true;
	}
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_true(strncmp(err.text, "a.json: line ", 13) == 0);
	return false;
}

static void
what_is_no_strict_document_is_refused(void **state)
{
	static const char *const bad[] = { "", " ", "{", "[", "{}{}", "{} x",
		"[1,]", "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\":1,\"a\":1}",
		"{\"a\":1,\"\\u0061\":2}", "5", "\"text\"", "null",
		"[9223372036854775808]", "[-9223372036854775809]", "[1e999]",
		"[NaN]", "[Infinity]", "[01]", "[+1]", "[.5]", "[1.]", "[0x1]",
		"[\"\\u0000\"]", "{\"\\u0000\":1}", "[\"\\ud800\"]",
		"[\"\xff\"]", "[\"\xc0\x80\"]", "[\"\xed\xa0\x80\"]",
		"[\"\n\"]", "[\"\\x\"]", "\xef\xbb\xbf{}", "// c\n{}", "[tru]",
		"[True]" };
	static char deep[6000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parses(bad[i], strlen(bad[i])))
			fail_msg("accepted: %s", bad[i]);
	assert_false(parses("{}\0", 3));
	assert_false(parses("[\"\0\"]", 5));
	memset(deep, '[', 3000);
	memset(deep + 3000, ']', 3000);
	assert_false(parses(deep, sizeof(deep)));
	assert_true(parses(" \t\r\n{}\n", 7));
	assert_true(parses("[9223372036854775807,-9223372036854775808]", 42));
	assert_true(parses("[\"\\ud83d\\ude00\"]", 16));
}

static void
an_error_says_line_and_column(void **state)
{
	JsonDocument *document;
	Error err;

	(void)state;
	assert_false(json_parse((const uint8_t *)"{\n \"a\": x}", 10,
	    "schema.json", &document, &err));
	assert_true(
	    strncmp(err.text, "schema.json: line 2, column 7: ", 31) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_document_is_written_in_the_order_of_the_calls),
		cmocka_unit_test(
		    strings_escape_what_rfc_8259_demands_and_nothing_else),
		cmocka_unit_test(strings_of_any_length_are_escaped_alike),
		cmocka_unit_test(
		    bytes_that_are_no_text_become_replacement_characters),
		cmocka_unit_test(reals_that_json_has_no_number_for_survive),
		cmocka_unit_test(a_writer_remembers_its_first_failure),
		cmocka_unit_test(an_object_is_read_into_a_struct),
		cmocka_unit_test(what_is_optional_may_be_absent_or_null),
		cmocka_unit_test(what_fits_no_field_is_refused_with_its_key),
		cmocka_unit_test(what_is_no_strict_document_is_refused),
		cmocka_unit_test(an_error_says_line_and_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
