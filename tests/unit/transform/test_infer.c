#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transform/epoch.h"
#include "transform/infer.h"

/* The type a declared type gets in a role with this evidence, as SQL. */
static void
check_as(InferRole role, const char *declared, const ColumnProfile *profile,
    const char *expected, const char *in_note)
{
	Column column = { .name = "c",
		.declared = declared,
		.affinity = value_affinity(declared, false) };
	Arena arena = { 0 };
	char sql[TYPE_SQL_BYTES];
	Inference inference;
	Error err;

	assert_true(
	    infer_column(&column, role, profile, &arena, &inference, &err));
	if (strcmp(type_sql(inference.type, sql), expected) != 0)
		print_error("%s: %s\n", declared, inference.reason);
	assert_string_equal(sql, expected);
	assert_non_null(inference.reason);
	if (in_note == NULL) {
		assert_null(inference.note);
	} else {
		assert_non_null(inference.note);
		if (strstr(inference.note, in_note) == NULL)
			print_error("%s\n", inference.note);
		assert_non_null(strstr(inference.note, in_note));
	}
	arena_free(&arena);
}

static void
check(const char *declared, const ColumnProfile *profile, const char *expected,
    const char *in_note)
{
	check_as(INFER_PLAIN, declared, profile, expected, in_note);
}

/* n INTEGERs from min to max. */
static ColumnProfile
integers(uint64_t n, int64_t min, int64_t max)
{
	ColumnProfile profile = { .integer_min = min, .integer_max = max };

	profile.classes[VALUE_INTEGER] = n;
	profile.fits[FITS_BIGINT] = profile.fits[FITS_NUMERIC] = n;
	profile.fits[FITS_DOUBLE] = n;
	if (min >= 0 && max <= 1)
		profile.fits[FITS_BOOLEAN] = n;
	return profile;
}

/* n TEXTs of which all fit one hypothesis. */
static ColumnProfile
texts(uint64_t n, Fits fits)
{
	ColumnProfile profile = { .text_characters_max = 10,
		.text_bytes_max = 12 };

	profile.classes[VALUE_TEXT] = n;
	profile.fits[FITS_TEXT] = n;
	profile.fits[fits] = n;
	return profile;
}

static void
add_reals(ColumnProfile *profile, uint64_t n)
{
	profile->classes[VALUE_REAL] += n;
	profile->fits[FITS_DOUBLE] += n;
	profile->fits[FITS_NUMERIC] += n;
}

static void
add_texts(ColumnProfile *profile, uint64_t n)
{
	profile->classes[VALUE_TEXT] += n;
	profile->fits[FITS_TEXT] += n;
	profile->text_characters_max = profile->text_bytes_max = 3;
}

static void
without_evidence_the_declared_type_decides_without_lengths(void **state)
{
	(void)state;
	check("INTEGER", NULL, "bigint", NULL);
	check("TINYINT(1)", NULL, "boolean", NULL);
	check("REAL", NULL, "double precision", NULL);
	check("NUMERIC(12,2)", NULL, "numeric", NULL);
	check("DATE", NULL, "date", NULL);
	check("TIME", NULL, "time without time zone", NULL);
	check("DATETIME", NULL, "timestamp with time zone", NULL);
	check("JSON", NULL, "jsonb", NULL);
	check("UUID", NULL, "uuid", NULL);
	check("BLOB", NULL, "bytea", NULL);
	check("VARCHAR(20)", NULL, "text", NULL);
	check("", NULL, "text", NULL);
}

static void
nothing_but_null_leaves_it_to_the_declared_type(void **state)
{
	ColumnProfile profile = { 0 };

	(void)state;
	profile.classes[VALUE_NULL] = 9;
	check("VARCHAR(20)", &profile, "character varying(20)", NULL);
	check("NUMERIC(12,2)", &profile, "numeric(12,2)", NULL);
	check("DATETIME", &profile, "timestamp with time zone", NULL);
	check("", &profile, "text", NULL);
}

