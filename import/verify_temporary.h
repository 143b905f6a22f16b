/*
 * verify_temporary: a chunk's rows in a temporary table, read by the same input
 * functions that read them when they were loaded.
 *
 * Its columns are of the target's types and have none of its constraints.  Rows
 * that were set aside are left out.  It ends with the transaction.
 */
#ifndef IMPORT_VERIFY_TEMPORARY_H
#define IMPORT_VERIFY_TEMPORARY_H

#include "import/verify_table.h"

/* pg_temp is the session's own schema. */
#define VERIFY_TEMPORARY "pg_temp.litehaul_verify"

/* A worker's; it may be used for one chunk after the other. */
typedef struct {
	FeedRows rows; /* row and fields set by the caller */
	Buf sql;       /* ours; for use while it is not filled */
} VerifyTemporary;

/* A chunk of the dump and what was found of it; all set by the caller,
 * borrowed, but for the last ones. */
typedef struct {
	const char *id; /* of the load */
	const VerifyTable *table;
	const Chunk *chunk; /* unpacked */
	Buf *raw;           /* its rows; they stay as they are */
	const char *key;    /* of the chunk in the ledger */
	uint64_t rows;      /* with those that were set aside */
	uint64_t missing;   /* not in the target (verify_lookup.h) */
	uint64_t different; /* there with other values */
	uint64_t left;      /* of its rows those that --on-conflict=skip left as
			     * they were, or out */
	FitReport found;    /* problems: the first of them in words */
} VerifyChunk;

/* Inside. */
bool verify_temporary_fill(VerifyTemporary *temporary, Server *server,
    VerifyChunk *chunk, Error *err) MUST_CHECK;

void verify_temporary_free(VerifyTemporary *temporary);

#endif
