/*
 * fit: which hypotheses of profile.h a value fits, what else can be counted of
 * it, and what it adds to the measures of its column.
 *
 *	fit_begin(&column, &profile, schema_column)
 *	for each value
 *		marks = fit_value(&column, &profile, value, valid)
 *	fit_count(&profile, marks, n)	for n values of these marks
 *
 * It is asked for every value of a database, so what a value cannot be is ruled
 * out by its first byte and its length before anything is parsed, and nothing is
 * counted here: what values have in common is a word of marks, and who counts
 * the words has counted the values.
 */
#ifndef EXPORT_FIT_H
#define EXPORT_FIT_H

#include <stdbool.h>
#include <stdint.h>

#include "export/fit_shape.h"
#include "formats/profile.h"
#include "formats/schema.h"
#include "formats/value.h"

/* The bits of a word of marks: hypotheses, oddities, classes, and what
 * ColumnProfile counts under these names. */
enum {
	MARK_FITS = 0,
	MARK_ODD = MARK_FITS + FITS_COUNT,
	MARK_CLASS = MARK_ODD + ODD_COUNT,
	MARK_UUID = MARK_CLASS + VALUE_CLASSES,
	MARK_REAL_INTEGRAL = MARK_UUID + UUID_SPELLINGS,
	MARK_INTEGER_01,
	MARK_TEXT_01,
	MARK_TEXT_INTEGER,
	MARK_TEXT_DECIMAL,
	MARK_DATE,
	MARK_NAIVE,
	MARK_ZONED,
	MARK_JSON_OBJECT,
	MARK_JSON_ARRAY,
	MARK_JSON_SCALAR,
	MARK_COUNT
};

#define FIT_MARK(mark) (UINT64_C(1) << (mark))
#define FIT_BIT(fits)  FIT_MARK(MARK_FITS + (fits))
#define FIT_ALL        ((FIT_BIT(FITS_COUNT) - 1))
#define FIT_ODD(odd)   FIT_MARK(MARK_ODD + (odd))
#define FIT_ODD_ALL    (FIT_MARK(MARK_CLASS) - FIT_MARK(MARK_ODD))
#define FIT_NULL       FIT_MARK(MARK_CLASS + VALUE_NULL)
#define FIT_PROSE      (FIT_MARK(MARK_CLASS + VALUE_TEXT) | FIT_BIT(FITS_TEXT))

/* What may a text be that begins with a byte? */
enum {
	MAY_BLANK = 1,  /* anything behind blanks */
	MAY_WORD = 2,   /* a word for a boolean */
	MAY_NUMBER = 4, /* a number */
	MAY_DIGIT = 8,  /* a number, date or time */
	MAY_UUID = 16,
	MAY_JSON = 32, /* an object or array */
	IN_WORD = 64,  /* nothing; but it may be the second of a word */
};

extern const uint8_t fit_beginnings[256];

/* The longest word; a uuid without dashes, in braces with all its dashes. */
#define FIT_WORD_BYTES     5
#define FIT_UUID_BYTES_MIN 32
#define FIT_UUID_BYTES_MAX 41

typedef struct {
	bool json;   /* declared so: every text is parsed */
	bool scales; /* digits of REALs are counted */
	/* Integers from least to most all have the marks of these. */
	int64_t least, most;
	uint64_t marks;
	/* No text of so many bytes is more than the longest in characters; 0
	 * where every text is looked at. */
	size_t text_bytes;
	double digits_past; /* REALs of less have no more digits before the
			     * point than integral_digits_max */
	FitShape shape;     /* of JSON objects and arrays */
} FitColumn;

/* Make both ready for the column's first value. */
void fit_begin(FitColumn *column, ColumnProfile *profile, const Column *schema);

/* The marks of a value of the other classes, and of a TEXT, as fit_value. */
uint64_t
fit_other(FitColumn *column, ColumnProfile *profile, const Value *value);
uint64_t fit_text(
    FitColumn *column, ColumnProfile *profile, const Value *value, bool valid);

/* Look up an integer: its marks, and the range of those that share them. */
void fit_range(FitColumn *column, int64_t value);

/* Columns seldom leave a range, so it is looked up seldom. */
static inline uint64_t
fit_integer(FitColumn *column, ColumnProfile *profile, int64_t value)
{
	if (value < profile->integer_min)
		profile->integer_min = value;
	if (value > profile->integer_max)
		profile->integer_max = value;
	if (value < column->least || value > column->most)
		fit_range(column, value);
	return column->marks;
}

/* What a text may be by its first byte and its length. */
static inline unsigned
fit_beginning(const uint8_t *text, size_t size)
{
	unsigned may = fit_beginnings[text[0]] & ~(unsigned)IN_WORD;

	if (size > FIT_WORD_BYTES ||
	    (size > 1 && (fit_beginnings[text[1]] & IN_WORD) == 0))
		may &= ~(unsigned)MAY_WORD;
	if (size - FIT_UUID_BYTES_MIN > FIT_UUID_BYTES_MAX - FIT_UUID_BYTES_MIN)
		may &= ~(unsigned)MAY_UUID;
	return may;
}

/* Is it a text that nothing can be said of but that it is one? */
static inline bool
fit_is_prose(const FitColumn *column, const Value *value)
{
	return value->size - 1 < column->text_bytes &&
	    fit_beginning(value->bytes, value->size) == 0 &&
	    value->bytes[value->size - 1] > ' ';
}

/*
 * The marks of a value.  valid: a TEXT is known to be UTF-8 without NUL.
 * Measures (ranges, lengths, digits) are updated, counts are not.
 */
static inline uint64_t
fit_value(
    FitColumn *column, ColumnProfile *profile, const Value *value, bool valid)
{
	if (value->class == VALUE_TEXT) {
		if (valid && fit_is_prose(column, value))
			return FIT_PROSE;
		return fit_text(column, profile, value, valid);
	}
	if (value->class == VALUE_INTEGER)
		return fit_integer(column, profile, value->integer);
	if (value->class == VALUE_NULL)
		return FIT_NULL;
	return fit_other(column, profile, value);
}

/* Add n values of the same marks to the counts. */
void fit_count(ColumnProfile *profile, uint64_t marks, uint64_t n);

#endif
