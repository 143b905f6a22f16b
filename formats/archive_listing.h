/*
 * archive_listing: the names in a dump's directory.  For archive_directory.c
 * only.
 */
#ifndef FORMATS_ARCHIVE_LISTING_H
#define FORMATS_ARCHIVE_LISTING_H

#include "formats/arena.h"
#include "formats/bytes.h"

typedef struct {
	const char *name; /* from the arena */
	uint64_t size;
} ArchiveEntry;

typedef struct {
	Arena arena;
	Buf files;       /* of ArchiveEntry */
	Buf directories; /* of ArchiveEntry, parents before children */
} ArchiveListing;

/* List everything below the directory root, into an empty listing; free it
 * whatever comes back.  What a dump does not hold is ERROR_DUMP. */
bool
archive_listing_read(int root, ArchiveListing *listing, Error *err) MUST_CHECK;
void archive_listing_free(ArchiveListing *listing);

const ArchiveEntry *archive_listing_at(const Buf *entries, size_t i);
size_t archive_listing_count(const Buf *entries);

/* Remove what the directory root holds, if all of it is a dump's. */
bool archive_listing_clear(int root, Error *err) MUST_CHECK;

#endif
