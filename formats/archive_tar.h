/*
 * archive_tar: the stream half of archive - members as a POSIX tar (ustar), by
 * libarchive.  For archive.c only.
 *
 * Equal members give equal bytes: mode 0600, no owner, no time, no blocking
 * factor.  The reader takes what GNU tar and bsdtar make of a dump's directory
 * too, and looks behind libarchive's back at what that is lenient about: the
 * bytes that pad a member, the end-of-archive mark, and what follows it.
 */
#ifndef FORMATS_ARCHIVE_TAR_H
#define FORMATS_ARCHIVE_TAR_H

#include "formats/archive.h"

typedef struct ArchiveTarReader ArchiveTarReader;
typedef struct ArchiveTarWriter ArchiveTarWriter;

/* fd stays the caller's; name is for errors and must stay. */
bool archive_tar_open(
    int fd, const char *name, ArchiveTarReader **reader, Error *err) MUST_CHECK;
Step archive_tar_next(
    ArchiveTarReader *reader, Member *member, Error *err) MUST_CHECK;
bool archive_tar_read(
    ArchiveTarReader *reader, uint64_t limit, Buf *buf, Error *err) MUST_CHECK;
/* *bytes: how many there were. */
bool archive_tar_hash(ArchiveTarReader *reader, DigestStream *digest,
    uint64_t *bytes, Error *err) MUST_CHECK;
void archive_tar_close(ArchiveTarReader *reader);

bool archive_tar_create(
    int fd, const char *name, ArchiveTarWriter **writer, Error *err) MUST_CHECK;
bool archive_tar_put(ArchiveTarWriter *writer, const char *name,
    const Digest *digest, const uint8_t *bytes, size_t size,
    Error *err) MUST_CHECK;
/* Write the end-of-archive mark. */
bool archive_tar_end(ArchiveTarWriter *writer, Error *err) MUST_CHECK;
/* Free; without archive_tar_end the stream stays without its end. */
void archive_tar_discard(ArchiveTarWriter *writer);

#endif
