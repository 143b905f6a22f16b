#include "transform/advice.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "formats/utf8.h"

/* A text that is longer is no word for "nothing". */
#define WORD_BYTES 40

typedef enum {
	WITH_NOTHING,
	WITH_NULLIF, /* the value may stand for NULL */
	WITH_VALUES  /* it may be one more of a value map */
} With;

typedef struct {
	const char *rule;
	const char *text;
	With with;
} Advice;

/* By rule. */
static const Advice advices[] = {
	{ "base64", "type: text without using; or on_error: null",
	    WITH_NULLIF },
	{ "blob_in_text", "type: bytea; or on_error: null", WITH_NOTHING },
	{ "boolean",
	    "values: { ... } for the words; type: text; or "
	    "on_error: null",
	    WITH_NULLIF },
	{ "cents", "type: numeric without using; or on_error: null",
	    WITH_NULLIF },
	{ "cocoa", "type: text without using; or on_error: null", WITH_NULLIF },
	{ "date", "type: timestamptz; type: text; or on_error: null",
	    WITH_NULLIF },
	{ "double", "type: numeric; type: text; or on_error: null",
	    WITH_NULLIF },
	{ "enum",
	    "values: { ... } with labels of the target; or "
	    "on_error: null",
	    WITH_VALUES },
	{ "filetime", "type: text without using; or on_error: null",
	    WITH_NULLIF },
	{ "hex", "type: text without using; or on_error: null", WITH_NULLIF },
	{ "int01",
	    "using: truth; type: bigint without using; or "
	    "on_error: null",
	    WITH_NULLIF },
	{ "integer", "type: text; or on_error: null", WITH_NULLIF },
	{ "integer_range", "type: bigint or numeric; or on_error: null",
	    WITH_NOTHING },
	{ "invalid_utf8",
	    "invalid_utf8: latin1; invalid_utf8: replace; or type: bytea",
	    WITH_NOTHING },
	{ "iso", "type: text without using; or on_error: null", WITH_NULLIF },
	{ "json", "type: text; or on_error: null", WITH_NULLIF },
	{ "json_array", "type: text without using; or on_error: null",
	    WITH_NULLIF },
	{ "jsonb", "type: json; type: text; or on_error: null", WITH_NOTHING },
	{ "julian", "type: text without using; or on_error: null",
	    WITH_NULLIF },
	{ "length", "type: text; or a value: that is shorter", WITH_NOTHING },
	{ "not_null", "not_null: false; or a value: with coalesce()",
	    WITH_NOTHING },
	{ "numeric", "type: text; or on_error: null", WITH_NULLIF },
	{ "numeric_precision", "type: numeric; or a value: with round()",
	    WITH_NOTHING },
	{ "real", "type: double precision or numeric; or on_error: null",
	    WITH_NULLIF },
	{ "text", "type: bytea without using; or on_error: null",
	    WITH_NOTHING },
	{ "text_nul", "text_nul: strip; or type: bytea", WITH_NOTHING },
	{ "time", "type: text; or on_error: null", WITH_NULLIF },
	{ "timestamp",
	    "using: unix_s or what its numbers count; type: text; "
	    "or on_error: null",
	    WITH_NULLIF },
	{ "timestamp_zone", "type: timestamptz; or type: text", WITH_NOTHING },
	{ "truth", "type: text without using; or on_error: null", WITH_NULLIF },
	{ "unix_ms", "type: text without using; or on_error: null",
	    WITH_NULLIF },
	{ "unix_ns", "type: text without using; or on_error: null",
	    WITH_NULLIF },
	{ "unix_s", "type: text without using; or on_error: null",
	    WITH_NULLIF },
	{ "unix_us", "type: text without using; or on_error: null",
	    WITH_NULLIF },
	{ "uuid", "type: text; or on_error: null", WITH_NULLIF },
	{ "uuid_blob", "type: bytea without using; or on_error: null",
	    WITH_NOTHING },
	{ "uuid_blob_le", "type: bytea without using; or on_error: null",
	    WITH_NOTHING },
	{ "value",
	    "mend the expression, so that it has a value for this row; "
	    "or a where: that leaves the row out",
	    WITH_NOTHING },
	{ "values", "on_error: null", WITH_VALUES },
	{ "webkit", "type: text without using; or on_error: null",
	    WITH_NULLIF },
};

static int
compare_rule(const void *key, const void *advice)
{
	return strcmp(key, ((const Advice *)advice)->rule);
}

/* May the bytes stand in SQL within a YAML text in double quotes as they
 * are? */
static bool
is_harmless(const uint8_t *bytes, size_t size, const char *unwanted)
{
	if (size == 0 || size > WORD_BYTES || !utf8_is_text(bytes, size))
		return false;
	for (size_t i = 0; i < size; i++)
		if (bytes[i] < ' ' || bytes[i] == 0x7f || bytes[i] == '"' ||
		    bytes[i] == '\\' || strchr(unwanted, bytes[i]) != NULL)
			return false;
	return true;
}

static bool
is_bare(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return (*name < '0' || *name > '9') &&
	    name[strspn(name, letters)] == '\0';
}

/* Words that are no names of columns unless they are quoted: those of SQLite's
 * keywords (lang_keywords.html) that somebody calls a column. */
static bool
is_reserved(const char *name)
{
	static const char *const words[] = { "add", "all", "and", "as",
		"between", "case", "check", "collate", "create", "default",
		"distinct", "else", "exists", "from", "group", "having", "in",
		"index", "is", "join", "limit", "not", "null", "on", "or",
		"order", "primary", "references", "select", "set", "table",
		"then", "to", "transaction", "union", "unique", "update",
		"using", "values", "when", "where" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(words[i], name) == 0)
			return true;
	return false;
}

/* nullif(age, 'N/A') */
static bool
put_nullif(Buf *out, const char *column, const Value *value, Error *err)
{
	bool bare = is_bare(column) && !is_reserved(column);
	bool ok = buf_put_text(out, "; or value: \"nullif(", err) &&
	    buf_put_format(out, err, bare ? "%s, " : "[%s], ", column) &&
	    buf_put_text(out, "'", err);

	for (size_t i = 0; ok && i < value->size; i++)
		ok = buf_put(out, &value->bytes[i], 1, err) &&
		    (value->bytes[i] != '\'' || buf_put_text(out, "'", err));
	return ok && buf_put_text(out, "')\"", err);
}

static bool
put_values(Buf *out, const Value *value, Error *err)
{
	return buf_put_text(out, "; or values: { \"", err) &&
	    buf_put(out, value->bytes, value->size, err) &&
	    buf_put_text(out, "\": ... }", err);
}

bool
advice_put(Buf *out, const char *rule, const char *column, const Value *value,
    Error *err)
{
	const Advice *advice = bsearch(rule, advices,
	    sizeof advices / sizeof *advices, sizeof *advices, compare_rule);
	static const Advice unknown = { "",
		"type: text; on_error: null; or a value: that fits",
		WITH_NOTHING };

	if (advice == NULL)
		advice = &unknown;
	if (!buf_put_text(out, advice->text, err))
		return false;
	/* An empty text is a word for "nothing" as well. */
	if (column == NULL || value == NULL || value->class != VALUE_TEXT ||
	    (value->size > 0 && !is_harmless(value->bytes, value->size, "")) ||
	    !is_harmless((const uint8_t *)column, strlen(column), "[]"))
		return true;
	switch (advice->with) {
	case WITH_NULLIF:
		return put_nullif(out, column, value, err);
	case WITH_VALUES:
		return put_values(out, value, err);
	case WITH_NOTHING:
		break;
	}
	return true;
}
