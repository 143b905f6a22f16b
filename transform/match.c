#include "transform/match.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "transform/infer.h"
#include "transform/match_names.h"
#include "transform/match_table.h"

/* Foreign keys named in one note; more are counted. */
#define NAMED_KEYS 6

/* Everything that is needed while tables are matched. */
typedef struct {
	const MatchInput *input;
	Match *match;
	MatchFindings findings;
	MatchName *names;             /* one for each of the source's tables */
	const MappingTable **entries; /* likewise; NULL: none */
	MatchTarget *targets;
	bool *taken; /* which of the target's tables get rows */
} Matching;

/* Tables in which frameworks keep their own books; sorted.  The target's were
 * filled when its schema was made. */
static const char *const bookkeeping[] = { "__EFMigrationsHistory",
	"_prisma_migrations", "alembic_version", "ar_internal_metadata",
	"auth_permission", "django_content_type", "django_migrations",
	"flyway_schema_history", "goose_db_version", "knex_migrations",
	"knex_migrations_lock", "schema_migrations", "typeorm_metadata" };

static bool
is_wanted(const Matching *matching, size_t i)
{
	const MatchInput *input = matching->input;
	const MappingTable *entry = matching->entries[i];

	return (input->wanted == NULL || input->wanted[i]) &&
	    (entry == NULL || !entry->skip);
}

static const char *
namespace_of(const Matching *matching, size_t i)
{
	const MatchInput *input = matching->input;
	const MappingTable *entry = matching->entries[i];

	if (entry != NULL && entry->rename_namespace != NULL)
		return entry->rename_namespace;
	if (input->mapping != NULL && input->mapping->namespace != NULL)
		return input->mapping->namespace;
	return input->target->namespace;
}

static bool
prepare(Matching *matching, Error *err)
{
	const MatchInput *input = matching->input;
	Arena *arena = &matching->match->arena;
	size_t n = input->source->n_tables;
	size_t n_targets = input->target->n_tables;

	matching->match->n_tables = n;
	matching->match->tables =
	    arena_alloc(arena, n, sizeof(MatchTable), err);
	matching->names = arena_alloc(arena, n, sizeof(MatchName), err);
	matching->entries =
	    arena_alloc(arena, n, sizeof(*matching->entries), err);
	matching->targets =
	    arena_alloc(arena, n_targets, sizeof(MatchTarget), err);
	matching->taken = arena_alloc(arena, n_targets, sizeof(bool), err);
	return matching->match->tables != NULL && matching->names != NULL &&
	    matching->entries != NULL && matching->targets != NULL &&
	    matching->taken != NULL;
}

static bool
pair_tables(Matching *matching, Error *err)
{
	const MatchInput *input = matching->input;
	const Target *target = input->target;

	for (size_t i = 0; i < input->source->n_tables; i++) {
		const char *name = input->source->tables[i].name;

		if (input->mapping != NULL)
			matching->entries[i] =
			    mapping_table(input->mapping, name);
		if (!is_wanted(matching, i))
			continue;
		matching->names[i].name = name;
		matching->names[i].namespace = namespace_of(matching, i);
		if (matching->entries[i] != NULL)
			matching->names[i].renamed =
			    matching->entries[i]->rename;
	}
	for (size_t i = 0; i < target->n_tables; i++) {
		matching->targets[i].namespace = target->tables[i].namespace;
		matching->targets[i].name = target->tables[i].name;
	}
	return match_names_pair(matching->names, input->source->n_tables,
	    matching->targets, target->n_tables, MATCH_NAMES_RELATED, err);
}

/* Is there such a table in another schema?  Its index, or -1. */
static int
find_elsewhere(const Matching *matching, const char *name)
{
	const Target *target = matching->input->target;

	for (size_t i = 0; i < target->n_tables; i++)
		if (strcasecmp(target->tables[i].name, name) == 0)
			return (int)i;
	return -1;
}

static bool
has_namespace(const Target *target, const char *namespace)
{
	for (size_t i = 0; i < target->n_tables; i++)
		if (strcmp(target->tables[i].namespace, namespace) == 0)
			return true;
	return false;
}

/* What may have been meant by a table that has no place. */
static const char *
guess_place(const Matching *matching, size_t i, Error *err)
{
	const MatchName *name = &matching->names[i];
	const char *wanted = name->renamed == NULL ? name->name : name->renamed;
	const Target *target = matching->input->target;
	Arena *arena = &matching->match->arena;
	const char *near =
	    match_names_nearest(name, matching->targets, target->n_tables);
	int elsewhere = find_elsewhere(matching, wanted);

	if (near != NULL)
		return arena_format(
		    arena, err, ", the nearest is \"%s\"", near);
	if (elsewhere >= 0)
		return arena_format(arena, err,
		    ", but schema \"%s\" has (rename: { schema: %s, table: %s "
		    "})",
		    target->tables[elsewhere].namespace,
		    target->tables[elsewhere].namespace,
		    target->tables[elsewhere].name);
	if (!has_namespace(target, name->namespace))
		return "; no table of this schema is described "
		       "(litehaul-import --describe -n SCHEMA)";
	return "";
}

