/*
 * zone_rule: the rule by which a zone goes on after the last change that its
 * file lists, as POSIX writes it in TZ: "CET-1CEST,M3.5.0,M10.5.0/3" (XBD
 * section 8.3; the extensions of RFC 9636 section 3.3.1).
 */
#ifndef TRANSFORM_ZONE_RULE_H
#define TRANSFORM_ZONE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A day of every year, and the local time of that day. */
typedef struct {
	enum {
		ZONE_DAY_JULIAN,  /* 1 to 365; 29 February never counts */
		ZONE_DAY_OF_YEAR, /* 0 to 365 */
		ZONE_DAY_OF_MONTH /* the week-th weekday, 5: the last */
	} kind;
	int day; /* of the year; of the week: 0 is Sunday */
	int week, month;
	int32_t seconds; /* since midnight; may be of another day */
} ZoneDay;

typedef struct {
	int32_t standard, daylight; /* seconds east of UTC */
	bool changes;               /* else it is standard all year */
	ZoneDay starts, ends;       /* of daylight time */
} ZoneRule;

/* False where the text is no rule. */
bool zone_rule_parse(const char *text, size_t size, ZoneRule *rule);

/* When daylight time starts or ends in a year: seconds since 1970 UTC. */
int64_t zone_rule_start(const ZoneRule *rule, int year);
int64_t zone_rule_end(const ZoneRule *rule, int year);

#endif
