#include "transform/run.h"

#include "formats/pipeline.h"

static Step
take(void *context, void *item, Error *err)
{
	Run *run = context;
	ConvertJob *job = item;

	return dump_next_unloaded(run->reader, &job->in, err);
}

static bool
work(void *context, void *item, unsigned worker, Error *err)
{
	Run *run = context;
	ConvertJob *job = item;

	return dump_load(run->reader, &job->in, err) &&
	    convert_chunk(run->convert, job, worker, err);
}

static bool
put(Run *run, ConvertJob *job, Error *err)
{
	RunTable *table = &run->tables[job->in.table];
	size_t target = run->rewrite->tables[job->in.table].target;
	RejectPlace place = { .rows_before = table->rows_in,
		.rows = target == REWRITE_NONE ? 0 : job->in.rows };

	if (job->in.ordinal != table->ordinal + 1)
		table->gap = true;
	table->ordinal = job->in.ordinal;
	place.known = !table->gap;
	if (!dump_confirm(run->reader, &job->in, err) ||
	    !rejects_put(run->rejects, &job->aside, &job->log, &place, err))
		return false;
	job->out.table = target;
	if (target == REWRITE_NONE)
		return true;
	return dump_place_chunk(run->writer, &job->out, err);
}

static Step
give(void *context, void *item, Error *err)
{
	Run *run = context;
	ConvertJob *job = item;
	RunTable *table = &run->tables[job->in.table];

	if (!put(run, job, err))
		return STEP_FAILED;
	table->rows_in += job->in.rows;
	table->rows_out += job->out.rows;
	table->rejected += job->aside.rows;
	table->nulled += job->nulled;
	table->filtered += job->filtered;
	if (run->progress != NULL)
		run->progress(run->progress_context,
		    run->rewrite->input.source->tables[job->in.table].name,
		    job->in.rows, job->in.raw_bytes);
	convert_reset(job);
	return STEP_END;
}

bool
run_all(Run *run, unsigned threads, Error *err)
{
	size_t n_jobs = pipeline_jobs(threads);
	Pipeline pipeline = {
		.threads = threads,
		.job_bytes = sizeof(ConvertJob),
		.n_jobs = n_jobs,
		.context = run,
		.take = take,
		.work = work,
		.give = give,
	};
	ConvertJob *jobs = arena_alloc(&run->arena, n_jobs, sizeof *jobs, err);
	bool ok;

	run->tables = arena_alloc(&run->arena,
	    run->rewrite->input.source->n_tables, sizeof(RunTable), err);
	if (jobs == NULL || run->tables == NULL)
		return false;
	pipeline.jobs = jobs;
	ok = pipeline_run(&pipeline, err) && dump_finish(run->reader, err);
	for (size_t i = 0; i < n_jobs; i++)
		convert_free_job(&jobs[i]);
	return ok;
}

void
run_free(Run *run)
{
	arena_free(&run->arena);
}
