/*
 * chunk: a contiguous run of one table's rows as one file of a dump - the unit
 * of work, of retry, and of memory.
 *
 * A Chunk owns its bytes and belongs to one job at a time.  It is packed by
 * export and transform, unpacked by transform and import:
 *
 *	raw rows --chunk_pack--> bytes, digest --dump_put_chunk--> member
 *	member --dump_next--> bytes --chunk_unpack--> raw rows, digest checked
 */
#ifndef FORMATS_CHUNK_H
#define FORMATS_CHUNK_H

#include "formats/bytes.h"
#include "formats/compress.h"
#include "formats/digest.h"
#include "formats/error.h"

typedef enum { ROWS_CSV, ROWS_NDJSON } RowsFormat;

/* Raw bytes a chunk aims at; --chunk-size. */
#define CHUNK_BYTES_DEFAULT ((uint64_t)16 << 20)
/* Raw bytes no chunk exceeds: a row of SQLite's largest (10^9 bytes, each
 * written as six in NDJSON) and a chunk before it fit. */
#define CHUNK_BYTES_LIMIT ((uint64_t)7 << 30)

typedef struct {
	size_t table;     /* index in the schema */
	unsigned ordinal; /* 1, 2, ... within the table */
	RowsFormat format;
	CompressMethod method;
	Buf bytes; /* as they stand in the file */
	uint64_t rows;
	uint64_t raw_bytes;
	Digest digest; /* of bytes; set by pack and unpack */
	/* What bytes must hash to, where it is known before the manifest: all
	 * 64 digits in a directory, 31 from a stream's header, else "". */
	char expected[DIGEST_HEX_BYTES];
} Chunk;

/*
 * Turn raw rows into the chunk's bytes, and hash them.  With COMPRESS_NONE,
 * and where COMPRESS_RATIO_LIMIT forbids compression, raw's memory is exchanged
 * with the chunk's instead of copied.  raw's contents are gone afterwards, its
 * memory stays for use again.  Sets method, raw_bytes, digest.
 */
bool chunk_pack(Chunk *chunk, const Compression *compression,
    Compressor *compressor, Buf *raw, Error *err) MUST_CHECK;

/*
 * Check the digest where one is expected and give the raw rows in raw (its
 * old contents are dropped; without compression the Bufs are exchanged).
 * Afterwards bytes is empty, its memory kept.  Sets raw_bytes and digest.
 * ERROR_DUMP.
 */
bool chunk_unpack(
    Chunk *chunk, Compressor *compressor, Buf *raw, Error *err) MUST_CHECK;

#define CHUNK_PATH_BYTES 160

/* "data/users/000001.csv.zst": directory, ordinal of at least six digits,
 * format and method. */
void chunk_path(
    const Chunk *chunk, const char *directory, char path[CHUNK_PATH_BYTES]);

/*
 * The parts of such a path; false where it is anything else.  *directory
 * points into path and is directory_size bytes long.  Sets ordinal, format,
 * method of chunk.
 */
bool chunk_parse_path(const char *path, Chunk *chunk, const char **directory,
    size_t *directory_size);

#endif
