#include "transform/yaml.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "formats/bytes.h"

/* A mapping or sequence that is not closed yet. */
typedef struct {
	YamlNode *node;
	YamlNode **end; /* where its next key or item goes */
	YamlNode *key;  /* waits for its value; NULL */
} Level;

typedef struct {
	const char *path;
	Arena *arena;
	YamlNode *root;
	Level levels[YAML_DEPTH];
	unsigned depth;
} Builder;

static bool
refuse_mark(
    const char *path, const yaml_mark_t *mark, Error *err, const char *what)
{
	return error_set(err, ERROR_USAGE, "%s:%zu:%zu: %s", path,
	    mark->line + 1, mark->column + 1, what);
}

/* A key or item, or a key's value, takes its place. */
static bool
place(Builder *builder, YamlNode *node, const yaml_mark_t *mark, Error *err)
{
	Level *level;

	if (builder->depth == 0) {
		builder->root = node;
		return true;
	}
	level = &builder->levels[builder->depth - 1];
	if (level->key != NULL) {
		level->key->value = node;
		level->key = NULL;
		return true;
	}
	if (level->node->kind == YAML_MAPPING) {
		if (node->kind != YAML_SCALAR)
			return refuse_mark(
			    builder->path, mark, err, "a key must be a text");
		if (node->plain && strcmp(node->text, "<<") == 0)
			return refuse_mark(builder->path, mark, err,
			    "merge keys are not supported");
		level->key = node;
	}
	*level->end = node;
	level->end = &node->next;
	level->node->n++;
	return true;
}

static bool
add_node(Builder *builder, YamlKind kind, const char *text, bool plain,
    const yaml_mark_t *mark, Error *err)
{
	YamlNode *node = arena_alloc(builder->arena, 1, sizeof *node, err);

	if (node == NULL)
		return false;
	node->kind = kind;
	node->plain = plain;
	node->line = (unsigned)mark->line + 1;
	node->column = (unsigned)mark->column + 1;
	node->text = text;
	if (!place(builder, node, mark, err))
		return false;
	if (kind == YAML_SCALAR)
		return true;
	if (builder->depth == YAML_DEPTH)
		return refuse_mark(builder->path, mark, err, "nested too deep");
	builder->levels[builder->depth++] =
	    (Level){ .node = node, .end = &node->first };
	return true;
}

static bool
add_scalar(Builder *builder, const yaml_event_t *event, Error *err)
{
	size_t size = event->data.scalar.length;
	char *text;

	if (memchr(event->data.scalar.value, '\0', size) != NULL)
		return refuse_mark(builder->path, &event->start_mark, err,
		    "text that holds a NUL");
	text = arena_alloc(builder->arena, size + 1, 1, err);
	if (text == NULL)
		return false;
	memcpy(text, event->data.scalar.value, size);
	return add_node(builder, YAML_SCALAR, text,
	    event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE,
	    &event->start_mark, err);
}

static int
compare_keys(const void *one, const void *other)
{
	const YamlNode *a = *(const YamlNode *const *)one;
	const YamlNode *b = *(const YamlNode *const *)other;
	int order = strcmp(a->text, b->text);

	if (order != 0)
		return order;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return a->column < b->column ? -1 : a->column > b->column;
}

static bool
check_keys(const Builder *builder, const YamlNode *mapping, Error *err)
{
	const YamlNode **keys =
	    arena_alloc(builder->arena, mapping->n, sizeof(YamlNode *), err);
	size_t n = 0;

	if (keys == NULL)
		return false;
	for (const YamlNode *key = mapping->first; key != NULL; key = key->next)
		keys[n++] = key;
	qsort(keys, n, sizeof *keys, compare_keys);
	for (size_t i = 1; i < n; i++)
		if (strcmp(keys[i - 1]->text, keys[i]->text) == 0)
			return error_set(err, ERROR_USAGE,
			    "%s:%u:%u: \"%s\" stands here twice, first in "
			    "line %u",
			    builder->path, keys[i]->line, keys[i]->column,
			    keys[i]->text, keys[i - 1]->line);
	return true;
}

