/*
 * guess: what a mistyped word may have meant.
 *
 *	Guess guess = { .text = "--jbos", .size = 6 };
 *	for each word: guess_offer(&guess, word);
 *	if (guess_best(&guess) != NULL) "did you mean ...?"
 */
#ifndef FORMATS_GUESS_H
#define FORMATS_GUESS_H

#include <stddef.h>

typedef struct {
	const char *text; /* what was written: size bytes */
	size_t size;
	const char *best; /* the nearest word offered, or NULL */
	size_t changes;   /* letters to change to get there */
} Guess;

/* The word is borrowed as long as the guess is asked. */
void guess_offer(Guess *guess, const char *word);

/* The nearest word, if it is near enough to have been meant; else NULL. */
const char *guess_best(const Guess *guess);

#endif
