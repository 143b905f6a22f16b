/*
 * hash: 128 bits that stand for a run of bytes, by libxxhash (XXH3), to compare
 * much data by little.
 *
 * Two runs that differ have the same hash by an accident of one in 2^128, so
 * sums of hashes compare unordered heaps.  Whoever wants two runs of one hash
 * can make them: where somebody might, digest.h is wanted.
 */
#ifndef FORMATS_HASH_H
#define FORMATS_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	uint64_t low, high;
} Hash;

Hash hash_of(const void *bytes, size_t size);

/* Less than, equal to, or greater than 0, in any fixed order. */
int hash_compare(Hash one, Hash other);

static inline bool
hash_equal(Hash one, Hash other)
{
	return one.low == other.low && one.high == other.high;
}

/* The sum modulo 2^128, the same in any order. */
static inline Hash
hash_sum(Hash one, Hash other)
{
	Hash sum = { one.low + other.low, one.high + other.high };

	sum.high += sum.low < other.low;
	return sum;
}

#endif
