#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/io.h"
#include "transform/rejects.h"

static const CastRefusal not_integer = { "integer", "not a whole number" };
static const CastRefusal same_rule = { "integer", "not a whole number" };
static const CastRefusal not_json = { "json", "not JSON" };
static const CastRefusal no_value = { "value", "an expression fails" };

static Column columns[] = {
	{ .name = "id", .declared = "INTEGER", .collation = "BINARY" },
	{ .name = "age", .declared = "", .collation = "BINARY" },
};
static Table tables[] = {
	{ .name = "users",
	    .directory = "users",
	    .rowid_column = 0,
	    .columns = columns,
	    .n_columns = 2,
	    .sql = "" },
	{ .name = "log",
	    .directory = "log",
	    .rowid_column = -1,
	    .columns = columns,
	    .n_columns = 2,
	    .sql = "" },
};
static const Schema schema = { .dialect = DIALECT_SQLITE,
	.namespace = "",
	.source = { .name = "app.db", .bytes = 4096, .encoding = "UTF-8" },
	.tables = tables,
	.n_tables = 2 };
static const int key[] = { 0 };

/* The test's own directory, which is the current one. */
static char directory[] = "/tmp/litehaul-test-XXXXXX";

static Reject
bad_value(const Table *table, uint64_t row, const Value *values,
    const CastRefusal *refusal)
{
	return (Reject){ .table = table,
		.row = row,
		.values = values,
		.column = "age",
		.value = &values[1],
		.type = { .name = TYPE_BIGINT },
		.refusal = refusal,
		.path = "data/users/000001.csv",
		.key = key,
		.n_key = 1 };
}

static Value
text(const char *bytes)
{
	return (Value){ .class = VALUE_TEXT,
		.bytes = (const uint8_t *)bytes,
		.size = strlen(bytes) };
}

/* Log n rows of a table, whose ids are ten times their number. */
static void
log_rows(RejectLog *log, const Table *table, uint64_t n, const char *word,
    const CastRefusal *refusal)
{
	Error err;

	for (uint64_t i = 1; i <= n; i++) {
		Value values[] = { { .class = VALUE_INTEGER,
				       .integer = (int64_t)i * 10 },
			text(word) };
		Reject reject = bad_value(table, i, values, refusal);

		if (!reject_log_put(log, &reject, &err))
			fail_msg("%s", err.text);
	}
}

/* Put a chunk of n rows, all of them logged, as those of table. */
static bool
put_rows(Rejects *rejects, const Table *table, uint64_t n, const RejectLog *log,
    const RejectPlace *place, Error *err)
{
	static const Compression none = { COMPRESS_NONE, 0 };
	Compressor compressor = { 0 };
	Chunk chunk = {
		.table = (size_t)(table - tables), .format = ROWS_CSV, .rows = n
	};
	Buf raw = { 0 };
	bool ok = buf_put_text(&raw, "id,age\n", err) &&
	    chunk_pack(&chunk, &none, &compressor, &raw, err) &&
	    rejects_put(rejects, &chunk, log, place, err);

	compress_free(&compressor);
	buf_free(&raw);
	buf_free(&chunk.bytes);
	return ok;
}

static const char *
read_text(const char *path, Buf *buf)
{
	const char *found;
	Error err;

	buf->size = 0;
	if (!io_read_file(AT_FDCWD, path, 1 << 30, buf, &err))
		fail_msg("%s", err.text);
	found = buf_text(buf, &err);
	assert_non_null(found);
	return found;
}

