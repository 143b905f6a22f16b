#include "transform/zone.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "formats/bytes.h"
#include "formats/guess.h"
#include "formats/io.h"
#include "transform/zone_file.h"

#define ZONES_DIRECTORY "/usr/share/zoneinfo"
/* A line for each zone, its name in the third field. */
#define ZONES_LIST          ZONES_DIRECTORY "/zone.tab"
#define LIST_FIELD          2
#define FILE_BYTES_LIMIT    ((uint64_t)1 << 20)
#define NAME_BYTES_LIMIT    64
#define HOURS_LAST          14 /* as datetime.h reads them */
#define DAY                 86400
#define UNIX_TO_2000        INT64_C(946684800)
#define SECOND_MICROSECONDS 1000000

/* Two digits, or one where nothing follows it. */
static const char *
parse_digits(const char *at, int *value)
{
	const char *first = at;

	*value = 0;
	while (at - first < 2 && *at >= '0' && *at <= '9')
		*value = *value * 10 + (*at++ - '0');
	return at > first ? at : NULL;
}

/* [+-]hh[[:]mm] */
static bool
parse_fixed(const char *name, int32_t *offset)
{
	const char *at = name + 1;
	int hours, minutes = 0;

	if (*name != '+' && *name != '-')
		return false;
	at = parse_digits(at, &hours);
	if (at == NULL || hours > HOURS_LAST)
		return false;
	if (*at != '\0') {
		const char *first = *at == ':' ? at + 1 : at;

		at = parse_digits(first, &minutes);
		if (at == NULL || at - first != 2 || minutes > 59 ||
		    *at != '\0')
			return false;
	}
	*offset = (hours * 60 + minutes) * (*name == '-' ? -60 : 60);
	return true;
}

/* Can it be the name of a file below the directory, and of none elsewhere?
 * "localtime" is another zone on every machine. */
static bool
is_safe(const char *name)
{
	size_t size = strlen(name);

	if (size == 0 || size > NAME_BYTES_LIMIT || *name == '/' ||
	    strstr(name, "..") != NULL || strcmp(name, "localtime") == 0)
		return false;
	return strspn(name,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		   "0123456789+-_./") == size;
}

/* The third field of a line, put into name; false where there is none. */
static bool
read_field(const char *line, size_t size, char name[NAME_BYTES_LIMIT + 1])
{
	const char *end = line + size;
	size_t n = 0;

	for (int i = 0; i < LIST_FIELD; i++) {
		line = memchr(line, '\t', (size_t)(end - line));
		if (line++ == NULL)
			return false;
	}
	while (line < end && *line != '\t' && n < NAME_BYTES_LIMIT)
		name[n++] = *line++;
	name[n] = '\0';
	return n > 0;
}

/* Say that there is no such zone, and which may have been meant. */
static bool
refuse(const char *name, Error *err)
{
	Guess guess = { .text = name, .size = strlen(name) };
	char names[2][NAME_BYTES_LIMIT + 1];
	size_t spare = 0;
	Buf list = { 0 };
	const char *at, *end;
	Error ignored;

	if (!io_read_given(ZONES_LIST, FILE_BYTES_LIMIT, &list, &ignored)) {
		error_set(err, ERROR_USAGE,
		    "time zone \"%s\" is not known here: there is "
		    "no " ZONES_LIST
		    ". Install the system's time zones (tzdata), or give the "
		    "offset from UTC, as in \"+02:00\"",
		    name);
		goto done;
	}
	at = (const char *)list.data;
	end = at + list.size;
	while (at < end) {
		const char *line = at;
		const char *past = memchr(at, '\n', (size_t)(end - at));

		past = past == NULL ? end : past;
		at = past + (past < end);
		if (*line == '#' ||
		    !read_field(line, (size_t)(past - line), names[spare]))
			continue;
		guess_offer(&guess, names[spare]);
		/* What is borrowed stays; the other is free. */
		if (guess.best == names[spare])
			spare = 1 - spare;
	}
	if (guess_best(&guess) != NULL)
		error_set(err, ERROR_USAGE,
		    "there is no time zone \"%s\"; did you mean \"%s\"?", name,
		    guess_best(&guess));
	else
		error_set(err, ERROR_USAGE,
		    "there is no time zone \"%s\". It is UTC, an offset as "
		    "\"+02:00\", or a name as \"Europe/Berlin\"",
		    name);
done:
	buf_free(&list);
	return false;
}

bool
zone_open(const char *name, const Zone **zone, Arena *arena, Error *err)
{
	char path[sizeof(ZONES_DIRECTORY) + 1 + NAME_BYTES_LIMIT];
	int32_t fixed = 0;
	Buf file = { 0 };
	Error unread;
	Zone *opened;
	bool ok = false;

	*zone = NULL;
	if (strcasecmp(name, "UTC") == 0 || strcmp(name, "Z") == 0 ||
	    (parse_fixed(name, &fixed) && fixed == 0))
		return true;
	opened = arena_alloc(arena, 1, sizeof(Zone), err);
	if (opened == NULL)
		return false;
	if (fixed != 0) {
		opened->first = fixed;
		opened->cycle_from = INT64_MAX;
		*zone = opened;
		return true;
	}
	if (!is_safe(name))
		return refuse(name, err);
	snprintf(path, sizeof path, "%s/%s", ZONES_DIRECTORY, name);
	if (!io_read_given(path, FILE_BYTES_LIMIT, &file, &unread) ||
	    file.size < 4 || memcmp(file.data, "TZif", 4) != 0) {
		refuse(name, err);
		goto done;
	}
	if (!zone_file_read(file.data, file.size, opened, arena, err)) {
		error_add(err, "time zone \"%s\", file %s", name, path);
		goto done;
	}
	*zone = opened;
	ok = true;
done:
	buf_free(&file);
	return ok;
}

/* The local time as seconds since 1970, as if it were UTC. */
static int64_t
local_seconds(const DateTime *local)
{
	DateTime whole = *local;

	whole.microsecond = 0;
	whole.zone_seconds = 0;
	return datetime_microseconds(&whole) / SECOND_MICROSECONDS +
	    UNIX_TO_2000;
}

/* The first change after a time; n_changes where there is none. */
static size_t
find_change(const Zone *zone, int64_t seconds)
{
	size_t low = 0, high = zone->n_changes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone->changes[middle].at > seconds)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

int
zone_offset(const Zone *zone, const DateTime *local)
{
	int64_t seconds, at;
	int32_t before, after;
	size_t i;

	if (zone == NULL)
		return 0;
	if (zone->n_changes == 0)
		return zone->first;
	seconds = local_seconds(local);
	if (seconds >= zone->cycle_from)
		seconds -=
		    ((seconds - zone->cycle_from) / ZONE_CYCLE_SECONDS + 1) *
		    ZONE_CYCLE_SECONDS;
	/* No offset is a day, so the change that matters, if one does, is the
	 * first after the day before. */
	i = find_change(zone, seconds - DAY);
	before = i == 0 ? zone->first : zone->changes[i - 1].offset;
	if (i == zone->n_changes)
		return before;
	after = zone->changes[i].offset;
	at = zone->changes[i].at;
	if (seconds - before < at && seconds - after < at)
		return before;
	if (seconds - before > at && seconds - after >= at)
		return after;
	/* Skipped where the clock goes forward: as before; twice where it goes
	 * back: as after. */
	return after > before ? before : after;
}
