/*
 * conversion_moment: which moment a number is that counts from an epoch.
 */
#ifndef TRANSFORM_CONVERSION_MOMENT_H
#define TRANSFORM_CONVERSION_MOMENT_H

#include "formats/datetime.h"
#include "formats/value.h"
#include "transform/cast.h"
#include "transform/conversion.h"

typedef enum {
	CONVERSION_MOMENT_READ,
	CONVERSION_MOMENT_NOT,      /* no count */
	CONVERSION_MOMENT_TOO_FINE, /* between two microseconds */
	CONVERSION_MOMENT_TOO_FAR,  /* not in the years 1 to 9999 */
} ConversionMoment;

extern const CastRefusal conversion_moment_too_fine;
extern const CastRefusal conversion_moment_too_far;

/* conversion is one of unix_s to julian. */
ConversionMoment conversion_moment_read(
    const Value *value, Conversion conversion, DateTime *moment);

#endif
