#include "transform/glob.h"

#include <fnmatch.h>
#include <string.h>

typedef enum { PART_END, PART_LITERAL, PART_WILD, PART_BROKEN } Part;

/* Behind the bracket that opens to behind the one that closes; NULL where none
 * does.  A class, [:alpha:], may stand inside. */
static const char *
pass_bracket(const char *at)
{
	if (*at == '!' || *at == '^')
		at++;
	if (*at == ']')
		at++;
	while (*at != '\0' && *at != ']') {
		if (*at == '\\' && at[1] != '\0') {
			at++;
		} else if (*at == '[' && at[1] == ':') {
			at = strstr(at + 2, ":]");
			if (at == NULL)
				return NULL;
			at++;
		}
		at++;
	}
	return *at == ']' ? at + 1 : NULL;
}

/* The pattern's next part; *at moves past it. */
static Part
next_part(const char **at)
{
	switch (*(*at)++) {
	case '\0':
		return PART_END;
	case '*':
	case '?':
		return PART_WILD;
	case '[':
		*at = pass_bracket(*at);
		return *at == NULL ? PART_BROKEN : PART_WILD;
	case '\\':
		return *(*at)++ == '\0' ? PART_BROKEN : PART_LITERAL;
	default:
		return PART_LITERAL;
	}
}

GlobKind
glob_kind(const char *pattern)
{
	GlobKind kind = GLOB_NAME;

	for (;;) {
		switch (next_part(&pattern)) {
		case PART_END:
			return kind;
		case PART_BROKEN:
			return GLOB_BROKEN;
		case PART_WILD:
			kind = GLOB_WILD;
			break;
		case PART_LITERAL:
			break;
		}
	}
}

void
glob_unescape(char *pattern)
{
	char *out = pattern;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '\\')
			pattern++;
		*out++ = *pattern;
	}
	*out = '\0';
}

bool
glob_matches(const char *pattern, const char *name)
{
	return fnmatch(pattern, name, FNM_CASEFOLD) == 0;
}

size_t
glob_weight(const char *pattern)
{
	size_t weight = 0;
	Part part;

	while (
	    (part = next_part(&pattern)) == PART_LITERAL || part == PART_WILD)
		weight += part == PART_LITERAL;
	return weight;
}

bool
glob_put_name(Buf *out, const char *name, Error *err)
{
	for (; *name != '\0'; name++) {
		if (strchr("*?[\\", *name) != NULL &&
		    !buf_put(out, "\\", 1, err))
			return false;
		if (!buf_put(out, name, 1, err))
			return false;
	}
	return true;
}
