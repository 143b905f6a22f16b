#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>

#include "formats/archive.h"
#include "reading.h"
#include "sample.h"

/* A tar made by hand. */

static void
put_header(
    Buf *tar, const char *name, const char *size, char type, const char *link)
{
	char header[512] = { 0 };
	unsigned sum = 0, i;
	Error err;

	snprintf(header, 100, "%s", name);
	memcpy(header + 100,
	    "0000600\0"
	    "0000000\0"
	    "0000000",
	    23);
	snprintf(header + 124, 12, "%s", size);
	memcpy(header + 136, "00000000000", 11);
	header[156] = type;
	snprintf(header + 157, 100, "%s", link);
	memcpy(header + 257,
	    "ustar\0"
	    "00",
	    8);
	memset(header + 148, ' ', 8);
	for (i = 0; i < sizeof(header); i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	assert_true(buf_put(tar, header, sizeof(header), &err));
}

static void
put_zeros(Buf *tar, size_t size)
{
	Error err;

	assert_true(buf_reserve(tar, size, &err));
	memset(tar->data + tar->size, 0, size);
	tar->size += size;
}

static void
put_file(Buf *tar, const char *name, const char *text)
{
	char size[12];
	Error err;

	snprintf(size, sizeof(size), "%011o", (unsigned)strlen(text));
	put_header(tar, name, size, '0', "");
	assert_true(buf_put_text(tar, text, &err));
	put_zeros(tar, (512 - strlen(text) % 512) % 512);
}

static const char *
read_buf(const Buf *tar)
{
	const char *path = sample_path("x.tar");

	sample_save(path, tar->data, tar->size);
	return reading_archive(path, false);
}

static void
a_plain_tar_is_read(void **state)
{
	Buf tar = { 0 };

	(void)state;
	put_header(&tar, "./", "00000000000", '5', "");
	put_file(&tar, "./schema.json", "abc");
	put_header(&tar, "./data/", "00000000000", '5', "");
	put_header(&tar, "./data/a/", "00000000000", '5', "");
	put_file(&tar, "./data/a/000001.csv", "");
	put_file(&tar, "manifest.json", "x");
	put_zeros(&tar, 1024);
	assert_string_equal(read_buf(&tar),
	    "schema.json=abc data/a/000001.csv= manifest.json=x ");
	/* Filled up by tar(1). */
	put_zeros(&tar, 1 << 20);
	assert_non_null(strstr(read_buf(&tar), "manifest.json=x"));
	buf_free(&tar);
}

static void
members_that_are_not_read_are_passed_over(void **state)
{
	const char *path = sample_path("x.tar");
	char text[2000];
	Buf tar = { 0 };

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	put_file(&tar, "schema.json", text);
	put_file(&tar, "manifest.json", text);
	put_zeros(&tar, 1024);
	sample_save(path, tar.data, tar.size);
	assert_string_equal(
	    reading_archive(path, true), "schema.json= manifest.json= ");
	/* Its padding is looked at all the same. */
	tar.data[512 + sizeof(text)] = 1;
	sample_save(path, tar.data, tar.size);
	assert_non_null(strstr(reading_archive(path, true), "not zero"));
	buf_free(&tar);
}

static void
all_but_regular_files_of_the_grammar_is_refused(void **state)
{
	static const struct {
		const char *title, *name;
		char type;
		const char *message;
	} cases[] = {
		{ "a hard link", "schema.json", '1', "not a regular file" },
		{ "a symbolic link", "schema.json", '2', "not a regular file" },
		{ "a character device", "schema.json", '3',
		    "not a regular file" },
		{ "a block device", "schema.json", '4', "not a regular file" },
		{ "a FIFO", "schema.json", '6', "not a regular file" },
		{ "a foreign name", "README", '0', "not part of a dump" },
		{ "an absolute name", "/schema.json", '0',
		    "not part of a dump" },
		{ "a name that leads out", "../schema.json", '0',
		    "not part of a dump" },
		{ "a name that leads out later", "data/../../x/000001.csv", '0',
		    "not part of a dump" },
		{ "a foreign directory", "etc/", '5', "not part of a dump" },
		{ "a directory that leads out", "data/../", '5',
		    "not part of a dump" },
		{ "a directory with a file's name", "schema.json", '5',
		    "not part of a dump" },
		{ "two dots", "././schema.json", '0', "not part of a dump" },
		{ "an escape sequence", "\x1b[2J", '0', "\\x1b" },
	};
	Buf tar = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tar.size = 0;
		put_file(&tar, "profile.json", "x");
		put_header(&tar, cases[i].name, "00000000000", cases[i].type,
		    "/etc/passwd");
		put_zeros(&tar, 1024);
		if (strstr(read_buf(&tar), cases[i].message) == NULL)
			fail_msg("%s: %s", cases[i].title, read_buf(&tar));
	}
	buf_free(&tar);
}

