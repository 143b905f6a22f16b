/*
 * references: foreign keys of a rewritten schema.
 *
 *	references_resolve		what refers to what
 *	references_match_types		columns that must share a type get one
 *	... types are final, indexes are made ...
 *	references_rewrite		the foreign keys, or why not
 *
 * SQLite checks a foreign key when rows change and only if it is asked to;
 * PostgreSQL refuses to make one whose parent is missing, not unique, or of a
 * type that does not compare.  Those are left out, each with its reason.
 */
#ifndef TRANSFORM_REFERENCES_H
#define TRANSFORM_REFERENCES_H

#include "formats/error.h"
#include "transform/rewrite.h"

/* One foreign key and what it refers to. */
typedef struct {
	size_t child; /* tables of the source */
	size_t key;   /* index in the child's foreign_keys */
	size_t parent;
	int *columns;         /* the key's, in the target's child table */
	int *parent_columns;  /* likewise in the target's parent */
	const char *obstacle; /* why it cannot be made; NULL: it can */
} Reference;

/* All foreign keys of the tables that are wanted; lives in the arena of the
 * Rewrite's schema. */
typedef struct {
	Reference *items;
	size_t n;
} References;

bool references_resolve(
    Rewrite *rewrite, References *references, Error *err) MUST_CHECK;
bool references_match_types(
    Rewrite *rewrite, References *references, Error *err) MUST_CHECK;
bool references_rewrite(
    Rewrite *rewrite, const References *references, Error *err) MUST_CHECK;

#endif
