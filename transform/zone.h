/*
 * zone: what offset from UTC a local time has, by name of the IANA database or
 * as a fixed offset.
 *
 * Read from the system's TZif files (RFC 8536 and 9636), once, before a run;
 * looking up is pure and may be done by any thread.  Times after the last
 * change in a file follow the rule at its end, for ever.
 *
 * As PostgreSQL does (datetime-invalid-input, DetermineTimeZoneOffset), a local
 * time that a change skips is read with the offset before the change, and one
 * that comes twice with the offset after it, which in most of the world is
 * standard time.
 */
#ifndef TRANSFORM_ZONE_H
#define TRANSFORM_ZONE_H

#include <stdint.h>

#include "formats/arena.h"
#include "formats/datetime.h"
#include "formats/error.h"

typedef struct Zone Zone;

/*
 * "UTC", "+02:00", "-0330", "+5", "Europe/Berlin".  *zone lives in the arena;
 * NULL for UTC.  Fixed offsets are at most 14 hours and 59 minutes and, as in
 * ISO 8601, positive east of UTC.  ERROR_USAGE where there is no such zone, with
 * the nearest name, or where the system has no time zones at all.
 */
bool zone_open(
    const char *name, const Zone **zone, Arena *arena, Error *err) MUST_CHECK;

/* Seconds east of UTC at a local date and time; of a NULL zone 0. */
int zone_offset(const Zone *zone, const DateTime *local);

#endif
