#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/dump.h"
#include "sample.h"

static const Compression zstd = { COMPRESS_ZSTD, 3 };
static const Compression none = { COMPRESS_NONE, 0 };

/* How many data files the dump's manifest names. */
static size_t
count_files(const char *path)
{
	const Manifest *manifest;
	DumpReader *dump = NULL;
	size_t i, n = 0;
	Error err;

	assert_true(dump_open(path, &dump, &err));
	manifest = dump_manifest(dump);
	for (i = 0; i < manifest->n_tables; i++)
		n += manifest->tables[i].n_files;
	dump_close(dump);
	return n;
}

static void
a_dump_may_be_put_in_the_place_of_an_older_one(void **state)
{
	const char *path = sample_path("app.dump");
	char partial[256];
	Schema schema = sample_schema();
	DumpSummary summary;
	DumpWriter *writer = NULL;
	Error err;

	(void)state;
	snprintf(partial, sizeof(partial), "%s.partial", path);
	assert_true(sample_dump(path, false, &zstd, 2, &summary, &err));
	/* It stays until the new one is complete. */
	assert_true(dump_create_over(path, &schema, &writer, &err));
	assert_true(sample_put_chunks(writer, &none, 3, &err));
	assert_int_equal(count_files(path), 4);
	assert_true(dump_commit(writer, &summary, &err));
	dump_discard(writer);
	assert_int_equal(count_files(path), 6);
	assert_int_not_equal(access(partial, F_OK), 0);
	/* The same again, and another database's. */
	assert_true(dump_create_over(path, &schema, &writer, &err));
	assert_true(sample_put_chunks(writer, &none, 3, &err));
	assert_true(dump_commit(writer, &summary, &err));
	dump_discard(writer);
	assert_int_equal(count_files(path), 6);
	schema.source.modified++;
	writer = NULL;
	assert_false(dump_create_over(path, &schema, &writer, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_dump_may_be_put_in_the_place_of_an_older_one),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	sample_clean();
	return failed;
}
