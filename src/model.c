/* SPDX-License-Identifier: MIT
 *
 * Model bytes to validated layers. All distrust of model files lives here: what passes is within every limit of
 * doc/format.md, so nobody behind this file checks a layer again. The order of the checks is the order of the file,
 * and each refusal names the byte.
 *
 * check_file(), check_header(), read_header() -> read_layer() for each, which copies the arrays into the model's one block
 * -> check_constant(). */
#include "model.h"

enum { HEADER_SIZE = 64, LAYER_SIZE = 8, MAX_FILE_SIZE = 1 << 26 };

/* The file being read. pos only grows, and never beyond size. */
typedef struct reader {
    const uint8_t *bytes;
    size_t size, pos;
    uint8_t *arena; /* where the next array goes; payloads are copied, so the file's size is enough */
    fovea_error *error;
} reader;

static uint32_t get16(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }
static uint32_t get32(const uint8_t *p) { return get16(p) | get16(p + 2) << 16; }

static bool refuse(const reader *r, fovea_status status, size_t offset, const char *message)
{
    fv_fail_at(r->error, status, offset, message);
    return false;
}

/* CRC-32 of IEEE 802.3, four bits at a time: a table small enough to read. Four bytes go at once, each of their eight
 * halves through the table of its place, because one lookup after another is slow: table[k][v] is what v becomes on the
 * way through k halves more. */
static uint32_t crc32(const uint8_t *p, size_t size)
{
    uint32_t table[8][16] = {{0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                              0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c}};
    for (int k = 1; k < 8; k++)
        for (int v = 0; v < 16; v++) table[k][v] = table[k - 1][v] >> 4 ^ table[0][table[k - 1][v] & 15];
    uint32_t crc = 0xffffffff;
    for (; size >= 4; p += 4, size -= 4) {
        const uint32_t word = crc ^ get32(p);
        crc = 0;
        for (int k = 0; k < 8; k++) crc ^= table[7 - k][word >> 4 * k & 15];
    }
    for (; size > 0; p++, size--) {
        crc = crc >> 4 ^ table[0][(crc ^ *p) & 15];
        crc = crc >> 4 ^ table[0][(crc ^ *p >> 4) & 15];
    }
    return ~crc;
}

/* ---- Header ---- */

static bool check_start(const reader *r)
{
    static const uint8_t magic[8] = {0x89, 'F', 'O', 'V', 'E', 'A', '\r', '\n'};
    const uint8_t *b = r->bytes;
    if (r->size < HEADER_SIZE) return refuse(r, FOVEA_ERROR_MODEL_TRUNCATED, r->size, "shorter than a model's header");
    for (size_t i = 0; i < sizeof magic; i++)
        if (b[i] != magic[i]) return refuse(r, FOVEA_ERROR_MODEL_MAGIC, 0, "not a fovea model");
    if (get32(b + 8) != 1) return refuse(r, FOVEA_ERROR_MODEL_VERSION, 8, "unknown version of the model format");
    return true;
}

static bool check_file(const reader *r)
{
    const uint8_t *b = r->bytes;
    if (!check_start(r)) return false;
    if (get32(b + 12) > MAX_FILE_SIZE || get32(b + 12) != r->size)
        return refuse(r, FOVEA_ERROR_MODEL_SIZE, 12, "the size in the header is not the model's size");
    if (get32(b + 16) != crc32(b + 20, r->size - 20))
        return refuse(r, FOVEA_ERROR_MODEL_CRC, 16, "wrong checksum: the model is damaged");
    return true;
}

static bool check_zeros(const reader *r, size_t from, size_t to, fovea_status status)
{
    for (size_t i = from; i < to; i++)
        if (r->bytes[i]) return refuse(r, status, i, "a reserved byte is not 0");
    return true;
}

