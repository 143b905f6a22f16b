/*
 * rename_map: old names and new ones, for an application's developers, who
 * have statements to change.
 */
#ifndef TRANSFORM_RENAME_MAP_H
#define TRANSFORM_RENAME_MAP_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "transform/rewrite.h"

/*
 * Append the JSON document: every table that travels by its old name, with its
 * new name, its schema where one is named, and all its columns, old to new; a
 * column that is left out is null.
 *
 *	{"tables":{
 *	"Orders":{"name":"orders","schema":"shop","columns":{
 *	"ID":"id",
 *	"Legacy":null}}}}
 */
bool rename_map_put(const Rewrite *rewrite, Buf *out, Error *err) MUST_CHECK;

#endif
