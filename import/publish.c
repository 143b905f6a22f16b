#include "import/publish.h"

#include <string.h>

#include "formats/sqltext.h"

#include "import/array.h"
#include "import/carry.h"
#include "import/ddl.h"
#include "import/ledger.h"
#include "import/namespace.h"
#include "import/publish_judge.h"
#include "import/publish_look.h"
#include "import/statement.h"
#include "import/swap.h"
#include "import/tables.h"

const Schema *
publish_schema(const Plan *plan)
{
	return plan->live != NULL ? plan->live : plan->schema;
}

const char *
publish_live_namespace(const Plan *plan, size_t table)
{
	return ddl_namespace(plan->live_namespace, &plan->live->tables[table]);
}

/* Is this what some wanted table is called in the live schemas? */
static bool
is_wanted(const Plan *plan, const char *namespace, const char *name)
{
	size_t i;

	for (i = 0; i < plan->live->n_tables; i++) {
		if (plan->wanted[i] &&
		    strcmp(plan->live->tables[i].name, name) == 0 &&
		    strcmp(publish_live_namespace(plan, i), namespace) == 0)
			return true;
	}
	return false;
}

/* A parent that is loaded is beside the live one too; another stays. */
static bool
redirect_key(const Plan *plan, ForeignKey *key, Arena *arena, Error *err)
{
	const char *live = key->parent_namespace != NULL ? key->parent_namespace
							 : plan->live_namespace;

	key->parent_namespace = is_wanted(plan, live, key->parent)
	    ? namespace_new(live, arena, err)
	    : live;
	return key->parent_namespace != NULL;
}

static bool
redirect_table(const Plan *plan, Table *table, Arena *arena, Error *err)
{
	ForeignKey *keys;
	size_t i;

	if (table->namespace != NULL) {
		table->namespace = namespace_new(table->namespace, arena, err);
		if (table->namespace == NULL)
			return false;
	}
	if (table->n_foreign_keys == 0)
		return true;
	keys = arena_alloc(arena, table->n_foreign_keys, sizeof *keys, err);
	if (keys == NULL)
		return false;
	for (i = 0; i < table->n_foreign_keys; i++) {
		keys[i] = table->foreign_keys[i];
		if (!redirect_key(plan, &keys[i], arena, err))
			return false;
	}
	table->foreign_keys = keys;
	return true;
}

/* plan->schema anew, as the tables that are wanted now ask for. */
static bool
redirect(Plan *plan, Arena *arena, Error *err)
{
	Schema *schema = arena_alloc(arena, 1, sizeof *schema, err);
	size_t i, n = plan->live->n_tables;

	if (schema == NULL)
		return false;
	*schema = *plan->live;
	schema->tables = arena_alloc(arena, n + 1, sizeof *schema->tables, err);
	if (schema->tables == NULL)
		return false;
	for (i = 0; i < n; i++) {
		schema->tables[i] = plan->live->tables[i];
		if (!redirect_table(plan, &schema->tables[i], arena, err))
			return false;
	}
	plan->schema = schema;
	return true;
}

bool
publish_redirect(Plan *plan, Arena *arena, Error *err)
{
	plan->live = plan->schema;
	plan->live_namespace = plan->namespace;
	plan->namespace = namespace_new(plan->live_namespace, arena, err);
	return plan->namespace != NULL && redirect(plan, arena, err);
}

typedef struct {
	PublishLook look;
	FitReport *report;
	Swap swap;
} Publication;

static size_t
count_in(const PublishLook *look, PublishPlace place)
{
	size_t i, n = 0;

	for (i = 0; i < look->n; i++)
		n += look->tables[i].place == place;
	return n;
}

static bool
check_report(const FitReport *report, Error *err)
{
	size_t n = fit_problems(report);

	return n == 0 ||
	    error_set(err, ERROR_FAILED,
		"the live tables cannot be swapped as they are: %zu %s, and "
		"nothing was swapped. A file for --before can drop what is "
		"named, and one for --after make it again",
		n, n == 1 ? "problem" : "problems");
}

/* The body of a transaction. */
static bool
look(Server *server, void *context, Error *err)
{
	Publication *publication = context;
	PublishLook *at = &publication->look;

	fit_clear(publication->report);
	if (!publish_look_find(server, at, err))
		return false;
	if (count_in(at, PUBLISH_LIVE) == at->n)
		return true;
	return publish_judge(server, at, publication->report, err) &&
	    check_report(publication->report, err);
}