static void
integers_stay_bigint_until_something_else_comes(void **state)
{
	ColumnProfile profile = integers(9, -5, INT64_MAX);

	(void)state;
	check("INTEGER", &profile, "bigint", NULL);
	profile = integers(9, -5, 5);
	add_reals(&profile, 1);
	check("INTEGER", &profile, "double precision", "not bigint");
	profile = integers(9, -5, INT64_MAX);
	profile.fits[FITS_DOUBLE] = 8;
	add_reals(&profile, 1);
	check("INTEGER", &profile, "numeric", "not bigint");
	profile = integers(9, -5, 5);
	add_texts(&profile, 3);
	profile.counter[FITS_BIGINT] = (Counter){ .row = 17,
		.has_rowid = true,
		.rowid = 17,
		.class = VALUE_TEXT,
		.text = "N/A" };
	check("INTEGER", &profile, "text",
	    "3 of 12 values are not bigint, first 'N/A' (text) at rowid 17; "
	    "becomes text");
	profile.classes[VALUE_BLOB] = 1;
	check("INTEGER", &profile, "bytea", "becomes bytea");
}

static void
an_infinity_among_large_integers_leaves_only_text(void **state)
{
	ColumnProfile profile = integers(9, -5, INT64_MAX);

	(void)state;
	profile.fits[FITS_DOUBLE] = 8;
	profile.classes[VALUE_REAL] = 1;
	profile.fits[FITS_DOUBLE]++;
	check("NUMERIC", &profile, "text", "becomes text");
}

static void
booleans_need_every_value(void **state)
{
	ColumnProfile profile = integers(9, 0, 1);

	(void)state;
	check("BOOLEAN", &profile, "boolean", NULL);
	check("INTEGER", &profile, "bigint", NULL);
	profile = integers(9, 0, 2);
	profile.fits[FITS_BOOLEAN] = 8;
	check("BOOLEAN", &profile, "bigint", "1 of 9 values is not boolean");
	profile = texts(9, FITS_BOOLEAN);
	check("BOOLEAN", &profile, "boolean", NULL);
	profile.fits[FITS_BOOLEAN] = 8;
	check("BOOLEAN", &profile, "text", "becomes text");
}

static void
numeric_keeps_its_precision_where_all_fits(void **state)
{
	ColumnProfile profile = integers(9, -999, 999);

	(void)state;
	check("NUMERIC(3)", &profile, "numeric(3,0)", NULL);
	check("NUMERIC(5,2)", &profile, "numeric(5,2)", NULL);
	check("NUMERIC(4,2)", &profile, "numeric", NULL);
	add_reals(&profile, 1);
	profile.integral_digits_max = 1;
	profile.scale_max = 2;
	check("NUMERIC(5,2)", &profile, "numeric(5,2)", NULL);
	check("NUMERIC(5,1)", &profile, "numeric", NULL);
	check("NUMERIC(2,5)", &profile, "numeric", NULL);
	check("NUMERIC(2000,2)", &profile, "numeric", NULL);
	/* its affinity is INTEGER: nobody measured the reals */
	check("DECIMAL(5,2) INT", &profile, "numeric", NULL);
	profile = integers(1, INT64_MIN, INT64_MIN);
	check("NUMERIC(19)", &profile, "numeric(19,0)", NULL);
	check("NUMERIC(18)", &profile, "numeric", NULL);
}

static void
moments_widen_from_date_to_timestamp_to_text(void **state)
{
	ColumnProfile profile = texts(9, FITS_DATE);

	(void)state;
	profile.fits[FITS_TIMESTAMP] = 9;
	check("DATE", &profile, "date", NULL);
	check("DATETIME", &profile, "timestamp with time zone", NULL);
	profile.fits[FITS_DATE] = 8;
	check("DATE", &profile, "timestamp with time zone", "not date");
	profile.fits[FITS_TIMESTAMP] = 8;
	check("DATE", &profile, "text", "becomes text");
	check("TIMESTAMP", &profile, "text", "not timestamp with time zone");
	profile = texts(9, FITS_TIME);
	check("TIME", &profile, "time without time zone", NULL);
	profile.fits[FITS_TIME] = 0;
	check("TIME", &profile, "text", "becomes text");
}

