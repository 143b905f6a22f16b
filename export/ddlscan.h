/*
 * ddlscan: what SQLite's pragmas do not tell of a CREATE statement: CHECKs,
 * generated expressions, names of constraints, deferred foreign keys, index
 * expressions and the WHERE of a partial index, a virtual table's module.
 *
 * The text is cut, not parsed: SQLite has accepted the statement, so it is
 * enough to follow commas and parentheses.  Where that does not work out,
 * understood is false and the rest is empty; false is returned only when
 * memory is out.  Everything is allocated from the arena.
 */
#ifndef EXPORT_DDLSCAN_H
#define EXPORT_DDLSCAN_H

#include <stddef.h>

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/schema.h"

/* A PRIMARY KEY or UNIQUE constraint. */
typedef struct {
	const char *name; /* "" for none */
	bool primary;
	const char **columns; /* as named there */
	size_t n_columns;
} DdlKey;

typedef struct {
	const char *name; /* "" for none */
	bool deferred;
} DdlForeignKey;

typedef struct {
	bool understood;
	const char **generated; /* by column: its expression, "" for none */
	size_t n_columns;
	Check *checks;
	size_t n_checks;
	DdlKey *keys;
	size_t n_keys;
	DdlForeignKey *foreign_keys; /* in the order of the text */
	size_t n_foreign_keys;
} DdlTable;

bool ddlscan_table(
    const char *sql, Arena *arena, DdlTable *table, Error *err) MUST_CHECK;

typedef struct {
	bool understood;
	const char **parts; /* columns or expressions, without COLLATE,
				 * ASC and DESC */
	size_t n_parts;
	const char *where; /* "" for none */
} DdlIndex;

bool ddlscan_index(
    const char *sql, Arena *arena, DdlIndex *index, Error *err) MUST_CHECK;

typedef struct {
	bool understood;
	const char *module;
	bool contentless; /* content='': it keeps no values to show */
} DdlModule;

bool ddlscan_module(
    const char *sql, Arena *arena, DdlModule *module, Error *err) MUST_CHECK;

#endif
