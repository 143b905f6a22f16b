/*
 * mapping_field: what the keys of a mapping file take, as tables.
 *
 * An object of the file (a table, a column) is a MappingShape: its keys, each
 * with the function that reads the value into a member of the object's struct.
 * Errors are ERROR_USAGE with the place.
 */
#ifndef TRANSFORM_MAPPING_FIELD_H
#define TRANSFORM_MAPPING_FIELD_H

#include <stddef.h>

#include "formats/arena.h"
#include "formats/error.h"
#include "transform/mapping.h"
#include "transform/yaml.h"

typedef struct {
	const char *key;
	/* node is the key's value, member where offset points. */
	bool (*read)(
	    Mapping *mapping, const YamlNode *node, void *member, Error *err);
	size_t offset;
} MappingField;

typedef struct {
	const char *what; /* "a column" */
	const MappingField *fields;
	size_t n;
} MappingShape;

/* Read all of an object's keys into out; unknown ones are errors. */
bool mapping_field_read(Mapping *mapping, const YamlNode *node,
    const MappingShape *shape, void *out, Error *err) MUST_CHECK;

MappingPlace mapping_field_place(const YamlNode *node);

/* An error at a node.  Always returns false. */
bool mapping_field_refuse(const Mapping *mapping, const YamlNode *node,
    Error *err, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Is it an object?  what names it in the error. */
bool mapping_field_is_object(const Mapping *mapping, const YamlNode *node,
    const char *what, Error *err) MUST_CHECK;

/* Which of n words stands there. */
bool mapping_field_word(const Mapping *mapping, const YamlNode *node,
    const char *const *words, size_t n, size_t *which, Error *err) MUST_CHECK;

/* Readers for fields; member is of the type in the comment. */
bool mapping_field_text(Mapping *mapping, const YamlNode *node, void *member,
    Error *err); /* const char *; not empty, not null */
bool mapping_field_name(Mapping *mapping, const YamlNode *node, void *member,
    Error *err); /* const char *; a name PostgreSQL takes */
bool mapping_field_namespace(Mapping *mapping, const YamlNode *node,
    void *member, Error *err); /* const char *; a schema's name */
bool mapping_field_flag(Mapping *mapping, const YamlNode *node, void *member,
    Error *err); /* bool */
bool mapping_field_type(Mapping *mapping, const YamlNode *node, void *member,
    Error *err); /* Type */
bool mapping_field_naming(Mapping *mapping, const YamlNode *node, void *member,
    Error *err); /* Naming */

/* Rows for the settings that stand in many objects, as a MappingDefaults at the
 * offset. */
#define MAPPING_FIELD_DEFAULTS(offset)                        \
	{ "assume_zone", mapping_field_zone, (offset) },      \
	    { "invalid_utf8", mapping_field_utf8, (offset) }, \
	    { "on_error", mapping_field_policy, (offset) },   \
	{                                                     \
		"text_nul", mapping_field_nul, (offset)       \
	}

bool mapping_field_zone(
    Mapping *mapping, const YamlNode *node, void *member, Error *err);
bool mapping_field_utf8(
    Mapping *mapping, const YamlNode *node, void *member, Error *err);
bool mapping_field_policy(
    Mapping *mapping, const YamlNode *node, void *member, Error *err);
bool mapping_field_nul(
    Mapping *mapping, const YamlNode *node, void *member, Error *err);

/* What stands for a setting in the file. */
const char *mapping_field_policy_word(Policy policy);
const char *mapping_field_nul_word(NulPolicy policy);
const char *mapping_field_utf8_word(Utf8Policy policy);
const char *mapping_field_naming_word(Naming naming);

#endif
