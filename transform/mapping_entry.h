/*
 * mapping_entry: the tables of a mapping file, with their columns.
 */
#ifndef TRANSFORM_MAPPING_ENTRY_H
#define TRANSFORM_MAPPING_ENTRY_H

#include "formats/error.h"
#include "transform/mapping.h"
#include "transform/yaml.h"

/* Reader of the key "tables"; member is the Mapping itself. */
bool mapping_entry_tables(
    Mapping *mapping, const YamlNode *node, void *member, Error *err);

#endif
