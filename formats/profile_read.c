#include "formats/profile.h"

#include <limits.h>
#include <stdio.h>

#include "formats/document.h"
#include "formats/json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define WHERE_BYTES  128

typedef struct {
	const char *format, *dialect;
	uint64_t version;
	const JsonNode *tables;
} RawProfile;

typedef struct {
	const char *name;
	uint64_t rows;
	const JsonNode *columns, *runs;
} RawTable;

typedef struct {
	ColumnProfile column;
	const char *name;
	uint64_t integral_digits_max, scale_max;
	const JsonNode *classes, *uuids, *odd, *fits, *first, *counters;
} RawColumn;

typedef struct {
	Counter counter;
	const char *class;
} RawCounter;

/* Of hypotheses, or of oddities, which are fewer. */
typedef struct {
	const JsonNode *of[FITS_COUNT];
} RawCounters;

#define AT(type, member) offsetof(type, member)

static const JsonField profile_fields[] = {
	{ "format", JSON_TEXT, false, AT(RawProfile, format) },
	{ "version", JSON_COUNT, false, AT(RawProfile, version) },
	{ "dialect", JSON_TEXT, false, AT(RawProfile, dialect) },
	{ "tables", JSON_NODE, false, AT(RawProfile, tables) },
};
static const JsonField table_fields[] = {
	{ "name", JSON_TEXT, false, AT(RawTable, name) },
	{ "rows", JSON_COUNT, false, AT(RawTable, rows) },
	{ "columns", JSON_NODE, false, AT(RawTable, columns) },
	{ "runs", JSON_NODE, true, AT(RawTable, runs) },
};
static const JsonField column_fields[] = {
	{ "name", JSON_TEXT, false, AT(RawColumn, name) },
	{ "classes", JSON_NODE, false, AT(RawColumn, classes) },
	{ "integer_min", JSON_INTEGER, true,
	    AT(RawColumn, column.integer_min) },
	{ "integer_max", JSON_INTEGER, true,
	    AT(RawColumn, column.integer_max) },
	{ "real_min", JSON_REAL, true, AT(RawColumn, column.real_min) },
	{ "real_max", JSON_REAL, true, AT(RawColumn, column.real_max) },
	{ "real_integral", JSON_COUNT, true,
	    AT(RawColumn, column.real_integral) },
	{ "text_bytes_max", JSON_COUNT, true,
	    AT(RawColumn, column.text_bytes_max) },
	{ "text_characters_max", JSON_COUNT, true,
	    AT(RawColumn, column.text_characters_max) },
	{ "blob_bytes_max", JSON_COUNT, true,
	    AT(RawColumn, column.blob_bytes_max) },
	{ "empty", JSON_COUNT, true, AT(RawColumn, column.empty) },
	{ "blanks", JSON_COUNT, true, AT(RawColumn, column.blanks) },
	{ "nul", JSON_COUNT, true, AT(RawColumn, column.nul) },
	{ "invalid_utf8", JSON_COUNT, true,
	    AT(RawColumn, column.invalid_utf8) },
	{ "json_nul", JSON_COUNT, true, AT(RawColumn, column.json_nul) },
	{ "odd", JSON_NODE, true, AT(RawColumn, odd) },
	{ "integer_01", JSON_COUNT, true, AT(RawColumn, column.integer_01) },
	{ "text_01", JSON_COUNT, true, AT(RawColumn, column.text_01) },
	{ "text_integers", JSON_COUNT, true,
	    AT(RawColumn, column.text_integers) },
	{ "text_decimals", JSON_COUNT, true,
	    AT(RawColumn, column.text_decimals) },
	{ "dates", JSON_COUNT, true, AT(RawColumn, column.dates) },
	{ "naive", JSON_COUNT, true, AT(RawColumn, column.naive) },
	{ "zoned", JSON_COUNT, true, AT(RawColumn, column.zoned) },
	{ "uuids", JSON_NODE, true, AT(RawColumn, uuids) },
	{ "json_objects", JSON_COUNT, true,
	    AT(RawColumn, column.json_objects) },
	{ "json_arrays", JSON_COUNT, true, AT(RawColumn, column.json_arrays) },
	{ "json_scalars", JSON_COUNT, true,
	    AT(RawColumn, column.json_scalars) },
	{ "integral_digits_max", JSON_COUNT, true,
	    AT(RawColumn, integral_digits_max) },
	{ "scale_max", JSON_COUNT, true, AT(RawColumn, scale_max) },
	{ "fits", JSON_NODE, true, AT(RawColumn, fits) },
	{ "first", JSON_NODE, true, AT(RawColumn, first) },
	{ "counters", JSON_NODE, true, AT(RawColumn, counters) },
};
static const JsonField counter_fields[] = {
	{ "row", JSON_COUNT, false, AT(RawCounter, counter.row) },
	{ "class", JSON_TEXT, false, AT(RawCounter, class) },
	{ "text", JSON_TEXT, false, AT(RawCounter, counter.text) },
	/* Last, for it is there or not. */
	{ "rowid", JSON_INTEGER, false, AT(RawCounter, counter.rowid) },
};

