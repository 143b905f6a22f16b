#include "formats/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

/* Of a file of unknown size, at a time. */
#define GIVEN_BYTES ((size_t)64 << 10)
/* Linux moves at most this many bytes a call (read(2), NOTES). */
#define TRANSFER_BYTES 0x7ffff000

/* May the call be made again?  Waits where the descriptor was made
 * non-blocking, as a shell or ssh may have done with ours. */
static bool
may_retry(int fd, short events)
{
	struct pollfd ready;

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return false;
	ready = (struct pollfd){ .fd = fd, .events = events };
	return poll(&ready, 1, -1) > 0 || errno == EINTR;
}

bool
io_read(
    int fd, const char *name, void *bytes, size_t size, size_t *got, Error *err)
{
	size_t left, part;
	ssize_t n;

	*got = 0;
	while (*got < size) {
		left = size - *got;
		part = left < TRANSFER_BYTES ? left : TRANSFER_BYTES;
		n = read(fd, (uint8_t *)bytes + *got, part);
		if (n == 0)
			break;
		if (n > 0)
			*got += (size_t)n;
		else if (!may_retry(fd, POLLIN))
			return error_set_errno(
			    err, ERROR_FAILED, "could not read \"%s\"", name);
	}
	return true;
}

bool
io_write(int fd, const char *name, const void *bytes, size_t size, Error *err)
{
	size_t done, left, part;
	ssize_t n;

	done = 0;
	while (done < size) {
		left = size - done;
		part = left < TRANSFER_BYTES ? left : TRANSFER_BYTES;
		n = write(fd, (const uint8_t *)bytes + done, part);
		if (n >= 0)
			done += (size_t)n;
		else if (!may_retry(fd, POLLOUT))
			return error_set_errno(err,
			    errno == EPIPE ? ERROR_CLOSED : ERROR_FAILED,
			    "could not write \"%s\"", name);
	}
	return true;
}

/* openat(2) made again where a signal broke it. */
static int
open_at(int dirfd, const char *path, int flags)
{
	int fd;

	do
		fd = openat(dirfd, path, flags | O_CLOEXEC | O_NOCTTY, 0600);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/*
 * Open path without following a link.  Below a directory of ours no part of
 * the path may be one; of a path somebody gave us only the last part is held
 * to that.
 */
static int
open_below(int dirfd, const char *path, int flags)
{
	char part[NAME_MAX + 1];
	const char *slash;
	int fd, at, number;

	at = dirfd;
	while (dirfd != AT_FDCWD && (slash = strchr(path, '/')) != NULL) {
		if ((size_t)(slash - path) > NAME_MAX) {
			io_close(at == dirfd ? -1 : at);
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = '\0';
		fd = open_at(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW);
		number = errno;
		io_close(at == dirfd ? -1 : at);
		if (fd < 0) {
			errno = number;
			return -1;
		}
		at = fd;
		path = slash + 1;
	}
	fd = open_at(at, path, flags | O_NOFOLLOW);
	number = errno;
	io_close(at == dirfd ? -1 : at);
	errno = number;
	return fd;
}

/* The kind of errno after an open for reading: what is not there or is of
 * another kind makes the dump a bad one; the rest is ours or the machine's. */
static ErrorKind
open_error_kind(void)
{
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
	    errno == ENXIO || errno == ENAMETOOLONG)
		return ERROR_DUMP;
	return ERROR_FAILED;
}

/* Is it a regular file, and how large? */
static bool
look_at_regular(int fd, const char *path, struct stat *status, Error *err)
{
	if (fstat(fd, status) != 0)
		return error_set_errno(
		    err, ERROR_FAILED, "could not read \"%s\"", path);
	return S_ISREG(status->st_mode) ||
	    error_set(err, ERROR_DUMP, "\"%s\" is not a regular file", path);
}

static bool
read_regular(int fd, const char *path, uint64_t limit, Buf *buf, Error *err)
{
	struct stat status;
	size_t size, got;

	if (!look_at_regular(fd, path, &status, err))
		return false;
	if ((uint64_t)status.st_size > limit)
		return error_set(err, ERROR_DUMP,
		    "\"%s\" has %lld bytes, more than the %llu allowed", path,
		    (long long)status.st_size, (unsigned long long)limit);
	/* One byte more than there should be shows that it is the end. */
	size = (size_t)status.st_size;
	if (!buf_reserve(buf, size + 1, err) ||
	    !io_read(fd, path, buf->data + buf->size, size + 1, &got, err))
		return false;
	if (got != size)
		return error_set(
		    err, ERROR_DUMP, "\"%s\" changed while it was read", path);
	buf->size += size;
	return true;
}

/* Open what should be a regular file: a descriptor, or -1. */
static int
open_regular(int dirfd, const char *path, Error *err)
{
	/* Not to hang on a FIFO that somebody put there. */
	int fd = open_below(dirfd, path, O_RDONLY | O_NONBLOCK);

	if (fd < 0 && errno == ELOOP)
		error_set(err, ERROR_DUMP,
		    "\"%s\" is a symbolic link, not a regular file", path);
	else if (fd < 0)
		error_set_errno(
		    err, open_error_kind(), "could not open \"%s\"", path);
	return fd;
}

bool
io_read_file(int dirfd, const char *path, uint64_t limit, Buf *buf, Error *err)
{
	int fd = open_regular(dirfd, path, err);
	bool done = fd >= 0 && read_regular(fd, path, limit, buf, err);

	io_close(fd);
	return done;
}

int
io_open_file(int dirfd, const char *path, Error *err)
{
	struct stat status;
	int fd = open_regular(dirfd, path, err);

	if (fd >= 0 && !look_at_regular(fd, path, &status, err)) {
		io_close(fd);
		return -1;
	}
	return fd;
}

/* A name that leads nowhere is the operator's mistake, an error of the disk or
 * a want of memory is not. */
static ErrorKind
open_given_kind(void)
{
	return errno == EIO || errno == EMFILE || errno == ENFILE ||
		errno == ENOMEM
	    ? ERROR_FAILED
	    : ERROR_USAGE;
}

/* Likewise of a directory. */
static ErrorKind
read_given_kind(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)
	    ? ERROR_USAGE
	    : ERROR_FAILED;
}

