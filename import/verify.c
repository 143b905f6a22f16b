#include "import/verify.h"

#include <stdlib.h>
#include <string.h>

#include "import/verify_compare.h"
#include "import/verify_dump.h"
#include "import/verify_target.h"

/* So many rows, all tables together, are named; whoever has more to mend than
 * that begins anew. */
#define NAMED_MOST 20

/* Tables up to this many rows need no second look. */
#define SMALL_ROWS 10000

/* Rows of parts that are looked at one by one. */
#define CHOSEN_ROWS 200000

typedef struct {
	const Plan *plan;
	const char *path;
	VerifyReport *report;
	VerifyTell *tell;
	void *context;
	Arena arena;
	VerifyTable *tables; /* by table */
	VerifyTally *tallies;
	size_t named; /* problems that name rows */
} Verify;

/* For reading a chunk that stays as it is. */
typedef struct {
	RowsCsvField *fields;
	Buf room;
} VerifyRows;

static void
tell_nobody(void *context, const char *name, uint64_t rows)
{
	(void)context;
	(void)name;
	(void)rows;
}

static VerifyLook
make_look(const Verify *verify, VerifySinkKind kind, size_t only)
{
	return (VerifyLook){
		.plan = verify->plan,
		.tables = verify->tables,
		.only = only,
		.kind = kind,
		.tell = verify->tell,
		.context = verify->context,
	};
}

/* The body of the first transaction. */
static bool
look_at_tables(Server *server, void *context, Error *err)
{
	Verify *verify = context;

	fit_clear(&verify->report->texts);
	return verify_table_look(verify->plan, server, verify->tables,
	    &verify->report->texts, &verify->arena, err);
}

/* Both sides of one table again, the dump opened anew. */
static bool
look_again(const Verify *verify, VerifyLook *look, Error *err)
{
	DumpReader *dump = NULL;
	bool good;

	good = dump_open(verify->path, &dump, err) &&
	    verify_look_begin(look, err) &&
	    verify_dump_read(look, dump, verify->tallies, err) &&
	    verify_target_read(look, err);
	dump_close(dump);
	return good;
}

/* Parts in which the sides differ, up to so many rows. */
static void
choose_parts(const VerifyLook *look, size_t table, bool *chosen, uint64_t *left)
{
	const VerifySink *dump = &look->dump[table];
	const VerifySink *target = &look->target[table];
	VerifySum one, other;
	uint64_t rows = 0;
	size_t i;

	*left = 0;
	for (i = 0; i < VERIFY_PARTS; i++) {
		one = verify_sink_part(dump, i);
		other = verify_sink_part(target, i);
		chosen[i] = false;
		if (verify_sum_equal(&one, &other))
			continue;
		rows += one.rows > other.rows ? one.rows : other.rows;
		chosen[i] = rows <= CHOSEN_ROWS;
		*left += !chosen[i];
	}
}

static bool
choose_rows(const Verify *verify, size_t table, bool *chosen, uint64_t *left,
    Error *err)
{
	VerifyLook look = make_look(verify, SINK_PARTS, table);
	bool good;

	good = look_again(verify, &look, err);
	if (good)
		choose_parts(&look, table, chosen, left);
	verify_look_end(&look);
	return good;
}

static bool
name_rows(
    Verify *verify, size_t table, const bool *chosen, uint64_t left, Error *err)
{
	VerifyLook look = make_look(verify, SINK_ROWS, table);
	FitReport *texts = &verify->report->texts;
	const char *name = verify->tables[table].table->name;
	size_t before = fit_problems(texts);
	uint64_t differences;
	bool good, more;

	look.chosen = chosen;
	good = look_again(verify, &look, err) &&
	    verify_compare_rows(&verify->tables[table], &look.dump[table],
		&look.target[table], texts, before + NAMED_MOST - verify->named,
		&differences, err);
	if (good) {
		more = left > 0 || look.dump[table].full ||
		    look.target[table].full;
		verify->named += fit_problems(texts) - before;
		good = fit_problem(texts, err, "table \"%s\": %s%llu %s", name,
		    more ? "at least " : "",
		    (unsigned long long)(differences + left),
		    differences + left == 1 ? "row differs" : "rows differ");
	}
	verify_look_end(&look);
	return good;
}

