/*
 * rewrite: the schema of a SQLite dump as one for PostgreSQL.
 *
 *	rewrite_schema(source, profile, wanted, &rewrite, err)
 *	... rewrite.schema is what the new dump is made with ...
 *	rewrite_free(&rewrite)
 *
 * In this order: names (names.h), types (infer.h), types that foreign keys make
 * two columns share (references.h), NOT NULL, identity and defaults, indexes
 * (indexes.h), foreign keys.  What does not travel stands in schema.left_out,
 * what a user should know in notes.  A table's columns stay all there in their
 * order, so a row of the source is a row of the target.
 *
 * The Rewrite borrows from source and profile, which must outlive it.
 */
#ifndef TRANSFORM_REWRITE_H
#define TRANSFORM_REWRITE_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/profile.h"
#include "formats/schema.h"
#include "transform/infer.h"
#include "transform/names.h"

/* MaxHeapAttributeNumber (limits of PostgreSQL, appendix K). */
#define REWRITE_COLUMNS_LIMIT 1600

/* No table. */
#define REWRITE_NONE SIZE_MAX

/* What becomes of a table of the source. */
typedef struct {
	size_t target;      /* in schema.tables; REWRITE_NONE: not wanted */
	Inference *columns; /* one for each column; NULL when not wanted */
	const TableProfile *profile; /* NULL where there is no evidence */
} RewriteTable;

typedef struct {
	const Schema *source;
	Schema schema;
	RewriteTable *tables; /* one for each of the source's */
	Names relations;      /* tables and indexes share their names */
	Buf left_out;         /* LeftOut; becomes schema.left_out */
	Buf notes;            /* const char * */
} Rewrite;

/*
 * Fill an empty Rewrite; free it whatever comes back.  profile is NULL where
 * there is no evidence; wanted has one element for each table of the source.
 * ERROR_USAGE where names collide, ERROR_FAILED where a table has more columns
 * than PostgreSQL's have.
 */
bool rewrite_schema(const Schema *source, const Profile *profile,
    const bool *wanted, Rewrite *rewrite, Error *err) MUST_CHECK;
void rewrite_free(Rewrite *rewrite);

size_t rewrite_note_count(const Rewrite *rewrite);
const char *rewrite_note(const Rewrite *rewrite, size_t i);

/* For indexes.c and references.c; texts are borrowed.  text may be NULL when it
 * comes from an arena that is out of memory: then err is filled already. */
bool
rewrite_add_note(Rewrite *rewrite, const char *text, Error *err) MUST_CHECK;
bool rewrite_leave_out(
    Rewrite *rewrite, const LeftOut *left_out, Error *err) MUST_CHECK;

/* Evidence for a column; NULL where there is none. */
const ColumnProfile *
rewrite_profile(const Rewrite *rewrite, size_t table, size_t column);

#endif
