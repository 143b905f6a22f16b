/*
 * mapping_types: the key "types" of a mapping file, declared types of SQLite
 * and the type that each becomes.
 *
 * Declared types are compared in upper case with their blanks squeezed:
 * "varchar ( 20 )" is VARCHAR(20).  A * that stands for a number in parentheses
 * is any number, one that stands for all of them any numbers: VARCHAR(*).
 */
#ifndef TRANSFORM_MAPPING_TYPES_H
#define TRANSFORM_MAPPING_TYPES_H

#include "formats/error.h"
#include "transform/mapping.h"
#include "transform/yaml.h"

/* Reader of the key "types"; member is the Mapping itself. */
bool mapping_types_read(
    Mapping *mapping, const YamlNode *node, void *member, Error *err);

#endif
