/*
 * target_words: the words of target.json, for the file that writes it
 * (target.c) and the one that reads it (target_read.c).
 */
#ifndef FORMATS_TARGET_WORDS_H
#define FORMATS_TARGET_WORDS_H

#include "formats/target.h"

/* What tells target.json from a dump's documents. */
#define TARGET_WORDS_KIND "target"

#define TARGET_WORDS_IDENTITY 3

/* By TargetIdentity. */
extern const char *const target_words_identity[TARGET_WORDS_IDENTITY];

#endif
