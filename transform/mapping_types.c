#include "transform/mapping_types.h"

#include <string.h>

#include "transform/mapping_field.h"

/* A declared type, read character by character as it is compared. */
typedef struct {
	const char *at;
	bool begun;   /* something was given */
	char pending; /* comes after the blank that was given; '\0' */
	bool mark;    /* the last was one of ( ) , */
} Squeezed;

static bool
is_blank(char letter)
{
	return letter == ' ' || (letter >= '\t' && letter <= '\r');
}

static bool
is_mark(char letter)
{
	return letter == '(' || letter == ')' || letter == ',';
}

/* The next character; '\0' at the end. */
static char
next_letter(Squeezed *text)
{
	bool blank = false;
	char letter = text->pending;

	text->pending = '\0';
	if (letter == '\0') {
		for (; is_blank(*text->at); text->at++)
			blank = true;
		letter = *text->at;
		if (letter != '\0')
			text->at++;
		if (letter >= 'a' && letter <= 'z')
			letter = (char)(letter - 'a' + 'A');
	}
	if (blank && text->begun && !text->mark && letter != '\0' &&
	    !is_mark(letter)) {
		text->pending = letter;
		return ' ';
	}
	text->begun = true;
	text->mark = is_mark(letter);
	return letter;
}

/* pattern is squeezed already. */
static bool
matches(const char *pattern, const char *declared)
{
	Squeezed text = { .at = declared };
	char letter = next_letter(&text);

	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '*') {
			if (letter != *pattern)
				return false;
			letter = next_letter(&text);
			continue;
		}
		if (letter == pattern[1])
			return false;
		while (letter != pattern[1] && letter != ')' && letter != '\0')
			letter = next_letter(&text);
	}
	return letter == '\0';
}

/* A * is a number, or all of them: ( before it or a comma, ) or a comma behind
 * it. */
static bool
stars_are_numbers(const char *pattern)
{
	const char *star = pattern;

	while ((star = strchr(star, '*')) != NULL) {
		if (star == pattern || (star[-1] != '(' && star[-1] != ',') ||
		    (star[1] != ')' && star[1] != ','))
			return false;
		star++;
	}
	return true;
}

static bool
read_declared(
    Mapping *mapping, const YamlNode *key, MappingType *type, Error *err)
{
	Squeezed text = { .at = key->text };
	char *declared =
	    arena_alloc(&mapping->arena, strlen(key->text) + 1, 1, err);
	size_t n = 0;

	if (declared == NULL)
		return false;
	while ((declared[n] = next_letter(&text)) != '\0')
		n++;
	if (!stars_are_numbers(declared))
		return mapping_field_refuse(mapping, key, err,
		    "a * stands for a number in parentheses, as in "
		    "\"VARCHAR(*)\"");
	for (size_t i = 0; i < mapping->n_types; i++)
		if (strcmp(mapping->types[i].declared, declared) == 0)
			return mapping_field_refuse(mapping, key, err,
			    "\"%s\" stands here twice, first in line %u",
			    declared, mapping->types[i].place.line);
	type->declared = declared;
	return true;
}

bool
mapping_types_read(
    Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	(void)member;
	if (!mapping_field_is_object(mapping, node, "types", err))
		return false;
	mapping->types =
	    arena_alloc(&mapping->arena, node->n, sizeof(MappingType), err);
	if (mapping->types == NULL)
		return false;
	for (const YamlNode *key = node->first; key != NULL; key = key->next) {
		MappingType *type = &mapping->types[mapping->n_types];

		type->place = mapping_field_place(key);
		if (!read_declared(mapping, key, type, err) ||
		    !mapping_field_type(mapping, key->value, &type->type, err))
			return false;
		mapping->n_types++;
	}
	return true;
}

/* Characters that are not wild: the more, the narrower. */
static size_t
weight(const char *pattern)
{
	size_t n = 0;

	for (; *pattern != '\0'; pattern++)
		n += *pattern != '*';
	return n;
}

const Type *
mapping_declared(const Mapping *mapping, const char *declared)
{
	const MappingType *best = NULL;

	for (size_t i = 0; i < mapping->n_types; i++) {
		const MappingType *type = &mapping->types[i];

		if (matches(type->declared, declared) &&
		    (best == NULL ||
			weight(type->declared) >= weight(best->declared)))
			best = type;
	}
	return best == NULL ? NULL : &best->type;
}
