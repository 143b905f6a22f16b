#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "transform/yaml.h"

static bool
read_text(const char *text, Arena *arena, const YamlNode **root, Error *err)
{
	*root = NULL;
	return yaml_read(
	    (const uint8_t *)text, strlen(text), "m.yaml", arena, root, err);
}

/* The document is refused with this message. */
static void
refused(const char *text, const char *message)
{
	Arena arena = { 0 };
	const YamlNode *root;
	Error err = { 0 };

	assert_false(read_text(text, &arena, &root, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	if (strncmp(err.text, message, strlen(message)) != 0)
		fail_msg("\"%s\", not \"%s\"", err.text, message);
	arena_free(&arena);
}

static void
scalars_are_their_text(void **state)
{
	static const char *const keys[] = { "a", "b", "c", "d", "e", "f" };
	static const char *const texts[] = { "0x1F", "on", "2020-01-01", "1.0",
		"x\ty", "l1\nl2\n" };
	static const bool plain[] = { true, true, false, false, false, false };
	Arena arena = { 0 };
	const YamlNode *root, *node;
	Error err;

	(void)state;
	assert_true(read_text("a: 0x1F\nb: on\nc: '2020-01-01'\nd: \"1.0\"\n"
			      "e: \"x\\ty\"\nf: |\n  l1\n  l2\n",
	    &arena, &root, &err));
	assert_int_equal(root->kind, YAML_MAPPING);
	assert_int_equal(root->n, 6);
	for (size_t i = 0; i < 6; i++) {
		node = yaml_find(root, keys[i]);
		assert_non_null(node);
		assert_int_equal(node->kind, YAML_SCALAR);
		assert_string_equal(node->text, texts[i]);
		assert_int_equal(node->plain, plain[i]);
	}
	assert_null(yaml_find(root, "g"));
	arena_free(&arena);
}

static void
nodes_know_where_they_stand(void **state)
{
	Arena arena = { 0 };
	const YamlNode *root, *list;
	Error err;

	(void)state;
	assert_true(read_text(
	    "# first\na:\n  b: [1, \"\xc3\xa9\", x]\n", &arena, &root, &err));
	assert_int_equal(root->first->line, 2);
	assert_int_equal(root->first->column, 1);
	list = yaml_find(yaml_find(root, "a"), "b");
	assert_int_equal(list->kind, YAML_SEQUENCE);
	assert_int_equal(list->n, 3);
	assert_int_equal(list->line, 3);
	assert_int_equal(list->column, 6);
	/* Characters are counted, not bytes. */
	assert_int_equal(list->first->next->next->column, 15);
	assert_null(list->first->next->next->next);
	arena_free(&arena);
}

static void
only_null_words_without_quotes_are_null(void **state)
{
	Arena arena = { 0 };
	const YamlNode *root, *node;
	Error err;
	size_t i = 0;

	(void)state;
	assert_true(read_text("[null, ~, Null, NULL, , nULL, 'null', \"~\", "
			      "'', none, [], {}]",
			&arena, &root, &err) == false);
	assert_true(read_text(
	    "[null, ~, Null, NULL, nULL, 'null', \"~\", '', none, [], {}]",
	    &arena, &root, &err));
	for (node = root->first; node != NULL; node = node->next)
		assert_int_equal(yaml_is_null(node), i++ < 4);
	assert_int_equal(i, 11);
	assert_true(read_text("a:", &arena, &root, &err));
	assert_true(yaml_is_null(root->first->value));
	arena_free(&arena);
}

static void
json_is_read_with_characters_past_the_first_plane(void **state)
{
	Arena arena = { 0 };
	const YamlNode *root;
	Error err;

	(void)state;
	assert_true(read_text("\n\t{\"a\":\"\\ud83d\\ude00\",\"b\":"
			      "\"\\\\ud83d\\u00e9\\/\",\"c\":[1,{\"d\":null}]}",
	    &arena, &root, &err));
	assert_string_equal(yaml_find(root, "a")->text, "\xf0\x9f\x98\x80");
	assert_string_equal(yaml_find(root, "b")->text, "\\ud83d\xc3\xa9/");
	assert_int_equal(yaml_find(root, "c")->n, 2);
	arena_free(&arena);
	refused("{\"a\":\"\\ud83d\"}", "m.yaml:1:");
	refused("{\"a\":\"\\ude00\\ud83d\"}", "m.yaml:1:");
}

static void
what_a_person_does_not_need_is_refused(void **state)
{
	(void)state;
	refused("a: &x 1\n", "m.yaml:1:4: anchors are not supported");
	refused("a: 1\nb: *x\n", "m.yaml:2:4: aliases are not supported");
	refused("a: !!int 1\n", "m.yaml:1:4: tags are not supported");
	refused("a: !x {}\n", "m.yaml:1:4: tags are not supported");
	refused("a: &x []\n", "m.yaml:1:4: anchors are not supported");
	refused("a:\n  <<: {}\n", "m.yaml:2:3: merge keys are not supported");
	refused("a: 1\n---\nb: 1\n",
	    "m.yaml:2:1: a second document; one is all there may be");
	refused("? [a]\n: 1\n", "m.yaml:1:3: a key must be a text");
	refused("{ {a: 1}: 1 }", "m.yaml:1:3: a key must be a text");
	refused("a: \"x\\0y\"\n", "m.yaml:1:4: text that holds a NUL");
}

static void
keys_that_stand_twice_are_refused(void **state)
{
	(void)state;
	refused("a: 1\nb: 1\n\"a\": 2\n",
	    "m.yaml:3:1: \"a\" stands here twice, first in line 1");
	refused("x: { b: 1, a: 1, b: 2 }\n",
	    "m.yaml:1:18: \"b\" stands here twice, first in line 1");
}

static void
broken_documents_are_refused_with_their_place(void **state)
{
	(void)state;
	refused("", "m.yaml:1:1: the file holds nothing");
	refused("# nothing\n", "m.yaml:1:1: the file holds nothing");
	refused("a: [1\nb: 2\n", "m.yaml:2:2: ");
	refused("a: \"x\n", "m.yaml:2:1: ");
	refused("a:\n\t- b\n", "m.yaml:2:1: ");
	refused("a: b: c\n", "m.yaml:1:5: ");
	refused("a: 1\nb: \xff\n", "m.yaml:2:4: ");
	refused("a: \x01\n", "m.yaml:1:");
}

static void
depth_and_size_are_bounded(void **state)
{
	char text[2 * YAML_DEPTH + 3] = "";
	Arena arena = { 0 };
	const YamlNode *root;
	Error err;
	size_t size = YAML_BYTES_LIMIT + 1;
	char *big = test_malloc(size);

	(void)state;
	memset(text, '[', YAML_DEPTH);
	memset(text + YAML_DEPTH, ']', YAML_DEPTH);
	assert_true(read_text(text, &arena, &root, &err));
	memset(text, '[', YAML_DEPTH + 1);
	memset(text + YAML_DEPTH + 1, ']', YAML_DEPTH + 1);
	refused(text, "m.yaml:1:17: nested too deep");

	memset(big, ' ', size);
	big[0] = 'a';
	assert_true(
	    yaml_read((uint8_t *)big, size - 1, "m.yaml", &arena, &root, &err));
	assert_string_equal(root->text, "a");
	assert_false(
	    yaml_read((uint8_t *)big, size, "m.yaml", &arena, &root, &err));
	assert_string_equal(err.text,
	    "m.yaml:1:1: 16777217 bytes, more than the 16777216 allowed");
	test_free(big);
	arena_free(&arena);
}

/* Whatever stands there, it is read or refused with a place. */
static void
any_bytes_are_read_or_refused(void **state)
{
	static const char letters[] =
	    "ab:,-?[]{}#&*!|>'\"%@`\\\n\t \xc3\xa9u0d8";
	unsigned seed = (unsigned)time(NULL);

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (int i = 0; i < 20000; i++) {
		char text[40];
		Arena arena = { 0 };
		const YamlNode *root;
		Error err = { 0 };
		size_t n = (size_t)rand() % sizeof text;

		for (size_t j = 0; j < n; j++)
			text[j] =
			    letters[(size_t)rand() % (sizeof letters - 1)];
		if (!yaml_read(
			(uint8_t *)text, n, "m.yaml", &arena, &root, &err))
			assert_memory_equal(err.text, "m.yaml:", 7);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars_are_their_text),
		cmocka_unit_test(nodes_know_where_they_stand),
		cmocka_unit_test(only_null_words_without_quotes_are_null),
		cmocka_unit_test(
		    json_is_read_with_characters_past_the_first_plane),
		cmocka_unit_test(what_a_person_does_not_need_is_refused),
		cmocka_unit_test(keys_that_stand_twice_are_refused),
		cmocka_unit_test(broken_documents_are_refused_with_their_place),
		cmocka_unit_test(depth_and_size_are_bounded),
		cmocka_unit_test(any_bytes_are_read_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
