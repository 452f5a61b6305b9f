/* SPDX-License-Identifier: MIT
 *
 * Random nets for tests and benches: valid .fovea files of any shape, made from a seed. */
#ifndef TESTS_NET_H
#define TESTS_NET_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

/* xorshift64*: the same numbers everywhere. */
static inline uint32_t net_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * 0x2545f4914f6cdd1dull) >> 32);
}

static inline int net_between(uint64_t *state, int low, int high)
{
    return low + (int)(net_random(state) % (uint32_t)(high - low + 1));
}

typedef struct net_shape {
    int scale, channels, layers; /* layers counts head and tail */
    int skip; /* every `skip` body layers one that adds the output `skip` before it; 0: none */
    int zp; /* greatest zero point */
    int passes, keeps, ensemble; /* consistency passes, the file's D and T */
} net_shape;

typedef struct net_bytes {
    uint8_t *bytes;
    size_t size;
} net_bytes;

static inline void net_put(net_bytes *n, const void *data, size_t size)
{
    n->bytes = realloc(n->bytes, n->size + size + 4);
    memcpy(n->bytes + n->size, data, size);
    n->size += size;
    while (n->size % 4) n->bytes[n->size++] = 0;
}

static inline uint32_t net_crc(const uint8_t *p, size_t size)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= p[i];
        for (int b = 0; b < 8; b++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

/* Size and checksum made right again after a change. */
static inline void net_seal(net_bytes *n)
{
    const uint32_t size = (uint32_t)n->size;
    memcpy(n->bytes + 12, &size, 4);
    const uint32_t crc = net_crc(n->bytes + 20, n->size - 20);
    memcpy(n->bytes + 16, &crc, 4);
}

static inline void net_head_weights(uint64_t *seed, int8_t *w)
{
    for (int i = 0; i < 3; i++) {
        int sum = 0;
        for (int k = 0; k < 8; k++) {
            const int v = net_between(seed, -15, 15);
            w[k * 3 + i] = (int8_t)v;
            sum += v;
        }
        w[24 + i] = (int8_t)-sum;
    }
}

/* The caller frees bytes. */
static inline net_bytes net_make(net_shape shape, uint64_t seed)
{
    net_bytes n = {0};
    uint8_t constant[128][128] = {{0}};
    uint8_t header[64] = {0x89, 'F', 'O', 'V', 'E', 'A', '\r', '\n', 1};
    header[20] = (uint8_t)shape.scale;
    header[23] = (uint8_t)shape.keeps;
    header[24] = (uint8_t)shape.passes;
    header[25] = (uint8_t)shape.ensemble;
    header[26] = (uint8_t)shape.layers;
    snprintf((char *)header + 32, 31, "random-%dx%d-x%d", shape.channels, shape.layers, shape.scale);
    net_put(&n, header, sizeof header);
    seed = seed * 2 + 1;

    for (int l = 0; l < shape.layers; l++) {
        const int head = l == 0, tail = l == shape.layers - 1;
        const int cin = head ? 3 : shape.channels, cout = tail ? 3 * shape.scale * shape.scale : shape.channels;
        const int skip = !head && !tail && shape.skip && l % shape.skip == 0 ? shape.skip : 0;
        const int zp = tail ? 0 : net_between(&seed, 0, shape.zp);
        const uint8_t fields[8] = {head ? 1 : tail ? 3 : 2, (uint8_t)zp, (uint8_t)skip, 0, (uint8_t)cin, 0, (uint8_t)cout, 0};
        net_put(&n, fields, sizeof fields);

        const int filter = 9 * cin;
        int8_t *w = malloc((size_t)cout * (size_t)filter);
        int32_t bias[128];
        float scale[128];
        int16_t m[128];
        for (int o = 0; o < cout; o++) {
            int8_t *wo = w + o * filter;
            int64_t sum = 0, constant_acc = 0;
            for (int i = 0; i < filter; i++) wo[i] = (int8_t)net_between(&seed, -127, 127);
            if (head) net_head_weights(&seed, wo);
            for (int i = 0; i < filter; i++) {
                sum += abs(wo[i]);
                if (!head) constant_acc += wo[i] * constant[l - 1][i % cin];
            }
            m[o] = (int16_t)net_between(&seed, -300, 300);
            if (skip) constant_acc += m[o] * constant[l - skip][o];
            bias[o] = tail ? (int32_t)-constant_acc
                           : net_between(&seed, -2000, 2000) + (head ? 0 : (int32_t)(-constant_acc / 2));
            /* about a third of the accumulators leave the 7-bit range */
            scale[o] = (head   ? 0.0005f
                        : tail ? 8.0f
                               : 60.0f / (float)sum * 0.1f) *
                       (0.5f + (float)net_between(&seed, 0, 1000) / 1000.0f);
            if (!tail) constant[l][o] = fv_requantise((int32_t)(constant_acc + bias[o]), scale[o], zp);
        }
        net_put(&n, w, (size_t)cout * (size_t)filter);
        net_put(&n, bias, 4 * (size_t)cout);
        net_put(&n, scale, 4 * (size_t)cout);
        if (skip) net_put(&n, m, 2 * (size_t)cout);
        free(w);
    }
    net_seal(&n);
    return n;
}

/* A whole file, or {NULL, 0}. The caller frees bytes. */
static inline net_bytes net_read(const char *path)
{
    net_bytes n = {0};
    FILE *f = fopen(path, "rb");
    if (!f) return n;
    uint8_t chunk[65536];
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, f)) > 0;) {
        n.bytes = realloc(n.bytes, n.size + got);
        memcpy(n.bytes + n.size, chunk, got);
        n.size += got;
    }
    fclose(f);
    return n;
}

#endif
