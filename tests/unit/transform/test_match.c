#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transform/match.h"
#include "transform/match_names.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Evidence of n values of one class that fit one hypothesis. */
#define INTEGERS(n, min, max)                                \
	.classes[VALUE_INTEGER] = (n), .integer_min = (min), \
	.integer_max = (max), .fits[FITS_BIGINT] = (n),      \
	.fits[FITS_NUMERIC] = (n), .fits[FITS_DOUBLE] = (n), \
	.first = { .row = 1 }
#define TEXTS(n, length)                                         \
	.classes[VALUE_TEXT] = (n), .text_bytes_max = (length),  \
	.text_characters_max = (length), .fits[FITS_TEXT] = (n), \
	.first = { .row = 1 }
#define COUNTER(value)                                                         \
	{                                                                      \
		.row = 3, .has_rowid = true, .rowid = 17, .class = VALUE_TEXT, \
		.text = (value)                                                \
	}

/* One column on its way into another, and what is said of it. */
typedef struct {
	const char *title;
	Column column; /* name is "c" where it is not given */
	ColumnProfile profile;
	TargetColumn to; /* likewise; type_sql says the type */
	const MappingColumn *mapped;
	const MappingTable *entry; /* instead of one with mapped alone */
	const char *problem;       /* part of it; NULL: there is none */
	const char *note;          /* likewise */
	Conversion conversion;
	bool without_evidence;
} ColumnCase;

typedef struct {
	Schema source;
	Table table;
	Column column;
	Profile profile;
	TableProfile rows;
	ColumnProfile evidence;
	Target target;
	TargetTable to;
	TargetColumn place;
	Mapping mapping;
	MappingTable entry;
	const MappingTable *found;
	MappingColumn mapped;
} Scene;

static void
set_scene(const ColumnCase *one, Scene *scene, MatchInput *input)
{
	*scene = (Scene){ .column = one->column,
		.evidence = one->profile,
		.place = one->to };
	if (scene->column.name == NULL)
		scene->column.name = "c";
	if (scene->column.declared == NULL)
		scene->column.declared = "";
	if (scene->place.name == NULL)
		scene->place.name = "c";
	target_set_type(&scene->place, scene->place.type_sql);
	scene->table = (Table){ .name = "t",
		.rowid_column = -1,
		.columns = &scene->column,
		.n_columns = 1 };
	scene->source = (Schema){ .tables = &scene->table, .n_tables = 1 };
	scene->rows = (TableProfile){
		.rows = 1, .columns = &scene->evidence, .n_columns = 1
	};
	scene->profile = (Profile){ .tables = &scene->rows, .n_tables = 1 };
	scene->to = (TargetTable){ .namespace = "public",
		.name = "t",
		.columns = &scene->place,
		.n_columns = 1 };
	scene->target = (Target){ .server = "15",
		.namespace = "public",
		.tables = &scene->to,
		.n_tables = 1 };
	if (one->entry != NULL)
		scene->entry = *one->entry;
	scene->entry.name = "t";
	if (one->mapped != NULL) {
		scene->mapped = *one->mapped;
		scene->mapped.name = scene->column.name;
		scene->entry.columns = &scene->mapped;
		scene->entry.n_columns = 1;
	}
	scene->found = &scene->entry;
	scene->mapping = (Mapping){ .path = "m.yaml",
		.tables = &scene->entry,
		.n_tables = 1,
		.found = &scene->found,
		.n_named = 1 };
	*input = (MatchInput){ .source = &scene->source,
		.profile = one->without_evidence ? NULL : &scene->profile,
		.target = &scene->target };
	if (one->mapped != NULL || one->entry != NULL)
		input->mapping = &scene->mapping;
}

static void
match_or_fail(const MatchInput *input, Match *match)
{
	Error err;

	if (!match_tables(input, match, &err))
		fail_msg("%s", err.text);
}

static bool
says(const char **texts, size_t n, const char *part)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(texts[i], part) != NULL)
			return true;
	return false;
}

static void
print_texts(const char *what, const char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		print_message("  %s: %s\n", what, texts[i]);
}

static void
check_case(const ColumnCase *one)
{
	MatchInput input;
	Match match = { 0 };
	Scene scene;
	bool good;

	set_scene(one, &scene, &input);
	match_or_fail(&input, &match);
	good = match.n_problems == (one->problem == NULL ? 0u : 1u) &&
	    (one->problem == NULL ||
		says(match.problems, match.n_problems, one->problem)) &&
	    (one->note == NULL ? match.n_notes == 0 || one->problem != NULL
			       : says(match.notes, match.n_notes, one->note)) &&
	    (one->problem != NULL ||
		match.tables[0].rules[0].conversion == one->conversion);
	if (!good) {
		print_texts("problem", match.problems, match.n_problems);
		print_texts("note", match.notes, match.n_notes);
		fail_msg("%s", one->title);
	}
	match_free(&match);
}

static void
check_cases(const ColumnCase *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_case(&cases[i]);
}

