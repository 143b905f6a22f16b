#include "formats/compress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#define MIB ((size_t)1 << 20)

/* Text that compresses about as rows do. */
static void
fill(Buf *buf, size_t size)
{
	uint32_t word;
	Error err;
	size_t i;

	assert_true(buf_reserve(buf, size, &err));
	word = 1;
	for (i = 0; i < size; i++) {
		word = word * 1103515245 + 12345;
		buf->data[i] = (uint8_t)('a' + (word >> 16) % 7);
	}
	buf->size = size;
}

static void
assert_round_trip(Compressor *compressor, Compression compression, size_t size)
{
	Buf raw = { 0 }, packed = { 0 }, again = { 0 }, back = { 0 };
	Error err;

	fill(&raw, size);
	assert_true(buf_put_text(&packed, "before", &err));
	assert_true(buf_put_text(&back, "before", &err));
	assert_true(compress_pack(
	    compressor, &compression, raw.data, raw.size, &packed, &err));
	assert_true(compress_pack(
	    compressor, &compression, raw.data, raw.size, &again, &err));
	assert_int_equal(packed.size, again.size + 6);
	assert_memory_equal(packed.data + 6, again.data, again.size);
	if (!compress_unpack(compressor, compression.method, again.data,
		again.size, &back, &err))
		fail_msg("%s", err.text);
	assert_int_equal(back.size, size + 6);
	assert_memory_equal(back.data, "before", 6);
	assert_memory_equal(back.data + 6, raw.data, size);
	buf_free(&raw);
	buf_free(&packed);
	buf_free(&again);
	buf_free(&back);
}

static void
every_method_and_level_gives_back_what_it_got(void **state)
{
	Compressor compressor = { 0 };
	int level;

	(void)state;
	assert_round_trip(&compressor, (Compression){ COMPRESS_NONE, 0 }, 1000);
	for (level = 1; level <= 19; level++) {
		assert_round_trip(
		    &compressor, (Compression){ COMPRESS_ZSTD, level }, 100000);
		assert_round_trip(
		    &compressor, (Compression){ COMPRESS_ZSTD, level }, 1);
	}
	for (level = 1; level <= 9; level++)
		assert_round_trip(
		    &compressor, (Compression){ COMPRESS_GZIP, level }, 100000);
	compress_free(&compressor);
	compress_free(&compressor);
}

static void
empty_and_large_blocks_come_back(void **state)
{
	static const CompressMethod methods[] = { COMPRESS_NONE, COMPRESS_ZSTD,
		COMPRESS_GZIP };
	Compressor compressor = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_round_trip(
		    &compressor, (Compression){ methods[i], 1 }, 0);
		assert_round_trip(
		    &compressor, (Compression){ methods[i], 1 }, 9 * MIB + 7);
	}
	/* Past the window of any level; the widest one is still accepted. */
	assert_round_trip(
	    &compressor, (Compression){ COMPRESS_ZSTD, 3 }, 17 * MIB);
	compress_free(&compressor);
}

static void
the_widest_level_keeps_its_window_within_what_is_accepted(void **state)
{
	Compressor compressor = { 0 };
	Compression compression = { COMPRESS_ZSTD, 19 };
	Buf raw = { 0 }, packed = { 0 }, back = { 0 };
	Error err;

	(void)state;
	assert_true(buf_reserve(&raw, 10 * MIB, &err));
	memset(raw.data, 'x', 10 * MIB);
	raw.size = 10 * MIB;
	assert_true(compress_pack(
	    &compressor, &compression, raw.data, raw.size, &packed, &err));
	assert_true(compress_unpack(
	    &compressor, COMPRESS_ZSTD, packed.data, packed.size, &back, &err));
	assert_int_equal(back.size, raw.size);
	buf_free(&raw);
	buf_free(&packed);
	buf_free(&back);
	compress_free(&compressor);
}

static void
incompressible_bytes_come_back(void **state)
{
	static uint8_t bytes[100000];
	Compressor compressor = { 0 };
	Compression compression;
	Buf packed = { 0 }, back = { 0 };
	Error err;
	size_t i;
	int method;

	(void)state;
	srandom(1);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)random();
	for (method = COMPRESS_NONE; method <= COMPRESS_GZIP; method++) {
		packed.size = 0;
		back.size = 0;
		compression = (Compression){ (CompressMethod)method, 6 };
		assert_true(compress_pack(&compressor, &compression, bytes,
		    sizeof(bytes), &packed, &err));
		assert_true(compress_unpack(&compressor, compression.method,
		    packed.data, packed.size, &back, &err));
		assert_int_equal(back.size, sizeof(bytes));
		assert_memory_equal(back.data, bytes, sizeof(bytes));
	}
	buf_free(&packed);
	buf_free(&back);
	compress_free(&compressor);
}

