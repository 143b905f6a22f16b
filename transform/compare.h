/*
 * compare: two terms compared as SQLite does (datatype3.html sections 4 and
 * 7.1); for the files of translator.h.
 */
#ifndef TRANSFORM_COMPARE_H
#define TRANSFORM_COMPARE_H

#include "transform/term.h"

/* operation is SQLEXPR_EQ to SQLEXPR_GE.  With affinity, as operators compare;
 * without, as functions do. */
bool compare_terms(Translator *translator, SqlOperator operation,
    const Term pair[2], bool affinity, const Formula **condition);

/* Text so that PostgreSQL compares it as the collation does; order: for more
 * than equality.  NULL where there is no such collation, which is refused. */
const Formula *compare_collated(Translator *translator, const Formula *text,
    const char *collation, bool order);

/* The collation of a comparison. */
const char *compare_collation(const Term *left, const Term *right);

#endif