static const ColumnCase number_cases[] = {
	{ .title = "flags fit boolean",
	    .profile = { INTEGERS(9, 0, 1), .fits[FITS_BOOLEAN] = 9 },
	    .to.type_sql = "boolean" },
	{ .title = "numbers do not fit boolean",
	    .profile = { INTEGERS(9, 0, 2), .fits[FITS_BOOLEAN] = 8,
		.counter[FITS_BOOLEAN] = { .row = 2,
		    .has_rowid = true,
		    .rowid = 5,
		    .class = VALUE_INTEGER,
		    .text = "2" } },
	    .to.type_sql = "boolean",
	    .problem = "t.c -> public.t.c boolean: 1 of 9 values does not "
		       "fit, first '2' (integer) at rowid 5; take every "
		       "number but 0 as true with using: truth" },
	{ .title = "texts do not fit integer",
	    .profile = { TEXTS(3, 3), .fits[FITS_BIGINT] = 0,
		.counter[FITS_BIGINT] = COUNTER("N/A") },
	    .to.type_sql = "integer",
	    .problem = "3 of 3 values do not fit, first 'N/A' (text) at "
		       "rowid 17; map it (using:" },
	{ .title = "the largest integer fits",
	    .profile = { INTEGERS(2, INT32_MIN, INT32_MAX) },
	    .to.type_sql = "integer" },
	{ .title = "one more does not",
	    .profile = { INTEGERS(2, 0, (int64_t)INT32_MAX + 1) },
	    .to.type_sql = "integer",
	    .problem = "the integers run from 0 to 2147483648" },
	{ .title = "one less does not",
	    .profile = { INTEGERS(2, (int64_t)INT32_MIN - 1, 0) },
	    .to.type_sql = "integer",
	    .problem = "the integers run from -2147483649" },
	{ .title = "the largest smallint fits",
	    .profile = { INTEGERS(2, INT16_MIN, INT16_MAX) },
	    .to.type_sql = "smallint" },
	{ .title = "one more than a smallint does not",
	    .profile = { INTEGERS(2, 0, INT16_MAX + 1) },
	    .to.type_sql = "smallint",
	    .problem = "run from 0 to 32768" },
	{ .title = "numbers in text fit bigint",
	    .profile = { TEXTS(2, 19), .fits[FITS_BIGINT] = 2 },
	    .to.type_sql = "bigint" },
	{ .title = "short numbers in text fit integer",
	    .profile = { TEXTS(2, 9), .fits[FITS_BIGINT] = 2,
		.integral_digits_max = 9 },
	    .to.type_sql = "integer" },
	{ .title = "longer ones may",
	    .profile = { TEXTS(2, 10), .fits[FITS_BIGINT] = 2,
		.integral_digits_max = 10 },
	    .to.type_sql = "integer",
	    .note = "each value is checked" },
	{ .title = "whole reals fit by their range",
	    .profile = { .classes[VALUE_REAL] = 2,
		.real_min = -5,
		.real_max = 70000,
		.fits[FITS_BIGINT] = 2,
		.first = { .row = 1 } },
	    .to.type_sql = "integer" },
	{ .title = "whole reals may be too large",
	    .profile = { .classes[VALUE_REAL] = 2,
		.real_min = -5,
		.real_max = 70000,
		.fits[FITS_BIGINT] = 2,
		.first = { .row = 1 } },
	    .to.type_sql = "smallint",
	    .problem = "t.c -> public.t.c smallint: " },
	{ .title = "numeric takes what it has digits for",
	    .column.affinity = AFFINITY_NUMERIC,
	    .profile = { TEXTS(4, 7), .fits[FITS_NUMERIC] = 4,
		.integral_digits_max = 5, .scale_max = 2 },
	    .to.type_sql = "numeric(7,2)" },
	{ .title = "numeric is too narrow",
	    .column.affinity = AFFINITY_NUMERIC,
	    .profile = { TEXTS(4, 7), .fits[FITS_NUMERIC] = 4,
		.integral_digits_max = 5, .scale_max = 3 },
	    .to.type_sql = "numeric(7,2)",
	    .problem = "up to 5 before the point and 3 behind it); round with "
		       "value: \"round(c, 2)\"" },
	{ .title = "digits of reals may not be known",
	    .column.affinity = AFFINITY_REAL,
	    .profile = { .classes[VALUE_REAL] = 2,
		.fits[FITS_NUMERIC] = 2,
		.first = { .row = 1 } },
	    .to.type_sql = "numeric(7,2)",
	    .note = "rows with one that does not fit are set aside" },
	{ .title = "small integers are floats",
	    .profile = { INTEGERS(2, -16777216, 16777216) },
	    .to.type_sql = "real" },
	{ .title = "larger ones may be",
	    .profile = { INTEGERS(2, 0, 16777217) },
	    .to.type_sql = "real",
	    .note = "each value is checked" },
	{ .title = "numbers are text",
	    .profile = { INTEGERS(2, -1, 99) },
	    .to.type_sql = "text" },
	{ .title = "numbers are varchar that is long enough",
	    .profile = { INTEGERS(2, -99, 100) },
	    .to.type_sql = "character varying(3)" },
	{ .title = "the sign counts",
	    .profile = { INTEGERS(2, -100, 99) },
	    .to.type_sql = "character varying(3)",
	    .problem = "run from -100 to 99" },
	{ .title = "numbers are no bytes",
	    .profile = { INTEGERS(2, 1, 2) },
	    .to.type_sql = "bytea",
	    .problem = "2 values are numbers" },
};