static void
assert_refused(
    CompressMethod method, const uint8_t *in, size_t size, const char *reason)
{
	Compressor compressor = { 0 };
	Buf back = { 0 };
	Error err = { 0 };

	if (compress_unpack(&compressor, method, in, size, &back, &err))
		fail_msg("%zu bytes were accepted: %s", size, reason);
	assert_int_equal(err.kind, ERROR_DUMP);
	if (strstr(err.text, reason) == NULL)
		fail_msg("got \"%s\", wanted \"%s\"", err.text, reason);
	assert_int_equal(back.size, 0);
	buf_free(&back);
	compress_free(&compressor);
}

/* Some bits carry no meaning (gzip's XFL and OS, some of zstd's tables), so a
 * flipped one may go by, but never with other bytes than were packed: a chunk's
 * SHA-256 is what catches them all. */
static void
assert_refused_or_same(Compressor *compressor, CompressMethod method,
    const Buf *packed, const Buf *raw)
{
	Buf back = { 0 };
	Error err = { 0 };

	if (compress_unpack(
		compressor, method, packed->data, packed->size, &back, &err)) {
		assert_int_equal(back.size, raw->size);
		assert_memory_equal(back.data, raw->data, raw->size);
	} else {
		assert_int_equal(err.kind, ERROR_DUMP);
		assert_int_equal(back.size, 0);
	}
	buf_free(&back);
}

static void
no_flipped_bit_or_truncation_gives_other_bytes(void **state)
{
	static const CompressMethod methods[] = { COMPRESS_ZSTD,
		COMPRESS_GZIP };
	Compressor compressor = { 0 };
	Compression compression;
	Buf raw = { 0 }, packed = { 0 };
	Error err;
	size_t i, k, bit;

	(void)state;
	fill(&raw, 300);
	for (i = 0; i < 2; i++) {
		packed.size = 0;
		compression = (Compression){ methods[i], 3 };
		assert_true(compress_pack(&compressor, &compression, raw.data,
		    raw.size, &packed, &err));
		for (k = 0; k < packed.size; k++)
			assert_refused(methods[i], packed.data, k, "");
		for (bit = 0; bit < packed.size * 8; bit++) {
			packed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_refused_or_same(
			    &compressor, methods[i], &packed, &raw);
			packed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_true(buf_put(&packed, "", 1, &err));
		assert_refused(methods[i], packed.data, packed.size,
		    "1 bytes stand behind");
	}
	buf_free(&raw);
	buf_free(&packed);
	compress_free(&compressor);
}

/* A frame as somebody else's zstd may make it. */
static size_t
foreign_frame(uint8_t *out, size_t room, size_t raw_size, int checksum,
    int content_size, int window_log)
{
	static uint8_t raw[20 * MIB];
	ZSTD_CCtx *context;
	size_t size;

	context = ZSTD_createCCtx();
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum);
	ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, content_size);
	ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
	size = ZSTD_compress2(context, out, room, raw, raw_size);
	assert_false(ZSTD_isError(size));
	ZSTD_freeCCtx(context);
	return size;
}