static bool
report_homeless(Matching *matching, size_t i, Error *err)
{
	const MatchInput *input = matching->input;
	const MatchName *name = &matching->names[i];
	const char *guess;

	if (name->renamed == NULL && input->profile != NULL &&
	    input->profile->tables[i].rows == 0)
		return match_findings_note(&matching->findings, err,
		    "%s: schema \"%s\" has no such table; it is left out, for "
		    "it has no rows",
		    name->name, name->namespace);
	guess = guess_place(matching, i, err);
	if (guess == NULL)
		return false;
	return match_findings_problem(&matching->findings, err,
	    "%s: schema \"%s\" has no table \"%s\"%s; say where it goes with "
	    "rename:, or leave it out with skip: true or -T",
	    name->name, name->namespace,
	    name->renamed == NULL ? name->name : name->renamed, guess);
}

static bool
report_rivals(Matching *matching, size_t i, Error *err)
{
	const MatchName *name = &matching->names[i];
	const MatchTarget *target = &matching->targets[name->target];

	if (name->rival > (int)i)
		return true;
	return match_findings_problem(&matching->findings, err,
	    "%s and %s both go to %s.%s; say which does, with rename: or skip: "
	    "true",
	    matching->names[name->rival].name, name->name, target->namespace,
	    target->name);
}

static int
compare_name(const void *name, const void *other)
{
	return strcmp(name, *(const char *const *)other);
}

static bool
note_table(Matching *matching, size_t i, Error *err)
{
	const MatchName *name = &matching->names[i];
	const MatchTarget *target = &matching->targets[name->target];

	if (name->rule == MATCH_NAMES_RELATED &&
	    !match_findings_note(&matching->findings, err,
		"%s: goes to %s.%s, for want of a nearer name; with another "
		"in mind say rename: or skip: true",
		name->name, target->namespace, target->name))
		return false;
	return bsearch(target->name, bookkeeping,
		   sizeof bookkeeping / sizeof *bookkeeping,
		   sizeof *bookkeeping, compare_name) == NULL ||
	    match_findings_note(&matching->findings, err,
		"%s: a framework's own records, of which the target has its "
		"own since its schema was made; leave it out with -T '%s'",
		name->name, name->name);
}

static bool
fit_table(Matching *matching, size_t i, Error *err)
{
	const MatchInput *input = matching->input;
	const MatchName *name = &matching->names[i];
	MatchTable *table = &matching->match->tables[i];
	MatchTableInput fitting = { .input = input,
		.from = &input->source->tables[i],
		.entry = matching->entries[i] };

	if (name->name == NULL)
		return true;
	if (name->target < 0)
		return report_homeless(matching, i, err);
	matching->taken[name->target] = true;
	if (name->rival >= 0)
		return report_rivals(matching, i, err);
	if (!note_table(matching, i, err))
		return false;
	if (input->profile != NULL)
		fitting.profile = &input->profile->tables[i];
	fitting.to = &input->target->tables[name->target];
	table->target = fitting.to;
	return match_table_fit(&fitting, &matching->findings, table, err);
}

/* Tables of the target that get no rows, in one note. */
static bool
note_empty(Matching *matching, Error *err)
{
	const Target *target = matching->input->target;
	Arena *arena = &matching->match->arena;
	const char *list = "";
	size_t n = 0;

	for (size_t i = 0; i < target->n_tables; i++) {
		const TargetTable *table = &target->tables[i];

		if (matching->taken[i])
			continue;
		list = arena_format(arena, err, "%s%s%s.%s", list,
		    n++ == 0 ? "" : ", ", table->namespace, table->name);
		if (list == NULL)
			return false;
	}
	return n == 0 ||
	    match_findings_note(&matching->findings, err,
		"%zu table%s of the target get%s no rows: %s", n,
		n == 1 ? "" : "s", n == 1 ? "s" : "", list);
}

/* Do rows of the dump fill a column of the target with anything? */
static bool
has_values(const Matching *matching, size_t i, int column)
{
	const MatchTable *table = &matching->match->tables[i];
	const Profile *profile = matching->input->profile;

	for (size_t k = 0; k < matching->input->source->tables[i].n_columns;
	     k++)
		if (table->columns[k] == column)
			return profile == NULL ||
			    infer_values(&profile->tables[i].columns[k]) > 0;
	return false;
}

static bool
gets_rows(const Matching *matching, const char *namespace, const char *name)
{
	const Target *target = matching->input->target;

	for (size_t i = 0; i < target->n_tables; i++)
		if (matching->taken[i] &&
		    strcmp(target->tables[i].namespace, namespace) == 0 &&
		    strcmp(target->tables[i].name, name) == 0)
			return true;
	return false;
}

/* A foreign key whose parents must be there already. */
typedef struct {
	const TargetTable *table;
	const TargetForeignKey *key;
	bool told;
} Dangling;

