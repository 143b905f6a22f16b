#include "transform/zone_file.h"

#include <string.h>

#include "transform/zone_rule.h"

/* RFC 8536 section 3.1: magic, version, 15 bytes of nothing, six counts. */
#define HEADER_BYTES        44
#define VERSION_OFFSET      4
#define COUNTS_OFFSET       20
#define TYPE_BYTES          6 /* offset, is it daylight time, its name */
#define TYPES_LIMIT         256
#define CHANGES_LIMIT       100000 /* Morocco's, the most, are some 200 */
#define OFFSET_LIMIT        86400  /* no zone is a day away from UTC */
#define UNIX_TO_2000        INT64_C(946684800)
#define SECOND_MICROSECONDS 1000000
/* A file without changes follows its rule through all our years. */
#define YEAR_FIRST    0
#define YEAR_LAST     9999
#define SECONDS_FIRST INT64_C(-62135596800) /* 0001-01-01 */
#define SECONDS_LAST  INT64_C(253402300799) /* 9999-12-31 */

/* The counts in a header, in their order there. */
typedef enum {
	COUNT_UT,
	COUNT_STANDARD,
	COUNT_LEAP,
	COUNT_CHANGES,
	COUNT_TYPES,
	COUNT_NAMES,
	COUNTS
} Count;

/* One of the file's blocks of data. */
typedef struct {
	const uint8_t *at, *end; /* its data; what is left of the file */
	uint32_t counts[COUNTS];
	size_t time_bytes; /* 4 or 8 */
	size_t size;       /* of its data */
} Block;

static uint64_t
load(const uint8_t *at, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | at[i];
	return value;
}

static int64_t
load_time(const Block *block, size_t i)
{
	const uint8_t *at = block->at + i * block->time_bytes;

	if (block->time_bytes == 8)
		return (int64_t)load(at, 8);
	return (int32_t)load(at, 4);
}

static bool
open_block(const uint8_t *bytes, size_t size, size_t time_bytes, Block *block)
{
	const uint32_t *counts = block->counts;

	if (size < HEADER_BYTES || memcmp(bytes, "TZif", 4) != 0)
		return false;
	for (size_t i = 0; i < COUNTS; i++) {
		block->counts[i] =
		    (uint32_t)load(bytes + COUNTS_OFFSET + i * 4, 4);
		if (block->counts[i] > CHANGES_LIMIT)
			return false;
	}
	block->at = bytes + HEADER_BYTES;
	block->end = bytes + size;
	block->time_bytes = time_bytes;
	/* Times, their types, types, names, leap seconds, two kinds of marks
	 * for POSIX; the limits keep the sum far from overflow. */
	block->size = counts[COUNT_CHANGES] * (time_bytes + 1) +
	    counts[COUNT_TYPES] * (size_t)TYPE_BYTES + counts[COUNT_NAMES] +
	    counts[COUNT_LEAP] * (time_bytes + 4) + counts[COUNT_STANDARD] +
	    counts[COUNT_UT];
	return block->size <= size - HEADER_BYTES && counts[COUNT_TYPES] > 0 &&
	    counts[COUNT_TYPES] <= TYPES_LIMIT;
}

/* The block with the widest times. */
static bool
find_block(const uint8_t *bytes, size_t size, Block *block)
{
	if (!open_block(bytes, size, 4, block))
		return false;
	if (bytes[VERSION_OFFSET] < '2')
		return true;
	bytes = block->at + block->size;
	return open_block(bytes, (size_t)(block->end - bytes), 8, block);
}

static const uint8_t *
find_types(const Block *block)
{
	return block->at +
	    block->counts[COUNT_CHANGES] * (block->time_bytes + 1);
}

static int32_t
type_offset(const Block *block, size_t type)
{
	return (int32_t)load(find_types(block) + type * TYPE_BYTES, 4);
}

/* Before the first change PostgreSQL takes the first type that is not daylight
 * time, else the very first (pg_next_dst_boundary). */
static int32_t
first_offset(const Block *block)
{
	size_t n = block->counts[COUNT_TYPES];
	size_t i = 0;

	while (i < n && find_types(block)[i * TYPE_BYTES + 4] != 0)
		i++;
	return type_offset(block, i < n ? i : 0);
}

