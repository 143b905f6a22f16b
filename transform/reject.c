#include "transform/reject.h"

#include <string.h>

#include "formats/json.h"
#include "formats/number.h"
#include "transform/advice.h"

/* Packed at a time: some thousand lines, whose likeness is all there is to
 * gain. */
#define BLOCK_BYTES ((size_t)256 << 10)

/* They are read again at once. */
static const Compression block_compression = { COMPRESS_ZSTD, 1 };

static RejectKind *
kind_at(const RejectLog *log, size_t i)
{
	return (RejectKind *)(void *)log->kinds.data + i;
}

/* The longest prefix of at most limit bytes that ends between characters, as
 * far as the bytes are characters. */
static size_t
prefix_bytes(const uint8_t *bytes, size_t size, size_t limit)
{
	size_t cut = limit;

	if (size <= limit)
		return size;
	/* A character has at most three bytes that follow the first. */
	while (cut > limit - 3 && (bytes[cut] & 0xc0) == 0x80)
		cut--;
	return cut;
}

static bool
put_blob(Buf *out, const uint8_t *bytes, size_t size, Error *err)
{
	const size_t limit = REJECT_VALUE_BYTES / 2 - 2;
	bool cut = size > limit;

	if (!buf_put_text(out, "x'", err))
		return false;
	for (size_t i = 0; i < (cut ? limit : size); i++)
		if (!buf_put_format(out, err, "%02x", bytes[i]))
			return false;
	return buf_put_text(out, cut ? "..." : "'", err);
}

bool
reject_put_value(Buf *out, const Value *value, Error *err)
{
	uint8_t number[NUMBER_REAL_BYTES];
	size_t size;

	switch (value->class) {
	case VALUE_INTEGER:
		size = number_write_integer(number, value->integer);
		return buf_put(out, number, size, err);
	case VALUE_REAL:
		size = number_write_real(number, value->real);
		return buf_put(out, number, size, err);
	case VALUE_TEXT:
		size =
		    prefix_bytes(value->bytes, value->size, REJECT_VALUE_BYTES);
		return buf_put(out, value->bytes, size, err);
	case VALUE_BLOB:
		return put_blob(out, value->bytes, value->size, err);
	case VALUE_NULL:
	case VALUE_CLASSES:
		break;
	}
	return buf_put_text(out, "NULL", err);
}

bool
reject_put_first(Buf *out, const Value *value, Error *err)
{
	size_t at;

	if (value->class != VALUE_TEXT)
		return reject_put_value(out, value, err);
	if (!buf_put_text(out, "'", err))
		return false;
	at = out->size;
	if (!reject_put_value(out, value, err))
		return false;
	for (; at < out->size; at++)
		if (out->data[at] == '\0')
			out->data[at] = '?';
	return buf_put_text(
	    out, value->size > REJECT_VALUE_BYTES ? "..." : "'", err);
}

/* A value under a key of the JSON object: numbers as such, else as text. */
static bool
put_json_value(JsonWriter *json, const char *key, const Value *value,
    bool plain, Error *err)
{
	Buf buf = { 0 };
	bool ok;

	if (plain && value->class == VALUE_INTEGER) {
		json_put_integer(json, key, value->integer);
		return true;
	}
	if (value->class == VALUE_NULL) {
		json_put_null(json, key);
		return true;
	}
	ok = reject_put_value(&buf, value, err);
	if (ok)
		json_put_bytes(json, key, buf.data, buf.size);
	buf_free(&buf);
	return ok;
}

static bool
put_key(JsonWriter *json, const Reject *reject, Error *err)
{
	if (reject->n_key == 0)
		return true;
	json_begin_object(json, "key");
	for (size_t i = 0; i < reject->n_key; i++) {
		int column = reject->key[i];

		if (!put_json_value(json, reject->table->columns[column].name,
			&reject->values[column], true, err))
			return false;
	}
	json_end(json);
	return true;
}

static bool
put_column(JsonWriter *json, const Reject *reject, Error *err)
{
	char sql[TYPE_SQL_BYTES];

	if (reject->column == NULL)
		return true;
	json_put_text(json, "column", reject->column);
	json_put_text(json, "class", value_class_name(reject->value->class));
	if (!put_json_value(json, "value", reject->value, false, err))
		return false;
	json_put_text(json, "type", type_sql(reject->type, sql));
	return true;
}

static bool
put_words(JsonWriter *json, const Reject *reject, Error *err)
{
	const CastRefusal *refusal = reject->refusal;
	Buf buf = { 0 };
	bool ok = buf_put_text(&buf, refusal->reason, err) &&
	    (reject->detail == NULL ||
		(buf_put_text(&buf, ": ", err) &&
		    buf_put_text(&buf, reject->detail, err)));

	json_put_text(json, "rule", refusal->rule);
	if (ok)
		json_put_bytes(json, "reason", buf.data, buf.size);
	buf.size = 0;
	ok = ok &&
	    advice_put(&buf, refusal->rule, reject->column, reject->value, err);
	if (ok)
		json_put_bytes(json, "suggestion", buf.data, buf.size);
	buf_free(&buf);
	return ok;
}

