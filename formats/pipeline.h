/*
 * pipeline: take, work, give - the one machine that runs all three programs,
 * and the only place that knows of threads.
 *
 * Jobs live in a fixed ring.  take fills the next one, work runs on it, give
 * takes its result; take and give each see the jobs one at a time and in the
 * same order, work runs on all threads at once.  The ring bounds memory: no
 * job is taken while all are between take and give.  The first failure (the
 * one of the earliest job, whichever thread met it first) stops the run.
 * With one thread there is no thread at all: take, work, give, take, ...
 *
 * A job may have more to do than fits: give returns STEP_ITEM to have work
 * called on the same job again, in the same place of the order, before any
 * later job is given; STEP_END when it is finished.
 *
 * context is shared: take's and give's own parts of it need no lock, nor do
 * parts indexed by worker; all else must not change during the run.
 */
#ifndef FORMATS_PIPELINE_H
#define FORMATS_PIPELINE_H

#include <stddef.h>

#include "formats/error.h"

typedef struct {
	unsigned threads; /* 1 or more */
	void *jobs;       /* the ring: n_jobs jobs of job_bytes each */
	size_t job_bytes;
	size_t n_jobs; /* pipeline_jobs(threads) is a good number */
	void *context;
	Step (*take)(void *context, void *job, Error *err);
	/* worker is 0 .. threads-1: this thread's own number */
	bool (*work)(void *context, void *job, unsigned worker, Error *err);
	Step (*give)(void *context, void *job, Error *err);
} Pipeline;

/* Ring size that keeps all threads busy: 1 for one thread, else twice. */
size_t pipeline_jobs(unsigned threads);

/* Run until take says END and every job has been given, or until the first
 * failure.  No thread is left when it returns. */
bool pipeline_run(const Pipeline *pipeline, Error *err) MUST_CHECK;

/*
 * A limited number of some resource (reader connections) shared by more
 * workers: claim blocks until one is free and gives its number 0..n-1.
 */
typedef struct PipelinePool PipelinePool;
bool
pipeline_pool_create(unsigned n, PipelinePool **pool, Error *err) MUST_CHECK;
unsigned pipeline_pool_claim(PipelinePool *pool);
/* The same, but number where it is free. */
unsigned pipeline_pool_prefer(PipelinePool *pool, unsigned number);
void pipeline_pool_release(PipelinePool *pool, unsigned number);
/* One that has been claimed is gone for good and not released.  False where it
 * is the last one left; then it stays claimed. */
bool pipeline_pool_retire(PipelinePool *pool) MUST_CHECK;
void pipeline_pool_free(PipelinePool *pool);

/* Cores this process may use (its affinity mask), at least 1. */
unsigned pipeline_cores(void);

#endif
