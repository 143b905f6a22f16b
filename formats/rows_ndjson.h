/*
 * rows_ndjson: rows as JSON objects, one a line (formats/FORMAT.md, "NDJSON").
 *
 * Every key is present, in column order.  INTEGER is a JSON number without
 * point or exponent, REAL one with; an infinity is {"$real":"Infinity"}; a
 * BLOB is {"$blob":"<base64>"}; TEXT that is not UTF-8 or holds NUL is
 * {"$text":"<base64>"}.  Any value SQLite can hold comes back the same.
 */
#ifndef FORMATS_ROWS_NDJSON_H
#define FORMATS_ROWS_NDJSON_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/value.h"

/* Append one row. */
bool rows_ndjson_put(Buf *out, const char *const *names, const Value *row,
    size_t n, Error *err) MUST_CHECK;

typedef struct {
	uint8_t *start, *at, *end;
	const char *const *names;
	size_t n;
	uint64_t row;
} RowsNdjson;

/* As rows_csv_open; strings are unescaped where they stand. */
bool rows_ndjson_open(RowsNdjson *rows, uint8_t *bytes, size_t size,
    const char *const *names, size_t n, Error *err) MUST_CHECK;
Step rows_ndjson_next(RowsNdjson *rows, Value *row, Error *err) MUST_CHECK;

#endif
