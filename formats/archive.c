#include "formats/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <sys/stat.h>

#include "formats/archive_directory.h"
#include "formats/archive_name.h"
#include "formats/archive_tar.h"
#include "formats/arena.h"
#include "formats/io.h"

/* Either half; the other is NULL. */
struct ArchiveReader {
	Arena arena; /* holds this very object */
	ArchiveDirectoryReader *directory;
	ArchiveTarReader *tar;
	int fd; /* of a tar file of ours; -1 for standard input */
	char *name;
};

struct ArchiveWriter {
	Arena arena; /* holds this very object */
	ArchiveDirectoryWriter *directory;
	ArchiveTarWriter *tar;
};

static bool
is_stream(const char *path)
{
	return strcmp(path, "-") == 0;
}

static bool
open_standard_input(ArchiveReader *reader, Error *err)
{
	if (isatty(STDIN_FILENO))
		return error_set(err, ERROR_USAGE,
		    "standard input is a terminal; name a dump or pipe one "
		    "in");
	return archive_tar_open(STDIN_FILENO, "the stream", &reader->tar, err);
}

/* A killed run leaves PATH.partial behind and no PATH. */
static bool
report_missing(const char *path, Arena *arena, Error *err)
{
	int number = errno;
	const char *partial = arena_format(arena, err, "%s.partial", path);

	if (partial == NULL)
		return false;
	if (number == ENOENT && access(partial, F_OK) == 0)
		return error_set(err, ERROR_DUMP,
		    "there is no \"%s\", but \"%s\": the run that wrote it "
		    "did not finish; run it again",
		    path, partial);
	errno = number;
	return error_set_errno(err,
	    number == ENOENT || number == ENOTDIR ? ERROR_DUMP : ERROR_FAILED,
	    "could not open dump \"%s\"", path);
}

static bool
open_path(ArchiveReader *reader, const char *path, Error *err)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return report_missing(path, &reader->arena, err);
	if (S_ISDIR(status.st_mode))
		return archive_directory_open(path, &reader->directory, err);
	reader->name = arena_format(&reader->arena, err, "\"%s\"", path);
	if (reader->name == NULL)
		return false;
	do
		reader->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (reader->fd < 0 && errno == EINTR);
	if (reader->fd < 0)
		return report_missing(path, &reader->arena, err);
	return archive_tar_open(reader->fd, reader->name, &reader->tar, err);
}

bool
archive_open(const char *path, ArchiveReader **reader, Error *err)
{
	Arena arena = { 0 };
	ArchiveReader *made;

	made = arena_alloc(&arena, 1, sizeof(*made), err);
	if (made == NULL)
		return false;
	made->arena = arena;
	made->fd = -1;
	if (is_stream(path) ? !open_standard_input(made, err)
			    : !open_path(made, path, err)) {
		archive_close(made);
		return false;
	}
	*reader = made;
	return true;
}

bool
archive_is_directory(const ArchiveReader *reader)
{
	return reader->directory != NULL;
}

Step
archive_next(ArchiveReader *reader, Member *member, Error *err)
{
	if (reader->directory != NULL)
		return archive_directory_next(reader->directory, member, err);
	return archive_tar_next(reader->tar, member, err);
}

bool
archive_read_named(ArchiveReader *reader, const char *name, uint64_t limit,
    Buf *buf, Error *err)
{
	return archive_directory_read(reader->directory, name, limit, buf, err);
}

bool
archive_read(ArchiveReader *reader, uint64_t limit, Buf *buf, Error *err)
{
	const char *name;

	if (reader->directory == NULL)
		return archive_tar_read(reader->tar, limit, buf, err);
	name = archive_directory_current(reader->directory);
	return archive_directory_read(reader->directory, name, limit, buf, err);
}

bool
archive_hash(ArchiveReader *reader, uint64_t *bytes, Digest *digest, Error *err)
{
	DigestStream stream = { 0 };
	bool success = digest_begin(&stream, err);

	if (success && reader->directory != NULL)
		success = archive_directory_hash(reader->directory,
		    archive_directory_current(reader->directory), &stream,
		    bytes, err);
	else if (success)
		success = archive_tar_hash(reader->tar, &stream, bytes, err);
	success = success && digest_end(&stream, digest, err);
	digest_free(&stream);
	return success;
}

void
archive_close(ArchiveReader *reader)
{
	Arena arena;

	if (reader == NULL)
		return;
	archive_directory_close(reader->directory);
	archive_tar_close(reader->tar);
	io_close(reader->fd);
	arena = reader->arena;
	arena_free(&arena);
}

static bool
create_stream(ArchiveWriter *writer, Error *err)
{
	if (isatty(STDOUT_FILENO))
		return error_set(err, ERROR_USAGE,
		    "a dump is not written to a terminal; pipe it on, or name "
		    "a directory with -f");
	return archive_tar_create(
	    STDOUT_FILENO, "standard output", &writer->tar, err);
}

bool
archive_create(const char *path, ArchiveWriter **writer, Error *err)
{
	Arena arena = { 0 };
	ArchiveWriter *made;

	made = arena_alloc(&arena, 1, sizeof(*made), err);
	if (made == NULL)
		return false;
	made->arena = arena;
	if (is_stream(path)
		? !create_stream(made, err)
		: !archive_directory_create(path, &made->directory, err)) {
		archive_discard(made);
		return false;
	}
	*writer = made;
	return true;
}

bool
archive_put(ArchiveWriter *writer, const char *name, const Digest *digest,
    const uint8_t *bytes, size_t size, Error *err)
{
	if (writer->directory != NULL)
		return archive_directory_put(
		    writer->directory, name, bytes, size, err);
	return archive_tar_put(writer->tar, name, digest, bytes, size, err);
}

bool
archive_append(ArchiveWriter *writer, const char *name, const uint8_t *bytes,
    size_t size, Error *err)
{
	if (writer->directory != NULL)
		return archive_directory_append(
		    writer->directory, name, bytes, size, err);
	return error_set(err, ERROR_USAGE,
	    "\"%s\" grows as it is written, which a stream cannot hold; name "
	    "a directory",
	    name);
}

bool
archive_remove(ArchiveWriter *writer, Error *err)
{
	return writer->directory == NULL ||
	    archive_directory_remove(writer->directory, err);
}

void
archive_replace(ArchiveWriter *writer)
{
	if (writer->directory != NULL)
		archive_directory_replace(writer->directory);
}

bool
archive_commit(
    ArchiveWriter *writer, const uint8_t *manifest, size_t size, Error *err)
{
	Digest digest;

	if (writer->directory != NULL)
		return archive_directory_commit(
		    writer->directory, manifest, size, err);
	return digest_of(manifest, size, &digest, err) &&
	    archive_tar_put(writer->tar, ARCHIVE_NAME_MANIFEST, &digest,
		manifest, size, err) &&
	    archive_tar_end(writer->tar, err);
}

void
archive_discard(ArchiveWriter *writer)
{
	Arena arena;

	if (writer == NULL)
		return;
	archive_directory_discard(writer->directory);
	archive_tar_discard(writer->tar);
	arena = writer->arena;
	arena_free(&arena);
}
