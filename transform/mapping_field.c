#include "transform/mapping_field.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "formats/guess.h"
#include "formats/type.h"

/* NAMEDATALEN - 1 of every PostgreSQL as it is built for people. */
#define NAME_BYTES 63
/* What is longer says no more to a reader of the message. */
#define MESSAGE_BYTES 1024

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const policy_words[] = { [POLICY_REJECT] = "reject",
	[POLICY_NULL] = "null",
	[POLICY_STOP] = "stop" };
static const char *const nul_words[] = {
	[NUL_REJECT] = "reject", [NUL_STRIP] = "strip", [NUL_BYTEA] = "bytea"
};
static const char *const utf8_words[] = { [UTF8_REJECT] = "reject",
	[UTF8_REPLACE] = "replace",
	[UTF8_LATIN1] = "latin1",
	[UTF8_BYTEA] = "bytea" };
static const char *const naming_words[] = { [NAMING_FOLD] = "fold",
	[NAMING_KEEP] = "keep",
	[NAMING_SNAKE_CASE] = "snake_case" };

const char *
mapping_field_policy_word(Policy policy)
{
	return policy_words[policy];
}

const char *
mapping_field_nul_word(NulPolicy policy)
{
	return nul_words[policy];
}

const char *
mapping_field_utf8_word(Utf8Policy policy)
{
	return utf8_words[policy];
}

const char *
mapping_field_naming_word(Naming naming)
{
	return naming_words[naming];
}

MappingPlace
mapping_field_place(const YamlNode *node)
{
	return (MappingPlace){ node->line, node->column };
}

bool
mapping_field_refuse(const Mapping *mapping, const YamlNode *node, Error *err,
    const char *format, ...)
{
	char text[MESSAGE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	return error_set(err, ERROR_USAGE, "%s:%u:%u: %s", mapping->path,
	    node->line, node->column, text);
}

bool
mapping_field_is_object(
    const Mapping *mapping, const YamlNode *node, const char *what, Error *err)
{
	if (node->kind == YAML_MAPPING)
		return true;
	if (node->kind == YAML_SCALAR && node->plain && *node->text == '\0')
		return mapping_field_refuse(mapping, node, err,
		    "nothing stands here, and %s takes keys; "
		    "write {} where there are none",
		    what);
	return mapping_field_refuse(
	    mapping, node, err, "%s takes keys and their values", what);
}

static bool
refuse_key(const Mapping *mapping, const YamlNode *key,
    const MappingShape *shape, Error *err)
{
	Guess guess = { .text = key->text, .size = strlen(key->text) };

	for (size_t i = 0; i < shape->n; i++)
		guess_offer(&guess, shape->fields[i].key);
	if (guess_best(&guess) == NULL)
		return mapping_field_refuse(mapping, key, err,
		    "unknown key \"%s\" in %s", key->text, shape->what);
	return mapping_field_refuse(mapping, key, err,
	    "unknown key \"%s\" in %s; did you mean \"%s\"?", key->text,
	    shape->what, guess_best(&guess));
}

static const MappingField *
find_field(const MappingShape *shape, const char *key)
{
	for (size_t i = 0; i < shape->n; i++)
		if (strcmp(shape->fields[i].key, key) == 0)
			return &shape->fields[i];
	return NULL;
}

bool
mapping_field_read(Mapping *mapping, const YamlNode *node,
    const MappingShape *shape, void *out, Error *err)
{
	if (!mapping_field_is_object(mapping, node, shape->what, err))
		return false;
	for (const YamlNode *key = node->first; key != NULL; key = key->next) {
		const MappingField *field = find_field(shape, key->text);

		if (field == NULL)
			return refuse_key(mapping, key, shape, err);
		if (!field->read(
			mapping, key->value, (char *)out + field->offset, err))
			return false;
	}
	return true;
}

static bool
is_scalar(const Mapping *mapping, const YamlNode *node, Error *err)
{
	return node->kind == YAML_SCALAR ||
	    mapping_field_refuse(mapping, node, err,
		"a single value is wanted, not a %s",
		node->kind == YAML_MAPPING ? "mapping" : "list");
}

/* "reject, null or stop" */
static void
list_words(const char *const *words, size_t n, char text[MESSAGE_BYTES])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		const char *link = i == 0 ? "" : i + 1 < n ? ", " : " or ";
		int size = snprintf(
		    text + used, MESSAGE_BYTES - used, "%s%s", link, words[i]);

		used += (size_t)size;
	}
}

bool
mapping_field_word(const Mapping *mapping, const YamlNode *node,
    const char *const *words, size_t n, size_t *which, Error *err)
{
	char list[MESSAGE_BYTES];

	if (!is_scalar(mapping, node, err))
		return false;
	for (*which = 0; *which < n; ++*which)
		if (strcmp(words[*which], node->text) == 0)
			return true;
	list_words(words, n, list);
	return mapping_field_refuse(
	    mapping, node, err, "\"%s\" where %s is wanted", node->text, list);
}

