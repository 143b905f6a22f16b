/*
 * place: where in a chunk the server met an error, read from what it says of
 * it, in whatever language.
 */
#ifndef IMPORT_PLACE_H
#define IMPORT_PLACE_H

#include "formats/schema.h"

typedef struct {
	unsigned long long row; /* of the chunk, from 1; 0: it does not say */
	const char *column;     /* borrowed; "" where it does not say */
} Place;

/*
 * context is the error's PG_DIAG_CONTEXT, "COPY users, line 7, column age", in
 * which COPY BINARY counts tuples (copyfrom.c, CopyFromErrorCallback), or, of
 * COPY's text format, "COPY users, line 7, column age: "x""; column is its
 * PG_DIAG_COLUMN_NAME, "" for none.
 */
Place place_find(const Table *table, const char *context, const char *column);

#endif
