/*
 * match_evidence: can a column of an existing schema take what a column of the
 * dump holds, and what to do where it cannot.
 */
#ifndef TRANSFORM_MATCH_EVIDENCE_H
#define TRANSFORM_MATCH_EVIDENCE_H

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/profile.h"
#include "formats/schema.h"
#include "formats/type.h"

typedef enum {
	MATCH_FITS,
	MATCH_UNSURE, /* the evidence cannot tell: rows will */
	MATCH_MISFITS
} MatchVerdict;

/* By the type alone: what infer_holds says, and what it leaves open. */
MatchVerdict match_evidence_judge(
    Type type, const Column *column, const ColumnProfile *profile);

/* Why the evidence cannot tell: the verdict was MATCH_UNSURE. */
const char *match_evidence_doubt(TypeName name);

/*
 * What does not fit: "3 of 43,871 values do not fit, first 'N/A' (text) at
 * rowid 17", "the integers run from 1 to 5000000000"; the verdict was
 * MATCH_MISFITS.  NULL when memory is out.
 */
const char *match_evidence_describe(Type type, const ColumnProfile *profile,
    Arena *arena, Error *err) MUST_CHECK;

/* What to write in the mapping, or to do instead; NULL when memory is out. */
const char *match_evidence_advise(Type type, const Column *column,
    const ColumnProfile *profile, Arena *arena, Error *err) MUST_CHECK;

/* The column's name in SQL inside a YAML text in double quotes: age,
 * \"due date\". */
const char *
match_evidence_name(const char *column, Arena *arena, Error *err) MUST_CHECK;

#endif
