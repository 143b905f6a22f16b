#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "formats/rows_csv.h"
#include "formats/rows_ndjson.h"
#include "transform/convert.h"

#define N 3

/* A table t(id INTEGER PRIMARY KEY, n INTEGER NOT NULL, s TEXT) without
 * evidence, and everything that converts it. */
typedef struct {
	Column columns[N];
	Table table;
	Schema schema;
	Rewrite rewrite;
	Convert convert;
	ConvertJob job;
	Arena arena;
	Error err;
} Bench;

static const char *const names[] = { "id", "n", "s" };
static const Affinity affinities[] = { AFFINITY_INTEGER, AFFINITY_INTEGER,
	AFFINITY_TEXT };

static void
begin(Bench *bench, Policy policy)
{
	static const bool wanted[] = { true };
	RewriteInput input = {
		.source = &bench->schema, .wanted = wanted, .policy = policy
	};

	*bench = (Bench){ 0 };
	for (size_t i = 0; i < N; i++)
		bench->columns[i] = (Column){ .name = names[i],
			.declared = i < 2 ? "INTEGER" : "TEXT",
			.affinity = affinities[i],
			.not_null = i == 1 };
	bench->table = (Table){ .name = "t",
		.directory = "t",
		.rowid_column = 0,
		.columns = bench->columns,
		.n_columns = N };
	bench->schema = (Schema){ .tables = &bench->table, .n_tables = 1 };
	assert_true(rewrite_schema(&input, &bench->rewrite, &bench->err));
	bench->convert.policy = policy;
	assert_true(
	    convert_begin(&bench->convert, &bench->rewrite, 1, &bench->err));
}

static void
end(Bench *bench)
{
	convert_free_job(&bench->job);
	convert_end(&bench->convert);
	rewrite_free(&bench->rewrite);
	arena_free(&bench->arena);
}

/* Make the text of a chunk the job's, in either format. */
static void
give(Bench *bench, const char *text, RowsFormat format)
{
	Compression none = { COMPRESS_NONE, 0 };
	Compressor compressor = { 0 };
	Buf raw = { 0 };

	assert_true(buf_put_text(&raw, text, &bench->err));
	bench->job.in.format = format;
	bench->job.in.ordinal = 1;
	assert_true(
	    chunk_pack(&bench->job.in, &none, &compressor, &raw, &bench->err));
	buf_free(&raw);
}

static bool
run(Bench *bench, const char *text, RowsFormat format)
{
	give(bench, text, format);
	return convert_chunk(&bench->convert, &bench->job, 0, &bench->err);
}

static void
assert_chunk(Chunk *chunk, const char *expected)
{
	Compressor compressor = { 0 };
	Buf raw = { 0 };
	Error err;

	chunk->expected[0] = '\0';
	assert_true(chunk_unpack(chunk, &compressor, &raw, &err));
	assert_non_null(buf_text(&raw, &err));
	assert_string_equal((char *)raw.data, expected);
	buf_free(&raw);
	compress_free(&compressor);
}

static void
assert_log(const Bench *bench, const char *expected)
{
	const Buf *text = &bench->job.log.text;

	if (memmem(text->data, text->size, expected, strlen(expected)) == NULL)
		print_error("%.*s\n", (int)text->size, (char *)text->data);
	assert_non_null(
	    memmem(text->data, text->size, expected, strlen(expected)));
}

static void
rows_that_fit_come_out_as_csv(void **state)
{
	Bench bench;

	(void)state;
	begin(&bench, POLICY_REJECT);
	assert_true(run(&bench, "id,n,s\n1,5,a\n-2,0,\n3,7,\"\"\n", ROWS_CSV));
	assert_int_equal(bench.job.in.rows, 3);
	assert_int_equal(bench.job.out.rows, 3);
	assert_int_equal(bench.job.aside.rows, 0);
	assert_chunk(&bench.job.out, "id,n,s\n1,5,a\n-2,0,\n3,7,\"\"\n");
	end(&bench);
}

static void
ndjson_comes_out_as_csv_too(void **state)
{
	Bench bench;

	(void)state;
	begin(&bench, POLICY_REJECT);
	assert_true(run(&bench,
	    "{\"id\":1,\"n\":2,\"s\":\"x,y\"}\n"
	    "{\"id\":2,\"n\":3.0,\"s\":4}\n",
	    ROWS_NDJSON));
	assert_chunk(&bench.job.out, "id,n,s\n1,2,\"x,y\"\n2,3,4\n");
	end(&bench);
}

static void
a_row_that_does_not_fit_goes_aside_whole(void **state)
{
	Bench bench;

	(void)state;
	begin(&bench, POLICY_REJECT);
	assert_true(run(&bench, "id,n,s\n1,5,a\n7,N/A,b\n9,6,c\n", ROWS_CSV));
	assert_int_equal(bench.job.in.rows, 3);
	assert_int_equal(bench.job.out.rows, 2);
	assert_int_equal(bench.job.aside.rows, 1);
	assert_int_equal(bench.job.aside.format, ROWS_CSV);
	assert_chunk(&bench.job.out, "id,n,s\n1,5,a\n9,6,c\n");
	assert_chunk(&bench.job.aside, "id,n,s\n7,N/A,b\n");
	assert_log(&bench, "\"column\":\"n\"");
	assert_log(&bench, "\"class\":\"text\"");
	assert_log(&bench, "\"value\":\"N/A\"");
	assert_log(&bench, "\"type\":\"bigint\"");
	assert_log(&bench, "\"rule\":\"integer\"");
	assert_log(&bench, "\"path\":\"data/t/000001.csv\"");
	end(&bench);
}