static bool check_name(const reader *r)
{
    const uint8_t *name = r->bytes + 32;
    if (!name[0]) return refuse(r, FOVEA_ERROR_MODEL_HEADER, 32, "the model has no name");
    size_t length = 0;
    while (length < 32 && name[length] >= 0x20 && name[length] <= 0x7e) length++;
    for (size_t i = length; i < 32; i++)
        if (name[i]) return refuse(r, FOVEA_ERROR_MODEL_HEADER, 32 + i, "the model's name is not printable ASCII");
    return length < 32 || refuse(r, FOVEA_ERROR_MODEL_HEADER, 63, "the model's name does not end");
}

static bool check_header(const reader *r)
{
    static const struct {
        uint8_t offset, low, high;
        const char *message;
    } fields[] = {
        {20, 2, 4, "the scale is not 2, 3 or 4"},
        {21, 0, FOVEA_KIND_CREATIVE_FACE, "unknown kind of source"},
        {22, 0, 2, "unknown effort"},
        {23, 0, 2, "unknown shrinking"},
        {24, 0, 4, "more than 4 consistency passes"},
        {25, 0, 1, "neither one net nor an ensemble"},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const uint8_t v = r->bytes[fields[i].offset];
        if (v < fields[i].low || v > fields[i].high)
            return refuse(r, FOVEA_ERROR_MODEL_HEADER, fields[i].offset, fields[i].message);
    }
    const uint32_t layers = get16(r->bytes + 26);
    if (layers < 2 || layers > FV_MAX_LAYERS)
        return refuse(r, FOVEA_ERROR_MODEL_HEADER, 26, "the number of layers is not 2 to 128");
    return check_zeros(r, 28, 32, FOVEA_ERROR_MODEL_HEADER) && check_name(r);
}

static void read_header(reader *r, fovea_model *m)
{
    const uint8_t *b = r->bytes;
    m->scale = b[20];
    m->kind = (fovea_kind)b[21];
    m->effort = (fovea_effort)b[22];
    m->keeps = (fovea_keeps)b[23];
    m->passes = b[24];
    m->ways = b[25] ? FV_ENSEMBLE : 1;
    m->layers = (int)get16(b + 26);
    memcpy(m->name, b + 32, 32);
    r->pos = HEADER_SIZE;
}

/* ---- Layers ---- */

static bool check_channels(const reader *r, const fovea_model *m, int index, const fv_layer *l)
{
    const int cin = index == 0 ? 3 : m->layer[index - 1].cout;
    if (l->cin != cin) return refuse(r, FOVEA_ERROR_MODEL_LAYER, r->pos + 4, "input channels unlike the layer before");
    if (l->type == FV_LAYER_TAIL)
        return l->cout == 3 * m->scale * m->scale ||
               refuse(r, FOVEA_ERROR_MODEL_LAYER, r->pos + 6, "the tail's channels do not fit the scale");
    return (l->cout % 16 == 0 && l->cout >= 16 && l->cout <= FV_MAX_CHANNELS) ||
           refuse(r, FOVEA_ERROR_MODEL_LAYER, r->pos + 6, "output channels are not 16 to 128 in steps of 16");
}

static bool read_layer_header(const reader *r, const fovea_model *m, int index, fv_layer *l)
{
    const uint8_t *b = r->bytes + r->pos;
    const fv_layer_type type = index == 0 ? FV_LAYER_HEAD : index == m->layers - 1 ? FV_LAYER_TAIL : FV_LAYER_BODY;
    if (b[0] != type) return refuse(r, FOVEA_ERROR_MODEL_LAYER, r->pos, "a layer's type does not fit its place");
    if (b[1] > (type == FV_LAYER_TAIL ? 0 : 127))
        return refuse(r, FOVEA_ERROR_MODEL_LAYER, r->pos + 1, "a zero point above 127, or one in the tail");
    if (b[2] > (type == FV_LAYER_BODY ? fv_min(index, FV_MAX_SKIP) : 0))
        return refuse(r, FOVEA_ERROR_MODEL_LAYER, r->pos + 2, "a skip from nowhere");
    if (b[3]) return refuse(r, FOVEA_ERROR_MODEL_LAYER, r->pos + 3, "a reserved byte is not 0");
    *l = (fv_layer){.type = type, .zp = b[1], .skip = b[2], .cin = (int)get16(b + 4), .cout = (int)get16(b + 6)};
    if (!check_channels(r, m, index, l)) return false;
    return !l->skip || m->layer[index - l->skip].cout == l->cout ||
           refuse(r, FOVEA_ERROR_MODEL_LAYER, r->pos + 2, "a skip between different numbers of channels");
}

