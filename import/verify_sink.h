/*
 * verify_sink: what is kept of the rows of one table and one side - the dump's
 * or the target's - while they are read.
 *
 *	SINK_SUM	how many, and the sum of their hashes
 *	SINK_PARTS	the same of each of VERIFY_PARTS parts, by key
 *	SINK_ROWS	the rows themselves, of chosen parts
 *
 * The first look needs little memory whatever the table; where its sums differ
 * the second one finds the parts that do, and the third one looks at their
 * rows.  Each job fills a sink of its own, which is then added to the whole,
 * so a job may be done again.
 */
#ifndef IMPORT_VERIFY_SINK_H
#define IMPORT_VERIFY_SINK_H

#include "import/verify_row.h"

/* 16 bits of the key's hash: 1.5 MiB of sums. */
#define VERIFY_PARTS 65536

/* Rows of chosen parts; with more the third look gives up. */
#define VERIFY_ROWS_BYTES ((size_t)64 << 20)

typedef struct {
	Hash hash;
	uint64_t rows;
} VerifySum;

/* A row that was kept; its bytes follow it. */
typedef struct {
	Hash key, hash;
	size_t size;
} VerifyKept;

typedef enum { SINK_SUM, SINK_PARTS, SINK_ROWS } VerifySinkKind;

/* The zero one is empty. */
typedef struct {
	VerifySinkKind kind;
	VerifySum sum;      /* in any case */
	Buf parts;          /* of VerifySum */
	const bool *chosen; /* by part; borrowed */
	Buf rows;           /* of VerifyKept and bytes */
	bool full;          /* not all have found room */
} VerifySink;

/* Make it empty. */
bool verify_sink_begin(VerifySink *sink, VerifySinkKind kind,
    const bool *chosen, Error *err) MUST_CHECK;

/* Take a row, whose fields are in room. */
bool verify_sink_put(VerifySink *sink, const VerifyShape *shape,
    VerifyRoom *room, const uint8_t *row, size_t size, Error *err) MUST_CHECK;

/* Add another one of the same kind. */
bool verify_sink_add(
    VerifySink *sink, const VerifySink *other, Error *err) MUST_CHECK;

bool verify_sum_equal(const VerifySum *one, const VerifySum *other);
/* The i-th part's. */
VerifySum verify_sink_part(const VerifySink *sink, size_t i);
void verify_sink_free(VerifySink *sink);

#endif
