#include "formats/json.h"

#include <math.h>
#include <string.h>

/* Two names of ours are jansson's as well, in an enum that is not used here
 * but through json_typeof. */
#define JSON_INTEGER JANSSON_INTEGER
#define JSON_REAL    JANSSON_REAL
#include <jansson.h>
#undef JSON_INTEGER
#undef JSON_REAL

#include "formats/number.h"
#include "formats/utf8.h"
#include "formats/words.h"

/* So much text is escaped at a time, room for its worst case reserved. */
#define ESCAPE_BYTES 4096
/* "\u001f" is the longest escape. */
#define ESCAPE_FACTOR 6

/* A byte that RFC 8259 section 7 wants escaped. */
static bool
is_escaped(uint8_t byte)
{
	return byte < 0x20 || byte == '"' || byte == '\\';
}

/* Is there such a byte among eight? */
static bool
has_escaped(uint64_t word)
{
	return (word_below(word, 0x20) | word_matches(word, '"') |
		   word_matches(word, '\\')) != 0;
}

/* Write the escape of a byte that needs one; room has been reserved. */
static void
add_escape(Buf *out, uint8_t byte)
{
	static const char letters[32] = { ['\b'] = 'b',
		['\t'] = 't',
		['\n'] = 'n',
		['\f'] = 'f',
		['\r'] = 'r' };
	static const char hex[17] = "0123456789abcdef";

	buf_add_byte(out, '\\');
	if (byte >= 0x20) {
		buf_add_byte(out, byte);
	} else if (letters[byte] != '\0') {
		buf_add_byte(out, (uint8_t)letters[byte]);
	} else {
		buf_add(out, "u00", 3);
		buf_add_byte(out, (uint8_t)hex[byte >> 4]);
		buf_add_byte(out, (uint8_t)hex[byte & 15]);
	}
}

/* Append text of at most ESCAPE_BYTES; room has been reserved. */
static void
add_escaped(Buf *out, const uint8_t *text, size_t size)
{
	size_t i;

	i = 0;
	while (i < size) {
		if (size - i >= WORD_BYTES &&
		    !has_escaped(word_load(text + i))) {
			buf_add(out, text + i, WORD_BYTES);
			i += WORD_BYTES;
			continue;
		}
		if (is_escaped(text[i]))
			add_escape(out, text[i]);
		else
			buf_add_byte(out, text[i]);
		i++;
	}
}

/* Append text escaped, without quotes. */
static bool
put_escaped(Buf *out, const uint8_t *text, size_t size, Error *err)
{
	size_t part;

	while (size > 0) {
		part = size < ESCAPE_BYTES ? size : ESCAPE_BYTES;
		if (!buf_reserve(out, part * ESCAPE_FACTOR, err))
			return false;
		add_escaped(out, text, part);
		text += part;
		size -= part;
	}
	return true;
}

bool
json_put_string(Buf *out, const uint8_t *text, size_t size, Error *err)
{
	/* Most strings are short: room for the worst case and the quotes in one
	 * go. */
	if (size <= ESCAPE_BYTES) {
		if (!buf_reserve(out, size * ESCAPE_FACTOR + 2, err))
			return false;
		buf_add_byte(out, '"');
		add_escaped(out, text, size);
		buf_add_byte(out, '"');
		return true;
	}
	return buf_put(out, "\"", 1, err) &&
	    put_escaped(out, text, size, err) && buf_put(out, "\"", 1, err);
}

static void
fail(JsonWriter *json, const char *reason)
{
	if (!json->failed)
		error_set(&json->err, ERROR_FAILED,
		    "JSON cannot be written: %s", reason);
	json->failed = true;
}

/* Append bytes unless something failed before. */
static void
put(JsonWriter *json, const void *bytes, size_t size)
{
	if (!json->failed)
		json->failed = !buf_put(json->out, bytes, size, &json->err);
}

/* A new line, indented by the depth, where lines still break. */
static void
break_line(JsonWriter *json)
{
	unsigned i;

	put(json, "\n", 1);
	for (i = 0; i < json->depth; i++)
		put(json, " ", 1);
}

/* What stands before a value: comma, line break, key. */
static void
begin_value(JsonWriter *json, const char *key)
{
	bool in_object;

	in_object = json->depth > 0 && json->close[json->depth - 1] == '}';
	if (in_object != (key != NULL))
		fail(json, "a key stands outside of an object, or none in it");
	if (json->depth == 0)
		return;
	if (json->started[json->depth - 1])
		put(json, ",", 1);
	json->started[json->depth - 1] = true;
	if (json->depth <= json->lines)
		break_line(json);
	if (key == NULL || json->failed)
		return;
	json->failed = !json_put_string(
	    json->out, (const uint8_t *)key, strlen(key), &json->err);
	put(json, ":", 1);
}

static void
begin(JsonWriter *json, const char *key, const char *open, char close)
{
	begin_value(json, key);
	put(json, open, 1);
	if (json->depth == JSON_DEPTH) {
		fail(json, "it is nested too deeply");
		return;
	}
	json->started[json->depth] = false;
	json->close[json->depth] = close;
	json->depth++;
}

