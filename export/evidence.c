#include "export/evidence.h"

#include <string.h>

#include "formats/number.h"
#include "formats/utf8.h"

#define UTF8_BYTES_MAX 4

bool
evidence_begin(Evidence *evidence, const Table *table, Error *err)
{
	EvidenceColumn *column;
	size_t i;

	arena_free(&evidence->arena);
	evidence->rows = 0;
	evidence->runs.size = 0;
	evidence->has_rowid = false;
	evidence->n_columns = table->n_columns;
	evidence->columns = arena_alloc(&evidence->arena, table->n_columns,
	    sizeof(*evidence->columns), err);
	if (evidence->columns == NULL)
		return false;
	for (i = 0; i < table->n_columns; i++) {
		column = &evidence->columns[i];
		column->fit.json =
		    strcasestr(table->columns[i].declared, "json") != NULL;
		column->fit.scales =
		    table->columns[i].affinity == AFFINITY_NUMERIC;
	}
	return true;
}

/* The beginning of a BLOB as CSV writes it. */
static size_t
sample_blob(uint8_t *sample, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t i, n = 0;

	sample[n++] = '\\';
	sample[n++] = 'x';
	for (i = 0; i < size && n + 2 <= PROFILE_SAMPLE_BYTES; i++) {
		sample[n++] = (uint8_t)digits[bytes[i] >> 4];
		sample[n++] = (uint8_t)digits[bytes[i] & 15];
	}
	return n;
}

/* The beginning of a TEXT, for people: a character that is cut is dropped,
 * what no line can show is a question mark. */
static size_t
sample_text(uint8_t *sample, const uint8_t *bytes, size_t size)
{
	size_t i, valid, n;

	n = size < PROFILE_SAMPLE_BYTES ? size : PROFILE_SAMPLE_BYTES;
	memcpy(sample, bytes, n);
	while ((valid = utf8_valid_prefix(sample, n)) < n) {
		if (n < size && n - valid < UTF8_BYTES_MAX)
			n = valid;
		else
			sample[valid] = '?';
	}
	for (i = 0; i < n; i++)
		if (sample[i] < ' ' || sample[i] == 0x7f)
			sample[i] = '?';
	return n;
}

static bool
put_sample(Arena *arena, Counter *counter, const Value *value, Error *err)
{
	uint8_t sample[PROFILE_SAMPLE_BYTES];
	size_t size = 0;
	char *text;

	switch (value->class) {
	case VALUE_INTEGER:
		size = number_write_integer(sample, value->integer);
		break;
	case VALUE_REAL:
		size = number_write_real(sample, value->real);
		break;
	case VALUE_TEXT:
		size = sample_text(sample, value->bytes, value->size);
		break;
	case VALUE_BLOB:
		size = sample_blob(sample, value->bytes, value->size);
		break;
	case VALUE_NULL:
	case VALUE_CLASSES:
		break;
	}
	text = arena_alloc(arena, size + 1, 1, err);
	if (text == NULL)
		return false;
	memcpy(text, sample, size);
	counter->text = text;
	counter->class = value->class;
	return true;
}

/* Note the value as the first that does not fit, where it is. */
static bool
put_counters(Evidence *evidence, EvidenceColumn *column, unsigned missing,
    const Value *value, const int64_t *rowid, Error *err)
{
	Counter counter = { .row = evidence->rows };
	unsigned i;

	if (rowid != NULL) {
		counter.has_rowid = true;
		counter.rowid = *rowid;
	}
	if (!put_sample(&evidence->arena, &counter, value, err))
		return false;
	for (i = 0; i < FITS_COUNT; i++)
		if ((missing & FIT_BIT(i)) != 0)
			column->profile.counter[i] = counter;
	column->countered |= missing;
	return true;
}

static void
flush_run(EvidenceColumn *column)
{
	unsigned i;

	for (i = 0; i < FITS_COUNT; i++)
		if ((column->fits & FIT_BIT(i)) != 0)
			column->profile.fits[i] += column->run;
	column->run = 0;
}

/* Rowids without a gap are one run. */
static bool
add_rowid(Evidence *evidence, int64_t rowid, Error *err)
{
	RowidRun *last;
	RowidRun run = { .row = evidence->rows, .from = rowid, .to = rowid };

	evidence->has_rowid = true;
	if (evidence->runs.size > 0) {
		last = (RowidRun *)(void *)(evidence->runs.data +
			   evidence->runs.size) -
		    1;
		if (last->to == rowid - 1) {
			last->to = rowid;
			return true;
		}
	} else if (evidence->rows > 1) {
		return true; /* there were too many */
	}
	if (evidence->runs.size / sizeof(run) == PROFILE_RUNS_LIMIT) {
		evidence->runs.size = 0;
		return true;
	}
	return buf_put(&evidence->runs, &run, sizeof(run), err);
}

