#include "import/verify_row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

static Hash
hash_wire(TypeName type, const Buf *row)
{
	VerifyShape shape = { .types = &type, .n = 1 };
	VerifyField field;
	VerifyRoom room = { .fields = &field };
	Error err = { 0 };
	Hash hash, key;

	wire_split(row, 1, &field);
	assert_true(
	    verify_row_hash(&shape, &room, row->data, row->size, &hash, &err));
	/* Without a key the row is its key. */
	assert_true(verify_row_key(&shape, &room, &key, &err));
	verify_room_free(&room);
	return hash;
}

static Hash
hash_value(TypeName type, const char *text)
{
	Buf row = { 0 };
	Hash hash;

	wire_put(&row, &type, &text, 1);
	hash = hash_wire(type, &row);
	buf_free(&row);
	return hash;
}

static void
expect_same(TypeName type, const char *one, const char *other)
{
	if (!hash_equal(hash_value(type, one), hash_value(type, other)))
		fail_msg("%s and %s differ", one, other);
}

static void
expect_other(TypeName type, const char *one, const char *other)
{
	if (hash_equal(hash_value(type, one), hash_value(type, other)))
		fail_msg("%s and %s are the same", one ? one : "NULL", other);
}

static void
a_numeric_is_its_value(void **state)
{
	(void)state;
	expect_same(TYPE_NUMERIC, "1.5", "1.500");
	expect_same(TYPE_NUMERIC, "0", "0.00");
	expect_same(TYPE_NUMERIC, "0", "-0.0");
	expect_same(TYPE_NUMERIC, "10000", "10000.0000");
	expect_same(TYPE_NUMERIC, "007", "7");
	expect_other(TYPE_NUMERIC, "1", "-1");
	expect_other(TYPE_NUMERIC, "1", "10000");
	expect_other(TYPE_NUMERIC, "0.0001", "1");
	expect_other(TYPE_NUMERIC, "NaN", "0");
	expect_other(TYPE_NUMERIC, "1.5", "1.05");
}

static Hash
hash_numeric(const uint8_t *field, size_t size)
{
	uint8_t head[] = { 0, 1, 0, 0, 0, (uint8_t)size };
	Buf row = { 0 };
	Error err = { 0 };
	Hash hash;

	assert_true(buf_put(&row, head, sizeof head, &err) &&
	    buf_put(&row, field, size, &err));
	hash = hash_wire(TYPE_NUMERIC, &row);
	buf_free(&row);
	return hash;
}

/* Other servers may send them. */
static void
zeros_at_both_ends_of_a_numeric_are_none(void **state)
{
	static const uint8_t one[] = { 0, 1, 0, 0, 0, 0, 0, 0, 0, 1 };
	static const uint8_t padded[] = { 0, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1, 0,
		0 };
	static const uint8_t none[] = { 0, 0, 0, 5, 0x40, 0, 0, 9 };
	static const uint8_t zero[] = { 0, 2, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0 };

	(void)state;
	assert_true(hash_equal(hash_numeric(one, sizeof one),
	    hash_numeric(padded, sizeof padded)));
	assert_true(hash_equal(
	    hash_numeric(none, sizeof none), hash_numeric(zero, sizeof zero)));
	assert_true(hash_equal(
	    hash_numeric(zero, sizeof zero), hash_value(TYPE_NUMERIC, "0")));
}

static void
infinities_and_nan_of_numeric_differ(void **state)
{
	static const uint8_t signs[] = { 0xc0, 0xd0, 0xf0, 0x00 };
	uint8_t field[8] = { 0 };
	Hash hashes[sizeof signs];
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof signs; i++) {
		field[4] = signs[i];
		hashes[i] = hash_numeric(field, sizeof field);
		for (k = 0; k < i; k++)
			assert_false(hash_equal(hashes[i], hashes[k]));
	}
}

/* A header that promises more or fewer digits than there are. */
static void
numerics_that_are_none_are_survived(void **state)
{
	uint8_t field[16];
	size_t size, i;

	(void)state;
	memset(field, 0xff, sizeof field);
	for (size = 0; size <= sizeof field; size++)
		(void)hash_numeric(field, size);
	for (i = 0; i < 20; i++) {
		memset(field, 0, sizeof field);
		field[1] = (uint8_t)i;
		for (size = 0; size <= sizeof field; size++)
			(void)hash_numeric(field, size);
	}
}

