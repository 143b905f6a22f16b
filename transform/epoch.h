/*
 * epoch: which moments a column of numbers may mean.
 *
 * Applications store time as a count since some epoch.  Which one cannot be
 * known from the numbers, only which ones would give plausible years, so this
 * names candidates and decides nothing.
 */
#ifndef TRANSFORM_EPOCH_H
#define TRANSFORM_EPOCH_H

#include <stddef.h>
#include <stdint.h>

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/profile.h"
#include "transform/conversion.h"

/* What a column may count. */
typedef struct {
	Conversion conversion; /* what a mapping's "using" would say */
	const char *name;      /* "Unix seconds" */
	/* Of the column's least and greatest number; 0 where that is out of the
	 * calendar, or the numbers are TEXT, whose range is not known. */
	int first_year, last_year;
	uint64_t fits; /* values of 1980 to 2100 (profile.h, FITS_UNIX_S...);
			* 0 where the evidence does not know */
	bool all;      /* every value that is not NULL is one of those */
	const Counter *counter; /* the first that is not; NULL: none known */
} EpochCandidate;

/*
 * The candidates of a column, those first that most use, and their number: more
 * than half of all values are of 1980 to 2100.  Evidence that does not know of
 * epochs has the range of its integers instead, as epoch_candidates.  The
 * candidates borrow from the profile.
 */
size_t
epoch_list(const ColumnProfile *profile, EpochCandidate out[FITS_EPOCHS]);

/* "Unix seconds (2010 to 2025) or Cocoa seconds (2041 to 2056)"; "" for none.
 * NULL when memory is out. */
const char *epoch_describe(const EpochCandidate *candidates, size_t n,
    Arena *arena, Error *err) MUST_CHECK;

/*
 * The candidates for a range of integers alone: years of 1900 to 2100, not all
 * before 1980; "" where no epoch gives plausible
 * years.  NULL when memory is out.
 */
const char *
epoch_candidates(int64_t min, int64_t max, Arena *arena, Error *err) MUST_CHECK;

#endif
