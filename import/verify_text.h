/*
 * verify_text: values in messages about differences.
 */
#ifndef IMPORT_VERIFY_TEXT_H
#define IMPORT_VERIFY_TEXT_H

#include "import/verify_row.h"
#include "import/verify_table.h"

/* Append a value of COPY's binary form as the text form that a dump has
 * (formats/FORMAT.md, "PostgreSQL text forms"); what is no such value, and of
 * TYPE_COUNT, as its bytes in hex.  NULL is "NULL". */
bool verify_text_put(
    Buf *out, TypeName type, const VerifyField *field, Error *err) MUST_CHECK;

/* Append a text so that a line holds it: 'quoted', of a long one the part from
 * around byte at on. */
bool verify_text_put_cut(Buf *out, const uint8_t *text, size_t size, size_t at,
    Error *err) MUST_CHECK;

/* Append "the dump has 'a', the target 'b'", of long texts the part where they
 * differ; one that is NULL is so. */
bool verify_text_put_pair(
    Buf *out, const Buf *dump, const Buf *target, Error *err) MUST_CHECK;

/* Append "table "t", key (a, b)=(1, 2)": where a row is that differs. */
bool verify_text_put_key(Buf *out, const VerifyTable *table, const Buf *values,
    Error *err) MUST_CHECK;

#endif