/* A table being read. */
typedef struct {
	const Table *table;
	TableProfile *profile;
	Arena *arena;
	char where[WHERE_BYTES];
} TableReader;

static bool
damaged(const TableReader *reader, const char *what, Error *err)
{
	return error_set(err, ERROR_DUMP, "%s: %s", reader->where, what);
}

static bool
parse_class(const char *text, ValueClass *class)
{
	size_t i;

	for (i = 0; i < VALUE_CLASSES; i++) {
		if (strcmp(text, value_class_name((ValueClass)i)) == 0) {
			*class = (ValueClass)i;
			return true;
		}
	}
	return false;
}

static bool
read_counter(const TableReader *reader, const JsonNode *node, Counter *counter,
    Error *err)
{
	RawCounter raw = { 0 };
	Error ignored;

	/* a table without rowids has none here: that is no failure */
	raw.counter.has_rowid = json_read(node, reader->where, counter_fields,
	    COUNT(counter_fields), &raw, reader->arena, &ignored);
	if (!raw.counter.has_rowid &&
	    !json_read(node, reader->where, counter_fields,
		COUNT(counter_fields) - 1, &raw, reader->arena, err))
		return false;
	*counter = raw.counter;
	if (counter->row == 0 || counter->row > reader->profile->rows ||
	    !parse_class(raw.class, &counter->class))
		return damaged(reader, "a counter-example is not one", err);
	return true;
}

/* An object of them under the given names. */
static bool
read_counters(const TableReader *reader, const JsonNode *node,
    const char *const *names, size_t n, Counter *counters, Error *err)
{
	JsonField fields[FITS_COUNT] = { { 0 } };
	RawCounters raw = { { 0 } };
	size_t i;

	if (node == NULL)
		return true;
	for (i = 0; i < n; i++)
		fields[i] = (JsonField){ names[i], JSON_NODE, true,
			i * sizeof(raw.of[0]) };
	if (!json_read(
		node, reader->where, fields, n, &raw, reader->arena, err))
		return false;
	for (i = 0; i < n; i++)
		if (raw.of[i] != NULL &&
		    !read_counter(reader, raw.of[i], &counters[i], err))
			return false;
	return true;
}

/* An object of counts under the given names; what is not there is 0. */
static bool
read_counts(const TableReader *reader, const JsonNode *node,
    const char *const *names, size_t n, uint64_t *counts, Error *err)
{
	JsonField fields[FITS_COUNT] = { { 0 } };
	size_t i;

	if (node == NULL)
		return true;
	for (i = 0; i < n; i++)
		fields[i] = (JsonField){ names[i], JSON_COUNT, true,
			i * sizeof(counts[0]) };
	return json_read(
	    node, reader->where, fields, n, counts, reader->arena, err);
}

/* Counts of what all values are some of: none is more than those. */
static bool
check_parts(const ColumnProfile *column, uint64_t values)
{
	const uint64_t parts[] = { column->empty, column->blanks, column->nul,
		column->invalid_utf8, column->json_nul, column->integer_01,
		column->text_01, column->text_integers, column->text_decimals,
		column->dates, column->naive, column->zoned,
		column->json_objects, column->json_arrays,
		column->json_scalars };
	size_t i;

	for (i = 0; i < COUNT(parts); i++)
		if (parts[i] > values)
			return false;
	for (i = 0; i < UUID_SPELLINGS; i++)
		if (column->uuids[i] > values)
			return false;
	for (i = 0; i < FITS_COUNT; i++)
		if (column->fits[i] > values)
			return false;
	return true;
}

