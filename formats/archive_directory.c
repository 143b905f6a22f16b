#include "formats/archive_directory.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>

#include "formats/archive_listing.h"
#include "formats/archive_name.h"
#include "formats/arena.h"
#include "formats/io.h"
#include "formats/manifest.h"

/* Read at a time of what is only hashed. */
#define PIECE_BYTES ((size_t)256 << 10)

struct ArchiveDirectoryReader {
	Arena arena; /* holds this very object */
	int root;
	ArchiveListing listing; /* sorted once it has been listed */
	bool listed;
	size_t next;
};

static bool
exists_at(int dirfd, const char *path)
{
	struct stat status;

	return fstatat(dirfd, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

bool
archive_directory_open(
    const char *path, ArchiveDirectoryReader **reader, Error *err)
{
	Arena arena = { 0 };
	ArchiveDirectoryReader *made;
	const char *inside;

	/* The dot at the end lets path itself be a symbolic link. */
	made = arena_alloc(&arena, 1, sizeof(*made), err);
	inside = arena_format(&arena, err, "%s/.", path);
	if (made == NULL || inside == NULL) {
		arena_free(&arena);
		return false;
	}
	made->arena = arena;
	made->root = io_open_directory(AT_FDCWD, inside, err);
	if (made->root < 0)
		goto done;
	if (!exists_at(made->root, ARCHIVE_NAME_MANIFEST)) {
		error_set(err, ERROR_DUMP,
		    "\"%s\" is not a complete dump: it has no manifest.json",
		    path);
		goto done;
	}
	*reader = made;
	return true;
done:
	archive_directory_close(made);
	return false;
}

static int
compare_entries(const void *one, const void *other)
{
	return archive_name_compare(((const ArchiveEntry *)one)->name,
	    ((const ArchiveEntry *)other)->name);
}

static bool
list_members(ArchiveDirectoryReader *reader, Error *err)
{
	Buf *files = &reader->listing.files;

	if (!archive_listing_read(reader->root, &reader->listing, err))
		return false;
	if (archive_listing_count(files) > 1)
		qsort(files->data, archive_listing_count(files),
		    sizeof(ArchiveEntry), compare_entries);
	reader->listed = true;
	return true;
}

Step
archive_directory_next(
    ArchiveDirectoryReader *reader, Member *member, Error *err)
{
	const ArchiveEntry *entry;

	if (!reader->listed && !list_members(reader, err))
		return STEP_FAILED;
	if (reader->next == archive_listing_count(&reader->listing.files))
		return STEP_END;
	entry = archive_listing_at(&reader->listing.files, reader->next++);
	*member = (Member){ .size = entry->size };
	/* The grammar keeps names shorter than that. */
	memcpy(member->name, entry->name, strlen(entry->name));
	return STEP_ITEM;
}

const char *
archive_directory_current(const ArchiveDirectoryReader *reader)
{
	return archive_listing_at(&reader->listing.files, reader->next - 1)
	    ->name;
}

bool
archive_directory_read(const ArchiveDirectoryReader *reader, const char *name,
    uint64_t limit, Buf *buf, Error *err)
{
	return io_read_file(reader->root, name, limit, buf, err);
}

bool
archive_directory_hash(const ArchiveDirectoryReader *reader, const char *name,
    DigestStream *digest, uint64_t *bytes, Error *err)
{
	int fd = io_open_file(reader->root, name, err);
	Buf piece = { 0 };
	size_t got = PIECE_BYTES;
	bool success = fd >= 0 && buf_reserve(&piece, PIECE_BYTES, err);

	*bytes = 0;
	while (success && got == PIECE_BYTES) {
		success =
		    io_read(fd, name, piece.data, PIECE_BYTES, &got, err) &&
		    digest_add(digest, piece.data, got, err);
		*bytes += got;
	}
	buf_free(&piece);
	io_close(fd);
	return success;
}

void
archive_directory_close(ArchiveDirectoryReader *reader)
{
	Arena arena;

	if (reader == NULL)
		return;
	io_close(reader->root);
	archive_listing_free(&reader->listing);
	arena = reader->arena;
	arena_free(&arena);
}

struct ArchiveDirectoryWriter {
	Arena arena;         /* holds this very object */
	const char *path;    /* without slashes at its end */
	const char *partial; /* PATH.partial */
	int root;            /* PATH.partial, locked */
	bool data;           /* data/ is made */
	int directory;       /* the data directory written to last, or -1 */
	char directory_name[ARCHIVE_NAME_BYTES];
	bool exists;   /* PATH is there already */
	bool replaces; /* and is to go */
	int growing;   /* the member that is appended to, or -1 */
	char growing_name[ARCHIVE_NAME_BYTES];
};

static bool
set_paths(ArchiveDirectoryWriter *writer, const char *path, Error *err)
{
	size_t size = io_path_size(path);

	if (size == 0 || path[size - 1] == '/')
		return error_set(err, ERROR_USAGE,
		    "\"%s\" cannot be the name of a dump", path);
	writer->path =
	    arena_format(&writer->arena, err, "%.*s", (int)size, path);
	writer->partial =
	    arena_format(&writer->arena, err, "%.*s.partial", (int)size, path);
	return writer->path != NULL && writer->partial != NULL;
}

/* PATH may be there as a complete dump only. */
static bool
check_path(ArchiveDirectoryWriter *writer, Error *err)
{
	const char *manifest;

	writer->exists = exists_at(AT_FDCWD, writer->path);
	if (!writer->exists)
		return true;
	manifest = arena_format(
	    &writer->arena, err, "%s/%s", writer->path, ARCHIVE_NAME_MANIFEST);
	if (manifest == NULL)
		return false;
	if (!exists_at(AT_FDCWD, manifest))
		return error_set(err, ERROR_USAGE,
		    "\"%s\" exists and is not a litehaul dump; remove it or "
		    "choose another name",
		    writer->path);
	return true;
}

/*
 * Lock PATH.partial against another run that writes the same dump.  Whoever
 * locked it before may have renamed it meanwhile: then the name is no longer
 * that of what was opened.
 */
static bool
lock_partial(ArchiveDirectoryWriter *writer, Error *err)
{
	struct stat opened, named = { 0 };
	bool ours;

	/* Where the file system has no locks there is none. */
	ours =
	    flock(writer->root, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
	if (fstat(writer->root, &opened) != 0 ||
	    (fstatat(AT_FDCWD, writer->partial, &named, AT_SYMLINK_NOFOLLOW) !=
		    0 &&
		errno != ENOENT))
		return error_set_errno(err, ERROR_FAILED,
		    "could not look at \"%s\"", writer->partial);
	if (!ours || opened.st_ino != named.st_ino ||
	    opened.st_dev != named.st_dev)
		return error_set(err, ERROR_USAGE,
		    "\"%s\" is being written by another run", writer->partial);
	return true;
}

static bool
open_partial(ArchiveDirectoryWriter *writer, Error *err)
{
	if (io_make_directory(AT_FDCWD, writer->partial, err))
		writer->root =
		    io_open_directory(AT_FDCWD, writer->partial, err);
	if (writer->root < 0) {
		/* What is in the way is the user's to remove. */
		if (err->kind == ERROR_DUMP)
			err->kind = ERROR_USAGE;
		return false;
	}
	if (!lock_partial(writer, err))
		return false;
	if (archive_listing_clear(writer->root, err))
		return true;
	if (err->kind != ERROR_DUMP)
		return error_add(
		    err, "could not empty \"%s\"", writer->partial);
	err->kind = ERROR_USAGE;
	return error_add(err,
	    "\"%s\" is in the way and not all litehaul's; remove it",
	    writer->partial);
}

bool
archive_directory_create(
    const char *path, ArchiveDirectoryWriter **writer, Error *err)
{
	Arena arena = { 0 };
	ArchiveDirectoryWriter *made;

	made = arena_alloc(&arena, 1, sizeof(*made), err);
	if (made == NULL)
		return false;
	made->arena = arena;
	made->root = made->directory = made->growing = -1;
	if (!set_paths(made, path, err) || !check_path(made, err) ||
	    !open_partial(made, err)) {
		archive_directory_discard(made);
		return false;
	}
	*writer = made;
	return true;
}

/* Leave the data directory written to last, its names on disk. */
static bool
leave_directory(ArchiveDirectoryWriter *writer, Error *err)
{
	bool success;

	if (writer->directory < 0)
		return true;
	success =
	    io_sync_directory(writer->directory, writer->directory_name, err);
	io_close(writer->directory);
	writer->directory = -1;
	return success;
}

/* Make and open the data directory of the given name. */
static bool
enter_directory(
    ArchiveDirectoryWriter *writer, const char *name, size_t size, Error *err)
{
	if (writer->directory >= 0 && strlen(writer->directory_name) == size &&
	    memcmp(writer->directory_name, name, size) == 0)
		return true;
	if (!leave_directory(writer, err))
		return false;
	memcpy(writer->directory_name, name, size);
	writer->directory_name[size] = '\0';
	if (!writer->data && !io_make_directory(writer->root, "data", err))
		return false;
	writer->data = true;
	if (!io_make_directory(writer->root, writer->directory_name, err))
		return false;
	writer->directory =
	    io_open_directory(writer->root, writer->directory_name, err);
	return writer->directory >= 0;
}

static bool
put_member(ArchiveDirectoryWriter *writer, const char *name,
    const uint8_t *bytes, size_t size, Error *err)
{
	const char *slash = strrchr(name, '/');

	if (slash == NULL)
		return io_create_file(writer->root, name, bytes, size, err);
	return enter_directory(writer, name, (size_t)(slash - name), err) &&
	    io_create_file(writer->directory, slash + 1, bytes, size, err);
}

bool
archive_directory_put(ArchiveDirectoryWriter *writer, const char *name,
    const uint8_t *bytes, size_t size, Error *err)
{
	if (!put_member(writer, name, bytes, size, err))
		return error_add(err, "dump \"%s\"", writer->partial);
	return true;
}

static bool
begin_growing(ArchiveDirectoryWriter *writer, const char *name, Error *err)
{
	size_t size = strlen(name);

	assert(size < ARCHIVE_NAME_BYTES && strchr(name, '/') == NULL);
	memcpy(writer->growing_name, name, size + 1);
	writer->growing = io_begin_file(writer->root, name, err);
	return writer->growing >= 0;
}

bool
archive_directory_append(ArchiveDirectoryWriter *writer, const char *name,
    const uint8_t *bytes, size_t size, Error *err)
{
	/* One is all that anybody needs. */
	assert(writer->growing < 0 || strcmp(writer->growing_name, name) == 0);
	if ((writer->growing >= 0 || begin_growing(writer, name, err)) &&
	    io_write(writer->growing, name, bytes, size, err))
		return true;
	return error_add(err, "dump \"%s\"", writer->partial);
}

static bool
end_growing(ArchiveDirectoryWriter *writer, Error *err)
{
	int fd = writer->growing;

	writer->growing = -1;
	return fd < 0 || io_end_file(fd, writer->growing_name, err) ||
	    error_add(err, "dump \"%s\"", writer->partial);
}

static bool
sync_tree(ArchiveDirectoryWriter *writer, Error *err)
{
	bool success;
	int fd;

	if (!leave_directory(writer, err))
		return false;
	if (writer->data) {
		fd = io_open_directory(writer->root, "data", err);
		if (fd < 0)
			return false;
		success = io_sync_directory(fd, "data", err);
		io_close(fd);
		if (!success)
			return false;
	}
	return io_sync_directory(writer->root, writer->partial, err);
}

bool
archive_directory_remove(ArchiveDirectoryWriter *writer, Error *err)
{
	return archive_listing_clear(writer->root, err) &&
	    io_remove(AT_FDCWD, writer->partial, true, err);
}

/* Is the dump at PATH the one with this manifest? */
static bool
is_same(const ArchiveDirectoryWriter *writer, const uint8_t *manifest,
    size_t size, bool *same, Error *err)
{
	ArchiveDirectoryReader *there = NULL;
	Buf buf = { 0 };
	bool success;

	success = archive_directory_open(writer->path, &there, err) &&
	    archive_directory_read(
		there, ARCHIVE_NAME_MANIFEST, MANIFEST_BYTES_LIMIT, &buf, err);
	if (success)
		*same =
		    buf.size == size && memcmp(buf.data, manifest, size) == 0;
	else
		error_add(err, "dump \"%s\"", writer->path);
	buf_free(&buf);
	archive_directory_close(there);
	return success;
}

/* The new dump takes PATH, and what was there goes. */
static bool
take_place(const ArchiveDirectoryWriter *writer, Error *err)
{
	bool success;
	int old;

	if (!io_exchange(writer->partial, writer->path, err))
		return false;
	old = io_open_directory(AT_FDCWD, writer->partial, err);
	success = old >= 0 && archive_listing_clear(old, err) &&
	    io_remove(AT_FDCWD, writer->partial, true, err);
	io_close(old);
	return success;
}

/* PATH is there: keep it if it is the same, and remove the new copy. */
static bool
meet_existing(ArchiveDirectoryWriter *writer, const uint8_t *manifest,
    size_t size, Error *err)
{
	bool same;

	if (!is_same(writer, manifest, size, &same, err))
		return false;
	if (same)
		return archive_directory_remove(writer, err);
	if (writer->replaces)
		return take_place(writer, err);
	return error_set(err, ERROR_USAGE,
	    "\"%s\" already holds another dump; the new one stays in "
	    "\"%s\": remove one of them or choose another name",
	    writer->path, writer->partial);
}

void
archive_directory_replace(ArchiveDirectoryWriter *writer)
{
	writer->replaces = true;
}

bool
archive_directory_commit(ArchiveDirectoryWriter *writer,
    const uint8_t *manifest, size_t size, Error *err)
{
	if (!end_growing(writer, err) ||
	    !archive_directory_put(
		writer, ARCHIVE_NAME_MANIFEST, manifest, size, err) ||
	    !sync_tree(writer, err))
		return false;
	if (writer->exists || exists_at(AT_FDCWD, writer->path))
		return meet_existing(writer, manifest, size, err);
	return io_rename_new(writer->partial, writer->path, err);
}

void
archive_directory_discard(ArchiveDirectoryWriter *writer)
{
	Arena arena;

	if (writer == NULL)
		return;
	io_close(writer->growing);
	io_close(writer->directory);
	io_close(writer->root);
	arena = writer->arena;
	arena_free(&arena);
}
