#include "formats/archive_directory.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>

#include "formats/archive_name.h"
#include "formats/arena.h"
#include "formats/io.h"
#include "formats/manifest.h"

/* Read at a time of what is only hashed. */
#define PIECE_BYTES ((size_t)256 << 10)

typedef struct {
	const char *name; /* from the arena */
	uint64_t size;
} Entry;

/* What a dump's directory holds. */
typedef struct {
	Arena arena;
	Buf files;       /* of Entry */
	Buf directories; /* of Entry, parents before children */
} Listing;

static const Entry *
entry_at(const Buf *entries, size_t i)
{
	return (const Entry *)(const void *)entries->data + i;
}

static size_t
entry_count(const Buf *entries)
{
	return entries->size / sizeof(Entry);
}

static void
free_listing(Listing *listing)
{
	buf_free(&listing->files);
	buf_free(&listing->directories);
	arena_free(&listing->arena);
}

/* Add one name below the root, if it is one that a dump may hold. */
static bool
list_name(int root, const char *name, Listing *listing, Error *err)
{
	struct stat status;
	Entry entry = { 0 };
	const char *why = NULL;
	bool directory;

	if (fstatat(root, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return error_set_errno(
		    err, ERROR_FAILED, "could not look at \"%s\"", name);
	directory = S_ISDIR(status.st_mode);
	if (!directory && !S_ISREG(status.st_mode))
		why = "is neither a regular file nor a directory";
	else if (!(directory ? archive_name_is_directory(name)
			     : archive_name_is_member(name)))
		why = "is not part of a dump";
	if (why != NULL)
		return error_set(err, ERROR_DUMP, "\"%s\" %s", name, why);
	entry.name = arena_text(&listing->arena, name, err);
	entry.size = (uint64_t)status.st_size;
	return entry.name != NULL &&
	    buf_put(directory ? &listing->directories : &listing->files, &entry,
		sizeof(entry), err);
}

/* Read the names of one directory; prefix is "" or "data/x". */
static bool
list_names(
    int root, DIR *stream, const char *prefix, Listing *listing, Error *err)
{
	const struct dirent *item;
	const char *name;

	for (;;) {
		errno = 0;
		item = readdir(stream);
		if (item == NULL && errno != 0)
			return error_set_errno(err, ERROR_FAILED,
			    "could not read directory \"%s\"", prefix);
		if (item == NULL)
			return true;
		if (strcmp(item->d_name, ".") == 0 ||
		    strcmp(item->d_name, "..") == 0)
			continue;
		name = arena_format(&listing->arena, err, "%s%s%s", prefix,
		    *prefix == '\0' ? "" : "/", item->d_name);
		if (name == NULL || !list_name(root, name, listing, err))
			return false;
	}
}

static bool
list_directory(int root, const char *prefix, Listing *listing, Error *err)
{
	DIR *stream;
	bool success;
	int fd;

	fd = io_open_directory(root, *prefix == '\0' ? "." : prefix, err);
	if (fd < 0)
		return false;
	stream = fdopendir(fd);
	if (stream == NULL) {
		io_close(fd);
		return error_set_errno(err, ERROR_FAILED,
		    "could not read directory \"%s\"", prefix);
	}
	success = list_names(root, stream, prefix, listing, err);
	closedir(stream);
	return success;
}

/* List everything below root; the grammar of names bounds the depth. */
static bool
list_tree(int root, Listing *listing, Error *err)
{
	size_t i;

	if (!list_directory(root, "", listing, err))
		return false;
	for (i = 0; i < entry_count(&listing->directories); i++)
		if (!list_directory(root,
			entry_at(&listing->directories, i)->name, listing, err))
			return false;
	return true;
}

/* Remove what was listed: files, then directories, children first. */
static bool
remove_listed(int root, const Listing *listing, Error *err)
{
	size_t i;

	for (i = 0; i < entry_count(&listing->files); i++)
		if (!io_remove(
			root, entry_at(&listing->files, i)->name, false, err))
			return false;
	for (i = entry_count(&listing->directories); i-- > 0;)
		if (!io_remove(root, entry_at(&listing->directories, i)->name,
			true, err))
			return false;
	return true;
}

/* Remove what a directory holds, if all of it is a dump's. */
static bool
clear_tree(int root, Error *err)
{
	Listing listing = { 0 };
	bool success = list_tree(root, &listing, err) &&
	    remove_listed(root, &listing, err);

	free_listing(&listing);
	return success;
}

struct ArchiveDirectoryReader {
	Arena arena; /* holds this very object */
	int root;
	Listing listing; /* sorted once it has been listed */
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
	return archive_name_compare(
	    ((const Entry *)one)->name, ((const Entry *)other)->name);
}

static bool
list_members(ArchiveDirectoryReader *reader, Error *err)
{
	Buf *files = &reader->listing.files;

	if (!list_tree(reader->root, &reader->listing, err))
		return false;
	if (entry_count(files) > 1)
		qsort(files->data, entry_count(files), sizeof(Entry),
		    compare_entries);
	reader->listed = true;
	return true;
}

Step
archive_directory_next(
    ArchiveDirectoryReader *reader, Member *member, Error *err)
{
	const Entry *entry;

	if (!reader->listed && !list_members(reader, err))
		return STEP_FAILED;
	if (reader->next == entry_count(&reader->listing.files))
		return STEP_END;
	entry = entry_at(&reader->listing.files, reader->next++);
	*member = (Member){ .size = entry->size };
	/* The grammar keeps names shorter than that. */
	memcpy(member->name, entry->name, strlen(entry->name));
	return STEP_ITEM;
}

const char *
archive_directory_current(const ArchiveDirectoryReader *reader)
{
	return entry_at(&reader->listing.files, reader->next - 1)->name;
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
	free_listing(&reader->listing);
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
	bool exists; /* PATH is there already */
	int growing; /* the member that is appended to, or -1 */
	char growing_name[ARCHIVE_NAME_BYTES];
};

static bool
set_paths(ArchiveDirectoryWriter *writer, const char *path, Error *err)
{
	size_t size = strlen(path);

	while (size > 1 && path[size - 1] == '/')
		size--;
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
	struct stat opened, named;

	/* Where the file system has no locks there is none. */
	if ((flock(writer->root, LOCK_EX | LOCK_NB) != 0 &&
		errno == EWOULDBLOCK) ||
	    fstat(writer->root, &opened) != 0 ||
	    fstatat(AT_FDCWD, writer->partial, &named, AT_SYMLINK_NOFOLLOW) !=
		0 ||
	    opened.st_ino != named.st_ino || opened.st_dev != named.st_dev)
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
		if (exists_at(AT_FDCWD, writer->partial))
			err->kind = ERROR_USAGE;
		return false;
	}
	if (!lock_partial(writer, err))
		return false;
	if (clear_tree(writer->root, err))
		return true;
	if (err->kind == ERROR_DUMP)
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
	return clear_tree(writer->root, err) &&
	    io_remove(AT_FDCWD, writer->partial, true, err);
}

/* PATH is there: keep it if it is the same, and remove the new copy. */
static bool
compare_manifests(ArchiveDirectoryWriter *writer, const uint8_t *manifest,
    size_t size, Error *err)
{
	ArchiveDirectoryReader *there = NULL;
	Buf buf = { 0 };
	bool success = false;

	if (!archive_directory_open(writer->path, &there, err) ||
	    !archive_directory_read(there, ARCHIVE_NAME_MANIFEST,
		MANIFEST_BYTES_LIMIT, &buf, err)) {
		error_add(err, "dump \"%s\"", writer->path);
		goto done;
	}
	if (buf.size != size || memcmp(buf.data, manifest, size) != 0) {
		error_set(err, ERROR_USAGE,
		    "\"%s\" already holds another dump; the new one stays in "
		    "\"%s\": remove one of them or choose another name",
		    writer->path, writer->partial);
		goto done;
	}
	success = archive_directory_remove(writer, err);
done:
	buf_free(&buf);
	archive_directory_close(there);
	return success;
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
		return compare_manifests(writer, manifest, size, err);
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
