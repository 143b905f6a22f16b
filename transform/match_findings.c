#include "transform/match_findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Would the character act upon a terminal, or end the line?  C0, DEL, and C1
 * as UTF-8 writes it. */
static bool
is_control(const unsigned char *at)
{
	return *at < ' ' || *at == 0x7f ||
	    (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0);
}

/* Names are the dump's and the target's: what would act upon a terminal is
 * escaped, so that each finding is one line. */
static char *
escape(const char *text, Arena *arena, Error *err)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *at = (const unsigned char *)text;
	char *escaped = arena_alloc(arena, strlen(text) * 4 + 1, 1, err);
	size_t n = 0;

	for (; escaped != NULL && *at != '\0'; at++) {
		if (is_control(at)) {
			escaped[n++] = '\\';
			escaped[n++] = 'x';
			/* Of a C1's two bytes the second is its number. */
			at += *at == 0xc2;
			escaped[n++] = digits[*at >> 4];
			escaped[n++] = digits[*at & 15];
		} else {
			escaped[n++] = (char)*at;
		}
	}
	return escaped;
}

static bool
add(MatchFindings *findings, Buf *list, Error *err, const char *format,
    va_list arguments)
{
	Buf text = { 0 };
	va_list again;
	char *escaped;
	int size;

	va_copy(again, arguments);
	size = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (size < 0)
		return error_set(err, ERROR_FAILED, "text cannot be formatted");
	if (!buf_reserve(&text, (size_t)size + 1, err))
		return false;
	vsnprintf((char *)text.data, (size_t)size + 1, format, arguments);
	escaped = escape((const char *)text.data, findings->arena, err);
	buf_free(&text);
	return escaped != NULL && buf_put(list, &escaped, sizeof escaped, err);
}

bool
match_findings_problem(
    MatchFindings *findings, Error *err, const char *format, ...)
{
	va_list arguments;
	bool success;

	va_start(arguments, format);
	success = add(findings, &findings->problems, err, format, arguments);
	va_end(arguments);
	return success;
}

bool
match_findings_note(
    MatchFindings *findings, Error *err, const char *format, ...)
{
	va_list arguments;
	bool success;

	va_start(arguments, format);
	success = add(findings, &findings->notes, err, format, arguments);
	va_end(arguments);
	return success;
}

bool
match_findings_list(MatchFindings *findings, const Buf *list,
    const char ***texts, size_t *n, Error *err)
{
	*n = list->size / sizeof(const char *);
	*texts = arena_alloc(findings->arena, *n, sizeof(const char *), err);
	if (*texts == NULL)
		return false;
	if (*n > 0)
		memcpy(*texts, list->data, list->size);
	return true;
}

void
match_findings_free(MatchFindings *findings)
{
	buf_free(&findings->problems);
	buf_free(&findings->notes);
}
