/*
 * tuple: what a row takes in a PostgreSQL table, and its key in a B-tree index
 * (storage-page-layout, storage-toast, btree-implementation).
 */
#ifndef IMPORT_TUPLE_H
#define IMPORT_TUPLE_H

#include "formats/schema.h"
#include "formats/value.h"

/* What of a page takes rows; and entries of an index, which is built to 90 %.
 */
#define TUPLE_PAGE_BYTES      8192
#define TUPLE_PAGE_ROOM       8168
#define TUPLE_INDEX_PAGE_ROOM 7337

/* Bytes of one row with what points to it; toast grows by what is kept beside
 * the table. */
uint64_t tuple_size(const Table *table, const Value *row, uint64_t *toast);

/* Bytes of one entry without what points to it. */
uint64_t
tuple_key_size(const Table *table, const Index *index, const Value *row);

#endif
