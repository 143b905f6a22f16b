#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/guess.h"
#include "formats/options.h"
#include "formats/pipeline.h"

enum { OWN_ROWS = OPTION_OWN, OWN_EXPLAIN, OWN_HOST };

static const Option rows[] = {
	OPTIONS_OUTPUT_ROWS,
	OPTIONS_SHARED_ROWS,
	{ OWN_ROWS, 0, "rows", "FORMAT",
	    "csv or ndjson\n"
	    "(a second line)" },
	{ OWN_EXPLAIN, 0, "explain", "[=NAME]", "why" },
	{ OWN_HOST, 'h', "host-name-that-is-quite-long", "HOST",
	    "words that go on and on until they are too many for one line "
	    "of a page and must be broken" },
};
static const OptionTable table = {
	.program = "litehaul-test",
	.usage = "[OPTION]... FILE",
	.summary = "Tests.",
	.examples = "  litehaul-test x\n",
	.options = rows,
	.n_options = sizeof(rows) / sizeof(rows[0]),
};

#define ARGUMENTS_LIMIT 16

/* Read a command line (split at blanks; "_" is an empty argument) into
 * "id=value id ..." or the error's text. */
static const char *
parse(const char *line)
{
	static char out[ERROR_TEXT_BYTES];
	static char words[256];
	char *argv[ARGUMENTS_LIMIT];
	OptionReader reader;
	const char *value;
	int argc = 0, id;
	Step step;
	Error err;
	char *at;

	snprintf(words, sizeof(words), "program %s", line);
	for (at = strtok(words, " "); at != NULL; at = strtok(NULL, " "))
		argv[argc++] = strcmp(at, "_") == 0 ? "" : at;
	out[0] = '\0';
	options_begin(&reader, &table, argc, argv);
	while ((step = options_next(&reader, &id, &value, &err)) == STEP_ITEM)
		snprintf(out + strlen(out), sizeof(out) - strlen(out),
		    "%s%d%s%s", out[0] == '\0' ? "" : " ", id,
		    value == NULL ? "" : "=", value == NULL ? "" : value);
	if (step == STEP_FAILED) {
		assert_int_equal(err.kind, ERROR_USAGE);
		snprintf(out, sizeof(out), "%s", err.text);
	}
	return out;
}

