/*
 * status_table: loads as a table for people, and what they should know of them.
 */
#ifndef IMPORT_STATUS_TABLE_H
#define IMPORT_STATUS_TABLE_H

#include "import/status.h"

/* Columns in which no load has anything are left out; long values are cut. */
bool
status_table_put(const StatusLoads *loads, Buf *out, Error *err) MUST_CHECK;

#endif