/* The next `used` bytes of the file are an array; those up to a multiple of 4 are padding and must be 0. */
static bool take(reader *r, size_t used, const uint8_t **from)
{
    const size_t padded = fv_round_up(used, 4);
    *from = r->bytes + r->pos;
    if (!check_zeros(r, r->pos + used, r->pos + padded, FOVEA_ERROR_MODEL_VALUE)) return false;
    r->pos += padded;
    return true;
}

static bool read_weights(reader *r, fv_layer *l)
{
    const size_t count = (size_t)l->cout * 9 * (size_t)l->cin, start = r->pos;
    const uint8_t *from;
    if (!take(r, count, &from)) return false;
    for (size_t i = 0; i < count; i++)
        if (from[i] == 0x80) return refuse(r, FOVEA_ERROR_MODEL_VALUE, start + i, "a weight of -128");
    memcpy(r->arena, from, count);
    l->weights = (const int8_t *)r->arena;
    r->arena += fv_round_up(count, 4);
    return true;
}

static bool read_bias(reader *r, fv_layer *l)
{
    const uint8_t *from;
    if (!take(r, 4 * (size_t)l->cout, &from)) return false;
    int32_t *to = (int32_t *)(void *)r->arena;
    for (int i = 0; i < l->cout; i++) to[i] = (int32_t)get32(from + 4 * i);
    l->bias = to;
    r->arena += 4 * l->cout;
    return true;
}

static bool read_scale(reader *r, fv_layer *l)
{
    const size_t start = r->pos;
    const uint8_t *from;
    if (!take(r, 4 * (size_t)l->cout, &from)) return false;
    float *to = (float *)(void *)r->arena;
    for (int i = 0; i < l->cout; i++) {
        const uint32_t bits = get32(from + 4 * i), exponent = bits >> 23; /* with the sign: 1 .. 254 is normal and > 0 */
        if (exponent < 1 || exponent > 254)
            return refuse(r, FOVEA_ERROR_MODEL_VALUE, start + 4 * (size_t)i, "a scale that is not normal and positive");
        memcpy(to + i, &bits, 4);
    }
    l->scale = to;
    r->arena += 4 * l->cout;
    return true;
}

static bool read_skip(reader *r, fv_layer *l)
{
    if (!l->skip) return true;
    const uint8_t *from;
    if (!take(r, 2 * (size_t)l->cout, &from)) return false;
    int16_t *to = (int16_t *)(void *)r->arena;
    for (int i = 0; i < l->cout; i++) to[i] = (int16_t)get16(from + 2 * i);
    l->m = to;
    r->arena += fv_round_up(2 * (size_t)l->cout, 4);
    return true;
}

/* Greatest |accumulator| of output channel o, whatever the picture. */
static int64_t accumulator_limit(const fv_layer *l, int o)
{
    const int8_t *w = l->weights + (size_t)o * 9 * (size_t)l->cin;
    int64_t weights = 0;
    for (int i = 0; i < 9 * l->cin; i++) weights += w[i] < 0 ? -w[i] : w[i];
    const int64_t bias = l->bias[o] < 0 ? -(int64_t)l->bias[o] : l->bias[o];
    const int64_t skip = !l->skip ? 0 : l->m[o] < 0 ? -(int64_t)l->m[o] : l->m[o];
    return weights * (l->type == FV_LAYER_HEAD ? 4095 : 127) + bias + skip * 127;
}

