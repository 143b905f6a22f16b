#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "formats/profile.h"
#include "sample.h"

static ColumnProfile user_columns[] = {
	{ .classes = { [VALUE_INTEGER] = 10 },
	    .integer_min = INT64_MIN,
	    .integer_max = INT64_MAX,
	    .fits = { [FITS_BIGINT] = 10, [FITS_NUMERIC] = 10 },
	    .counter = { [FITS_BOOLEAN] = { .row = 2,
			     .has_rowid = true,
			     .rowid = -5,
			     .class = VALUE_INTEGER,
			     .text = "7" } } },
	{ .classes = { [VALUE_NULL] = 1, [VALUE_TEXT] = 7, [VALUE_REAL] = 2 },
	    .real_min = -INFINITY,
	    .real_max = 0.1,
	    .real_integral = 1,
	    .text_bytes_max = 900,
	    .text_characters_max = 890,
	    .empty = 1,
	    .blanks = 2,
	    .nul = 3,
	    .invalid_utf8 = 4,
	    .json_nul = 1,
	    .odd_first = { [ODD_NUL] = { .row = 4,
			       .class = VALUE_TEXT,
			       .text = "a?b" } },
	    .text_01 = 1,
	    .text_integers = 2,
	    .text_decimals = 3,
	    .dates = 4,
	    .naive = 6,
	    .zoned = 5,
	    .json_objects = 3,
	    .json_arrays = 2,
	    .json_scalars = 1,
	    .integral_digits_max = 19,
	    .scale_max = 4,
	    .counter = { [FITS_TEXT] = { .row = 10,
			     .class = VALUE_TEXT,
			     .text = "cut \xc3" } } },
	{ .classes = { [VALUE_BLOB] = 10 },
	    .blob_bytes_max = 16,
	    .uuids = { [UUID_BLOB] = 10 },
	    .fits = { [FITS_UUID] = 10 },
	    .first = { .row = 1, .class = VALUE_BLOB, .text = "\\x00" } },
};
static ColumnProfile event_columns[2];
static RowidRun runs[] = { { 1, -5, -3 }, { 4, -1, -1 }, { 5, 7, 12 } };
static TableProfile tables[] = {
	{ .rows = 10,
	    .columns = user_columns,
	    .n_columns = 3,
	    .runs = runs,
	    .n_runs = 3 },
	{ .columns = event_columns, .n_columns = 2 },
	{ .columns = event_columns, .n_columns = 1 },
};
static const Profile sample = { .tables = tables, .n_tables = 3 };

static void
write_profile(const Profile *profile, Buf *buf)
{
	Schema schema = sample_schema();
	Error err;

	buf->size = 0;
	if (!profile_write(profile, &schema, buf, &err))
		fail_msg("%s", err.text);
}

static void
what_is_written_is_read_back(void **state)
{
	Schema schema = sample_schema();
	const ColumnProfile *column;
	Buf one = { 0 }, other = { 0 };
	Profile back = { 0 };
	Error err;

	(void)state;
	write_profile(&sample, &one);
	if (!profile_read(one.data, one.size, &schema, &back, &err))
		fail_msg("%s", err.text);
	column = &back.tables[0].columns[0];
	assert_true(column->integer_min == INT64_MIN);
	assert_true(column->integer_max == INT64_MAX);
	assert_int_equal(column->fits[FITS_BIGINT], 10);
	assert_int_equal(column->counter[FITS_BOOLEAN].row, 2);
	assert_true(column->counter[FITS_BOOLEAN].has_rowid);
	assert_int_equal(column->counter[FITS_BOOLEAN].rowid, -5);
	assert_int_equal(column->counter[FITS_BOOLEAN].class, VALUE_INTEGER);
	assert_string_equal(column->counter[FITS_BOOLEAN].text, "7");
	assert_int_equal(column->counter[FITS_TEXT].row, 0);
	column++;
	assert_true(column->real_min == -INFINITY);
	assert_true(column->real_max == 0.1);
	assert_int_equal(column->classes[VALUE_TEXT], 7);
	assert_int_equal(column->integral_digits_max, 19);
	assert_int_equal(column->zoned, 5);
	assert_int_equal(column->json_nul, 1);
	assert_int_equal(column->naive, 6);
	assert_int_equal(column->json_scalars, 1);
	assert_int_equal(column->odd_first[ODD_NUL].row, 4);
	assert_string_equal(column->odd_first[ODD_NUL].text, "a?b");
	assert_int_equal(column->odd_first[ODD_EMPTY].row, 0);
	assert_false(profile_is_full(column));
	assert_false(column->counter[FITS_TEXT].has_rowid);
	/* A character that was cut is evidence for people only. */
	assert_string_equal(
	    column->counter[FITS_TEXT].text, "cut \xef\xbf\xbd");
	column++;
	assert_int_equal(column->uuids[UUID_BLOB], 10);
	assert_true(profile_is_full(column));
	/* The first value is the counter-example of what none fits. */
	assert_int_equal(column->counter[FITS_UUID].row, 0);
	assert_int_equal(column->counter[FITS_UNIX_MS].row, 1);
	assert_string_equal(column->counter[FITS_TEXT].text, "\\x00");
	write_profile(&back, &other);
	assert_int_equal(one.size, other.size);
	assert_memory_equal(one.data, other.data, one.size);
	profile_free(&back);
	buf_free(&one);
	buf_free(&other);
}