static bool
name_differences(
    Verify *verify, size_t table, const VerifyLook *first, Error *err)
{
	bool *chosen;
	uint64_t left = 0;

	if (verify->path == NULL || verify->named >= NAMED_MOST)
		return true;
	chosen = arena_alloc(&verify->arena, VERIFY_PARTS, sizeof *chosen, err);
	if (chosen == NULL)
		return false;
	if (first->dump[table].sum.rows <= SMALL_ROWS &&
	    first->target[table].sum.rows <= SMALL_ROWS)
		memset(chosen, true, VERIFY_PARTS);
	else if (!choose_rows(verify, table, chosen, &left, err))
		return false;
	return name_rows(verify, table, chosen, left, err);
}

/* A table that was read as a whole. */
static bool
conclude_whole(Verify *verify, size_t i, const VerifyLook *look, Error *err)
{
	const VerifyTable *table = &verify->tables[i];
	const VerifySum *dump = &look->dump[i].sum;
	const VerifySum *target = &look->target[i].sum;
	FitReport *texts = &verify->report->texts;
	/* What goes through the server is without them on both sides. */
	uint64_t rejected = table->through ? 0 : table->counts.rejected;

	verify->report->rows += dump->rows;
	if (verify_sum_equal(dump, target))
		return true;
	verify->report->different_tables++;
	if (dump->rows == target->rows
		? !fit_problem(texts, err,
		      "table \"%s\" has other content than the dump",
		      table->table->name)
		: !fit_problem(texts, err,
		      "table \"%s\" has %llu rows, and %llu came from the dump",
		      table->table->name,
		      (unsigned long long)(target->rows - rejected),
		      (unsigned long long)(dump->rows - rejected)))
		return false;
	return name_differences(verify, i, look, err);
}

/* Rows of others are in it, or not? */
static bool
count_rows(const VerifyTable *table, Server *server, uint64_t *rows, Error *err)
{
	PGresult *result;
	Buf sql = { 0 };
	const char *text = NULL;
	bool good;

	if (buf_put_format(&sql, err, "SELECT count(*) FROM %s", table->name))
		text = buf_text(&sql, err);
	good =
	    text != NULL && server_query(server, text, NULL, 0, &result, err);
	buf_free(&sql);
	if (!good)
		return false;
	*rows = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return true;
}

typedef struct {
	const VerifyTable *table;
	uint64_t rows;
} Count;

static bool
count_inside(Server *server, void *context, Error *err)
{
	Count *count = context;

	return count_rows(count->table, server, &count->rows, err);
}

/* A table without rows of others has no more than the dump. */
static bool
check_count(Verify *verify, size_t i, Error *err)
{
	Count count = { .table = &verify->tables[i] };
	const LedgerCounts *counts = &count.table->counts;
	uint64_t expected = verify->tallies[i].rows - counts->rejected -
	    counts->skipped - counts->updated;

	if (count.table->shared)
		return true;
	if (!server_transact(verify->plan->servers[0], SERVER_SNAPSHOT,
		count_inside, &count, err))
		return false;
	if (count.rows == expected)
		return true;
	verify->report->different_tables++;
	return fit_problem(&verify->report->texts, err,
	    "table \"%s\" has %llu rows, and %llu came from the dump",
	    count.table->table->name, (unsigned long long)count.rows,
	    (unsigned long long)expected);
}

static bool
note_tally(const Verify *verify, size_t i, Error *err)
{
	const VerifyTable *table = &verify->tables[i];
	const VerifyTally *tally = &verify->tallies[i];
	FitReport *texts = &verify->report->texts;
	const char *name = table->table->name;

	if (tally->different > 0 &&
	    !fit_note(texts, err,
		"table \"%s\": %llu rows are other than the dump's, as "
		"--on-conflict=skip left %llu as they were",
		name, (unsigned long long)tally->different,
		(unsigned long long)table->left))
		return false;
	if (tally->missing > table->orphans &&
	    !fit_note(texts, err,
		"table \"%s\": rows of the dump that are not there, as "
		"--on-conflict=skip left out %llu: %llu",
		name, (unsigned long long)table->left,
		(unsigned long long)(tally->missing - table->orphans)))
		return false;
	if (table->shape.key == NULL &&
	    !fit_note(texts, err,
		"table \"%s\" has no key: of rows that are equal and in "
		"several chunks, only the first were looked for",
		name))
		return false;
	return !table->shared ||
	    fit_note(texts, err,
		"table \"%s\" has rows of others, too: those of the dump "
		"are there, others were not looked at",
		name);
}

/* Is each row of the dump there, or known to be set aside or skipped?  Where
 * another key than that which rows are found by made it skip one, it is not
 * there at all. */
