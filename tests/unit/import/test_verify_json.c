#include "import/verify_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static Hash
hash_text(const char *text, size_t size)
{
	VerifyJson json = { 0 };
	Error err = { 0 };
	Hash hash;
	/* So that a byte past the end is seen. */
	uint8_t *exact = malloc(size + (size == 0));

	assert_non_null(exact);
	if (size > 0)
		memcpy(exact, text, size);
	assert_true(verify_json_hash(&json, exact, size, &hash, &err));
	free(exact);
	verify_json_free(&json);
	return hash;
}

static Hash
hash_json(const char *text)
{
	return hash_text(text, strlen(text));
}

static void
expect_same(const char *one, const char *other)
{
	if (!hash_equal(hash_json(one), hash_json(other)))
		fail_msg("%s and %s differ", one, other);
}

static void
expect_other(const char *one, const char *other)
{
	if (hash_equal(hash_json(one), hash_json(other)))
		fail_msg("%s and %s are the same", one, other);
}

static void
numbers_that_are_equal_are_the_same(void **state)
{
	(void)state;
	expect_same("1.50", "1.5");
	expect_same("1e2", "100");
	expect_same("1E+2", "100.00");
	expect_same("15e-1", "1.5");
	expect_same("0", "-0");
	expect_same("0", "0.000");
	expect_same("0e5", "0");
	expect_same("-1.0", "-1");
	expect_same("0.05", "5e-2");
	expect_same("123456789012345678901234567890",
	    "1.23456789012345678901234567890e29");
}

static void
numbers_that_differ_are_not(void **state)
{
	(void)state;
	expect_other("1", "-1");
	expect_other("1", "10");
	expect_other("1", "0.1");
	expect_other("10", "100");
	expect_other("0", "1");
	expect_other("1.5", "1.05");
	expect_other("9007199254740992", "9007199254740993");
	expect_other("1e100", "1e101");
	expect_other("1e-100", "1e100");
}

static void
strings_are_their_characters(void **state)
{
	(void)state;
	expect_same("\"A\"", "\"\\u0041\"");
	expect_same("\"\\/\"", "\"/\"");
	expect_same("\"\\n\\t\\b\\f\\r\\\\\\\"\"",
	    "\"\\u000a\\u0009\\u0008\\u000C\\u000d\\u005c\\u0022\"");
	expect_same("\"\xc3\xbc\"", "\"\\u00fc\"");
	expect_same("\"\xe2\x82\xac\"", "\"\\u20AC\"");
	expect_same("\"\xf0\x9f\x98\x80\"", "\"\\ud83d\\ude00\"");
	expect_other("\"a\"", "\"A\"");
	expect_other("\"\"", "\" \"");
	expect_other("\"1\"", "1");
	expect_other("\"true\"", "true");
	expect_other("\"null\"", "null");
}

static void
of_members_with_one_key_the_last_one_stays(void **state)
{
	(void)state;
	expect_same("{\"a\":1,\"a\":2}", "{\"a\": 2}");
	expect_same("{\"a\":1,\"b\":3,\"a\":2}", "{\"b\":3,\"a\":2}");
	expect_same("{\"a\":1,\"\\u0061\":2}", "{\"a\":2}");
	expect_other("{\"a\":1,\"a\":2}", "{\"a\":1}");
}

static void
the_order_of_keys_goes_that_of_elements_stays(void **state)
{
	(void)state;
	expect_same(
	    "{\"a\":1,\"b\":[1,2]}", " { \"b\" : [ 1 , 2 ] , \"a\":1}\n");
	expect_other("[1,2]", "[2,1]");
	expect_other("[[1],2]", "[[1,2]]");
	expect_other("[]", "{}");
	expect_other("[]", "[[]]");
	expect_other("{\"a\":null}", "{}");
	expect_other("{\"a\":\"b\"}", "[\"a\",\"b\"]");
	expect_other("[1]", "1");
}

static void
what_is_no_json_is_its_bytes(void **state)
{
	static const char *const bad[] = { "", "{", "[1,", "\"", "\"\\",
		"\"\\u12", "\"\\ud800\"", "\"\\ud800\\u0041\"", "{\"a\"",
		"{\"a\":}", "{a:1}", "1.", "1e", "-", "tru", "nul", "1 2", "]",
		"\"\\x\"" };
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		expect_same(bad[i], bad[i]);
		for (k = 0; k < i; k++)
			expect_other(bad[i], bad[k]);
	}
	expect_other("1 2", "1  2");
}

/* [[[...]]] */
static Hash
hash_nested(size_t depth, char inner)
{
	char *text = malloc(2 * depth + 1);
	Hash hash;

	assert_non_null(text);
	memset(text, '[', depth);
	text[depth] = inner;
	memset(text + depth + 1, ']', depth);
	hash = hash_text(text, 2 * depth + 1);
	free(text);
	return hash;
}