static void
numbers_go_where_they_fit(void **state)
{
	(void)state;
	check_cases(number_cases, COUNT(number_cases));
}

static const char *statuses[] = { "open", "closed" };

static const ColumnCase text_cases[] = {
	{ .title = "text as long as it may be",
	    .profile = { TEXTS(2, 20) },
	    .to.type_sql = "character varying(20)" },
	{ .title = "text that is too long",
	    .profile = { TEXTS(2, 21) },
	    .to.type_sql = "character varying(20)",
	    .problem = "the longest value has 21 characters; cut with value: "
		       "\"substr(c, 1, 20)\"" },
	{ .title = "blobs are no text",
	    .profile = { .classes[VALUE_BLOB] = 2, .first = { .row = 1 } },
	    .to.type_sql = "text",
	    .problem = "2 of 2 values do not fit" },
	{ .title = "text with a NUL",
	    .profile = { .classes[VALUE_TEXT] = 2,
		.fits[FITS_TEXT] = 1,
		.nul = 1,
		.first = { .row = 1 } },
	    .to.type_sql = "text",
	    .problem = "text_nul: strip" },
	{ .title = "text goes into bytea as its bytes",
	    .profile = { TEXTS(2, 5) },
	    .to.type_sql = "bytea",
	    .note = "using: hex or base64" },
	{ .title = "JSON fits",
	    .profile = { TEXTS(2, 5), .fits[FITS_JSONB] = 2 },
	    .to.type_sql = "jsonb" },
	{ .title = "all that is no JSON is empty",
	    .profile = { TEXTS(5, 5), .fits[FITS_JSONB] = 3, .empty = 2,
		.counter[FITS_JSONB] = COUNTER("") },
	    .to.type_sql = "jsonb",
	    .problem = "2 of 5 values do not fit, first '' (text) at rowid "
		       "17; they are empty texts: make them NULL with value: "
		       "\"nullif(c, '')\"" },
	{ .title = "a scalar that was not looked at may be JSON",
	    .profile = { TEXTS(5, 5), .fits[FITS_JSONB] = 3,
		.counter[FITS_JSONB] = COUNTER("\"x\"") },
	    .to.type_sql = "jsonb",
	    .note = "each value is checked" },
	{ .title = "where JSON is declared it was looked at",
	    .column.declared = "JSON",
	    .profile = { TEXTS(5, 5), .fits[FITS_JSONB] = 3,
		.counter[FITS_JSONB] = COUNTER("{]") },
	    .to.type_sql = "jsonb",
	    .problem = "2 of 5 values do not fit, first '{]'" },
	{ .title = "blobs of 16 bytes are UUIDs",
	    .profile = { .classes[VALUE_BLOB] = 2,
		.fits[FITS_UUID] = 2,
		.first = { .row = 1 } },
	    .to.type_sql = "uuid",
	    .note = "uuid_blob_le" },
	{ .title = "labels cannot be checked",
	    .profile = { TEXTS(2, 6) },
	    .to = { .type_sql = "status", .labels = statuses, .n_labels = 2 },
	    .note = "labels of the enum" },
	{ .title = "what is longer than any label is none",
	    .profile = { TEXTS(2, 7) },
	    .to = { .type_sql = "status", .labels = statuses, .n_labels = 2 },
	    .problem = "a value has 7 bytes, the longest label 6" },
	{ .title = "the first value shows it",
	    .profile = { .classes[VALUE_TEXT] = 2,
		.text_bytes_max = 6,
		.first = COUNTER("Open") },
	    .to = { .type_sql = "status", .labels = statuses, .n_labels = 2 },
	    .problem = "'Open' (text) at rowid 17 is no label of the enum" },
	{ .title = "the empty text is seldom a label",
	    .profile = { .classes[VALUE_TEXT] = 2,
		.text_bytes_max = 6,
		.first = COUNTER("open"),
		.odd_first[ODD_EMPTY] = COUNTER("") },
	    .to = { .type_sql = "status", .labels = statuses, .n_labels = 2 },
	    .problem = "'' (text) at rowid 17 is no label" },
	{ .title = "numbers are no labels",
	    .profile = { INTEGERS(2, 0, 1) },
	    .to = { .type_sql = "status", .labels = statuses, .n_labels = 2 },
	    .problem = "values: { 0: ..., 1: ... }" },
	{ .title = "JSON arrays become arrays",
	    .profile = { TEXTS(2, 9), .fits[FITS_JSON] = 2, .json_arrays = 2 },
	    .to = { .type_sql = "text[]", .array = true },
	    .conversion = CONVERSION_JSON_ARRAY },
	{ .title = "JSON objects do not",
	    .profile = { TEXTS(2, 9), .fits[FITS_JSON] = 2, .json_objects = 2 },
	    .to = { .type_sql = "text[]", .array = true },
	    .problem = "not all JSON arrays" },
	{ .title = "PostgreSQL's own arrays go as they are",
	    .profile = { TEXTS(2, 9), .counter[FITS_JSON] = COUNTER("{a,b}") },
	    .to = { .type_sql = "text[]", .array = true },
	    .note = "as PostgreSQL writes arrays" },
	{ .title = "lists with commas do not",
	    .profile = { TEXTS(2, 9), .counter[FITS_JSON] = COUNTER("a,b") },
	    .to = { .type_sql = "text[]", .array = true },
	    .problem = "using: json_array" },
	{ .title = "the server reads what is not known here",
	    .profile = { TEXTS(2, 9) },
	    .to.type_sql = "inet",
	    .note = "for the server to read" },
	{ .title = "bare numbers are no intervals",
	    .profile = { INTEGERS(2, 1, 9000000) },
	    .to.type_sql = "interval",
	    .problem = "the values are numbers, and of what is not known" },
	{ .title = "but no blobs",
	    .profile = { .classes[VALUE_BLOB] = 2, .first = { .row = 1 } },
	    .to.type_sql = "inet",
	    .problem = "2 values are blobs" },
	{ .title = "no value is no news",
	    .profile = { .classes[VALUE_NULL] = 7 },
	    .to.type_sql = "boolean" },
	{ .title = "NULLs need a column that takes them",
	    .profile = { TEXTS(2, 3), .classes[VALUE_NULL] = 1 },
	    .to = { .type_sql = "text", .not_null = true },
	    .problem = "1 of 3 values is NULL, and the column is NOT NULL; "
		       "give it another with value: \"coalesce(c, ...)\"" },
	{ .title = "odd names are quoted",
	    .column.name = "due \"date\"",
	    .profile = { TEXTS(2, 3), .classes[VALUE_NULL] = 1 },
	    .to = { .name = "due \"date\"",
		.type_sql = "text",
		.not_null = true },
	    .problem = "\"coalesce(\\\"due \\\"\\\"date\\\"\\\"\\\", ...)\"" },
	{ .title = "words of the language are quoted",
	    .column.name = "Order",
	    .profile = { TEXTS(2, 3), .classes[VALUE_NULL] = 1 },
	    .to = { .name = "Order", .type_sql = "text", .not_null = true },
	    .problem = "\"coalesce(\\\"Order\\\", ...)\"" },
	{ .title = "controls do not reach a terminal",
	    .column.name = "a\n\x1b[1m\xc2\x9b",
	    .profile = { TEXTS(2, 9) },
	    .to = { .name = "a\n\x1b[1m\xc2\x9b", .type_sql = "boolean" },
	    .problem = "t.a\\x0a\\x1b[1m\\x9b -> " },
};