bool
mapping_field_text(
    Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	if (!is_scalar(mapping, node, err))
		return false;
	if (node->text[strspn(node->text, " \t\r\n")] == '\0')
		return mapping_field_refuse(
		    mapping, node, err, "nothing stands here");
	if (yaml_is_null(node))
		return mapping_field_refuse(mapping, node, err,
		    "null says nothing here; leave the key out, or write "
		    "\"null\" for the word");
	*(const char **)member = node->text;
	return true;
}

bool
mapping_field_name(
    Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	if (!is_scalar(mapping, node, err))
		return false;
	if (*node->text == '\0')
		return mapping_field_refuse(
		    mapping, node, err, "PostgreSQL has no empty names");
	if (yaml_is_null(node))
		return mapping_field_refuse(mapping, node, err,
		    "null is no name; leave the key out, or write \"null\" "
		    "for the word");
	if (strlen(node->text) > NAME_BYTES)
		return mapping_field_refuse(mapping, node, err,
		    "the name has %zu bytes, and PostgreSQL's have at most %d",
		    strlen(node->text), NAME_BYTES);
	*(const char **)member = node->text;
	return true;
}

bool
mapping_field_namespace(
    Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	if (!mapping_field_name(mapping, node, member, err))
		return false;
	/* IsReservedName (sql-createschema). */
	return strncmp(node->text, "pg_", 3) != 0 ||
	    mapping_field_refuse(mapping, node, err,
		"PostgreSQL keeps schemas whose names begin with pg_ for "
		"itself");
}

bool
mapping_field_flag(
    Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	static const char *const words[] = { "false", "true" };
	size_t which;

	if (!mapping_field_word(mapping, node, words, 2, &which, err))
		return false;
	*(bool *)member = which == 1;
	return true;
}

bool
mapping_field_type(
    Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	/* The names people use where type_sql says them longer. */
	static const char *const usual[] = { "varchar", "time", "timestamp",
		"timestamptz", "int", "float8", "bool" };
	char names[TYPE_COUNT][TYPE_SQL_BYTES];
	Guess guess = { 0 };

	if (!is_scalar(mapping, node, err))
		return false;
	if (type_parse(node->text, member))
		return true;
	guess.text = node->text;
	guess.size = strcspn(node->text, "(");
	for (size_t i = 0; i < TYPE_COUNT; i++)
		guess_offer(
		    &guess, type_sql((Type){ .name = (TypeName)i }, names[i]));
	for (size_t i = 0; i < COUNT(usual); i++)
		guess_offer(&guess, usual[i]);
	if (guess_best(&guess) == NULL || guess.changes == 0)
		return mapping_field_refuse(mapping, node, err,
		    "\"%s\" is no type that litehaul knows; "
		    "litehaul-mapping(5) lists them",
		    node->text);
	return mapping_field_refuse(mapping, node, err,
	    "\"%s\" is no type that litehaul knows; did you mean \"%s\"?",
	    node->text, guess_best(&guess));
}

bool
mapping_field_zone(
    Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	MappingDefaults *defaults = member;

	if (!mapping_field_text(mapping, node, &defaults->zone_name, err))
		return false;
	defaults->has_zone = true;
	return zone_open(node->text, &defaults->zone, &mapping->arena, err) ||
	    error_add(err, "%s:%u:%u", mapping->path, node->line, node->column);
}

bool
mapping_field_utf8(
    Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	MappingDefaults *defaults = member;
	size_t which;

	if (!mapping_field_word(
		mapping, node, utf8_words, COUNT(utf8_words), &which, err))
		return false;
	defaults->has_utf8 = true;
	defaults->utf8 = (Utf8Policy)which;
	return true;
}

bool
mapping_field_policy(
    Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	MappingDefaults *defaults = member;
	size_t which;

	if (!mapping_field_word(
		mapping, node, policy_words, COUNT(policy_words), &which, err))
		return false;
	defaults->has_policy = true;
	defaults->policy = (Policy)which;
	return true;
}

bool
mapping_field_nul(
    Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	MappingDefaults *defaults = member;
	size_t which;

	if (!mapping_field_word(
		mapping, node, nul_words, COUNT(nul_words), &which, err))
		return false;
	defaults->has_nul = true;
	defaults->nul = (NulPolicy)which;
	return true;
}

bool
mapping_field_naming(
    Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	size_t which;

	if (!mapping_field_word(
		mapping, node, naming_words, COUNT(naming_words), &which, err))
		return false;
	*(Naming *)member = (Naming)which;
	return true;
}
