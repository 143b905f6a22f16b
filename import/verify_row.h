/*
 * verify_row: a row as COPY BINARY has it (sql-copy, "Binary Format"), and the
 * hash of what it means.
 *
 * The dump's side of a comparison is made into the very form that the server
 * sends, so one function sees both.  Values that are equal have the same hash
 * though their forms differ: a numeric whatever zeros it ends in, a jsonb in
 * any spelling (verify_json.h), a char(n) without the blanks that fill it up,
 * any NaN.  All else is compared by its bits: -0.0 is not 0.0.
 */
#ifndef IMPORT_VERIFY_ROW_H
#define IMPORT_VERIFY_ROW_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/hash.h"
#include "formats/type.h"

#include "import/verify_json.h"

/* MaxAllocSize of PostgreSQL: no field can be larger. */
#define VERIFY_FIELD_LIMIT 0x3fffffff

/* A value, borrowed from its row; size -1 is NULL. */
typedef struct {
	const uint8_t *bytes;
	int32_t size;
} VerifyField;

/* What the rows of a table are like. */
typedef struct {
	const TypeName *types;
	size_t n;          /* columns */
	const size_t *key; /* which columns; NULL: all */
	size_t n_key;
} VerifyShape;

/* What one thread needs; the zero one is empty. */
typedef struct {
	VerifyField *fields; /* of the row at hand, as many as columns */
	Buf meaning;
	VerifyJson json;
} VerifyRoom;

/*
 * Where a row ends that begins at bytes, and its fields.  ITEM: *used bytes are
 * the row.  END: more bytes are needed.  ERROR_TARGET where it is no row of n
 * fields.
 */
Step verify_row_split(const uint8_t *bytes, size_t size, size_t n,
    VerifyField *fields, size_t *used, Error *err) MUST_CHECK;

/* The hash of the row whose fields are in room; row are its bytes. */
bool verify_row_hash(const VerifyShape *shape, VerifyRoom *room,
    const uint8_t *row, size_t size, Hash *hash, Error *err) MUST_CHECK;

/* Of its key only. */
bool verify_row_key(const VerifyShape *shape, VerifyRoom *room, Hash *hash,
    Error *err) MUST_CHECK;

/* Do two values of a type mean the same? */
bool verify_row_same(TypeName type, VerifyRoom *room, const VerifyField *one,
    const VerifyField *other, bool *same, Error *err) MUST_CHECK;

void verify_room_free(VerifyRoom *room);

#endif