bool
evidence_row(
    Evidence *evidence, const Value *row, const int64_t *rowid, Error *err)
{
	EvidenceColumn *column;
	unsigned fits, missing;
	size_t i;

	evidence->rows++;
	if (rowid != NULL && !add_rowid(evidence, *rowid, err))
		return false;
	for (i = 0; i < evidence->n_columns; i++) {
		column = &evidence->columns[i];
		column->profile.classes[row[i].class]++;
		if (row[i].class == VALUE_NULL)
			continue;
		fits = fit_value(&column->fit, &column->profile, &row[i]);
		if (fits != column->fits) {
			flush_run(column);
			column->fits = fits;
		}
		column->run++;
		missing = ~fits & FIT_ALL & ~column->countered;
		if (missing != 0 &&
		    !put_counters(
			evidence, column, missing, &row[i], rowid, err))
			return false;
	}
	return true;
}

static bool
merge_counters(ColumnProfile *total, const ColumnProfile *part, uint64_t rows,
    Arena *arena, Error *err)
{
	Counter *counter;
	unsigned i;

	for (i = 0; i < FITS_COUNT; i++) {
		counter = &total->counter[i];
		if (counter->row != 0 || part->counter[i].row == 0)
			continue;
		*counter = part->counter[i];
		counter->row += rows;
		counter->text = arena_text(arena, part->counter[i].text, err);
		if (counter->text == NULL)
			return false;
	}
	return true;
}

#define ADD(member) (total->member += part->member)
#define MOST(member)     \
	(total->member = \
		part->member > total->member ? part->member : total->member)

/* rows: how many the total has already. */
static bool
merge_column(ColumnProfile *total, const ColumnProfile *part, uint64_t rows,
    Arena *arena, Error *err)
{
	unsigned i;

	if (part->classes[VALUE_INTEGER] > 0) {
		if (total->classes[VALUE_INTEGER] == 0 ||
		    part->integer_min < total->integer_min)
			total->integer_min = part->integer_min;
		if (total->classes[VALUE_INTEGER] == 0 ||
		    part->integer_max > total->integer_max)
			total->integer_max = part->integer_max;
	}
	if (part->classes[VALUE_REAL] > 0) {
		if (total->classes[VALUE_REAL] == 0 ||
		    part->real_min < total->real_min)
			total->real_min = part->real_min;
		if (total->classes[VALUE_REAL] == 0 ||
		    part->real_max > total->real_max)
			total->real_max = part->real_max;
	}
	for (i = 0; i < VALUE_CLASSES; i++)
		ADD(classes[i]);
	for (i = 0; i < FITS_COUNT; i++)
		ADD(fits[i]);
	ADD(real_integral);
	ADD(empty);
	ADD(blanks);
	ADD(nul);
	ADD(invalid_utf8);
	ADD(zoned);
	MOST(text_bytes_max);
	MOST(text_characters_max);
	MOST(blob_bytes_max);
	MOST(integral_digits_max);
	MOST(scale_max);
	return merge_counters(total, part, rows, arena, err);
}

/* Append one run; room doubles when the number is a power of two. */
static bool
append_run(TableProfile *table, const RowidRun *run, Arena *arena, Error *err)
{
	size_t n = table->n_runs;
	RowidRun *grown;

	if ((n & (n - 1)) == 0) {
		grown =
		    arena_alloc(arena, n == 0 ? 1 : 2 * n, sizeof(*grown), err);
		if (grown == NULL)
			return false;
		if (n > 0)
			memcpy(grown, table->runs, n * sizeof(*grown));
		table->runs = grown;
	}
	table->runs[table->n_runs++] = *run;
	return true;
}

/* Rows without a run: there were too many gaps, then or now. */
static bool
merge_runs(TableProfile *table, const Evidence *part, Arena *arena, Error *err)
{
	const RowidRun *runs = (const void *)part->runs.data;
	size_t i, n = part->runs.size / sizeof(*runs);
	RowidRun *last;
	RowidRun run;
	bool joined;

	if (!part->has_rowid || part->rows == 0 ||
	    (table->rows > 0 && table->n_runs == 0))
		return true;
	joined = n > 0 && table->n_runs > 0 &&
	    table->runs[table->n_runs - 1].to == runs[0].from - 1;
	if (n == 0 || table->n_runs + n - joined > PROFILE_RUNS_LIMIT) {
		table->n_runs = 0;
		table->runs = NULL;
		return true;
	}
	for (i = 0; i < n; i++) {
		run = runs[i];
		run.row += table->rows;
		last =
		    table->n_runs > 0 ? &table->runs[table->n_runs - 1] : NULL;
		if (last != NULL && last->to == run.from - 1)
			last->to = run.to;
		else if (!append_run(table, &run, arena, err))
			return false;
	}
	return true;
}

bool
evidence_merge(
    TableProfile *table, Evidence *evidence, Arena *arena, Error *err)
{
	size_t i;

	for (i = 0; i < evidence->n_columns; i++) {
		flush_run(&evidence->columns[i]);
		if (!merge_column(&table->columns[i],
			&evidence->columns[i].profile, table->rows, arena, err))
			return false;
	}
	if (!merge_runs(table, evidence, arena, err))
		return false;
	table->rows += evidence->rows;
	return true;
}

void
evidence_free(Evidence *evidence)
{
	buf_free(&evidence->runs);
	arena_free(&evidence->arena);
	evidence->columns = NULL;
}