static void
texts_go_where_they_fit(void **state)
{
	(void)state;
	check_cases(text_cases, COUNT(text_cases));
}

/* 2024-01-01 and 2025-01-01 in seconds. */
#define S_FIRST INT64_C(1704067200)
#define S_LAST  INT64_C(1735689600)

static const ColumnCase time_cases[] = {
	{ .title = "naive text gets a zone",
	    .profile = { TEXTS(2, 19), .fits[FITS_TIMESTAMP] = 2, .naive = 2 },
	    .to.type_sql = "timestamp with time zone",
	    .note = "times without a zone are read as UTC in 1 column" },
	{ .title = "zoned text has one",
	    .profile = { TEXTS(2, 20), .fits[FITS_TIMESTAMP] = 2, .zoned = 2 },
	    .to.type_sql = "timestamp with time zone" },
	{ .title = "naive text is a timestamp",
	    .profile = { TEXTS(2, 19), .fits[FITS_TIMESTAMP] = 2, .naive = 2 },
	    .to.type_sql = "timestamp without time zone" },
	{ .title = "zoned text is none",
	    .profile = { TEXTS(2, 20), .fits[FITS_TIMESTAMP] = 2, .naive = 1,
		.zoned = 1 },
	    .to.type_sql = "timestamp without time zone",
	    .problem = "1 value has a time zone, which the type cannot keep; "
		       "make them UTC with value: \"strftime('%Y-%m-%d "
		       "%H:%M:%f', c)\"" },
	{ .title = "ticks have a digit too many",
	    .profile = { TEXTS(2, 27), .fits[FITS_TIMESTAMP] = 1, .naive = 1,
		.counter[FITS_TIMESTAMP] =
		    COUNTER("2024-05-01 10:00:00.1234567") },
	    .to.type_sql = "timestamp with time zone",
	    .problem = "value: \"substr(c, 1, 26)\"" },
	{ .title = "ticks may have a zone behind them",
	    .profile = { TEXTS(2, 33), .fits[FITS_TIMESTAMP] = 1, .zoned = 1,
		.counter[FITS_TIMESTAMP] =
		    COUNTER("2024-05-01 10:00:00.1234567+02:00") },
	    .to.type_sql = "timestamp with time zone",
	    .problem = "value: \"substr(c, 1, 26) || substr(c, 28)\"" },
	{ .title = "a time of day is more than a date",
	    .profile = { TEXTS(2, 19), .fits[FITS_TIMESTAMP] = 2, .naive = 2,
		.counter[FITS_DATE] = COUNTER("2024-05-01 10:00:00") },
	    .to.type_sql = "date",
	    .problem = "drop the time of day with value: \"date(c)\"" },
	{ .title = "milliseconds are rounded",
	    .profile = { TEXTS(2, 26), .fits[FITS_TIMESTAMP] = 2, .naive = 2 },
	    .to.type_sql = "timestamp(3) without time zone",
	    .note = "the server rounds seconds to 3 digits" },
	{ .title = "short text has no more digits",
	    .profile = { TEXTS(2, 23), .fits[FITS_TIMESTAMP] = 2, .naive = 2 },
	    .to.type_sql = "timestamp(3) without time zone" },
	{ .title = "one way to count",
	    .profile = { INTEGERS(2, S_FIRST * 1000, S_LAST * 1000),
		.fits[FITS_UNIX_MS] = 2 },
	    .to.type_sql = "timestamp(3) without time zone",
	    .conversion = CONVERSION_UNIX_MS,
	    .note = "Unix milliseconds (2024 to 2025) (using: unix_ms)" },
	{ .title = "two ways to count",
	    .profile = { INTEGERS(2, S_FIRST, S_LAST), .fits[FITS_UNIX_S] = 2,
		.fits[FITS_COCOA] = 2 },
	    .to.type_sql = "timestamp with time zone",
	    .problem = "say which with using: unix_s or cocoa" },
	{ .title = "one way, but not for all",
	    .profile = { INTEGERS(9, 0, S_LAST * 1000),
		.fits[FITS_UNIX_MS] = 8 },
	    .to.type_sql = "timestamp with time zone",
	    .problem = "but not all of them; say which with using: unix_ms" },
	{ .title = "days are left to people",
	    .profile = { INTEGERS(2, S_FIRST * 1000, S_LAST * 1000),
		.fits[FITS_UNIX_MS] = 2 },
	    .to.type_sql = "date",
	    .problem = "using: unix_ms" },
	{ .title = "no way to count",
	    .profile = { INTEGERS(2, 1, 9) },
	    .to.type_sql = "timestamp with time zone",
	    .problem = "no known way to count time" },
	{ .title = "integers without evidence",
	    .column = { .declared = "INTEGER", .affinity = AFFINITY_INTEGER },
	    .to.type_sql = "timestamp with time zone",
	    .without_evidence = true,
	    .problem = "without evidence none is known" },
	{ .title = "dates without evidence",
	    .column = { .declared = "DATETIME", .affinity = AFFINITY_NUMERIC },
	    .to.type_sql = "timestamp with time zone",
	    .without_evidence = true,
	    .note = "the dump has no evidence" },
};

