#include "export/evidence.h"

#include <math.h>
#include <string.h>

#include "formats/datetime.h"
#include "formats/literal.h"
#include "formats/number.h"
#include "formats/utf8.h"

#define BIT(fits) (1u << (fits))
#define ALL_FITS  (BIT(FITS_COUNT) - 1)

/* Integers up to here are doubles exactly. */
#define DOUBLE_INTEGER_LIMIT ((int64_t)1 << 53)
/* Decimal digits that any double keeps (DBL_DIG). */
#define DOUBLE_DIGITS 15
/* Longest words, with room for blanks; a uuid in braces with all its dashes;
 * a timestamp with a long fraction. */
#define BOOLEAN_BYTES  5
#define UUID_BYTES_MIN 32
#define UUID_BYTES_MAX 41
#define TIME_BYTES_MIN 5
#define UTF8_BYTES_MAX 4
/* Julian days of 1900-01-01 and 2201-01-01, 00:00 UTC. */
#define JULIAN_FIRST 2415020.5
#define JULIAN_PAST  2524958.5

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
		column->json =
		    strcasestr(table->columns[i].declared, "json") != NULL;
		column->scales =
		    table->columns[i].affinity == AFFINITY_NUMERIC;
	}
	return true;
}

static bool
is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static void
widen(unsigned *most, unsigned value)
{
	if (value > *most)
		*most = value;
}

static unsigned
count_digits(uint64_t value)
{
	unsigned digits = 0;

	for (; value > 0; value /= 10)
		digits++;
	return digits;
}

static unsigned
fit_integer(ColumnProfile *profile, int64_t value)
{
	unsigned fits = BIT(FITS_BIGINT) | BIT(FITS_NUMERIC);
	bool first = profile->classes[VALUE_INTEGER] == 1;

	if (first || value < profile->integer_min)
		profile->integer_min = value;
	if (first || value > profile->integer_max)
		profile->integer_max = value;
	if (value == 0 || value == 1)
		fits |= BIT(FITS_BOOLEAN);
	if (value >= -DOUBLE_INTEGER_LIMIT && value <= DOUBLE_INTEGER_LIMIT)
		fits |= BIT(FITS_DOUBLE);
	return fits;
}

/* Digits of the shortest decimal of a double before and after the point. */
static void
measure_real(ColumnProfile *profile, double value)
{
	static const double powers[] = { 10, 100, 1000, 10000 };
	uint8_t text[NUMBER_REAL_BYTES];
	double size = fabs(value), scaled;
	unsigned integral, scale;
	unsigned i;

	/* Most are amounts: few digits behind the point.  A quotient of two
	 * doubles that hold integers is rounded correctly, so equality says
	 * that the decimal reads back as this very value. */
	for (i = 0; i < 4 && size < 1e11; i++) {
		scaled = nearbyint(size * powers[i]);
		if (scaled / powers[i] != size)
			continue;
		widen(&profile->integral_digits_max,
		    count_digits((uint64_t)size));
		widen(&profile->scale_max, i + 1);
		return;
	}
	if (literal_numeric(
		text, number_write_real(text, value), &integral, &scale)) {
		widen(&profile->integral_digits_max, integral);
		widen(&profile->scale_max, scale);
	}
}

static unsigned
fit_real(EvidenceColumn *column, double value)
{
	ColumnProfile *profile = &column->profile;
	unsigned fits = BIT(FITS_DOUBLE);
	bool first = profile->classes[VALUE_REAL] == 1;

	if (first || value < profile->real_min)
		profile->real_min = value;
	if (first || value > profile->real_max)
		profile->real_max = value;
	if (!isfinite(value))
		return fits;
	fits |= BIT(FITS_NUMERIC);
	if (column->scales)
		measure_real(profile, value);
	if (value == trunc(value)) {
		profile->real_integral++;
		/* -0.0 is no integer: its sign would be lost */
		if (value >= -0x1p63 && value < 0x1p63 &&
		    (value != 0 || !signbit(value)))
			fits |= BIT(FITS_BIGINT);
	}
	if (value >= JULIAN_FIRST && value < JULIAN_PAST)
		fits |= BIT(FITS_TIMESTAMP);
	return fits;
}

/* Has a decimal number so few digits that a double keeps them all? */
static bool
is_short(const uint8_t *text, size_t size)
{
	size_t i;
	unsigned digits = 0;

	for (i = 0; i < size && (text[i] | 0x20) != 'e'; i++)
		digits += is_digit(text[i]);
	return digits <= DOUBLE_DIGITS;
}

/* What begins like a number.  Most that is none shows it soon (a date), and
 * every finite real is a numeric too, so that comes first. */
static unsigned
fit_number(ColumnProfile *profile, const uint8_t *text, size_t size)
{
	unsigned fits = BIT(FITS_NUMERIC);
	unsigned integral, scale;
	int64_t integer;
	double real;

	if (!literal_numeric(text, size, &integral, &scale))
		/* the infinities */
		return (text[0] == 'I' || (size > 1 && text[1] == 'I')) &&
			       number_read_real(text, size, &real)
			   ? BIT(FITS_DOUBLE)
			   : 0;
	widen(&profile->integral_digits_max, integral);
	widen(&profile->scale_max, scale);
	if (number_read_integer(text, size, &integer))
		fits |= BIT(FITS_BIGINT);
	if (is_short(text, size) && number_read_real(text, size, &real))
		fits |= BIT(FITS_DOUBLE);
	return fits;
}

