/*
 * index_parts: what an index of the source is over, in the target: its columns,
 * expressions and condition.
 */
#ifndef TRANSFORM_INDEX_PARTS_H
#define TRANSFORM_INDEX_PARTS_H

#include "formats/error.h"
#include "transform/rewrite.h"

typedef enum {
	INDEX_PARTS_COLUMNS,   /* a column is a column */
	INDEX_PARTS_COLLATIONS /* one that ignores case or blanks is lower() or
				* rtrim() of it, so that what was unique by its
				* collation still is */
} IndexPartsKind;

typedef struct {
	IndexPart *parts;
	size_t n_parts;
	const Formula *condition; /* of a partial index; NULL */
	const char *reason;       /* why it cannot be made; NULL: it can */
	const char *note;         /* what means something else now; NULL */
	bool folded; /* an expression stands for a column, by its collation */
} IndexParts;

/* Columns come once: twice says nothing in SQLite and is refused in a constraint
 * of PostgreSQL. */
bool index_parts_make(Rewrite *rewrite, size_t table, const Index *index,
    IndexPartsKind kind, IndexParts *parts, Error *err) MUST_CHECK;

/* The most bytes that an entry of the index may need, as far as the evidence
 * and the expressions tell. */
uint64_t index_parts_bytes(
    const Rewrite *rewrite, size_t table, const IndexParts *parts);

/* The target's column that a part of a source's index is; -1: left out, or an
 * expression. */
int
index_parts_column(const Rewrite *rewrite, size_t table, const IndexPart *part);

#endif
