#include "import/preview.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "formats/arena.h"
#include "formats/sqltext.h"

#include "import/constraint.h"
#include "import/ddl.h"
#include "import/estimate.h"
#include "import/flat.h"
#include "import/foreign_key.h"
#include "import/keys_query.h"
#include "import/preview_target.h"
#include "import/publish.h"

typedef struct {
	const PreviewWish *wish;
	const Plan *plan;
	Buf *out;
	Arena arena;
	PreviewTarget target;
	Estimate *estimates; /* NULL: not known */
	PGresult *keys;      /* foreign keys of tables that are there */
} Preview;

typedef bool PutTable(Preview *preview, size_t table, Error *err);

/* A line of a comment; longer ones are cut. */
static bool put_comment(Preview *preview, Error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool
put_comment(Preview *preview, Error *err, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	flat_clean((unsigned char *)text, strlen(text));
	return buf_put_format(preview->out, err, "-- %s\n", text);
}

#define SIZE_BYTES 24

/* "12 kB", "3.4 MB", as pg_size_pretty counts. */
static const char *
put_size(char text[SIZE_BYTES], uint64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	double size = (double)bytes / 1024;
	size_t unit = 0;

	while (size >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
		size /= 1024;
		unit++;
	}
	(void)snprintf(text, SIZE_BYTES, unit == 0 ? "%.0f %s" : "%.1f %s",
	    size, units[unit]);
	return text;
}

static bool
end_statement(Preview *preview, Error *err)
{
	return buf_put_text(preview->out, ";\n", err);
}

/* --clean: all in one statement, as they may refer to each other. */
static bool
put_drop(Preview *preview, Error *err)
{
	const Plan *plan = preview->plan;
	bool any = false;
	size_t i;

	for (i = 0; i < plan->schema->n_tables; i++) {
		if (!plan->wanted[i] || !preview->target.tables[i].there)
			continue;
		if (!buf_put_text(
			preview->out, any ? ", " : "DROP TABLE ", err) ||
		    !ddl_put_table_name(preview->out, plan->namespace,
			&plan->schema->tables[i], err))
			return false;
		any = true;
	}
	return !any || end_statement(preview, err);
}

static bool
put_create(Preview *preview, size_t i, Error *err)
{
	const Table *table = &preview->plan->schema->tables[i];

	if (preview->target.tables[i].there && !preview->wish->settings->clean)
		return put_comment(preview, err,
		    "table \"%s\" is there, made by this load", table->name);
	return ddl_put_table(
		   preview->out, preview->plan->namespace, table, err) &&
	    end_statement(preview, err);
}

/* How much there is of a table, and how much of it has come already. */
static bool
put_amount(Preview *preview, size_t i, Error *err)
{
	const char *name = preview->plan->schema->tables[i].name;
	const Manifest *manifest = preview->wish->manifest;
	uint64_t loaded = preview->target.tables[i].chunks;
	char sizes[2][SIZE_BYTES], before[48] = "";

	if (loaded > 0)
		(void)snprintf(before, sizeof before, "%llu of them loaded",
		    (unsigned long long)loaded);
	if (manifest == NULL)
		return loaded == 0 ||
		    put_comment(
			preview, err, "table \"%s\": chunks, %s", name, before);
	return put_comment(preview, err,
	    "table \"%s\": %llu rows in %zu chunks%s%s; about %s, and %s%s",
	    name, (unsigned long long)manifest->tables[i].rows,
	    manifest->tables[i].n_files, loaded > 0 ? ", " : "", before,
	    put_size(sizes[0], preview->estimates[i].rows_bytes),
	    preview->plan->existing
		? ""
		: put_size(sizes[1], preview->estimates[i].indexes_bytes),
	    preview->plan->existing ? "indexes" : " of indexes");
}

/* What a table that was there is, and what becomes of it. */
static bool
put_existing(Preview *preview, size_t i, Error *err)
{
	const PreviewTable *there = &preview->target.tables[i];
	const Table *table = &preview->plan->schema->tables[i];
	char bytes[SIZE_BYTES];

	if (!preview->plan->existing)
		return true;
	if (!put_comment(preview, err,
		"table \"%s\" is there, with about %llu rows in %s",
		table->name, (unsigned long long)there->rows,
		put_size(bytes, there->bytes)))
		return false;
	return there->triggers[0] == '\0' ||
	    put_comment(preview, err, "its triggers fire: %s", there->triggers);
}

static bool
put_copy(Preview *preview, size_t i, Error *err)
{
	const Table *table = &preview->plan->schema->tables[i];
	const PlanTable *loaded = &preview->plan->tables[i];

	if (preview->wish->settings->schema_only)
		return true;
	return put_existing(preview, i, err) && put_amount(preview, i, err) &&
	    ddl_put_copy(preview->out, preview->plan->namespace, table,
		loaded->skipped, loaded->format, err) &&
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

static bool
put_hook(Preview *preview, Hook hook, Error *err)
{
	const char *path = preview->wish->hooks->scripts[hook].path;
	bool ran = preview->target.ran[hook] && !preview->wish->settings->clean;

	if (path == NULL)
		return true;
	return put_comment(preview, err, "--%s \"%s\" %s", hooks_moment(hook),
	    path, ran ? "has been run, and is not run again" : "is run here");
}

/* The load, and the target. */
static bool
put_beginning(Preview *preview, Error *err)
{
	const PreviewTarget *target = &preview->target;
	const Plan *plan = preview->plan;
	char size[SIZE_BYTES];

	if (!put_comment(
		preview, err, "load %.12s; nothing was changed", plan->id) ||
	    !put_comment(preview, err, "from \"%s\" into %s, which takes %s",
		plan->schema->source.name, target->who,
		put_size(size, target->database_bytes)))
		return false;
	if (target->state == LEDGER_NONE || preview->wish->settings->clean)
		return true;
	return put_comment(preview, err,
	    target->state == LEDGER_FINISHED
		? "this load is finished; it was begun on %s"
		: "this load was begun on %s, and goes on",
	    target->started);
}

static bool
put_sessions(Preview *preview, Error *err)
{
	unsigned wanted = preview->wish->settings->common.jobs,
		 possible = preview->target.free_sessions;

	return put_comment(preview, err,
	    "%u connections are used, of %u that the server has to give%s",
	    wanted < possible ? wanted : possible, possible,
	    wanted > possible ? ": fewer than were asked for" : "");
}

static bool
put_totals(Preview *preview, Error *err)
{
	const Manifest *manifest = preview->wish->manifest;
	const Plan *plan = preview->plan;
	uint64_t rows = 0, chunks = 0, heap = 0, indexes = 0;
	char texts[3][SIZE_BYTES];
	size_t i;

	if (manifest == NULL || preview->wish->settings->schema_only)
		return put_sessions(preview, err);
	for (i = 0; i < plan->schema->n_tables; i++) {
		if (!plan->wanted[i])
			continue;
		rows += manifest->tables[i].rows;
		chunks += manifest->tables[i].n_files;
		heap += preview->estimates[i].rows_bytes;
		indexes += preview->estimates[i].indexes_bytes;
	}
	if (!put_comment(preview, err, "%llu rows in %llu chunks",
		(unsigned long long)rows, (unsigned long long)chunks))
		return false;
	if (plan->existing
		? !put_comment(preview, err,
		      "they take about %s, besides indexes and the "
		      "write-ahead log",
		      put_size(texts[0], heap))
		: !put_comment(preview, err,
		      "they take about %s, %s of it indexes, besides the "
		      "write-ahead log",
		      put_size(texts[0], heap + indexes),
		      put_size(texts[1], indexes)))
		return false;
	return put_sessions(preview, err);
}

/* What becomes of rows that cannot stay as they are. */
static bool
put_policies(Preview *preview, Error *err)
{
	static const char *const conflicts[] = {
		[CONFLICT_ERROR] = "is set aside",
		[CONFLICT_SKIP] = "leaves what is there",
		[CONFLICT_UPDATE] = "takes the place of what is there",
	};
	const Settings *settings = preview->wish->settings;

	if (settings->schema_only)
		return true;
	if (settings->data_only &&
	    !put_comment(preview, err, "a row whose key is there %s",
		conflicts[settings->conflict]))
		return false;
	if (settings->max_rejects != UINT64_MAX &&
	    !put_comment(preview, err,
		"the load stops when more than %llu rows are refused",
		(unsigned long long)settings->max_rejects))
		return false;
	return put_comment(preview, err, "a row without its parent %s",
	    settings->orphans == ORPHANS_REJECT
		? "is set aside"
		: "is kept, and its foreign key NOT VALID");
}

/* Foreign keys of tables that are there: which come off. */
static bool
put_keys(Preview *preview, Error *err)
{
	const PGresult *keys = preview->keys;
	const char *stays;
	int row;

	for (row = 0; row < PQntuples(keys); row++) {
		stays = PQgetvalue(keys, row, KEYS_QUERY_STAYS);
		if (!put_comment(preview, err,
			"foreign key \"%s\" of table \"%s\" %s",
			PQgetvalue(keys, row, KEYS_QUERY_NAME),
			PQgetvalue(keys, row, KEYS_QUERY_TABLE),
			stays[0] == '\0' ? "comes off, and is put back and "
					   "validated at the end"
					 : "stays in force"))
			return false;
	}
	return true;
}

/* Call step for all wanted tables. */
static bool
put_tables(Preview *preview, PutTable *step, Error *err)
{
	size_t i;

	for (i = 0; i < preview->plan->schema->n_tables; i++) {
		if (preview->plan->wanted[i] && !step(preview, i, err))
			return false;
	}
	return true;
}

static bool
put_statements(Preview *preview, Error *err)
{
	static PutTable *const made[] = { put_copy, put_indexes, put_sequences,
		put_foreign_keys, put_checks, put_analyze, NULL };
	static PutTable *const existing[] = { put_copy, put_analyze, NULL };
	const Plan *plan = preview->plan;
	PutTable *const *step = plan->existing ? existing : made;

	if ((preview->wish->settings->clean && !put_drop(preview, err)) ||
	    !put_hook(preview, HOOK_BEFORE, err) ||
	    (!plan->existing &&
		(!put_namespaces(preview, err) ||
		    !put_tables(preview, put_create, err))) ||
	    !put_hook(preview, HOOK_AFTER_TABLES, err) ||
	    !put_keys(preview, err) || !put_policies(preview, err))
		return false;
	for (; *step != NULL; step++) {
		if (!put_tables(preview, *step, err))
			return false;
	}
	return true;
}

static bool
put_end(Preview *preview, Error *err)
{
	const Settings *settings = preview->wish->settings;

	if ((settings->verify || settings->publish) &&
	    !put_comment(preview, err,
		"everything is read back and compared with the dump"))
		return false;
	return (preview->plan->live == NULL ||
		   publish_preview(preview->plan, preview->out, err)) &&
	    put_hook(preview, HOOK_AFTER, err);
}

static bool
query_keys(Server *server, void *context, Error *err)
{
	Preview *preview = context;

	PQclear(preview->keys);
	return keys_query(server, preview->plan, &preview->keys, err);
}

/* All that is to be known before the first word. */
static bool
ask(Preview *preview, Error *err)
{
	const PreviewWish *wish = preview->wish;
	const Plan *plan = preview->plan;

	if (!preview_target_read(plan, &preview->target, &preview->arena, err))
		return false;
	if (plan->existing &&
	    !server_transact(
		plan->servers[0], SERVER_SNAPSHOT, query_keys, preview, err))
		return false;
	return wish->manifest == NULL || wish->settings->schema_only ||
	    estimate_make(plan, wish->settings->dump, &preview->arena,
		&preview->estimates, err);
}

bool
preview_put(const PreviewWish *wish, Buf *out, Error *err)
{
	Preview preview = { .wish = wish, .plan = wish->plan, .out = out };
	bool good, finished;

	good = ask(&preview, err);
	finished =
	    preview.target.state == LEDGER_FINISHED && !wish->settings->clean;
	good = good && put_beginning(&preview, err) &&
	    (finished ||
		(put_totals(&preview, err) && put_statements(&preview, err))) &&
	    put_end(&preview, err);
	PQclear(preview.keys);
	arena_free(&preview.arena);
	return good;
}
