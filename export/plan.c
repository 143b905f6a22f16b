#include "export/plan.h"

#include "formats/rows_csv.h"
#include "formats/rows_ndjson.h"

/* Of a chunk, a range aims at this: rows vary, and a range that holds a little
 * more than a chunk leaves a small chunk behind. */
#define RANGE_PERCENT 90
/* Rows a range has at most: keeps the walk to its end short. */
#define RANGE_ROWS ((uint64_t)1 << 20)
/* Sampling ends when it has read this many times a chunk: rows may be large. */
#define SAMPLE_CHUNKS 2
/* Where rows of a place are larger or smaller than a table's average by more
 * than this, the place counts, else the average, which more rows bear out. */
#define PLACE_PERCENT 25
/* No row takes less of a file: its place in the page (2), its size, rowid and
 * header (1 each).  Rowids further apart than that allows are not dense,
 * whatever the sample says. */
#define ROW_BYTES_MIN 5

bool
plan_error_damaged(Error *err)
{
	return error_set(err, ERROR_SOURCE,
	    "more rows than the file has room for: it is damaged; copy it and "
	    "save what can be saved: sqlite3 COPY .recover | sqlite3 NEW");
}

bool
plan_begin(Plan *plan, sqlite3 *db, const Reading *readings, size_t n,
    uint64_t chunk_bytes, Error *err)
{
	int64_t pages, page_bytes;
	size_t i, most = 1;

	if (!source_integer(db, "PRAGMA page_count", &pages, err) ||
	    !source_integer(db, "PRAGMA page_size", &page_bytes, err))
		return false;
	plan->rows_most =
	    (uint64_t)pages * (uint64_t)page_bytes / ROW_BYTES_MIN;
	for (i = 0; i < n; i++)
		if (readings[i].table->n_columns > most)
			most = readings[i].table->n_columns;
	plan->db = db;
	plan->readings = readings;
	plan->n_readings = n;
	plan->chunk_bytes = chunk_bytes;
	plan->row = arena_alloc(&plan->arena, most, sizeof(*plan->row), err);
	return plan->row != NULL;
}

void
plan_end(Plan *plan)
{
	reading_free_key(&plan->after);
	buf_free(&plan->scratch);
	arena_free(&plan->arena);
}

void
plan_free_range(PlanRange *range)
{
	reading_free_key(&range->after);
	reading_free_key(&range->upto);
}

/* Raw bytes of the row at hand, as it will be written. */
static bool
measure_row(Plan *plan, const Reading *reading, uint64_t *bytes, Error *err)
{
	const size_t n = reading->table->n_columns;
	bool exact;

	plan->scratch.size = 0;
	if (!rows_csv_put(
		&plan->scratch, plan->row, reading->affinities, n, &exact, err))
		return false;
	if (!exact &&
	    !rows_ndjson_put(&plan->scratch, reading->names, plan->row, n, err))
		return false;
	*bytes = plan->scratch.size;
	return true;
}

/* Read the first rows behind a key (if set) and add them to the place. */
static bool
sample(Plan *plan, const ReadingKey *after, uint64_t rows, PlanPlace *place,
    Error *err)
{
	const ReadingKey none = { 0 };
	Reading reading = plan->readings[plan->table];
	sqlite3_stmt *statement = NULL;
	int64_t rowid = 0, last = 0;
	uint64_t bytes;
	Step step;

	reading.where = NULL;
	if (!reading_prepare(&reading, plan->db, after, &none, &statement, err))
		return false;
	while ((step = source_step(statement, err)) == STEP_ITEM) {
		if (!reading_row(&reading, statement, plan->row, &rowid, err) ||
		    !measure_row(plan, &reading, &bytes, err)) {
			step = STEP_FAILED;
			break;
		}
		if (rowid != (place->rows == 0 ? place->rowid : last + 1))
			plan->dense = false;
		last = rowid;
		place->rows++;
		place->bytes += bytes;
		plan->all.rows++;
		plan->all.bytes += bytes;
		if (place->rows == rows ||
		    plan->all.bytes > SAMPLE_CHUNKS * plan->chunk_bytes)
			break;
	}
	sqlite3_finalize(statement);
	return step != STEP_FAILED;
}

