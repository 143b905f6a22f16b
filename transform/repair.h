/*
 * repair: text that PostgreSQL's text cannot hold, changed as a mapping allows.
 */
#ifndef TRANSFORM_REPAIR_H
#define TRANSFORM_REPAIR_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/value.h"
#include "transform/rule.h"

/*
 * Append the text to out and give what was appended, borrowed from there.
 *
 *	UTF8_REPLACE	each maximal subpart that is not UTF-8 becomes U+FFFD
 *	UTF8_LATIN1	in a text that is not UTF-8, each byte becomes the
 *			character of its number, U+0000 to U+00FF
 *	NUL_STRIP	NUL bytes go
 *
 * Whatever else is wrong stays as it is.
 */
bool repair_text(const Value *text, Utf8Policy utf8, NulPolicy nul, Buf *out,
    Value *repaired, Error *err) MUST_CHECK;

#endif
