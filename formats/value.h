/*
 * value: one cell, as SQLite types it (datatype3.html section 2): a storage
 * class and its bytes.
 *
 * A Value borrows its bytes; they are valid until the call that gave it says.
 * A row is an array of as many Values as the table has columns, in their
 * order.  In a dump of the postgresql dialect every value is NULL or TEXT, the
 * text form of its column's type.
 */
#ifndef FORMATS_VALUE_H
#define FORMATS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
	VALUE_NULL,
	VALUE_INTEGER,
	VALUE_REAL,
	VALUE_TEXT,
	VALUE_BLOB,
	VALUE_CLASSES /* how many there are */
} ValueClass;

typedef struct {
	ValueClass class;
	size_t size; /* bytes of a TEXT or BLOB */
	union {
		int64_t integer;
		double real;
		const uint8_t *bytes;
	};
} Value;

/* Column affinity (datatype3.html section 3.1). */
typedef enum {
	AFFINITY_BLOB, /* also "no type" and ANY in a STRICT table */
	AFFINITY_TEXT,
	AFFINITY_NUMERIC,
	AFFINITY_INTEGER,
	AFFINITY_REAL,
	AFFINITY_COUNT
} Affinity;

/* "integer"; for messages and documents. */
const char *value_class_name(ValueClass class);

/* Same storage class and same bits (-0.0 differs from 0.0). */
bool value_equal(const Value *one, const Value *other);

/* The affinity SQLite gives a declared type (datatype3.html section 3.1, rules
 * 1 to 5; in a STRICT table ANY is AFFINITY_BLOB). */
Affinity value_affinity(const char *declared, bool strict);
const char *value_affinity_name(Affinity affinity); /* "integer" */
bool value_affinity_parse(const char *name, Affinity *affinity);

#endif
