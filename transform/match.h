/*
 * match: a dump against the tables of an existing schema: which table and
 * column goes where, and everything that does not go, in one list.
 *
 *	target_read(...)
 *	match_tables(&input, &match, err)
 *	if (match.n_problems > 0) match_put_problems(&match, &buf, err)
 *	match_free(&match)
 *
 * A name is looked for in this order, and the first rule under which exactly one
 * table (column) answers wins: the mapping's rename; the name itself; folded to
 * lower case; in snake_case; with letter case and underscores ignored; for
 * tables of ORMs also with "app_" before it or a plural s.  Two
 * source names that come to one target name are a problem.
 *
 * Problems stop the run before a row moves: a table or column of the source
 * without a place (skip it in the mapping or leave it out with -T), a target
 * column that is NOT NULL without default and gets nothing, a type that cannot
 * hold the evidence (with the first value and its rowid), enum labels and
 * lengths that do not fit, a generated column that the dump would write (it is
 * left to the server, with a note), triggers and row security (notes).
 */
#ifndef TRANSFORM_MATCH_H
#define TRANSFORM_MATCH_H

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/profile.h"
#include "formats/schema.h"
#include "formats/target.h"
#include "transform/mapping.h"
#include "transform/rule.h"

/* Where a table of the source goes. */
typedef struct {
	const TargetTable *target; /* NULL: not wanted, skipped or a problem */
	int *columns; /* of each of the source's: the target's column, -1 where
		       * it is left out */
	Rule *rules;  /* of each of the source's: how it fits there; from the
		       * target's type, the evidence and the mapping */
	int *added;   /* of each of the mapping's `add`: the target's column */
} MatchTable;

typedef struct {
	MatchTable *tables; /* one for each of the source's */
	size_t n_tables;
	const char **problems; /* each a line: where, why, what to do */
	size_t n_problems;
	const char **notes;
	size_t n_notes;
	Arena arena;
} Match;

typedef struct {
	const Schema *source;
	const Profile *profile; /* NULL: no evidence */
	const bool *wanted;     /* -t and -T */
	const Mapping *mapping; /* NULL: none */
	const Target *target;
} MatchInput;

bool match_tables(const MatchInput *input, Match *match, Error *err) MUST_CHECK;

/* Append the problems, one a line. */
bool match_put_problems(const Match *match, Buf *out, Error *err) MUST_CHECK;
void match_free(Match *match);

#endif