static void
moments_are_never_guessed(void **state)
{
	(void)state;
	check_cases(time_cases, COUNT(time_cases));
}

static const RuleValue good_values[] = { { "0", "open" }, { "1", NULL } };
static const RuleValue bad_values[] = { { "0", "opne" } };

static const MappingColumn
    use_unix_s = { .conversion = CONVERSION_UNIX_S, .place = { 7, 3 } },
    say_bigint = { .has_type = true,
	    .type = { .name = TYPE_BIGINT },
	    .place = { 7, 3 } },
    say_text = { .has_type = true, .place = { 7, 3 } },
    reject_here = { .defaults = { .has_policy = true } },
    null_here = { .defaults = { .has_policy = true, .policy = POLICY_NULL } },
    stop_here = { .defaults = { .has_policy = true, .policy = POLICY_STOP } },
    map_good = { .values = good_values, .n_values = 2, .place = { 7, 3 } },
    map_bad = { .values = bad_values, .n_values = 1, .place = { 7, 3 } },
    make_value = { .value = "upper(c)" };
static const MappingTable only_some = { .where = "c IS NOT NULL" };

#define NO_FLAGS                                                  \
	.profile = { INTEGERS(9, 0, 2), .classes[VALUE_NULL] = 2, \
		.fits[FITS_BOOLEAN] = 8 }

static const ColumnCase mapped_cases[] = {
	{ .title = "a conversion is believed",
	    .profile = { INTEGERS(2, S_FIRST, S_LAST) },
	    .to.type_sql = "timestamp with time zone",
	    .mapped = &use_unix_s,
	    .conversion = CONVERSION_UNIX_S },
	{ .title = "unless it gives another type",
	    .profile = { INTEGERS(2, S_FIRST, S_LAST) },
	    .to.type_sql = "boolean",
	    .mapped = &use_unix_s,
	    .problem = "m.yaml:7:3: using: unix_s gives " },
	{ .title = "a type that goes into the target's is none the worse",
	    NO_FLAGS,
	    .to.type_sql = "numeric",
	    .mapped = &say_bigint },
	{ .title = "one that does not is a contradiction",
	    NO_FLAGS,
	    .to.type_sql = "integer",
	    .mapped = &say_bigint,
	    .problem = "type: bigint does not go into integer" },
	{ .title = "text goes where the server reads it",
	    .profile = { TEXTS(2, 9) },
	    .to.type_sql = "inet",
	    .mapped = &say_text },
	{ .title = "a value is believed, NULLs and all",
	    NO_FLAGS,
	    .to = { .type_sql = "boolean", .not_null = true },
	    .mapped = &make_value },
	{ .title = "a policy of the column is an answer",
	    NO_FLAGS,
	    .to.type_sql = "boolean",
	    .mapped = &reject_here,
	    .note = "1 of 9 values does not fit; the mapping says" },
	{ .title = "so is NULL",
	    NO_FLAGS,
	    .to.type_sql = "boolean",
	    .mapped = &null_here,
	    .note = "the mapping says" },
	{ .title = "but not where there can be none",
	    .profile = { INTEGERS(9, 0, 2), .fits[FITS_BOOLEAN] = 8 },
	    .to = { .type_sql = "boolean", .not_null = true },
	    .mapped = &null_here,
	    .problem = "1 of 9 values does not fit" },
	{ .title = "stopping is better done now",
	    NO_FLAGS,
	    .to.type_sql = "boolean",
	    .mapped = &stop_here,
	    .problem = "1 of 9 values does not fit" },
	{ .title = "rows that do not fit may not be wanted",
	    .profile = { TEXTS(2, 3), .classes[VALUE_NULL] = 1 },
	    .to = { .type_sql = "text", .not_null = true },
	    .entry = &only_some,
	    .note = "1 of 3 values is NULL" },
	{ .title = "a value map gives labels",
	    .profile = { INTEGERS(2, 0, 1) },
	    .to = { .type_sql = "status", .labels = statuses, .n_labels = 2 },
	    .mapped = &map_good },
	{ .title = "or something near",
	    .profile = { INTEGERS(2, 0, 1) },
	    .to = { .type_sql = "status", .labels = statuses, .n_labels = 2 },
	    .mapped = &map_bad,
	    .problem = "did you mean 'open'?" },
	{ .title = "a value map gives no NULL where none may be",
	    .profile = { INTEGERS(2, 0, 1) },
	    .to = { .type_sql = "status",
		.labels = statuses,
		.n_labels = 2,
		.not_null = true },
	    .mapped = &map_good,
	    .problem = "values gives NULL" },
};