/* Do the counts agree with one another? */
static bool
check_counts(const TableReader *reader, const ColumnProfile *column, Error *err)
{
	uint64_t rows = 0, values;
	bool over = false;
	size_t i;

	for (i = 0; i < VALUE_CLASSES; i++)
		over |= __builtin_add_overflow(rows, column->classes[i], &rows);
	if (over || rows != reader->profile->rows)
		return damaged(reader,
		    "a column's values are not as many as the rows", err);
	values = rows - column->classes[VALUE_NULL];
	if (!check_parts(column, values))
		return damaged(reader, "more values fit than there are", err);
	if (column->integer_min > column->integer_max ||
	    column->real_min > column->real_max)
		return damaged(reader, "a least value is above the most", err);
	return true;
}

/* What did not go without saying is there now. */
static void
fill_counters(uint64_t rows, ColumnProfile *column)
{
	uint64_t values = rows - column->classes[VALUE_NULL];
	size_t i;

	for (i = 0; i < FITS_COUNT; i++)
		if (column->counter[i].row == 0 && column->fits[i] < values)
			column->counter[i] = column->first;
}

/* The parts of a column that are objects. */
static bool
read_parts(const TableReader *reader, const RawColumn *raw,
    ColumnProfile *column, Error *err)
{
	const char *classes[VALUE_CLASSES], *uuids[UUID_SPELLINGS];
	const char *odd[ODD_COUNT], *fits[FITS_COUNT];
	size_t i;

	for (i = 0; i < VALUE_CLASSES; i++)
		classes[i] = value_class_name((ValueClass)i);
	for (i = 0; i < UUID_SPELLINGS; i++)
		uuids[i] = profile_uuid_name((UuidSpelling)i);
	for (i = 0; i < ODD_COUNT; i++)
		odd[i] = profile_odd_name((Oddity)i);
	for (i = 0; i < FITS_COUNT; i++)
		fits[i] = profile_fits_name((Fits)i);
	return read_counts(reader, raw->classes, classes, VALUE_CLASSES,
		   column->classes, err) &&
	    read_counts(reader, raw->uuids, uuids, UUID_SPELLINGS,
		column->uuids, err) &&
	    read_counts(
		reader, raw->fits, fits, FITS_COUNT, column->fits, err) &&
	    read_counters(
		reader, raw->odd, odd, ODD_COUNT, column->odd_first, err) &&
	    read_counters(reader, raw->counters, fits, FITS_COUNT,
		column->counter, err) &&
	    (raw->first == NULL ||
		read_counter(reader, raw->first, &column->first, err));
}

static bool
read_column(const TableReader *reader, const JsonNode *node, const char *name,
    ColumnProfile *column, Error *err)
{
	RawColumn raw = { 0 };

	if (!json_read(node, reader->where, column_fields, COUNT(column_fields),
		&raw, reader->arena, err))
		return false;
	if (strcmp(raw.name, name) != 0)
		return error_set(err, ERROR_DUMP,
		    "%s: column \"%s\" stands where schema.json has \"%s\"",
		    reader->where, raw.name, name);
	if (raw.integral_digits_max > UINT_MAX || raw.scale_max > UINT_MAX)
		return damaged(reader, "digits out of range", err);
	*column = raw.column;
	column->integral_digits_max = (unsigned)raw.integral_digits_max;
	column->scale_max = (unsigned)raw.scale_max;
	if (!read_parts(reader, &raw, column, err) ||
	    !check_counts(reader, column, err))
		return false;
	fill_counters(reader->profile->rows, column);
	return true;
}

static bool
read_run(
    const TableReader *reader, const JsonNode *node, RowidRun *run, Error *err)
{
	int64_t numbers[3];
	size_t n, i;

	if (!json_array_count(node, reader->where, &n, err))
		return false;
	if (n != COUNT(numbers))
		return damaged(reader, "a run has three numbers", err);
	for (i = 0; i < n; i++)
		if (!json_node_integer(json_array_at(node, i), reader->where,
			&numbers[i], err))
			return false;
	if (numbers[0] < 1 || numbers[1] > numbers[2])
		return damaged(reader, "a run is not one", err);
	*run = (RowidRun){ (uint64_t)numbers[0], numbers[1], numbers[2] };
	return true;
}

/* Rows of a run; 0 stands for all 2^64 rowids. */
static uint64_t
run_rows(const RowidRun *run)
{
	return (uint64_t)run->to - (uint64_t)run->from + 1;
}

