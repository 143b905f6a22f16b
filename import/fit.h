/*
 * fit: do the tables that are there take the dump as it is?
 *
 * Everything that does not fit is told, not only the first; what is no problem
 * but changes what happens is told as a note.  No server is asked: the target
 * has been described before.
 */
#ifndef IMPORT_FIT_H
#define IMPORT_FIT_H

#include "formats/report.h"
#include "formats/target.h"

#include "import/plan.h"

/* What a person is to be told, one text each, in the order of the tables. */
typedef struct {
	Arena arena;  /* holds the texts */
	Buf problems; /* of const char * */
	Buf notes;    /* likewise */
} FitReport;

bool fit_problem(FitReport *report, Error *err, const char *format,
    ...) MUST_CHECK __attribute__((format(printf, 3, 4)));
bool fit_note(FitReport *report, Error *err, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 3, 4)));
size_t fit_problems(const FitReport *report);
/* The i-th problem or note, NULL past the last one. */
const char *fit_text(const Buf *texts, size_t i);
/* Tell the operator: problems as warnings; notes, which only what goes on is
 * worth, where good. */
void fit_tell(const FitReport *report, bool good, Report *to);
/* Forget all. */
void fit_clear(FitReport *report);
void fit_free(FitReport *report);

/* The table of the target that a table of the dump goes to; NULL where there
 * is none. */
const TargetTable *
fit_find(const Plan *plan, const Target *target, size_t table);

/*
 * Compare all wanted tables, by name, and write down in plan->tables how each
 * is to be loaded; what that needs is from arena.  False only where memory is
 * out: whether all is well is in the report.
 */
bool fit_tables(Plan *plan, const Target *target, FitReport *report,
    Arena *arena, Error *err) MUST_CHECK;

#endif
