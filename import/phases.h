/*
 * phases: what makes loaded tables whole - counting, indexes, constraints,
 * sequences, foreign keys, statistics - one phase after the other, each over
 * all sessions.
 *
 * Every step looks first whether it has been done, so a load that was stopped
 * goes through all phases again; two importers of one load take turns.
 */
#ifndef IMPORT_PHASES_H
#define IMPORT_PHASES_H

#include "formats/error.h"

#include "import/plan.h"
#include "import/tally.h"

typedef enum {
	PHASE_COUNT,        /* count the rows */
	PHASE_INDEXES,      /* build all indexes */
	PHASE_CONSTRAINTS,  /* primary keys and UNIQUE out of them */
	PHASE_SEQUENCES,    /* identity past the largest value */
	PHASE_FOREIGN_KEYS, /* NOT VALID */
	PHASE_CHECKS,       /* NOT VALID */
	PHASE_VALIDATE,     /* are there orphans or rows that violate one? */
	PHASE_ANALYZE,
	PHASES /* how many there are */
} Phase;

/* "indexes"; for progress and the summary. */
const char *phases_name(Phase phase);

/* One step that is done. */
typedef struct {
	size_t table;        /* index in the schema */
	Tally tally;         /* PHASE_COUNT */
	bool orphans;        /* PHASE_VALIDATE, with ORPHANS_REJECT: there are
			      * some, and the key is not valid */
	const char *warning; /* borrowed for the call; NULL for none */
} PhaseStep;

/* Told of each step in order, in one thread at a time. */
typedef bool PhaseTell(void *context, const PhaseStep *step, Error *err);

/* How many steps a phase has. */
size_t phases_steps(const Plan *plan, Phase phase);

/* table_rows, by table of the schema, puts the largest tables first; NULL:
 * as they stand. */
bool phases_run(const Plan *plan, Phase phase, const uint64_t *table_rows,
    PhaseTell *tell, void *context, Error *err) MUST_CHECK;

#endif
