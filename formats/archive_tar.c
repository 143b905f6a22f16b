#include "formats/archive_tar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include <archive.h>
#include <archive_entry.h>

#include "formats/archive_name.h"
#include "formats/arena.h"
#include "formats/io.h"

/* tar's unit (pax, "ustar Interchange Format"). */
#define BLOCK_BYTES ((size_t)512)
/* Two zero blocks end an archive. */
#define END_BYTES (2 * BLOCK_BYTES)
/* tar(1) fills its last record up with zeros: usually 10 KiB, 1 MiB with
 * -b2048; more than this is somebody's /dev/zero. */
#define FILL_BYTES_LIMIT ((uint64_t)16 << 20)

/* Read at a time: small enough to stay in the cache until it is copied to its
 * chunk.  A multiple of BLOCK_BYTES, so that no block lies in two reads. */
#define READ_BYTES ((size_t)256 << 10)
/* A pipe that holds more makes both ends wait less; Linux lets anybody have
 * so much. */
#define PIPE_BYTES (1 << 20)

/* Memory reserved ahead of the bytes that have really come, so that a header
 * that lies about its size costs nothing. */
#define AHEAD_BYTES ((uint64_t)64 << 20)

/* Where the fields of a header stand. */
#define CHECKSUM_OFFSET 148
#define CHECKSUM_BYTES  8

static const char group_name[] = "litehaul";

struct ArchiveTarReader {
	Arena arena; /* holds this very object */
	struct archive *archive;
	int fd;
	const char *name;
	uint8_t *block;       /* READ_BYTES: what was read last */
	size_t block_bytes;   /* of it in use */
	uint64_t block_start; /* its place in the stream */
	uint64_t zeros;       /* zero bytes at the end of all read so far */
	bool first;           /* block has not been given to libarchive yet */
	bool failed;          /* err says why reading failed */
	Error err;
	uint64_t member_end; /* of the current or last member, in the stream */
	uint64_t size;       /* of the current member */
	uint64_t read;       /* of it so far */
	bool open;           /* there is a current member */
};

