/*
 * spread: tables that the operator's SQL (--after-tables) has spread over
 * partitions or other servers, and what they cannot have then.
 *
 * What that is, only the server knows, in its version and with its extensions:
 * an index or key that it refuses because of what the table is, is left out
 * with a warning.
 */
#ifndef IMPORT_SPREAD_H
#define IMPORT_SPREAD_H

#include "import/plan.h"

/* Set plan->spread and spread of plan->tables by what is there. */
bool spread_look(Plan *plan, Error *err) MUST_CHECK;

/* Is an index made together with its constraint?  Such a table cannot take
 * over one that has been built (sql-altertable, Notes). */
bool spread_has_no_index(const Plan *plan, size_t table, size_t index);
/* As ddl_put_constraint and foreign_key_put, or what such a table takes. */
bool spread_put_constraint(Buf *out, const Plan *plan, size_t table,
    size_t index, const char *name, Error *err) MUST_CHECK;
bool spread_put_foreign_key(Buf *out, const Plan *plan, size_t table,
    size_t key, const char *name, Error *err) MUST_CHECK;

/* Inside: such a table that was made anew may have lost what gives a column its
 * values: then put a warning. */
bool spread_check_identity(Server *server, const Plan *plan, size_t table,
    size_t column, Buf *warning, Error *err) MUST_CHECK;

/* Was the last failure that a table of the plan, or one that it refers to,
 * cannot have something? */
bool spread_excuses(const Plan *plan, const Server *server);

/* Put the warning: of which phase ("foreign keys") and what, and why. */
bool spread_describe(const Server *server, const Table *table,
    const char *phase, const char *name, Buf *warning, Error *err) MUST_CHECK;

#endif