/* The object less what only give knows: "table", "row", "rowid". */
static bool
put_reason(Buf *out, const Reject *reject, Error *err)
{
	JsonWriter json = { .out = out };

	json_begin_object(&json, NULL);
	if (!put_key(&json, reject, err) || !put_column(&json, reject, err) ||
	    !put_words(&json, reject, err))
		return false;
	json_put_text(&json, "path", reject->path);
	json_end(&json);
	return json_finish(&json, err);
}

static bool
is_of(const RejectKind *kind, const Reject *reject)
{
	return kind->column == reject->column &&
	    kind->refusal == reject->refusal && kind->table == reject->table;
}

/* The kind, if it has come up before.  Rows break the same rules in the same
 * order: the search goes on where it ended. */
static RejectKind *
find_kind(RejectLog *log, const Reject *reject)
{
	size_t n = log->kinds.size / sizeof(RejectKind);

	for (size_t i = 0; i < n; i++) {
		size_t at = log->at + i < n ? log->at + i : log->at + i - n;

		if (is_of(kind_at(log, at), reject)) {
			log->at = at;
			return kind_at(log, at);
		}
	}
	log->at = n;
	return NULL;
}

static bool
add_kind(
    RejectLog *log, const Reject *reject, const RejectLine *line, Error *err)
{
	RejectKind kind = { .table = reject->table,
		.column = reject->column,
		.refusal = reject->refusal,
		.values = 1,
		.row = line->row,
		.rowid = line->rowid,
		.has_rowid = line->has_rowid };
	Buf buf = { 0 };
	const char *text = reject->detail;
	bool ok = true;

	if (reject->column != NULL) {
		ok = reject_put_first(&buf, reject->value, err);
		text = ok ? buf_text(&buf, err) : NULL;
		ok = text != NULL;
	}
	if (ok && text != NULL) {
		kind.first = arena_text(&log->arena, text, err);
		ok = kind.first != NULL;
	}
	buf_free(&buf);
	return ok && buf_put(&log->kinds, &kind, sizeof kind, err);
}

/* Begin a line, whose size is not known yet. */
static RejectLine
begin_line(const Reject *reject)
{
	RejectLine line = { .table = reject->table, .row = reject->row };
	int rowid = reject->table->rowid_column;

	if (rowid >= 0 && reject->values[rowid].class == VALUE_INTEGER) {
		line.has_rowid = true;
		line.rowid = reject->values[rowid].integer;
	}
	return line;
}

/* Pack the lines that are there: their size when packed, and they. */
static bool
pack_block(RejectLog *log, Error *err)
{
	size_t at = log->packed.size, size = 0;

	if (!buf_put(&log->packed, &size, sizeof size, err) ||
	    !compress_pack(&log->compressor, &block_compression, log->text.data,
		log->text.size, &log->packed, err))
		return false;
	size = log->packed.size - at - sizeof size;
	memcpy(log->packed.data + at, &size, sizeof size);
	log->text.size = 0;
	return true;
}

bool
reject_log_put(RejectLog *log, const Reject *reject, Error *err)
{
	RejectLine line = begin_line(reject);
	RejectKind *kind = find_kind(log, reject);
	size_t at = log->text.size;

	if (kind != NULL)
		kind->values++;
	else if (!add_kind(log, reject, &line, err))
		return false;
	if (!buf_put(&log->text, &line, sizeof line, err) ||
	    !put_reason(&log->text, reject, err))
		return false;
	line.size = log->text.size - at - sizeof line;
	memcpy(log->text.data + at, &line, sizeof line);
	return log->text.size < BLOCK_BYTES || pack_block(log, err);
}

void
reject_log_clear(RejectLog *log)
{
	log->kinds.size = log->text.size = log->packed.size = 0;
	log->at = 0;
	arena_free(&log->arena);
}

void
reject_log_free(RejectLog *log)
{
	buf_free(&log->kinds);
	buf_free(&log->text);
	buf_free(&log->packed);
	compress_free(&log->compressor);
	arena_free(&log->arena);
}

void
reject_reader_open(RejectReader *reader)
{
	reader->at = reader->packed_at = reader->block.size = 0;
	reader->last = false;
}

static bool
unpack_block(RejectReader *reader, const RejectLog *log, Error *err)
{
	const uint8_t *packed = log->packed.data + reader->packed_at;
	size_t size;

	memcpy(&size, packed, sizeof size);
	reader->packed_at += sizeof size + size;
	reader->block.size = reader->at = 0;
	return compress_unpack(&reader->compressor, block_compression.method,
	    packed + sizeof size, size, &reader->block, err);
}

Step
reject_reader_next(
    RejectReader *reader, const RejectLog *log, RejectLine *line, Error *err)
{
	const Buf *from = reader->last ? &log->text : &reader->block;

	if (reader->at == from->size && reader->packed_at < log->packed.size) {
		if (!unpack_block(reader, log, err))
			return STEP_FAILED;
	} else if (reader->at == from->size && !reader->last) {
		reader->last = true;
		reader->at = 0;
		from = &log->text;
	}
	if (reader->at == from->size)
		return STEP_END;
	memcpy(line, from->data + reader->at, sizeof *line);
	/* Behind the object's own brace. */
	line->text = from->data + reader->at + sizeof *line + 1;
	reader->at += sizeof *line + line->size;
	line->size--;
	return STEP_ITEM;
}

void
reject_reader_free(RejectReader *reader)
{
	buf_free(&reader->block);
	compress_free(&reader->compressor);
}