static bool
read_changes(const Block *block, ZoneChange *changes)
{
	size_t n = block->counts[COUNT_CHANGES];
	const uint8_t *types = block->at + n * block->time_bytes;

	for (size_t i = 0; i < block->counts[COUNT_TYPES]; i++) {
		int32_t offset = type_offset(block, i);

		if (offset <= -OFFSET_LIMIT || offset >= OFFSET_LIMIT)
			return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (types[i] >= block->counts[COUNT_TYPES])
			return false;
		changes[i].at = load_time(block, i);
		changes[i].offset = type_offset(block, types[i]);
		if (i > 0 && changes[i].at <= changes[i - 1].at)
			return false;
	}
	return true;
}

/* The rule between two line breaks behind the block; false where there is
 * something else.  A rule that is empty changes nothing. */
static bool
read_rule(const Block *block, ZoneRule *rule)
{
	const uint8_t *at = block->at + block->size;
	const uint8_t *past;

	*rule = (ZoneRule){ .changes = false };
	if (block->time_bytes == 4)
		return true;
	if (at == block->end || *at++ != '\n')
		return false;
	past = memchr(at, '\n', (size_t)(block->end - at));
	if (past == NULL)
		return false;
	return past == at ||
	    zone_rule_parse((const char *)at, (size_t)(past - at), rule);
}

/* Is it daylight time all year, said as a rule whose end is its next start? */
static bool
never_ends(const ZoneRule *rule)
{
	return zone_rule_end(rule, 2001) >= zone_rule_start(rule, 2002) ||
	    zone_rule_start(rule, 2001) == zone_rule_end(rule, 2001);
}

static void
add_change(Zone *zone, ZoneChange *changes, int64_t at, int32_t offset)
{
	if (zone->n_changes > 0 && at <= changes[zone->n_changes - 1].at)
		return;
	changes[zone->n_changes].at = at;
	changes[zone->n_changes].offset = offset;
	zone->n_changes++;
}

/* The year of a time, within those a DateTime has. */
static int
year_of(int64_t seconds)
{
	DateTime moment;

	/* Some files begin at the big bang. */
	if (seconds < SECONDS_FIRST)
		return YEAR_FIRST;
	if (seconds > SECONDS_LAST)
		return YEAR_LAST;
	datetime_from_microseconds(
	    (seconds - UNIX_TO_2000) * SECOND_MICROSECONDS, &moment);
	return moment.year;
}

/* Two years more than a cycle: what comes later is looked up in the last whole
 * cycle, away from where the file's own changes end. */
static void
follow_rule(Zone *zone, ZoneChange *changes, const ZoneRule *rule)
{
	DateTime past = { .month = 1, .day = 1 };
	int first = YEAR_FIRST;

	if (zone->n_changes > 0)
		first = year_of(changes[zone->n_changes - 1].at);
	past.year = first + ZONE_CYCLE_YEARS + 2;
	for (int year = first; year <= past.year; year++) {
		int64_t start = zone_rule_start(rule, year);
		int64_t end = zone_rule_end(rule, year);

		if (start < end)
			add_change(zone, changes, start, rule->daylight);
		add_change(zone, changes, end, rule->standard);
		if (start > end)
			add_change(zone, changes, start, rule->daylight);
	}
	zone->cycle_from =
	    datetime_microseconds(&past) / SECOND_MICROSECONDS + UNIX_TO_2000;
}

bool
zone_file_read(
    const uint8_t *bytes, size_t size, Zone *zone, Arena *arena, Error *err)
{
	ZoneChange *changes;
	ZoneRule rule;
	Block block = { 0 };
	size_t n;

	if (!find_block(bytes, size, &block) || !read_rule(&block, &rule))
		return error_set(err, ERROR_USAGE, "not a time zone file");
	if (block.counts[COUNT_LEAP] > 0)
		return error_set(
		    err, ERROR_USAGE, "it counts leap seconds, as no database");
	n = block.counts[COUNT_CHANGES];
	changes = arena_alloc(
	    arena, n + 2 * (ZONE_CYCLE_YEARS + 3), sizeof(ZoneChange), err);
	if (changes == NULL)
		return false;
	if (!read_changes(&block, changes))
		return error_set(err, ERROR_USAGE, "not a time zone file");
	*zone = (Zone){ .changes = changes,
		.n_changes = n,
		.first = first_offset(&block),
		.cycle_from = INT64_MAX };
	/* Changes to what it is already end nothing (PostgreSQL's tzload). */
	while (zone->n_changes > 1 &&
	    changes[zone->n_changes - 1].offset ==
		changes[zone->n_changes - 2].offset)
		zone->n_changes--;
	if (rule.changes && !never_ends(&rule))
		follow_rule(zone, changes, &rule);
	return true;
}