static void
widen_pipe(int fd)
{
	/* Only speed is lost where it cannot be done. */
	(void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
}

static bool
read_block(ArchiveTarReader *reader, Error *err)
{
	size_t n;

	reader->block_start += reader->block_bytes;
	reader->block_bytes = 0;
	if (!io_read(reader->fd, reader->name, reader->block, READ_BYTES,
		&reader->block_bytes, err))
		return false;
	n = reader->block_bytes;
	while (n > 0 && reader->block[n - 1] == 0)
		n--;
	if (n > 0)
		reader->zeros = 0;
	reader->zeros += reader->block_bytes - n;
	return true;
}

static la_ssize_t
give_block(struct archive *archive, void *context, const void **bytes)
{
	ArchiveTarReader *reader = context;

	if (!reader->first && !read_block(reader, &reader->err)) {
		reader->failed = true;
		archive_set_error(archive, EIO, "could not read");
		return -1;
	}
	reader->first = false;
	*bytes = reader->block;
	return (la_ssize_t)reader->block_bytes;
}

/* What libarchive complains about, as an error of ours. */
static bool
report(ArchiveTarReader *reader, Error *err)
{
	const char *text = archive_error_string(reader->archive);

	if (reader->failed) {
		*err = reader->err;
		return false;
	}
	if (archive_errno(reader->archive) == ENOMEM)
		return error_set(err, ERROR_FAILED, "out of memory");
	if (text != NULL && strncmp(text, "Truncated", 9) == 0)
		return error_set(err, ERROR_DUMP,
		    "%s is truncated after %llu bytes: did the program before "
		    "it fail?",
		    reader->name,
		    (unsigned long long)(reader->block_start +
			reader->block_bytes));
	return error_set(err, ERROR_DUMP, "%s is damaged: %s", reader->name,
	    text == NULL ? "not a tar archive" : text);
}

/* Say what it is that is no tar. */
static bool
check_beginning(const ArchiveTarReader *reader, Error *err)
{
	static const struct {
		const char *magic;
		size_t size;
		const char *hint;
	} known[] = {
		{ "\x28\xb5\x2f\xfd", 4,
		    "is compressed with zstd; decompress it first: zstd -dc" },
		{ "\x1f\x8b", 2,
		    "is compressed with gzip; decompress it first: gzip -dc" },
		{ "\xfd\x37zXZ", 5,
		    "is compressed with xz; decompress it first: xz -dc" },
		{ "SQLite format 3", 16,
		    "is a SQLite database; pipe it through litehaul-export" },
		{ "PGDMP", 5, "is a dump of pg_dump; pg_restore reads it" },
	};
	size_t i;

	if (reader->block_bytes == 0)
		return error_set(err, ERROR_DUMP,
		    "%s is empty: did the program before it fail?",
		    reader->name);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (reader->block_bytes >= known[i].size &&
		    memcmp(reader->block, known[i].magic, known[i].size) == 0)
			return error_set(err, ERROR_DUMP, "%s %s", reader->name,
			    known[i].hint);
	return true;
}

static bool
open_archive(ArchiveTarReader *reader, Error *err)
{
	reader->archive = archive_read_new();
	if (reader->archive == NULL)
		return error_set(err, ERROR_FAILED, "out of memory");
	/* No filters: what is compressed is not ours. */
	if (archive_read_support_format_tar(reader->archive) == ARCHIVE_OK &&
	    archive_read_open(
		reader->archive, reader, NULL, give_block, NULL) == ARCHIVE_OK)
		return true;
	/* It looks for a tar's header at once. */
	if (reader->failed || archive_errno(reader->archive) == ENOMEM)
		return report(reader, err);
	return error_set(err, ERROR_DUMP,
	    "%s is not a litehaul dump: neither a directory nor a tar stream",
	    reader->name);
}

bool
archive_tar_open(
    int fd, const char *name, ArchiveTarReader **reader, Error *err)
{
	Arena arena = { 0 };
	ArchiveTarReader *made;

	made = arena_alloc(&arena, 1, sizeof(*made), err);
	if (made == NULL)
		return false;
	made->block = arena_alloc(&arena, READ_BYTES, 1, err);
	made->arena = arena;
	made->fd = fd;
	made->name = name;
	made->first = true;
	widen_pipe(fd);
	if (made->block == NULL || !read_block(made, err) ||
	    !check_beginning(made, err) || !open_archive(made, err)) {
		archive_tar_close(made);
		return false;
	}
	*reader = made;
	return true;
}

/* The bytes from..to of the stream, if they lie in what was read last. */
static const uint8_t *
look_at(const ArchiveTarReader *reader, uint64_t from, uint64_t to)
{
	if (from < reader->block_start ||
	    to > reader->block_start + reader->block_bytes)
		return NULL;
	return reader->block + (from - reader->block_start);
}

static bool
all_zero(const uint8_t *bytes, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/*
 * libarchive checks a header's sum, in which the bytes of the sum itself count
 * as blanks; with these in the one form that all writers give them, no bit of
 * a header can change unseen.
 */
static bool
check_header(const ArchiveTarReader *reader, uint64_t end, Error *err)
{
	char canonical[CHECKSUM_BYTES + 1];
	const uint8_t *header;
	unsigned sum = 0;
	size_t i;

	header =
	    end < BLOCK_BYTES ? NULL : look_at(reader, end - BLOCK_BYTES, end);
	if (header == NULL)
		return error_set(err, ERROR_DUMP,
		    "%s is damaged: a header is not where it should be",
		    reader->name);
	for (i = 0; i < BLOCK_BYTES; i++)
		sum +=
		    i >= CHECKSUM_OFFSET && i < CHECKSUM_OFFSET + CHECKSUM_BYTES
		    ? ' '
		    : header[i];
	/* Six octal digits, a NUL, a blank. */
	(void)snprintf(canonical, sizeof(canonical), "%06o", sum & 0777777);
	canonical[CHECKSUM_BYTES - 1] = ' ';
	if (memcmp(header + CHECKSUM_OFFSET, canonical, CHECKSUM_BYTES) != 0)
		return error_set(err, ERROR_DUMP,
		    "%s is damaged: the sum of a header is not written as "
		    "it should be",
		    reader->name);
	return true;
}

/* Pass over what is left of the current member and check its padding. */
static bool
end_member(ArchiveTarReader *reader, Error *err)
{
	const uint8_t *padding;
	uint64_t data_end;
	const void *bytes;
	size_t size;
	la_int64_t offset;
	int result = ARCHIVE_OK;

	if (!reader->open)
		return true;
	reader->open = false;
	while (reader->read < reader->size && result == ARCHIVE_OK) {
		result = archive_read_data_block(
		    reader->archive, &bytes, &size, &offset);
		reader->read += result == ARCHIVE_OK ? size : 0;
	}
	if (result != ARCHIVE_OK)
		return report(reader, err);
	data_end = reader->member_end;
	reader->member_end =
	    (data_end + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
	padding = look_at(reader, data_end, reader->member_end);
	/* A stream cut within its padding shows at the next header. */
	if (padding != NULL &&
	    !all_zero(padding, (size_t)(reader->member_end - data_end)))
		return error_set(err, ERROR_DUMP,
		    "%s is damaged: the bytes that pad a member are not zero",
		    reader->name);
	return true;
}

/* All that follows the last member must be its end mark and zeros. */
static bool
check_end(ArchiveTarReader *reader, Error *err)
{
	uint64_t total, behind;

	do {
		total = reader->block_start + reader->block_bytes;
		behind = total - reader->member_end;
		if (behind > FILL_BYTES_LIMIT)
			return error_set(err, ERROR_DUMP,
			    "%s goes on behind its end mark", reader->name);
		if (reader->block_bytes > 0 && !read_block(reader, err))
			return false;
	} while (reader->block_bytes > 0);
	if (reader->zeros < behind)
		return error_set(err, ERROR_DUMP,
		    "%s holds bytes behind its end mark", reader->name);
	if (behind < END_BYTES)
		return error_set(err, ERROR_DUMP,
		    "%s is truncated after %llu bytes: its end mark is "
		    "missing; did the program before it fail?",
		    reader->name, (unsigned long long)total);
	return true;
}

static bool
is_claim(const char *text)
{
	return strlen(text) == ARCHIVE_CLAIM_BYTES - 1 &&
	    strspn(text, "0123456789abcdef") == ARCHIVE_CLAIM_BYTES - 1;
}

static void
copy_claim(struct archive_entry *entry, Member *member)
{
	const char *user = archive_entry_uname(entry);
	const char *group = archive_entry_gname(entry);

	if (user != NULL && group != NULL && strcmp(group, group_name) == 0 &&
	    is_claim(user))
		memcpy(member->claimed, user, ARCHIVE_CLAIM_BYTES);
}

static bool
is_plain_file(struct archive_entry *entry)
{
	return archive_entry_filetype(entry) == AE_IFREG &&
	    archive_entry_hardlink(entry) == NULL &&
	    archive_entry_sparse_count(entry) == 0 &&
	    archive_entry_size(entry) >= 0;
}

/* Take one entry: a member (STEP_ITEM), or a directory that is passed over
 * (STEP_END). */
static Step
take_entry(ArchiveTarReader *reader, struct archive_entry *entry,
    Member *member, Error *err)
{
	const char *name = archive_entry_pathname(entry);
	bool directory = archive_entry_filetype(entry) == AE_IFDIR;
	const char *why = NULL;

	reader->member_end = (uint64_t)archive_filter_bytes(reader->archive, 0);
	if (!check_header(reader, reader->member_end, err))
		return STEP_FAILED;
	*member = (Member){ 0 };
	if (!directory && !is_plain_file(entry))
		why = "is not a regular file";
	else if (name == NULL || !archive_name_strip(name, member->name) ||
	    !(directory ? archive_name_is_directory(member->name)
			: archive_name_is_member(member->name)))
		why = "is not part of a dump";
	if (why != NULL) {
		error_set(err, ERROR_DUMP, "%s: member \"%s\" %s", reader->name,
		    name == NULL ? "" : name, why);
		return STEP_FAILED;
	}
	if (directory)
		return STEP_END;
	reader->open = true;
	reader->read = 0;
	reader->size = member->size = (uint64_t)archive_entry_size(entry);
	reader->member_end += reader->size;
	copy_claim(entry, member);
	return STEP_ITEM;
}

Step
archive_tar_next(ArchiveTarReader *reader, Member *member, Error *err)
{
	struct archive_entry *entry;
	Step step;
	int result;

	do {
		if (!end_member(reader, err))
			return STEP_FAILED;
		result = archive_read_next_header(reader->archive, &entry);
		if (result == ARCHIVE_EOF)
			return check_end(reader, err) ? STEP_END : STEP_FAILED;
		/* A warning is about names and times we do not use. */
		if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
			report(reader, err);
			return STEP_FAILED;
		}
		step = take_entry(reader, entry, member, err);
	} while (step == STEP_END);
	return step;
}

static bool
next_piece(
    ArchiveTarReader *reader, const void **bytes, size_t *size, Error *err)
{
	la_int64_t offset;

	if (archive_read_data_block(reader->archive, bytes, size, &offset) !=
	    ARCHIVE_OK)
		return report(reader, err);
	if ((uint64_t)offset != reader->read ||
	    *size > reader->size - reader->read)
		return error_set(err, ERROR_DUMP,
		    "%s: a member is a sparse file", reader->name);
	reader->read += *size;
	return true;
}

/* Append the next piece of the member. */
static bool
read_piece(ArchiveTarReader *reader, Buf *buf, Error *err)
{
	uint64_t left = reader->size - reader->read;
	const void *bytes;
	size_t size;

	if (!next_piece(reader, &bytes, &size, err))
		return false;
	if (buf->capacity - buf->size < size &&
	    !buf_reserve(buf, left < AHEAD_BYTES ? left : AHEAD_BYTES, err))
		return false;
	buf_add(buf, bytes, size);
	return true;
}

bool
archive_tar_read(ArchiveTarReader *reader, uint64_t limit, Buf *buf, Error *err)
{
	if (reader->size > limit)
		return error_set(err, ERROR_DUMP,
		    "%s: a member has %llu bytes, more than the %llu allowed",
		    reader->name, (unsigned long long)reader->size,
		    (unsigned long long)limit);
	while (reader->read < reader->size)
		if (!read_piece(reader, buf, err))
			return false;
	return true;
}

bool
archive_tar_hash(
    ArchiveTarReader *reader, DigestStream *digest, uint64_t *bytes, Error *err)
{
	const void *piece;
	size_t size;

	while (reader->read < reader->size)
		if (!next_piece(reader, &piece, &size, err) ||
		    !digest_add(digest, piece, size, err))
			return false;
	*bytes = reader->size;
	return true;
}

void
archive_tar_close(ArchiveTarReader *reader)
{
	Arena arena;

	if (reader == NULL)
		return;
	archive_read_free(reader->archive);
	arena = reader->arena;
	arena_free(&arena);
}

struct ArchiveTarWriter {
	Arena arena; /* holds this very object */
	struct archive *archive;
	struct archive_entry *entry;
	int fd;
	const char *name;
	bool failed; /* err says why; nothing more is written */
	Error err;
};

/*
 * libarchive is never told of a failure: it would leak what it holds for the
 * client, and it could do nothing about it.  We look at failed afterwards.
 */
static la_ssize_t
write_bytes(
    struct archive *archive, void *context, const void *bytes, size_t size)
{
	ArchiveTarWriter *writer = context;

	(void)archive;
	if (!writer->failed &&
	    !io_write(writer->fd, writer->name, bytes, size, &writer->err))
		writer->failed = true;
	return (la_ssize_t)size;
}

/* What came of a call to libarchive and the writing in it. */
static bool
check_write(const ArchiveTarWriter *writer, bool done, Error *err)
{
	const char *text = archive_error_string(writer->archive);

	if (writer->failed) {
		*err = writer->err;
		return false;
	}
	return done ||
	    error_set(err, ERROR_FAILED, "could not write %s: %s", writer->name,
		text == NULL ? "out of memory" : text);
}

bool
archive_tar_create(
    int fd, const char *name, ArchiveTarWriter **writer, Error *err)
{
	Arena arena = { 0 };
	ArchiveTarWriter *made;

	made = arena_alloc(&arena, 1, sizeof(*made), err);
	if (made == NULL)
		return false;
	made->arena = arena;
	made->fd = fd;
	made->name = name;
	made->archive = archive_write_new();
	made->entry = archive_entry_new();
	widen_pipe(fd);
	/* Without blocks nothing is buffered: bytes go as they are given, and
	 * no filling follows the end mark. */
	if (made->archive == NULL || made->entry == NULL ||
	    archive_write_set_format_ustar(made->archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(made->archive, 0) != ARCHIVE_OK ||
	    archive_write_open(made->archive, made, NULL, write_bytes, NULL) !=
		ARCHIVE_OK) {
		error_set(err, ERROR_FAILED, "out of memory");
		archive_tar_discard(made);
		return false;
	}
	*writer = made;
	return true;
}

bool
archive_tar_put(ArchiveTarWriter *writer, const char *name,
    const Digest *digest, const uint8_t *bytes, size_t size, Error *err)
{
	char hex[DIGEST_HEX_BYTES];
	la_ssize_t n;

	digest_hex(digest, hex);
	hex[ARCHIVE_CLAIM_BYTES - 1] = '\0';
	archive_entry_clear(writer->entry);
	archive_entry_set_pathname(writer->entry, name);
	archive_entry_set_filetype(writer->entry, AE_IFREG);
	archive_entry_set_perm(writer->entry, 0600);
	archive_entry_set_size(writer->entry, (la_int64_t)size);
	archive_entry_set_mtime(writer->entry, 0, 0);
	archive_entry_set_uname(writer->entry, hex);
	archive_entry_set_gname(writer->entry, group_name);
	if (!check_write(writer,
		archive_write_header(writer->archive, writer->entry) ==
		    ARCHIVE_OK,
		err))
		return false;
	while (size > 0) {
		n = archive_write_data(writer->archive, bytes, size);
		if (!check_write(writer, n > 0, err))
			return false;
		bytes += n;
		size -= (size_t)n;
	}
	return check_write(writer,
	    archive_write_finish_entry(writer->archive) == ARCHIVE_OK, err);
}

bool
archive_tar_end(ArchiveTarWriter *writer, Error *err)
{
	return check_write(
	    writer, archive_write_close(writer->archive) == ARCHIVE_OK, err);
}

void
archive_tar_discard(ArchiveTarWriter *writer)
{
	Arena arena;

	if (writer == NULL)
		return;
	archive_entry_free(writer->entry);
	/* Freeing closes, and closing would write the end mark. */
	writer->failed = true;
	archive_write_free(writer->archive);
	arena = writer->arena;
	arena_free(&arena);
}
