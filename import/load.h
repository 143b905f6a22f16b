/*
 * load: the data of a dump into tables that are there, chunk by chunk over all
 * sessions, each chunk and its ledger row in one transaction.
 */
#ifndef IMPORT_LOAD_H
#define IMPORT_LOAD_H

#include "formats/dump.h"
#include "formats/error.h"

#include "import/plan.h"
#include "import/verify.h"

/* What became of a table's chunks in this run. */
typedef struct {
	uint64_t rows, raw_bytes, chunks; /* all of them */
	uint64_t sent_rows, sent_chunks;  /* by this run */
	int64_t began_ms, ended_ms;       /* monotonic; 0: nothing sent */
} LoadTable;

/* Told of each chunk in the dump's order, in one thread at a time; name is the
 * table's. */
typedef void
LoadTell(void *context, const char *name, uint64_t rows, uint64_t raw_bytes);

typedef struct {
	bool finished;      /* the load: it lacks no chunk, and one that the
			     * ledger does not have is ERROR_FAILED */
	VerifyWatch *watch; /* sees all rows of wanted tables; NULL; only of a
			     * stream, all of whose chunks are read */
} LoadWish;

/*
 * Load every chunk of the wanted tables that the ledger lacks; read and check
 * the others as far as the dump's kind needs.  tables has an element for each
 * of the schema's tables.  The dump is read to its end, but dump_finish is the
 * caller's.
 */
bool load_run(const Plan *plan, DumpReader *dump, const LoadWish *wish,
    LoadTable *tables, LoadTell *tell, void *context, Error *err) MUST_CHECK;

#define LOAD_KEY_BYTES CHUNK_PATH_BYTES

/* A chunk's key in the ledger: its path without format and compression, so
 * that the same rows packed otherwise are not loaded again. */
void
load_key(const Chunk *chunk, const char *directory, char key[LOAD_KEY_BYTES]);

#endif
