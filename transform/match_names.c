#include "transform/match_names.h"

#include <string.h>

#include "formats/guess.h"
#include "transform/names.h"

/* A name in the forms that rules compare. */
typedef struct {
	const char *folded;
	const char *snake;
	const char *bare; /* without case, underscores, blanks and dashes */
} Forms;

typedef struct {
	MatchName *names;
	Forms *forms;
	size_t n;
	const MatchTarget *targets;
	Forms *target_forms;
	int *owners; /* the name that has a target; -1: it is free */
	size_t n_targets;
	MatchNamesRule rule;
} Pairing;

static const char *
make_bare(const char *folded, Arena *arena, Error *err)
{
	char *bare = arena_text(arena, folded, err);
	size_t n = 0;

	for (const char *at = folded; bare != NULL && *at != '\0'; at++)
		if (strchr("_ -", *at) == NULL)
			bare[n++] = *at;
	if (bare != NULL)
		bare[n] = '\0';
	return bare;
}

static bool
make_forms(const char *name, Forms *forms, Arena *arena, Error *err)
{
	forms->folded = names_fold(name, arena, err);
	forms->snake = names_make(NAMING_SNAKE_CASE, name, arena, err);
	if (forms->folded == NULL || forms->snake == NULL)
		return false;
	forms->bare = make_bare(forms->folded, arena, err);
	return forms->bare != NULL;
}

/* Is many the plural of one, as English words mostly have it? */
static bool
is_plural(const char *one, const char *many)
{
	size_t size = strlen(one), more = strlen(many);

	if (size == 0 || more <= size)
		return false;
	if (memcmp(one, many, size) == 0)
		return strcmp(many + size, "s") == 0 ||
		    strcmp(many + size, "es") == 0;
	return one[size - 1] == 'y' && memcmp(one, many, size - 1) == 0 &&
	    strcmp(many + size - 1, "ies") == 0;
}

/* "blog_post" for "post". */
static bool
has_prefix_before(const char *whole, const char *name)
{
	size_t size = strlen(whole), tail = strlen(name);

	return tail > 0 && size > tail + 1 && whole[size - tail - 1] == '_' &&
	    strcmp(whole + size - tail, name) == 0;
}

static bool
is_related(const Forms *name, const Forms *target)
{
	return is_plural(name->bare, target->bare) ||
	    is_plural(target->bare, name->bare) ||
	    has_prefix_before(target->snake, name->snake);
}

static bool
answers(const Pairing *pairing, size_t i, size_t target)
{
	const MatchName *name = &pairing->names[i];
	const Forms *forms = &pairing->forms[i];
	const char *other = pairing->targets[target].name;

	switch (pairing->rule) {
	case MATCH_NAMES_RENAMED:
		return name->renamed != NULL &&
		    strcmp(name->renamed, other) == 0;
	case MATCH_NAMES_SAME:
		return strcmp(name->name, other) == 0;
	case MATCH_NAMES_FOLDED:
		return strcmp(forms->folded, other) == 0;
	case MATCH_NAMES_SNAKE:
		return strcmp(forms->snake, other) == 0;
	case MATCH_NAMES_LOOSE:
		return *forms->bare != '\0' &&
		    strcmp(forms->bare, pairing->target_forms[target].bare) ==
		    0;
	case MATCH_NAMES_RELATED:
		return is_related(forms, &pairing->target_forms[target]);
	case MATCH_NAMES_RULES:
		break;
	}
	return false;
}

static bool
in_reach(const MatchName *name, const MatchTarget *target)
{
	return name->namespace == NULL ||
	    strcmp(name->namespace, target->namespace) == 0;
}

/* The one free target that answers; -1 for none or several. */
static int
find_target(const Pairing *pairing, size_t i)
{
	int found = -1;

	for (size_t k = 0; k < pairing->n_targets; k++) {
		if (pairing->owners[k] >= 0 ||
		    !in_reach(&pairing->names[i], &pairing->targets[k]) ||
		    !answers(pairing, i, k))
			continue;
		if (found >= 0)
			return -1;
		found = (int)k;
	}
	return found;
}

static bool
is_looking(const MatchName *name, MatchNamesRule rule)
{
	if (name->name == NULL || name->target >= 0)
		return false;
	return (name->renamed != NULL) == (rule == MATCH_NAMES_RENAMED);
}

/* Give away what one rule finds, once all have looked. */
static void
settle(Pairing *pairing)
{
	for (size_t i = 0; i < pairing->n; i++) {
		MatchName *name = &pairing->names[i];
		int *owner;

		if (name->target < 0 || name->rule != pairing->rule)
			continue;
		owner = &pairing->owners[name->target];
		if (*owner < 0) {
			*owner = (int)i;
			continue;
		}
		name->rival = *owner;
		if (pairing->names[*owner].rival < 0)
			pairing->names[*owner].rival = (int)i;
	}
}

static void
apply_rule(Pairing *pairing)
{
	for (size_t i = 0; i < pairing->n; i++) {
		MatchName *name = &pairing->names[i];

		if (!is_looking(name, pairing->rule))
			continue;
		name->target = find_target(pairing, i);
		name->rule = pairing->rule;
	}
	settle(pairing);
}

static bool
prepare(Pairing *pairing, Arena *arena, Error *err)
{
	pairing->forms = arena_alloc(arena, pairing->n, sizeof(Forms), err);
	pairing->target_forms =
	    arena_alloc(arena, pairing->n_targets, sizeof(Forms), err);
	pairing->owners =
	    arena_alloc(arena, pairing->n_targets, sizeof(int), err);
	if (pairing->forms == NULL || pairing->target_forms == NULL ||
	    pairing->owners == NULL)
		return false;
	for (size_t i = 0; i < pairing->n; i++) {
		pairing->names[i].target = -1;
		pairing->names[i].rival = -1;
		if (pairing->names[i].name != NULL &&
		    !make_forms(
			pairing->names[i].name, &pairing->forms[i], arena, err))
			return false;
	}
	for (size_t i = 0; i < pairing->n_targets; i++) {
		pairing->owners[i] = -1;
		if (!make_forms(pairing->targets[i].name,
			&pairing->target_forms[i], arena, err))
			return false;
	}
	return true;
}

bool
match_names_pair(MatchName *names, size_t n, const MatchTarget *targets,
    size_t n_targets, MatchNamesRule last, Error *err)
{
	Pairing pairing = { .names = names,
		.n = n,
		.targets = targets,
		.n_targets = n_targets };
	Arena arena = { 0 };
	bool success = prepare(&pairing, &arena, err);

	for (int rule = 0; success && rule <= (int)last; rule++) {
		pairing.rule = (MatchNamesRule)rule;
		apply_rule(&pairing);
	}
	arena_free(&arena);
	return success;
}

const char *
match_names_nearest(
    const MatchName *name, const MatchTarget *targets, size_t n_targets)
{
	const char *wanted = name->renamed == NULL ? name->name : name->renamed;
	Guess guess = { .text = wanted, .size = strlen(wanted) };

	for (size_t i = 0; i < n_targets; i++)
		if (in_reach(name, &targets[i]))
			guess_offer(&guess, targets[i].name);
	return guess_best(&guess);
}
