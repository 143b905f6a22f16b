/*
 * summary: what a run did, on standard error.  For transform.c alone, which
 * holds main().
 */
#ifndef TRANSFORM_SUMMARY_H
#define TRANSFORM_SUMMARY_H

#include "formats/dump.h"
#include "formats/error.h"
#include "formats/report.h"
#include "transform/rewrite.h"
#include "transform/run.h"
#include "transform/settings.h"

typedef struct {
	const Settings *settings;
	const Run *run;
	const DumpSummary *dump;
	bool evidence; /* the decisions rest on it */
} Summary;

/* The table of tables, notes, rows that were set aside and why, what comes
 * next. */
bool
summary_print(Report *report, const Summary *summary, Error *err) MUST_CHECK;

/* Notes on what was decided, and what is left out. */
bool summary_notes(Report *report, const Rewrite *rewrite, bool evidence,
    Error *err) MUST_CHECK;

#endif
