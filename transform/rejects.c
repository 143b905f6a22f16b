#include "transform/rejects.h"

#include <string.h>

#include "formats/json.h"
#include "formats/number.h"

/* Where in the log the reason of one value is, and whose it is. */
typedef struct {
	const Table *table;
	const CastRefusal *refusal;
	uint64_t row;
	int64_t rowid;
	bool has_rowid;
	size_t at, size; /* of the object's text */
} Mark;

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

/* The object less what only give knows: "table", "row", "rowid". */
static bool
put_reason(Buf *out, const Reject *reject, Error *err)
{
	JsonWriter json = { .out = out };
	const Value *value = &reject->values[reject->column];
	char sql[TYPE_SQL_BYTES];

	json_begin_object(&json, NULL);
	if (reject->n_key > 0) {
		json_begin_object(&json, "key");
		for (size_t i = 0; i < reject->n_key; i++) {
			int column = reject->key[i];

			if (!put_json_value(&json,
				reject->table->columns[column].name,
				&reject->values[column], true, err))
				return false;
		}
		json_end(&json);
	}
	json_put_text(
	    &json, "column", reject->table->columns[reject->column].name);
	json_put_text(&json, "class", value_class_name(value->class));
	if (!put_json_value(&json, "value", value, false, err))
		return false;
	json_put_text(&json, "type", type_sql(reject->type, sql));
	json_put_text(&json, "rule", reject->refusal->rule);
	json_put_text(&json, "reason", reject->refusal->reason);
	json_put_text(&json, "path", reject->path);
	json_end(&json);
	return json_finish(&json, err);
}

bool
reject_log_put(RejectLog *log, const Reject *reject, Error *err)
{
	Mark mark = { .table = reject->table,
		.refusal = reject->refusal,
		.row = reject->row,
		.at = log->text.size };
	int rowid = reject->table->rowid_column;

	if (rowid >= 0 && reject->values[rowid].class == VALUE_INTEGER) {
		mark.has_rowid = true;
		mark.rowid = reject->values[rowid].integer;
	}
	if (!put_reason(&log->text, reject, err))
		return false;
	mark.size = log->text.size - mark.at;
	return buf_put(&log->marks, &mark, sizeof mark, err);
}

void
reject_log_clear(RejectLog *log)
{
	log->text.size = 0;
	log->marks.size = 0;
}

void
reject_log_free(RejectLog *log)
{
	buf_free(&log->text);
	buf_free(&log->marks);
}

static bool
count_rule(Rejects *rejects, const CastRefusal *refusal, Error *err)
{
	size_t i = 0;

	while (i < rejects->n_counts && rejects->counts[i].refusal != refusal)
		i++;
	if (i == REJECT_RULES)
		return error_set(err, ERROR_FAILED, "more rules than counters");
	if (i == rejects->n_counts) {
		rejects->counts[i].refusal = refusal;
		rejects->n_counts++;
	}
	rejects->counts[i].values++;
	return true;
}

/* One line of rejects.ndjson. */
static bool
put_line(Rejects *rejects, const Mark *mark, const uint8_t *text,
    const RejectPlace *place, Error *err)
{
	Buf *out = &rejects->reasons;
	const char *name = mark->table->name;
	int64_t rowid = mark->rowid;
	bool has_rowid = mark->has_rowid;
	uint64_t row = place->rows_before + mark->row;

	if (!buf_put_text(out, "{\"table\":", err) ||
	    !json_put_string(out, (const uint8_t *)name, strlen(name), err))
		return false;
	if (place->known) {
		size_t table = (size_t)(mark->table - rejects->schema->tables);

		if (!buf_put_format(
			out, err, ",\"row\":%llu", (unsigned long long)row))
			return false;
		if (!has_rowid && rejects->profile != NULL)
			has_rowid = profile_rowid(
			    &rejects->profile->tables[table], row, &rowid);
	}
	if (has_rowid &&
	    !buf_put_format(out, err, ",\"rowid\":%lld", (long long)rowid))
		return false;
	/* The object goes on where its own brace was. */
	return buf_put_text(out, ",", err) &&
	    buf_put(out, text + 1, mark->size - 1, err) &&
	    (mark->size > 0 && text[mark->size - 1] == '\n'
		    ? true
		    : buf_put_text(out, "\n", err));
}

/*
 * The evidence goes along, so that the rows are given the same types when they
 * are read again; but where the rows were in their table no longer holds.
 */
static bool
put_profile(Rejects *rejects, Error *err)
{
	Profile profile = { .n_tables = rejects->profile->n_tables };

	profile.tables = arena_alloc(
	    &rejects->arena, profile.n_tables, sizeof(TableProfile), err);
	if (profile.tables == NULL)
		return false;
	for (size_t i = 0; i < profile.n_tables; i++) {
		profile.tables[i] = rejects->profile->tables[i];
		profile.tables[i].runs = NULL;
		profile.tables[i].n_runs = 0;
	}
	return dump_put_profile(rejects->writer, &profile, err);
}

static bool
begin(Rejects *rejects, Error *err)
{
	if (!dump_create(rejects->path, rejects->schema, &rejects->writer, err))
		return error_add(err, "rejects");
	return rejects->profile == NULL || put_profile(rejects, err);
}

bool
rejects_put(Rejects *rejects, Chunk *aside, const RejectLog *log,
    const RejectPlace *place, Error *err)
{
	if (aside->rows == 0)
		return true;
	if (rejects->writer == NULL && !begin(rejects, err))
		return false;
	rejects->rows += aside->rows;
	for (size_t at = 0; at < log->marks.size; at += sizeof(Mark)) {
		Mark mark;

		memcpy(&mark, log->marks.data + at, sizeof mark);
		if (!count_rule(rejects, mark.refusal, err) ||
		    !put_line(
			rejects, &mark, log->text.data + mark.at, place, err))
			return false;
	}
	if (!dump_put_chunk(rejects->writer, aside, err))
		return error_add(err, "rejects");
	return true;
}

bool
rejects_commit(Rejects *rejects, DumpSummary *summary, Error *err)
{
	if (rejects->writer == NULL)
		return true;
	if (!dump_put_rejects(rejects->writer, &rejects->reasons, err) ||
	    !dump_commit(rejects->writer, summary, err))
		return error_add(err, "rejects");
	return true;
}

void
rejects_free(Rejects *rejects)
{
	dump_discard(rejects->writer);
	rejects->writer = NULL;
	buf_free(&rejects->reasons);
	arena_free(&rejects->arena);
}
