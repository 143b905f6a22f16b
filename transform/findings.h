/*
 * findings: the evidence of a column as lines for people: what its values are,
 * and of each hypothesis how many fit and the first that does not.
 *
 *	12 null, 43,868 integer (1 to 90), 3 text (at most 3 characters, 3 bytes)
 *	bigint: 43,868 of 43,871 fit, first other 'N/A' (text) at rowid 17
 *	unix_ms, Unix milliseconds (2010 to 2025): all 9 fit
 *	uuids: 12 lower, 3 bare
 *	texts: 2 empty, first '' (text) at rowid 9
 *
 * The lines serve --explain, and --suggest as comments.
 */
#ifndef TRANSFORM_FINDINGS_H
#define TRANSFORM_FINDINGS_H

#include <stddef.h>

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/profile.h"
#include "formats/schema.h"

/*
 * The lines, in an order that depends on the evidence alone; of the arena, with
 * no control characters: those are escaped as "\n" or "\x1b".  profile may be NULL:
 * then there is one line that says so.
 */
bool findings_list(const Column *column, const ColumnProfile *profile,
    Arena *arena, const char ***lines, size_t *n, Error *err) MUST_CHECK;

/* "'N/A' (text) at rowid 17", escaped in the same way; NULL when memory is out.
 * The counter's row is not 0. */
const char *
findings_value(const Counter *counter, Arena *arena, Error *err) MUST_CHECK;

#endif