bool
io_read_given(const char *path, uint64_t limit, Buf *buf, Error *err)
{
	const size_t start = buf->size;
	int fd = open_at(AT_FDCWD, path, O_RDONLY);
	size_t got = 1;
	bool done = fd >= 0 ||
	    error_set_errno(
		err, open_given_kind(), "could not open \"%s\"", path);

	while (done && got > 0) {
		done = buf_reserve(buf, GIVEN_BYTES, err);
		if (!done)
			break;
		done = io_read(
		    fd, path, buf->data + buf->size, GIVEN_BYTES, &got, err);
		if (done)
			buf->size += got;
		else
			err->kind = read_given_kind(fd);
		if (buf->size - start > limit)
			done = error_set(err, ERROR_USAGE,
			    "\"%s\" has more than the %llu bytes allowed", path,
			    (unsigned long long)limit);
	}
	io_close(fd);
	return done;
}

bool
io_write_given(const char *path, const void *bytes, size_t size, Error *err)
{
	bool done;
	int fd = open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC);

	if (fd < 0)
		return error_set_errno(
		    err, ERROR_USAGE, "could not create \"%s\"", path);
	done = io_write(fd, path, bytes, size, err);
	if (close(fd) != 0 && errno != EINTR && done)
		done = error_set_errno(
		    err, ERROR_FAILED, "could not write \"%s\"", path);
	return done;
}

int
io_begin_file(int dirfd, const char *path, Error *err)
{
	int fd = open_at(dirfd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);

	if (fd < 0)
		error_set_errno(
		    err, ERROR_FAILED, "could not create \"%s\"", path);
	return fd;
}

/* Close what was written; done tells whether all went well so far. */
static bool
close_written(int fd, const char *path, bool done, Error *err)
{
	if (done && fsync(fd) != 0)
		done = error_set_errno(
		    err, ERROR_FAILED, "could not write \"%s\" to disk", path);
	/* NFS reports a full disk here at the latest. */
	if (close(fd) != 0 && errno != EINTR && done)
		done = error_set_errno(
		    err, ERROR_FAILED, "could not close \"%s\"", path);
	return done;
}

bool
io_end_file(int fd, const char *path, Error *err)
{
	return close_written(fd, path, true, err);
}

bool
io_create_file(
    int dirfd, const char *path, const void *bytes, size_t size, Error *err)
{
	int fd = io_begin_file(dirfd, path, err);
	bool done;

	if (fd < 0)
		return false;
	done = io_write(fd, path, bytes, size, err);
	done = close_written(fd, path, done, err);
	if (!done)
		unlinkat(dirfd, path, 0);
	return done;
}