/* Random decimals, spelled with zeros or without. */
static void
zeros_change_no_numeric(void **state)
{
	unsigned seed = 20261121, n, whole, part, digits;
	char one[80], other[80], changed[120];

	(void)state;
	print_message("seed %u\n", seed);
	for (n = 0; n < 5000; n++) {
		whole = (unsigned)rand_r(&seed) >> rand_r(&seed) % 31;
		part = (unsigned)rand_r(&seed) >> rand_r(&seed) % 31;
		digits = (unsigned)rand_r(&seed) % 7;
		snprintf(one, sizeof one, "%s%u.%010u", n % 2 ? "-" : "", whole,
		    part);
		snprintf(other, sizeof other, "%s%.*s%.*s", n % 2 ? "-" : "",
		    n % 3 ? 0 : 3, "000", (int)(sizeof other - 20),
		    one + n % 2);
		memset(other + strlen(other), '0', digits);
		other[strlen(one) + (n % 3 ? 0 : 3) + digits] = '\0';
		expect_same(TYPE_NUMERIC, one, other);
		snprintf(changed, sizeof changed, "%s1", one);
		expect_other(TYPE_NUMERIC, one, changed);
		snprintf(changed, sizeof changed, "%s%u1.%010u",
		    n % 2 ? "-" : "", whole, part);
		expect_other(TYPE_NUMERIC, one, changed);
	}
}

static void
reals_are_their_bits(void **state)
{
	(void)state;
	expect_same(TYPE_DOUBLE, "5.0", "5");
	expect_same(TYPE_DOUBLE, "NaN", "NaN");
	expect_other(TYPE_DOUBLE, "0.0", "-0.0");
	expect_other(TYPE_DOUBLE, "0.1", "0.10000000000000002");
	expect_other(TYPE_DOUBLE, "Infinity", "-Infinity");
	expect_other(TYPE_REAL, "0.0", "-0.0");
	expect_other(TYPE_REAL, "1.0", "1.0000001");
}

static void
every_nan_is_the_same(void **state)
{
	static const uint8_t quiet[] = { 0, 1, 0, 0, 0, 8, 0x7f, 0xf8, 0, 0, 0,
		0, 0, 0 };
	static const uint8_t other[] = { 0, 1, 0, 0, 0, 8, 0xff, 0xf8, 0, 0, 0,
		0, 0, 1 };
	Buf one = { (uint8_t *)(uintptr_t)quiet, sizeof quiet, sizeof quiet };
	Buf two = { (uint8_t *)(uintptr_t)other, sizeof other, sizeof other };

	(void)state;
	assert_true(hash_equal(
	    hash_wire(TYPE_DOUBLE, &one), hash_wire(TYPE_DOUBLE, &two)));
}

static void
blanks_at_the_end_are_no_part_of_char_only(void **state)
{
	(void)state;
	expect_same(TYPE_CHAR, "ab", "ab   ");
	expect_same(TYPE_CHAR, "", "  ");
	expect_other(TYPE_CHAR, "ab", " ab");
	expect_other(TYPE_TEXT, "ab", "ab ");
	expect_other(TYPE_VARCHAR, "ab", "ab ");
	expect_other(TYPE_JSON, "[1]", "[1] ");
}

static void
a_jsonb_is_its_meaning(void **state)
{
	(void)state;
	expect_same(TYPE_JSONB, "{\"b\":1.0,\"a\":2}", "{\"a\": 2, \"b\": 1}");
	expect_other(TYPE_JSONB, "{\"a\":1}", "{\"a\":2}");
	expect_other(TYPE_JSONB, "[1,2]", "[2,1]");
}

static void
null_is_no_value(void **state)
{
	static const TypeName types[] = { TYPE_TEXT, TYPE_NUMERIC, TYPE_CHAR,
		TYPE_JSONB, TYPE_DOUBLE };
	static const char *const values[] = { "", "0", "", "null", "NaN" };
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		expect_other(types[i], NULL, values[i]);
		assert_true(hash_equal(
		    hash_value(types[i], NULL), hash_value(types[i], NULL)));
	}
}

static Hash
hash_row(const VerifyShape *shape, const char *const *texts, Hash *key)
{
	VerifyField fields[WIRE_COLUMNS];
	VerifyRoom room = { .fields = fields };
	Error err = { 0 };
	Buf row = { 0 };
	Hash hash;

	wire_put(&row, shape->types, texts, shape->n);
	wire_split(&row, shape->n, fields);
	assert_true(
	    verify_row_hash(shape, &room, row.data, row.size, &hash, &err));
	assert_true(verify_row_key(shape, &room, key, &err));
	verify_room_free(&room);
	buf_free(&row);
	return hash;
}

