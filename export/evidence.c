#include "export/evidence.h"

#include <string.h>

#include "formats/number.h"
#include "formats/utf8.h"

#define UTF8_BYTES_MAX 4

/* May a check want the column to be JSON?  Then its texts are parsed as where
 * JSON is declared; whether it does is for transform to read. */
static bool
may_be_checked(const Table *table, const Column *column)
{
	for (size_t i = 0; i < table->n_checks; i++)
		if (strcasestr(table->checks[i].text, "json_valid") != NULL &&
		    strcasestr(table->checks[i].text, column->name) != NULL)
			return true;
	return false;
}

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
		column->last = column->kinds;
		fit_begin(&column->fit, &column->profile, &table->columns[i]);
		if (may_be_checked(table, &table->columns[i]))
			column->fit.json = true;
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

/* Note the value as the first of what is new in its marks. */
static bool
put_firsts(Evidence *evidence, EvidenceColumn *column, uint64_t fresh,
    const Value *value, const int64_t *rowid, Error *err)
{
	ColumnProfile *profile = &column->profile;
	Counter counter = { .row = evidence->rows };
	unsigned i;

	if (rowid != NULL) {
		counter.has_rowid = true;
		counter.rowid = *rowid;
	}
	if (!put_sample(&evidence->arena, &counter, value, err))
		return false;
	for (i = 0; i < FITS_COUNT; i++)
		if ((fresh & FIT_BIT(i)) != 0)
			profile->counter[i] = counter;
	for (i = 0; i < ODD_COUNT; i++)
		if ((fresh & FIT_ODD(i)) != 0)
			profile->odd_first[i] = counter;
	if (profile->first.row == 0)
		profile->first = counter;
	column->sampled |= fresh;
	return true;
}

static void
count_kinds(EvidenceColumn *column)
{
	unsigned i;

	for (i = 0; i < EVIDENCE_KINDS; i++)
		fit_count(&column->profile, column->kinds[i].marks,
		    column->kinds[i].values);
	memset(column->kinds, 0, sizeof(column->kinds));
	column->last = column->kinds;
}

/* A value unlike all before it, or unlike those of late. */
static bool
put_kind(Evidence *evidence, EvidenceColumn *column, uint64_t marks,
    const Value *value, const int64_t *rowid, Error *err)
{
	EvidenceKind *kind = column->kinds;
	uint64_t news;

	if (column->kinds[EVIDENCE_KINDS - 1].marks != 0)
		count_kinds(column);
	while (kind->marks != 0)
		kind++;
	kind->marks = marks;
	column->last = kind;
	/* what has been seen is no news */
	news = ((~marks & FIT_ALL) | (marks & FIT_ODD_ALL)) & ~column->sampled;
	return (news == 0 && column->profile.first.row > 0) ||
	    put_firsts(evidence, column, news, value, rowid, err);
}

/* The kind of these marks; false where it is new. */
static inline bool
turn_to_kind(EvidenceColumn *column, uint64_t marks)
{
	unsigned i;

	for (i = 0; i < EVIDENCE_KINDS; i++) {
		if (column->kinds[i].marks != marks)
			continue;
		column->last = &column->kinds[i];
		return true;
	}
	return false;
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
evidence_row(Evidence *evidence, const Value *row, const int64_t *rowid,
    bool valid, Error *err)
{
	EvidenceColumn *column = evidence->columns;
	const EvidenceColumn *end = column + evidence->n_columns;
	uint64_t marks;

	evidence->rows++;
	if (rowid != NULL && !add_rowid(evidence, *rowid, err))
		return false;
	for (; column < end; column++, row++) {
		/* those are all that the others are not */
		if (row->class == VALUE_NULL)
			continue;
		marks = fit_value(&column->fit, &column->profile, row, valid);
		if (marks != column->last->marks &&
		    !turn_to_kind(column, marks) &&
		    !put_kind(evidence, column, marks, row, rowid, err))
			return false;
		column->last->values++;
	}
	return true;
}

/* The total's, or the part's where it has none. */
static bool
merge_counter(Counter *total, const Counter *part, uint64_t rows, Arena *arena,
    Error *err)
{
	if (total->row != 0 || part->row == 0)
		return true;
	*total = *part;
	total->row += rows;
	total->text = arena_text(arena, part->text, err);
	return total->text != NULL;
}

static bool
merge_counters(ColumnProfile *total, const ColumnProfile *part, uint64_t rows,
    Arena *arena, Error *err)
{
	unsigned i;

	for (i = 0; i < FITS_COUNT; i++)
		if (!merge_counter(&total->counter[i], &part->counter[i], rows,
			arena, err))
			return false;
	for (i = 0; i < ODD_COUNT; i++)
		if (!merge_counter(&total->odd_first[i], &part->odd_first[i],
			rows, arena, err))
			return false;
	return merge_counter(&total->first, &part->first, rows, arena, err);
}

#define ADD(member) (total->member += part->member)
#define MOST(member)     \
	(total->member = \
		part->member > total->member ? part->member : total->member)

static void
merge_ranges(ColumnProfile *total, const ColumnProfile *part)
{
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
	MOST(text_bytes_max);
	MOST(text_characters_max);
	MOST(blob_bytes_max);
	MOST(integral_digits_max);
	MOST(scale_max);
}

/* rows: how many the total has already. */
static bool
merge_column(ColumnProfile *total, const ColumnProfile *part, uint64_t rows,
    Arena *arena, Error *err)
{
	unsigned i;

	merge_ranges(total, part);
	for (i = 0; i < VALUE_CLASSES; i++)
		ADD(classes[i]);
	for (i = 0; i < FITS_COUNT; i++)
		ADD(fits[i]);
	for (i = 0; i < UUID_SPELLINGS; i++)
		ADD(uuids[i]);
	ADD(real_integral);
	ADD(empty);
	ADD(blanks);
	ADD(nul);
	ADD(invalid_utf8);
	ADD(json_nul);
	ADD(integer_01);
	ADD(text_01);
	ADD(text_integers);
	ADD(text_decimals);
	ADD(dates);
	ADD(naive);
	ADD(zoned);
	ADD(json_objects);
	ADD(json_arrays);
	ADD(json_scalars);
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

/* What is of no other class. */
static void
count_nulls(ColumnProfile *profile, uint64_t rows)
{
	unsigned i;

	profile->classes[VALUE_NULL] = rows;
	for (i = VALUE_NULL + 1; i < VALUE_CLASSES; i++)
		profile->classes[VALUE_NULL] -= profile->classes[i];
}

bool
evidence_merge(
    TableProfile *table, Evidence *evidence, Arena *arena, Error *err)
{
	size_t i;

	for (i = 0; i < evidence->n_columns; i++) {
		count_kinds(&evidence->columns[i]);
		count_nulls(&evidence->columns[i].profile, evidence->rows);
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
