/*
 * relation: which tables of the target a dump's tables go into.
 */
#ifndef IMPORT_RELATION_H
#define IMPORT_RELATION_H

#include "import/plan.h"

/* Append the schemas and the names of all wanted tables, as two arrays of the
 * same length. */
bool relation_put_names(
    const Plan *plan, Buf *namespaces, Buf *names, Error *err) MUST_CHECK;

/* Inside: fill plan->tables[].relation, from arena, where the table is
 * there. */
bool
relation_find(Server *server, Plan *plan, Arena *arena, Error *err) MUST_CHECK;

#endif
