/*
 * suggest_evidence: why a column has its type, as comments of a suggested
 * mapping file.
 */
#ifndef TRANSFORM_SUGGEST_EVIDENCE_H
#define TRANSFORM_SUGGEST_EVIDENCE_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "transform/rewrite.h"

/* Append comments for a column of the target: the reason for its type, what its
 * values are, and what else they may mean. */
bool suggest_evidence_put(const Rewrite *rewrite, size_t table, size_t column,
    int indentation, Buf *out, Error *err) MUST_CHECK;

#endif
