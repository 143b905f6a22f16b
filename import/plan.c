#include "import/plan.h"

#include <stdlib.h>
#include <string.h>

#include "import/ledger.h"
#include "import/publish.h"

static bool
skip_generated(const Table *table, PlanTable *loaded, Arena *arena, Error *err)
{
	bool *skipped = NULL;
	size_t i;

	for (i = 0; i < table->n_columns; i++) {
		if (table->columns[i].generated == GENERATED_NO)
			continue;
		if (skipped == NULL)
			skipped = arena_alloc(
			    arena, table->n_columns, sizeof *skipped, err);
		if (skipped == NULL)
			return false;
		skipped[i] = true;
	}
	loaded->skipped = skipped;
	return true;
}

/* The usual for all tables. */
static bool
make_tables(Plan *plan, Arena *arena, Error *err)
{
	size_t i, n = plan->schema->n_tables;

	plan->tables = arena_alloc(arena, n + 1, sizeof *plan->tables, err);
	if (plan->tables == NULL)
		return false;
	for (i = 0; i < n; i++) {
		if (!skip_generated(
			&plan->schema->tables[i], &plan->tables[i], arena, err))
			return false;
	}
	return true;
}

bool
plan_namespaces(const Plan *plan, Arena *arena, const char *const **names,
    size_t *n, Error *err)
{
	const Schema *schema = plan->schema;
	const char **found, *name;
	size_t i, k;

	*n = 0;
	*names = found =
	    arena_alloc(arena, schema->n_tables + 1, sizeof *found, err);
	if (found == NULL)
		return false;
	for (i = 0; i < schema->n_tables; i++) {
		if (!plan->wanted[i])
			continue;
		name = ddl_namespace(plan->namespace, &schema->tables[i]);
		for (k = 0; k < *n && strcmp(found[k], name) != 0; k++)
			continue;
		if (k == *n)
			found[(*n)++] = name;
	}
	if (*n == 0)
		found[(*n)++] = plan->namespace;
	return true;
}

typedef struct {
	const char *namespace, *name;
} Place;

static int
compare_places(const void *one, const void *other)
{
	const Place *a = one, *b = other;
	int order = strcmp(a->namespace, b->namespace);

	return order != 0 ? order : strcmp(a->name, b->name);
}

/* Two tables may become one by -n. */
static bool
check_names(const Plan *plan, Error *err)
{
	const Schema *schema = plan->schema;
	Arena arena = { 0 };
	Place *places;
	bool good = true;
	size_t i, n = 0;

	places = arena_alloc(&arena, schema->n_tables + 1, sizeof *places, err);
	for (i = 0; places != NULL && i < schema->n_tables; i++) {
		if (plan->wanted[i])
			places[n++] = (Place){ ddl_namespace(plan->namespace,
						   &schema->tables[i]),
				schema->tables[i].name };
	}
	if (n > 0)
		qsort(places, n, sizeof *places, compare_places);
	for (i = 1; good && i < n; i++) {
		if (compare_places(&places[i - 1], &places[i]) == 0)
			good = error_set(err, ERROR_USAGE,
			    "two tables of the dump would be \"%s\" in schema "
			    "\"%s\": choose another schema with -n",
			    places[i].name, places[i].namespace);
	}
	good = good && places != NULL;
	arena_free(&arena);
	return good;
}

/* The server's own schemas, and the ledger's, which --clean could reach. */
static bool
is_reserved(const char *namespace)
{
	return strncmp(namespace, "pg_", 3) == 0 ||
	    strcmp(namespace, "information_schema") == 0 ||
	    strcmp(namespace, "litehaul") == 0;
}

static bool
check_namespaces(const Plan *plan, Error *err)
{
	const Schema *schema = plan->schema;
	const char *namespace;
	size_t i;

	for (i = 0; i < schema->n_tables; i++) {
		namespace = ddl_namespace(plan->namespace, &schema->tables[i]);
		if (plan->wanted[i] && is_reserved(namespace))
			return error_set(err, ERROR_USAGE,
			    "schema \"%s\" is %s, and no place for tables of "
			    "a dump: choose another with -n",
			    namespace,
			    strcmp(namespace, "litehaul") == 0
				? "the ledger's"
				: "the server's");
	}
	return true;
}

/* -n, else what the dump says, else PostgreSQL's default. */
static const char *
choose_namespace(const Settings *settings, const Schema *schema)
{
	if (settings->n_namespaces > 0)
		return settings->namespaces[0];
	if (schema->namespace != NULL && schema->namespace[0] != '\0')
		return schema->namespace;
	return "public";
}

bool
plan_make(Plan *plan, const Schema *schema, const Digest *digest,
    const Settings *settings, Arena *arena, Error *err)
{
	size_t n = schema->n_tables, i;
	const char **names;
	bool *wanted;

	names = arena_alloc(arena, n + 1, sizeof *names, err);
	wanted = arena_alloc(arena, n + 1, sizeof *wanted, err);
	if (names == NULL || wanted == NULL)
		return false;
	for (i = 0; i < n; i++) {
		names[i] = schema->tables[i].name;
		wanted[i] = options_want_table(&settings->common, names[i]);
	}
	plan->schema = schema;
	plan->wanted = wanted;
	plan->namespace = choose_namespace(settings, schema);
	plan->existing = settings->data_only;
	plan->keys_stay = settings->keep_foreign_keys;
	plan->conflict = settings->conflict;
	plan->orphans = settings->orphans;
	plan->max_rejects = settings->max_rejects;
	if (!check_namespaces(plan, err) ||
	    (settings->publish && !publish_redirect(plan, arena, err)))
		return false;
	return options_check_patterns(&settings->common, names, n, err) &&
	    check_names(plan, err) && make_tables(plan, arena, err) &&
	    ledger_id(digest, plan->namespace, settings->schema_only, plan->id,
		err) &&
	    ledger_shape(schema, plan->namespace, settings->schema_only,
		plan->shape, err);
}