static bool
is_accounted_for(const VerifyTable *table, const VerifyTally *tally)
{
	return tally->different <= tally->left &&
	    tally->missing <= table->orphans + tally->left - tally->different;
}

/* A table whose rows were looked up. */
static bool
conclude_rows(Verify *verify, size_t i, Error *err)
{
	const VerifyTable *table = &verify->tables[i];
	VerifyTally *tally = &verify->tallies[i];
	FitReport *texts = &verify->report->texts;
	size_t k;

	verify->report->rows += tally->rows;
	if (is_accounted_for(table, tally))
		return check_count(verify, i, err) &&
		    note_tally(verify, i, err);
	verify->report->different_tables++;
	if (!fit_problem(texts, err,
		"table \"%s\": of %llu rows of the dump %llu are not in the "
		"target, and %llu are there with other values",
		table->table->name, (unsigned long long)tally->rows,
		(unsigned long long)tally->missing,
		(unsigned long long)tally->different))
		return false;
	if (table->updated &&
	    !fit_problem(texts, err,
		"table \"%s\": rows of the dump that a later one with the same "
		"key has replaced (--on-conflict=update) may be among them",
		table->table->name))
		return false;
	for (k = 0;
	     k < fit_problems(&tally->found) && verify->named < NAMED_MOST;
	     k++, verify->named++) {
		if (!fit_problem(
			texts, err, "%s", fit_text(&tally->found.problems, k)))
			return false;
	}
	return true;
}

static bool
conclude(Verify *verify, const VerifyLook *look, Error *err)
{
	size_t i, n = verify->plan->schema->n_tables;
	VerifyReport *report = verify->report;

	for (i = 0; i < n; i++) {
		report->tables += verify->tables[i].way != VERIFY_NOT;
		if (verify->tables[i].way == VERIFY_NOT)
			continue;
		report->rejected += verify->tables[i].counts.rejected;
		if (verify->tables[i].way == VERIFY_WHOLE
			? !conclude_whole(verify, i, look, err)
			: !conclude_rows(verify, i, err))
			return false;
	}
	return true;
}

static bool
run(Verify *verify, VerifyLook *look, DumpReader *dump, Error *err)
{
	size_t n = verify->plan->schema->n_tables;

	verify->tables =
	    arena_alloc(&verify->arena, n + 1, sizeof *verify->tables, err);
	verify->tallies =
	    arena_alloc(&verify->arena, n + 1, sizeof *verify->tallies, err);
	look->tables = verify->tables;
	if (verify->tables == NULL || verify->tallies == NULL ||
	    !server_transact(verify->plan->servers[0], SERVER_SNAPSHOT,
		look_at_tables, verify, err))
		return false;
	verify->report->different_tables = fit_problems(&verify->report->texts);
	return verify_look_begin(look, err) &&
	    verify_dump_read(look, dump, verify->tallies, err) &&
	    verify_target_read(look, err) && conclude(verify, look, err);
}

struct VerifyWatch {
	Verify verify;
	VerifyLook look;
	bool *summed;       /* by table */
	VerifyRows *rows;   /* one a session */
	VerifyReport first; /* what was seen before the load */
};

/* Only what can be summed while it goes by. */
static void
choose_summed(VerifyWatch *watch)
{
	VerifyTable *tables = watch->verify.tables;
	size_t i, n = watch->verify.plan->schema->n_tables;

	for (i = 0; i < n; i++) {
		watch->summed[i] =
		    tables[i].way == VERIFY_WHOLE && !tables[i].through;
		if (!watch->summed[i])
			tables[i].way = VERIFY_NOT;
	}
}

static bool
make_rows(VerifyWatch *watch, Error *err)
{
	const Plan *plan = watch->verify.plan;
	Arena *arena = &watch->verify.arena;
	size_t i, n_columns = 1;

	for (i = 0; i < plan->schema->n_tables; i++) {
		if (plan->schema->tables[i].n_columns > n_columns)
			n_columns = plan->schema->tables[i].n_columns;
	}
	watch->rows =
	    arena_alloc(arena, plan->n_servers, sizeof *watch->rows, err);
	for (i = 0; watch->rows != NULL && i < plan->n_servers; i++) {
		watch->rows[i].fields =
		    arena_alloc(arena, n_columns, sizeof(RowsCsvField), err);
		if (watch->rows[i].fields == NULL)
			return false;
	}
	return watch->rows != NULL;
}

