/* SPDX-License-Identifier: MIT
 *
 * Threads that wait for work. A job is a number of items in a row, of which each thread takes long stretches. */
#ifndef FV_POOL_H
#define FV_POOL_H

#include "base.h"

typedef struct fv_pool fv_pool;

enum { FV_MAX_THREADS = 64, FV_MAX_ROWS = 4096 };

/* Does item number `item`; `worker` is 0 for the calling thread and differs between threads at work. Mostly the same
 * worker's last item was `item` - 1. */
typedef void fv_job(void *arg, int worker, int item);

/* Called on the calling thread: first with done 0, then after each of its items, last with done == items unless stopped.
 * done rises. True stops handing out items. */
typedef bool fv_pool_check(void *arg, int done, int items);

/* A pool of up to `threads` workers, the calling thread included; fewer where the system gives fewer. NULL: no memory. */
fv_pool *fv_pool_new(int threads, const fovea_allocator *a);
void fv_pool_free(fv_pool *pool);
size_t fv_pool_size(void); /* bytes that one takes */
int fv_pool_most(int threads); /* how many of so many threads wished for a pool may have */
int fv_pool_threads(const fv_pool *pool);

/* Does columns x rows items, numbered down the first column, then the second, and returns when all threads are done; false
 * when check stopped it. rows <= FV_MAX_ROWS. least >= 1: what it costs to begin somewhere else, in items; a stretch is not
 * divided for less. */
bool fv_pool_run(fv_pool *pool, int columns, int rows, int least, fv_job *job, fv_pool_check *check, void *arg);

/* Rows from the first on, in all columns, that are done: to be asked within check. */
int fv_pool_rows_done(const fv_pool *pool);

#endif