static void
what_the_mapping_says_is_believed_or_contradicted(void **state)
{
	(void)state;
	check_cases(mapped_cases, COUNT(mapped_cases));
}

static void
labels_are_sorted_for_the_rule(void **state)
{
	const ColumnCase one = { .profile = { TEXTS(2, 6) },
		.to = { .type_sql = "status",
		    .labels = statuses,
		    .n_labels = 2,
		    .not_null = true } };
	MatchInput input;
	Match match = { 0 };
	const Rule *rule;
	Scene scene;

	(void)state;
	set_scene(&one, &scene, &input);
	match_or_fail(&input, &match);
	rule = &match.tables[0].rules[0];
	assert_int_equal(rule->type.name, TYPE_TEXT);
	assert_true(rule->not_null);
	assert_int_equal(rule->n_labels, 2);
	assert_string_equal(rule->labels[0], "closed");
	assert_string_equal(rule->labels[1], "open");
	assert_string_equal(statuses[0], "open");
	match_free(&match);
}

typedef struct {
	const char *source, *renamed;
	const char *targets[4]; /* up to NULL */
	int target;
	MatchNamesRule rule;
} NameCase;

static const NameCase name_cases[] = {
	{ "Users", NULL, { "users", "Users" }, 1, MATCH_NAMES_SAME },
	{ "USERS", NULL, { "users", "Users" }, 0, MATCH_NAMES_FOLDED },
	{ "createdAt", NULL, { "CreatedAt", "created_at" }, 1,
	    MATCH_NAMES_SNAKE },
	{ "created_at", NULL, { "createdAt" }, 0, MATCH_NAMES_LOOSE },
	{ "order notes", NULL, { "OrderNotes" }, 0, MATCH_NAMES_LOOSE },
	{ "created_at", NULL, { "createdAt", "CreatedAt" }, -1, 0 },
	{ "a", "b", { "a", "B" }, -1, 0 },
	{ "a", "b", { "a", "b" }, 1, MATCH_NAMES_RENAMED },
	{ "User", NULL, { "users" }, 0, MATCH_NAMES_RELATED },
	{ "categories", NULL, { "Category" }, 0, MATCH_NAMES_RELATED },
	{ "address", NULL, { "addresses" }, 0, MATCH_NAMES_RELATED },
	{ "post", NULL, { "blog_post" }, 0, MATCH_NAMES_RELATED },
	{ "post", NULL, { "blog_post", "posts" }, -1, 0 },
	{ "post", NULL, { "compost" }, -1, 0 },
	{ "", NULL, { "a" }, -1, 0 },
	{ "_", NULL, { "-" }, -1, 0 },
};

static void
names_are_found_by_the_strictest_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(name_cases); i++) {
		const NameCase *one = &name_cases[i];
		MatchName name = { .name = one->source,
			.renamed = one->renamed };
		MatchTarget targets[4] = { 0 };
		Error err;
		size_t n = 0;

		for (; n < 4 && one->targets[n] != NULL; n++)
			targets[n].name = one->targets[n];
		assert_true(match_names_pair(
		    &name, 1, targets, n, MATCH_NAMES_RELATED, &err));
		if (name.target != one->target ||
		    (name.target >= 0 && name.rule != one->rule))
			fail_msg("%s: %d by %d", one->source, name.target,
			    (int)name.rule);
	}
}

static void
a_strict_match_leaves_nothing_for_a_looser_one(void **state)
{
	MatchName names[] = { { .name = "created_at" }, { .name = "createdAt" },
		{ .name = "CREATEDAT" } };
	const MatchTarget targets[] = { { NULL, "createdAt" } };
	Error err;

	(void)state;
	assert_true(
	    match_names_pair(names, 3, targets, 1, MATCH_NAMES_LOOSE, &err));
	assert_int_equal(names[0].target, -1);
	assert_int_equal(names[1].target, 0);
	assert_int_equal(names[1].rival, -1);
	assert_int_equal(names[2].target, -1);
}