static void
what_is_no_tar_is_said_to_be_what_it_is(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *message;
	} cases[] = {
		{ "", 0, "is empty: did the program before it fail?" },
		{ "\x28\xb5\x2f\xfd....", 8, "zstd -dc" },
		{ "\x1f\x8b......", 8, "gzip -dc" },
		{ "\xfd"
		  "7zXZ...",
		    8, "xz -dc" },
		{ "SQLite format 3\0......", 22, "litehaul-export" },
		{ "PGDMP....", 9, "pg_restore" },
		{ "id,name\n1,x\n", 12, "not a litehaul dump" },
		{ "{", 1, "not a litehaul dump" },
	};
	char text[4096];
	Buf tar = { 0 };
	Error err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tar.size = 0;
		assert_true(buf_put(&tar, cases[i].bytes, cases[i].size, &err));
		if (strstr(read_buf(&tar), cases[i].message) == NULL)
			fail_msg("%s", read_buf(&tar));
	}
	memset(text, 'x', sizeof(text));
	tar.size = 0;
	assert_true(buf_put(&tar, text, sizeof(text), &err));
	assert_non_null(strstr(read_buf(&tar), "not a litehaul dump"));
	buf_free(&tar);
}

static void
nothing_but_zeros_follows_the_end_mark(void **state)
{
	Buf tar = { 0 };
	size_t size;

	(void)state;
	put_file(&tar, "schema.json", "x");
	size = tar.size;
	/* At a header's place, with one block only, with one byte less. */
	assert_non_null(strstr(read_buf(&tar), "truncated"));
	put_zeros(&tar, 512);
	assert_non_null(strstr(read_buf(&tar), "truncated"));
	put_zeros(&tar, 511);
	assert_non_null(strstr(read_buf(&tar), "truncated"));
	put_zeros(&tar, 1);
	assert_string_equal(read_buf(&tar), "schema.json=x ");
	/* A byte in the second block, behind it, and a whole archive. */
	tar.data[size + 512] = 'x';
	assert_non_null(strstr(read_buf(&tar), "end mark"));
	tar.data[size + 512] = 0;
	put_zeros(&tar, 7);
	assert_string_equal(read_buf(&tar), "schema.json=x ");
	tar.data[tar.size - 1] = 1;
	assert_non_null(strstr(read_buf(&tar), "end mark"));
	tar.size = size;
	put_zeros(&tar, 1024);
	put_file(&tar, "manifest.json", "y");
	put_zeros(&tar, 1024);
	assert_non_null(strstr(read_buf(&tar), "end mark"));
	tar.size = size;
	put_zeros(&tar, 17 << 20);
	assert_non_null(strstr(read_buf(&tar), "goes on behind"));
	buf_free(&tar);
}

