#include "formats/compress.h"

#include <string.h>

#include <zlib.h>
#include <zstd.h>

/* RFC 8878 section 3.1.1.1.2: what every decoder should support. */
#define ZSTD_WINDOW_LOG   23
#define ZSTD_WINDOW_BYTES ((uint64_t)1 << ZSTD_WINDOW_LOG)
/* From this level on zstd's own tables reach that window. */
#define ZSTD_LEVEL_WIDE 17

/* zlib: a window of 2^15, and 16 for "gzip, not zlib". */
#define GZIP_WINDOW_BITS   (15 + 16)
#define GZIP_HEADER_BYTES  10
#define GZIP_TRAILER_BYTES 8
/* zlib's own default of memory for compression. */
#define GZIP_MEMORY_LEVEL 8
/* zlib counts in 32 bits; a slice is well below. */
#define GZIP_SLICE_BYTES ((size_t)1 << 30)

typedef struct {
	const char *name;
	const char *suffix;
	int least, most, usual; /* levels; 0: it has none */
} MethodFacts;

static const MethodFacts methods[] = {
	[COMPRESS_NONE] = { "none", "", 0, 0, 0 },
	[COMPRESS_ZSTD] = { "zstd", ".zst", 1, 19, 3 },
	[COMPRESS_GZIP] = { "gzip", ".gz", 1, 9, 6 },
};

/* One or two digits and nothing else; 0 where it is anything else. */
static int
parse_level(const char *text)
{
	int level;

	level = 0;
	while (*text >= '0' && *text <= '9' && level < 100)
		level = level * 10 + (*text++ - '0');
	return *text == '\0' ? level : 0;
}

/* The method whose name is the size bytes at text; false where none is. */
static bool
find_method(const char *text, size_t size, CompressMethod *method)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strlen(methods[i].name) == size &&
		    memcmp(methods[i].name, text, size) == 0) {
			*method = (CompressMethod)i;
			return true;
		}
	}
	return false;
}

bool
compress_parse(const char *text, Compression *compression, Error *err)
{
	const MethodFacts *facts;
	CompressMethod method;
	size_t size;
	int level;
	bool known;

	method = COMPRESS_ZSTD;
	size = strcspn(text, ":");
	known = find_method(text, size, &method);
	if (known && text[size] == '\0')
		level = methods[method].usual;
	else
		level = parse_level(known ? text + size + 1 : text);
	facts = &methods[method];
	/* What has no levels takes none, "none:" either. */
	if ((facts->most == 0 && text[size] != '\0') || level < facts->least ||
	    level > facts->most)
		return error_set(err, ERROR_USAGE,
		    "compression \"%s\" is not zstd[:1-19], gzip[:1-9], none, "
		    "or a level of zstd",
		    text);
	*compression = (Compression){ method, level };
	return true;
}

const char *
compress_suffix(CompressMethod method)
{
	return methods[method].suffix;
}

/* Set a parameter unless one before it failed; zstd's codes are errors or
 * nothing here. */
static size_t
set_parameter(
    ZSTD_CCtx *context, size_t before, ZSTD_cParameter parameter, int value)
{
	if (ZSTD_isError(before))
		return before;
	return ZSTD_CCtx_setParameter(context, parameter, value);
}

static bool
pack_zstd(Compressor *compressor, int level, const uint8_t *in, size_t size,
    Buf *out, Error *err)
{
	ZSTD_CCtx *context;
	size_t code, bound;

	if (compressor->zstd_compress == NULL)
		compressor->zstd_compress = ZSTD_createCCtx();
	context = compressor->zstd_compress;
	if (context == NULL)
		return error_set(
		    err, ERROR_FAILED, "out of memory for compression by zstd");
	code = ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
	code = set_parameter(context, code, ZSTD_c_compressionLevel, level);
	code = set_parameter(context, code, ZSTD_c_contentSizeFlag, 1);
	code = set_parameter(context, code, ZSTD_c_checksumFlag, 1);
	/* Said where it could be more in another version of the library. */
	if (level >= ZSTD_LEVEL_WIDE)
		code = set_parameter(
		    context, code, ZSTD_c_windowLog, ZSTD_WINDOW_LOG);
	bound = ZSTD_compressBound(size);
	if (!ZSTD_isError(code) && !ZSTD_isError(bound)) {
		if (!buf_reserve(out, bound, err))
			return false;
		code = ZSTD_compress2(context, out->data + out->size,
		    out->capacity - out->size, in, size);
	}
	if (ZSTD_isError(code) || ZSTD_isError(bound))
		return error_set(err, ERROR_FAILED, "zstd cannot compress: %s",
		    ZSTD_getErrorName(ZSTD_isError(code) ? code : bound));
	out->size += code;
	return true;
}

static size_t
slice(size_t left)
{
	return left < GZIP_SLICE_BYTES ? left : GZIP_SLICE_BYTES;
}