static void
frames_that_are_not_the_writers_are_refused(void **state)
{
	static uint8_t frame[MIB];
	static const uint8_t skippable[] = { 0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0,
		1, 2 };
	Compressor compressor = { 0 };
	Buf back = { 0 };
	size_t size;
	Error err;

	(void)state;
	size = foreign_frame(frame, sizeof(frame), 1000, 1, 1, 0);
	assert_true(compress_unpack(
	    &compressor, COMPRESS_ZSTD, frame, size, &back, &err));
	size += foreign_frame(frame + size, sizeof(frame) - size, 9, 1, 1, 0);
	assert_refused(COMPRESS_ZSTD, frame, size, "stand behind");
	size = foreign_frame(frame, sizeof(frame), 1000, 0, 1, 0);
	assert_refused(COMPRESS_ZSTD, frame, size, "has no checksum");
	size = foreign_frame(frame, sizeof(frame), 1000, 1, 0, 0);
	assert_refused(
	    COMPRESS_ZSTD, frame, size, "does not say its content size");
	size = foreign_frame(frame, sizeof(frame), 17 * MIB, 1, 1, 24);
	assert_refused(COMPRESS_ZSTD, frame, size, "wants a window of");
	size = foreign_frame(frame, sizeof(frame), 17 * MIB, 1, 1, 23);
	assert_true(compress_unpack(
	    &compressor, COMPRESS_ZSTD, frame, size, &back, &err));
	size = foreign_frame(frame, sizeof(frame), 16 * MIB, 1, 1, 24);
	assert_refused(COMPRESS_ZSTD, frame, size, "wants a window of");
	assert_refused(
	    COMPRESS_ZSTD, skippable, sizeof(skippable), "no zstd frame");
	assert_refused(COMPRESS_ZSTD, NULL, 0, "no zstd frame");
	assert_refused(COMPRESS_ZSTD,
	    (const uint8_t *)"\x28\xb5\x2f\xfd\x25\x01", 6, "frame");
	/* a dictionary's id of one byte */
	assert_refused(COMPRESS_ZSTD,
	    (const uint8_t *)"\x28\xb5\x2f\xfd\x25\x07\x00\x01\x00\x00", 10,
	    "needs a dictionary");
	buf_free(&back);
	compress_free(&compressor);
}

static void
a_zstd_content_size_that_does_not_hold_is_refused(void **state)
{
	uint8_t frame[200];
	size_t size;

	(void)state;
	/* A single segment's size, of one byte, is the sixth. */
	size = foreign_frame(frame, sizeof(frame), 100, 1, 1, 0);
	assert_int_equal(frame[5], 100);
	frame[5] = 99;
	assert_refused(COMPRESS_ZSTD, frame, size, "is damaged");
	frame[5] = 101;
	assert_refused(COMPRESS_ZSTD, frame, size, "is damaged");
}

/* One run-length block after another, 128 KiB each of four bytes: more than
 * 1:30000, and the header is honest. */
static size_t
zstd_bomb(uint8_t *out, uint64_t raw)
{
	uint64_t left;
	uint32_t part, block;
	size_t n, i;

	memcpy(out, "\x28\xb5\x2f\xfd\xc4\x58", 6);
	n = 6;
	for (i = 0; i < 8; i++)
		out[n++] = (uint8_t)(raw >> 8 * i);
	for (left = raw; left > 0; left -= part) {
		part = left < 131072 ? (uint32_t)left : 131072;
		block = part << 3 | 2 | (part == left);
		for (i = 0; i < 3; i++)
			out[n++] = (uint8_t)(block >> 8 * i);
		out[n++] = 'x';
	}
	/* The checksum is not what is tested here. */
	memset(out + n, 0, 4);
	return n + 4;
}

