/*
 * json: documents (schema, manifest, profile), by jansson; not for rows.
 *
 * Writing is ours and goes straight into a Buf, keys in the order of the calls,
 * so that the same document is the same bytes:
 *
 *	JsonWriter json = { .out = &buf };
 *	json_begin_object(&json, NULL);
 *	json_put_text(&json, "name", table->name);
 *	json_begin_array(&json, "columns");
 *	...
 *	json_end(&json); json_end(&json);
 *	if (!json_finish(&json, err)) ...
 *
 * A writer remembers its first failure; json_finish reports it.  Each member
 * and element has a line of its own down to the depth `lines` (0: all in one
 * line); no line break stands at the end.
 *
 * Reading is strict: UTF-8, no duplicate keys, no trailing bytes, bounded
 * depth; unknown and missing keys are errors.  What an object may hold is a
 * table of JsonField; values land in a struct at their offsets.
 */
#ifndef FORMATS_JSON_H
#define FORMATS_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/error.h"

#define JSON_DEPTH 80

typedef struct {
	Buf *out;
	unsigned lines; /* depth down to which lines break */
	unsigned depth;
	bool started[JSON_DEPTH]; /* something stands before at a depth */
	char close[JSON_DEPTH];
	bool failed;
	Error err;
} JsonWriter;

/* key is NULL inside an array and at the top. */
void json_begin_object(JsonWriter *json, const char *key);
void json_begin_array(JsonWriter *json, const char *key);
void json_end(JsonWriter *json);
void json_put_text(JsonWriter *json, const char *key, const char *text);
/* Text of a known size that may be any bytes: invalid UTF-8 and NUL become
 * U+FFFD, for evidence and messages only. */
void json_put_bytes(
    JsonWriter *json, const char *key, const uint8_t *bytes, size_t size);
void json_put_integer(JsonWriter *json, const char *key, int64_t value);
/* What JSON has no number for is a text: "Infinity", "-Infinity", "NaN". */
void json_put_real(JsonWriter *json, const char *key, double value);
void json_put_bool(JsonWriter *json, const char *key, bool value);
void json_put_null(JsonWriter *json, const char *key);
/* True when all calls succeeded and everything opened was closed. */
bool json_finish(JsonWriter *json, Error *err) MUST_CHECK;

/*
 * Append text as a JSON string, quotes included.  Text must be valid UTF-8;
 * only what RFC 8259 demands is escaped.  Used by documents and NDJSON rows.
 */
bool json_put_string(
    Buf *out, const uint8_t *text, size_t size, Error *err) MUST_CHECK;

typedef struct JsonDocument JsonDocument;
typedef struct JsonNode JsonNode; /* borrowed from its document */

/*
 * Parse a whole document.  what names it in errors ("schema.json"), which are
 * ERROR_DUMP with line and column.  *document is owned by the caller.
 */
bool json_parse(const uint8_t *bytes, size_t size, const char *what,
    JsonDocument **document, Error *err) MUST_CHECK;
void json_free(JsonDocument *document);
const JsonNode *json_root(const JsonDocument *document);

typedef enum {
	JSON_TEXT,    /* const char * (copied into the arena) */
	JSON_INTEGER, /* int64_t */
	JSON_COUNT,   /* uint64_t: an integer that is not negative */
	JSON_REAL,    /* double; an integer is accepted, and "Infinity" */
	JSON_BOOL,    /* bool */
	JSON_NODE,    /* const JsonNode *: an object or array to be read */
} JsonKind;

typedef struct {
	const char *key;
	JsonKind kind;
	bool optional; /* absent or null leaves the struct as it is */
	size_t offset; /* of the member in the struct */
} JsonField;

/*
 * Read an object's members into *out.  where names the object in errors
 * ("schema.json, table 3").  A key that fields does not have, a missing one
 * that is not optional, or a value of another kind is ERROR_DUMP.
 */
bool
json_read(const JsonNode *object, const char *where, const JsonField *fields,
    size_t n_fields, void *out, Arena *arena, Error *err) MUST_CHECK;

/* Elements of an array node; 0 for NULL.  ERROR_DUMP if it is no array. */
bool json_array_count(
    const JsonNode *array, const char *where, size_t *n, Error *err) MUST_CHECK;
const JsonNode *json_array_at(const JsonNode *array, size_t i);
/* Scalars as array elements. */
bool json_node_text(const JsonNode *node, const char *where, const char **text,
    Arena *arena, Error *err) MUST_CHECK;
bool json_node_integer(const JsonNode *node, const char *where, int64_t *value,
    Error *err) MUST_CHECK;

#endif
