/*
 * archive_name: the grammar of member names (FORMAT.md, "Names").
 *
 *	schema.json  profile.json  rejects.ndjson  manifest.json
 *	data/<directory>/<ordinal>.<csv|ndjson>[.zst|.gz]
 */
#ifndef FORMATS_ARCHIVE_NAME_H
#define FORMATS_ARCHIVE_NAME_H

#include "formats/archive.h"

/* The four documents, in the order in which a directory gives them; data
 * stands before the last. */
#define ARCHIVE_NAME_SCHEMA   "schema.json"
#define ARCHIVE_NAME_PROFILE  "profile.json"
#define ARCHIVE_NAME_REJECTS  "rejects.ndjson"
#define ARCHIVE_NAME_MANIFEST "manifest.json"

/* Copy a name from a tar without its leading "./" and a directory's "/" at
 * its end; false where it is longer than any of ours. */
bool archive_name_strip(const char *name, char plain[ARCHIVE_NAME_BYTES]);

bool archive_name_is_member(const char *name);

/* ".", "data" or "data/<directory>". */
bool archive_name_is_directory(const char *name);

/* Order of members in a directory: documents in their order, data by name. */
int archive_name_compare(const char *one, const char *other);

#endif
