/* SPDX-License-Identifier: MIT
 *
 * The first write to a page takes the kernel more than a microsecond, and a picture has thousands of small ones. */
#define _GNU_SOURCE 1
#include "room.h"

#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

void *room_new(size_t bytes)
{
    if (bytes < HUGE_PAGE || bytes > SIZE_MAX - HUGE_PAGE) return malloc(bytes);
    const size_t whole = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *room = aligned_alloc(HUGE_PAGE, whole);
    if (room) madvise(room, whole, MADV_HUGEPAGE);
    return room;
}

static void *take(void *user, size_t size)
{
    (void)user;
    return room_new(size);
}

static void give_back(void *user, void *memory)
{
    (void)user;
    free(memory);
}

const fovea_allocator room_allocator = {take, give_back, NULL};
