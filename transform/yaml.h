/*
 * yaml: a YAML document as a tree of texts, by libyaml.
 *
 * What it reads is the part of YAML 1.1 that a person needs to write a mapping
 * file, and all of JSON: one document of mappings, sequences and scalars.
 * Anchors, aliases, tags and merge keys are refused, and keys that stand twice.
 * Nothing is guessed: a scalar is its text, whether it looks like a number, a
 * date or a truth value.
 *
 * Nodes live in the arena that is given.
 */
#ifndef TRANSFORM_YAML_H
#define TRANSFORM_YAML_H

#include <stddef.h>
#include <stdint.h>

#include "formats/arena.h"
#include "formats/error.h"

/* A mapping file has five levels. */
#define YAML_DEPTH 16
/* Some 100,000 columns with their comments; nodes take several times that. */
#define YAML_BYTES_LIMIT ((uint64_t)16 << 20)

typedef enum { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING } YamlKind;

typedef struct YamlNode {
	YamlKind kind;
	bool plain;             /* a scalar without quotes, or nothing */
	unsigned line, column;  /* of its first character, from 1 */
	const char *text;       /* of a scalar */
	size_t n;               /* items or keys in it */
	struct YamlNode *first; /* item or key in it */
	struct YamlNode *next;  /* item or key beside it */
	struct YamlNode *value; /* of a key */
} YamlNode;

/* Errors are ERROR_USAGE and begin with "path:line:column: ". */
bool yaml_read(const uint8_t *bytes, size_t size, const char *path,
    Arena *arena, const YamlNode **root, Error *err) MUST_CHECK;

/* The value of a key in a mapping; NULL for none. */
const YamlNode *yaml_find(const YamlNode *mapping, const char *key);

/* Is it a scalar that YAML's core schema reads as null? */
bool yaml_is_null(const YamlNode *node);

#endif