static bool
close_level(Builder *builder, Error *err)
{
	const YamlNode *node = builder->levels[--builder->depth].node;

	/* libyaml ends nothing that it has not begun. */
	assert(node != NULL);
	return node->kind != YAML_MAPPING || check_keys(builder, node, err);
}

/* What a person does not need, and a reader may trip over. */
static bool
check_plain(const Builder *builder, const yaml_event_t *event,
    const yaml_char_t *anchor, const yaml_char_t *tag, Error *err)
{
	if (anchor != NULL)
		return refuse_mark(builder->path, &event->start_mark, err,
		    "anchors are not supported");
	if (tag != NULL)
		return refuse_mark(builder->path, &event->start_mark, err,
		    "tags are not supported");
	return true;
}

static bool
take_event(Builder *builder, const yaml_event_t *event, Error *err)
{
	const yaml_mark_t *mark = &event->start_mark;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return check_plain(builder, event, event->data.scalar.anchor,
			   event->data.scalar.tag, err) &&
		    add_scalar(builder, event, err);
	case YAML_SEQUENCE_START_EVENT:
		return check_plain(builder, event,
			   event->data.sequence_start.anchor,
			   event->data.sequence_start.tag, err) &&
		    add_node(builder, YAML_SEQUENCE, NULL, false, mark, err);
	case YAML_MAPPING_START_EVENT:
		return check_plain(builder, event,
			   event->data.mapping_start.anchor,
			   event->data.mapping_start.tag, err) &&
		    add_node(builder, YAML_MAPPING, NULL, false, mark, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_level(builder, err);
	case YAML_ALIAS_EVENT:
		return refuse_mark(
		    builder->path, mark, err, "aliases are not supported");
	case YAML_DOCUMENT_START_EVENT:
		return builder->root == NULL ||
		    refuse_mark(builder->path, mark, err,
			"a second document; one is all there may be");
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return true;
}

/* Where an offset is; the reader of libyaml knows nothing more. */
static yaml_mark_t
mark_of(const uint8_t *bytes, size_t size, size_t offset)
{
	yaml_mark_t mark = { 0 };

	for (size_t i = 0; i < offset && i < size; i++) {
		mark.column++;
		if (bytes[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}
	return mark;
}

/* Is it what stands at the mark, which counts characters?  */
static bool
is_tab(const uint8_t *bytes, size_t size, const yaml_mark_t *mark)
{
	size_t at = 0;

	for (size_t line = 0; at < size && line < mark->line; at++)
		line += bytes[at] == '\n';
	for (size_t column = 0; at < size; at++)
		if ((bytes[at] & 0xc0) != 0x80 && column++ == mark->column)
			break;
	return at < size && bytes[at] == '\t';
}

static bool
refuse_syntax(const yaml_parser_t *parser, const char *path,
    const uint8_t *bytes, size_t size, Error *err)
{
	const char *problem =
	    parser->problem == NULL ? "not YAML" : parser->problem;
	yaml_mark_t mark = parser->problem_mark;

	if (parser->error == YAML_MEMORY_ERROR)
		return error_set(err, ERROR_FAILED, "out of memory");
	if (parser->error == YAML_READER_ERROR)
		mark = mark_of(bytes, size, parser->problem_offset);
	/* Every editor makes them, and libyaml's words do not name them. */
	if (is_tab(bytes, size, &mark))
		return refuse_mark(path, &mark, err,
		    "a tab, where YAML indents with blanks only");
	if (parser->context == NULL)
		return refuse_mark(path, &mark, err, problem);
	return error_set(err, ERROR_USAGE, "%s:%zu:%zu: %s %s", path,
	    mark.line + 1, mark.column + 1, problem, parser->context);
}

static bool
parse(Builder *builder, const uint8_t *bytes, size_t size, Error *err)
{
	yaml_parser_t parser;
	yaml_event_t event;
	bool ok = true, ended = false;

	if (!yaml_parser_initialize(&parser))
		return error_set(err, ERROR_FAILED, "out of memory");
	yaml_parser_set_input_string(&parser, bytes, size);
	while (ok && !ended) {
		if (!yaml_parser_parse(&parser, &event)) {
			ok = refuse_syntax(
			    &parser, builder->path, bytes, size, err);
			break;
		}
		ended = event.type == YAML_STREAM_END_EVENT;
		ok = take_event(builder, &event, err);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return ok;
}

/* The unit of UTF-16 that an escape \uXXXX says; -1 where none stands. */
static int32_t
read_unit(const uint8_t *at, const uint8_t *end)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	int32_t unit = 0;

	if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		const char *digit = memchr(digits, at[i], sizeof digits - 1);

		if (digit == NULL)
			return -1;
		unit = unit * 16 + (int32_t)((digit - digits) % 16);
	}
	return unit;
}

/* JSON writes a character past U+FFFF as two escapes, of which YAML knows
 * nothing: \ud83d\ude00 is \U0001f600 there. */
static bool
join_escapes(const uint8_t *at, const uint8_t *end, Buf *out, Error *err)
{
	while (at < end) {
		int32_t high = read_unit(at, end), low = -1;
		size_t size = *at == '\\' && end - at > 1 ? 2 : 1;

		if (high >= 0xd800 && high < 0xdc00)
			low = read_unit(at + 6, end);
		if (low >= 0xdc00 && low < 0xe000) {
			if (!buf_put_format(out, err, "\\U%08x",
				(unsigned)(0x10000 + (high - 0xd800) * 0x400 +
				    low - 0xdc00)))
				return false;
			size = 12;
		} else if (!buf_put(out, at, size, err)) {
			return false;
		}
		at += size;
	}
	return true;
}

/* Bytes before a brace that opens the document; SIZE_MAX where none does. */
static size_t
find_json(const uint8_t *bytes, size_t size)
{
	size_t i = 0;

	while (i < size &&
	    (bytes[i] == ' ' || bytes[i] == '\t' || bytes[i] == '\n' ||
		bytes[i] == '\r'))
		i++;
	return i < size && bytes[i] == '{' ? i : SIZE_MAX;
}

/* JSON as YAML knows it. */
static bool
convert_json(
    const uint8_t *bytes, size_t size, size_t start, Buf *out, Error *err)
{
	/* A tab may not begin a line outside braces. */
	for (size_t i = 0; i < start; i++)
		if (!buf_put(out,
			bytes[i] == '\t' ? (const void *)" " : &bytes[i], 1,
			err))
			return false;
	return join_escapes(bytes + start, bytes + size, out, err);
}

bool
yaml_read(const uint8_t *bytes, size_t size, const char *path, Arena *arena,
    const YamlNode **root, Error *err)
{
	Builder builder = { .path = path, .arena = arena };
	Buf converted = { 0 };
	size_t start = find_json(bytes, size);
	bool ok;

	if (size > YAML_BYTES_LIMIT)
		return error_set(err, ERROR_USAGE,
		    "%s:1:1: %zu bytes, more than the %llu allowed", path, size,
		    (unsigned long long)YAML_BYTES_LIMIT);
	if (start != SIZE_MAX) {
		ok = convert_json(bytes, size, start, &converted, err) &&
		    parse(&builder, converted.data, converted.size, err);
		buf_free(&converted);
	} else {
		ok = parse(&builder, bytes, size, err);
	}
	if (ok && builder.root == NULL)
		ok = error_set(
		    err, ERROR_USAGE, "%s:1:1: the file holds nothing", path);
	if (ok)
		*root = builder.root;
	return ok;
}

const YamlNode *
yaml_find(const YamlNode *mapping, const char *key)
{
	for (const YamlNode *node = mapping->first; node != NULL;
	     node = node->next)
		if (strcmp(node->text, key) == 0)
			return node->value;
	return NULL;
}

bool
yaml_is_null(const YamlNode *node)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };

	if (node->kind != YAML_SCALAR || !node->plain)
		return false;
	for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
		if (strcmp(node->text, nulls[i]) == 0)
			return true;
	return false;
}
