#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "export/fit_shape.h"
#include "formats/literal.h"

/* The text in memory of its very size, so that a sanitizer sees what is read
 * past it. */
static bool
matches(FitShape *shape, const char *text)
{
	size_t size = strlen(text);
	uint8_t *bytes = malloc(size == 0 ? 1 : size);
	bool matched;

	assert_non_null(bytes);
	memcpy(bytes, text, size);
	matched = fit_shape_matches(shape, bytes, size);
	free(bytes);
	return matched;
}

static void
learn(FitShape *shape, const char *text)
{
	size_t size = strlen(text);
	uint8_t *bytes = malloc(size);

	assert_non_null(bytes);
	memcpy(bytes, text, size);
	fit_shape_learn(shape, bytes, size);
	free(bytes);
}

static bool
is_jsonb(const char *text)
{
	return literal_json((const uint8_t *)text, strlen(text), NULL) ==
	    LITERAL_JSONB;
}

static const char typical[] =
    "{\"a\": \"text\", \"long key \\\" of it\": [1, -2.5, true], \"n\":{}}";

static void
a_text_matches_the_shape_that_was_learned(void **state)
{
	FitShape shape = { 0 };

	(void)state;
	assert_false(matches(&shape, typical));
	learn(&shape, typical);
	assert_true(matches(&shape, typical));
	assert_true(matches(&shape,
	    "{\"a\": null, \"long key \\\" of it\": [\"\", "
	    "12345678901234567890,"
	    " \"a much longer text\"], \"n\":{}}"));
	assert_false(matches(&shape, "{\"a\": \"text\"}"));
	assert_false(matches(&shape,
	    "{\"b\": \"text\", \"long key \\\" of it\": [1, -2.5, true], "
	    "\"n\":{}}"));
}

static void
no_beginning_of_a_text_matches(void **state)
{
	static const char *const texts[] = { typical, "[1,2,3,\"ab\",5]",
		"{\"k\":false,\"l\":1.25}" };
	char part[sizeof(typical)];
	FitShape shape;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t n = 0; n < strlen(texts[i]); n++) {
			shape = (FitShape){ 0 };
			learn(&shape, texts[i]);
			memcpy(part, texts[i], n);
			part[n] = '\0';
			assert_false(matches(&shape, part));
			assert_true(matches(&shape, texts[i]));
		}
}

static void
what_is_no_plain_scalar_is_left_to_the_parser(void **state)
{
	static const char *const scalars[] = { "01", "-", "-01", "1.", ".5",
		"+1", "1e5", "1.5E2", "tru", "True", "nul", "falsey", "",
		"\"a\\n\"", "\"\\u0041\"", "\"\n\"", "\"\x01\"", "\"a", "a\"",
		"\"a\"b\"", "{}", "1 2", "123456789012345678901234567890" };
	FitShape shape = { 0 };
	char text[64];

	(void)state;
	learn(&shape, "{\"key\":0}");
	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
		(void)snprintf(text, sizeof(text), "{\"key\":%s}", scalars[i]);
		if (matches(&shape, text))
			fail_msg("%s matches", text);
	}
}

static void
what_is_a_plain_scalar_matches(void **state)
{
	static const char *const scalars[] = { "0", "-0", "10", "0.5", "-12.25",
		"12345678", "123456789", "1234567890123456", "true", "false",
		"null", "\"\"", "\"1234567\"", "\"12345678\"", "\"123456789\"",
		"\"!#[]^\x7f\"", "\"\xc3\xa9\xe6\x80\xa5\"" };
	FitShape shape = { 0 };
	char text[64];

	(void)state;
	learn(&shape, "{\"key\":0}");
	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
		(void)snprintf(text, sizeof(text), "{\"key\":%s}", scalars[i]);
		if (!matches(&shape, text))
			fail_msg("%s does not match", text);
	}
}

