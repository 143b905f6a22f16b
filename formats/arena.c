#include "formats/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks double from small, since most arenas stay small, to where one call of
 * malloc more or less no longer matters. */
#define BLOCK_BYTES_FIRST 1024
#define BLOCK_BYTES_LAST  ((size_t)256 << 10)

struct ArenaBlock {
	ArenaBlock *next;
	size_t size; /* of data */
	_Alignas(max_align_t) uint8_t data[];
};

static bool
add_block(Arena *arena, size_t need, Error *err)
{
	ArenaBlock *block;
	size_t size, total;

	size = BLOCK_BYTES_FIRST;
	if (arena->blocks != NULL)
		size = arena->blocks->size * 2;
	if (size > BLOCK_BYTES_LAST)
		size = BLOCK_BYTES_LAST;
	if (size < need)
		size = need;
	block = NULL;
	if (!__builtin_add_overflow(size, sizeof(*block), &total))
		block = calloc(1, total);
	if (block == NULL)
		return error_set(err, ERROR_FAILED,
		    "out of memory: %zu bytes were wanted", size);
	block->next = arena->blocks;
	block->size = size;
	arena->blocks = block;
	arena->used = 0;
	return true;
}

void *
arena_alloc(Arena *arena, size_t count, size_t size, Error *err)
{
	size_t bytes;
	void *memory;

	if (__builtin_mul_overflow(count, size, &bytes) ||
	    bytes > PTRDIFF_MAX - _Alignof(max_align_t)) {
		error_set(err, ERROR_FAILED,
		    "out of memory: %zu times %zu bytes were wanted", count,
		    size);
		return NULL;
	}
	/* Nothing gets an address of its own too. */
	bytes = bytes > 0 ? bytes : 1;
	bytes =
	    (bytes + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (arena->blocks == NULL ||
	    bytes > arena->blocks->size - arena->used) {
		if (!add_block(arena, bytes, err))
			return NULL;
	}
	memory = arena->blocks->data + arena->used;
	arena->used += bytes;
	return memory;
}

char *
arena_text(Arena *arena, const char *text, Error *err)
{
	size_t size;
	char *copy;

	size = strlen(text) + 1;
	copy = arena_alloc(arena, size, 1, err);
	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

char *
arena_format(Arena *arena, Error *err, const char *format, ...)
{
	va_list arguments;
	int size;
	char *text;

	va_start(arguments, format);
	size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (size < 0) {
		error_set(err, ERROR_FAILED, "text cannot be formatted");
		return NULL;
	}
	text = arena_alloc(arena, (size_t)size + 1, 1, err);
	if (text == NULL)
		return NULL;
	va_start(arguments, format);
	vsnprintf(text, (size_t)size + 1, format, arguments);
	va_end(arguments);
	return text;
}

void
arena_free(Arena *arena)
{
	ArenaBlock *block;

	while ((block = arena->blocks) != NULL) {
		arena->blocks = block->next;
		free(block);
	}
	arena->used = 0;
}
