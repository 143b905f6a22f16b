/*
 * compress: a whole block of bytes in, a whole block out; zstd, gzip or none.
 *
 * A zstd block is one frame with content size and checksum, window at most
 * 8 MiB, as RFC 8878 section 3.1.1.1.2 recommends for interchange; a gzip
 * block is one member with CRC (RFC 1952), no name and no time in its header,
 * so that equal input gives equal bytes.  The reader accepts exactly that:
 * more frames, skippable frames, dictionaries, trailing bytes, larger windows
 * or a content size that does not hold are ERROR_DUMP.
 *
 * A Compressor holds a library's contexts so that they are made once a thread,
 * not once a chunk; the zero Compressor is valid and belongs to one thread at
 * a time.
 */
#ifndef FORMATS_COMPRESS_H
#define FORMATS_COMPRESS_H

#include <stdint.h>

#include "formats/bytes.h"
#include "formats/error.h"

typedef enum { COMPRESS_NONE, COMPRESS_ZSTD, COMPRESS_GZIP } CompressMethod;

typedef struct {
	CompressMethod method;
	int level; /* zstd 1..19, gzip 1..9 */
} Compression;

typedef struct {
	void *zstd_compress;
	void *zstd_decompress;
} Compressor;

/*
 * A chunk above this size must not compress better than 1:1000 (the packer
 * stores it plain instead), so a reader's memory is bounded by 64 MiB or 1000
 * times what was sent, whatever a hostile block claims.
 */
#define COMPRESS_TRUSTED_BYTES ((uint64_t)64 << 20)
#define COMPRESS_RATIO_LIMIT   1000

/* "zstd", "zstd:19", "gzip:6", "none", or a bare zstd level; ERROR_USAGE. */
bool compress_parse(
    const char *text, Compression *compression, Error *err) MUST_CHECK;

/* ".zst", ".gz" or "". */
const char *compress_suffix(CompressMethod method);

/* Append the compressed form of in to out.  COMPRESS_NONE copies. */
bool compress_pack(Compressor *compressor, const Compression *compression,
    const uint8_t *in, size_t size, Buf *out, Error *err) MUST_CHECK;

/* Append the raw form of in to out, within the limits above. */
bool compress_unpack(Compressor *compressor, CompressMethod method,
    const uint8_t *in, size_t size, Buf *out, Error *err) MUST_CHECK;

void compress_free(Compressor *compressor);

#endif
