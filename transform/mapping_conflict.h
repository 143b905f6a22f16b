/*
 * mapping_conflict: what in a mapping file cannot be together.  Errors are
 * ERROR_USAGE with the place of the key that should not be there.
 */
#ifndef TRANSFORM_MAPPING_CONFLICT_H
#define TRANSFORM_MAPPING_CONFLICT_H

#include "formats/error.h"
#include "transform/mapping.h"
#include "transform/yaml.h"

/* What one entry says against itself or another: of a column (added: of the key
 * "add"), of a table, and of all tables together. */
bool mapping_conflict_column(const Mapping *mapping, const YamlNode *key,
    const MappingColumn *column, bool added, Error *err) MUST_CHECK;
bool mapping_conflict_table(Mapping *mapping, const YamlNode *key,
    const MappingTable *table, Error *err) MUST_CHECK;
bool mapping_conflict_tables(
    Mapping *mapping, const YamlNode *tables, Error *err) MUST_CHECK;

#endif
