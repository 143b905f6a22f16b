#include "import/flat.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char cut_mark[] = "...";

void
flat_put(char *out, size_t capacity, const char *text)
{
	size_t used = 0, room = capacity - sizeof cut_mark;
	bool cut;

	assert(capacity >= 16);
	for (; *text != '\0' && used < room; text++) {
		if (strchr(" \t\r\n", *text) == NULL)
			out[used++] = *text;
		else if (used > 0 && out[used - 1] != ' ')
			out[used++] = ' ';
	}
	cut = *text != '\0';
	/* The first bytes of a character whose others do not fit. */
	for (; cut && used > 0 && ((uint8_t)*text & 0xc0) == 0x80; text--)
		used--;
	while (used > 0 && strchr(" .", out[used - 1]) != NULL)
		used--;
	if (cut)
		memcpy(out + used, cut_mark, sizeof cut_mark);
	else
		out[used] = '\0';
}

void
flat_clean(unsigned char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (text[i] < 0x20 || text[i] == 0x7f)
			text[i] = '?';
		/* U+0080 to U+009F */
		if (i > 0 && text[i - 1] == 0xc2 && text[i] < 0xa0)
			text[i - 1] = text[i] = '?';
	}
}
