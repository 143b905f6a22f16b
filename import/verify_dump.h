/*
 * verify_dump: the dump's side of a look.
 *
 * Chunks are read on all threads.  Those of tables that are compared as a whole
 * fill the look's sinks; in the first look those of the others are looked up in
 * the target (verify_lookup.h).
 */
#ifndef IMPORT_VERIFY_DUMP_H
#define IMPORT_VERIFY_DUMP_H

#include "formats/dump.h"

#include "import/verify_look.h"
#include "import/verify_lookup.h"

/* Of a table whose rows were looked up. */
typedef struct {
	uint64_t rows, missing, different;
	uint64_t left;   /* of these two, as --on-conflict=skip left so many
			  * rows of their chunks */
	FitReport found; /* problems: the first of them in words */
} VerifyTally;

/*
 * Read the wanted chunks; in the first look (SINK_SUM) the dump is read to its
 * end and held against its manifest.  tallies is by table, freed by the
 * caller.
 */
bool verify_dump_read(VerifyLook *look, DumpReader *dump, VerifyTally *tallies,
    Error *err) MUST_CHECK;

#endif
