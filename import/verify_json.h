/*
 * verify_json: one hash for all spellings of a jsonb.
 *
 * The server keeps a jsonb's meaning only (datatype-json, 8.14): blanks and the
 * order of keys go, of members with one key the last one stays, a string is
 * its characters however they were escaped, and a number is a decimal whose
 * exponent it writes out.  Numbers that are equal are the same here whatever
 * zeros they end in, as for the server's "=".
 */
#ifndef IMPORT_VERIFY_JSON_H
#define IMPORT_VERIFY_JSON_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/hash.h"

/* Room that is used again; the zero one is empty. */
typedef struct {
	Buf members; /* of objects and arrays that have begun */
	Buf text;    /* of a string or number */
} VerifyJson;

/* What is no JSON, or nests deeper than 1000 levels, counts as its bytes.
 * False only where memory is out. */
bool verify_json_hash(VerifyJson *json, const uint8_t *text, size_t size,
    Hash *hash, Error *err) MUST_CHECK;
void verify_json_free(VerifyJson *json);

#endif
