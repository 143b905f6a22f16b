/*
 * ledger: what has been loaded, kept in the target itself - schema litehaul,
 * tables load, object, chunk, reject (refused.h), hook (hooks.h), foreign_key
 * (keys.h) and publication (publish.h).
 *
 * A chunk's row is inserted before its data in the same transaction, so both
 * are there or neither is.  The row's key is the lock: another importer of the
 * same load, or the orphan of a session that was lost, makes the INSERT wait
 * and then either leaves the chunk to us or has loaded it.
 *
 * The id of a load is made of what is loaded and where to, so the same command
 * run again continues where it stopped.
 *
 * Functions that say "inside" are called within a transaction's body.
 */
#ifndef IMPORT_LEDGER_H
#define IMPORT_LEDGER_H

#include "formats/digest.h"
#include "formats/error.h"
#include "formats/schema.h"

#include "import/plan.h"
#include "import/server.h"

/* A load without its data (--schema-only) is another load. */
bool ledger_id(const Digest *schema, const char *namespace, bool schema_only,
    char id[DIGEST_HEX_BYTES], Error *err) MUST_CHECK;

/* The same of what stays when the source's file is written anew: without its
 * size and time. */
bool ledger_shape(const Schema *schema, const char *namespace, bool schema_only,
    char shape[DIGEST_HEX_BYTES], Error *err) MUST_CHECK;

/* Inside: is the ledger there at all? */
bool ledger_exists(Server *server, bool *exists, Error *err) MUST_CHECK;
/* Inside: all of it?  A table, or a column, may have come after the ledger was
 * made. */
bool ledger_is_complete(Server *server, bool *complete, Error *err) MUST_CHECK;
/* Make the ledger where it is missing; any number may try at once. */
bool ledger_prepare(Server *server, Error *err) MUST_CHECK;

/* Inside: until the transaction's end nobody else does step (any text) of the
 * load. */
bool ledger_lock(
    Server *server, const char *id, const char *step, Error *err) MUST_CHECK;

typedef enum { LEDGER_NONE, LEDGER_LOADING, LEDGER_FINISHED } LedgerState;

/* Inside. */
bool ledger_find(
    Server *server, const char *id, LedgerState *state, Error *err) MUST_CHECK;
/* The wanted tables, which are in the ledger, are loaded from now on. */
bool ledger_begin(Server *server, const Plan *plan, const Digest *schema,
    Error *err) MUST_CHECK;
/* plan->conflict as the ledger has it: "skip". */
const char *ledger_conflict(const Plan *plan);
/* Inside: is the load there, and begun in this very database?  ERROR_TARGET
 * where that is another one. */
bool ledger_affirm(Server *server, const char *id, Error *err) MUST_CHECK;
/* The directories of all wanted tables, which are their names in the ledger, as
 * an array; NULL when memory is out. */
const char *
ledger_put_names(const Plan *plan, Buf *names, Error *err) MUST_CHECK;

/* Kinds of objects. */
#define LEDGER_TABLE    "table"    /* made by the load */
#define LEDGER_EXISTING "existing" /* was there, with rows of others */
#define LEDGER_EMPTY    "empty"    /* was there without rows */
/* And, besides: it has all its rows, and all that belongs to it. */
#define LEDGER_LOADED "loaded"

/* What a table is made of, as SQL: the columns in the order of their names. */
#define LEDGER_COLUMNS(relation)                                    \
	"(SELECT string_agg(quote_ident(a.attname) || ' ' ||"       \
	" format_type(a.atttypid, a.atttypmod), ', '"               \
	" ORDER BY a.attname COLLATE \"C\") FROM pg_attribute AS a" \
	" WHERE a.attrelid = " relation                             \
	" AND a.attnum > 0 AND NOT a.attisdropped)"

/* Inside: a table is the load's from now on; what the ledger has of an older
 * one with its name is forgotten.  Its name there is its directory. */
bool ledger_put_table(Server *server, const char *id, const char *kind,
    const char *namespace, const Table *table, Error *err) MUST_CHECK;
/* Inside: remove all of a load. */
bool ledger_forget(Server *server, const char *id, Error *err) MUST_CHECK;
/* Inside: what it has of the wanted tables; all, where it has no others. */
bool
ledger_forget_tables(Server *server, const Plan *plan, Error *err) MUST_CHECK;

typedef enum {
	LEDGER_TAKEN, /* it is ours to send */
	LEDGER_HAS,   /* it has been loaded; its digest and rows are given */
	LEDGER_BUSY   /* another importer is at work on it */
} LedgerTake;

/* Inside: take the chunk.  With wait it is not LEDGER_BUSY: the other importer
 * has loaded it then, or has failed.  rows may not be known yet (0) and be set
 * when they are. */
bool ledger_take(Server *server, const char *id, const char *path, bool wait,
    char sha256[DIGEST_HEX_BYTES], uint64_t *rows, LedgerTake *take,
    Error *err) MUST_CHECK;

/* What became of rows. */
typedef struct {
	uint64_t rows;     /* in the dump */
	uint64_t rejected; /* of these: the server refused them */
	uint64_t skipped;  /* their key was there, and stayed as it was */
	uint64_t updated;  /* their key was there, and has their values now */
} LedgerCounts;

/* Inside: of a chunk that was taken. */
bool ledger_set_counts(Server *server, const char *id, const char *path,
    const LedgerCounts *counts, Error *err) MUST_CHECK;

/* Make everything that was committed so far survive a crash of the server:
 * what SERVER_QUICK has left open is known afterwards. */
bool ledger_settle(Server *server, const char *id, Error *err) MUST_CHECK;
/* The wanted tables, made by the load, are complete, and so is the load where
 * it has no others; survives a crash. */
bool ledger_finish(Server *server, const Plan *plan, Error *err) MUST_CHECK;
/* Inside: so is the load if all its tables are marked as LEDGER_LOADED. */
bool
ledger_finish_inside(Server *server, const char *id, Error *err) MUST_CHECK;

/* What a load has, as it stands now. */
typedef struct {
	PGresult *rows; /* path, sha256, rows and LedgerCounts' rest; by path */
} LedgerChunks;

bool ledger_read_chunks(Server *server, const char *id, LedgerChunks *chunks,
    Error *err) MUST_CHECK;
/* False where the ledger does not have it; *sha256 is borrowed. */
bool ledger_has_chunk(const LedgerChunks *chunks, const char *path,
    const char **sha256, uint64_t *rows);
/* One chunk of a table after the other; *row is -1 before the first.  False when
 * there is none left. */
bool ledger_next_chunk(const LedgerChunks *chunks, const char *directory,
    int *row, unsigned long *ordinal, const char **sha256);
/* Of all chunks of a table. */
LedgerCounts
ledger_table_counts(const LedgerChunks *chunks, const char *directory);
void ledger_free_chunks(LedgerChunks *chunks);

#endif