static bool head_sums_are_zero(const fv_layer *l, int o)
{
    for (int i = 0; i < 3; i++) {
        int sum = 0;
        for (int k = 0; k < 9; k++) sum += l->weights[(o * 9 + k) * 3 + i];
        if (sum) return false;
    }
    return true;
}

/* The limits that make the arithmetic exact, also that of a sum over `ways` tails. weights_at and scale_at are the offsets of
 * those arrays. */
static bool check_limits(const reader *r, const fv_layer *l, int ways, size_t weights_at, size_t scale_at)
{
    const size_t filter = 9 * (size_t)l->cin;
    const float tail_limit = 1073741824.0f / (float)ways;
    for (int o = 0; o < l->cout; o++)
        if (accumulator_limit(l, o) >= 1 << 24)
            return refuse(r, FOVEA_ERROR_MODEL_VALUE, weights_at + (size_t)o * filter, "an accumulator can reach 2^24");
    for (int o = 0; l->type == FV_LAYER_HEAD && o < l->cout; o++)
        if (!head_sums_are_zero(l, o))
            return refuse(r, FOVEA_ERROR_MODEL_VALUE, weights_at + (size_t)o * filter, "a head filter does not sum to 0");
    for (int o = 0; l->type == FV_LAYER_TAIL && o < l->cout; o++)
        if ((float)accumulator_limit(l, o) * l->scale[o] >= tail_limit)
            return refuse(r, FOVEA_ERROR_MODEL_VALUE, scale_at + 4 * (size_t)o,
                          "the tail can reach 2^30, or an ensemble's 2^27");
    return true;
}

static bool read_layer(reader *r, fovea_model *m, int index)
{
    fv_layer *l = &m->layer[index];
    const size_t start = r->pos;
    if (r->size - r->pos < LAYER_SIZE)
        return refuse(r, FOVEA_ERROR_MODEL_TRUNCATED, start, "the model ends before its last layer");
    if (!read_layer_header(r, m, index, l)) return false;
    r->pos += LAYER_SIZE;

    const size_t cout = (size_t)l->cout, weights = fv_round_up(cout * 9 * (size_t)l->cin, 4);
    const size_t payload = weights + 8 * cout + (l->skip ? fv_round_up(2 * cout, 4) : 0);
    if (r->size - r->pos < payload) return refuse(r, FOVEA_ERROR_MODEL_TRUNCATED, start, "the model ends within a layer");

    const size_t weights_at = r->pos, scale_at = weights_at + weights + 4 * cout;
    return read_weights(r, l) && read_bias(r, l) && read_scale(r, l) && read_skip(r, l) &&
           check_limits(r, l, m->ways, weights_at, scale_at);
}

/* ---- Constants come back exactly (doc/format.md, section 4) ---- */

/* One layer's output for a constant picture: borders repeat, so it is the same at every pixel. a: the output of each
 * layer so far, of which a[index] is written. */
static void walk_constant(const fovea_model *m, int index, uint8_t a[][FV_MAX_CHANNELS], int32_t *acc)
{
    const fv_layer *l = &m->layer[index];
    for (int o = 0; o < l->cout; o++) {
        acc[o] = l->bias[o];
        if (index > 0) { /* the head's filters sum to 0: its input does not matter */
            const int8_t *w = l->weights + (size_t)o * 9 * (size_t)l->cin;
            for (int k = 0; k < 9; k++, w += l->cin)
                for (int i = 0; i < l->cin; i++) acc[o] += w[i] * a[index - 1][i];
        }
        if (l->skip) acc[o] += l->m[o] * a[index - l->skip][o];
        if (l->type != FV_LAYER_TAIL) a[index][o] = fv_requantise(acc[o], l->scale[o], l->zp);
    }
}

