#include "formats/pipeline.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <unistd.h>

#include "formats/arena.h"

typedef enum { JOB_FREE, JOB_TAKEN, JOB_WORKING, JOB_WORKED } JobState;

/* Jobs are numbered from 0 in the order of take; job i lies in the ring at
 * i % n_jobs.  given <= taken <= given + n_jobs. */
typedef struct {
	const Pipeline *pipeline;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t changed;
	JobState *states; /* of each place in the ring */
	uint64_t taken;   /* jobs taken so far */
	uint64_t given;   /* jobs given and finished so far */
	bool taking, giving;
	bool ended;  /* take said END */
	bool failed; /* then failed_job and err say what */
	uint64_t failed_job;
	Error err;
} Run;

typedef struct {
	Run *run;
	unsigned worker;
	pthread_t thread;
} Worker;

size_t
pipeline_jobs(unsigned threads)
{
	return threads <= 1 ? 1 : 2 * (size_t)threads;
}

unsigned
pipeline_cores(void)
{
	cpu_set_t set;
	long online;
	int count;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) == 0 &&
	    (count = CPU_COUNT(&set)) > 0)
		return (unsigned)count;
	/* More cores than cpu_set_t has bits for. */
	online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 ? (unsigned)online : 1;
}

static void *
job_at(const Run *run, uint64_t job)
{
	const Pipeline *pipeline = run->pipeline;

	return (char *)pipeline->jobs +
	    (size_t)(job % pipeline->n_jobs) * pipeline->job_bytes;
}

static JobState *
state_at(Run *run, uint64_t job)
{
	return &run->states[job % run->pipeline->n_jobs];
}

/* The failure of the earliest job is the one that counts. */
static void
record_failure(Run *run, uint64_t job, const Error *err)
{
	if (run->failed && run->failed_job <= job)
		return;
	run->failed = true;
	run->failed_job = job;
	run->err = *err;
}

/* The step functions are called with the lock held, let go of it while the
 * caller's function runs, and hold it again when they return. */

static void
run_take(Run *run, Error *err)
{
	uint64_t job = run->taken;
	Step step;

	run->taking = true;
	pthread_mutex_unlock(&run->lock);
	step =
	    run->pipeline->take(run->pipeline->context, job_at(run, job), err);
	pthread_mutex_lock(&run->lock);
	run->taking = false;
	switch (step) {
	case STEP_ITEM:
		*state_at(run, job) = JOB_TAKEN;
		run->taken++;
		break;
	case STEP_END:
		run->ended = true;
		break;
	case STEP_FAILED:
		record_failure(run, job, err);
		break;
	}
}

static void
run_work(Run *run, uint64_t job, unsigned worker, Error *err)
{
	bool worked;

	*state_at(run, job) = JOB_WORKING;
	pthread_mutex_unlock(&run->lock);
	worked = run->pipeline->work(
	    run->pipeline->context, job_at(run, job), worker, err);
	pthread_mutex_lock(&run->lock);
	*state_at(run, job) = JOB_WORKED;
	if (!worked)
		record_failure(run, job, err);
}

static void
run_give(Run *run, Error *err)
{
	uint64_t job = run->given;
	Step step;

	run->giving = true;
	pthread_mutex_unlock(&run->lock);
	step =
	    run->pipeline->give(run->pipeline->context, job_at(run, job), err);
	pthread_mutex_lock(&run->lock);
	run->giving = false;
	switch (step) {
	case STEP_ITEM:
		*state_at(run, job) = JOB_TAKEN;
		break;
	case STEP_END:
		*state_at(run, job) = JOB_FREE;
		run->given++;
		break;
	case STEP_FAILED:
		record_failure(run, job, err);
		break;
	}
}

static bool
can_give(Run *run)
{
	return !run->giving && run->given < run->taken &&
	    *state_at(run, run->given) == JOB_WORKED;
}

static bool
can_take(const Run *run)
{
	return !run->taking && !run->ended &&
	    run->taken - run->given < run->pipeline->n_jobs;
}

/* The earliest job that waits for work. */
static bool
find_work(Run *run, uint64_t *job)
{
	for (*job = run->given; *job < run->taken; (*job)++)
		if (*state_at(run, *job) == JOB_TAKEN)
			return true;
	return false;
}

/*
 * What every thread does until the run is over.  Giving first empties the
 * ring and keeps the output flowing; work before take keeps the jobs in the
 * ring, and so the memory, few.
 */
