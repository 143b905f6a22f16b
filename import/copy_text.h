/*
 * copy_text: rows as COPY's text format (sql-copy, "Text Format"), for columns
 * whose type has no wire form that we know: the server's input functions read
 * the dump's texts.
 *
 * A row is one line whatever its values hold, so "COPY t, line 7" in the
 * server's errors is row 7, as with COPY BINARY and unlike with CSV.
 */
#ifndef IMPORT_COPY_TEXT_H
#define IMPORT_COPY_TEXT_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/value.h"

/* Append a row of n values, each NULL or TEXT. */
bool copy_text_put(Buf *out, const Value *row, size_t n, Error *err) MUST_CHECK;

#endif
