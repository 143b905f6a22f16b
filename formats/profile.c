#include "formats/profile.h"

#include "formats/document.h"
#include "formats/json.h"

const char *
profile_fits_name(Fits fits)
{
	static const char *const names[FITS_COUNT] = {
		[FITS_BOOLEAN] = "boolean",
		[FITS_BIGINT] = "bigint",
		[FITS_DOUBLE] = "double",
		[FITS_NUMERIC] = "numeric",
		[FITS_DATE] = "date",
		[FITS_TIME] = "time",
		[FITS_TIMESTAMP] = "timestamp",
		[FITS_UUID] = "uuid",
		[FITS_JSON] = "json",
		[FITS_JSONB] = "jsonb",
		[FITS_TEXT] = "text",
		[FITS_UNIX_S] = "unix_s",
		[FITS_UNIX_MS] = "unix_ms",
		[FITS_UNIX_US] = "unix_us",
		[FITS_UNIX_NS] = "unix_ns",
		[FITS_COCOA] = "cocoa",
		[FITS_WEBKIT] = "webkit",
		[FITS_FILETIME] = "filetime",
		[FITS_JULIAN] = "julian",
	};

	return names[fits];
}

const char *
profile_uuid_name(UuidSpelling spelling)
{
	static const char *const names[UUID_SPELLINGS] = {
		[UUID_LOWER] = "lower",
		[UUID_UPPER] = "upper",
		[UUID_BARE] = "bare",
		[UUID_BRACED] = "braced",
		[UUID_BLOB] = "blob",
		[UUID_OTHER] = "other",
	};

	return names[spelling];
}

const char *
profile_odd_name(Oddity odd)
{
	static const char *const names[ODD_COUNT] = {
		[ODD_EMPTY] = "empty",
		[ODD_BLANKS] = "blanks",
		[ODD_NUL] = "nul",
		[ODD_INVALID_UTF8] = "invalid_utf8",
		[ODD_JSON_NUL] = "json_nul",
	};

	return names[odd];
}

uint64_t
profile_odd_count(const ColumnProfile *column, Oddity odd)
{
	switch (odd) {
	case ODD_EMPTY:
		return column->empty;
	case ODD_BLANKS:
		return column->blanks;
	case ODD_NUL:
		return column->nul;
	case ODD_INVALID_UTF8:
		return column->invalid_utf8;
	case ODD_JSON_NUL:
		return column->json_nul;
	case ODD_COUNT:
		break;
	}
	return 0;
}

static uint64_t
count_values(const ColumnProfile *column)
{
	uint64_t values = 0;
	size_t i;

	for (i = VALUE_NULL + 1; i < VALUE_CLASSES; i++)
		values += column->classes[i];
	return values;
}

bool
profile_is_full(const ColumnProfile *column)
{
	return column->first.row > 0 || count_values(column) == 0;
}

/* What is 0 is left out of the document. */
static void
put_count(JsonWriter *json, const char *key, uint64_t value)
{
	if (value > 0)
		json_put_integer(json, key, (int64_t)value);
}

static void
put_counter(JsonWriter *json, const char *key, const Counter *counter)
{
	const char *text = counter->text == NULL ? "" : counter->text;

	json_begin_object(json, key);
	put_count(json, "row", counter->row);
	if (counter->has_rowid)
		json_put_integer(json, "rowid", counter->rowid);
	json_put_text(json, "class", value_class_name(counter->class));
	/* It may end within a character. */
	json_put_bytes(json, "text", (const uint8_t *)text, strlen(text));
	json_end(json);
}

/* The first value is the counter-example of most hypotheses: where it is, that
 * goes without saying. */
static void
put_counters(JsonWriter *json, const ColumnProfile *column)
{
	bool any = false;
	size_t i;

	for (i = 0; i < FITS_COUNT; i++) {
		if (column->counter[i].row == 0 ||
		    column->counter[i].row == column->first.row)
			continue;
		if (!any)
			json_begin_object(json, "counters");
		any = true;
		put_counter(
		    json, profile_fits_name((Fits)i), &column->counter[i]);
	}
	if (any)
		json_end(json);
}

static void
put_hypotheses(JsonWriter *json, const ColumnProfile *column)
{
	size_t i;

	json_begin_object(json, "fits");
	for (i = 0; i < FITS_COUNT; i++)
		put_count(json, profile_fits_name((Fits)i), column->fits[i]);
	json_end(json);
	if (column->first.row > 0)
		put_counter(json, "first", &column->first);
	put_counters(json, column);
}

