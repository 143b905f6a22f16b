/*
 * course: a load from its first look at the target to its last word.
 *
 *	course_open(&course, &target, err)	dump, plan, server
 *	course_run(&course, &target, err)	the load
 *	course_preview(&course, &text, err)	or what it would do
 *	course_close(&course)
 *
 * Together with import.c it is what talks to the person: it has the report.
 */
#ifndef IMPORT_COURSE_H
#define IMPORT_COURSE_H

#include "formats/dump.h"
#include "formats/error.h"
#include "formats/report.h"

#include "import/hooks.h"
#include "import/ledger.h"
#include "import/load.h"
#include "import/phases.h"
#include "import/plan.h"
#include "import/rejects.h"
#include "import/settings.h"

typedef struct {
	/* Set by the caller, borrowed. */
	const Settings *settings;
	Report *report;
	/* Ours. */
	Arena arena;
	Hooks hooks;
	Rejects rejects;
	DumpReader *dump;
	Plan plan;
	VerifyWatch *watch;   /* of a stream that is verified; NULL */
	LoadTable *loaded;    /* by table */
	LedgerCounts *counts; /* by table; rows as the manifest says */
	uint64_t *rows;       /* by table, that are to be in the target */
	bool finished;        /* the load was complete before this run */
	bool published;       /* and all of it is live */
	bool whole;           /* every chunk is in the ledger */
	bool orphans;         /* with ORPHANS_REJECT: there are some */
	uint64_t set_aside;   /* rows of the source that are not in the target:
			       * ERROR_REJECTS */
	int64_t load_ms, phase_ms[PHASES];
} Course;

/* Open the dump; without a server. */
bool course_open_dump(Course *course, Error *err) MUST_CHECK;
/* Connect, without a dump. */
bool
course_connect(Course *course, ServerTarget *target, Error *err) MUST_CHECK;
/* Open it, and what is loaded where to. */
bool course_plan(Course *course, Error *err) MUST_CHECK;
/* Both. */
bool course_open(Course *course, ServerTarget *target, Error *err) MUST_CHECK;
bool course_run(Course *course, ServerTarget *target, Error *err) MUST_CHECK;
bool course_preview(Course *course, Buf *text, Error *err) MUST_CHECK;
void course_close(Course *course);

/* For pipelines over the dump's chunks: shows progress of a Course. */
void course_tell_chunk(
    void *course, const char *name, uint64_t rows, uint64_t raw_bytes);

#endif
