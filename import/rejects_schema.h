/*
 * rejects_schema: the schema of a dump of rows that were refused.
 */
#ifndef IMPORT_REJECTS_SCHEMA_H
#define IMPORT_REJECTS_SCHEMA_H

#include "import/plan.h"

/* One round later than from, whose tables it borrows; its source's name tells
 * it from what litehaul-transform sets aside of the same round, so that they
 * are two loads. */
bool rejects_schema_begin(
    Schema *schema, const Schema *from, Arena *arena, Error *err) MUST_CHECK;

/* Inside: leave the tables that have rows refused. */
bool rejects_schema_choose(Schema *schema, const Plan *plan, Server *server,
    Arena *arena, Error *err) MUST_CHECK;

#endif
