#include "formats/archive_listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include <sys/stat.h>

#include "formats/archive_name.h"
#include "formats/io.h"

const ArchiveEntry *
archive_listing_at(const Buf *entries, size_t i)
{
	return (const ArchiveEntry *)(const void *)entries->data + i;
}

size_t
archive_listing_count(const Buf *entries)
{
	return entries->size / sizeof(ArchiveEntry);
}

void
archive_listing_free(ArchiveListing *listing)
{
	buf_free(&listing->files);
	buf_free(&listing->directories);
	arena_free(&listing->arena);
}

/* Add one name below the root, if it is one that a dump may hold. */
static bool
list_name(int root, const char *name, ArchiveListing *listing, Error *err)
{
	struct stat status;
	ArchiveEntry entry = { 0 };
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
list_names(int root, DIR *stream, const char *prefix, ArchiveListing *listing,
    Error *err)
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
list_directory(
    int root, const char *prefix, ArchiveListing *listing, Error *err)
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

/* The grammar of names bounds the depth. */
bool
archive_listing_read(int root, ArchiveListing *listing, Error *err)
{
	size_t i;

	if (!list_directory(root, "", listing, err))
		return false;
	for (i = 0; i < archive_listing_count(&listing->directories); i++)
		if (!list_directory(root,
			archive_listing_at(&listing->directories, i)->name,
			listing, err))
			return false;
	return true;
}

/* Remove what was listed: files, then directories, children first. */
static bool
remove_listed(int root, const ArchiveListing *listing, Error *err)
{
	size_t i;

	for (i = 0; i < archive_listing_count(&listing->files); i++)
		if (!io_remove(root,
			archive_listing_at(&listing->files, i)->name, false,
			err))
			return false;
	for (i = archive_listing_count(&listing->directories); i-- > 0;)
		if (!io_remove(root,
			archive_listing_at(&listing->directories, i)->name,
			true, err))
			return false;
	return true;
}

bool
archive_listing_clear(int root, Error *err)
{
	ArchiveListing listing = { 0 };
	bool success = archive_listing_read(root, &listing, err) &&
	    remove_listed(root, &listing, err);

	archive_listing_free(&listing);
	return success;
}
