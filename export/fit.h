/*
 * fit: which hypotheses of profile.h a value fits, and what it adds to the
 * measures of its column.
 *
 * It is asked for every value of a database, so what a value cannot be is
 * ruled out by its first bytes and its length before anything is parsed.
 */
#ifndef EXPORT_FIT_H
#define EXPORT_FIT_H

#include <stdbool.h>

#include "formats/profile.h"
#include "formats/value.h"

#define FIT_BIT(fits) (1u << (fits))
#define FIT_ALL       (FIT_BIT(FITS_COUNT) - 1)

typedef struct {
	bool json;   /* declared so: every text is parsed */
	bool scales; /* digits of REALs are counted */
} FitColumn;

/*
 * The bits of the hypotheses that the value fits; none for NULL.  The value
 * has been counted in profile->classes already.  Measures other than counts by
 * hypothesis are updated.
 */
unsigned
fit_value(const FitColumn *column, ColumnProfile *profile, const Value *value);

#endif
