#include "formats/document.h"

#include <stdio.h>

#include "formats/manifest.h"

static const char *const dialect_names[] = {
	[DIALECT_SQLITE] = "sqlite",
	[DIALECT_POSTGRESQL] = "postgresql",
};

static const JsonField source_fields[] = {
	{ "name", JSON_TEXT, false, offsetof(Source, name) },
	{ "bytes", JSON_COUNT, false, offsetof(Source, bytes) },
	{ "modified", JSON_INTEGER, false, offsetof(Source, modified) },
	{ "encoding", JSON_TEXT, false, offsetof(Source, encoding) },
	{ "user_version", JSON_INTEGER, false, offsetof(Source, user_version) },
	{ "application_id", JSON_INTEGER, false,
	    offsetof(Source, application_id) },
};

void
document_begin(JsonWriter *json, Dialect dialect)
{
	json_begin_object(json, NULL);
	json_put_text(json, "format", "litehaul");
	json_put_integer(json, "version", MANIFEST_VERSION);
	json_put_text(json, "dialect", document_dialect_name(dialect));
}

/* Blanks of JSON, then the given text: where it ends, or NULL. */
static const char *
expect(const char *at, const char *end, const char *text)
{
	size_t size = strlen(text);

	while (at < end &&
	    (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	if ((size_t)(end - at) < size || memcmp(at, text, size) != 0)
		return NULL;
	return at + size;
}

static const char *
find_version(const char *at, const char *end)
{
	static const char *const head[] = { "{", "\"format\"", ":",
		"\"litehaul\"", ",", "\"version\"", ":", "" };
	size_t i;

	for (i = 0; at != NULL && i < sizeof(head) / sizeof(head[0]); i++)
		at = expect(at, end, head[i]);
	return at;
}

bool
document_check(const uint8_t *bytes, size_t size, const char *what, Error *err)
{
	const char *end = (const char *)bytes + size;
	const char *at = find_version((const char *)bytes, end);
	unsigned long version = 0;
	int digits = 0;

	/* Nine digits hold any version there will be. */
	for (; at != NULL && at < end && *at >= '0' && *at <= '9'; at++) {
		if (++digits > 9)
			break;
		version = version * 10 + (unsigned long)(*at - '0');
	}
	if (digits == 0)
		return error_set(err, ERROR_DUMP,
		    "%s is not a litehaul document: it does not begin with "
		    "\"format\":\"litehaul\" and \"version\"",
		    what);
	if (version > MANIFEST_VERSION)
		return error_set(err, ERROR_DUMP,
		    "%s was written by a newer litehaul (format version %lu, "
		    "this one reads up to %d); use that one",
		    what, version, MANIFEST_VERSION);
	if (version == 0)
		return error_set(err, ERROR_DUMP,
		    "%s has format version 0, which never was", what);
	return true;
}

const char *
document_dialect_name(Dialect dialect)
{
	return dialect_names[dialect];
}

bool
document_parse_dialect(
    const char *text, const char *what, Dialect *dialect, Error *err)
{
	if (strcmp(text, dialect_names[DIALECT_SQLITE]) == 0)
		*dialect = DIALECT_SQLITE;
	else if (strcmp(text, dialect_names[DIALECT_POSTGRESQL]) == 0)
		*dialect = DIALECT_POSTGRESQL;
	else
		return error_set(err, ERROR_DUMP,
		    "%s: unknown dialect \"%s\", expected sqlite or "
		    "postgresql",
		    what, text);
	return true;
}

void
document_put_source(JsonWriter *json, const Source *source)
{
	json_begin_object(json, "source");
	json_put_text(json, "name", source->name == NULL ? "" : source->name);
	/* A file has at most 2^63 - 1 bytes. */
	json_put_integer(json, "bytes", (int64_t)source->bytes);
	json_put_integer(json, "modified", source->modified);
	json_put_text(
	    json, "encoding", source->encoding == NULL ? "" : source->encoding);
	json_put_integer(json, "user_version", source->user_version);
	json_put_integer(json, "application_id", source->application_id);
	json_end(json);
}

bool
document_read_source(const JsonNode *node, const char *where, Source *source,
    Arena *arena, Error *err)
{
	char place[128];

	(void)snprintf(place, sizeof(place), "%s, source", where);
	return json_read(node, place, source_fields,
	    sizeof(source_fields) / sizeof(source_fields[0]), source, arena,
	    err);
}

static bool
text_equal(const char *one, const char *other)
{
	return strcmp(one == NULL ? "" : one, other == NULL ? "" : other) == 0;
}

bool
document_source_equal(const Source *one, const Source *other)
{
	return text_equal(one->name, other->name) &&
	    one->bytes == other->bytes && one->modified == other->modified &&
	    text_equal(one->encoding, other->encoding) &&
	    one->user_version == other->user_version &&
	    one->application_id == other->application_id;
}
