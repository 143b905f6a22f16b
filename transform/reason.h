/*
 * reason: the sentence that says why a column has its type.
 *
 * Everything that is decided for a user is explained with the evidence behind
 * it: the count of values that fit and the first one that does not, with its
 * rowid.
 */
#ifndef TRANSFORM_REASON_H
#define TRANSFORM_REASON_H

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/profile.h"
#include "formats/schema.h"
#include "formats/type.h"
#include "transform/declared.h"

typedef struct {
	const Column *column;
	const ColumnProfile *profile; /* NULL: there is no evidence */
	DeclaredFamily family;
	bool checked; /* it is JSON because a check says so */
	Type wanted;  /* what the declared type would be */
	Type type;    /* what the column gets */
} Reason;

/*
 * The sentence, without its subject ("declared INTEGER, 3 of 43,871 values are
 * not bigint, first 'N/A' (text) at rowid 17; becomes text"), and the note: what
 * of it a user should be told unasked, NULL for nothing.
 */
bool reason_give(const Reason *reason, Arena *arena, const char **sentence,
    const char **note, Error *err) MUST_CHECK;

/* A count with thousands separators. */
#define REASON_COUNT_BYTES 32
const char *reason_count(uint64_t count, char text[REASON_COUNT_BYTES]);

#endif