static void
put_odd(JsonWriter *json, const ColumnProfile *column)
{
	bool any = false;
	size_t i;

	for (i = 0; i < ODD_COUNT; i++)
		put_count(json, profile_odd_name((Oddity)i),
		    profile_odd_count(column, (Oddity)i));
	for (i = 0; i < ODD_COUNT; i++) {
		if (column->odd_first[i].row == 0)
			continue;
		if (!any)
			json_begin_object(json, "odd");
		any = true;
		put_counter(
		    json, profile_odd_name((Oddity)i), &column->odd_first[i]);
	}
	if (any)
		json_end(json);
}

static void
put_uuids(JsonWriter *json, const ColumnProfile *column)
{
	size_t i;

	if (column->fits[FITS_UUID] == 0)
		return;
	json_begin_object(json, "uuids");
	for (i = 0; i < UUID_SPELLINGS; i++)
		put_count(
		    json, profile_uuid_name((UuidSpelling)i), column->uuids[i]);
	json_end(json);
}

static void
put_numbers(JsonWriter *json, const ColumnProfile *column)
{
	if (column->classes[VALUE_INTEGER] > 0) {
		json_put_integer(json, "integer_min", column->integer_min);
		json_put_integer(json, "integer_max", column->integer_max);
	}
	if (column->classes[VALUE_REAL] > 0) {
		json_put_real(json, "real_min", column->real_min);
		json_put_real(json, "real_max", column->real_max);
	}
	put_count(json, "real_integral", column->real_integral);
	put_count(json, "text_bytes_max", column->text_bytes_max);
	put_count(json, "text_characters_max", column->text_characters_max);
	put_count(json, "blob_bytes_max", column->blob_bytes_max);
	put_odd(json, column);
	put_count(json, "integer_01", column->integer_01);
	put_count(json, "text_01", column->text_01);
	put_count(json, "text_integers", column->text_integers);
	put_count(json, "text_decimals", column->text_decimals);
	put_count(json, "dates", column->dates);
	put_count(json, "naive", column->naive);
	put_count(json, "zoned", column->zoned);
	put_uuids(json, column);
	put_count(json, "json_objects", column->json_objects);
	put_count(json, "json_arrays", column->json_arrays);
	put_count(json, "json_scalars", column->json_scalars);
	put_count(json, "integral_digits_max", column->integral_digits_max);
	put_count(json, "scale_max", column->scale_max);
}

static void
put_column(JsonWriter *json, const char *name, const ColumnProfile *column)
{
	size_t i;

	json_begin_object(json, NULL);
	json_put_text(json, "name", name);
	json_begin_object(json, "classes");
	for (i = 0; i < VALUE_CLASSES; i++)
		put_count(
		    json, value_class_name((ValueClass)i), column->classes[i]);
	json_end(json);
	put_numbers(json, column);
	put_hypotheses(json, column);
	json_end(json);
}

static void
put_table(JsonWriter *json, const Table *table, const TableProfile *profile)
{
	const RowidRun *run;
	size_t i;

	json_begin_object(json, NULL);
	json_put_text(json, "name", table->name);
	json_put_integer(json, "rows", (int64_t)profile->rows);
	json_begin_array(json, "columns");
	for (i = 0; i < table->n_columns; i++)
		put_column(json, table->columns[i].name, &profile->columns[i]);
	json_end(json);
	if (profile->n_runs > 0) {
		json_begin_array(json, "runs");
		for (i = 0; i < profile->n_runs; i++) {
			run = &profile->runs[i];
			json_begin_array(json, NULL);
			json_put_integer(json, NULL, (int64_t)run->row);
			json_put_integer(json, NULL, run->from);
			json_put_integer(json, NULL, run->to);
			json_end(json);
		}
		json_end(json);
	}
	json_end(json);
}

bool
profile_write(
    const Profile *profile, const Schema *schema, Buf *out, Error *err)
{
	JsonWriter json = { .out = out, .lines = 4 };
	size_t i;

	document_begin(&json, schema->dialect);
	json_begin_array(&json, "tables");
	for (i = 0; i < schema->n_tables; i++)
		put_table(&json, &schema->tables[i], &profile->tables[i]);
	json_end(&json);
	json_end(&json);
	if (!json_finish(&json, err) || !buf_put_text(out, "\n", err))
		return error_add(err, "profile.json");
	return true;
}

bool
profile_rowid(const TableProfile *table, uint64_t row, int64_t *rowid)
{
	size_t low = 0, high = table->n_runs, middle;
	const RowidRun *run;

	if (table->n_runs == 0 || row == 0 || row > table->rows)
		return false;
	/* The last run that begins at or before the row. */
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (table->runs[middle].row <= row)
			low = middle;
		else
			high = middle;
	}
	run = &table->runs[low];
	*rowid = (int64_t)((uint64_t)run->from + (row - run->row));
	return true;
}

void
profile_free(Profile *profile)
{
	if (profile == NULL)
		return;
	arena_free(&profile->arena);
	*profile = (Profile){ 0 };
}
