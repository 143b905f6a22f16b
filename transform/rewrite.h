/*
 * rewrite: the schema of a SQLite dump as one for PostgreSQL, and for every
 * column of the target where its values come from.
 *
 *	RewriteInput input = { .source = ..., .wanted = ..., ... };
 *	rewrite_schema(&input, &rewrite, err)
 *	... rewrite.schema is what the new dump is made with ...
 *	rewrite_free(&rewrite)
 *
 * In this order: names (names.h), where columns come from, types (infer.h),
 * types that foreign keys make two columns share (references.h), NOT NULL,
 * identity, expressions (translate.h), indexes (indexes.h), foreign keys.  What
 * a mapping or a target says goes before what is found out.  What does not
 * travel stands in schema.left_out, what a user should know in notes.
 *
 * The Rewrite borrows from its input, which must outlive it.
 */
#ifndef TRANSFORM_REWRITE_H
#define TRANSFORM_REWRITE_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/profile.h"
#include "formats/schema.h"
#include "transform/expression.h"
#include "transform/infer.h"
#include "transform/mapping.h"
#include "transform/match.h"
#include "transform/names.h"
#include "transform/rule.h"
#include "transform/translate.h"

/* MaxHeapAttributeNumber (limits of PostgreSQL, appendix K). */
#define REWRITE_COLUMNS_LIMIT 1600

/* No table. */
#define REWRITE_NONE SIZE_MAX

/* What fills a column of the target. */
typedef struct {
	int from;  /* column of the source; -1: it has none, value does it */
	int value; /* index in the table's values: SQLite's SQL instead of
		    * from's own; -1 */
	Rule rule; /* how that becomes the target's type */
	Inference inference; /* the type, once more, and why */
	bool fixed; /* a mapping or target says the type: nothing moves it */
	const MappingColumn *mapping; /* NULL: the mapping has no entry */
} RewriteColumn;

/* What becomes of a table of the source. */
typedef struct {
	size_t target;               /* in schema.tables, or REWRITE_NONE */
	const TableProfile *profile; /* NULL where there is no evidence */
	const MappingTable *mapping; /* NULL: the mapping has no entry */
	const MatchTable *match;     /* NULL: no target is given */
	RewriteColumn *columns;      /* one for each of the target's */
	size_t n_columns;
	int *target_columns; /* of each of the source's; -1: left out */
	ExpressionText *values;
	size_t n_values;
	ExpressionText where;       /* text is NULL for all rows */
	TranslateTable translation; /* once the types are settled */
} RewriteTable;

typedef struct {
	const Schema *source;
	const Profile *profile; /* NULL: there is no evidence */
	const bool *wanted;     /* one for each table of the source */
	const Mapping *mapping; /* NULL: none is given */
	const Match *match;     /* NULL: no target is given */
	const Target *target;   /* with match */
	Policy policy;          /* where the mapping says nothing */
} RewriteInput;

/* A schema of the target, and the names of relations in it: tables and indexes
 * share theirs. */
typedef struct RewriteNamespace {
	const char *name; /* NULL: the one of schema.namespace */
	Names relations;
	struct RewriteNamespace *next;
} RewriteNamespace;

typedef struct {
	RewriteInput input;
	Schema schema;
	RewriteTable *tables; /* one for each of the source's */
	RewriteNamespace *namespaces;
	Buf left_out; /* LeftOut; becomes schema.left_out */
	Buf notes;    /* const char * */
} Rewrite;

/*
 * Fill an empty Rewrite; free it whatever comes back.  ERROR_USAGE where names
 * collide or the mapping contradicts itself, ERROR_FAILED where a table has more
 * columns than PostgreSQL's have.
 */
bool rewrite_schema(
    const RewriteInput *input, Rewrite *rewrite, Error *err) MUST_CHECK;
void rewrite_free(Rewrite *rewrite);

size_t rewrite_note_count(const Rewrite *rewrite);
const char *rewrite_note(const Rewrite *rewrite, size_t i);

/* For those who make parts of it; texts are borrowed.  text may be NULL when it
 * comes from an arena that is out of memory: then err is filled already. */
bool
rewrite_add_note(Rewrite *rewrite, const char *text, Error *err) MUST_CHECK;
bool rewrite_leave_out(
    Rewrite *rewrite, const LeftOut *left_out, Error *err) MUST_CHECK;

/* The names of a schema's relations; NULL when memory is out. */
Names *rewrite_relations(
    Rewrite *rewrite, const char *namespace, Error *err) MUST_CHECK;

/* The target's table of one of the source's; NULL where it is not wanted. */
Table *rewrite_target(const Rewrite *rewrite, size_t table);

/* The expressions of a wanted table; both of none where it has none. */
ExpressionSpec rewrite_expressions(const Rewrite *rewrite, size_t table);

/* Evidence for a column of the source; NULL where there is none. */
const ColumnProfile *
rewrite_profile(const Rewrite *rewrite, size_t table, size_t column);

/* Evidence for a column of the target: that of the source's column, while its
 * values go on as they are (no `value`, value map or conversion); else NULL. */
const ColumnProfile *
rewrite_target_profile(const Rewrite *rewrite, size_t table, size_t column);

#endif
