/* SPDX-License-Identifier: MIT
 *
 * One mutex and one condition are enough: there are two threads, and a band is a hundred thousand times longer in the
 * making than in the handing over. */
#include "bands.h"

#include <stdlib.h>
#include <string.h>

#include "room.h"

bool bands_make(struct bands *bands, int count, size_t band_bytes)
{
    memset(bands, 0, sizeof *bands);
    for (; bands->count < count; bands->count++) {
        unsigned char *pixels = room_new(band_bytes);
        if (!pixels) {
            while (bands->count > 0) free(bands->slots[--bands->count].pixels);
            return false;
        }
        bands->slots[bands->count].pixels = pixels;
    }
    pthread_mutex_init(&bands->lock, NULL);
    pthread_cond_init(&bands->moved, NULL);
    return true;
}

void bands_free(struct bands *bands)
{
    for (int i = 0; i < bands->count; i++) free(bands->slots[i].pixels);
    if (bands->count > 0) {
        pthread_cond_destroy(&bands->moved);
        pthread_mutex_destroy(&bands->lock);
    }
    bands->count = 0;
}

struct band *bands_empty(struct bands *bands)
{
    pthread_mutex_lock(&bands->lock);
    while (bands->full == bands->count && !bands->aborted) pthread_cond_wait(&bands->moved, &bands->lock);
    struct band *band = bands->aborted ? NULL : &bands->slots[(bands->first + bands->full) % bands->count];
    pthread_mutex_unlock(&bands->lock);
    return band;
}

void bands_filled(struct bands *bands)
{
    pthread_mutex_lock(&bands->lock);
    bands->full++;
    bands->ready = 0;
    pthread_cond_broadcast(&bands->moved);
    pthread_mutex_unlock(&bands->lock);
}

void bands_ready(struct bands *bands, int32_t rows)
{
    pthread_mutex_lock(&bands->lock);
    if (rows > bands->ready) {
        bands->ready = rows;
        pthread_cond_broadcast(&bands->moved);
    }
    pthread_mutex_unlock(&bands->lock);
}

void bands_end(struct bands *bands)
{
    pthread_mutex_lock(&bands->lock);
    bands->ended = true;
    pthread_cond_broadcast(&bands->moved);
    pthread_mutex_unlock(&bands->lock);
}

struct band *bands_next(struct bands *bands)
{
    pthread_mutex_lock(&bands->lock);
    while (bands->full == 0 && !bands->ended && !bands->aborted) pthread_cond_wait(&bands->moved, &bands->lock);
    struct band *band = bands->full > 0 && !bands->aborted ? &bands->slots[bands->first] : NULL;
    pthread_mutex_unlock(&bands->lock);
    return band;
}

struct band *bands_row(struct bands *bands, int32_t y)
{
    pthread_mutex_lock(&bands->lock);
    struct band *band = &bands->slots[bands->first];
    while (bands->full == 0 && !(bands->ready > 0 && y < band->y + bands->ready) && !bands->ended && !bands->aborted)
        pthread_cond_wait(&bands->moved, &bands->lock);
    const bool there = bands->full > 0 || !bands->ended;
    if (bands->aborted || !there) band = NULL;
    pthread_mutex_unlock(&bands->lock);
    return band;
}

void bands_taken(struct bands *bands)
{
    pthread_mutex_lock(&bands->lock);
    bands->first = (bands->first + 1) % bands->count;
    bands->full--;
    pthread_cond_broadcast(&bands->moved);
    pthread_mutex_unlock(&bands->lock);
}

void bands_abort(struct bands *bands)
{
    pthread_mutex_lock(&bands->lock);
    bands->aborted = true;
    pthread_cond_broadcast(&bands->moved);
    pthread_mutex_unlock(&bands->lock);
}