static void
equals_are_rivals(void **state)
{
	MatchName names[] = { { .name = "Created_At" },
		{ .name = "created_at" } };
	const MatchTarget targets[] = { { NULL, "createdAt" } };
	Error err;

	(void)state;
	assert_true(
	    match_names_pair(names, 2, targets, 1, MATCH_NAMES_LOOSE, &err));
	assert_int_equal(names[0].rival, 1);
	assert_int_equal(names[1].rival, 0);
}

/* Whatever the names are: each target has one owner, or owners that know of
 * one another. */
static void
no_target_has_two_owners_that_do_not_know(void **state)
{
	static const char *const parts[] = { "a", "A", "_", "s", "b" };
	unsigned seed = 20261121;
	char texts[12][5];
	MatchTarget targets[6];
	MatchName names[6];
	Error err;

	(void)state;
	print_message("seed %u\n", seed);
	for (int round = 0; round < 5000; round++) {
		for (int i = 0; i < 12; i++) {
			texts[i][0] = '\0';
			for (int k = 0; k < 4; k++)
				strncat(texts[i],
				    parts[(size_t)rand_r(&seed) % 5],
				    sizeof texts[i] - strlen(texts[i]) - 1);
		}
		for (int i = 0; i < 6; i++) {
			names[i] = (MatchName){ .name = texts[i] };
			targets[i] = (MatchTarget){ .name = texts[i + 6] };
		}
		assert_true(match_names_pair(
		    names, 6, targets, 6, MATCH_NAMES_RELATED, &err));
		for (int i = 0; i < 6; i++)
			for (int k = 0; k < i; k++)
				if (names[i].target >= 0 &&
				    names[i].target == names[k].target)
					assert_true(names[i].rival >= 0 &&
					    names[k].rival >= 0);
	}
}

/* A shop: two tables of the dump, four of the target. */
static Column order_columns[] = { { .name = "id", .declared = "INTEGER" },
	{ .name = "customerId", .declared = "INTEGER" },
	{ .name = "legacy", .declared = "TEXT" },
	{ .name = "unused", .declared = "TEXT" },
	{ .name = "total", .declared = "TEXT" } };
static Table shop_tables[] = {
	{ .name = "Orders",
	    .rowid_column = 0,
	    .columns = order_columns,
	    .n_columns = 5 },
	{ .name = "gone", .columns = order_columns, .n_columns = 1 },
	{ .name = "empty", .columns = order_columns, .n_columns = 1 },
	{ .name = "django_migrations",
	    .columns = order_columns,
	    .n_columns = 1 },
};
static ColumnProfile order_profiles[] = { { INTEGERS(3, 1, 3) },
	{ INTEGERS(3, 1, 3) }, { TEXTS(3, 3) }, { .classes[VALUE_NULL] = 3 },
	{ TEXTS(3, 3) } };
static ColumnProfile id_profiles[] = { { INTEGERS(3, 1, 3) } };
static ColumnProfile no_profiles[1];
static TableProfile shop_profiles[] = {
	{ .rows = 3, .columns = order_profiles, .n_columns = 5 },
	{ .rows = 3, .columns = id_profiles, .n_columns = 1 },
	{ .rows = 0, .columns = no_profiles, .n_columns = 1 },
	{ .rows = 3, .columns = id_profiles, .n_columns = 1 },
};

#define KNOWN_TEXT .type_sql = "text", .known = true

static TargetColumn target_columns[] = { { .name = "id",
					     .type_sql = "bigint",
					     .known = true,
					     .type = { .name = TYPE_BIGINT } },
	{ .name = "customer_id",
	    .type_sql = "bigint",
	    .known = true,
	    .type = { .name = TYPE_BIGINT } },
	{ .name = "total", KNOWN_TEXT, .generated = true },
	{ .name = "created", KNOWN_TEXT, .default_text = "now()" },
	{ .name = "remark", KNOWN_TEXT },
	{ .name = "email", KNOWN_TEXT, .not_null = true } };
static int customer_column[] = { 1 };
static const char *id_name[] = { "id" };
static const char *touch[] = { "touch" };
static TargetForeignKey customer_key[] = { { .name = "orders_customer_fk",
    .columns = customer_column,
    .n_columns = 1,
    .parent_namespace = "public",
    .parent = "customers",
    .parent_columns = id_name } };
static TargetTable target_tables[] = {
	{ .namespace = "auth",
	    .name = "gone",
	    .columns = target_columns,
	    .n_columns = 1 },
	{ .namespace = "public",
	    .name = "customers",
	    .columns = target_columns,
	    .n_columns = 1 },
	{ .namespace = "public",
	    .name = "django_migrations",
	    .columns = target_columns,
	    .n_columns = 1 },
	{ .namespace = "public",
	    .name = "orders",
	    .columns = target_columns,
	    .n_columns = 6,
	    .foreign_keys = customer_key,
	    .n_foreign_keys = 1,
	    .triggers = touch,
	    .n_triggers = 1,
	    .row_security = true },
};
static const Schema shop = { .tables = shop_tables, .n_tables = 4 };
static const Profile shop_profile = { .tables = shop_profiles, .n_tables = 4 };
static const Target shop_target = { .server = "15",
	.namespace = "public",
	.tables = target_tables,
	.n_tables = 4 };