/* Do the runs follow one another and cover all rows? */
static bool
check_runs(const TableReader *reader, Error *err)
{
	const TableProfile *profile = reader->profile;
	const RowidRun *run;
	uint64_t rows = 0;
	size_t i;

	for (i = 0; i < profile->n_runs; i++) {
		run = &profile->runs[i];
		if (run->row != rows + 1 ||
		    (i > 0 && run->from <= run[-1].to) || run_rows(run) == 0 ||
		    run_rows(run) > profile->rows - rows)
			return damaged(reader, "the runs do not fit", err);
		rows += run_rows(run);
	}
	if (i > 0 && rows != profile->rows)
		return damaged(reader, "the runs do not cover all rows", err);
	return true;
}

static bool
read_runs(const TableReader *reader, const JsonNode *node, Error *err)
{
	TableProfile *profile = reader->profile;
	size_t i;

	if (!json_array_count(node, reader->where, &profile->n_runs, err))
		return false;
	if (profile->n_runs > PROFILE_RUNS_LIMIT + 1)
		return damaged(reader, "too many runs", err);
	profile->runs = arena_alloc(
	    reader->arena, profile->n_runs, sizeof(*profile->runs), err);
	if (profile->runs == NULL)
		return false;
	for (i = 0; i < profile->n_runs; i++)
		if (!read_run(
			reader, json_array_at(node, i), &profile->runs[i], err))
			return false;
	return check_runs(reader, err);
}

static bool
read_table(TableReader *reader, const JsonNode *node, Error *err)
{
	const Table *table = reader->table;
	TableProfile *profile = reader->profile;
	RawTable raw = { 0 };
	size_t i;

	if (!json_read(node, reader->where, table_fields, COUNT(table_fields),
		&raw, reader->arena, err))
		return false;
	if (strcmp(raw.name, table->name) != 0)
		return error_set(err, ERROR_DUMP,
		    "%s: \"%s\" stands where schema.json has \"%s\"",
		    reader->where, raw.name, table->name);
	profile->rows = raw.rows;
	if (!json_array_count(
		raw.columns, reader->where, &profile->n_columns, err))
		return false;
	if (profile->n_columns != table->n_columns)
		return damaged(
		    reader, "not as many columns as schema.json has", err);
	profile->columns = arena_alloc(
	    reader->arena, profile->n_columns, sizeof(*profile->columns), err);
	if (profile->columns == NULL)
		return false;
	for (i = 0; i < profile->n_columns; i++)
		if (!read_column(reader, json_array_at(raw.columns, i),
			table->columns[i].name, &profile->columns[i], err))
			return false;
	return read_runs(reader, raw.runs, err);
}

static bool
read_profile(
    const JsonNode *root, const Schema *schema, Profile *profile, Error *err)
{
	TableReader reader = { .arena = &profile->arena };
	RawProfile raw = { 0 };
	Dialect dialect;
	size_t i;

	if (!json_read(root, "profile.json", profile_fields,
		COUNT(profile_fields), &raw, &profile->arena, err) ||
	    !document_parse_dialect(
		raw.dialect, "profile.json", &dialect, err) ||
	    !json_array_count(
		raw.tables, "profile.json", &profile->n_tables, err))
		return false;
	if (dialect != schema->dialect || profile->n_tables != schema->n_tables)
		return error_set(
		    err, ERROR_DUMP, "profile.json is not of this schema.json");
	profile->tables = arena_alloc(
	    &profile->arena, profile->n_tables, sizeof(*profile->tables), err);
	if (profile->tables == NULL)
		return false;
	for (i = 0; i < profile->n_tables; i++) {
		reader.table = &schema->tables[i];
		reader.profile = &profile->tables[i];
		(void)snprintf(reader.where, sizeof(reader.where),
		    "profile.json, table %zu", i + 1);
		if (!read_table(&reader, json_array_at(raw.tables, i), err))
			return false;
	}
	return true;
}

bool
profile_read(const uint8_t *bytes, size_t size, const Schema *schema,
    Profile *profile, Error *err)
{
	JsonDocument *document = NULL;
	bool success;

	if (!document_check(bytes, size, "profile.json", err) ||
	    !json_parse(bytes, size, "profile.json", &document, err))
		return false;
	success = read_profile(json_root(document), schema, profile, err);
	json_free(document);
	return success;
}
