/* SPDX-License-Identifier: MIT
 *
 * libFuzzer target for the loader and what follows it: any bytes as a model; a model that is accepted enlarges a 5x4
 * picture, once with the best kernels and once with plain C, which must agree. `./dev fuzz` runs it.
 *
 * Blind mutation would never get past the checksum, so the mutator repairs three mutants of four: size and checksum;
 * half of those also the structure (layer types, channel chains, head sums of zero, a tail so faint that constants come
 * back), which makes many of them valid models of odd shapes. */
#include "net.h"

#include "fovea.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

enum { W = 5, H = 4, MAX_SCALE = 4 };

#define EXPECT(cond) \
    do { \
        if (!(cond)) { \
            fprintf(stderr, "fuzz_model: line %d: %s\n", __LINE__, #cond); \
            abort(); \
        } \
    } while (0)

static bool enlarge(const fovea_model *model, uint32_t cpu_disable, uint8_t *large, size_t stride)
{
    uint8_t small[H][W * 3];
    uint32_t state = 1;
    for (int i = 0; i < W * H * 3; i++) {
        state = state * 1664525 + 1013904223;
        small[i / (W * 3)][i % (W * 3)] = (uint8_t)(state >> 24);
    }

    fovea_upscaler *up;
    fovea_error error;
    const fovea_options *options = fovea_options(.threads = 1, .cpu_disable = cpu_disable, .max_memory = 64 << 20);
    const fovea_status made = fovea_upscaler_new(model, options, &up, &error);
    EXPECT(made == error.status && error.message && (made == FOVEA_OK) == (up != NULL));
    EXPECT(made == FOVEA_OK || made == FOVEA_ERROR_LIMIT || made == FOVEA_ERROR_MEMORY);
    if (made) return false;

    const fovea_source src = {small, sizeof small[0], FOVEA_FORMAT_RGB8, 0, 0, W, H, W, H, 0, 0};
    const fovea_target dst = {large, stride, FOVEA_FORMAT_RGB8};
    EXPECT(fovea_upscale(up, &src, &dst, &error) == FOVEA_OK);
    fovea_upscaler_free(up);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fovea_model *model;
    fovea_error error;
    const fovea_status status = fovea_model_new(data, size, NULL, &model, &error);
    EXPECT(status == error.status && error.message && (status == FOVEA_OK) == (model != NULL));
    EXPECT(error.offset <= size);
    fovea_model_info seen = {.struct_size = sizeof seen};
    const fovea_status peeked = fovea_model_peek(data, size, &seen, &error);
    EXPECT(peeked == error.status && (status || !peeked));
    if (status) {
        EXPECT(status == FOVEA_ERROR_MEMORY || status >= FOVEA_ERROR_MODEL_TRUNCATED);
        return 0;
    }

    fovea_model_info info = {.struct_size = sizeof info};
    EXPECT(fovea_model_get_info(model, &info) == FOVEA_OK);
    EXPECT(info.scale >= 2 && info.scale <= MAX_SCALE && info.layers >= 2 && memchr(info.name, 0, sizeof info.name));
    EXPECT(info.scale == seen.scale && info.kind == seen.kind && info.effort == seen.effort && info.layers == seen.layers);
    /* Deep nets take seconds under the sanitizers and show nothing new. */
    if (info.macs_per_pixel < 2000000) {
        static uint8_t best[MAX_SCALE * H][MAX_SCALE * W * 3], plain[MAX_SCALE * H][MAX_SCALE * W * 3];
        if (enlarge(model, 0, best[0], sizeof best[0]) && enlarge(model, UINT32_MAX, plain[0], sizeof plain[0]))
            EXPECT(!memcmp(best, plain, sizeof best));
    }
    fovea_model_free(model);
    return 0;
}

static size_t padded(size_t size) { return (size + 3) / 4 * 4; }

/* Makes a mutant's structure right as far as its bytes reach; the size it should have. */
static size_t repair(uint8_t *data, size_t size)
{
    const uint8_t start[12] = {0x89, 'F', 'O', 'V', 'E', 'A', '\r', '\n', 1};
    memcpy(data, start, sizeof start);
    const int scale = data[20] = (uint8_t)(2 + data[20] % 3), layers = fv_clamp(data[26], 2, 128);
    data[21] %= 5;
    data[22] %= 3;
    data[23] %= 2;
    data[24] %= 5;
    data[25] = data[27] = data[28] = data[29] = data[30] = data[31] = 0;
    data[26] = (uint8_t)layers;
    if (data[32] < ' ' || data[32] > '~') data[32] = 'x';
    memset(data + 33, 0, 31);

    size_t at = 64, cin = 3;
    for (int l = 0; l < layers; l++) {
        const bool head = l == 0, tail = l == layers - 1;
        if (size < at + 8) return size;
        uint8_t *f = data + at;
        const size_t cout = tail ? (size_t)(3 * scale * scale) : (size_t)fv_clamp(f[6] / 16, 1, 8) * 16;
        f[0] = head ? 1 : tail ? 3 : 2;
        f[1] = tail ? 0 : f[1] & 127;
        if (head || tail) f[2] = 0;
        f[3] = f[5] = f[7] = 0;
        f[4] = (uint8_t)cin;
        f[6] = (uint8_t)cout;
        const size_t weights = cout * 9 * cin, length = 8 + padded(weights) + 8 * cout + (f[2] ? padded(2 * cout) : 0);
        if (size < at + length) return size;

        int8_t *w = (int8_t *)f + 8;
        for (size_t i = 0; i < weights; i++)
            if (w[i] == -128) w[i] = 127;
        memset(w + weights, 0, padded(weights) - weights);
        for (size_t o = 0; head && o < cout; o++)
            for (size_t i = 0; i < 3; i++) {
                int sum = 0;
                for (size_t k = 0; k < 8; k++) sum += w[o * 27 + k * 3 + i] /= 8;
                w[o * 27 + 24 + i] = (int8_t)-sum;
            }
        uint8_t *scales = f + 8 + padded(weights) + 4 * cout;
        for (size_t o = 0; o < cout; o++) {
            const float faint = 1e-9f;
            scales[4 * o + 3] &= 0x3f; /* positive, below 2 */
            if (tail) memcpy(scales + 4 * o, &faint, 4);
            uint8_t *bias = scales - 4 * cout + 4 * o;
            bias[2] &= 7;
            bias[3] = 0;
        }
        at += length;
        cin = cout;
    }
    return at;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    size = LLVMFuzzerMutate(data, size, max_size);
    if (seed % 4 == 0 || size < 64) return size;
    if (seed % 4 >= 2) size = repair(data, size);
    const uint32_t length = (uint32_t)size;
    memcpy(data + 12, &length, 4);
    const uint32_t crc = net_crc(data + 20, size - 20);
    memcpy(data + 16, &crc, 4);
    return size;
}
