/*
 * preview: the statements that a load would run, for --dry-run.
 */
#ifndef IMPORT_PREVIEW_H
#define IMPORT_PREVIEW_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/manifest.h"

#include "import/plan.h"

/* Append them as an SQL script with comments.  manifest is NULL where it is
 * not known yet. */
bool preview_put(const Plan *plan, const Manifest *manifest, Buf *out,
    Error *err) MUST_CHECK;

#endif
