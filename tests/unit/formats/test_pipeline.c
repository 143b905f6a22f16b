#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "formats/error.h"
#include "formats/pipeline.h"

#define RING_LIMIT    64
#define WORKERS_LIMIT 8
#define NEVER         UINT64_MAX

typedef struct {
	uint64_t number;
	unsigned rounds; /* times work ran on it */
	uint64_t result;
} Job;

/* A source of n numbers whose squares are summed up in order, and which can
 * be told to fail at any point. */
typedef struct {
	uint64_t n;
	uint64_t taken, given;
	unsigned rounds; /* times each third job must be worked */
	uint64_t take_fails, work_fails, work_fails_too, give_fails;
	uint64_t sum;
	uint64_t worked[WORKERS_LIMIT];
	atomic_uint taking, giving;
	atomic_ullong held; /* jobs between take and give */
	unsigned long long held_most;
} Count;

static unsigned
rounds_of(const Count *count, uint64_t number)
{
	return number % 3 == 0 ? count->rounds : 1;
}

static Step
take(void *context, void *job_, Error *err)
{
	Count *count = context;
	Job *job = job_;
	unsigned long long held;

	assert_int_equal(atomic_fetch_add(&count->taking, 1), 0);
	if (count->taken == count->take_fails) {
		error_set(err, ERROR_DUMP, "take %d", (int)count->taken);
		return STEP_FAILED;
	}
	if (count->taken == count->n) {
		atomic_fetch_sub(&count->taking, 1);
		return STEP_END;
	}
	*job = (Job){ .number = count->taken++ };
	held = atomic_fetch_add(&count->held, 1) + 1;
	if (held > count->held_most)
		count->held_most = held;
	atomic_fetch_sub(&count->taking, 1);
	return STEP_ITEM;
}

static bool
work(void *context, void *job_, unsigned worker, Error *err)
{
	Count *count = context;
	Job *job = job_;

	count->worked[worker]++;
	/* Let threads overtake one another. */
	if (job->number % 5 == 0)
		sched_yield();
	if (job->number == count->work_fails ||
	    job->number == count->work_fails_too)
		return error_set(
		    err, ERROR_FAILED, "work %d", (int)job->number);
	job->rounds++;
	job->result += job->number * job->number;
	return true;
}

static Step
give(void *context, void *job_, Error *err)
{
	Count *count = context;
	Job *job = job_;

	assert_int_equal(atomic_fetch_add(&count->giving, 1), 0);
	assert_int_equal(job->number, count->given);
	if (job->number == count->give_fails) {
		error_set(err, ERROR_CLOSED, "give %d", (int)job->number);
		return STEP_FAILED;
	}
	atomic_fetch_sub(&count->giving, 1);
	if (job->rounds < rounds_of(count, job->number))
		return STEP_ITEM;
	count->sum += job->result;
	count->given++;
	atomic_fetch_sub(&count->held, 1);
	return STEP_END;
}

static bool
run(Count *count, unsigned threads, size_t n_jobs, Error *err)
{
	Job jobs[RING_LIMIT];
	Pipeline pipeline = {
		.threads = threads,
		.jobs = jobs,
		.job_bytes = sizeof(jobs[0]),
		.n_jobs = n_jobs,
		.context = count,
		.take = take,
		.work = work,
		.give = give,
	};

	memset(jobs, 0, sizeof(jobs));
	return pipeline_run(&pipeline, err);
}

static Count
count_to(uint64_t n)
{
	return (Count){ .n = n,
		.rounds = 1,
		.take_fails = NEVER,
		.work_fails = NEVER,
		.work_fails_too = NEVER,
		.give_fails = NEVER };
}

static uint64_t
squares(const Count *count)
{
	uint64_t i, sum = 0;

	for (i = 0; i < count->n; i++)
		sum += i * i * rounds_of(count, i);
	return sum;
}

static void
every_job_is_given_in_order(void **state)
{
	static const unsigned sizes[] = { 0, 1, 2, 7, 1000 };
	unsigned i, threads;
	Error err;

	(void)state;
	for (i = 0; i < 5; i++)
		for (threads = 1; threads <= WORKERS_LIMIT; threads++) {
			Count count = count_to(sizes[i]);

			assert_true(
			    run(&count, threads, pipeline_jobs(threads), &err));
			assert_int_equal(count.given, count.n);
			assert_int_equal(count.sum, squares(&count));
		}
}

static void
the_ring_bounds_the_jobs_held(void **state)
{
	size_t n_jobs;
	Error err;

	(void)state;
	for (n_jobs = 1; n_jobs <= 16; n_jobs++) {
		Count count = count_to(500);

		assert_true(run(&count, 4, n_jobs, &err));
		assert_true(count.held_most <= n_jobs);
		assert_int_equal(count.sum, squares(&count));
	}
}

static void
a_job_with_more_to_do_keeps_its_place(void **state)
{
	unsigned threads;
	Error err;

	(void)state;
	for (threads = 1; threads <= 4; threads++) {
		Count count = count_to(300);

		count.rounds = 4;
		assert_true(run(&count, threads, pipeline_jobs(threads), &err));
		assert_int_equal(count.given, 300);
		assert_int_equal(count.sum, squares(&count));
	}
}

static void
one_thread_is_no_thread_and_takes_turns(void **state)
{
	Count count = count_to(50);
	Error err;

	(void)state;
	assert_int_equal(pipeline_jobs(1), 1);
	assert_true(run(&count, 1, 1, &err));
	assert_int_equal(count.held_most, 1);
	assert_int_equal(count.worked[0], 50);
}

