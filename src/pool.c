/* SPDX-License-Identifier: MIT
 *
 * Worker threads over the items of a job. Each starts in a stretch of its own and goes through it item by item, because
 * it is cheap to go on where one has just been; at its end it takes half of the longest stretch that is left. So a
 * thread whose core is busy with something else simply keeps fewer. The calling thread works too, and with one thread
 * (or none to be had, as in WebAssembly) it is all there is. */
#define _POSIX_C_SOURCE 200809L /* pthread_sigmask */
#include "pool.h"

#include <stdatomic.h>

#if __STDC_HOSTED__
#define FV_THREADS 1
#include <pthread.h>
#include <signal.h>
#else
#define FV_THREADS 0
#endif

typedef struct worker {
    fv_pool *pool;
    int index;
    _Atomic uint64_t stretch; /* packed: next item, end */
} worker;

struct fv_pool {
    fovea_allocator allocator;
    int threads; /* at work, the calling one included */
    int items, columns, rows, least;
    fv_job *job;
    void *arg;
    atomic_int done;
    atomic_int columns_done[FV_MAX_ROWS]; /* in each row */
    atomic_bool stopped;
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
} report;

static void tell(fv_pool *pool, report *r, int done)
{
    r->told = done;
    if (r->check && r->check(pool->arg, done, pool->items)) atomic_store(&pool->stopped, true);
}

/* ---- Stretches ---- */

static uint64_t packed(int next, int end) { return (uint64_t)(uint32_t)next << 32 | (uint32_t)end; }
static int next_of(uint64_t stretch) { return (int)(stretch >> 32); }
static int end_of(uint64_t stretch) { return (int)(uint32_t)stretch; }
static int length_of(uint64_t stretch) { return end_of(stretch) - next_of(stretch); }

/* Equal stretches of at least `least` items for as many workers as that gives. */
static void divide(fv_pool *pool)
{
    const int sharers = fv_clamp(pool->items / pool->least, 1, pool->threads);
    for (int i = 0; i < pool->threads; i++) {
        const int64_t from = fv_min(i, sharers), to = fv_min(i + 1, sharers);
        atomic_store(&pool->workers[i].stretch, packed((int)(from * pool->items / sharers), (int)(to * pool->items / sharers)));
    }
}

/* The next item of a worker's own stretch, or -1. */
static int next_item(worker *w)
{
    uint64_t old = atomic_load(&w->stretch);
    while (length_of(old) > 0)
        if (atomic_compare_exchange_weak(&w->stretch, &old, packed(next_of(old) + 1, end_of(old)))) return next_of(old);
    return -1;
}

/* Makes the second half of the longest stretch the worker's own; false when none is worth dividing. Only its owner
 * lengthens a stretch, so one that has not changed is still the same. */
static bool take_half(fv_pool *pool, worker *w)
{
    for (;;) {
        worker *longest = NULL;
        uint64_t old = 0;
        for (int i = 0; i < pool->threads; i++) {
            const uint64_t stretch = atomic_load(&pool->workers[i].stretch);
            if (length_of(stretch) <= length_of(old)) continue;
            old = stretch;
            longest = &pool->workers[i];
        }
        const int half = (length_of(old) - pool->least + 1) / 2;
        if (half < 1) return false;
        const int middle = end_of(old) - half;
        if (!atomic_compare_exchange_strong(&longest->stretch, &old, packed(next_of(old), middle))) continue;
        atomic_store(&w->stretch, packed(middle, middle + half));
        return true;
    }
}

static void work(fv_pool *pool, int index, report *r)
{
    worker *w = &pool->workers[index];
    while (!atomic_load(&pool->stopped)) {
        const int item = next_item(w);
        if (item < 0) {
            if (!take_half(pool, w)) return;
            continue;
        }
        pool->job(pool->arg, index, item);
        atomic_fetch_add(&pool->columns_done[item % pool->rows], 1);
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

/* All but those that a thread brings upon itself: the application's handlers run on threads of its own. */
static void block_signals(sigset_t *before)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) sigdelset(&all, own[i]);
    pthread_sigmask(SIG_SETMASK, &all, before);
}

int fv_pool_most(int threads) { return fv_clamp(threads, 1, FV_MAX_THREADS); }

static bool start_threads(fv_pool *pool, int threads)
{
    if (pthread_mutex_init(&pool->mutex, NULL)) return false;
    if (pthread_cond_init(&pool->wake, NULL)) goto no_wake;
    if (pthread_cond_init(&pool->finished, NULL)) goto no_finished;
    sigset_t before;
    block_signals(&before); /* a thread inherits what its maker blocks */
    for (pool->threads = 1; pool->threads < threads; pool->threads++) {
        worker *w = &pool->workers[pool->threads];
        w->pool = pool;
        w->index = pool->threads;
        if (pthread_create(&pool->handle[pool->threads], NULL, thread_main, w)) break;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
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

int fv_pool_most(int threads)
{
    UNUSED(threads);
    return 1;
}

static bool start_threads(fv_pool *pool, int threads)
{
    pool->threads = threads;
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
    if (!start_threads(pool, fv_pool_most(threads))) {
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

size_t fv_pool_size(void) { return sizeof(fv_pool); }

int fv_pool_threads(const fv_pool *pool) { return pool->threads; }

int fv_pool_rows_done(const fv_pool *pool)
{
    int rows = 0;
    while (rows < pool->rows && atomic_load(&pool->columns_done[rows]) == pool->columns) rows++;
    return rows;
}

bool fv_pool_run(fv_pool *pool, int columns, int rows, int least, fv_job *job, fv_pool_check *check, void *arg)
{
    const int items = columns * rows;
    report r = {.check = check};
    pool->items = items;
    pool->columns = columns;
    pool->rows = rows;
    for (int i = 0; i < rows; i++) atomic_store(&pool->columns_done[i], 0);
    pool->least = least;
    pool->job = job;
    pool->arg = arg;
    atomic_store(&pool->done, 0);
    atomic_store(&pool->stopped, false);
    tell(pool, &r, 0);
    if (atomic_load(&pool->stopped)) return false;

    divide(pool);
    const bool shared = pool->threads > 1 && items > least;
    if (shared) wake_threads(pool);
    work(pool, 0, &r);
    if (shared) wait_for_threads(pool);
    if (!atomic_load(&pool->stopped) && r.told < items) tell(pool, &r, items); /* the other threads did the last ones */
    return !atomic_load(&pool->stopped);
}
