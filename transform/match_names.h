/*
 * match_names: which names of a dump and of an existing schema mean the same.
 *
 * Rules go from strict to loose, and each is tried for all names before the
 * next: a name of the target that a strict rule gave away is not there any more
 * for a looser one.  A rule counts where exactly one name of the target answers
 * to it.
 */
#ifndef TRANSFORM_MATCH_NAMES_H
#define TRANSFORM_MATCH_NAMES_H

#include <stddef.h>

#include "formats/arena.h"
#include "formats/error.h"

typedef enum {
	MATCH_NAMES_RENAMED, /* the very name the mapping gives */
	MATCH_NAMES_SAME,
	MATCH_NAMES_FOLDED,  /* the source's name in lower case */
	MATCH_NAMES_SNAKE,   /* the source's name in snake_case */
	MATCH_NAMES_LOOSE,   /* without case, underscores, blanks and dashes */
	MATCH_NAMES_RELATED, /* tables: one is the other's plural, or the
			      * target's has "app_" before it */
	MATCH_NAMES_RULES
} MatchNamesRule;

/* A name of the target.  Names of different schemas never meet. */
typedef struct {
	const char *namespace; /* NULL for columns */
	const char *name;
} MatchTarget;

typedef struct {
	const char *name;      /* of the source; NULL: looks for nothing */
	const char *renamed;   /* what the mapping calls it; NULL: nothing */
	const char *namespace; /* where it looks; NULL for columns */
	int target;            /* found: index of the target's name, or -1 */
	MatchNamesRule rule;   /* by which */
	int rival;             /* another name that found the same, or -1 */
} MatchName;

/* Find the names' targets.  last is the loosest rule that is tried. */
bool match_names_pair(MatchName *names, size_t n, const MatchTarget *targets,
    size_t n_targets, MatchNamesRule last, Error *err) MUST_CHECK;

/* The name of the target that is nearest to what is looked for, for messages;
 * NULL where none is near. */
const char *match_names_nearest(
    const MatchName *name, const MatchTarget *targets, size_t n_targets);

#endif