static void
integers_in_a_datetime_are_named_and_not_guessed(void **state)
{
	ColumnProfile profile = integers(9, 1262304000, 1735689600);

	(void)state;
	check("DATETIME", &profile, "bigint",
	    "Unix seconds (2010 to 2025) or Cocoa seconds (2041 to 2056)");
	profile = integers(9, 1262304000123, 1735689600123);
	check("DATETIME", &profile, "bigint",
	    "may count Unix milliseconds (2010 to 2025)");
	profile = integers(9, -5, INT64_MAX);
	check("DATETIME", &profile, "bigint", "becomes bigint");
	check("INTEGER", &profile, "bigint", NULL);
}

static void
epochs_are_told_by_their_years(void **state)
{
	Arena arena = { 0 };
	Error err;

	(void)state;
	assert_string_equal(
	    epoch_candidates(INT64_MIN, INT64_MAX, &arena, &err), "");
	assert_non_null(strstr(epoch_candidates(2451545, 2460000, &arena, &err),
	    "Julian days (2000 to 2023)"));
	assert_non_null(strstr(epoch_candidates(13350000000000000,
				   13350000000000001, &arena, &err),
	    "WebKit microseconds (2024 to 2024)"));
	assert_non_null(strstr(epoch_candidates(133500000000000000,
				   133500000000000001, &arena, &err),
	    "Windows FILETIME (2024 to 2024)"));
	arena_free(&arena);
}

static void
json_takes_numbers_and_falls_back_to_json_and_text(void **state)
{
	ColumnProfile profile = texts(9, FITS_JSON);

	(void)state;
	profile.fits[FITS_JSONB] = 9;
	profile.classes[VALUE_INTEGER] = 2;
	add_reals(&profile, 1);
	check("JSON", &profile, "jsonb", NULL);
	profile.real_max = INFINITY;
	check("JSON", &profile, "text", "becomes text");
	profile.real_max = 0;
	profile.fits[FITS_JSONB] = 8;
	check("JSON", &profile, "json", "not jsonb");
	profile.fits[FITS_JSON] = 8;
	check("JSON", &profile, "text", "becomes text");
}

static void
varchar_keeps_its_length_where_every_value_fits(void **state)
{
	ColumnProfile profile = texts(9, FITS_TEXT);

	(void)state;
	check("VARCHAR(10)", &profile, "character varying(10)", NULL);
	check("VARCHAR(9)", &profile, "text", NULL);
	check("CHAR(10)", &profile, "character varying(10)", NULL);
	check("VARCHAR", &profile, "text", NULL);
	check("VARCHAR(0)", &profile, "text", NULL);
	check("VARCHAR(10485761)", &profile, "text", NULL);
	profile.classes[VALUE_BLOB] = 1;
	check("VARCHAR(10)", &profile, "bytea", "becomes bytea");
}

static void
text_that_is_no_text_is_announced(void **state)
{
	ColumnProfile profile = texts(9, FITS_TEXT);

	(void)state;
	profile.nul = 1;
	profile.fits[FITS_TEXT] = 8;
	check("TEXT", &profile, "text", "set aside");
	check("BLOB", &profile, "bytea", NULL);
}

static void
blobs_and_no_type_go_by_what_is_there(void **state)
{
	ColumnProfile profile = texts(9, FITS_TEXT);

	(void)state;
	check("BLOB", &profile, "text", "becomes text");
	check("", &profile, "text", NULL);
	profile.classes[VALUE_BLOB] = 1;
	check("BLOB", &profile, "bytea", NULL);
	check("", &profile, "bytea", "9 text, 1 blob; becomes bytea");
	profile = integers(9, 0, 5);
	check("", &profile, "bigint", NULL);
	check("BLOB", &profile, "bigint", "becomes bigint");
	add_texts(&profile, 1);
	check("", &profile, "text", NULL);
}

static void
a_rowid_is_bigint_whatever_is_said(void **state)
{
	Column column = { .name = "id",
		.declared = "INTEGER",
		.affinity = AFFINITY_INTEGER };
	Arena arena = { 0 };
	Inference inference;
	Error err;

	(void)state;
	assert_true(
	    infer_column(&column, INFER_ROWID, NULL, &arena, &inference, &err));
	assert_int_equal(inference.type.name, TYPE_BIGINT);
	arena_free(&arena);
}

