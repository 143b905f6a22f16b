/*
 * glob: patterns for names of tables, as a mapping file's keys are.
 *
 *	*		any characters
 *	?		one byte
 *	[a-z] [!a-z]	one of these, or none of them
 *	\x		the character x, whatever it is
 *
 * A pattern without the first three is a name.  Letter case is ignored, as
 * SQLite does it: of ASCII letters.
 */
#ifndef TRANSFORM_GLOB_H
#define TRANSFORM_GLOB_H

#include "formats/bytes.h"
#include "formats/error.h"

typedef enum {
	GLOB_NAME,
	GLOB_WILD,
	GLOB_BROKEN /* a bracket that nothing closes, a last backslash */
} GlobKind;

GlobKind glob_kind(const char *pattern);

/* Take the backslashes out of a GLOB_NAME, in place. */
void glob_unescape(char *pattern);

bool glob_matches(const char *pattern, const char *name);

/* Characters that are not wild: the more, the narrower. */
size_t glob_weight(const char *pattern);

/* Append a name as the pattern that is this name. */
bool glob_put_name(Buf *out, const char *name, Error *err) MUST_CHECK;

#endif