static void
run_steps(Run *run, unsigned worker)
{
	Error err;
	uint64_t job;

	pthread_mutex_lock(&run->lock);
	while (!run->failed && !(run->ended && run->given == run->taken)) {
		if (can_give(run)) {
			run_give(run, &err);
		} else if (find_work(run, &job)) {
			run_work(run, job, worker, &err);
		} else if (can_take(run)) {
			run_take(run, &err);
		} else {
			pthread_cond_wait(&run->changed, &run->lock);
			continue;
		}
		pthread_cond_broadcast(&run->changed);
	}
	pthread_mutex_unlock(&run->lock);
}

static void *
worker_main(void *argument)
{
	Worker *worker = argument;

	run_steps(worker->run, worker->worker);
	return NULL;
}

/* The caller's thread is worker 0.  Where the system refuses more threads, the
 * run goes on with those there are. */
static void
run_threads(Run *run, Worker *workers, unsigned threads)
{
	unsigned i, started = 1;

	for (; started < threads; started++) {
		workers[started].run = run;
		workers[started].worker = started;
		if (pthread_create(&workers[started].thread, NULL, worker_main,
			&workers[started]) != 0)
			break;
	}
	run_steps(run, 0);
	for (i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
}

bool
pipeline_run(const Pipeline *pipeline, Error *err)
{
	Arena arena = { 0 };
	Run run = { .pipeline = pipeline,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER };
	Worker *workers;
	bool success = false;

	assert(pipeline->threads > 0 && pipeline->n_jobs > 0);
	run.states =
	    arena_alloc(&arena, pipeline->n_jobs, sizeof(*run.states), err);
	workers = arena_alloc(&arena, pipeline->threads, sizeof(*workers), err);
	if (run.states == NULL || workers == NULL)
		goto done;
	run_threads(&run, workers, pipeline->threads);
	if (run.failed) {
		*err = run.err;
		goto done;
	}
	success = true;
done:
	pthread_cond_destroy(&run.changed);
	pthread_mutex_destroy(&run.lock);
	arena_free(&arena);
	return success;
}

struct PipelinePool {
	Arena arena; /* holds this very object */
	pthread_mutex_t lock;
	pthread_cond_t released;
	unsigned n;
	unsigned n_retired;
	unsigned n_free;
	unsigned *free; /* n_free numbers that nobody holds; the last goes
			 * first: its caches are warm */
};

bool
pipeline_pool_create(unsigned n, PipelinePool **pool, Error *err)
{
	Arena arena = { 0 };
	PipelinePool *made;
	unsigned i;

	assert(n > 0);
	made = arena_alloc(&arena, 1, sizeof(*made), err);
	if (made == NULL)
		return false;
	made->free = arena_alloc(&arena, n, sizeof(*made->free), err);
	if (made->free == NULL) {
		arena_free(&arena);
		return false;
	}
	for (i = 0; i < n; i++)
		made->free[i] = n - 1 - i;
	made->n = made->n_free = n;
	pthread_mutex_init(&made->lock, NULL);
	pthread_cond_init(&made->released, NULL);
	made->arena = arena;
	*pool = made;
	return true;
}

unsigned
pipeline_pool_claim(PipelinePool *pool)
{
	unsigned number;

	pthread_mutex_lock(&pool->lock);
	while (pool->n_free == 0)
		pthread_cond_wait(&pool->released, &pool->lock);
	number = pool->free[--pool->n_free];
	pthread_mutex_unlock(&pool->lock);
	return number;
}

unsigned
pipeline_pool_prefer(PipelinePool *pool, unsigned number)
{
	unsigned i, last;

	pthread_mutex_lock(&pool->lock);
	while (pool->n_free == 0)
		pthread_cond_wait(&pool->released, &pool->lock);
	last = pool->n_free - 1;
	for (i = 0; i < last && pool->free[i] != number; i++)
		continue;
	number = pool->free[i];
	pool->free[i] = pool->free[last];
	pool->n_free--;
	pthread_mutex_unlock(&pool->lock);
	return number;
}

bool
pipeline_pool_retire(PipelinePool *pool)
{
	bool retired;

	pthread_mutex_lock(&pool->lock);
	retired = pool->n_retired + 1 < pool->n;
	pool->n_retired += retired;
	pthread_mutex_unlock(&pool->lock);
	return retired;
}

void
pipeline_pool_release(PipelinePool *pool, unsigned number)
{
	pthread_mutex_lock(&pool->lock);
	assert(number < pool->n && pool->n_free < pool->n);
	pool->free[pool->n_free++] = number;
	pthread_cond_signal(&pool->released);
	pthread_mutex_unlock(&pool->lock);
}

void
pipeline_pool_free(PipelinePool *pool)
{
	Arena arena;

	if (pool == NULL)
		return;
	pthread_cond_destroy(&pool->released);
	pthread_mutex_destroy(&pool->lock);
	arena = pool->arena;
	arena_free(&arena);
}