static void
rows_know_their_rowids(void **state)
{
	static const int64_t rowids[] = { -5, -4, -3, -1, 7, 8, 9, 10, 11, 12 };
	RowidRun whole = { 1, INT64_MIN, INT64_MAX - 1 };
	TableProfile all = { .rows = UINT64_MAX, .runs = &whole, .n_runs = 1 };
	int64_t rowid;

	(void)state;
	for (uint64_t row = 1; row <= 10; row++) {
		assert_true(profile_rowid(&tables[0], row, &rowid));
		assert_int_equal(rowid, rowids[row - 1]);
	}
	assert_false(profile_rowid(&tables[0], 0, &rowid));
	assert_false(profile_rowid(&tables[0], 11, &rowid));
	assert_false(profile_rowid(&tables[1], 1, &rowid));
	assert_true(profile_rowid(&all, UINT64_MAX, &rowid));
	assert_true(rowid == INT64_MAX - 1);
}

static void
hypotheses_have_names(void **state)
{
	(void)state;
	assert_string_equal(profile_fits_name(FITS_BOOLEAN), "boolean");
	assert_string_equal(profile_fits_name(FITS_TEXT), "text");
	assert_string_equal(profile_fits_name(FITS_JULIAN), "julian");
	assert_string_equal(profile_uuid_name(UUID_LOWER), "lower");
	assert_string_equal(profile_odd_name(ODD_JSON_NUL), "json_nul");
}

/* Edits of the document: each must be refused. */
static const struct {
	const char *title, *from, *to, *message;
} edits[] = {
	{ "another dialect", "\"sqlite\"", "\"postgresql\"",
	    "not of this schema" },
	{ "another table", "\"name\":\"users\"", "\"name\":\"uesrs\"",
	    "schema.json has \"users\"" },
	{ "another column", "\"name\":\"id\"", "\"name\":\"di\"",
	    "schema.json has \"id\"" },
	{ "fewer rows", "\"rows\":10", "\"rows\":9",
	    "not as many as the rows" },
	{ "more fit than there are", "\"bigint\":10", "\"bigint\":11",
	    "more values fit" },
	{ "more dates than values", "\"dates\":4", "\"dates\":10",
	    "more values fit" },
	{ "more uuids than values", "\"blob\":10},\"fits",
	    "\"blob\":11},\"fits", "more values fit" },
	{ "an unknown spelling", "\"uuids\":{\"blob\"", "\"uuids\":{\"bolb\"",
	    "bolb" },
	{ "an unknown oddity", "\"odd\":{\"nul\"", "\"odd\":{\"nil\"", "nil" },
	{ "a first value beyond", "\"first\":{\"row\":1",
	    "\"first\":{\"row\":11", "counter-example" },
	{ "an unknown hypothesis", "\"bigint\":10", "\"int\":10", "int" },
	{ "an unknown class", "\"class\":\"integer\"", "\"class\":\"int\"",
	    "counter-example" },
	{ "a counter-example beyond", "\"row\":2", "\"row\":11",
	    "counter-example" },
	{ "a counter-example nowhere", "\"row\":2", "\"row\":0",
	    "counter-example" },
	{ "a rowid that is text", "\"rowid\":-5", "\"rowid\":\"x\"", "" },
	{ "least above most", "\"real_max\":0.1",
	    "\"real_max\":\"-Infinity\",\"real_min\":0", "" },
	{ "too many digits", "\"scale_max\":4", "\"scale_max\":4294967296",
	    "out of range" },
	{ "a run backwards", "-5,-3", "-3,-5", "a run is not one" },
	{ "runs that overlap", "4,-1,-1", "4,-3,-3", "runs do not fit" },
	{ "runs with a gap", "4,-1,-1", "5,-1,-1", "runs do not fit" },
	{ "runs past the end", "5,7,12", "5,7,13", "runs do not fit" },
	{ "runs that end early", "5,7,12", "5,7,11", "do not cover" },
	{ "a run of all", "1,-5,-3",
	    "1,-9223372036854775808,9223372036854775807", "runs do not fit" },
	{ "a run of two", "4,-1,-1", "4,-1", "three numbers" },
};

static void
evidence_that_is_not_of_the_schema_is_refused(void **state)
{
	Schema schema = sample_schema();
	Buf buf = { 0 }, edited = { 0 };
	Profile back;
	const char *at;
	size_t size;
	Error err;

	(void)state;
	write_profile(&sample, &buf);
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		at = memmem(
		    buf.data, buf.size, edits[i].from, strlen(edits[i].from));
		if (at == NULL)
			fail_msg("%s: not found", edits[i].title);
		size = (size_t)(at - (const char *)buf.data);
		edited.size = 0;
		assert_true(buf_put(&edited, buf.data, size, &err));
		assert_true(buf_put_text(&edited, edits[i].to, &err));
		size += strlen(edits[i].from);
		assert_true(
		    buf_put(&edited, buf.data + size, buf.size - size, &err));
		back = (Profile){ 0 };
		if (profile_read(
			edited.data, edited.size, &schema, &back, &err))
			fail_msg("%s: was read", edits[i].title);
		assert_int_equal(err.kind, ERROR_DUMP);
		if (strstr(err.text, edits[i].message) == NULL)
			fail_msg("%s: %s", edits[i].title, err.text);
		profile_free(&back);
	}
	buf_free(&edited);
	buf_free(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(rows_know_their_rowids),
		cmocka_unit_test(hypotheses_have_names),
		cmocka_unit_test(evidence_that_is_not_of_the_schema_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
