#include "formats/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "formats/utf8.h"

/* Context is cut here, so that a long name in it never pushes the reason that
 * follows it out of the text. */
#define CONTEXT_BYTES (ERROR_TEXT_BYTES / 2)

/* Is this character, size bytes long and valid, one a terminal acts upon?
 * C1 controls (U+0080 to U+009F) are what some take for ESC and a letter. */
static bool
is_control(const uint8_t *bytes, size_t size)
{
	if (size == 1)
		return bytes[0] < 0x20 || bytes[0] == 0x7f;
	return size == 2 && bytes[0] == 0xc2 && bytes[1] < 0xa0;
}

/* Bytes of the character at bytes; 0 where none is. */
static size_t
character_size(const uint8_t *bytes, size_t size)
{
	size_t n;

	for (n = 1; n <= 4 && n <= size; n++)
		if (utf8_valid_prefix(bytes, n) == n)
			return n;
	return 0;
}

/* Copy text to out with what must not reach a terminal as \xHH; what does not
 * fit is cut between two characters.  Returns the bytes written before NUL. */
static size_t
escape(const char *text, char *out, size_t room)
{
	const uint8_t *in;
	size_t left, n, used;

	in = (const uint8_t *)text;
	left = strlen(text);
	used = 0;
	while (left > 0) {
		n = character_size(in, left);
		if (n > 0 && !is_control(in, n)) {
			if (used + n >= room)
				break;
			memcpy(out + used, in, n);
			used += n;
		} else {
			if (used + 4 >= room)
				break;
			n = 1;
			snprintf(out + used, 5, "\\x%02x", in[0]);
			used += 4;
		}
		in += n;
		left -= n;
	}
	out[used] = '\0';
	return used;
}

/* vsnprintf, and where it had to cut, cut before the character it split. */
static void
print(char *out, size_t room, const char *format, va_list arguments)
{
	int written;
	size_t end, start;

	written = vsnprintf(out, room, format, arguments);
	if (written < 0) {
		out[0] = '\0';
		return;
	}
	if ((size_t)written < room)
		return;
	end = room - 1;
	start = end;
	while (start > 0 && end - start < 3 &&
	    ((uint8_t)out[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && (uint8_t)out[start - 1] >= 0xc0)
		start--;
	if (character_size((const uint8_t *)out + start, end - start) !=
	    end - start)
		out[start] = '\0';
}

bool
error_set(Error *err, ErrorKind kind, const char *format, ...)
{
	/* The arguments may point into err->text. */
	char text[ERROR_TEXT_BYTES];
	va_list arguments;

	va_start(arguments, format);
	print(text, sizeof(text), format, arguments);
	va_end(arguments);
	err->kind = kind;
	escape(text, err->text, sizeof(err->text));
	return false;
}

bool
error_set_errno(Error *err, ErrorKind kind, const char *format, ...)
{
	char text[ERROR_TEXT_BYTES], reason[128];
	va_list arguments;
	int number;

	number = errno;
	va_start(arguments, format);
	print(text, sizeof(text) - sizeof(reason), format, arguments);
	va_end(arguments);
	return error_set(err, kind, "%s: %s", text,
	    strerror_r(number, reason, sizeof(reason)));
}

bool
error_add(Error *err, const char *format, ...)
{
	char context[CONTEXT_BYTES], text[ERROR_TEXT_BYTES];
	va_list arguments;
	size_t used;

	va_start(arguments, format);
	print(context, sizeof(context), format, arguments);
	va_end(arguments);
	used = escape(context, text, CONTEXT_BYTES);
	text[used++] = ':';
	text[used++] = ' ';
	/* Escaped already; once more changes nothing and cuts cleanly. */
	escape(err->text, text + used, sizeof(text) - used);
	memcpy(err->text, text, sizeof(err->text));
	return false;
}
