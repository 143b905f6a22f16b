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
 * table (column) answers wins: the mapping's rename, which must be there; the
 * name itself; folded to lower case; in snake_case; with letter case,
 * underscores, blanks and dashes ignored; for tables also with "app_" before it
 * or as plural and singular.  Tables are looked for in the schema the mapping
 * says, else in the target's first.  Two source names that come to one target
 * name are a problem.
 *
 * Problems stop the run before a row moves: a table or column of the source
 * without a place that holds anything (skip it in the mapping or leave it out
 * with -T), a target column that is NOT NULL without default and gets nothing, a
 * type that cannot hold the evidence (with the first value and its rowid),
 * NULLs for a NOT NULL column, numbers that may count time in more than one way,
 * what the mapping asks and the target's type cannot be.
 *
 * Where the mapping says what becomes of values that do not fit (on_error in a
 * column or table, null in any place) or which rows are wanted (where), and for
 * what the evidence cannot know (an enum's labels), there are notes instead.
 * Notes also say what is left to the server: generated columns, defaults,
 * triggers, row security, foreign keys to tables that get no rows.
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
	Rule *added_rules; /* how it fits there */
} MatchTable;

typedef struct {
	MatchTable *tables; /* one for each of the source's */
	size_t n_tables;
	const char **problems; /* each a line: where, why, what to do; control
				* characters are escaped as \x1b */
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
