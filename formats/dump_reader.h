/*
 * dump_reader: the inside of a DumpReader, shared by dump.c (opening, the
 * documents) and dump_chunks.c (the chunks, the end); for these two only.
 */
#ifndef FORMATS_DUMP_READER_H
#define FORMATS_DUMP_READER_H

#include "formats/dump.h"

/* A chunk that dump_next gave out of a stream. */
typedef struct {
	size_t table;
	unsigned ordinal;
	RowsFormat format;
	CompressMethod method;
	uint64_t bytes;
} Given;

/* What dump_confirm heard of it. */
typedef struct {
	size_t table;
	unsigned ordinal;
	uint64_t rows, raw_bytes;
	Digest digest;
} Confirmed;

/* The ordinals of a table that a stream has brought: 1..contiguous and, as
 * tar(1) keeps no order, extras beyond, sorted. */
typedef struct {
	unsigned contiguous;
	Buf extras; /* of unsigned */
} Seen;

/* A table found by its directory. */
typedef struct {
	const char *directory;
	size_t table;
} Place;

/*
 * take's state is changed by dump_next only, give's by dump_confirm only, as
 * both may run at a time; all else stays as dump_open left it until
 * dump_finish.
 */
struct DumpReader {
	Arena arena; /* holds this very object */
	ArchiveReader *archive;
	bool directory;
	Schema schema;
	ManifestDocument schema_document;
	Profile profile;
	bool has_profile; /* may be looked at */
	Manifest manifest;
	bool has_manifest; /* likewise */
	Place *places;     /* all tables, sorted by directory */
	/* take: of a directory the next file, of a stream what has come */
	size_t next_table, next_file;
	Member pending; /* read ahead by dump_open */
	bool is_pending;
	bool ended;
	ManifestDocument profile_document, rejects_document;
	Seen *seen; /* for each table */
	Buf given;  /* of Given */
	/* give */
	Buf confirmed; /* of Confirmed */
};

#define DUMP_READER_NO_MANIFEST                                            \
	"the stream ended before its manifest: did the program before it " \
	"fail?"

/* Read profile.json or rejects.ndjson, the current member of the archive; any
 * other document is there twice. */
bool dump_reader_document(
    DumpReader *dump, const Member *member, Error *err) MUST_CHECK;
/* Read manifest.json, the current member, which must be the last. */
bool dump_reader_manifest(DumpReader *dump, Error *err) MUST_CHECK;
/* Hold documents and tables against the manifest. */
bool dump_reader_check_manifest(const DumpReader *dump, Error *err) MUST_CHECK;

#endif
