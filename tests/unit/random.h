/*
 * random: numbers that can be had again - by the seed that is printed - for the
 * tests of properties.
 */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* From SEED, or anew; printed, to be repeated. */
static inline uint64_t
seed_of_run(void)
{
	const char *given = getenv("SEED");
	uint64_t seed =
	    given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);

	printf("SEED=%" PRIu64 "\n", seed);
	return seed;
}

/* Start rand() and random(). */
static inline void
start_random(void)
{
	unsigned seed = (unsigned)seed_of_run();

	srand(seed);
	srandom(seed);
}

/* splitmix64 (Steele, Lea, Flood 2014): every seed gives a good sequence. */
static inline uint64_t
next_random(uint64_t *state)
{
	uint64_t z;

	z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

#endif
