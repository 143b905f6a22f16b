/*
 * zone_file: the changes of a zone, as its TZif file (RFC 8536, 9636) lists
 * them and as the rule at its end goes on.
 */
#ifndef TRANSFORM_ZONE_FILE_H
#define TRANSFORM_ZONE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/arena.h"
#include "formats/error.h"
#include "transform/zone.h"

/* Of the Gregorian calendar, after which days and weekdays come again. */
#define ZONE_CYCLE_YEARS   400
#define ZONE_CYCLE_SECONDS (INT64_C(146097) * 86400)

typedef struct {
	int64_t at;     /* seconds since 1970 UTC */
	int32_t offset; /* seconds east of UTC, from then on */
} ZoneChange;

struct Zone {
	const ZoneChange *changes; /* in the order of time */
	size_t n_changes;
	int32_t first; /* offset before the first change */
	/* Whatever comes from here on is as a cycle before; INT64_MAX where
	 * nothing changes any more. */
	int64_t cycle_from;
};

/* False with a message where the bytes are no such file, or where its times
 * count leap seconds. */
bool zone_file_read(const uint8_t *bytes, size_t size, Zone *zone, Arena *arena,
    Error *err) MUST_CHECK;

#endif