bool
verify_watch_begin(
    const Plan *plan, Arena *arena, VerifyWatch **watch, Error *err)
{
	size_t n = plan->schema->n_tables;
	VerifyWatch *made;
	Verify *verify;

	*watch = made = arena_alloc(arena, 1, sizeof *made, err);
	if (made == NULL)
		return false;
	verify = &made->verify;
	verify->plan = plan;
	verify->report = &made->first;
	verify->tell = tell_nobody;
	verify->tables =
	    arena_alloc(&verify->arena, n + 1, sizeof *verify->tables, err);
	made->summed =
	    arena_alloc(&verify->arena, n + 1, sizeof *made->summed, err);
	made->look = make_look(verify, SINK_SUM, VERIFY_ALL);
	if (verify->tables == NULL || made->summed == NULL ||
	    !make_rows(made, err) ||
	    !server_transact(
		plan->servers[0], SERVER_SNAPSHOT, look_at_tables, verify, err))
		return false;
	choose_summed(made);
	return verify_look_begin(&made->look, err);
}

bool
verify_watch_take(VerifyWatch *watch, unsigned number, const Chunk *chunk,
    const Buf *raw, VerifySink *sink, Error *err)
{
	const VerifyTable *table = &watch->verify.tables[chunk->table];
	VerifyRows *at = &watch->rows[number];
	RowsCsv rows;

	if (!watch->summed[chunk->table])
		return true;
	return verify_sink_begin(sink, SINK_SUM, NULL, err) &&
	    rows_csv_open(&rows, raw->data, raw->size, table->feed.names, NULL,
		table->table->n_columns, err) &&
	    rows_csv_keep(&rows, at->fields, &at->room, err) &&
	    verify_look_take(
		&watch->look.workers[number], table, &rows, sink, err);
}

bool
verify_watch_give(
    VerifyWatch *watch, const Chunk *chunk, const VerifySink *sink, Error *err)
{
	return !watch->summed[chunk->table] ||
	    verify_sink_add(&watch->look.dump[chunk->table], sink, err);
}

/* What has become of the tables; of those that were not summed the rows are
 * not compared. */
static bool
look_at_loaded(VerifyWatch *watch, Error *err)
{
	Verify *verify = &watch->verify;
	VerifyTable *tables = verify->tables;
	size_t i;

	if (!server_transact(verify->plan->servers[0], SERVER_SNAPSHOT,
		look_at_tables, verify, err))
		return false;
	verify->report->different_tables = fit_problems(&verify->report->texts);
	for (i = 0; i < verify->plan->schema->n_tables; i++) {
		if (tables[i].way == VERIFY_NOT ||
		    (tables[i].way == VERIFY_WHOLE && watch->summed[i]))
			continue;
		tables[i].way = VERIFY_NOT;
		if (!fit_note(&verify->report->texts, err,
			"table \"%s\": the rows were counted, not compared, "
			"for they came by a stream, which cannot be read "
			"again",
			tables[i].table->name))
			return false;
	}
	return true;
}

bool
verify_watch_end(VerifyWatch *watch, VerifyReport *report, VerifyTell *tell,
    void *context, Error *err)
{
	Verify *verify = &watch->verify;

	verify->report = report;
	verify->tell = tell == NULL ? tell_nobody : tell;
	verify->context = context;
	watch->look.tell = verify->tell;
	watch->look.context = context;
	return look_at_loaded(watch, err) &&
	    verify_target_read(&watch->look, err) &&
	    conclude(verify, &watch->look, err);
}

void
verify_watch_free(VerifyWatch *watch)
{
	Arena arena;
	size_t i;

	if (watch == NULL)
		return;
	for (i = 0; watch->rows != NULL && i < watch->verify.plan->n_servers;
	     i++)
		buf_free(&watch->rows[i].room);
	verify_look_end(&watch->look);
	fit_free(&watch->first.texts);
	arena = watch->verify.arena;
	arena_free(&arena);
}

bool
verify_run(const Plan *plan, const char *path, DumpReader *dump,
    VerifyReport *report, VerifyTell *tell, void *context, Error *err)
{
	Verify verify = {
		.plan = plan,
		.path = path,
		.report = report,
		.tell = tell == NULL ? tell_nobody : tell,
		.context = context,
	};
	VerifyLook look = make_look(&verify, SINK_SUM, VERIFY_ALL);
	bool good;
	size_t i;

	good = run(&verify, &look, dump, err);
	verify_look_end(&look);
	for (i = 0; verify.tallies != NULL && i < plan->schema->n_tables; i++)
		fit_free(&verify.tallies[i].found);
	arena_free(&verify.arena);
	return good;
}

void
verify_free(VerifyReport *report)
{
	fit_free(&report->texts);
}