static unsigned
fit_datetime(ColumnProfile *profile, const uint8_t *text, size_t size)
{
	unsigned fits = 0;
	DateTime moment;

	if (!datetime_parse(text, size, &moment))
		return 0;
	if (!moment.has_date)
		return moment.has_zone ? 0 : BIT(FITS_TIME);
	fits |= BIT(FITS_TIMESTAMP);
	if (moment.has_zone)
		profile->zoned++;
	else if (moment.hour == 0 && moment.minute == 0 &&
		 moment.second == 0 && moment.microsecond == 0)
		fits |= BIT(FITS_DATE);
	return fits;
}

/* Objects and arrays; in a column that is declared JSON all else too. */
static unsigned
fit_json(const EvidenceColumn *column, const uint8_t *text, size_t size)
{
	size_t i = 0;

	while (i < size && is_blank(text[i]))
		i++;
	if (i == size)
		return 0;
	if (!column->json && text[i] != '{' && text[i] != '[')
		return 0;
	switch (literal_json(text, size, NULL)) {
	case LITERAL_NOT_JSON:
		break;
	case LITERAL_JSON_ONLY:
		return BIT(FITS_JSON);
	case LITERAL_JSONB:
		return BIT(FITS_JSON) | BIT(FITS_JSONB);
	}
	return 0;
}

/* What kind of text is it, and how long? */
static unsigned
measure_text(ColumnProfile *profile, const uint8_t *text, size_t size)
{
	size_t characters;

	if (size > profile->text_bytes_max)
		profile->text_bytes_max = size;
	if (size == 0)
		profile->empty++;
	else if (is_blank(text[0]) || is_blank(text[size - 1]))
		profile->blanks++;
	if (!utf8_is_text(text, size)) {
		if (memchr(text, 0, size) != NULL)
			profile->nul++;
		if (utf8_valid_prefix(text, size) != size)
			profile->invalid_utf8++;
		return 0;
	}
	/* no text has more characters than bytes */
	if (size > profile->text_characters_max) {
		characters = utf8_length(text, size);
		if (characters > profile->text_characters_max)
			profile->text_characters_max = characters;
	}
	return BIT(FITS_TEXT);
}

/* Could it be a word for a boolean?  They begin with one of these, and only
 * blanks around them make them longer. */
static bool
may_be_boolean(const uint8_t *text, size_t size)
{
	if (is_blank(text[0]) || is_blank(text[size - 1]))
		return true;
	return size <= BOOLEAN_BYTES &&
	       memchr("tfynoTFYNO01", text[0], 12) != NULL;
}

static unsigned
fit_text(EvidenceColumn *column, const uint8_t *text, size_t size)
{
	ColumnProfile *profile = &column->profile;
	unsigned fits = measure_text(profile, text, size);
	uint8_t uuid[16];
	uint8_t first;
	bool boolean;

	if (size == 0)
		return fits;
	first = text[0];
	if (may_be_boolean(text, size) &&
	    literal_boolean(text, size, &boolean))
		fits |= BIT(FITS_BOOLEAN);
	if (is_digit(first) || first == '-' || first == '+' || first == '.' ||
	    first == 'I')
		fits |= fit_number(profile, text, size);
	if (is_digit(first) && size >= TIME_BYTES_MIN &&
	    (text[2] == ':' || text[4] == '-'))
		fits |= fit_datetime(profile, text, size);
	if (size >= UUID_BYTES_MIN && size <= UUID_BYTES_MAX &&
	    literal_uuid(text, size, uuid))
		fits |= BIT(FITS_UUID);
	return fits | fit_json(column, text, size);
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
		if ((missing & BIT(i)) != 0)
			column->profile.counter[i] = counter;
	column->countered |= missing;
	return true;
}

static void
flush_run(EvidenceColumn *column)
{
	unsigned i;

	for (i = 0; i < FITS_COUNT; i++)
		if ((column->fits & BIT(i)) != 0)
			column->profile.fits[i] += column->run;
	column->run = 0;
}

static unsigned
fit_value(EvidenceColumn *column, const Value *value)
{
	switch (value->class) {
	case VALUE_INTEGER:
		return fit_integer(&column->profile, value->integer);
	case VALUE_REAL:
		return fit_real(column, value->real);
	case VALUE_TEXT:
		return fit_text(column, value->bytes, value->size);
	case VALUE_BLOB:
		if (value->size > column->profile.blob_bytes_max)
			column->profile.blob_bytes_max = value->size;
		return value->size == 16 ? BIT(FITS_UUID) : 0;
	case VALUE_NULL:
	case VALUE_CLASSES:
		break;
	}
	return 0;
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
    Error *err)
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
		fits = fit_value(column, &row[i]);
		if (fits != column->fits) {
			flush_run(column);
			column->fits = fits;
		}
		column->run++;
		missing = ~fits & ALL_FITS & ~column->countered;
		if (missing != 0 && !put_counters(evidence, column, missing,
					&row[i], rowid, err))
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

#define ADD(member)  (total->member += part->member)
#define MOST(member) \
	(total->member = part->member > total->member ? part->member : \
							total->member)

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
		grown = arena_alloc(
		    arena, n == 0 ? 1 : 2 * n, sizeof(*grown), err);
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
		last = table->n_runs > 0 ? &table->runs[table->n_runs - 1]
					 : NULL;
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
			&evidence->columns[i].profile, table->rows, arena,
			err))
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
