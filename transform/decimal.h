/*
 * decimal: a decimal number's text in the one form that numeric has in a dump:
 * plain digits, no exponent, no "+", no zeros before the first digit, "0.5", not
 * ".5".  Digits move, none is made or lost; zero has no sign.
 */
#ifndef TRANSFORM_DECIMAL_H
#define TRANSFORM_DECIMAL_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/type.h"

typedef enum {
	DECIMAL_FITS,
	DECIMAL_NOT,      /* not by literal_numeric */
	DECIMAL_TOO_WIDE, /* not within numeric(p,s) without rounding */
} DecimalFit;

/*
 * Append the number's plain form when it fits, else nothing.  Of a numeric(p,s)
 * it has exactly s digits after the point, as the server writes it; of a plain
 * numeric those that text has.  False only when memory is out.
 */
bool decimal_put(Buf *out, const uint8_t *text, size_t size, Type type,
    DecimalFit *fit, Error *err) MUST_CHECK;

/* Is the text a plain decimal that decimal_put would write as it is?  Cheaper
 * to ask; false says nothing. */
bool decimal_is_canonical(const uint8_t *text, size_t size, Type type);

#endif
