/*
 * document: what schema.json, profile.json and manifest.json have in common:
 * the two keys they begin with, the dialect, and the source.
 *
 * A document begins with "format" and "version", in this order, so that a
 * newer version is recognised before its unknown keys are.
 */
#ifndef FORMATS_DOCUMENT_H
#define FORMATS_DOCUMENT_H

#include "formats/json.h"
#include "formats/schema.h"

/* Open the document's object and put its first keys. */
void document_begin(JsonWriter *json, Dialect dialect);

/*
 * Check the first two keys.  ERROR_DUMP where they are not there ("is not a
 * litehaul document") or the version is not one we read ("written by a newer
 * litehaul").
 */
bool document_check(
    const uint8_t *bytes, size_t size, const char *what, Error *err) MUST_CHECK;

const char *document_dialect_name(Dialect dialect); /* "sqlite" */
bool document_parse_dialect(const char *text, const char *what,
    Dialect *dialect, Error *err) MUST_CHECK;

void document_put_source(JsonWriter *json, const Source *source);
bool document_read_source(const JsonNode *node, const char *where,
    Source *source, Arena *arena, Error *err) MUST_CHECK;
bool document_source_equal(const Source *one, const Source *other);

#endif