static void
all_that_does_not_match_is_said_in_one_list(void **state)
{
	static const char *const problems[] = {
		"Orders.legacy: public.orders has no column \"legacy\"",
		"Orders -> public.orders: column \"email\" text is NOT NULL "
		"without a default",
		"gone: schema \"public\" has no table \"gone\", but schema "
		"\"auth\" has (rename: { schema: auth, table: gone })",
	};
	static const char *const notes[] = {
		"Orders.unused: public.orders has no such column; it is left "
		"out",
		"Orders.total: public.orders.total is computed by the server",
		"Orders -> public.orders: the dump has nothing for columns of "
		"the target: created (by their defaults), remark (NULL)",
		"public.orders: triggers fire for every row that is loaded: "
		"touch",
		"public.orders: row-level security is on",
		"empty: schema \"public\" has no such table; it is left out",
		"django_migrations: a framework's own records",
		"public.orders: foreign key \"orders_customer_fk\" refers to "
		"public.customers",
		"2 tables of the target get no rows: auth.gone, "
		"public.customers",
	};
	const MatchInput input = { .source = &shop,
		.profile = &shop_profile,
		.target = &shop_target };
	Match match = { 0 };
	Buf buf = { 0 };
	Error err;

	(void)state;
	match_or_fail(&input, &match);
	print_texts("problem", match.problems, match.n_problems);
	print_texts("note", match.notes, match.n_notes);
	assert_int_equal(match.n_problems, COUNT(problems));
	for (size_t i = 0; i < COUNT(problems); i++)
		assert_non_null(strstr(match.problems[i], problems[i]));
	assert_int_equal(match.n_notes, COUNT(notes));
	for (size_t i = 0; i < COUNT(notes); i++)
		assert_non_null(strstr(match.notes[i], notes[i]));
	assert_true(match_put_problems(&match, &buf, &err));
	assert_int_equal(buf.data[buf.size - 1], '\n');
	buf_free(&buf);
	match_free(&match);
}

static void
a_mapping_solves_what_does_not_match(void **state)
{
	MappingColumn columns[] = { { .name = "legacy", .skip = true },
		{ .name = "customerid", .rename = "customer_id" } };
	MappingColumn add[] = { { .name = "email",
	    .value = "'nobody@example.org'" } };
	MappingTable tables[] = { { .name = "orders",
				      .columns = columns,
				      .n_columns = 2,
				      .add = add,
				      .n_add = 1 },
		{ .name = "gone", .rename_namespace = "auth" } };
	const MappingTable *found[] = { &tables[1], &tables[0] };
	const Mapping mapping = { .path = "m.yaml",
		.tables = tables,
		.n_tables = 2,
		.found = found,
		.n_named = 2 };
	const bool wanted[] = { true, true, true, false };
	const MatchInput input = { .source = &shop,
		.profile = &shop_profile,
		.wanted = wanted,
		.mapping = &mapping,
		.target = &shop_target };
	Match match = { 0 };

	(void)state;
	match_or_fail(&input, &match);
	print_texts("problem", match.problems, match.n_problems);
	assert_int_equal(match.n_problems, 0);
	assert_ptr_equal(match.tables[0].target, &target_tables[3]);
	assert_int_equal(match.tables[0].columns[0], 0);
	assert_int_equal(match.tables[0].columns[1], 1);
	assert_int_equal(match.tables[0].columns[2], -1);
	assert_int_equal(match.tables[0].columns[3], -1);
	assert_int_equal(match.tables[0].columns[4], -1);
	assert_int_equal(match.tables[0].added[0], 5);
	assert_true(match.tables[0].added_rules[0].not_null);
	assert_ptr_equal(match.tables[1].target, &target_tables[0]);
	assert_null(match.tables[2].target);
	assert_null(match.tables[3].target);
	match_free(&match);
}

static void
two_tables_do_not_share_one(void **state)
{
	Table tables[] = {
		{ .name = "Order", .columns = order_columns, .n_columns = 1 },
		{ .name = "ORDER", .columns = order_columns, .n_columns = 1 }
	};
	const Schema source = { .tables = tables, .n_tables = 2 };
	const MatchInput input = { .source = &source, .target = &shop_target };
	Match match = { 0 };

	(void)state;
	match_or_fail(&input, &match);
	assert_int_equal(match.n_problems, 1);
	assert_non_null(strstr(
	    match.problems[0], "Order and ORDER both go to public.orders"));
	match_free(&match);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_go_where_they_fit),
		cmocka_unit_test(texts_go_where_they_fit),
		cmocka_unit_test(moments_are_never_guessed),
		cmocka_unit_test(
		    what_the_mapping_says_is_believed_or_contradicted),
		cmocka_unit_test(labels_are_sorted_for_the_rule),
		cmocka_unit_test(names_are_found_by_the_strictest_rule),
		cmocka_unit_test(
		    a_strict_match_leaves_nothing_for_a_looser_one),
		cmocka_unit_test(equals_are_rivals),
		cmocka_unit_test(no_target_has_two_owners_that_do_not_know),
		cmocka_unit_test(all_that_does_not_match_is_said_in_one_list),
		cmocka_unit_test(a_mapping_solves_what_does_not_match),
		cmocka_unit_test(two_tables_do_not_share_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