static void
values_do_not_run_into_each_other(void **state)
{
	static const TypeName plain[] = { TYPE_TEXT, TYPE_TEXT };
	static const TypeName mixed[] = { TYPE_CHAR, TYPE_CHAR };
	const char *one[] = { "ab", "c" }, *other[] = { "a", "bc" };
	const char *left[] = { NULL, "" }, *right[] = { "", NULL };
	VerifyShape shape = { .types = plain, .n = 2 };
	Hash key;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_false(hash_equal(hash_row(&shape, one, &key),
		    hash_row(&shape, other, &key)));
		assert_false(hash_equal(hash_row(&shape, left, &key),
		    hash_row(&shape, right, &key)));
		shape.types = mixed;
	}
}

static void
the_key_is_of_its_columns_only(void **state)
{
	static const TypeName types[] = { TYPE_TEXT, TYPE_NUMERIC,
		TYPE_BIGINT };
	static const size_t columns[] = { 2, 1 };
	const char *one[] = { "a", "1.0", "7" }, *other[] = { "b", "1", "7" };
	const char *third[] = { "a", "1.0", "8" };
	VerifyShape shape = {
		.types = types, .n = 3, .key = columns, .n_key = 2
	};
	Hash keys[3], hash;

	(void)state;
	hash = hash_row(&shape, one, &keys[0]);
	assert_false(hash_equal(hash, hash_row(&shape, other, &keys[1])));
	(void)hash_row(&shape, third, &keys[2]);
	assert_true(hash_equal(keys[0], keys[1]));
	assert_false(hash_equal(keys[0], keys[2]));
}

static void
two_values_are_compared_by_meaning(void **state)
{
	static const TypeName types[] = { TYPE_NUMERIC, TYPE_NUMERIC };
	const char *texts[] = { "2.50", "2.5" }, *others[] = { "2.50", "2.51" };
	VerifyField fields[2];
	VerifyRoom room = { 0 };
	Error err = { 0 };
	Buf row = { 0 };
	bool same;

	(void)state;
	wire_put(&row, types, texts, 2);
	wire_split(&row, 2, fields);
	assert_true(verify_row_same(
	    TYPE_NUMERIC, &room, &fields[0], &fields[1], &same, &err));
	assert_true(same);
	row.size = 0;
	wire_put(&row, types, others, 2);
	wire_split(&row, 2, fields);
	assert_true(verify_row_same(
	    TYPE_NUMERIC, &room, &fields[0], &fields[1], &same, &err));
	assert_false(same);
	verify_room_free(&room);
	buf_free(&row);
}

/* Each bit of a row counts, but for those of a numeric's scale. */
static void
one_bit_makes_another_row(void **state)
{
	static const TypeName types[] = { TYPE_TEXT, TYPE_BIGINT, TYPE_BOOLEAN,
		TYPE_BYTEA, TYPE_UUID, TYPE_TIMESTAMPTZ, TYPE_DOUBLE };
	const char *texts[] = { "text", "-5", "true", "\\x00ff",
		"01234567-89ab-cdef-0123-456789abcdef",
		"2024-02-29 13:05:07.5+00", "2.5" };
	VerifyShape shape = { .types = types, .n = 7 };
	VerifyField fields[WIRE_COLUMNS];
	VerifyRoom room = { .fields = fields };
	Error err = { 0 };
	Buf row = { 0 };
	Hash whole, changed;
	size_t i, used;

	(void)state;
	wire_put(&row, types, texts, 7);
	wire_split(&row, 7, fields);
	assert_true(
	    verify_row_hash(&shape, &room, row.data, row.size, &whole, &err));
	for (i = 0; i < 8 * row.size; i++) {
		row.data[i / 8] ^= (uint8_t)(1U << i % 8);
		if (verify_row_split(row.data, row.size, 7, fields, &used,
			&err) == STEP_ITEM) {
			assert_true(verify_row_hash(
			    &shape, &room, row.data, used, &changed, &err));
			assert_false(hash_equal(whole, changed));
		}
		row.data[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	verify_room_free(&room);
	buf_free(&row);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_numeric_is_its_value),
		cmocka_unit_test(zeros_at_both_ends_of_a_numeric_are_none),
		cmocka_unit_test(infinities_and_nan_of_numeric_differ),
		cmocka_unit_test(numerics_that_are_none_are_survived),
		cmocka_unit_test(zeros_change_no_numeric),
		cmocka_unit_test(reals_are_their_bits),
		cmocka_unit_test(every_nan_is_the_same),
		cmocka_unit_test(blanks_at_the_end_are_no_part_of_char_only),
		cmocka_unit_test(a_jsonb_is_its_meaning),
		cmocka_unit_test(null_is_no_value),
		cmocka_unit_test(values_do_not_run_into_each_other),
		cmocka_unit_test(the_key_is_of_its_columns_only),
		cmocka_unit_test(two_values_are_compared_by_meaning),
		cmocka_unit_test(one_bit_makes_another_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