/* Deflate all of in into out, which has room for the worst case. */
static int
deflate_all(z_stream *stream, const uint8_t *in, size_t size, Buf *out)
{
	size_t consumed, part, room;
	int code;

	consumed = 0;
	do {
		part = slice(size - consumed);
		room = slice(out->capacity - out->size);
		/* zlib takes its input without const, and leaves it be. */
		stream->next_in = (uint8_t *)(uintptr_t)(in + consumed);
		stream->avail_in = (uInt)part;
		stream->next_out = out->data + out->size;
		stream->avail_out = (uInt)room;
		code = deflate(
		    stream, consumed + part == size ? Z_FINISH : Z_NO_FLUSH);
		consumed += part - stream->avail_in;
		out->size += room - stream->avail_out;
	} while (code == Z_OK);
	return code;
}

static bool
pack_gzip(int level, const uint8_t *in, size_t size, Buf *out, Error *err)
{
	z_stream stream = { 0 };
	size_t before;
	int code;

	before = out->size;
	if (deflateInit2(&stream, level, Z_DEFLATED, GZIP_WINDOW_BITS,
		GZIP_MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return error_set(
		    err, ERROR_FAILED, "out of memory for compression by gzip");
	if (!buf_reserve(out, deflateBound(&stream, size), err)) {
		deflateEnd(&stream);
		return false;
	}
	code = deflate_all(&stream, in, size, out);
	deflateEnd(&stream);
	if (code != Z_STREAM_END) {
		out->size = before;
		return error_set(
		    err, ERROR_FAILED, "gzip cannot compress: code %d", code);
	}
	return true;
}

bool
compress_pack(Compressor *compressor, const Compression *compression,
    const uint8_t *in, size_t size, Buf *out, Error *err)
{
	switch (compression->method) {
	case COMPRESS_NONE:
		return buf_put(out, in, size, err);
	case COMPRESS_ZSTD:
		return pack_zstd(
		    compressor, compression->level, in, size, out, err);
	case COMPRESS_GZIP:
		return pack_gzip(compression->level, in, size, out, err);
	}
	return error_set(err, ERROR_FAILED, "compression is not known");
}

/* Most raw bytes that size compressed ones may become. */
static uint64_t
unpack_limit(size_t size)
{
	uint64_t limit;

	if (__builtin_mul_overflow(
		(uint64_t)size, (uint64_t)COMPRESS_RATIO_LIMIT, &limit))
		return UINT64_MAX;
	return limit > COMPRESS_TRUSTED_BYTES ? limit : COMPRESS_TRUSTED_BYTES;
}

static bool
refuse_bomb(size_t size, Error *err)
{
	return error_set(err, ERROR_DUMP,
	    "%zu compressed bytes become more than %llu, which is more than "
	    "%d times as many",
	    size, (unsigned long long)unpack_limit(size), COMPRESS_RATIO_LIMIT);
}

/*
 * Check a frame header (RFC 8878 section 3.1.1.1) for what is the writer's:
 * content size, checksum, no dictionary, a window that is not large.  The
 * library would heed the window only where it decompresses piece by piece; here
 * it decompresses in one go, into memory that has been weighed before.
 */
static bool
check_zstd_header(const uint8_t *in, size_t size, uint64_t *raw, Error *err)
{
	static const uint8_t magic[4] = { 0x28, 0xb5, 0x2f, 0xfd };
	uint64_t window;
	bool single;

	if (size < 6 || memcmp(in, magic, sizeof(magic)) != 0)
		return error_set(err, ERROR_DUMP, "this is no zstd frame");
	*raw = ZSTD_getFrameContentSize(in, size);
	if (*raw == ZSTD_CONTENTSIZE_ERROR)
		return error_set(err, ERROR_DUMP, "zstd frame header is bad");
	if (*raw == ZSTD_CONTENTSIZE_UNKNOWN)
		return error_set(err, ERROR_DUMP,
		    "zstd frame does not say its content size");
	if ((in[4] & 0x04) == 0)
		return error_set(err, ERROR_DUMP, "zstd frame has no checksum");
	if ((in[4] & 0x18) != 0)
		return error_set(
		    err, ERROR_DUMP, "zstd frame has reserved bits set");
	if ((in[4] & 0x03) != 0)
		return error_set(
		    err, ERROR_DUMP, "zstd frame needs a dictionary");
	single = (in[4] & 0x20) != 0;
	window = (uint64_t)1 << (10 + (in[5] >> 3));
	window += window / 8 * (in[5] & 7);
	if (single)
		window = *raw;
	if (window > ZSTD_WINDOW_BYTES)
		return error_set(err, ERROR_DUMP,
		    "zstd frame wants a window of %llu bytes, more than %llu",
		    (unsigned long long)window,
		    (unsigned long long)ZSTD_WINDOW_BYTES);
	return true;
}

static bool
unpack_zstd(Compressor *compressor, const uint8_t *in, size_t size, Buf *out,
    Error *err)
{
	uint64_t raw;
	size_t frame, code;

	raw = 0;
	if (!check_zstd_header(in, size, &raw, err))
		return false;
	frame = ZSTD_findFrameCompressedSize(in, size);
	if (ZSTD_isError(frame))
		return error_set(err, ERROR_DUMP,
		    "zstd frame is damaged or cut short: %s",
		    ZSTD_getErrorName(frame));
	if (frame != size)
		return error_set(err, ERROR_DUMP,
		    "%zu bytes stand behind the zstd frame", size - frame);
	if (raw > unpack_limit(size))
		return refuse_bomb(size, err);
	if (compressor->zstd_decompress == NULL)
		compressor->zstd_decompress = ZSTD_createDCtx();
	if (compressor->zstd_decompress == NULL)
		return error_set(err, ERROR_FAILED,
		    "out of memory for decompression by zstd");
	/* A byte at least, as an empty Buf has no address. */
	if (!buf_reserve(out, (size_t)raw + 1, err))
		return false;
	code = ZSTD_decompressDCtx(compressor->zstd_decompress,
	    out->data + out->size, (size_t)raw, in, size);
	if (ZSTD_isError(code))
		return error_set(err, ERROR_DUMP, "zstd frame is damaged: %s",
		    ZSTD_getErrorName(code));
	if (code != raw)
		return error_set(err, ERROR_DUMP,
		    "zstd frame holds %zu bytes but says %llu", code,
		    (unsigned long long)raw);
	out->size += code;
	return true;
}

/* Inflate all of in behind out, which grows as far as limit allows, and one
 * byte further to tell "exactly" from "more". */
static bool
inflate_all(
    z_stream *stream, const uint8_t *in, size_t size, Buf *out, Error *err)
{
	uint64_t limit, total;
	size_t consumed, part, room;
	int code;

	limit = unpack_limit(size);
	consumed = 0;
	total = 0;
	do {
		if (total > limit)
			return refuse_bomb(size, err);
		if (!buf_reserve(out, 1, err))
			return false;
		part = slice(size - consumed);
		room = slice(out->capacity - out->size);
		if (room > limit + 1 - total)
			room = (size_t)(limit + 1 - total);
		stream->next_in = (uint8_t *)(uintptr_t)(in + consumed);
		stream->avail_in = (uInt)part;
		stream->next_out = out->data + out->size;
		stream->avail_out = (uInt)room;
		code = inflate(stream, Z_NO_FLUSH);
		consumed += part - stream->avail_in;
		out->size += room - stream->avail_out;
		total += room - stream->avail_out;
	} while (code == Z_OK);
	if (code == Z_MEM_ERROR)
		return error_set(err, ERROR_FAILED,
		    "out of memory for decompression by gzip");
	if (code == Z_BUF_ERROR)
		return error_set(err, ERROR_DUMP, "gzip member is cut short");
	if (code != Z_STREAM_END)
		return error_set(err, ERROR_DUMP, "gzip member is damaged: %s",
		    stream->msg != NULL ? stream->msg : "unexpected data");
	if (total > limit)
		return refuse_bomb(size, err);
	if (consumed != size)
		return error_set(err, ERROR_DUMP,
		    "%zu bytes stand behind the gzip member", size - consumed);
	return true;
}

static bool
unpack_gzip(const uint8_t *in, size_t size, Buf *out, Error *err)
{
	/* RFC 1952: deflate, no flags, no time. */
	static const uint8_t head[8] = { 0x1f, 0x8b, 8 };
	z_stream stream = { 0 };
	size_t before;
	uint64_t raw;
	bool done;

	if (size < GZIP_HEADER_BYTES + GZIP_TRAILER_BYTES ||
	    memcmp(in, head, sizeof(head)) != 0)
		return error_set(err, ERROR_DUMP,
		    "this is no gzip member without name and time");
	/* The trailer's last four bytes are the raw size modulo 2^32: where
	 * that can be trusted, memory is taken once. */
	raw = (uint64_t)in[size - 4] | (uint64_t)in[size - 3] << 8 |
	    (uint64_t)in[size - 2] << 16 | (uint64_t)in[size - 1] << 24;
	if (raw < unpack_limit(size) && !buf_reserve(out, raw + 1, err))
		return false;
	if (inflateInit2(&stream, GZIP_WINDOW_BITS) != Z_OK)
		return error_set(err, ERROR_FAILED,
		    "out of memory for decompression by gzip");
	before = out->size;
	done = inflate_all(&stream, in, size, out, err);
	inflateEnd(&stream);
	if (!done)
		out->size = before;
	return done;
}

bool
compress_unpack(Compressor *compressor, CompressMethod method,
    const uint8_t *in, size_t size, Buf *out, Error *err)
{
	switch (method) {
	case COMPRESS_NONE:
		return buf_put(out, in, size, err);
	case COMPRESS_ZSTD:
		return unpack_zstd(compressor, in, size, out, err);
	case COMPRESS_GZIP:
		return unpack_gzip(in, size, out, err);
	}
	return error_set(err, ERROR_FAILED, "compression is not known");
}

void
compress_free(Compressor *compressor)
{
	ZSTD_freeCCtx(compressor->zstd_compress);
	ZSTD_freeDCtx(compressor->zstd_decompress);
	*compressor = (Compressor){ 0 };
}