static void
a_log_gives_back_its_lines_in_order(void **state)
{
	/* Less than a block, and several of them. */
	static const uint64_t sizes[] = { 0, 1, 20, 20000 };
	RejectLog log = { 0 };
	RejectReader reader = { 0 };
	RejectLine line;
	uint64_t n;
	Error err;

	(void)state;
	for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
		n = sizes[i / 2];
		reject_log_clear(&log);
		log_rows(&log, &tables[0], n, "N/A", &not_integer);
		reject_reader_open(&reader);
		for (uint64_t k = 1; k <= n; k++) {
			assert_int_equal(
			    reject_reader_next(&reader, &log, &line, &err),
			    STEP_ITEM);
			assert_int_equal(line.row, k);
			assert_true(line.has_rowid);
			assert_int_equal(line.rowid, k * 10);
			assert_memory_equal(line.text, "\"key\":{\"id\":", 12);
			assert_int_equal(line.text[line.size - 1], '}');
		}
		assert_int_equal(
		    reject_reader_next(&reader, &log, &line, &err), STEP_END);
		assert_int_equal(
		    reject_reader_next(&reader, &log, &line, &err), STEP_END);
	}
	reject_reader_free(&reader);
	reject_log_free(&log);
}

static void
a_log_of_many_rows_stays_small(void **state)
{
	RejectLog log = { 0 };

	(void)state;
	log_rows(&log, &tables[0], 200000, "N/A", &not_integer);
	assert_true(log.text.capacity + log.packed.capacity < (size_t)8 << 20);
	reject_log_free(&log);
}

static void
a_line_says_all_that_is_known(void **state)
{
	static const char expected[] =
	    "{\"table\":\"users\",\"row\":103,\"rowid\":30,\"key\":{\"id\":30},"
	    "\"column\":\"age\",\"class\":\"text\",\"value\":\"N/A\","
	    "\"type\":\"bigint\",\"rule\":\"integer\","
	    "\"reason\":\"not a whole number\",\"suggestion\":\"type: text; or "
	    "on_error: null; or value: \\\"nullif(age, 'N/A')\\\"\","
	    "\"path\":\"data/users/000001.csv\"}\n"
	    "{\"table\":\"users\",\"row\":104,\"rowid\":30,\"key\":{\"id\":30},"
	    "\"rule\":\"value\",\"reason\":\"an expression fails: malformed "
	    "JSON\",\"suggestion\":\"mend the expression, so that it has a "
	    "value for this row; or a where: that leaves the row out\","
	    "\"path\":\"data/users/000001.csv\"}\n"
	    "{\"table\":\"log\",\"column\":\"age\",\"class\":\"null\","
	    "\"value\":null,\"type\":\"bigint\",\"rule\":\"integer\","
	    "\"reason\":\"not a whole number\",\"suggestion\":\"type: text; or "
	    "on_error: null\",\"path\":\"data/users/000001.csv\"}\n";
	Value values[] = { { .class = VALUE_INTEGER, .integer = 30 },
		text("N/A") };
	Reject reject = bad_value(&tables[0], 3, values, &not_integer);
	Rejects rejects = { .path = "lines", .schema = &schema };
	RejectPlace place = { .known = true, .rows_before = 100, .rows = 9 };
	DumpSummary summary;
	RejectLog log = { 0 };
	Buf buf = { 0 };
	Error err;

	(void)state;
	assert_true(reject_log_put(&log, &reject, &err));
	reject.row = 4;
	reject.column = NULL;
	reject.value = NULL;
	reject.refusal = &no_value;
	reject.detail = "malformed JSON";
	assert_true(reject_log_put(&log, &reject, &err));
	assert_true(put_rows(&rejects, &tables[0], 2, &log, &place, &err));
	reject_log_clear(&log);
	values[1] = (Value){ .class = VALUE_NULL };
	reject = bad_value(&tables[1], 1, values, &not_integer);
	reject.n_key = 0;
	assert_true(reject_log_put(&log, &reject, &err));
	place.known = false;
	assert_true(put_rows(&rejects, &tables[1], 1, &log, &place, &err));
	assert_true(rejects_commit(&rejects, &summary, &err));
	assert_string_equal(read_text("lines/rejects.ndjson", &buf), expected);
	assert_int_equal(rejects.rows, 3);
	assert_int_equal(rejects.rows_read, 18);
	rejects_free(&rejects);
	reject_log_free(&log);
	buf_free(&buf);
}

