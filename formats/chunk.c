#include "formats/chunk.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>

static const char *const format_suffixes[] = {
	[ROWS_CSV] = ".csv",
	[ROWS_NDJSON] = ".ndjson",
};

/* An ordinal has at least so many digits, so that names sort as numbers up to
 * 16 TB of a table. */
#define ORDINAL_DIGITS 6
/* schema_directory's longest. */
#define DIRECTORY_BYTES 100

/* Would a reader refuse these sizes as a bomb? */
static bool
packs_too_well(uint64_t raw, uint64_t packed)
{
	return raw > COMPRESS_TRUSTED_BYTES &&
	    raw / COMPRESS_RATIO_LIMIT >= packed;
}

static bool
pack_bytes(Chunk *chunk, const Compression *compression, Compressor *compressor,
    Buf *raw, Error *err)
{
	chunk->bytes.size = 0;
	chunk->method = compression->method;
	if (chunk->method != COMPRESS_NONE) {
		if (!compress_pack(compressor, compression, raw->data,
			raw->size, &chunk->bytes, err))
			return false;
		if (packs_too_well(raw->size, chunk->bytes.size)) {
			chunk->bytes.size = 0;
			chunk->method = COMPRESS_NONE;
		}
	}
	if (chunk->method == COMPRESS_NONE)
		buf_swap(&chunk->bytes, raw);
	return true;
}

bool
chunk_pack(Chunk *chunk, const Compression *compression, Compressor *compressor,
    Buf *raw, Error *err)
{
	chunk->raw_bytes = raw->size;
	if (!pack_bytes(chunk, compression, compressor, raw, err))
		return false;
	raw->size = 0;
	return digest_of(
	    chunk->bytes.data, chunk->bytes.size, &chunk->digest, err);
}

/* expected may be the first digits only. */
static bool
check_digest(const Chunk *chunk, Error *err)
{
	char hex[DIGEST_HEX_BYTES];
	size_t size = strlen(chunk->expected);

	digest_hex(&chunk->digest, hex);
	if (strncmp(hex, chunk->expected, size) == 0)
		return true;
	return error_set(err, ERROR_DUMP,
	    "damaged: its %zu bytes have SHA-256 %.16s..., expected %.16s...",
	    chunk->bytes.size, hex, chunk->expected);
}

bool
chunk_unpack(Chunk *chunk, Compressor *compressor, Buf *raw, Error *err)
{
	if (!digest_of(
		chunk->bytes.data, chunk->bytes.size, &chunk->digest, err) ||
	    !check_digest(chunk, err))
		return false;
	raw->size = 0;
	if (chunk->method == COMPRESS_NONE)
		buf_swap(&chunk->bytes, raw);
	else if (!compress_unpack(compressor, chunk->method, chunk->bytes.data,
		     chunk->bytes.size, raw, err))
		return false;
	chunk->bytes.size = 0;
	chunk->raw_bytes = raw->size;
	if (chunk->raw_bytes > CHUNK_BYTES_LIMIT)
		return error_set(err, ERROR_DUMP,
		    "%zu bytes of rows are more than a chunk may hold",
		    raw->size);
	return true;
}

void
chunk_path(
    const Chunk *chunk, const char *directory, char path[CHUNK_PATH_BYTES])
{
	int n = snprintf(path, CHUNK_PATH_BYTES, "data/%s/%0*u%s%s", directory,
	    ORDINAL_DIGITS, chunk->ordinal, format_suffixes[chunk->format],
	    compress_suffix(chunk->method));

	assert(n > 0 && n < CHUNK_PATH_BYTES);
	(void)n;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'F');
}

/* Bytes of the directory's name at path; 0 where it is none. */
static size_t
directory_size_at(const char *path)
{
	size_t n = 0;

	if (path[0] == '%' && path[1] == '/')
		return 1;
	for (;;) {
		if ((path[n] >= 'a' && path[n] <= 'z') ||
		    (path[n] >= 'A' && path[n] <= 'Z') || is_digit(path[n]) ||
		    path[n] == '_' || path[n] == '-')
			n++;
		else if (path[n] == '%' && is_hex(path[n + 1]) &&
		    is_hex(path[n + 2]))
			n += 3;
		else
			break;
	}
	return path[n] == '/' && n <= DIRECTORY_BYTES ? n : 0;
}

/* The ordinal at the text; its bytes, 0 where it is none. */
static size_t
parse_ordinal(const char *text, unsigned *ordinal)
{
	uint64_t value = 0;
	size_t n;

	for (n = 0; is_digit(text[n]); n++) {
		value = value * 10 + (unsigned)(text[n] - '0');
		if (value > UINT_MAX)
			return 0;
	}
	if (n < ORDINAL_DIGITS || (n > ORDINAL_DIGITS && text[0] == '0') ||
	    value == 0)
		return 0;
	*ordinal = (unsigned)value;
	return n;
}

/* ".csv.zst" and all the others. */
static bool
parse_suffix(const char *text, Chunk *chunk)
{
	static const RowsFormat formats[] = { ROWS_CSV, ROWS_NDJSON };
	static const CompressMethod methods[] = { COMPRESS_NONE, COMPRESS_ZSTD,
		COMPRESS_GZIP };
	size_t i, k, size;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		size = strlen(format_suffixes[formats[i]]);
		if (strncmp(text, format_suffixes[formats[i]], size) != 0)
			continue;
		for (k = 0; k < sizeof(methods) / sizeof(methods[0]); k++) {
			if (strcmp(text + size, compress_suffix(methods[k])) !=
			    0)
				continue;
			chunk->format = formats[i];
			chunk->method = methods[k];
			return true;
		}
	}
	return false;
}

bool
chunk_parse_path(const char *path, Chunk *chunk, const char **directory,
    size_t *directory_size)
{
	unsigned ordinal;
	size_t size, digits;

	if (strncmp(path, "data/", 5) != 0)
		return false;
	path += 5;
	size = directory_size_at(path);
	if (size == 0)
		return false;
	digits = parse_ordinal(path + size + 1, &ordinal);
	if (digits == 0 || !parse_suffix(path + size + 1 + digits, chunk))
		return false;
	chunk->ordinal = ordinal;
	*directory = path;
	*directory_size = size;
	return true;
}
