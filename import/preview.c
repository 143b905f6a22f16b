#include "import/preview.h"

#include <string.h>

#include "formats/arena.h"
#include "formats/sqltext.h"

#include "import/constraint.h"
#include "import/ddl.h"
#include "import/foreign_key.h"

typedef struct {
	const Plan *plan;
	const Manifest *manifest;
	Buf *out;
	Arena arena; /* made-up names */
} Preview;

typedef bool PutTable(Preview *preview, size_t table, Error *err);

static bool
end_statement(Preview *preview, Error *err)
{
	return buf_put_text(preview->out, ";\n", err);
}

static bool
put_create(Preview *preview, size_t i, Error *err)
{
	const Table *table = &preview->plan->schema->tables[i];

	return ddl_put_table(
		   preview->out, preview->plan->namespace, table, err) &&
	    end_statement(preview, err);
}

static bool
put_copy(Preview *preview, size_t i, Error *err)
{
	const Table *table = &preview->plan->schema->tables[i];
	const ManifestTable *data;

	if (preview->manifest != NULL) {
		data = &preview->manifest->tables[i];
		if (!buf_put_format(preview->out, err,
			"-- %llu rows in %zu chunks\n",
			(unsigned long long)data->rows, data->n_files))
			return false;
	}
	return ddl_put_copy(preview->out, preview->plan->namespace, table,
		   preview->plan->tables[i].skipped,
		   preview->plan->tables[i].format, err) &&
	    end_statement(preview, err);
}

static bool
put_indexes(Preview *preview, size_t i, Error *err)
{
	const Table *table = &preview->plan->schema->tables[i];
	const char *namespace = preview->plan->namespace, *name;
	const Index *index;
	size_t part;

	for (part = 0; part < table->n_indexes; part++) {
		index = &table->indexes[part];
		name = ddl_index_name(table, part, &preview->arena, err);
		if (name == NULL ||
		    !ddl_put_index(
			preview->out, namespace, table, index, name, err) ||
		    !end_statement(preview, err))
			return false;
		if (!ddl_is_constraint(index))
			continue;
		if (!ddl_put_constraint(
			preview->out, namespace, table, index, name, err) ||
		    !end_statement(preview, err))
			return false;
	}
	return true;
}

static bool
put_sequences(Preview *preview, size_t i, Error *err)
{
	const Table *table = &preview->plan->schema->tables[i];
	size_t part;

	for (part = 0; part < table->n_columns; part++) {
		if (table->columns[part].identity &&
		    (!ddl_put_sequence(preview->out, preview->plan->namespace,
			 table, &table->columns[part], err) ||
			!end_statement(preview, err)))
			return false;
	}
	return true;
}

static bool
put_foreign_keys(Preview *preview, size_t i, Error *err)
{
	const Table *table = &preview->plan->schema->tables[i];
	const char *namespace = preview->plan->namespace, *name;
	size_t part;

	for (part = 0; part < table->n_foreign_keys; part++) {
		name = foreign_key_name(table, part, &preview->arena, err);
		if (name == NULL ||
		    !foreign_key_put(preview->out, namespace, table,
			&table->foreign_keys[part], name, err) ||
		    !end_statement(preview, err) ||
		    !constraint_put_validate(
			preview->out, namespace, table, name, err) ||
		    !end_statement(preview, err))
			return false;
	}
	return true;
}

static bool
put_checks(Preview *preview, size_t i, Error *err)
{
	const Table *table = &preview->plan->schema->tables[i];
	const char *namespace = preview->plan->namespace, *name;
	size_t part;

	for (part = 0; part < table->n_checks; part++) {
		name = constraint_name(table, part, &preview->arena, err);
		if (name == NULL ||
		    !constraint_put(preview->out, namespace, table,
			&table->checks[part], name, err) ||
		    !end_statement(preview, err) ||
		    !constraint_put_validate(
			preview->out, namespace, table, name, err) ||
		    !end_statement(preview, err))
			return false;
	}
	return true;
}

static bool
put_analyze(Preview *preview, size_t i, Error *err)
{
	const Table *table = &preview->plan->schema->tables[i];

	return buf_put_text(preview->out, "ANALYZE ", err) &&
	    ddl_put_table_name(
		preview->out, preview->plan->namespace, table, err) &&
	    end_statement(preview, err);
}

/* public is there, if nobody has dropped it. */
static bool
put_namespaces(Preview *preview, Error *err)
{
	const char *const *names;
	size_t i, n;

	if (!plan_namespaces(preview->plan, &preview->arena, &names, &n, err))
		return false;
	for (i = 0; i < n; i++) {
		if (strcmp(names[i], "public") == 0)
			continue;
		if (!buf_put_text(
			preview->out, "CREATE SCHEMA IF NOT EXISTS ", err) ||
		    !sqltext_put_name(preview->out, names[i], err) ||
		    !end_statement(preview, err))
			return false;
	}
	return true;
}

bool
preview_put(const Plan *plan, const Manifest *manifest, Buf *out, Error *err)
{
	static PutTable *const made[] = { put_create, put_copy, put_indexes,
		put_sequences, put_foreign_keys, put_checks, put_analyze,
		NULL };
	static PutTable *const existing[] = { put_copy, put_analyze, NULL };
	Preview preview = { .plan = plan, .manifest = manifest, .out = out };
	PutTable *const *step;
	bool good;
	size_t i;

	good = buf_put_format(out, err, "-- load %.12s; nothing was changed\n",
		   plan->id) &&
	    (plan->existing || put_namespaces(&preview, err));
	for (step = plan->existing ? existing : made; good && *step != NULL;
	     step++) {
		for (i = 0; good && i < plan->schema->n_tables; i++) {
			if (plan->wanted[i])
				good = (*step)(&preview, i, err);
		}
	}
	arena_free(&preview.arena);
	return good;
}