static void
check_reason(const ManifestReason *reason, const char *expected)
{
	Buf buf = { 0 };
	const char *found;
	Error err;

	assert_true(rejects_put_reason(&buf, reason, &err));
	found = buf_text(&buf, &err);
	assert_non_null(found);
	assert_string_equal(found, expected);
	buf_free(&buf);
}

static void
reasons_are_summed_up_most_first(void **state)
{
	Rejects rejects = { .path = "sums", .schema = &schema };
	RejectPlace place = { .known = true };
	const ManifestReason *reasons;
	DumpReader *dump = NULL;
	DumpSummary summary;
	RejectLog log = { 0 };
	size_t n;
	Error err;

	(void)state;
	log_rows(&log, &tables[0], 1, "N/A", &not_json);
	log_rows(&log, &tables[0], 600, "N/A", &not_integer);
	log_rows(&log, &tables[0], 600, "x", &same_rule);
	assert_true(put_rows(&rejects, &tables[0], 600, &log, &place, &err));
	reject_log_clear(&log);
	log_rows(&log, &tables[1], 2, "-", &not_json);
	place.rows_before = 7;
	assert_true(put_rows(&rejects, &tables[1], 2, &log, &place, &err));
	assert_true(rejects_commit(&rejects, &summary, &err));
	reasons = rejects_reasons(&rejects, &n);
	assert_int_equal(n, 3);
	check_reason(&reasons[0],
	    "1,200 x users.age: not a whole number (first 'N/A' at rowid 10)");
	check_reason(&reasons[1], "2 x log.age: not JSON (first '-' at row 8)");
	check_reason(
	    &reasons[2], "1 x users.age: not JSON (first 'N/A' at rowid 10)");
	assert_true(dump_open("sums", &dump, &err));
	assert_int_equal(dump_manifest(dump)->n_reasons, 3);
	assert_int_equal(dump_manifest(dump)->reasons[0].values, 1200);
	assert_string_equal(dump_manifest(dump)->reasons[0].first, "'N/A'");
	dump_close(dump);
	rejects_free(&rejects);
	reject_log_free(&log);
}

static void
too_many_kinds_count_by_rule_alone(void **state)
{
	static char names[REJECTS_KINDS + 5][16];
	Rejects rejects = { .path = "kinds", .schema = &schema };
	RejectPlace place = { 0 };
	Value values[] = { { .class = VALUE_INTEGER }, text("N/A") };
	const ManifestReason *reasons;
	DumpSummary summary;
	RejectLog log = { 0 };
	size_t n;
	Error err;

	(void)state;
	for (size_t i = 0; i < REJECTS_KINDS + 5; i++) {
		Reject reject = bad_value(&tables[0], 1, values, &not_integer);

		snprintf(names[i], sizeof names[i], "c%zu", i);
		reject.column = names[i];
		assert_true(reject_log_put(&log, &reject, &err));
		if (i < 3) {
			reject.refusal = &not_json;
			assert_true(reject_log_put(&log, &reject, &err));
		}
	}
	assert_true(put_rows(&rejects, &tables[0], 1, &log, &place, &err));
	assert_true(rejects_commit(&rejects, &summary, &err));
	reasons = rejects_reasons(&rejects, &n);
	assert_int_equal(n, REJECTS_KINDS + 1);
	assert_null(reasons[0].table);
	check_reason(&reasons[0], "8 x other tables: not a whole number");
	rejects_free(&rejects);
	reject_log_free(&log);
}