static void
text_that_a_check_wants_to_be_json_is_json(void **state)
{
	ColumnProfile fit = texts(9, FITS_JSONB);
	ColumnProfile words = texts(9, FITS_TEXT);
	ColumnProfile numbers = integers(9, 0, 5);

	(void)state;
	fit.fits[FITS_JSON] = 9;
	check_as(INFER_JSON, "TEXT", &fit, "jsonb", NULL);
	check_as(INFER_JSON, "", &fit, "jsonb", NULL);
	check_as(INFER_JSON, "TEXT", NULL, "jsonb", NULL);
	fit.fits[FITS_JSONB] = 8;
	check_as(INFER_JSON, "TEXT", &fit, "json",
	    "declared TEXT and checked by json_valid()");
	check_as(INFER_JSON, "TEXT", &words, "text", "9 of 9 values");
	check_as(INFER_JSON, "INTEGER", &numbers, "bigint", NULL);
}

static void
geometries_are_bytes_unless_something_else_is_there(void **state)
{
	ColumnProfile blobs = { .classes = { [VALUE_BLOB] = 3 } };
	ColumnProfile empty = { 0 };
	ColumnProfile words = texts(9, FITS_TEXT);

	(void)state;
	/* By their affinities these would be bigint and text. */
	check("POINT", &empty, "bytea", NULL);
	check("GEOMETRY", &empty, "bytea", NULL);
	check("MULTIPOINT", NULL, "bytea", NULL);
	check("POLYGON", &blobs, "bytea", NULL);
	check("LINESTRING", &words, "text", "9 text");
}

static void
columns_that_refer_to_each_other_find_a_common_type(void **state)
{
	ColumnProfile numbers = integers(9, 0, 5);
	ColumnProfile words = texts(9, FITS_TEXT);
	ColumnProfile digits = texts(9, FITS_BIGINT);
	ColumnProfile blobs = { .classes = { [VALUE_BLOB] = 1 } };
	Type bigint = { .name = TYPE_BIGINT }, text = { .name = TYPE_TEXT };
	Type numeric = { .name = TYPE_NUMERIC }, bytea = { .name = TYPE_BYTEA };
	Type common;

	(void)state;
	assert_true(infer_common(bigint, &numbers, text, &digits, &common));
	assert_int_equal(common.name, TYPE_BIGINT);
	assert_true(infer_common(text, &words, bigint, &numbers, &common));
	assert_int_equal(common.name, TYPE_TEXT);
	assert_true(infer_common(bigint, &numbers, text, &words, &common));
	assert_int_equal(common.name, TYPE_TEXT);
	assert_true(infer_common(text, &words, bytea, &blobs, &common));
	assert_int_equal(common.name, TYPE_BYTEA);
	assert_true(infer_common(bigint, NULL, numeric, NULL, &common));
	assert_int_equal(common.name, TYPE_NUMERIC);
	assert_true(infer_common(bigint, NULL, text, NULL, &common));
	assert_int_equal(common.name, TYPE_TEXT);
	assert_false(infer_common(bigint, NULL, bytea, NULL, &common));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    without_evidence_the_declared_type_decides_without_lengths),
		cmocka_unit_test(
		    nothing_but_null_leaves_it_to_the_declared_type),
		cmocka_unit_test(
		    integers_stay_bigint_until_something_else_comes),
		cmocka_unit_test(
		    an_infinity_among_large_integers_leaves_only_text),
		cmocka_unit_test(booleans_need_every_value),
		cmocka_unit_test(numeric_keeps_its_precision_where_all_fits),
		cmocka_unit_test(moments_widen_from_date_to_timestamp_to_text),
		cmocka_unit_test(
		    integers_in_a_datetime_are_named_and_not_guessed),
		cmocka_unit_test(epochs_are_told_by_their_years),
		cmocka_unit_test(
		    json_takes_numbers_and_falls_back_to_json_and_text),
		cmocka_unit_test(
		    varchar_keeps_its_length_where_every_value_fits),
		cmocka_unit_test(text_that_is_no_text_is_announced),
		cmocka_unit_test(blobs_and_no_type_go_by_what_is_there),
		cmocka_unit_test(a_rowid_is_bigint_whatever_is_said),
		cmocka_unit_test(text_that_a_check_wants_to_be_json_is_json),
		cmocka_unit_test(
		    geometries_are_bytes_unless_something_else_is_there),
		cmocka_unit_test(
		    columns_that_refer_to_each_other_find_a_common_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
