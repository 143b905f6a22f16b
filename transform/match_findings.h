/*
 * match_findings: what a match has to say: problems, which stop the run, and
 * notes, which do not.
 */
#ifndef TRANSFORM_MATCH_FINDINGS_H
#define TRANSFORM_MATCH_FINDINGS_H

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/error.h"

/* Texts live in the arena, the lists in their Bufs. */
typedef struct {
	Arena *arena;
	Buf problems, notes;  /* const char * */
	size_t naive_columns; /* whose times without a zone get one */
	const char *zone;     /* which; NULL: UTC */
} MatchFindings;

bool match_findings_problem(MatchFindings *findings, Error *err,
    const char *format, ...) MUST_CHECK __attribute__((format(printf, 3, 4)));
bool match_findings_note(MatchFindings *findings, Error *err,
    const char *format, ...) MUST_CHECK __attribute__((format(printf, 3, 4)));

/* The lists as arrays of the arena. */
bool match_findings_list(MatchFindings *findings, const Buf *list,
    const char ***texts, size_t *n, Error *err) MUST_CHECK;

void match_findings_free(MatchFindings *findings);

#endif