static void
limits_are_numbers_or_percentages(void **state)
{
	static const struct {
		const char *text;
		RejectLimitKind kind;
		uint64_t number;
	} good[] = {
		{ "0", REJECTS_ROWS, 0 },
		{ "1000", REJECTS_ROWS, 1000 },
		{ "18446744073709551615", REJECTS_ROWS, UINT64_MAX },
		{ "0%", REJECTS_SHARE, 0 },
		{ "5%", REJECTS_SHARE, 50000 },
		{ "0.5%", REJECTS_SHARE, 5000 },
		{ "12.0001%", REJECTS_SHARE, 120001 },
		{ "100%", REJECTS_SHARE, 1000000 },
	};
	static const char *const bad[] = { "", "%", "x", "-1", "+1", " 1", "1 ",
		"1,000", "1.5", "1.%", ".5%", "0.00001%", "101%", "100.0001%",
		"5%%", "5% ", "1e3", "0x10", "18446744073709551616",
		"18446744073709551615%", "1844674407370955162%" };
	RejectLimit limit;
	Error err;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(rejects_parse_limit(good[i].text, &limit, &err));
		assert_int_equal(limit.kind, good[i].kind);
		assert_true((limit.kind == REJECTS_ROWS
				    ? limit.rows
				    : limit.millionths) == good[i].number);
		assert_string_equal(limit.text, good[i].text);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (rejects_parse_limit(bad[i], &limit, &err))
			fail_msg("\"%s\" was taken", bad[i]);
		assert_int_equal(err.kind, ERROR_USAGE);
	}
}

/* Set rows of 100 aside, all in one chunk; true where the limit bears it. */
static bool
try_limit(const char *text, uint64_t expected, uint64_t aside, Error *err)
{
	Rejects rejects = {
		.path = "limited", .schema = &schema, .expected = expected
	};
	RejectPlace place = { .known = true, .rows = 100 };
	DumpSummary summary;
	RejectLog log = { 0 };
	bool ok;

	assert_int_equal(system("rm -rf limited"), 0);
	assert_true(rejects_parse_limit(text, &rejects.limit, err));
	log_rows(&log, &tables[0], aside, "N/A", &not_integer);
	ok = put_rows(&rejects, &tables[0], aside, &log, &place, err) &&
	    rejects_commit(&rejects, &summary, err);
	rejects_free(&rejects);
	reject_log_free(&log);
	assert_int_not_equal(access("limited.partial", F_OK), 0);
	assert_true((access("limited", F_OK) == 0) == (ok && aside > 0));
	return ok;
}

static void
more_rows_than_the_limit_fail_the_run(void **state)
{
	Error err;

	(void)state;
	assert_true(try_limit("0", 0, 0, &err));
	assert_true(try_limit("7", 0, 7, &err));
	assert_false(try_limit("7", 0, 8, &err));
	assert_int_equal(err.kind, ERROR_FAILED);
	assert_string_equal(err.text,
	    "8 rows were set aside, more than --max-rejects=7; most: 8 x "
	    "users.age: not a whole number (first 'N/A' at rowid 10)");
	assert_false(try_limit("0", 0, 1, &err));
	assert_non_null(strstr(err.text, "1 row was set aside"));
	/* Of as many rows as the evidence has, or as have been read. */
	assert_true(try_limit("0.8%", 1000, 0, &err));
	assert_true(try_limit("7%", 0, 7, &err));
	assert_false(try_limit("7%", 0, 8, &err));
	assert_non_null(strstr(err.text,
	    "8 of 100 rows were set aside, more than --max-rejects=7%"));
	assert_false(try_limit("7%", 50, 7, &err));
	assert_non_null(strstr(err.text, "7 of 50 rows were set aside"));
	assert_false(try_limit("0%", 1000, 1, &err));
	assert_true(try_limit("100%", 0, 100, &err));
}

static void
the_default_place_is_beside_the_output(void **state)
{
	static const struct {
		const char *file;
		uint64_t round;
		const char *path;
	} cases[] = {
		{ "-", 0, "litehaul-rejects" },
		{ "app.pg", 0, "app.pg.rejects" },
		{ "app.pg//", 0, "app.pg.rejects" },
		{ "-", 1, "litehaul-rejects-2" },
		{ "app.pg/", 3, "app.pg.rejects-4" },
	};
	Schema source = schema;
	Arena arena = { 0 };
	Error err;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		source.rejects_round = cases[i].round;
		assert_string_equal(
		    rejects_default_path(cases[i].file, &source, &arena, &err),
		    cases[i].path);
	}
	arena_free(&arena);
}

