/*
 * indexes: primary keys, unique constraints and indexes of a rewritten schema.
 *
 * An index keeps its columns, their order and its name; one that has none gets
 * PostgreSQL's own kind of name (users_pkey, users_email_key, users_a_b_idx).
 * Left out, each with its reason: expressions that translate.h refuses, more
 * than 32 columns, json, and text too long for a b-tree.  A primary key that
 * holds NULL, as SQLite's may, becomes a unique constraint.  What is unique
 * without regard to case becomes a unique index over lower(); a primary key and
 * what a foreign key refers to stay as they are beside it.
 */
#ifndef TRANSFORM_INDEXES_H
#define TRANSFORM_INDEXES_H

#include "formats/error.h"
#include "transform/rewrite.h"

bool indexes_rewrite(Rewrite *rewrite, Error *err) MUST_CHECK;

/* "users_a_b_fkey": the table's name, columns of it and an ending, taken from
 * the relations' names. NULL when memory is out. */
const char *indexes_take_name(Rewrite *rewrite, const Table *table,
    const int *columns, size_t n, const char *ending, Error *err) MUST_CHECK;

#endif
