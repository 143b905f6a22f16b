/*
 * rows_copy: rows as PostgreSQL's COPY BINARY (sql-copy, "Binary Format").
 *
 * Takes the text forms of a postgresql dump and gives the wire form of each
 * column's type, so that the server neither parses nor scans text.  The server
 * counts one line a tuple, so "COPY t, line 7" in its errors is row 7 exactly.
 *
 *	rows_copy_begin(&out, err)               11-byte signature and header
 *	rows_copy_put(&out, types, row, n, err)  for each row
 *	rows_copy_end(&out, err)                 trailer
 */
#ifndef FORMATS_ROWS_COPY_H
#define FORMATS_ROWS_COPY_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/type.h"
#include "formats/value.h"

bool rows_copy_begin(Buf *out, Error *err) MUST_CHECK;

/*
 * Append one tuple.  Each value is NULL or TEXT in the text form of its type
 * (FORMAT.md, "PostgreSQL text forms").  Text that is not that form is
 * ERROR_DUMP and names the column by its number, from 1: the dump was not made by
 * transform.
 */
bool rows_copy_put(Buf *out, const Type *types, const Value *row, size_t n,
    Error *err) MUST_CHECK;

bool rows_copy_end(Buf *out, Error *err) MUST_CHECK;

#endif
