/*
 * declared: what a column's declared type in SQLite means.
 *
 * SQLite lets a type be any words with up to two numbers behind them; what
 * people write there comes from every other database.  The words are looked up
 * in a table, in any case and without "unsigned" and its kind; what is not in it
 * goes by the affinity SQLite gives the column (datatype3.html section 3.1).
 */
#ifndef TRANSFORM_DECLARED_H
#define TRANSFORM_DECLARED_H

#include "formats/value.h"

typedef enum {
	DECLARED_NOTHING, /* no type, or none that says anything */
	DECLARED_BOOLEAN,
	DECLARED_INTEGER,
	DECLARED_REAL,
	DECLARED_NUMERIC,
	DECLARED_DATE,
	DECLARED_TIME,
	DECLARED_TIMESTAMP,
	DECLARED_JSON,
	DECLARED_UUID,
	DECLARED_BLOB,
	DECLARED_TEXT,
	DECLARED_FAMILIES
} DeclaredFamily;

typedef struct {
	DeclaredFamily family;
	unsigned n_numbers; /* 0, 1 or 2 */
	int numbers[2];     /* of "(12,2)"; not negative */
} Declared;

Declared declared_parse(const char *text, Affinity affinity);

#endif