/* Leave what has been published out of the load. */
static bool
leave_out(Plan *plan, const PublishLook *at, Arena *arena, Error *err)
{
	size_t i, n = plan->schema->n_tables;
	bool *wanted = arena_alloc(arena, n + 1, sizeof *wanted, err);

	if (wanted == NULL)
		return false;
	memcpy(wanted, plan->wanted, n * sizeof *wanted);
	for (i = 0; i < at->n; i++) {
		if (at->tables[i].place == PUBLISH_LIVE)
			wanted[at->tables[i].table] = false;
	}
	plan->wanted = wanted;
	return redirect(plan, arena, err);
}

bool
publish_look(Plan *plan, FitReport *report, bool *all, Arena *arena, Error *err)
{
	Publication publication = { .look.plan = plan, .report = report };
	const PublishLook *at = &publication.look;
	bool good;

	good = server_transact(
	    plan->servers[0], SERVER_SNAPSHOT, look, &publication, err);
	*all = good && at->n > 0 && count_in(at, PUBLISH_LIVE) == at->n;
	/* With nothing left to load, the dump still can be compared. */
	good = good && (*all || leave_out(plan, at, arena, err));
	publish_look_free(&publication.look);
	return good;
}

/* The body of a transaction: only what --clean must not touch. */
static bool
look_beside(Server *server, void *context, Error *err)
{
	Publication *publication = context;

	fit_clear(publication->report);
	return publish_look_find(server, &publication->look, err) &&
	    publish_judge_schemas(
		server, &publication->look, publication->report, err) &&
	    (fit_problems(publication->report) == 0 ||
		error_set(err, ERROR_FAILED, "%s",
		    fit_text(&publication->report->problems, 0)));
}

bool
publish_clean(Plan *plan, bool *all, Arena *arena, Error *err)
{
	FitReport report = { 0 };
	Publication publication = { .look.plan = plan, .report = &report };
	const PublishLook *at = &publication.look;
	bool good;

	good = server_transact(
	    plan->servers[0], SERVER_SNAPSHOT, look_beside, &publication, err);
	*all = good && at->n > 0 && count_in(at, PUBLISH_LIVE) == at->n;
	if (good && !*all)
		good =
		    leave_out(plan, at, arena, err) && tables_drop(plan, err);
	publish_look_free(&publication.look);
	fit_free(&report);
	return good;
}

/* What goes where. */
static bool
plan_moves(Publication *publication, Error *err)
{
	PublishLook *at = &publication->look;
	Swap *swap = &publication->swap;
	const PublishTable *table;
	size_t i;

	swap->n_in = swap->n_out = 0;
	swap->in = arena_alloc(&at->arena, at->n + 1, sizeof *swap->in, err);
	swap->out = arena_alloc(&at->arena, at->n + 1, sizeof *swap->out, err);
	if (swap->in == NULL || swap->out == NULL)
		return false;
	for (i = 0; i < at->n; i++) {
		table = &at->tables[i];
		if (table->place == PUBLISH_LIVE)
			continue;
		if (table->place == PUBLISH_ABSENT)
			return error_set(err, ERROR_FAILED,
			    "table \"%s\" of the load is not there any more. "
			    "Run the same command again",
			    table->name);
		swap->in[swap->n_in++] = (SwapMove){ table->staged, table->name,
			table->beside, table->live };
		if (table->old != NULL)
			swap->out[swap->n_out++] = (SwapMove){ table->old,
				table->name, table->live, table->kept };
	}
	return true;
}

static bool
make_namespaces(Server *server, const PublishLook *at, Error *err)
{
	size_t i;

	for (i = 0; i < at->n; i++) {
		if (!namespace_make(server, at->tables[i].live, err) ||
		    (at->tables[i].old != NULL &&
			!namespace_make(server, at->tables[i].kept, err)))
			return false;
	}
	return true;
}

/* What the old tables were to people; for one that replaces none, what its new
 * schema gives. */
