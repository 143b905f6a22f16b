/*
 * archive_directory: the directory half of archive.  For archive.c only; the
 * rules stand in archive.h.
 */
#ifndef FORMATS_ARCHIVE_DIRECTORY_H
#define FORMATS_ARCHIVE_DIRECTORY_H

#include "formats/archive.h"

typedef struct ArchiveDirectoryReader ArchiveDirectoryReader;
typedef struct ArchiveDirectoryWriter ArchiveDirectoryWriter;

bool archive_directory_open(
    const char *path, ArchiveDirectoryReader **reader, Error *err) MUST_CHECK;
Step archive_directory_next(
    ArchiveDirectoryReader *reader, Member *member, Error *err) MUST_CHECK;
/* The name of the member that archive_directory_next gave last. */
const char *archive_directory_current(const ArchiveDirectoryReader *reader);
/* Any thread may call it; it changes nothing. */
bool archive_directory_read(const ArchiveDirectoryReader *reader,
    const char *name, uint64_t limit, Buf *buf, Error *err) MUST_CHECK;
/* *bytes: how many there were. */
bool
archive_directory_hash(const ArchiveDirectoryReader *reader, const char *name,
    DigestStream *digest, uint64_t *bytes, Error *err) MUST_CHECK;
void archive_directory_close(ArchiveDirectoryReader *reader);

bool archive_directory_create(
    const char *path, ArchiveDirectoryWriter **writer, Error *err) MUST_CHECK;
bool archive_directory_put(ArchiveDirectoryWriter *writer, const char *name,
    const uint8_t *bytes, size_t size, Error *err) MUST_CHECK;
bool archive_directory_append(ArchiveDirectoryWriter *writer, const char *name,
    const uint8_t *bytes, size_t size, Error *err) MUST_CHECK;
void archive_directory_replace(ArchiveDirectoryWriter *writer);
bool archive_directory_commit(ArchiveDirectoryWriter *writer,
    const uint8_t *manifest, size_t size, Error *err) MUST_CHECK;
bool
archive_directory_remove(ArchiveDirectoryWriter *writer, Error *err) MUST_CHECK;
void archive_directory_discard(ArchiveDirectoryWriter *writer);

#endif