static void
a_failure_to_take_stops_the_run(void **state)
{
	unsigned threads;
	Error err;

	(void)state;
	for (threads = 1; threads <= 4; threads++) {
		Count count = count_to(100);

		count.take_fails = 20;
		assert_false(
		    run(&count, threads, pipeline_jobs(threads), &err));
		assert_int_equal(err.kind, ERROR_DUMP);
		assert_string_equal(err.text, "take 20");
		assert_true(count.given <= 20);
	}
}

static void
a_failure_to_give_stops_the_run(void **state)
{
	unsigned threads;
	Error err;

	(void)state;
	for (threads = 1; threads <= 4; threads++) {
		Count count = count_to(100);

		count.give_fails = 20;
		assert_false(
		    run(&count, threads, pipeline_jobs(threads), &err));
		assert_int_equal(err.kind, ERROR_CLOSED);
		assert_string_equal(err.text, "give 20");
		assert_int_equal(count.given, 20);
	}
}

static void
a_failure_to_work_stops_the_run(void **state)
{
	unsigned threads;
	Error err;

	(void)state;
	for (threads = 1; threads <= 4; threads++) {
		Count count = count_to(100);

		count.work_fails = 0;
		assert_false(
		    run(&count, threads, pipeline_jobs(threads), &err));
		assert_string_equal(err.text, "work 0");
		assert_int_equal(count.given, 0);
	}
}

static void
of_several_failures_the_earliest_job_counts(void **state)
{
	unsigned i;
	Error err;

	(void)state;
	for (i = 0; i < 200; i++) {
		Count count = count_to(100);

		/* 40 is the slower one: it yields. */
		count.work_fails = 40;
		count.work_fails_too = 41;
		count.take_fails = 43;
		assert_false(run(&count, 4, 8, &err));
		assert_string_equal(err.text, "work 40");
	}
}

typedef struct {
	PipelinePool *pool;
	unsigned n;
	atomic_uint held[3];
	uint64_t left;
} Shared;

static Step
shared_take(void *context, void *job, Error *err)
{
	Shared *shared = context;

	(void)job;
	(void)err;
	return shared->left-- > 0 ? STEP_ITEM : STEP_END;
}

static bool
shared_work(void *context, void *job, unsigned worker, Error *err)
{
	Shared *shared = context;
	unsigned number = pipeline_pool_claim(shared->pool);

	(void)job;
	(void)worker;
	(void)err;
	assert_true(number < shared->n);
	assert_int_equal(atomic_fetch_add(&shared->held[number], 1), 0);
	sched_yield();
	atomic_fetch_sub(&shared->held[number], 1);
	pipeline_pool_release(shared->pool, number);
	return true;
}

static Step
shared_give(void *context, void *job, Error *err)
{
	(void)context;
	(void)job;
	(void)err;
	return STEP_END;
}

static void
a_pool_gives_each_thing_to_one_worker_at_a_time(void **state)
{
	unsigned n;
	Error err;

	(void)state;
	for (n = 1; n <= 3; n++) {
		Shared shared = { .n = n, .left = 500 };
		char jobs[16];
		Pipeline pipeline = { .threads = 8,
			.jobs = jobs,
			.job_bytes = 1,
			.n_jobs = 16,
			.context = &shared,
			.take = shared_take,
			.work = shared_work,
			.give = shared_give };

		assert_true(pipeline_pool_create(n, &shared.pool, &err));
		assert_true(pipeline_run(&pipeline, &err));
		pipeline_pool_free(shared.pool);
	}
	pipeline_pool_free(NULL);
}

static void
a_pool_gives_what_is_preferred_and_keeps_the_last(void **state)
{
	PipelinePool *pool;
	Error err = { 0 };
	unsigned i;

	(void)state;
	assert_true(pipeline_pool_create(3, &pool, &err));
	for (i = 0; i < 3; i++) {
		assert_int_equal(pipeline_pool_prefer(pool, i), i);
		pipeline_pool_release(pool, i);
	}
	assert_int_equal(pipeline_pool_prefer(pool, 1), 1);
	assert_int_not_equal(pipeline_pool_prefer(pool, 1), 1);
	/* Two that are held go, the third one is what is left. */
	assert_true(pipeline_pool_retire(pool));
	assert_true(pipeline_pool_retire(pool));
	i = pipeline_pool_prefer(pool, 1);
	assert_true(i < 3 && i != 1);
	assert_false(pipeline_pool_retire(pool));
	pipeline_pool_release(pool, i);
	assert_int_equal(pipeline_pool_claim(pool), i);
	pipeline_pool_free(pool);
}

static void
there_is_at_least_one_core(void **state)
{
	(void)state;
	assert_true(pipeline_cores() >= 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_job_is_given_in_order),
		cmocka_unit_test(the_ring_bounds_the_jobs_held),
		cmocka_unit_test(a_job_with_more_to_do_keeps_its_place),
		cmocka_unit_test(one_thread_is_no_thread_and_takes_turns),
		cmocka_unit_test(a_failure_to_take_stops_the_run),
		cmocka_unit_test(a_failure_to_give_stops_the_run),
		cmocka_unit_test(a_failure_to_work_stops_the_run),
		cmocka_unit_test(of_several_failures_the_earliest_job_counts),
		cmocka_unit_test(
		    a_pool_gives_each_thing_to_one_worker_at_a_time),
		cmocka_unit_test(
		    a_pool_gives_what_is_preferred_and_keeps_the_last),
		cmocka_unit_test(there_is_at_least_one_core),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
