/*
 * names: what tables, columns and indexes are called in PostgreSQL.
 *
 * A name folds to lower case as an unquoted name does there: ASCII letters
 * only, so that the result does not depend on a locale.  Three kinds of names
 * need more than that, and say so in `change`:
 *
 *	longer than 63 bytes	cut at a character and ended by "_" and eight
 *				hex digits of the whole folded name's SHA-256
 *	empty			"unnamed"
 *	a system column's	"xmin" becomes "xmin_"
 *
 * names_assign names all things of one namespace at once.  Folded names have
 * the first right to themselves; two that fold to the same are ERROR_USAGE.
 * Names that had to be changed take the first of name, name_2, name_3, ... that
 * is free, so they never stand in anybody's way.
 */
#ifndef TRANSFORM_NAMES_H
#define TRANSFORM_NAMES_H

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/error.h"

/* NAMEDATALEN - 1 of every PostgreSQL as it is built for people. */
#define NAMES_BYTES 63

typedef enum { NAMES_TABLE, NAMES_COLUMN, NAMES_INDEX } NamesKind;

typedef struct {
	const char *source; /* in SQLite */
	const char *name;   /* in PostgreSQL; set by names_assign */
	const char *change; /* NULL where it only folded, else why not */
} Name;

/* The names a namespace has given away; the zero value is an empty one. */
typedef struct {
	Buf entries; /* sorted */
} Names;

/* The name in lower case; NULL when memory is out. */
const char *names_fold(const char *source, Arena *arena, Error *err) MUST_CHECK;

/* Give each of the n names its PostgreSQL name.  ERROR_USAGE. */
bool names_assign(NamesKind kind, Name *names, size_t n, Names *taken,
    Arena *arena, Error *err) MUST_CHECK;

/*
 * Take a wanted name, shortened and numbered until it is free, for a thing
 * that has no name of its own.  NULL when memory is out; wanted may be NULL
 * for the same reason.
 */
const char *names_take(
    const char *wanted, Names *taken, Arena *arena, Error *err) MUST_CHECK;

/* Is the name given away? */
bool names_taken(const Names *taken, const char *name);

void names_free(Names *taken);

#endif
