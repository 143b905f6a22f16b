#include "formats/hash.h"

#include <xxhash.h>

Hash
hash_of(const void *bytes, size_t size)
{
	XXH128_hash_t hash = XXH3_128bits(bytes, size);

	return (Hash){ hash.low64, hash.high64 };
}

int
hash_compare(Hash one, Hash other)
{
	if (one.high != other.high)
		return one.high < other.high ? -1 : 1;
	if (one.low != other.low)
		return one.low < other.low ? -1 : 1;
	return 0;
}
