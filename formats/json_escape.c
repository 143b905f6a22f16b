#include "formats/json_escape.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Four hex digits; false where there are none. */
static bool
read_unit(const uint8_t *at, const uint8_t *end, uint32_t *unit)
{
	uint8_t digit, letter;
	int i;

	if (end - at < 4)
		return false;
	for (*unit = 0, i = 0; i < 4; i++) {
		digit = (uint8_t)(at[i] - '0');
		letter = (uint8_t)((at[i] | 0x20) - 'a');
		if (digit > 9 && letter > 5)
			return false;
		*unit = *unit << 4 | (digit <= 9 ? digit : letter + 10u);
	}
	return true;
}

static uint8_t *
write_character(uint8_t *to, uint32_t code)
{
	if (code < 0x80) {
		*to++ = (uint8_t)code;
		return to;
	}
	if (code < 0x800) {
		*to++ = (uint8_t)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*to++ = (uint8_t)(0xe0 | code >> 12);
		} else {
			*to++ = (uint8_t)(0xf0 | code >> 18);
			*to++ = (uint8_t)(0x80 | (code >> 12 & 0x3f));
		}
		*to++ = (uint8_t)(0x80 | (code >> 6 & 0x3f));
	}
	*to++ = (uint8_t)(0x80 | (code & 0x3f));
	return to;
}

uint8_t *
json_escape_read(uint8_t *to, const uint8_t **at, const uint8_t *end)
{
	static const char escapes[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *escape;
	uint32_t unit, low;

	if (end - *at < 2)
		return NULL;
	if ((*at)[1] != 'u') {
		escape = memchr(escapes, (*at)[1], sizeof(escapes) - 1);
		if (escape == NULL)
			return NULL;
		*to++ = (uint8_t)meanings[escape - escapes];
		*at += 2;
		return to;
	}
	if (!read_unit(*at + 2, end, &unit))
		return NULL;
	*at += 6;
	if (unit >> 11 != 0xd800 >> 11)
		return write_character(to, unit);
	/* Half of a pair: the high one, and the low one behind it. */
	if (unit >= 0xdc00 || end - *at < 2 || (*at)[0] != '\\' ||
	    (*at)[1] != 'u' || !read_unit(*at + 2, end, &low) ||
	    low >> 10 != 0xdc00 >> 10)
		return NULL;
	*at += 6;
	return write_character(
	    to, 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff));
}
