#include "formats/base64.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t
base64_write(uint8_t *out, const uint8_t *bytes, size_t size)
{
	uint8_t *at = out;
	uint32_t group;
	size_t i, n;

	for (i = 0; i < size; i += 3) {
		n = size - i < 3 ? size - i : 3;
		group = (uint32_t)bytes[i] << 16;
		if (n > 1)
			group |= (uint32_t)bytes[i + 1] << 8;
		if (n > 2)
			group |= bytes[i + 2];
		*at++ = (uint8_t)digits[group >> 18];
		*at++ = (uint8_t)digits[group >> 12 & 63];
		*at++ = n > 1 ? (uint8_t)digits[group >> 6 & 63] : '=';
		*at++ = n > 2 ? (uint8_t)digits[group & 63] : '=';
	}
	return (size_t)(at - out);
}

/* 0 to 63, or 64. */
static uint8_t
digit_value(uint8_t byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return (uint8_t)(byte - 'A');
	if (byte >= 'a' && byte <= 'z')
		return (uint8_t)(byte - 'a' + 26);
	if (byte >= '0' && byte <= '9')
		return (uint8_t)(byte - '0' + 52);
	if (byte == '+')
		return 62;
	return byte == '/' ? 63 : 64;
}

bool
base64_read(const uint8_t *text, size_t size, bool padding_wanted, uint8_t *out,
    size_t *out_size)
{
	size_t n = size; /* digits */
	uint8_t *to = out;
	uint32_t group;
	uint8_t digit;
	size_t i, j;

	while (size - n < 2 && n > 0 && text[n - 1] == '=')
		n--;
	/* One digit alone holds no byte. */
	if ((size % 4 != 0 && (padding_wanted || n < size)) || n % 4 == 1)
		return false;
	for (i = 0; i < n; i += 4) {
		for (group = 0, j = i; j < i + 4; j++) {
			digit = j < n ? digit_value(text[j]) : 0;
			if (digit > 63)
				return false;
			group = group << 6 | digit;
		}
		/* Bits behind the last byte stand for nothing. */
		if ((n - i == 2 && (group & 0xffff) != 0) ||
		    (n - i == 3 && (group & 0xff) != 0))
			return false;
		*to++ = (uint8_t)(group >> 16);
		if (n - i > 2)
			*to++ = (uint8_t)(group >> 8);
		if (n - i > 3)
			*to++ = (uint8_t)group;
	}
	*out_size = (size_t)(to - out);
	return true;
}