int
io_open_directory(int dirfd, const char *path, Error *err)
{
	int fd;

	fd = open_below(dirfd, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		error_set(err, ERROR_DUMP, "\"%s\" is not a directory", path);
	else if (fd < 0)
		error_set_errno(err, open_error_kind(),
		    "could not open directory \"%s\"", path);
	return fd;
}

bool
io_make_directory(int dirfd, const char *path, Error *err)
{
	struct stat status;

	if (mkdirat(dirfd, path, 0700) == 0)
		return true;
	if (errno != EEXIST)
		return error_set_errno(
		    err, ERROR_FAILED, "could not make directory \"%s\"", path);
	if (fstatat(dirfd, path, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return error_set_errno(
		    err, ERROR_FAILED, "could not look at \"%s\"", path);
	if (!S_ISDIR(status.st_mode))
		return error_set(err, ERROR_USAGE,
		    "\"%s\" exists and is not a directory", path);
	return true;
}

bool
io_sync_directory(int fd, const char *name, Error *err)
{
	/* Some network file systems have no fsync for directories (EINVAL) and
	 * keep names durable without it. */
	if (fsync(fd) != 0 && errno != EINVAL)
		return error_set_errno(err, ERROR_FAILED,
		    "could not write directory \"%s\" to disk", name);
	return true;
}

/* fsync the directory that holds path. */
static bool
sync_parent(const char *path, Error *err)
{
	char parent[PATH_MAX];
	size_t size;
	bool done;
	int fd;

	size = strlen(path);
	while (size > 1 && path[size - 1] == '/')
		size--;
	while (size > 0 && path[size - 1] != '/')
		size--;
	if (size == 0)
		snprintf(parent, sizeof(parent), ".");
	else
		snprintf(parent, sizeof(parent), "%.*s", (int)size, path);
	fd = open_at(AT_FDCWD, parent, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return error_set_errno(err, ERROR_FAILED,
		    "could not open directory \"%s\"", parent);
	done = io_sync_directory(fd, parent, err);
	io_close(fd);
	return done;
}

bool
io_rename_new(const char *from, const char *to, Error *err)
{
	struct stat status;
	bool renamed;

	renamed =
	    renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0;
	/* A file system or kernel without it: look first, which leaves a gap
	 * only to somebody who makes the same name at this very moment. */
	if (!renamed && (errno == EINVAL || errno == ENOSYS)) {
		if (lstat(to, &status) == 0)
			errno = EEXIST;
		else if (errno == ENOENT)
			renamed = rename(from, to) == 0;
	}
	if (!renamed && errno == EEXIST)
		return error_set(err, ERROR_FAILED,
		    "could not rename \"%s\": \"%s\" exists", from, to);
	if (!renamed)
		return error_set_errno(err, ERROR_FAILED,
		    "could not rename \"%s\" to \"%s\"", from, to);
	return sync_parent(to, err);
}

bool
io_exchange(const char *one, const char *other, Error *err)
{
	if (renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) != 0)
		return error_set_errno(err, ERROR_FAILED,
		    "could not exchange \"%s\" and \"%s\"", one, other);
	return sync_parent(other, err);
}

bool
io_remove(int dirfd, const char *path, bool directory, Error *err)
{
	if (unlinkat(dirfd, path, directory ? AT_REMOVEDIR : 0) != 0)
		return error_set_errno(
		    err, ERROR_FAILED, "could not remove \"%s\"", path);
	return true;
}

size_t
io_path_size(const char *path)
{
	size_t size = strlen(path);

	while (size > 1 && path[size - 1] == '/')
		size--;
	return size;
}

bool
io_is_same(const char *one, const char *other)
{
	size_t size = io_path_size(one);
	struct stat first, second;

	if (size == io_path_size(other) && memcmp(one, other, size) == 0)
		return true;
	return stat(one, &first) == 0 && stat(other, &second) == 0 &&
	    first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

bool
io_end_output(Error *err)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return true;
	if (errno == EPIPE)
		return error_set(
		    err, ERROR_CLOSED, "standard output was closed");
	return error_set_errno(
	    err, ERROR_FAILED, "could not write standard output");
}

void
io_close(int fd)
{
	if (fd >= 0)
		close(fd);
}