static void
deep_ones_are_compared_too(void **state)
{
	static const size_t depths[] = { 998, 999, 1000, 1001, 1000000 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof depths / sizeof *depths; i++) {
		assert_true(hash_equal(
		    hash_nested(depths[i], '1'), hash_nested(depths[i], '1')));
		assert_false(hash_equal(
		    hash_nested(depths[i], '1'), hash_nested(depths[i], '2')));
	}
}

typedef struct {
	unsigned seed;
	char text[2][4096]; /* two spellings of one document */
	size_t size[2];
} Pair;

static void
add(Pair *pair, int side, const char *text)
{
	size_t size = strlen(text);

	assert_true(pair->size[side] + size < sizeof pair->text[side]);
	memcpy(pair->text[side] + pair->size[side], text, size);
	pair->size[side] += size;
}

static void
add_both(Pair *pair, const char *one, const char *other)
{
	add(pair, 0, one);
	add(pair, 1, other);
	add(pair, rand_r(&pair->seed) % 2, rand_r(&pair->seed) % 3 ? "" : " ");
}

/* The members of an object in two orders, the second with one too many. */
static void add_value(Pair *pair, int depth);

static void
add_object(Pair *pair, int depth)
{
	Pair members[3] = { 0 };
	int n = rand_r(&pair->seed) % 4, i, k;

	if (n == 0) {
		add_both(pair, "{}", "{ }");
		return;
	}
	n = n > 3 ? 3 : n;
	for (i = 0; i < n; i++) {
		members[i].seed = pair->seed + (unsigned)i;
		add_both(&members[i],
		    i == 0       ? "\"a\":"
			: i == 1 ? "\"b\":"
				 : "\"c\":",
		    i == 0       ? "\"\\u0061\":"
			: i == 1 ? "\"b\" :"
				 : "\"c\": ");
		add_value(&members[i], depth + 1);
	}
	pair->seed += 17;
	add_both(pair, "{", "{\"a\":[0],\"b\":0,\"c\":0,");
	for (i = 0; i < n; i++) {
		k = n - 1 - i;
		add(pair, 0, i > 0 ? "," : "");
		add(pair, 0, members[i].text[0]);
		add(pair, 1, i > 0 ? "," : "");
		add(pair, 1, members[k].text[1]);
	}
	for (; i < 3; i++) {
		add(pair, 0, i == 1 ? ",\"b\":0" : ",\"c\":0");
	}
	add_both(pair, "}", "}");
}

static void
add_value(Pair *pair, int depth)
{
	static const char *const scalars[][2] = { { "1", "1.0" }, { "0", "-0" },
		{ "true", "true" }, { "null", "null" }, { "1e3", "1000" },
		{ "\"x\\u0079\"", "\"xy\"" }, { "-2.50", "-25e-1" },
		{ "\"\"", "\"\"" } };
	int kind = rand_r(&pair->seed) % (depth > 3 ? 1 : 3), i, n;

	if (kind == 0) {
		i = rand_r(&pair->seed) % 8;
		add_both(pair, scalars[i][0], scalars[i][1]);
	} else if (kind == 1) {
		add_object(pair, depth);
	} else {
		n = rand_r(&pair->seed) % 3;
		add_both(pair, "[", "[ ");
		for (i = 0; i < n; i++) {
			add_both(pair, i > 0 ? "," : "", i > 0 ? " ," : "");
			add_value(pair, depth + 1);
		}
		add_both(pair, "]", "]");
	}
}

static void
spellings_of_one_document_are_the_same(void **state)
{
	static Pair pair;
	unsigned seed;

	(void)state;
	for (seed = 1; seed <= 3000; seed++) {
		memset(&pair, 0, sizeof pair);
		pair.seed = seed;
		add_value(&pair, 0);
		if (!hash_equal(hash_text(pair.text[0], pair.size[0]),
			hash_text(pair.text[1], pair.size[1])))
			fail_msg("seed %u: %s and %s differ", seed,
			    pair.text[0], pair.text[1]);
	}
}

/* No byte may be read past the end, whatever is cut off or changed. */
static void
damaged_documents_are_survived(void **state)
{
	static const char whole[] =
	    "{\"a\\u00e9\":[1.5e-3,true,null,\"x\\ud83d\\ude00\"],\"b\":{}}";
	char text[sizeof whole];
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof whole; i++)
		(void)hash_text(whole, i);
	for (i = 0; i < sizeof whole - 1; i++) {
		for (k = 0; k < 256; k += 7) {
			memcpy(text, whole, sizeof whole);
			text[i] = (char)k;
			(void)hash_text(text, sizeof whole - 1);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_that_are_equal_are_the_same),
		cmocka_unit_test(numbers_that_differ_are_not),
		cmocka_unit_test(strings_are_their_characters),
		cmocka_unit_test(of_members_with_one_key_the_last_one_stays),
		cmocka_unit_test(the_order_of_keys_goes_that_of_elements_stays),
		cmocka_unit_test(what_is_no_json_is_its_bytes),
		cmocka_unit_test(deep_ones_are_compared_too),
		cmocka_unit_test(spellings_of_one_document_are_the_same),
		cmocka_unit_test(damaged_documents_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
