/*
 * rows_csv: rows as CSV, PostgreSQL's kind (formats/FORMAT.md, "CSV").
 *
 * UTF-8, LF, comma, a header line; NULL is an unquoted empty field, the empty
 * string is "".  The reader accepts exactly what the writer writes, and quotes
 * where none were needed, for they change no value.  It gives fields as they
 * lie in the chunk: nothing is copied, a quoted field is unescaped where it
 * stands, which is why it wants the bytes writable.
 *
 * Exactness.  Under SQLite's dialect a field is read back by its column's
 * affinity:
 *
 *	TEXT                 every field is TEXT
 *	INTEGER, NUMERIC     canonical integer -> INTEGER, canonical real ->
 *	                     REAL, else TEXT
 *	REAL                 canonical real -> REAL, else TEXT
 *	BLOB                 \x and lower-case hex -> BLOB, else TEXT
 *
 * (formats/affinity.h; a canonical real is finite, for SQLite takes "Infinity"
 * for TEXT, and quotes make no difference)
 * and rows_csv_put refuses (exact = false, nothing written) a row holding a
 * value that would not come back as the same value of the same class, or that
 * SQLite itself would take for another when the field is stored under that
 * affinity ("5.0" in an INTEGER column).
 *
 * Keeping.  Most fields leave transform as they came.  rows_csv_keep has the
 * reader tell where each field of the row stands, quotes included, and leave
 * the chunk as it is; rows_csv_put_kept copies a value that still borrows its
 * field's text from there, neighbours together, and writes the others anew.
 * The bytes written are those of rows_csv_put either way.
 */
#ifndef FORMATS_ROWS_CSV_H
#define FORMATS_ROWS_CSV_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/value.h"

/* Append the header line. */
bool rows_csv_put_header(
    Buf *out, const char *const *names, size_t n, Error *err) MUST_CHECK;

/*
 * Append one row.  affinities is NULL in the postgresql dialect, where each
 * value is NULL or valid TEXT.  TEXT is checked to be UTF-8 without NUL.
 * *exact tells whether the row was written; when it is false, out is as it
 * was.  False only when memory is out.
 */
bool rows_csv_put(Buf *out, const Value *row, const Affinity *affinities,
    size_t n, bool *exact, Error *err) MUST_CHECK;

/* A field of the row at hand. */
typedef struct {
	const uint8_t *text;  /* without its quotes; in the chunk, or, where it
			       * holds quotes itself, in room */
	size_t size;          /* of text */
	const uint8_t *first; /* as it stands in the chunk */
	const uint8_t *past;  /* first where it is NULL */
	bool normal;          /* it stands as rows_csv_put writes it */
} RowsCsvField;

/*
 * Append one row of the postgresql dialect; a value that borrows its field's
 * text, and all of it, is copied as it stands.  As rows_csv_put otherwise.
 */
bool rows_csv_put_kept(Buf *out, const Value *row, const RowsCsvField *fields,
    size_t n, bool *exact, Error *err) MUST_CHECK;

typedef struct {
	uint8_t *start; /* the whole chunk */
	uint8_t *at;    /* next byte */
	uint8_t *end;
	const Affinity *affinities; /* NULL in the postgresql dialect */
	size_t n;                   /* columns */
	uint64_t row;               /* rows given so far */
	RowsCsvField *fields;       /* rows_csv_keep's; NULL */
	uint8_t *room;              /* for a row's texts; NULL */
	uint8_t *room_at;           /* what is free of it */
} RowsCsv;

/*
 * Begin to read a chunk of size bytes, which must stay and is changed while it
 * is read.  The header must name exactly the n names in this order.  Errors
 * are ERROR_DUMP with the row and byte offset.
 */
bool rows_csv_open(RowsCsv *rows, uint8_t *bytes, size_t size,
    const char *const *names, const Affinity *affinities, size_t n,
    Error *err) MUST_CHECK;

/*
 * From now on tell of each row's fields in fields[0..n), too, and leave the
 * chunk as it is.  Texts that have to be changed go to room, which is as large
 * as the chunk, for a row may be, but used no further than the largest row; it
 * is borrowed as long as rows are read.
 */
bool rows_csv_keep(
    RowsCsv *rows, RowsCsvField *fields, Buf *room, Error *err) MUST_CHECK;

/* Next row into row[0..n); bytes borrowed from the chunk as long as it is, or,
 * after rows_csv_keep, until the next row. */
Step rows_csv_next(RowsCsv *rows, Value *row, Error *err) MUST_CHECK;

#endif