static void
text_with_nul_goes_aside_in_the_format_it_came_in(void **state)
{
	Bench bench;
	const char *bad = "{\"id\":2,\"n\":3,\"s\":{\"$text\":\"YQBi\"}}\n";
	char text[200];

	(void)state;
	begin(&bench, POLICY_REJECT);
	snprintf(text, sizeof text, "{\"id\":1,\"n\":2,\"s\":\"x\"}\n%s", bad);
	assert_true(run(&bench, text, ROWS_NDJSON));
	assert_int_equal(bench.job.out.rows, 1);
	assert_chunk(&bench.job.aside, bad);
	assert_log(&bench, "\"rule\":\"text_nul\"");
	end(&bench);
}

static void
null_where_it_must_not_be_goes_aside(void **state)
{
	Bench bench;

	(void)state;
	begin(&bench, POLICY_NULL);
	assert_true(run(&bench, "id,n,s\n1,,a\n2,5,b\n", ROWS_CSV));
	assert_int_equal(bench.job.out.rows, 1);
	assert_int_equal(bench.job.aside.rows, 1);
	assert_log(&bench, "\"rule\":\"not_null\"");
	assert_log(&bench, "\"value\":null");
	end(&bench);
}

static void
a_bad_value_becomes_null_when_asked_to_and_allowed_to(void **state)
{
	Bench bench;

	(void)state;
	begin(&bench, POLICY_NULL);
	assert_true(run(&bench,
	    "{\"id\":1,\"n\":2,\"s\":{\"$blob\":\"YQ==\"}}\n"
	    "{\"id\":2,\"n\":\"x\",\"s\":{\"$blob\":\"YQ==\"}}\n",
	    ROWS_NDJSON));
	assert_int_equal(bench.job.nulled, 1);
	assert_chunk(&bench.job.out, "id,n,s\n1,2,\n");
	assert_chunk(&bench.job.aside,
	    "{\"id\":2,\"n\":\"x\",\"s\":{\"$blob\":\"YQ==\"}}\n");
	end(&bench);
}

static void
stop_names_table_row_column_and_value(void **state)
{
	Bench bench;

	(void)state;
	begin(&bench, POLICY_STOP);
	assert_false(run(&bench, "id,n,s\n1,5,a\n7,N/A,b\n", ROWS_CSV));
	assert_int_equal(bench.err.kind, ERROR_FAILED);
	assert_non_null(strstr(bench.err.text,
	    "table \"t\", row 2, column \"n\": 'N/A' "
	    "(text) does not fit bigint: not a whole number"));
	end(&bench);
}

static void
all_rows_aside_leave_no_chunk_to_write(void **state)
{
	Bench bench;

	(void)state;
	begin(&bench, POLICY_REJECT);
	assert_true(run(&bench, "id,n,s\n1,x,a\n", ROWS_CSV));
	assert_int_equal(bench.job.out.rows, 0);
	assert_int_equal(bench.job.aside.rows, 1);
	convert_reset(&bench.job);
	assert_true(run(&bench, "id,n,s\n1,2,a\n", ROWS_CSV));
	assert_int_equal(bench.job.out.rows, 1);
	assert_int_equal(bench.job.aside.rows, 0);
	assert_int_equal(bench.job.log.kinds.size, 0);
	assert_chunk(&bench.job.out, "id,n,s\n1,2,a\n");
	end(&bench);
}

static void
a_damaged_chunk_is_the_dumps_fault(void **state)
{
	Bench bench;

	(void)state;
	begin(&bench, POLICY_REJECT);
	assert_false(run(&bench, "id,n\n1,2\n", ROWS_CSV));
	assert_int_equal(bench.err.kind, ERROR_DUMP);
	assert_non_null(strstr(bench.err.text, "data/t/000001.csv"));
	end(&bench);
	begin(&bench, POLICY_REJECT);
	strcpy(bench.job.in.expected, "0000000000000000000000000000000");
	assert_false(run(&bench, "id,n,s\n1,2,a\n", ROWS_CSV));
	assert_int_equal(bench.err.kind, ERROR_DUMP);
	end(&bench);
}

static void
values_are_shown_cut_between_characters(void **state)
{
	uint8_t text[300];
	Value value = {
		.class = VALUE_TEXT, .size = sizeof text, .bytes = text
	};
	Buf out = { 0 };
	Error err;

	(void)state;
	memset(text, 'x', sizeof text);
	assert_true(reject_put_value(&out, &value, &err));
	assert_int_equal(out.size, REJECT_VALUE_BYTES);
	out.size = 0;
	memcpy(text + REJECT_VALUE_BYTES - 1, "\xc3\xa4", 2);
	assert_true(reject_put_value(&out, &value, &err));
	assert_int_equal(out.size, REJECT_VALUE_BYTES - 1);
	out.size = 0;
	value.class = VALUE_BLOB;
	assert_true(reject_put_value(&out, &value, &err));
	assert_in_range(out.size, 1, REJECT_VALUE_BYTES + 3);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_that_fit_come_out_as_csv),
		cmocka_unit_test(ndjson_comes_out_as_csv_too),
		cmocka_unit_test(a_row_that_does_not_fit_goes_aside_whole),
		cmocka_unit_test(
		    text_with_nul_goes_aside_in_the_format_it_came_in),
		cmocka_unit_test(null_where_it_must_not_be_goes_aside),
		cmocka_unit_test(
		    a_bad_value_becomes_null_when_asked_to_and_allowed_to),
		cmocka_unit_test(stop_names_table_row_column_and_value),
		cmocka_unit_test(all_rows_aside_leave_no_chunk_to_write),
		cmocka_unit_test(a_damaged_chunk_is_the_dumps_fault),
		cmocka_unit_test(values_are_shown_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