/* Those of all tables, which are at most n; *n is how many there are then. */
static void
list_dangling(const Matching *matching, Dangling *keys, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < matching->match->n_tables; i++) {
		const TargetTable *to = matching->match->tables[i].target;

		for (size_t k = 0; to != NULL && k < to->n_foreign_keys; k++) {
			const TargetForeignKey *key = &to->foreign_keys[k];

			if (!gets_rows(
				matching, key->parent_namespace, key->parent) &&
			    has_values(matching, i, key->columns[0]))
				keys[(*n)++] = (Dangling){ to, key, false };
		}
	}
}

static bool
has_parents_of(const Dangling *one, const Dangling *other)
{
	return strcmp(one->key->parent, other->key->parent) == 0 &&
	    strcmp(one->key->parent_namespace, other->key->parent_namespace) ==
	    0;
}

static bool
note_key(Matching *matching, const Dangling *one, Error *err)
{
	return match_findings_note(&matching->findings, err,
	    "%s.%s: foreign key \"%s\" refers to %s.%s, which gets no rows "
	    "from this dump: its rows must be there already",
	    one->table->namespace, one->table->name, one->key->name,
	    one->key->parent_namespace, one->key->parent);
}

/* One note for the first key and all after it with the same parents. */
static bool
note_parents(Matching *matching, Dangling *keys, size_t n, Error *err)
{
	const TargetForeignKey *first = keys->key;
	const char *list = "", *more = "";
	size_t same = 0;

	for (size_t i = 0; i < n; i++) {
		if (!has_parents_of(&keys[i], keys))
			continue;
		keys[i].told = true;
		if (same++ < NAMED_KEYS)
			list = arena_format(&matching->match->arena, err,
			    "%s%s%s.%s \"%s\"", list, same == 1 ? "" : ", ",
			    keys[i].table->namespace, keys[i].table->name,
			    keys[i].key->name);
		if (list == NULL)
			return false;
	}
	if (same == 1)
		return note_key(matching, keys, err);
	if (same > NAMED_KEYS)
		more = arena_format(&matching->match->arena, err,
		    " and %zu more", same - NAMED_KEYS);
	return more != NULL &&
	    match_findings_note(&matching->findings, err,
		"%zu foreign keys refer to %s.%s, which gets no rows from this "
		"dump: its rows must be there already: %s%s",
		same, first->parent_namespace, first->parent, list, more);
}

static bool
note_foreign_keys(Matching *matching, Error *err)
{
	Dangling *keys;
	size_t n = 0;

	for (size_t i = 0; i < matching->match->n_tables; i++) {
		const TargetTable *to = matching->match->tables[i].target;

		n += to == NULL ? 0 : to->n_foreign_keys;
	}
	keys = arena_alloc(&matching->match->arena, n + 1, sizeof *keys, err);
	if (keys == NULL)
		return false;
	list_dangling(matching, keys, &n);
	for (size_t i = 0; i < n; i++)
		if (!keys[i].told &&
		    !note_parents(matching, &keys[i], n - i, err))
			return false;
	return true;
}

/* What is told once for all columns. */
static bool
note_whole(Matching *matching, Error *err)
{
	MatchFindings *findings = &matching->findings;

	if (!note_foreign_keys(matching, err) || !note_empty(matching, err))
		return false;
	if (matching->input->profile == NULL &&
	    !match_findings_note(findings, err,
		"the dump has no evidence (profile.json): columns are fitted "
		"by name and type alone, and values checked one by one"))
		return false;
	return findings->naive_columns == 0 ||
	    match_findings_note(findings, err,
		"times without a zone are read as %s in %zu column%s "
		"(assume_zone in the mapping)",
		findings->zone == NULL ? "UTC" : findings->zone,
		findings->naive_columns,
		findings->naive_columns == 1 ? "" : "s");
}

bool
match_tables(const MatchInput *input, Match *match, Error *err)
{
	Matching matching = {
		.input = input, .match = match, .findings.arena = &match->arena
	};
	bool success = false;

	if (!prepare(&matching, err) || !pair_tables(&matching, err))
		goto done;
	for (size_t i = 0; i < match->n_tables; i++)
		if (!fit_table(&matching, i, err))
			goto done;
	if (!note_whole(&matching, err) ||
	    !match_findings_list(&matching.findings,
		&matching.findings.problems, &match->problems,
		&match->n_problems, err) ||
	    !match_findings_list(&matching.findings, &matching.findings.notes,
		&match->notes, &match->n_notes, err))
		goto done;
	success = true;
done:
	match_findings_free(&matching.findings);
	return success;
}

bool
match_put_problems(const Match *match, Buf *out, Error *err)
{
	for (size_t i = 0; i < match->n_problems; i++)
		if (!buf_put_text(out, match->problems[i], err) ||
		    !buf_put(out, "\n", 1, err))
			return false;
	return true;
}

void
match_free(Match *match)
{
	if (match == NULL)
		return;
	arena_free(&match->arena);
	*match = (Match){ 0 };
}