void
json_begin_object(JsonWriter *json, const char *key)
{
	begin(json, key, "{", '}');
}

void
json_begin_array(JsonWriter *json, const char *key)
{
	begin(json, key, "[", ']');
}

void
json_end(JsonWriter *json)
{
	bool broken;

	if (json->depth == 0) {
		fail(json, "more is closed than was opened");
		return;
	}
	broken = json->started[json->depth - 1] && json->depth <= json->lines;
	json->depth--;
	if (broken)
		break_line(json);
	put(json, &json->close[json->depth], 1);
}

void
json_put_text(JsonWriter *json, const char *key, const char *text)
{
	size_t size;

	size = strlen(text);
	begin_value(json, key);
	/* It would be a document that nobody reads again. */
	if (utf8_valid_prefix((const uint8_t *)text, size) != size)
		fail(json, "a text is not UTF-8");
	if (!json->failed)
		json->failed = !json_put_string(
		    json->out, (const uint8_t *)text, size, &json->err);
}

void
json_put_bytes(
    JsonWriter *json, const char *key, const uint8_t *bytes, size_t size)
{
	const uint8_t *nul;
	size_t part;

	begin_value(json, key);
	put(json, "\"", 1);
	while (size > 0 && !json->failed) {
		part = utf8_valid_prefix(bytes, size);
		nul = part > 0 ? memchr(bytes, 0, part) : NULL;
		if (nul != NULL)
			part = (size_t)(nul - bytes);
		json->failed = !put_escaped(json->out, bytes, part, &json->err);
		bytes += part;
		size -= part;
		if (size == 0)
			break;
		put(json, "\xef\xbf\xbd", 3);
		bytes++;
		size--;
	}
	put(json, "\"", 1);
}

void
json_put_integer(JsonWriter *json, const char *key, int64_t value)
{
	uint8_t text[NUMBER_INTEGER_BYTES];

	begin_value(json, key);
	put(json, text, number_write_integer(text, value));
}

void
json_put_real(JsonWriter *json, const char *key, double value)
{
	uint8_t text[NUMBER_REAL_BYTES];
	size_t size;

	begin_value(json, key);
	size = number_write_real(text, value);
	if (isfinite(value)) {
		put(json, text, size);
		return;
	}
	put(json, "\"", 1);
	put(json, text, size);
	put(json, "\"", 1);
}

void
json_put_bool(JsonWriter *json, const char *key, bool value)
{
	begin_value(json, key);
	put(json, value ? "true" : "false", value ? 4 : 5);
}

void
json_put_null(JsonWriter *json, const char *key)
{
	begin_value(json, key);
	put(json, "null", 4);
}

bool
json_finish(JsonWriter *json, Error *err)
{
	if (json->depth > 0)
		fail(json, "not everything that was opened was closed");
	if (json->failed)
		*err = json->err;
	return !json->failed;
}

/* A document and a node are jansson's values under names of ours. */
static const json_t *
value_of(const JsonNode *node)
{
	return (const json_t *)node;
}

bool
json_parse(const uint8_t *bytes, size_t size, const char *what,
    JsonDocument **document, Error *err)
{
	json_error_t error;
	json_t *root;

	/* Bounds the depth too (JSON_PARSER_MAX_DEPTH, 2048), and refuses NUL
	 * in strings and numbers beyond int64 and double. */
	root = json_loadb(
	    (const char *)bytes, size, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL && json_error_code(&error) == json_error_out_of_memory)
		return error_set(
		    err, ERROR_FAILED, "out of memory for reading %s", what);
	if (root == NULL)
		return error_set(err, ERROR_DUMP, "%s: line %d, column %d: %s",
		    what, error.line, error.column, error.text);
	*document = (JsonDocument *)root;
	return true;
}

void
json_free(JsonDocument *document)
{
	json_decref((json_t *)document);
}

const JsonNode *
json_root(const JsonDocument *document)
{
	return (const JsonNode *)document;
}

/* What a value is, in words for a message. */
static const char *
kind_found(const json_t *value)
{
	if (value == NULL)
		return "nothing";
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a text";
	case JANSSON_INTEGER:
		return json_integer_value(value) < 0 ? "a negative integer"
						     : "an integer";
	case JANSSON_REAL:
		return "a real";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		return "null";
	}
	return "unknown";
}

static bool
is_integer(const json_t *value)
{
	return value != NULL && json_typeof(value) == JANSSON_INTEGER;
}

/* A number, or the text of one that JSON has no number for. */
static bool
real_of(const json_t *value, double *real)
{
	const char *text;

	if (is_integer(value)) {
		*real = (double)json_integer_value(value);
		return true;
	}
	if (value != NULL && json_typeof(value) == JANSSON_REAL) {
		*real = json_real_value(value);
		return true;
	}
	if (!json_is_string(value))
		return false;
	text = json_string_value(value);
	return number_read_real(
		   (const uint8_t *)text, json_string_length(value), real) &&
	    !isfinite(*real);
}

