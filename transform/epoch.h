/*
 * epoch: which moments a column of integers may mean.
 *
 * Applications store time as a count since some epoch.  Which one cannot be
 * known from the numbers, only which ones would give plausible years, so this
 * names candidates and decides nothing.
 */
#ifndef TRANSFORM_EPOCH_H
#define TRANSFORM_EPOCH_H

#include <stdint.h>

#include "formats/arena.h"
#include "formats/error.h"

/*
 * The candidates for a range of integers, "Unix seconds (2010 to 2025)", joined
 * by " or "; "" where no epoch gives plausible years.  NULL when memory is out.
 */
const char *
epoch_candidates(int64_t min, int64_t max, Arena *arena, Error *err) MUST_CHECK;

#endif