/* Texts made of a few pieces: what matches is what the parser takes. */
static void
whatever_matches_the_parser_takes_for_jsonb(void **state)
{
	static const char *const pieces[] = { "{", "}", "[", "]", ",", ":",
		"\"a\"", "\"bcd\":", "\"longer than that\"", "1", "-2.5", "0",
		"00", " ", "true", "null", "\\n", "\"", "x", "{\"a\":1}" };
	const unsigned seed = (unsigned)time(NULL);
	unsigned matched = 0;
	FitShape shape;
	char text[256], made[256];

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (int i = 0; i < 3000; i++) {
		shape = (FitShape){ 0 };
		(void)snprintf(text, sizeof(text), "[\"%d\",{\"k\":%d},\"%s\"]",
		    rand() % 200, rand() % 2000 - 1000,
		    rand() % 2 == 0 ? "" : "some words");
		learn(&shape, text);
		for (int j = 0; j < 20; j++) {
			size_t n = strlen(text), at = (size_t)rand() % n;
			size_t past = at + (size_t)rand() % 4;

			past = past < n ? past : n;
			(void)snprintf(made, sizeof(made), "%.*s%s%s", (int)at,
			    text, pieces[rand() % 20], text + past);
			shape.matched = 0;
			if (!matches(&shape, made))
				continue;
			matched++;
			if (!is_jsonb(made))
				fail_msg("%s matches %s", made, text);
		}
	}
	assert_true(matched > 100);
}

static void
a_shape_is_replaced_when_two_texts_have_another(void **state)
{
	FitShape shape = { 0 };

	(void)state;
	learn(&shape, "{\"one\":1}");
	learn(&shape, "{\"two\":1}");
	assert_true(matches(&shape, "{\"one\":2}"));
	learn(&shape, "{\"two\":1}");
	learn(&shape, "{\"two\":1}");
	assert_false(matches(&shape, "{\"one\":2}"));
	assert_true(matches(&shape, "{\"two\":3}"));
}

static void
where_nothing_is_alike_no_more_is_learned(void **state)
{
	FitShape shape = { 0 };
	char text[32];

	(void)state;
	for (int i = 0; i < 200; i++) {
		(void)snprintf(text, sizeof(text), "{\"key%d\":1}", i);
		assert_false(matches(&shape, text));
		learn(&shape, text);
	}
	assert_false(matches(&shape, "{\"key198\":1}"));
	assert_false(matches(&shape, "{\"key199\":1}"));
}

/* "[1,1,...]" of n elements. */
static void
write_array(char *text, size_t n)
{
	*text++ = '[';
	for (size_t i = 0; i < n; i++) {
		*text++ = '1';
		*text++ = ',';
	}
	strcpy(text - 1, "]");
}

static void
a_shape_has_so_many_pieces_and_no_more(void **state)
{
	/* one before each element, and one behind the last */
	char text[4 * FIT_SHAPE_PIECES];
	FitShape shape = { 0 };

	(void)state;
	write_array(text, FIT_SHAPE_PIECES - 1);
	learn(&shape, text);
	assert_true(matches(&shape, text));
	shape = (FitShape){ 0 };
	write_array(text, FIT_SHAPE_PIECES);
	learn(&shape, text);
	assert_false(matches(&shape, text));
}

static void
a_text_past_the_limit_is_left_to_the_parser(void **state)
{
	char *text = malloc(FIT_SHAPE_TEXT_BYTES + 2);
	FitShape shape = { 0 };

	(void)state;
	assert_non_null(text);
	memset(text, 'x', FIT_SHAPE_TEXT_BYTES);
	memcpy(text, "[\"", 2);
	strcpy(text + FIT_SHAPE_TEXT_BYTES - 2, "\"]");
	learn(&shape, "[\"a text\"]");
	assert_true(matches(&shape, text));
	strcpy(text + FIT_SHAPE_TEXT_BYTES - 2, "x\"]");
	assert_false(matches(&shape, text));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_matches_the_shape_that_was_learned),
		cmocka_unit_test(no_beginning_of_a_text_matches),
		cmocka_unit_test(what_is_no_plain_scalar_is_left_to_the_parser),
		cmocka_unit_test(what_is_a_plain_scalar_matches),
		cmocka_unit_test(whatever_matches_the_parser_takes_for_jsonb),
		cmocka_unit_test(
		    a_shape_is_replaced_when_two_texts_have_another),
		cmocka_unit_test(where_nothing_is_alike_no_more_is_learned),
		cmocka_unit_test(a_shape_has_so_many_pieces_and_no_more),
		cmocka_unit_test(a_text_past_the_limit_is_left_to_the_parser),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
