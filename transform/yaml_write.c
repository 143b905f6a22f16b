#include "transform/yaml_write.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "formats/utf8.h"

/* Less than 1024 characters, quotes and escapes included, of any reader. */
#define KEY_BYTES 1000

#define REPLACEMENT 0xfffd

/* The character at the text, which is not at its end; *size is its bytes. */
static uint32_t
decode(const char *text, size_t *size)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t left = strnlen(text, 4), n = 1;
	uint32_t character;

	while (n < left && utf8_valid_prefix(at, n) != n)
		n++;
	if (utf8_valid_prefix(at, n) != n) {
		*size = 1;
		return REPLACEMENT;
	}
	*size = n;
	if (n == 1)
		return at[0];
	/* The lead byte has n ones, a zero, then bits. */
	character = at[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++)
		character = character << 6 | (at[i] & 0x3fu);
	return character;
}

/* Not a control, line break (YAML 1.1 has some more), byte order mark or
 * what is no character. */
static bool
is_printable(uint32_t character)
{
	if (character < 0xa0)
		return character >= ' ' && character < 0x7f;
	return character != 0x2028 && character != 0x2029 &&
	    character != 0xfeff && (character & 0xfffe) != 0xfffe;
}

static bool
put_escape(Buf *out, uint32_t character, Error *err)
{
	if (character == '\n' || character == '\t')
		return buf_put_text(
		    out, character == '\n' ? "\\n" : "\\t", err);
	if (character < 0x100)
		return buf_put_format(out, err, "\\x%02x", character);
	if (character < 0x10000)
		return buf_put_format(out, err, "\\u%04x", character);
	return buf_put_format(out, err, "\\U%08x", character);
}

/* Append the text with what is not printable escaped, and what marks a string's
 * end where marks is. */
static bool
put_escaped(Buf *out, const char *text, bool marks, Error *err)
{
	size_t size;

	for (; *text != '\0'; text += size) {
		uint32_t character = decode(text, &size);
		bool ok;

		if (marks && (character == '"' || character == '\\'))
			ok = buf_put_format(out, err, "\\%c", (char)character);
		else if (!is_printable(character))
			ok = put_escape(out, character, err);
		else if (character == REPLACEMENT)
			ok = buf_put_text(out, "\xef\xbf\xbd", err);
		else
			ok = buf_put(out, text, size, err);
		if (!ok)
			return false;
	}
	return true;
}

/* A word, and none that some reader takes for something else. */
static bool
is_word(const char *text)
{
	static const char *const others[] = { "true", "false", "yes", "no",
		"on", "off", "y", "n", "null" };
	static const char letters[] =
	    "0123456789_"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (*text == '\0' || (*text >= '0' && *text <= '9') ||
	    text[strspn(text, letters)] != '\0')
		return false;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strcasecmp(text, others[i]) == 0)
			return false;
	return true;
}

bool
yaml_write_text(Buf *out, const char *text, Error *err)
{
	if (is_word(text))
		return buf_put_text(out, text, err);
	return buf_put_text(out, "\"", err) &&
	    put_escaped(out, text, true, err) && buf_put_text(out, "\"", err);
}

static bool
indent(Buf *out, int indentation, Error *err)
{
	return buf_put_format(out, err, "%*s", indentation, "");
}

bool
yaml_write_key(Buf *out, const char *key, int indentation, Error *err)
{
	/* An escape takes four bytes for one at most. */
	if (strlen(key) <= KEY_BYTES / 4)
		return yaml_write_text(out, key, err) &&
		    buf_put_text(out, ":", err);
	return buf_put_text(out, "? ", err) && yaml_write_text(out, key, err) &&
	    buf_put_text(out, "\n", err) && indent(out, indentation, err) &&
	    buf_put_text(out, ":", err);
}

bool
yaml_write_comment(Buf *out, int indentation, const char *text, Error *err)
{
	return indent(out, indentation, err) && buf_put_text(out, "# ", err) &&
	    put_escaped(out, text, false, err) && buf_put_text(out, "\n", err);
}