static bool check_constant(const reader *r, const fovea_model *m)
{
    uint8_t a[FV_MAX_LAYERS][FV_MAX_CHANNELS];
    int32_t acc[FV_MAX_CHANNELS];
    for (int i = 0; i < m->layers; i++) walk_constant(m, i, a, acc);

    const fv_layer *tail = &m->layer[m->layers - 1];
    const size_t bias_at = r->size - 8 * (size_t)tail->cout;
    for (int o = 0; o < tail->cout; o++)
        if (fv_round_even((float)acc[o] * tail->scale[o]) != 0)
            return refuse(r, FOVEA_ERROR_MODEL_VALUE, bias_at + 4 * (size_t)o, "a constant picture would not come back");
    return true;
}

/* ---- Public ---- */

fovea_status fovea_model_new(const void *bytes, size_t size, const fovea_options *options, fovea_model **out,
                             fovea_error *error)
{
    if (!out) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "nowhere to put the model");
    *out = NULL;
    fovea_options o;
    if (!fv_options_read(options, &o)) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "unusable options");
    if (!fv_rounds_to_nearest()) return fv_fail_rounding(error);
    if (!bytes) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "no model bytes");

    fovea_error found = {FOVEA_OK, 0, "no error"};
    reader r = {.bytes = bytes, .size = size, .error = &found};
    fovea_model *m = NULL;
    if (!check_file(&r) || !check_header(&r)) goto fail;

    const size_t layers = get16(r.bytes + 26), fixed = sizeof *m + layers * sizeof(fv_layer);
    m = fv_new(&o.allocator, fixed + size);
    if (!m) {
        fv_fail(&found, FOVEA_ERROR_MEMORY, "no memory for the model");
        goto fail;
    }
    m->allocator = o.allocator;
    r.arena = (uint8_t *)m + fixed;
    read_header(&r, m);
    for (int i = 0; i < m->layers; i++)
        if (!read_layer(&r, m, i)) goto fail;
    if (r.pos != r.size) {
        refuse(&r, FOVEA_ERROR_MODEL_TRAILING, r.pos, "bytes after the last layer");
        goto fail;
    }
    if (!check_constant(&r, m)) goto fail;

    *out = m;
    return fv_ok(error);
fail:
    fovea_model_free(m);
    return fv_fail_at(error, found.status, found.offset, found.message);
}

void fovea_model_free(fovea_model *m)
{
    if (!m) return;
    const fovea_allocator allocator = m->allocator;
    fv_delete(&allocator, m);
}

static uint64_t macs_per_pixel(const fovea_model *m)
{
    uint64_t macs = 0;
    for (int i = 0; i < m->layers; i++) macs += 9 * (uint64_t)m->layer[i].cin * (uint64_t)m->layer[i].cout;
    return macs * (uint64_t)m->ways;
}

/* m: its header; of its layers nothing is read. */
static void give_info(const fovea_model *m, uint64_t macs, fovea_model_info *info)
{
    fovea_model_info full = {
        .scale = m->scale,
        .kind = m->kind,
        .effort = m->effort,
        .layers = m->layers,
        .macs_per_pixel = macs,
        .keeps = m->keeps,
        .passes = m->passes,
    };
    memcpy(full.name, m->name, sizeof full.name);
    fv_struct_give(&full, sizeof full, info);
}

fovea_status fovea_model_peek(const void *bytes, size_t size, fovea_model_info *info, fovea_error *error)
{
    fovea_error found = {FOVEA_OK, 0, "no error"};
    reader r = {.bytes = bytes, .size = size, .error = &found};
    fovea_model header = {.layers = 0};
    if (!fv_struct_usable(info)) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "unusable info");
    if (!bytes) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "no model bytes");
    if (!check_start(&r) || !check_header(&r)) return fv_fail_at(error, found.status, found.offset, found.message);
    read_header(&r, &header);
    give_info(&header, 0, info);
    return fv_ok(error);
}

fovea_status fovea_model_get_info(const fovea_model *m, fovea_model_info *info)
{
    if (!m || !fv_struct_usable(info)) return FOVEA_ERROR_ARGUMENT;
    give_info(m, macs_per_pixel(m), info);
    return FOVEA_OK;
}
