/*
 * fit_shape: what the JSON texts of a column have in common, so that most of
 * them need no parser.
 *
 *	if (!fit_shape_matches(&shape, text, size))
 *		... parse it, and where it is JSON that jsonb takes
 *		fit_shape_learn(&shape, text, size)
 *
 * A program writes the objects of a column alike: the same keys in the same
 * order.  The shape of a text is all that stands between its scalars, and what
 * matches it is JSON as the text was that it has been learned from: plain
 * scalars between the very same bytes.  A text that does not match may be JSON
 * as well.  Zero is a shape that nothing matches.
 */
#ifndef EXPORT_FIT_SHAPE_H
#define EXPORT_FIT_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pieces of a shape; what has more is parsed. */
#define FIT_SHAPE_PIECES 64

/* Texts of more are parsed: far below what jsonb can hold. */
#define FIT_SHAPE_TEXT_BYTES ((size_t)1 << 20)

typedef enum {
	FOLLOWED_BY_PIECE,
	FOLLOWED_BY_SCALAR,
	FOLLOWED_BY_END
} Followed;

/* Bytes between scalars, as a word, and which of its bits are meant. */
typedef struct {
	uint64_t word, mask;
	unsigned size;
	Followed followed;
} FitPiece;

typedef struct {
	bool known;
	unsigned missed; /* since the last match */
	int matched;     /* matches less misses; where there are too many of
			  * these, no more is asked */
	FitPiece pieces[FIT_SHAPE_PIECES];
} FitShape;

/* Is a text that is UTF-8 JSON of this shape, and has no escapes but in keys? */
bool fit_shape_matches(FitShape *shape, const uint8_t *text, size_t size);

/* Take the shape of an object or array that did not match and that jsonb
 * takes, unless those before have shown that it is of no use. */
void fit_shape_learn(FitShape *shape, const uint8_t *text, size_t size);

#endif
