/*
 * zone: what offset from UTC a local time has, by name of the IANA database or
 * as a fixed offset.
 *
 * Read from the system's TZif files (RFC 8536), once, before a run; looking up
 * is pure and may be done by any thread.  As PostgreSQL does
 * (datetime-invalid-input, DetermineTimeZoneOffset), a local time that a change
 * skips is read with the offset before the change, and one that comes twice is
 * read as standard time.
 */
#ifndef TRANSFORM_ZONE_H
#define TRANSFORM_ZONE_H

#include <stdint.h>

#include "formats/arena.h"
#include "formats/datetime.h"
#include "formats/error.h"

typedef struct Zone Zone;

/*
 * "UTC", "+02:00", "-0330", "Europe/Berlin".  *zone lives in the arena; NULL for
 * UTC.  ERROR_USAGE where there is no such zone, with the nearest name.
 */
bool zone_open(
    const char *name, const Zone **zone, Arena *arena, Error *err) MUST_CHECK;

/* Seconds east of UTC at a local date and time. */
int zone_offset(const Zone *zone, const DateTime *local);

#endif