/* The smallest or largest rowid; END where there is none. */
static Step
find_end(Plan *plan, bool largest, int64_t *rowid, Error *err)
{
	const Reading *reading = &plan->readings[plan->table];
	sqlite3_stmt *statement = NULL;
	Buf sql = { 0 };
	const char *text = NULL;
	Step step = STEP_FAILED;

	if (buf_put_format(&sql, err, "SELECT %s FROM %s ORDER BY %s%s LIMIT 1",
		reading->key, reading->from, reading->key,
		largest ? " DESC" : ""))
		text = buf_text(&sql, err);
	if (text != NULL && source_prepare(plan->db, text, &statement, err))
		step = source_step(statement, err);
	if (step == STEP_ITEM)
		*rowid = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	buf_free(&sql);
	return step;
}

/* Rows at places evenly spread over the rowids; of few, all. */
static bool
sample_rowids(Plan *plan, Error *err)
{
	uint64_t span = (uint64_t)plan->rowid_max - (uint64_t)plan->rowid_min;
	uint64_t rows = PLAN_PLACE_ROWS;
	ReadingKey before = { 0 };
	PlanPlace *place;
	size_t i;

	plan->dense = span <= plan->rows_most;
	plan->n_places = PLAN_PLACES;
	if (span < (uint64_t)PLAN_PLACES * PLAN_PLACE_ROWS) {
		plan->n_places = 1;
		rows = span + 1;
	}
	for (i = 0; i < plan->n_places; i++) {
		place = &plan->places[i];
		*place = (PlanPlace){ 0 };
		place->rowid = (int64_t)((uint64_t)plan->rowid_min +
		    i * (span / PLAN_PLACES));
		if (plan->all.bytes > SAMPLE_CHUNKS * plan->chunk_bytes) {
			plan->dense = false;
			continue;
		}
		if (i > 0)
			reading_set_rowid(&before, place->rowid - 1);
		if (!sample(plan, &before, rows, place, err))
			return false;
	}
	return true;
}

/* Rows behind a key (if set) alone make the average. */
static bool
sample_behind(Plan *plan, const ReadingKey *after, Error *err)
{
	PlanPlace place = { 0 };

	plan->all = (PlanPlace){ 0 };
	return sample(plan, after, PLAN_PLACES * PLAN_PLACE_ROWS, &place, err);
}

/* Look at the table at hand.  END where it is empty. */
static Step
begin_table(Plan *plan, Error *err)
{
	const Reading *reading = &plan->readings[plan->table];
	Step step;

	plan->begun = true;
	plan->after.set = false;
	plan->dense = false;
	plan->skipped = 0;
	plan->all = (PlanPlace){ 0 };
	if (!reading->has_rowid)
		return STEP_ITEM;
	step = find_end(plan, false, &plan->rowid_min, err);
	if (step == STEP_ITEM)
		step = find_end(plan, true, &plan->rowid_max, err);
	if (step == STEP_ITEM && !sample_rowids(plan, err))
		step = STEP_FAILED;
	return step;
}

/* Average bytes of a row where the next range begins. */
static double
row_bytes(const Plan *plan)
{
	double average, local;
	uint64_t rows = 0, bytes = 0;
	size_t i, at = 0;

	if (plan->all.rows == 0)
		return 1;
	average = (double)plan->all.bytes / (double)plan->all.rows;
	if (!plan->readings[plan->table].has_rowid || !plan->after.set)
		return average;
	for (i = 0; i < plan->n_places; i++)
		if (plan->places[i].rowid <= plan->after.values[0].integer)
			at = i;
	for (i = at; i < plan->n_places && i < at + 2; i++) {
		rows += plan->places[i].rows;
		bytes += plan->places[i].bytes;
	}
	if (rows == 0)
		return average;
	local = (double)bytes / (double)rows;
	if (local * 100 > average * (100 + PLACE_PERCENT) ||
	    local * 100 < average * (100 - PLACE_PERCENT))
		return local;
	return average;
}

