/*
 * infer: which PostgreSQL type a column gets, and why.
 *
 * The declared type says what was meant, the evidence what is there.  A type is
 * taken only when every value of the column fits it; the first of these wins:
 *
 *	what the declared type means	BOOLEAN -> boolean, then bigint;
 *					DATE -> date, then timestamptz; ...
 *	what the storage classes are	all INTEGER -> bigint; with REAL ->
 *					double precision while no integer is
 *					rounded, else numeric; no BLOB -> text;
 *					else bytea
 *
 * Without evidence, and where a column holds nothing but NULL, the declared type
 * decides alone; without evidence never with a length or precision.  Whatever
 * infer_holds says of a type, cast.h does: with evidence only text that no
 * PostgreSQL text can be (NUL, invalid UTF-8) is left to be set aside.
 */
#ifndef TRANSFORM_INFER_H
#define TRANSFORM_INFER_H

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/profile.h"
#include "formats/schema.h"
#include "formats/type.h"

typedef struct {
	Type type;
	const char *reason; /* a sentence without its subject */
	const char *note;   /* what a user should know; NULL for nothing */
} Inference;

/* What the table says of a column besides its declared type. */
typedef enum {
	INFER_PLAIN, /* nothing */
	INFER_ROWID, /* it is the INTEGER PRIMARY KEY */
	INFER_JSON,  /* a check wants valid JSON (json_check.h) */
} InferRole;

/* Decide for one column; profile is NULL where there is no evidence. */
bool
infer_column(const Column *column, InferRole role, const ColumnProfile *profile,
    Arena *arena, Inference *inference, Error *err) MUST_CHECK;

/* Can every value of the column be cast to the type (text that is no text set
 * aside)?  Without evidence (NULL) only where that is so of any value the
 * column's own type can have: the caller decides. */
bool infer_holds(Type type, const ColumnProfile *profile);

/*
 * The type two columns should share so that one can refer to the other: the
 * parent's, else the child's, else text.  False where there is none.
 * Profiles may be NULL.
 */
bool infer_common(Type parent, const ColumnProfile *parent_profile, Type child,
    const ColumnProfile *child_profile, Type *common);

/* How many values the evidence knows not to fit the type; false where it does
 * not count that. */
bool infer_misfits(Type type, const ColumnProfile *profile, uint64_t *misfits);

/* Non-NULL values. */
uint64_t infer_values(const ColumnProfile *profile);

#endif
