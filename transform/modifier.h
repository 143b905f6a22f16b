/*
 * modifier: what the modifiers of SQLite's date functions do to a timestamp
 * (lang_datefunc.html section 3); for moment.c.
 */
#ifndef TRANSFORM_MODIFIER_H
#define TRANSFORM_MODIFIER_H

#include "transform/translator.h"

/*
 * Apply "+7 days", "start of month" and the like.  A month more or less keeps the
 * day's number, and where the month has no such day runs over into the next one,
 * as it does in SQLite and not in PostgreSQL.  now: the moment is 'now'; of a
 * column, which may be at the end of time, only "start of" is translated.
 */
bool modifier_apply(Translator *translator, const char *modifier, bool now,
    const Formula **moment);

#endif