static bool
carry(Server *server, const PublishLook *at, Error *err)
{
	Buf old = { 0 }, new = { 0 }, first = { 0 };
	const PublishTable *table;
	bool good;
	size_t i;

	good = array_begin(&old, err) && array_begin(&new, err) &&
	    array_begin(&first, err);
	for (i = 0; good && i < at->n; i++) {
		table = &at->tables[i];
		if (table->place == PUBLISH_LIVE)
			continue;
		good = table->old == NULL
		    ? array_put_text(&first, table->staged, err)
		    : array_put_text(&old, table->old, err) &&
			array_put_text(&new, table->staged, err);
	}
	good = good && array_end(&old, err) != NULL &&
	    array_end(&new, err) != NULL && array_end(&first, err) != NULL &&
	    carry_over(
		server, (const char *)old.data, (const char *)new.data, err) &&
	    carry_defaults(server, (const char *)first.data, err);
	buf_free(&old);
	buf_free(&new);
	buf_free(&first);
	return good;
}

static bool
record(Server *server, const PublishLook *at, Error *err)
{
	const PublishTable *table;
	const char *values[6];
	size_t i;

	values[0] = at->plan->id;
	for (i = 0; i < at->n; i++) {
		table = &at->tables[i];
		if (table->place == PUBLISH_LIVE)
			continue;
		values[1] = table->live;
		values[2] = table->name;
		values[3] = table->staged;
		values[4] = table->old;
		values[5] = table->old == NULL ? NULL : table->kept;
		if (!statement_run(server,
			"INSERT INTO litehaul.publication (load_id, namespace,"
			" name, relation, replaced, replaced_namespace)"
			" VALUES ($1, $2, $3, $4::oid, $5::oid, $6)"
			" ON CONFLICT (load_id, namespace, name) DO UPDATE SET"
			" relation = excluded.relation,"
			" replaced = excluded.replaced,"
			" replaced_namespace = excluded.replaced_namespace,"
			" published = now()",
			values, 6, err))
			return false;
	}
	return statement_run(server,
	    "UPDATE litehaul.load SET published = now() WHERE id = $1", values,
	    1, err);
}

static bool
drop_namespaces(Server *server, const PublishLook *at, Error *err)
{
	size_t i;

	for (i = 0; i < at->n; i++) {
		if (!namespace_drop(server, at->tables[i].beside, err))
			return false;
	}
	return true;
}

/* The body of the transaction. */
static bool
swap(Server *server, void *context, Error *err)
{
	Publication *publication = context;
	PublishLook *at = &publication->look;

	fit_clear(publication->report);
	if (!swap_begin(server, &publication->swap, err) ||
	    !ledger_lock(server, "publication", "swap", err) ||
	    !ledger_affirm(server, at->plan->id, err) ||
	    !publish_look_find(server, at, err) ||
	    !plan_moves(publication, err))
		return false;
	if (publication->swap.n_in == 0)
		return true;
	/* Under the locks nobody can tie anything to the tables any more. */
	return swap_lock(server, &publication->swap, err) &&
	    publish_judge(server, at, publication->report, err) &&
	    check_report(publication->report, err) &&
	    make_namespaces(server, at, err) &&
	    swap_move(server, &publication->swap, err) &&
	    carry(server, at, err) && record(server, at, err) &&
	    drop_namespaces(server, at, err);
}

bool
publish_swap(const Plan *plan, FitReport *report, Error *err)
{
	Publication publication = { .look.plan = plan, .report = report };
	bool good;

	good = server_transact(
	    plan->servers[0], SERVER_DURABLE, swap, &publication, err);
	publish_look_free(&publication.look);
	return good ||
	    error_add(err, "the load is complete, but not published");
}

static bool
put_move(Buf *out, const char *from, const char *to, const PublishTable *table,
    Error *err)
{
	return buf_put_text(out, "ALTER TABLE ", err) &&
	    ddl_put_name(out, from, table->name, err) &&
	    buf_put_text(out, " SET SCHEMA ", err) &&
	    sqltext_put_name(out, to, err) && buf_put_text(out, ";\n", err);
}

bool
publish_preview(const Plan *plan, Buf *out, Error *err)
{
	FitReport report = { 0 };
	Publication publication = { .look.plan = plan, .report = &report };
	const PublishLook *at = &publication.look;
	const PublishTable *table;
	bool good;
	size_t i;

	good = server_transact(plan->servers[0], SERVER_SNAPSHOT, look,
		   &publication, err) &&
	    buf_put_text(out, "-- publication, in one transaction\n", err);
	for (i = 0; good && i < at->n; i++) {
		table = &at->tables[i];
		if (table->old != NULL)
			good =
			    put_move(out, table->live, table->kept, table, err);
		if (good && table->place != PUBLISH_LIVE)
			good = put_move(
			    out, table->beside, table->live, table, err);
	}
	publish_look_free(&publication.look);
	fit_free(&report);
	return good;
}
