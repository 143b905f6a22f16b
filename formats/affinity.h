/*
 * affinity: what a CSV field means in a column of SQLite, and whether a value
 * comes back from its field as what it was (rows_csv.h, "Exactness").
 *
 * A canonical integer is number_read_integer's form.  A canonical real is what
 * number_write_real writes for a finite double: SQLite takes "Infinity" for
 * TEXT, so does the reader, and an infinite REAL is not exact.
 */
#ifndef FORMATS_AFFINITY_H
#define FORMATS_AFFINITY_H

#include "formats/value.h"

/*
 * Does the value come back from its CSV field as the same value of the same
 * class, and would SQLite, storing the field's text in such a column, make the
 * same of it?  (A BLOB comes back by our own rule; SQLite sees text there.)
 * Whether TEXT is UTF-8 is not asked here.
 */
bool affinity_is_exact(Affinity affinity, const Value *value);

/*
 * The value of a field that is not NULL.  TEXT and BLOB borrow text; a BLOB is
 * decoded where its digits stand.
 */
void affinity_read(Affinity affinity, uint8_t *text, size_t size, Value *value);

#endif
