/*
 * sessions: a plan's connections, one a worker.
 */
#ifndef IMPORT_SESSIONS_H
#define IMPORT_SESSIONS_H

#include "import/plan.h"

/* The first one, and room for most; a password that was typed stays in target
 * for the others. */
bool sessions_open(Plan *plan, ServerTarget *target, unsigned most,
    Arena *arena, Error *err) MUST_CHECK;

/* Up to wanted of them, or as many as the server has to give; refused says why
 * not more, if it said. */
bool sessions_add(Plan *plan, ServerTarget *target, unsigned wanted,
    Error *refused, Error *err) MUST_CHECK;

/* How often lost connections were made again. */
unsigned sessions_reconnects(const Plan *plan);
/* How many were lost for good: the others did their work. */
unsigned sessions_retired(const Plan *plan);

void sessions_close(Plan *plan);

#endif