static void
a_zstd_bomb_is_refused_before_memory_is_taken_for_it(void **state)
{
	static uint8_t frame[MIB];
	Compressor compressor = { 0 };
	Buf back = { 0 };
	Error err;
	size_t size;

	(void)state;
	size = zstd_bomb(frame, COMPRESS_TRUSTED_BYTES + 1);
	assert_in_range(size, 2000, 3000);
	assert_false(compress_unpack(
	    &compressor, COMPRESS_ZSTD, frame, size, &back, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_non_null(strstr(err.text, "more than 1000 times"));
	assert_int_equal(back.capacity, 0);
	/* At the limit it is only its checksum that is wrong. */
	size = zstd_bomb(frame, COMPRESS_TRUSTED_BYTES);
	assert_refused(COMPRESS_ZSTD, frame, size, "checksum");
	memset(frame + 6, 0xff, 8);
	frame[13] = 0x7f;
	assert_refused(COMPRESS_ZSTD, frame, size, "more than 1000 times");
	buf_free(&back);
	compress_free(&compressor);
}

static void
a_gzip_bomb_stops_at_the_limit(void **state)
{
	static uint8_t zeros[MIB];
	static uint8_t member[MIB];
	Compressor compressor = { 0 };
	z_stream stream = { 0 };
	Buf back = { 0 };
	Error err;
	size_t left;

	(void)state;
	/* 64 MiB and a byte at 1:1030 are within neither limit. */
	assert_int_equal(
	    deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY),
	    Z_OK);
	stream.next_out = member;
	stream.avail_out = sizeof(member);
	for (left = COMPRESS_TRUSTED_BYTES; left > 0; left -= MIB) {
		stream.next_in = zeros;
		stream.avail_in = MIB;
		assert_int_equal(deflate(&stream, Z_NO_FLUSH), Z_OK);
	}
	stream.next_in = zeros;
	stream.avail_in = 1;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_true(stream.total_out * 1000 < COMPRESS_TRUSTED_BYTES);
	assert_false(compress_unpack(
	    &compressor, COMPRESS_GZIP, member, stream.total_out, &back, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_non_null(strstr(err.text, "more than 1000 times"));
	assert_in_range(back.capacity, 0, COMPRESS_TRUSTED_BYTES * 2);
	deflateEnd(&stream);
	buf_free(&back);
	compress_free(&compressor);
}

static void
gzip_members_that_are_not_the_writers_are_refused(void **state)
{
	Compressor compressor = { 0 };
	Compression gzip = { COMPRESS_GZIP, 6 };
	Buf one = { 0 };
	Error err;
	size_t size;

	(void)state;
	assert_true(compress_pack(
	    &compressor, &gzip, (const uint8_t *)"hello", 5, &one, &err));
	size = one.size;
	/* no name, no time */
	assert_memory_equal(one.data, "\x1f\x8b\x08\0\0\0\0\0", 8);
	one.data[4] = 1;
	assert_refused(COMPRESS_GZIP, one.data, size, "name and time");
	one.data[4] = 0;
	one.data[3] = 8;
	assert_refused(COMPRESS_GZIP, one.data, size, "name and time");
	one.data[3] = 0;
	one.data[size - 4] = 6;
	assert_refused(COMPRESS_GZIP, one.data, size, "damaged");
	one.data[size - 4] = 5;
	assert_true(compress_pack(
	    &compressor, &gzip, (const uint8_t *)"hello", 5, &one, &err));
	assert_refused(COMPRESS_GZIP, one.data, one.size, "stand behind");
	assert_refused(COMPRESS_GZIP, NULL, 0, "no gzip member");
	buf_free(&one);
	compress_free(&compressor);
}

static void
methods_and_levels_are_parsed(void **state)
{
	static const struct {
		const char *text;
		Compression compression;
	} good[] = {
		{ "zstd", { COMPRESS_ZSTD, 3 } },
		{ "zstd:1", { COMPRESS_ZSTD, 1 } },
		{ "zstd:19", { COMPRESS_ZSTD, 19 } },
		{ "1", { COMPRESS_ZSTD, 1 } },
		{ "19", { COMPRESS_ZSTD, 19 } },
		{ "gzip", { COMPRESS_GZIP, 6 } },
		{ "gzip:9", { COMPRESS_GZIP, 9 } },
		{ "none", { COMPRESS_NONE, 0 } },
	};
	static const char *const bad[] = { "", ":", "0", "20",
		"zstd:", "zstd:0", "zstd:20", "zstd:3x", "zstd:-1", "zstd:+3",
		"zstd:99999999999999999999", "gzip:0", "gzip:10",
		"gzip:", "none:", "none:0", "none:1", "zst", "zstdx", "ZSTD",
		"lz4", "3:4", "3x", " 3", ":3" };
	Compression compression;
	Error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(compress_parse(good[i].text, &compression, &err));
		assert_int_equal(
		    compression.method, good[i].compression.method);
		assert_int_equal(compression.level, good[i].compression.level);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (compress_parse(bad[i], &compression, &err))
			fail_msg("\"%s\" was accepted", bad[i]);
		assert_int_equal(err.kind, ERROR_USAGE);
		assert_int_equal(compression.method, COMPRESS_NONE);
	}
	assert_string_equal(compress_suffix(COMPRESS_ZSTD), ".zst");
	assert_string_equal(compress_suffix(COMPRESS_GZIP), ".gz");
	assert_string_equal(compress_suffix(COMPRESS_NONE), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_method_and_level_gives_back_what_it_got),
		cmocka_unit_test(empty_and_large_blocks_come_back),
		cmocka_unit_test(
		    the_widest_level_keeps_its_window_within_what_is_accepted),
		cmocka_unit_test(incompressible_bytes_come_back),
		cmocka_unit_test(
		    no_flipped_bit_or_truncation_gives_other_bytes),
		cmocka_unit_test(frames_that_are_not_the_writers_are_refused),
		cmocka_unit_test(
		    a_zstd_content_size_that_does_not_hold_is_refused),
		cmocka_unit_test(
		    a_zstd_bomb_is_refused_before_memory_is_taken_for_it),
		cmocka_unit_test(a_gzip_bomb_stops_at_the_limit),
		cmocka_unit_test(
		    gzip_members_that_are_not_the_writers_are_refused),
		cmocka_unit_test(methods_and_levels_are_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
