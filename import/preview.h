/*
 * preview: what a load would do, for --dry-run: the statements as an SQL
 * script, and what there is to be said about them as its comments.
 *
 * Nothing of a dump, such as a line end in a name, gets out of a comment.
 */
#ifndef IMPORT_PREVIEW_H
#define IMPORT_PREVIEW_H

#include "formats/bytes.h"
#include "formats/manifest.h"

#include "import/hooks.h"
#include "import/plan.h"
#include "import/settings.h"

typedef struct {
	const Plan *plan; /* that has been held against the target */
	const Settings *settings;
	const Hooks *hooks;
	const Manifest *manifest; /* NULL: of a stream, not known yet */
} PreviewWish;

/* Ask the target, in read-only transactions, and append the script. */
bool preview_put(const PreviewWish *wish, Buf *out, Error *err) MUST_CHECK;

#endif
