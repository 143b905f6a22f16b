#include "formats/guess.h"

#include <stdint.h>
#include <string.h>

/* Words compared are shorter; longer ones are near nothing. */
#define LENGTH_LIMIT 64

static size_t
least(size_t one, size_t two, size_t three)
{
	size_t n = one < two ? one : two;

	return n < three ? n : three;
}

/* Letters to change, add, remove or exchange to make one the other (the
 * optimal string alignment distance). */
static size_t
distance(const char *one, size_t n_one, const char *other)
{
	size_t rows[3][LENGTH_LIMIT + 1], n = strlen(other), i, k, cost;
	size_t *before, *above, *row = rows[0];

	if (n_one > LENGTH_LIMIT || n > LENGTH_LIMIT)
		return SIZE_MAX;
	for (k = 0; k <= n; k++)
		row[k] = k;
	for (i = 1; i <= n_one; i++) {
		before = rows[(i + 1) % 3];
		above = rows[(i + 2) % 3];
		row = rows[i % 3];
		row[0] = i;
		for (k = 1; k <= n; k++) {
			cost = one[i - 1] == other[k - 1] ? 0 : 1;
			row[k] = least(
			    above[k] + 1, row[k - 1] + 1, above[k - 1] + cost);
			if (i > 1 && k > 1 && one[i - 1] == other[k - 2] &&
			    one[i - 2] == other[k - 1] &&
			    before[k - 2] + 1 < row[k])
				row[k] = before[k - 2] + 1;
		}
	}
	return row[n];
}

void
guess_offer(Guess *guess, const char *word)
{
	size_t changes = distance(guess->text, guess->size, word);

	if (guess->best != NULL && changes >= guess->changes)
		return;
	guess->best = word;
	guess->changes = changes;
}

const char *
guess_best(const Guess *guess)
{
	/* One slip in three letters is a typing error, more is another
	 * word. */
	if (guess->best == NULL || guess->changes > (guess->size + 2) / 3)
		return NULL;
	return guess->best;
}
