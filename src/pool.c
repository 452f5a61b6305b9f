/* SPDX-License-Identifier: MIT
 *
 * Worker threads over the items of a job. Items are handed out by one atomic counter, so a thread whose core is busy
 * with something else simply takes fewer. The calling thread works too, and with one thread (or none to be had, as in
 * WebAssembly) it is all there is. */
#include "pool.h"

#include <stdatomic.h>

#if __STDC_HOSTED__
#define FV_THREADS 1
#include <pthread.h>
#else
#define FV_THREADS 0
#endif

typedef struct worker {
    fv_pool *pool;
    int index;
} worker;

struct fv_pool {
    fovea_allocator allocator;
    int threads; /* at work, the calling one included */
    int items;
    fv_job *job;
    void *arg;
    atomic_int next, done;
#if FV_THREADS
    pthread_mutex_t mutex;
    pthread_cond_t wake, finished;
    unsigned round; /* counts jobs, so that a worker knows a new one */
    int busy; /* workers that have not finished the current job */
    bool quit;
    pthread_t handle[FV_MAX_THREADS];
#endif
    worker workers[FV_MAX_THREADS];
};

/* What the calling thread tells of the work: check, which may stop it, and the last number it was given. */
typedef struct report {
    fv_pool_check *check; /* or NULL */
    int told;
    bool stopped;
} report;

static void tell(fv_pool *pool, report *r, int done)
{
    r->told = done;
    if (!r->check || !r->check(pool->arg, done, pool->items)) return;
    atomic_store(&pool->next, pool->items);
    r->stopped = true;
}

static void work(fv_pool *pool, int index, report *r)
{
    while (!r || !r->stopped) {
        const int item = atomic_fetch_add(&pool->next, 1);
        if (item >= pool->items) return;
        pool->job(pool->arg, index, item);
        const int done = atomic_fetch_add(&pool->done, 1) + 1;
        if (r) tell(pool, r, done);
    }
}

#if FV_THREADS

static void *thread_main(void *arg)
{
    const worker *w = arg;
    fv_pool *pool = w->pool;
    unsigned seen = 0;
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (!pool->quit && pool->round == seen) pthread_cond_wait(&pool->wake, &pool->mutex);
        if (pool->quit) break;
        seen = pool->round;
        pthread_mutex_unlock(&pool->mutex);
        work(pool, w->index, NULL);
        pthread_mutex_lock(&pool->mutex);
        if (--pool->busy == 0) pthread_cond_signal(&pool->finished);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

static bool start_threads(fv_pool *pool, int threads)
{
    if (pthread_mutex_init(&pool->mutex, NULL)) return false;
    if (pthread_cond_init(&pool->wake, NULL)) goto no_wake;
    if (pthread_cond_init(&pool->finished, NULL)) goto no_finished;
    for (pool->threads = 1; pool->threads < threads; pool->threads++) {
        worker *w = &pool->workers[pool->threads];
        *w = (worker){pool, pool->threads};
        if (pthread_create(&pool->handle[pool->threads], NULL, thread_main, w)) break;
    }
    return true;
no_finished:
    pthread_cond_destroy(&pool->wake);
no_wake:
    pthread_mutex_destroy(&pool->mutex);
    return false;
}

static void stop_threads(fv_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->quit = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
    for (int i = 1; i < pool->threads; i++) pthread_join(pool->handle[i], NULL);
    pthread_cond_destroy(&pool->finished);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
}

static void wake_threads(fv_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->busy = pool->threads - 1;
    pool->round++;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
}

static void wait_for_threads(fv_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    while (pool->busy) pthread_cond_wait(&pool->finished, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

#else

static bool start_threads(fv_pool *pool, int threads)
{
    UNUSED(threads);
    pool->threads = 1;
    return true;
}

static void stop_threads(fv_pool *pool) { UNUSED(pool); }
static void wake_threads(fv_pool *pool) { UNUSED(pool); }
static void wait_for_threads(fv_pool *pool) { UNUSED(pool); }

#endif

fv_pool *fv_pool_new(int threads, const fovea_allocator *a)
{
    fv_pool *pool = fv_new(a, sizeof *pool);
    if (!pool) return NULL;
    pool->allocator = *a;
    if (!start_threads(pool, fv_clamp(threads, 1, FV_MAX_THREADS))) {
        fv_delete(a, pool);
        return NULL;
    }
    return pool;
}

void fv_pool_free(fv_pool *pool)
{
    if (!pool) return;
    stop_threads(pool);
    const fovea_allocator allocator = pool->allocator;
    fv_delete(&allocator, pool);
}

int fv_pool_threads(const fv_pool *pool) { return pool->threads; }

bool fv_pool_run(fv_pool *pool, int items, fv_job *job, fv_pool_check *check, void *arg)
{
    report r = {.check = check};
    pool->items = items;
    pool->job = job;
    pool->arg = arg;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->done, 0);
    tell(pool, &r, 0);
    if (r.stopped) return false;

    const bool shared = pool->threads > 1 && items > 1;
    if (shared) wake_threads(pool);
    work(pool, 0, &r);
    if (shared) wait_for_threads(pool);
    if (!r.stopped && r.told < items) tell(pool, &r, items); /* the other threads did the last ones */
    return !r.stopped;
}
