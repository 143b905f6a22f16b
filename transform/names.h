/*
 * names: what tables, columns and indexes are called in PostgreSQL.
 *
 * By default a name folds to lower case as an unquoted name does there: ASCII
 * letters only, so that the result does not depend on a locale.  It may be kept
 * as it is instead, or made snake_case: "CustomerID" is customer_id, "HTTPHost"
 * http_host, "due date" due_date.  Three kinds of names need more than that,
 * and say so in `change`:
 *
 *	longer than 63 bytes	cut at a character and ended by "_" and eight
 *				hex digits of the whole folded name's SHA-256
 *	empty			"unnamed"
 *	a system column's	"xmin" becomes "xmin_"
 *
 * names_assign names many things at once, each in the set of names it belongs
 * to.  What a user asks for goes before all, then names that only followed the
 * naming; two that come to the same name are ERROR_USAGE.  Names that had to be
 * changed take the first of name, name_2, name_3, ... that is free, so they
 * never stand in anybody's way.
 */
#ifndef TRANSFORM_NAMES_H
#define TRANSFORM_NAMES_H

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/error.h"

/* NAMEDATALEN - 1 of every PostgreSQL as it is built for people. */
#define NAMES_BYTES 63

typedef enum { NAMES_TABLE, NAMES_COLUMN, NAMES_INDEX } NamesKind;

/* How names are made that nobody asks for. */
typedef enum { NAMING_FOLD, NAMING_KEEP, NAMING_SNAKE_CASE } Naming;

/* The names a namespace has given away; the zero value is an empty one. */
typedef struct {
	Buf entries; /* sorted */
} Names;

typedef struct {
	const char *source; /* in SQLite */
	const char *wanted; /* as the user asks; NULL: by the naming */
	const char *place;  /* how messages begin, "app.yaml:4:7"; or NULL */
	Names *taken;       /* where it must be the only one */
	const char *name;   /* in PostgreSQL; set by names_assign */
	const char *change; /* NULL where it only followed, else why not */
} Name;

/* The name in lower case, or as the naming has it; NULL when memory is out. */
const char *names_fold(const char *source, Arena *arena, Error *err) MUST_CHECK;
const char *names_make(
    Naming naming, const char *source, Arena *arena, Error *err) MUST_CHECK;

/* Give each of the n names its PostgreSQL name.  ERROR_USAGE where two come to
 * one, or PostgreSQL does not take what the user asks for. */
bool names_assign(NamesKind kind, Naming naming, Name *names, size_t n,
    Arena *arena, Error *err) MUST_CHECK;

/* Must the name be quoted although it looks like a plain one, because it is a
 * word of the language (sql-keywords-appendix)? */
bool names_reserved(const char *name);

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
