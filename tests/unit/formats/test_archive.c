#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "formats/archive.h"
#include "formats/archive_name.h"
#include "reading.h"
#include "sample.h"

static void
names_are_of_the_grammar_or_refused(void **state)
{
	static const char *const good[] = { "schema.json", "profile.json",
		"rejects.ndjson", "manifest.json", "data/a/000001.csv" };
	static const char *const bad[] = { "", ".", "/", "..", "data",
		"Schema.json", "schema.json ", "schema.json/", "x/schema.json",
		"manifest.json.zst", "/schema.json", "../schema.json",
		"data/schema.json", "data/a/../a/000001.csv", "PaxHeaders",
		"data/a/000001.csv.zst.partial" };
	static const char *const directories[] = { ".", "data", "data/a",
		"data/%20", "data/%" };
	static const char *const no_directories[] = { "", "..", "/", "data/",
		"data/a/b", "data/..", "data/a b", "x", "schema.json" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(archive_name_is_member(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(archive_name_is_member(bad[i]));
	for (i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		assert_true(archive_name_is_directory(directories[i]));
	for (i = 0; i < sizeof(no_directories) / sizeof(no_directories[0]); i++)
		assert_false(archive_name_is_directory(no_directories[i]));
}

static bool
exists(const char *path, const char *suffix)
{
	char name[256];

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return access(name, F_OK) == 0;
}

static void
a_directory_appears_whole_or_not_at_all(void **state)
{
	const char *path = sample_path("app.dump");
	char slashes[256];
	ArchiveWriter *writer = NULL;
	ArchiveReader *reader = NULL;
	Member member;
	Buf buf = { 0 };
	Error err;

	(void)state;
	snprintf(slashes, sizeof(slashes), "%s//", path);
	assert_true(archive_create(slashes, &writer, &err));
	reading_put(writer, "schema.json", "abc");
	reading_put(writer, "data/b/000002.csv", "b2");
	reading_put(writer, "data/a/000001.csv", "a1");
	reading_put(writer, "data/b/000001.csv", "b1");
	assert_false(exists(path, ""));
	assert_true(exists(path, ".partial/data/b/000002.csv"));
	reading_commit(writer, "m");
	archive_discard(writer);
	assert_true(exists(path, ""));
	assert_false(exists(path, ".partial"));
	assert_string_equal(reading_archive(path, false),
	    "schema.json=abc data/a/000001.csv=a1 data/b/000001.csv=b1 "
	    "data/b/000002.csv=b2 manifest.json=m ");
	assert_true(archive_open(path, &reader, &err));
	assert_true(archive_is_directory(reader));
	assert_true(
	    archive_read_named(reader, "data/b/000002.csv", 2, &buf, &err));
	assert_int_equal(buf.size, 2);
	assert_false(
	    archive_read_named(reader, "data/b/000002.csv", 1, &buf, &err));
	assert_false(
	    archive_read_named(reader, "data/b/000003.csv", 1, &buf, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	while (archive_next(reader, &member, &err) == STEP_ITEM)
		assert_string_equal(member.claimed, "");
	archive_close(reader);
	buf_free(&buf);
}

static void
a_symbolic_link_to_a_dump_is_followed(void **state)
{
	const char *path = sample_path("app.dump");
	const char *link = sample_path("link");
	ArchiveWriter *writer = NULL;
	Error err;

	(void)state;
	assert_true(archive_create(path, &writer, &err));
	reading_put(writer, "schema.json", "abc");
	reading_commit(writer, "m");
	archive_discard(writer);
	assert_int_equal(symlink(path, link), 0);
	assert_string_equal(
	    reading_archive(link, false), "schema.json=abc manifest.json=m ");
}

static void
what_a_killed_run_left_is_cleared_away(void **state)
{
	const char *path = sample_path("app.dump");
	ArchiveWriter *writer = NULL, *second = NULL;
	char command[512];
	Error err;

	(void)state;
	assert_true(archive_create(path, &writer, &err));
	reading_put(writer, "schema.json", "old");
	reading_put(writer, "data/a/000001.csv", "old");
	/* While it runs, nobody else writes there. */
	assert_false(archive_create(path, &second, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_non_null(strstr(err.text, "another run"));
	archive_discard(writer);
	assert_true(exists(path, ".partial/data/a/000001.csv"));
	assert_true(archive_create(path, &writer, &err));
	reading_put(writer, "schema.json", "new");
	reading_commit(writer, "m");
	archive_discard(writer);
	assert_string_equal(
	    reading_archive(path, false), "schema.json=new manifest.json=m ");
	/* What is not ours stays, and all with it. */
	path = sample_path("app.dump");
	snprintf(command, sizeof(command),
	    "mkdir -p %s.partial/data && touch %s.partial/schema.json "
	    "%s.partial/data/thesis.tex",
	    path, path, path);
	assert_int_equal(system(command), 0);
	assert_false(archive_create(path, &writer, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_non_null(strstr(err.text, "thesis.tex"));
	assert_true(exists(path, ".partial/schema.json"));
	/* Nor is a link followed. */
	snprintf(command, sizeof(command),
	    "rm %s.partial/data/thesis.tex && mkdir %s.other && "
	    "touch %s.other/000001.csv && ln -s %s.other %s.partial/data/a",
	    path, path, path, path, path);
	assert_int_equal(system(command), 0);
	assert_false(archive_create(path, &writer, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_true(exists(path, ".other/000001.csv"));
}

static void
only_the_same_dump_may_be_there_already(void **state)
{
	const char *path = sample_path("app.dump");
	ArchiveWriter *writer = NULL;
	Error err;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_true(archive_create(path, &writer, &err));
		reading_put(writer, "schema.json", "abc");
		reading_commit(writer, "m");
		archive_discard(writer);
		assert_false(exists(path, ".partial"));
	}
	assert_true(archive_create(path, &writer, &err));
	reading_put(writer, "schema.json", "def");
	assert_false(archive_commit(writer, (const uint8_t *)"n", 1, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	archive_discard(writer);
	assert_true(exists(path, ".partial/manifest.json"));
	assert_string_equal(
	    reading_archive(path, false), "schema.json=abc manifest.json=m ");
}

static void
anything_else_in_the_way_is_refused(void **state)
{
	static const char *const commands[] = { "touch %s", "mkdir %s",
		"mkfifo %s", "ln -s nowhere %s", "touch %s.partial",
		"ln -s nowhere %s.partial" };
	char command[256];
	ArchiveWriter *writer = NULL;
	const char *path;
	Error err;

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		path = sample_path("app.dump");
		snprintf(command, sizeof(command), commands[i], path);
		assert_int_equal(system(command), 0);
		assert_false(archive_create(path, &writer, &err));
		if (err.kind != ERROR_USAGE)
			fail_msg("%s: %s", command, err.text);
	}
	assert_false(archive_create("", &writer, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_false(archive_create("/", &writer, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
}

static void
what_is_missing_is_named(void **state)
{
	const char *path = sample_path("app.dump");
	ArchiveReader *reader = NULL;
	ArchiveWriter *writer = NULL;
	Error err;

	(void)state;
	assert_false(archive_open(path, &reader, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_non_null(strstr(err.text, path));
	assert_true(archive_create(path, &writer, &err));
	archive_discard(writer);
	assert_false(archive_open(path, &reader, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_non_null(strstr(err.text, "did not finish"));
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(archive_open(path, &reader, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_non_null(strstr(err.text, "no manifest.json"));
}

static void
append(ArchiveWriter *writer, const char *text)
{
	Error err;

	if (!archive_append(writer, "rejects.ndjson", (const uint8_t *)text,
		strlen(text), &err))
		fail_msg("%s", err.text);
}

static void
one_member_may_grow_while_others_are_put(void **state)
{
	const char *path = sample_path("app.dump");
	ArchiveWriter *writer = NULL;
	ArchiveReader *reader = NULL;
	Member member;
	Digest found, expected;
	uint64_t bytes = 0;
	Error err;

	(void)state;
	assert_true(archive_create(path, &writer, &err));
	reading_put(writer, "schema.json", "abc");
	append(writer, "one ");
	reading_put(writer, "data/a/000001.csv", "a1");
	append(writer, "two ");
	reading_put(writer, "data/b/000001.csv", "b1");
	append(writer, "three");
	reading_commit(writer, "m");
	archive_discard(writer);
	assert_string_equal(reading_archive(path, false),
	    "schema.json=abc rejects.ndjson=one two three "
	    "data/a/000001.csv=a1 data/b/000001.csv=b1 manifest.json=m ");
	assert_true(archive_open(path, &reader, &err));
	assert_int_equal(archive_next(reader, &member, &err), STEP_ITEM);
	assert_int_equal(archive_next(reader, &member, &err), STEP_ITEM);
	assert_true(archive_hash(reader, &bytes, &found, &err));
	assert_int_equal(bytes, 13);
	assert_true(digest_of("one two three", 13, &expected, &err));
	assert_true(digest_equal(&found, &expected));
	archive_close(reader);
}

/* Sizes about those of which bytes are read at a time. */
static void
a_member_is_hashed_without_being_kept(void **state)
{
	static const size_t sizes[] = { 1, 511, 512, 513, (256 << 10) - 1,
		256 << 10, (256 << 10) + 1, 1000000 };
	const char *path = sample_path("app.dump");
	const char *tar = sample_path("app.tar");
	char name[256], command[512];
	Digest found, expected;
	ArchiveWriter *writer = NULL;
	ArchiveReader *reader;
	Member member;
	uint64_t bytes;
	Buf buf = { 0 };
	Error err;

	(void)state;
	assert_true(archive_create(path, &writer, &err));
	reading_put(writer, "schema.json", "abc");
	reading_commit(writer, "m");
	archive_discard(writer);
	snprintf(name, sizeof(name), "%s/schema.json", path);
	snprintf(command, sizeof(command),
	    "tar -c -f %s -C %s schema.json manifest.json", tar, path);
	for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t size = sizes[i / 2];

		buf.size = 0;
		assert_true(buf_reserve(&buf, size, &err));
		for (size_t k = 0; k < size; k++)
			buf_add_byte(&buf, (uint8_t)(k * 7));
		sample_save(name, buf.data, buf.size);
		assert_int_equal(system(command), 0);
		assert_true(archive_open(i % 2 ? tar : path, &reader, &err));
		assert_int_equal(
		    archive_next(reader, &member, &err), STEP_ITEM);
		assert_true(archive_hash(reader, &bytes, &found, &err));
		assert_int_equal(bytes, size);
		assert_true(digest_of(buf.data, size, &expected, &err));
		assert_true(digest_equal(&found, &expected));
		assert_int_equal(
		    archive_next(reader, &member, &err), STEP_ITEM);
		assert_string_equal(member.name, "manifest.json");
		archive_close(reader);
	}
	buf_free(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_of_the_grammar_or_refused),
		cmocka_unit_test(a_directory_appears_whole_or_not_at_all),
		cmocka_unit_test(a_symbolic_link_to_a_dump_is_followed),
		cmocka_unit_test(what_a_killed_run_left_is_cleared_away),
		cmocka_unit_test(only_the_same_dump_may_be_there_already),
		cmocka_unit_test(anything_else_in_the_way_is_refused),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(one_member_may_grow_while_others_are_put),
		cmocka_unit_test(a_member_is_hashed_without_being_kept),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	sample_clean();
	return failed;
}