static const char *
kind_wanted(JsonKind kind)
{
	static const char *const wanted[] = {
		[JSON_TEXT] = "a text",
		[JSON_INTEGER] = "an integer",
		[JSON_COUNT] = "a count",
		[JSON_REAL] = "a real",
		[JSON_BOOL] = "a boolean",
		[JSON_NODE] = "an object or array",
	};

	return wanted[kind];
}

static bool
is_kind(const json_t *value, JsonKind kind)
{
	double real;

	switch (kind) {
	case JSON_TEXT:
		return json_is_string(value);
	case JSON_INTEGER:
		return is_integer(value);
	case JSON_COUNT:
		return is_integer(value) && json_integer_value(value) >= 0;
	case JSON_REAL:
		return real_of(value, &real);
	case JSON_BOOL:
		return json_is_boolean(value);
	case JSON_NODE:
		return json_is_object(value) || json_is_array(value);
	}
	return false;
}

/* Put a value that is of the field's kind into the struct. */
static bool
store(const json_t *value, const JsonField *field, void *out, Arena *arena,
    Error *err)
{
	uint8_t *at;
	const char *text;
	int64_t integer;
	double real;
	bool flag;

	at = (uint8_t *)out + field->offset;
	switch (field->kind) {
	case JSON_TEXT:
		text = arena_text(arena, json_string_value(value), err);
		if (text == NULL)
			return false;
		memcpy(at, &text, sizeof(text));
		break;
	case JSON_INTEGER:
	case JSON_COUNT:
		/* The same bits, as it is not negative. */
		integer = json_integer_value(value);
		memcpy(at, &integer, sizeof(integer));
		break;
	case JSON_REAL:
		if (real_of(value, &real))
			memcpy(at, &real, sizeof(real));
		break;
	case JSON_BOOL:
		flag = json_is_true(value);
		memcpy(at, &flag, sizeof(flag));
		break;
	case JSON_NODE:
		memcpy(at, &value, sizeof(void *));
		break;
	}
	return true;
}

/* ERROR_DUMP where the object has a key that fields does not have. */
static bool
check_keys(const json_t *object, const char *where, const JsonField *fields,
    size_t n_fields, Error *err)
{
	const char *key;
	void *at;
	size_t i;

	/* jansson's iterators take the object without const and leave it be. */
	at = json_object_iter((json_t *)(uintptr_t)object);
	while (at != NULL) {
		key = json_object_iter_key(at);
		for (i = 0; i < n_fields; i++)
			if (strcmp(fields[i].key, key) == 0)
				break;
		if (i == n_fields)
			return error_set(err, ERROR_DUMP,
			    "%s: key \"%s\" is not known", where, key);
		at = json_object_iter_next((json_t *)(uintptr_t)object, at);
	}
	return true;
}

bool
json_read(const JsonNode *object, const char *where, const JsonField *fields,
    size_t n_fields, void *out, Arena *arena, Error *err)
{
	const json_t *from, *value;
	size_t i;

	from = value_of(object);
	if (!json_is_object(from))
		return error_set(err, ERROR_DUMP, "%s is %s, not an object",
		    where, kind_found(from));
	if (!check_keys(from, where, fields, n_fields, err))
		return false;
	for (i = 0; i < n_fields; i++) {
		value = json_object_get(from, fields[i].key);
		if (fields[i].optional &&
		    (value == NULL || json_is_null(value)))
			continue;
		if (value == NULL)
			return error_set(err, ERROR_DUMP,
			    "%s: key \"%s\" is missing", where, fields[i].key);
		if (!is_kind(value, fields[i].kind))
			return error_set(err, ERROR_DUMP,
			    "%s: \"%s\" is %s, not %s", where, fields[i].key,
			    kind_found(value), kind_wanted(fields[i].kind));
		if (!store(value, &fields[i], out, arena, err))
			return false;
	}
	return true;
}

bool
json_array_count(
    const JsonNode *array, const char *where, size_t *n, Error *err)
{
	if (array != NULL && !json_is_array(value_of(array)))
		return error_set(err, ERROR_DUMP, "%s is %s, not an array",
		    where, kind_found(value_of(array)));
	*n = json_array_size(value_of(array));
	return true;
}

const JsonNode *
json_array_at(const JsonNode *array, size_t i)
{
	return (const JsonNode *)json_array_get(value_of(array), i);
}

bool
json_node_text(const JsonNode *node, const char *where, const char **text,
    Arena *arena, Error *err)
{
	const char *copy;

	if (!json_is_string(value_of(node)))
		return error_set(err, ERROR_DUMP, "%s is %s, not a text", where,
		    kind_found(value_of(node)));
	copy = arena_text(arena, json_string_value(value_of(node)), err);
	if (copy == NULL)
		return false;
	*text = copy;
	return true;
}

bool
json_node_integer(
    const JsonNode *node, const char *where, int64_t *value, Error *err)
{
	if (!is_integer(value_of(node)))
		return error_set(err, ERROR_DUMP, "%s is %s, not an integer",
		    where, kind_found(value_of(node)));
	*value = json_integer_value(value_of(node));
	return true;
}