/* Rows the next range should have. */
static uint64_t
range_rows(const Plan *plan)
{
	double rows;

	rows =
	    (double)plan->chunk_bytes * RANGE_PERCENT / 100 / row_bytes(plan);
	if (rows < 1)
		return 1;
	return rows > (double)RANGE_ROWS ? RANGE_ROWS : (uint64_t)rows;
}

/* The end of the next range.  END: it is the table's. */
static Step
find_upto(Plan *plan, ReadingKey *upto, Error *err)
{
	const Reading *reading = &plan->readings[plan->table];
	uint64_t rows, left;
	int64_t before;

	if (reading->n_key == 0)
		return STEP_END;
	if (!reading->has_rowid && !sample_behind(plan, &plan->after, err))
		return STEP_FAILED;
	rows = range_rows(plan);
	if (!plan->dense && (plan->skipped += rows) > plan->rows_most + rows) {
		plan_error_damaged(err);
		return STEP_FAILED;
	}
	if (!plan->dense)
		return reading_skip(
		    reading, plan->db, &plan->after, rows, upto, err);
	/* the first range has one row more: rowid_min itself */
	before =
	    plan->after.set ? plan->after.values[0].integer : plan->rowid_min;
	left = (uint64_t)plan->rowid_max - (uint64_t)before;
	if (left <= rows)
		return STEP_END;
	reading_set_rowid(upto, before + (int64_t)rows);
	return STEP_ITEM;
}

/* Move to a table that has rows. */
static Step
find_table(Plan *plan, Error *err)
{
	Step step;

	for (; !plan->begun && plan->table < plan->n_readings; plan->table++) {
		step = begin_table(plan, err);
		if (step != STEP_END)
			return step;
		plan->begun = false;
	}
	return plan->table < plan->n_readings ? STEP_ITEM : STEP_END;
}

/* The range from where the last one ended; *last tells that it goes to the
 * end of the table. */
static bool
cut_range(Plan *plan, PlanRange *range, bool *last, Error *err)
{
	const size_t n_key = plan->readings[plan->table].n_key;
	Step step;

	range->table = plan->table;
	range->upto.set = false;
	if (!reading_assign_key(&range->after, &plan->after, n_key, err))
		return false;
	step = find_upto(plan, &range->upto, err);
	*last = step == STEP_END;
	if (step != STEP_ITEM)
		return step == STEP_END;
	return reading_assign_key(&plan->after, &range->upto, n_key, err);
}

Step
plan_next(Plan *plan, PlanRange *range, Error *err)
{
	Step step = find_table(plan, err);
	bool last;

	if (step == STEP_END)
		return step;
	if (step == STEP_FAILED || !cut_range(plan, range, &last, err)) {
		error_add(err, "table \"%s\"",
		    plan->readings[plan->table].table->name);
		return STEP_FAILED;
	}
	if (last) {
		plan->begun = false;
		plan->table++;
	}
	return STEP_ITEM;
}

bool
plan_estimate(
    Plan *plan, size_t table, uint64_t rows, uint64_t *bytes, Error *err)
{
	const ReadingKey none = { 0 };
	Step step;

	plan->table = table;
	step = begin_table(plan, err);
	plan->begun = false;
	if (step == STEP_ITEM && !plan->readings[table].has_rowid &&
	    !sample_behind(plan, &none, err))
		step = STEP_FAILED;
	plan->table = 0;
	*bytes = plan->all.rows == 0
	    ? 0
	    : (uint64_t)((double)rows * row_bytes(plan));
	return step != STEP_FAILED;
}