static void
rows_are_not_set_aside_where_they_are_read_or_written(void **state)
{
	Error err;

	(void)state;
	assert_int_equal(system("mkdir read && ln -s read link"), 0);
	assert_true(rejects_begin_check("aside", NULL, "-", &err));
	assert_true(rejects_begin_check("aside", "-", "-", &err));
	assert_true(rejects_begin_check("aside", "read", "out", &err));
	assert_false(rejects_begin_check("-", "read", "out", &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_false(rejects_begin_check("read/", "read", "out", &err));
	assert_non_null(strstr(err.text, "the dump that is read"));
	assert_non_null(strstr(err.text, "--rejects=DIR"));
	assert_false(rejects_begin_check("link", "./read", "out", &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_false(rejects_begin_check("out", "read", "out//", &err));
	assert_non_null(strstr(err.text, "the dump that is written"));
}

/* Set one row of the schema aside, or none. */
static bool
run_once(
    const Schema *source, const char *path, bool aside, bool *stale, Error *err)
{
	Rejects rejects = { .path = path, .schema = source };
	RejectPlace place = { .rows = 1 };
	DumpSummary summary;
	RejectLog log = { 0 };
	bool ok;

	if (aside)
		log_rows(&log, &tables[0], 1, "N/A", &not_integer);
	ok = put_rows(&rejects, &tables[0], aside ? 1 : 0, &log, &place, err) &&
	    rejects_commit(&rejects, &summary, err);
	*stale = rejects.stale;
	rejects_free(&rejects);
	reject_log_free(&log);
	return ok;
}

static void
what_an_earlier_run_left_is_known_and_stays(void **state)
{
	Schema other = schema;
	bool stale;
	Error err;

	(void)state;
	assert_true(run_once(&schema, "old", false, &stale, &err));
	assert_false(stale);
	assert_true(run_once(&schema, "old", true, &stale, &err));
	assert_false(stale);
	assert_true(run_once(&schema, "old", true, &stale, &err));
	assert_true(run_once(&schema, "old", false, &stale, &err));
	assert_true(stale);
	assert_int_equal(access("old/manifest.json", F_OK), 0);
	other.source.name = "other.db";
	assert_true(run_once(&other, "old", false, &stale, &err));
	assert_false(stale);
	assert_false(run_once(&other, "old", true, &stale, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_non_null(strstr(err.text, "--rejects=DIR"));
	assert_non_null(strstr(err.text, "another database"));
}

static void
the_dump_of_rejects_is_one_round_further(void **state)
{
	Schema source = schema;
	DumpReader *dump = NULL;
	bool stale;
	Error err;

	(void)state;
	source.rejects_round = 4;
	assert_true(run_once(&source, "round", true, &stale, &err));
	assert_true(dump_open("round", &dump, &err));
	assert_int_equal(dump_schema(dump)->rejects_round, 5);
	assert_true(rejects_expected_rows(dump, (bool[]){ true, true }) == 1);
	assert_true(rejects_expected_rows(dump, (bool[]){ false, true }) == 0);
	dump_close(dump);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_gives_back_its_lines_in_order),
		cmocka_unit_test(a_log_of_many_rows_stays_small),
		cmocka_unit_test(a_line_says_all_that_is_known),
		cmocka_unit_test(reasons_are_summed_up_most_first),
		cmocka_unit_test(too_many_kinds_count_by_rule_alone),
		cmocka_unit_test(limits_are_numbers_or_percentages),
		cmocka_unit_test(more_rows_than_the_limit_fail_the_run),
		cmocka_unit_test(the_default_place_is_beside_the_output),
		cmocka_unit_test(
		    rows_are_not_set_aside_where_they_are_read_or_written),
		cmocka_unit_test(what_an_earlier_run_left_is_known_and_stays),
		cmocka_unit_test(the_dump_of_rejects_is_one_round_further),
	};
	char command[64];
	int failed;

	if (mkdtemp(directory) == NULL || chdir(directory) != 0)
		abort();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof command, "rm -rf %s", directory);
	if (system(command) != 0)
		abort();
	return failed;
}