static void
a_header_that_lies_about_its_size_costs_no_memory(void **state)
{
	const char *path = sample_path("x.tar");
	ArchiveReader *reader = NULL;
	Buf tar = { 0 }, buf = { 0 };
	Member member;
	Error err;

	(void)state;
	put_header(&tar, "schema.json", "57777777777", '0', "");
	put_zeros(&tar, 100000);
	sample_save(path, tar.data, tar.size);
	assert_true(archive_open(path, &reader, &err));
	assert_int_equal(archive_next(reader, &member, &err), STEP_ITEM);
	assert_true(member.size == 057777777777);
	assert_false(archive_read(reader, member.size - 1, &buf, &err));
	assert_non_null(strstr(err.text, "more than the"));
	assert_false(archive_read(reader, member.size, &buf, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_non_null(strstr(err.text, "truncated"));
	assert_true(buf.capacity <= 65 << 20);
	archive_close(reader);
	buf_free(&tar);
	buf_free(&buf);
}

static void
sizes_that_are_no_numbers_are_refused(void **state)
{
	static const char *const sizes[] = { "-0000000001", "99999999999",
		"\x80\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" };
	Buf tar = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		tar.size = 0;
		put_header(&tar, "schema.json", sizes[i], '0', "");
		put_zeros(&tar, 2048);
		/* Whatever libarchive makes of it, nothing is read whole. */
		if (strncmp(read_buf(&tar), "schema.json=", 12) == 0 && i != 1)
			fail_msg("%zu: %s", i, read_buf(&tar));
	}
	buf_free(&tar);
}

static void
a_stream_is_the_same_bytes_whenever_it_is_made(void **state)
{
	/* The longest directory there may be. */
	char name[] = "data/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		      "/000001.ndjson.zst";
	const char *paths[] = { sample_path("1.tar"), sample_path("2.tar") };
	ArchiveWriter *writer = NULL;
	ArchiveReader *reader = NULL;
	char hex[DIGEST_HEX_BYTES];
	Buf one = { 0 }, other = { 0 };
	Digest digest;
	Member member;
	Error err;
	int saved;

	(void)state;
	for (int i = 0; i < 2; i++) {
		saved = sample_begin_output(paths[i]);
		assert_true(archive_create("-", &writer, &err));
		reading_put(writer, "schema.json", "abc");
		reading_put(writer, name, "");
		reading_commit(writer, "manifest");
		archive_discard(writer);
		sample_end_output(saved);
	}
	assert_true(io_read_file(AT_FDCWD, paths[0], 1 << 20, &one, &err));
	assert_true(io_read_file(AT_FDCWD, paths[1], 1 << 20, &other, &err));
	/* Three headers, two blocks of data, the end mark. */
	assert_int_equal(one.size, 3 * 512 + 2 * 512 + 1024);
	assert_int_equal(one.size, other.size);
	assert_memory_equal(one.data, other.data, one.size);
	assert_true(archive_open(paths[0], &reader, &err));
	assert_false(archive_is_directory(reader));
	assert_int_equal(archive_next(reader, &member, &err), STEP_ITEM);
	assert_true(digest_of("abc", 3, &digest, &err));
	digest_hex(&digest, hex);
	hex[31] = '\0';
	assert_string_equal(member.claimed, hex);
	assert_int_equal(archive_next(reader, &member, &err), STEP_ITEM);
	assert_string_equal(member.name, name);
	archive_close(reader);
	buf_free(&one);
	buf_free(&other);
}

static void
a_closed_pipe_ends_the_writer_quietly(void **state)
{
	ArchiveWriter *writer = NULL;
	Digest digest = { { 0 } };
	int ends[2], saved;
	bool put;
	Error err;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	saved = sample_begin_output("/dev/null");
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	close(ends[0]);
	put = archive_create("-", &writer, &err) &&
	    archive_put(
		writer, "schema.json", &digest, (const uint8_t *)"x", 1, &err);
	archive_discard(writer);
	sample_end_output(saved);
	assert_false(put);
	assert_int_equal(err.kind, ERROR_CLOSED);
}

static void
a_full_disk_is_told(void **state)
{
	ArchiveWriter *writer = NULL;
	Digest digest = { { 0 } };
	int saved;
	bool put;
	Error err;

	(void)state;
	if (access("/dev/full", W_OK) != 0)
		skip();
	saved = sample_begin_output("/dev/full");
	put = archive_create("-", &writer, &err) &&
	    archive_put(
		writer, "schema.json", &digest, (const uint8_t *)"x", 1, &err);
	archive_discard(writer);
	sample_end_output(saved);
	assert_false(put);
	assert_int_equal(err.kind, ERROR_FAILED);
	assert_non_null(strstr(err.text, strerror(ENOSPC)));
}

static void
nothing_is_written_to_a_terminal(void **state)
{
	ArchiveWriter *writer = NULL;
	int terminal, other, saved;
	bool created;
	Error err;

	(void)state;
	terminal = posix_openpt(O_RDWR | O_NOCTTY);
	if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0)
		skip();
	other = open(ptsname(terminal), O_RDWR | O_NOCTTY);
	if (other < 0)
		skip();
	saved = sample_begin_output("/dev/null");
	dup2(other, STDOUT_FILENO);
	created = archive_create("-", &writer, &err);
	sample_end_output(saved);
	close(other);
	close(terminal);
	assert_false(created);
	assert_int_equal(err.kind, ERROR_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_tar_is_read),
		cmocka_unit_test(members_that_are_not_read_are_passed_over),
		cmocka_unit_test(
		    all_but_regular_files_of_the_grammar_is_refused),
		cmocka_unit_test(what_is_no_tar_is_said_to_be_what_it_is),
		cmocka_unit_test(nothing_but_zeros_follows_the_end_mark),
		cmocka_unit_test(
		    a_header_that_lies_about_its_size_costs_no_memory),
		cmocka_unit_test(sizes_that_are_no_numbers_are_refused),
		cmocka_unit_test(
		    a_stream_is_the_same_bytes_whenever_it_is_made),
		cmocka_unit_test(a_closed_pipe_ends_the_writer_quietly),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(nothing_is_written_to_a_terminal),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	sample_clean();
	return failed;
}
