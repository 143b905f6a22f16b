/*
 * verify: is the content of the target's tables what the dump says?
 *
 *	verify_run(&plan, path, dump, &report, tell, context, err)
 *	...report.texts.problems: what differs, report.texts.notes
 *	verify_free(&report)
 *
 * Not counts but contents are compared, in whatever order the rows stand.
 * Rows that the ledger has as set aside, skipped or updated count as what they
 * are.  Nothing is changed.
 *
 * A first look reads both sides once and needs little memory.  Only where it
 * finds a difference the dump is read again, to name the rows.
 *
 * A stream cannot be read again, so its sums are taken while it is loaded:
 *
 *	verify_watch_begin(&plan, arena, &watch, err)	when the tables are there
 *	work:	verify_watch_take(watch, number, chunk, &raw, &sink, err)
 *	give:	verify_watch_give(watch, chunk, &sink, err)
 *	verify_watch_end(watch, &report, tell, context, err)
 *	verify_watch_free(watch)
 */
#ifndef IMPORT_VERIFY_H
#define IMPORT_VERIFY_H

#include "formats/dump.h"

#include "import/fit.h"
#include "import/plan.h"
#include "import/verify_look.h"

typedef struct {
	FitReport texts;   /* problems: differences in words, those of a table
			  * after a line on all of it; notes: what could only
			  * be counted or not be compared */
	uint64_t tables;   /* compared */
	uint64_t rows;     /* of the dump in these tables, all of them */
	uint64_t rejected; /* of these: set aside, so not in the target */
	uint64_t different_tables;
} VerifyReport;

/*
 * dump has been opened and nothing read of it; it is read to its end and held
 * against its manifest, dump_close is the caller's.  path is where to open it
 * again; NULL for a stream, of which no rows can be named.  A difference is no
 * failure: ERROR_DIFFERENCE is the caller's to say.  tell may be NULL.
 */
bool verify_run(const Plan *plan, const char *path, DumpReader *dump,
    VerifyReport *report, VerifyTell *tell, void *context,
    Error *err) MUST_CHECK;

void verify_free(VerifyReport *report);

typedef struct VerifyWatch VerifyWatch;

bool verify_watch_begin(
    const Plan *plan, Arena *arena, VerifyWatch **watch, Error *err) MUST_CHECK;
/* The rows of a wanted table's chunk, which stay as they are, into sink; the
 * session number's thread has its own. */
bool verify_watch_take(VerifyWatch *watch, unsigned number, const Chunk *chunk,
    const Buf *raw, VerifySink *sink, Error *err) MUST_CHECK;
bool verify_watch_give(VerifyWatch *watch, const Chunk *chunk,
    const VerifySink *sink, Error *err) MUST_CHECK;
/* With all chunks given and the load finished: as verify_run, by tables; no
 * rows are named. */
bool verify_watch_end(VerifyWatch *watch, VerifyReport *report,
    VerifyTell *tell, void *context, Error *err) MUST_CHECK;
void verify_watch_free(VerifyWatch *watch); /* NULL is nothing */

#endif
