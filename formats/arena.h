/*
 * arena: memory for descriptions that die together (a schema, a manifest).
 *
 * The zero Arena is empty and valid.  What it hands out is zeroed, aligned for
 * any type, and valid until arena_free.  Not for rows: those live in a Buf.
 */
#ifndef FORMATS_ARENA_H
#define FORMATS_ARENA_H

#include <stddef.h>

#include "formats/error.h"

typedef struct ArenaBlock ArenaBlock;

typedef struct {
	ArenaBlock *blocks; /* newest first */
	size_t used;        /* bytes used of the newest block */
} Arena;

/* count zeroed elements of size bytes; NULL and err filled when out. */
void *
arena_alloc(Arena *arena, size_t count, size_t size, Error *err) MUST_CHECK;

/* A copy of a text; NULL and err filled when out. */
char *arena_text(Arena *arena, const char *text, Error *err) MUST_CHECK;

/* printf into the arena; NULL and err filled when out. */
char *arena_format(Arena *arena, Error *err, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 3, 4)));

/* Free everything; the arena is empty and may be used again. */
void arena_free(Arena *arena);

#endif
