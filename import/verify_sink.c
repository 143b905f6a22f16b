#include "import/verify_sink.h"

#include <string.h>

bool
verify_sink_begin(
    VerifySink *sink, VerifySinkKind kind, const bool *chosen, Error *err)
{
	sink->kind = kind;
	sink->sum = (VerifySum){ 0 };
	sink->chosen = chosen;
	sink->rows.size = 0;
	sink->full = false;
	sink->parts.size = 0;
	if (kind != SINK_PARTS)
		return true;
	if (!buf_reserve(&sink->parts, VERIFY_PARTS * sizeof(VerifySum), err))
		return false;
	sink->parts.size = VERIFY_PARTS * sizeof(VerifySum);
	memset(sink->parts.data, 0, sink->parts.size);
	return true;
}

static void
add_sum(VerifySum *sum, Hash hash, uint64_t rows)
{
	sum->hash = hash_sum(sum->hash, hash);
	sum->rows += rows;
}

VerifySum
verify_sink_part(const VerifySink *sink, size_t i)
{
	VerifySum sum;

	memcpy(&sum, sink->parts.data + i * sizeof sum, sizeof sum);
	return sum;
}

static void
add_part(VerifySink *sink, size_t i, Hash hash, uint64_t rows)
{
	VerifySum sum = verify_sink_part(sink, i);

	add_sum(&sum, hash, rows);
	memcpy(sink->parts.data + i * sizeof sum, &sum, sizeof sum);
}

static bool
keep_row(
    VerifySink *sink, const VerifyKept *kept, const uint8_t *row, Error *err)
{
	if (kept->size > VERIFY_ROWS_BYTES ||
	    sink->rows.size > VERIFY_ROWS_BYTES - kept->size) {
		sink->full = true;
		return true;
	}
	return buf_put(&sink->rows, kept, sizeof *kept, err) &&
	    buf_put(&sink->rows, row, kept->size, err);
}

bool
verify_sink_put(VerifySink *sink, const VerifyShape *shape, VerifyRoom *room,
    const uint8_t *row, size_t size, Error *err)
{
	VerifyKept kept = { .size = size };
	size_t part;

	if (!verify_row_hash(shape, room, row, size, &kept.hash, err))
		return false;
	add_sum(&sink->sum, kept.hash, 1);
	if (sink->kind == SINK_SUM)
		return true;
	if (!verify_row_key(shape, room, &kept.key, err))
		return false;
	part = kept.key.low % VERIFY_PARTS;
	if (sink->kind == SINK_PARTS)
		add_part(sink, part, kept.hash, 1);
	else if (sink->chosen[part])
		return keep_row(sink, &kept, row, err);
	return true;
}

bool
verify_sink_add(VerifySink *sink, const VerifySink *other, Error *err)
{
	VerifySum sum;
	size_t i;

	add_sum(&sink->sum, other->sum.hash, other->sum.rows);
	for (i = 0; other->parts.size > 0 && i < VERIFY_PARTS; i++) {
		sum = verify_sink_part(other, i);
		if (sum.rows > 0)
			add_part(sink, i, sum.hash, sum.rows);
	}
	sink->full = sink->full || other->full;
	if (other->rows.size > VERIFY_ROWS_BYTES - sink->rows.size) {
		sink->full = true;
		return true;
	}
	return buf_put(&sink->rows, other->rows.data, other->rows.size, err);
}

bool
verify_sum_equal(const VerifySum *one, const VerifySum *other)
{
	return one->rows == other->rows && hash_equal(one->hash, other->hash);
}

void
verify_sink_free(VerifySink *sink)
{
	buf_free(&sink->parts);
	buf_free(&sink->rows);
}