static void
options_are_read_in_every_usual_spelling(void **state)
{
	static const struct {
		const char *line, *result;
	} cases[] = {
		{ "", "" },
		{ "a b", "1=a 1=b" },
		{ "-j4", "5=4" },
		{ "-j 4", "5=4" },
		{ "-j=4", "5=4" },
		{ "--jobs=4", "5=4" },
		{ "--jobs 4", "5=4" },
		{ "--jo 4", "5=4" },
		{ "--jobs=", "5=" },
		{ "-qv", "13 12" },
		{ "-qvj4", "13 12 5=4" },
		{ "-qj 4 x", "13 5=4 1=x" },
		{ "x -q y", "1=x 13 1=y" },
		{ "-- -q --jobs", "1=-q 1=--jobs" },
		{ "x -- --", "1=x 1=--" },
		{ "-", "1=-" },
		{ "-f -", "4=-" },
		{ "-f -q", "4=-q" },
		{ "_", "1=" },
		{ "--explain", "101" },
		{ "--explain=a=b", "101=a=b" },
		{ "--explain x", "101 1=x" },
		{ "-?", "2" },
		{ "--h",
		    "option --h could be --help or "
		    "--host-name-that-is-quite-long" },
		{ "--table=x", "6=x" },
		{ "--t=x", "6=x" },
		{ "--dry", "9" },
		{ "--jbos", "unknown option --jbos: did you mean --jobs?" },
		{ "--jbos=3", "unknown option --jbos: did you mean --jobs?" },
		{ "--compres=x", "8=x" },
		{ "--kompress",
		    "unknown option --kompress: did you mean "
		    "--compress?" },
		{ "--frobnicate",
		    "unknown option --frobnicate; litehaul-test "
		    "--help lists them all" },
		{ "--=x",
		    "unknown option --; litehaul-test --help lists them "
		    "all" },
		{ "-x",
		    "unknown option -x; litehaul-test --help lists them "
		    "all" },
		{ "--quiet=yes", "option --quiet takes no value" },
		{ "--jobs", "option --jobs needs a value: N" },
		{ "-qj", "option -j needs a value: N" },
		{ "-h", "option -h needs a value: HOST; for help say --help" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(parse(cases[i].line), cases[i].result);
}

static void
help_is_made_from_the_table(void **state)
{
	char *text = NULL, *line;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	options_print_help(&table, out);
	fclose(out);
	assert_non_null(strstr(text,
	    "Usage: litehaul-test [OPTION]... FILE\nTests.\n\nExamples:\n"
	    "  litehaul-test x\n\nOptions:\n"));
	assert_non_null(strstr(text,
	    "\n  -f, --file=PATH          directory to write (default: a tar "
	    "stream on stdout)\n"));
	assert_non_null(strstr(text,
	    "\n      --rows=FORMAT        csv or ndjson\n"
	    "                           (a second line)\n"));
	assert_non_null(strstr(text, "\n      --explain[=NAME]     why\n"));
	assert_non_null(strstr(text,
	    "\n  -h, --host-name-that-is-quite-long=HOST\n"
	    "                           words that go on and on until they "
	    "are too many for\n"
	    "                           one line of a page and must be "
	    "broken\n"));
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 80);
	free(text);
}

static void
the_version_names_the_format(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	options_print_version(&table, NULL, out);
	options_print_version(&table, "zstd 1.5", out);
	fclose(out);
	assert_string_equal(text,
	    "litehaul-test " LITEHAUL_VERSION " (format 1)\n"
	    "litehaul-test " LITEHAUL_VERSION " (format 1, zstd 1.5)\n");
	free(text);
}

static bool
give(CommonOptions *common, int id, const char *value, Error *err)
{
	bool taken = false;
	bool success = options_common(common, id, value, &taken, err);

	assert_true(taken);
	return success;
}

static void
shared_options_mean_the_same_everywhere(void **state)
{
	CommonOptions common;
	bool taken = true;
	Error err;

	(void)state;
	options_begin_common(&common);
	assert_string_equal(common.file, "-");
	assert_true(common.jobs >= 1 && common.jobs <= pipeline_cores());
	assert_true(give(&common, OPTION_JOBS, "256", &err));
	assert_int_equal(common.jobs, 256);
	assert_false(give(&common, OPTION_JOBS, "0", &err));
	assert_false(give(&common, OPTION_JOBS, "257", &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_false(give(&common, OPTION_FILE, "", &err));
	assert_true(give(&common, OPTION_PROGRESS, "never", &err));
	assert_int_equal(common.report.progress, REPORT_NEVER);
	assert_false(give(&common, OPTION_PROGRESS, "maybe", &err));
	assert_string_equal(err.text,
	    "--progress: \"maybe\" is not one of auto, always, never");
	assert_true(give(&common, OPTION_LOG_FORMAT, "json", &err));
	assert_true(common.report.json);
	assert_false(give(&common, OPTION_LOG_FORMAT, "xml", &err));
	assert_string_equal(
	    err.text, "--log-format: \"xml\" is not one of text, json");
	assert_true(give(&common, OPTION_QUIET, NULL, &err));
	assert_true(give(&common, OPTION_VERBOSE, NULL, &err));
	assert_true(give(&common, OPTION_DRY_RUN, NULL, &err));
	assert_true(common.report.quiet && common.report.verbose);
	assert_true(common.dry_run);
	assert_true(options_common(&common, OWN_ROWS, "x", &taken, &err));
	assert_false(taken);
	options_free_common(&common);
}

static void
compression_depends_on_where_the_dump_goes(void **state)
{
	static const struct {
		const char *file, *compress;
		CompressMethod method;
		int level;
	} cases[] = {
		{ "-", NULL, COMPRESS_NONE, 0 },
		{ "x", NULL, COMPRESS_ZSTD, 3 },
		{ "x", "none", COMPRESS_NONE, 0 },
		{ "-", "zstd:7", COMPRESS_ZSTD, 7 },
	};
	CommonOptions common;
	size_t i;
	Error err;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		options_begin_common(&common);
		if (cases[i].compress != NULL)
			assert_true(give(
			    &common, OPTION_COMPRESS, cases[i].compress, &err));
		assert_true(give(&common, OPTION_FILE, cases[i].file, &err));
		options_end_common(&common);
		assert_int_equal(common.compression.method, cases[i].method);
		assert_int_equal(common.compression.level, cases[i].level);
		options_free_common(&common);
	}
}

static void
tables_are_chosen_by_patterns(void **state)
{
	static const char *const names[] = { "users", "Orders", "order_items",
		"log" };
	static const char *const patterns[] = { "ORDER*", "users", "u?ers", "x",
		"[a-k]*" };
	CommonOptions common;
	size_t i;
	Error err;

	(void)state;
	options_begin_common(&common);
	assert_true(options_want_table(&common, "anything"));
	for (i = 0; i < 3; i++)
		assert_true(give(&common, OPTION_TABLE, patterns[i], &err));
	assert_true(options_want_table(&common, "Orders"));
	assert_true(options_want_table(&common, "order_items"));
	assert_true(options_want_table(&common, "USERS"));
	assert_false(options_want_table(&common, "log"));
	assert_true(give(&common, OPTION_EXCLUDE_TABLE, "*_items", &err));
	assert_false(options_want_table(&common, "order_items"));
	assert_true(options_check_patterns(&common, names, 4, &err));
	assert_true(give(&common, OPTION_EXCLUDE_TABLE, "orderz", &err));
	assert_false(options_check_patterns(&common, names, 4, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_string_equal(err.text,
	    "--exclude-table: no table matches \"orderz\": did you mean "
	    "\"Orders\"?");
	assert_true(give(&common, OPTION_TABLE, "x*", &err));
	assert_false(options_check_patterns(&common, names, 4, &err));
	assert_string_equal(err.text, "--table: no table matches \"x*\"");
	options_free_common(&common);
	assert_true(options_want_table(&common, "log"));
}

static void
sizes_have_units(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = { { "0", 0 }, { "1000000", 1000000 },
		{ "512KiB", 512 << 10 }, { "16MiB", 16 << 20 },
		{ "16m", 16 << 20 }, { "2GB", 2000000000 }, { "7B", 7 },
		{ "18446744073709551615", UINT64_MAX },
		{ "17179869183GiB", UINT64_MAX - (1 << 30) + 1 } };
	static const char *const bad[] = { "", "MiB", "-1", "1.5MiB", "16 MiB",
		"16MiBs", "18446744073709551616", "17179869184GiB", "0x10" };
	uint64_t bytes;
	size_t i;
	Error err;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(options_parse_size(
		    "--chunk-size", good[i].text, &bytes, &err));
		assert_true(bytes == good[i].bytes);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(
		    options_parse_size("--chunk-size", bad[i], &bytes, &err));
		assert_int_equal(err.kind, ERROR_USAGE);
	}
}

static void
numbers_have_a_range(void **state)
{
	static const char *const bad[] = { "", "2", "11", "x", "3x", "+3", "-3",
		" 3", "99999999999999999999" };
	uint64_t value;
	size_t i;
	Error err;

	(void)state;
	assert_true(options_parse_number("-x", "3", 3, 10, &value, &err));
	assert_int_equal(value, 3);
	assert_true(options_parse_number("-x", "010", 3, 10, &value, &err));
	assert_int_equal(value, 10);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(
		    options_parse_number("-x", bad[i], 3, 10, &value, &err));
	assert_string_equal(err.text,
	    "-x: \"99999999999999999999\" is not a number from 3 to 10");
}

static void
what_may_be_given_once_is_kept(void **state)
{
	const char *dump = NULL;
	Error err;

	(void)state;
	assert_true(options_take_once(&dump, "one", "dump", &err));
	assert_string_equal(dump, "one");
	assert_false(options_take_once(&dump, "two", "dump", &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_string_equal(
	    err.text, "one dump at a time: \"two\" is one too many");
	assert_string_equal(dump, "one");
}

static void
a_guess_is_near_or_none(void **state)
{
	char text[100];
	Guess guess = { .text = text, .size = 99 };

	(void)state;
	memset(text, 'x', sizeof(text));
	guess_offer(&guess, "xxx");
	assert_null(guess_best(&guess));
	guess = (Guess){ .text = "tabel", .size = 5 };
	assert_null(guess_best(&guess));
	guess_offer(&guess, "column");
	assert_null(guess_best(&guess));
	guess_offer(&guess, "table");
	guess_offer(&guess, "tabs");
	assert_string_equal(guess_best(&guess), "table");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_read_in_every_usual_spelling),
		cmocka_unit_test(help_is_made_from_the_table),
		cmocka_unit_test(the_version_names_the_format),
		cmocka_unit_test(shared_options_mean_the_same_everywhere),
		cmocka_unit_test(compression_depends_on_where_the_dump_goes),
		cmocka_unit_test(tables_are_chosen_by_patterns),
		cmocka_unit_test(sizes_have_units),
		cmocka_unit_test(numbers_have_a_range),
		cmocka_unit_test(what_may_be_given_once_is_kept),
		cmocka_unit_test(a_guess_is_near_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
