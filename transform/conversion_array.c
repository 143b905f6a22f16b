#include "transform/conversion_array.h"

#include <assert.h>
#include <string.h>

#include "formats/json_escape.h"
#include "formats/literal.h"
#include "transform/cast_put.h"

bool
conversion_array_takes(const uint8_t *text, size_t size)
{
	bool string = false;
	uint8_t top;
	size_t depth = 0;

	if (literal_json(text, size, &top) != LITERAL_JSONB || top != '[')
		return false;
	for (size_t i = 0; i < size; i++) {
		if (string) {
			if (text[i] == '\\')
				i++;
			else
				string = text[i] != '"';
			continue;
		}
		string = text[i] == '"';
		if (text[i] == '[')
			depth++;
		if (text[i] == '{' || depth > 1)
			return false;
	}
	return true;
}

/* A string from its first quote to its last: its characters, and a backslash
 * before those that mean something to PostgreSQL.  Never longer than JSON's. */
static uint8_t *
write_string(uint8_t *to, const uint8_t **at, const uint8_t *end)
{
	uint8_t character[JSON_ESCAPE_BYTES];
	const uint8_t *past;

	*to++ = *(*at)++;
	while (**at != '"') {
		if (**at != '\\') {
			*to++ = *(*at)++;
			continue;
		}
		past = json_escape_read(character, at, end);
		assert(past != NULL);
		if (*character == '"' || *character == '\\')
			*to++ = '\\';
		for (const uint8_t *from = character; from < past; from++)
			*to++ = *from;
	}
	*to++ = *(*at)++;
	return to;
}

bool
conversion_array_put(Cast *cast, const Value *value, Value *out, Error *err)
{
	const uint8_t *at = value->bytes, *end = at + value->size;
	uint8_t *first = cast_put_room(cast, value->size, err);
	uint8_t *to = first;

	if (first == NULL)
		return false;
	while (at < end) {
		switch (*at) {
		case '"':
			to = write_string(to, &at, end);
			continue;
		case '[':
			*to++ = '{';
			break;
		case ']':
			*to++ = '}';
			break;
		case 'n':
			memcpy(to, "NULL", 4);
			to += 4;
			at += 3;
			break;
		case ' ':
		case '\t':
		case '\n':
		case '\r':
			break;
		default:
			*to++ = *at;
		}
		at++;
	}
	return cast_put_written(cast, (size_t)(to - first), out);
}
