/*
 * archive: members with names, as a directory or as a POSIX tar; nothing here
 * knows what a member means.
 *
 * Writing to a directory goes to PATH.partial and is renamed at the end, all
 * fsynced; writing a stream goes to standard output.  Reading a directory
 * gives schema.json, profile.json, rejects.ndjson, the data members by name,
 * and manifest.json last; reading a stream gives what comes, the same name
 * twice as well.  Both refuse every name outside the grammar of FORMAT.md
 * ("Names"), links, devices and the like, with ERROR_DUMP.
 *
 * In a stream the header's user name holds the first 31 hex digits of a
 * member's SHA-256, so that a chunk can be checked before the manifest comes;
 * tar(1) ignores it.  A stream made by tar(1) has a real user's name there, or
 * none: then claimed is "".
 */
#ifndef FORMATS_ARCHIVE_H
#define FORMATS_ARCHIVE_H

#include "formats/bytes.h"
#include "formats/digest.h"
#include "formats/error.h"

#define ARCHIVE_NAME_BYTES  160
#define ARCHIVE_CLAIM_BYTES 32 /* 31 digits and a NUL */

typedef struct {
	char name[ARCHIVE_NAME_BYTES];
	uint64_t size;
	char claimed[ARCHIVE_CLAIM_BYTES];
} Member;

typedef struct ArchiveReader ArchiveReader;
typedef struct ArchiveWriter ArchiveWriter;

/* path: a directory, a tar file, or "-" for standard input. */
bool
archive_open(const char *path, ArchiveReader **reader, Error *err) MUST_CHECK;
/* Is it a directory (any member can be read at any time)? */
bool archive_is_directory(const ArchiveReader *reader);
/* The next member's name and size; a stream's END comes only after its
 * end-of-archive mark and nothing but zeros behind it. */
Step archive_next(ArchiveReader *reader, Member *member, Error *err) MUST_CHECK;
/* Append the current member's bytes to buf; more than limit is refused. */
bool archive_read(
    ArchiveReader *reader, uint64_t limit, Buf *buf, Error *err) MUST_CHECK;
/* Hash the current member without keeping it, be it as large as it may; *bytes
 * counts what there was. */
bool archive_hash(ArchiveReader *reader, uint64_t *bytes, Digest *digest,
    Error *err) MUST_CHECK;
/* In a directory: append a member by its name. */
bool archive_read_named(ArchiveReader *reader, const char *name, uint64_t limit,
    Buf *buf, Error *err) MUST_CHECK;
void archive_close(ArchiveReader *reader);

/*
 * path: the directory to make, or "-" for a stream on standard output, which
 * is refused (ERROR_USAGE) when it is a terminal.  A PATH.partial left by a
 * killed run is cleared away first, if it holds only what a dump holds;
 * anything else in the way is ERROR_USAGE.  PATH may exist only as a complete
 * dump: see archive_commit.
 */
bool
archive_create(const char *path, ArchiveWriter **writer, Error *err) MUST_CHECK;
bool archive_put(ArchiveWriter *writer, const char *name, const Digest *digest,
    const uint8_t *bytes, size_t size, Error *err) MUST_CHECK;
/*
 * Write more of one member that grows while others are put; archive_commit ends
 * it.  A directory's only, as a tar says a member's size before its bytes: a
 * stream is refused with ERROR_USAGE.
 */
bool archive_append(ArchiveWriter *writer, const char *name,
    const uint8_t *bytes, size_t size, Error *err) MUST_CHECK;
/* A dump that archive_commit finds at PATH is to be replaced. */
void archive_replace(ArchiveWriter *writer);
/*
 * End the archive with its manifest.  A directory is fsynced and renamed to
 * PATH; where PATH exists with the very same manifest, it stays and the new
 * copy is removed (a run done again), with another one it is ERROR_USAGE and
 * both stay.
 */
bool archive_commit(ArchiveWriter *writer, const uint8_t *manifest, size_t size,
    Error *err) MUST_CHECK;
/* Remove what was written to PATH.partial and not committed; of a stream
 * nothing can be taken back.  The writer is of no more use but to be freed. */
bool archive_remove(ArchiveWriter *writer, Error *err) MUST_CHECK;
/* Free the writer.  What was not committed stays as PATH.partial. */
void archive_discard(ArchiveWriter *writer);

#endif
