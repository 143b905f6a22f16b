/*
 * catalog: what a SQLite database holds, from sqlite_schema and SQLite's
 * pragmas into a Schema of the sqlite dialect.
 *
 * Tables stand in the order in which they were made.  SQLite's own tables are
 * not exported; views, triggers, shadow tables of virtual ones, and whatever
 * cannot be read here are listed in schema.left_out with the reason.
 */
#ifndef EXPORT_CATALOG_H
#define EXPORT_CATALOG_H

#include "export/source.h"
#include "formats/options.h"
#include "formats/schema.h"

/* How a table's rows are reached. */
typedef struct {
	const char *rowid; /* name that means the rowid; NULL: none does */
	const char *walk;  /* index that is the table itself, in a WITHOUT
				 * ROWID table; else NULL */
	bool built_in;     /* its primary key compares by collations that
				 * are SQLite's own */
} CatalogTable;

typedef struct {
	Schema schema;
	CatalogTable *tables; /* as many as the schema has */
} Catalog;

/*
 * Fill an empty Catalog; free it whatever comes back.  common tells which
 * tables are wanted; a pattern that matches none is ERROR_USAGE.
 */
bool catalog_read(const SourceFile *source, const CommonOptions *common,
    Catalog *catalog, Error *err) MUST_CHECK;

void catalog_free(Catalog *catalog);

#endif
