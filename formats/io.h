/*
 * io: the only door to files.  Every open, read, write, fsync and rename of the
 * three programs goes through here (SQLite's own and libpq's excepted), so
 * that faults can be injected at one place (tests link with --wrap).
 *
 * All functions retry EINTR, finish short reads and writes, and name the file
 * in their errors.  A write to a closed pipe is ERROR_CLOSED.  Failures to
 * read a dump are ERROR_DUMP where the file is missing and ERROR_FAILED
 * otherwise (disk full, permission).
 */
#ifndef FORMATS_IO_H
#define FORMATS_IO_H

#include <stddef.h>
#include <stdint.h>

#include "formats/bytes.h"
#include "formats/error.h"

/* Read up to size bytes; *got < size only at the end of the file. */
bool io_read(int fd, const char *name, void *bytes, size_t size, size_t *got,
    Error *err) MUST_CHECK;

/* Write all bytes. */
bool io_write(int fd, const char *name, const void *bytes, size_t size,
    Error *err) MUST_CHECK;

/*
 * Append a whole regular file below the directory dirfd (AT_FDCWD for a plain
 * path) to buf.  Symbolic links are not followed, anything but a regular file
 * is refused; more than limit bytes is ERROR_DUMP.
 */
bool io_read_file(int dirfd, const char *path, uint64_t limit, Buf *buf,
    Error *err) MUST_CHECK;

/*
 * Append all of a file that the operator names on the command line, be it a
 * link or a pipe ("/dev/fd/63"), to buf.  More than limit bytes, a directory
 * and what cannot be opened are ERROR_USAGE.
 */
bool io_read_given(
    const char *path, uint64_t limit, Buf *buf, Error *err) MUST_CHECK;

/* Write a file that the operator names, in place of one that is there. */
bool io_write_given(
    const char *path, const void *bytes, size_t size, Error *err) MUST_CHECK;

/*
 * Create a file that must not exist, write all bytes, fsync and close it.
 * Mode 0600 less the umask: a dump holds somebody's data.
 */
bool io_create_file(int dirfd, const char *path, const void *bytes, size_t size,
    Error *err) MUST_CHECK;

/*
 * The same bit by bit: io_begin_file gives a descriptor for io_write, or -1;
 * io_end_file fsyncs and closes it, whatever comes back.
 */
int io_begin_file(int dirfd, const char *path, Error *err) MUST_CHECK;
bool io_end_file(int fd, const char *path, Error *err) MUST_CHECK;

/* Open a regular file below a directory to read it bit by bit, by the rules of
 * io_read_file: a descriptor, or -1. */
int io_open_file(int dirfd, const char *path, Error *err) MUST_CHECK;

/* Open a directory without following a link: a descriptor, or -1. */
int io_open_directory(int dirfd, const char *path, Error *err) MUST_CHECK;

/* Make a directory (mode 0700); one that exists is no error, anything else of
 * that name is ERROR_USAGE. */
bool io_make_directory(int dirfd, const char *path, Error *err) MUST_CHECK;

/* fsync a directory, so that the names in it survive a crash. */
bool io_sync_directory(int fd, const char *name, Error *err) MUST_CHECK;

/* Rename onto a name that must not exist (RENAME_NOREPLACE), then fsync the
 * directory that holds it. */
bool io_rename_new(const char *from, const char *to, Error *err) MUST_CHECK;

/* Exchange the names of two directories, so that each is there all the time
 * (RENAME_EXCHANGE). */
bool io_exchange(const char *one, const char *other, Error *err) MUST_CHECK;

/* Remove a file or an empty directory. */
bool
io_remove(int dirfd, const char *path, bool directory, Error *err) MUST_CHECK;

/* Bytes of the path without slashes at its end; "/" keeps its own. */
size_t io_path_size(const char *path);

/* Do two paths name one thing, be it there or not? */
bool io_is_same(const char *one, const char *other);

/* After the last printf to standard output: has all of it been written?  A
 * reader that went away is ERROR_CLOSED. */
bool io_end_output(Error *err) MUST_CHECK;

/* close(2); -1 is nothing to close. */
void io_close(int fd);

#endif
