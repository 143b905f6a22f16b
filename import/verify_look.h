/*
 * verify_look: one look at both sides of a comparison.
 *
 *	verify_look_begin(&look, err)
 *	verify_dump_read(&look, dump, ...)	the dump's rows (verify_dump.h)
 *	verify_target_read(&look, err)		the target's (verify_target.h)
 *	verify_look_end(&look)
 *
 * Each reads on all threads and fills a sink for each table that is compared
 * as a whole, or for one of them.
 */
#ifndef IMPORT_VERIFY_LOOK_H
#define IMPORT_VERIFY_LOOK_H

#include "formats/value.h"

#include "import/plan.h"
#include "import/verify_sink.h"
#include "import/verify_stream.h"
#include "import/verify_table.h"

/* Told of rows that were read of either side, in one thread at a time; name is
 * the table's. */
typedef void VerifyTell(void *context, const char *name, uint64_t rows);

/* What a thread works with. */
typedef struct {
	VerifyRoom room;
	Value *values; /* of a row of the dump */
	Buf wire;      /* the row as COPY BINARY */
} VerifyWorker;

/* For VerifyLook.only. */
#define VERIFY_ALL SIZE_MAX

typedef struct {
	/* Set by the caller, borrowed. */
	const Plan *plan;
	const VerifyTable *tables; /* by table of the schema */
	size_t only;               /* look at this one; VERIFY_ALL */
	VerifySinkKind kind;
	const bool *chosen; /* SINK_ROWS: by part */
	VerifyTell *tell;
	void *context;
	/* Ours. */
	Arena arena;
	VerifySink *dump, *target; /* by table */
	VerifyWorker *workers;     /* one a session */
} VerifyLook;

bool verify_look_begin(VerifyLook *look, Error *err) MUST_CHECK;
void verify_look_end(VerifyLook *look);

/* Is the table compared as a whole in this look? */
bool verify_look_wants(const VerifyLook *look, size_t table);

/* Read rows of a dump, which may be any part of a chunk, to their end. */
bool verify_look_take(VerifyWorker *worker, const VerifyTable *table,
    RowsCsv *rows, VerifySink *sink, Error *err) MUST_CHECK;

#endif
