/* SPDX-License-Identifier: MIT
 *
 * The engine against the Python simulation: golden/good holds nets, pictures, the values of layers and the results, those
 * of the net alone and, where the net has passes, the faithful ones, written by train/golden.py from doc/format.md alone.
 * Everything is compared with ==, for each instruction set of this processor. On a mismatch: look here or there, and only
 * then write them again (golden/README.md has the command).
 * Usage: golden_test [folder with golden/] */
#include <dirent.h>

#include "cpu.h"
#include "golden.h"
#include "model.h"
#include "pixels.h"
#include "plan.h"
#include "run.h"

static char folder[2048] = "tests/golden/good";

/* ---- Layers ---- */

typedef struct layers {
    net_bytes file;
    const uint8_t *values[FV_MAX_LAYERS]; /* (h, w, channels), u8; the tail's s32 */
    int channels[FV_MAX_LAYERS], count;
    int w, scale;
    const char *name;
    long rows, wrong;
} layers;

static uint32_t get32(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

static layers read_layers(const char *path, const picture *p, int scale)
{
    layers l = {.file = net_read(path), .w = p->w, .scale = scale, .name = path};
    if (!TAP_CHECK(l.file.bytes && l.file.size >= 4, "%s is missing", path)) exit(tap_done("golden"));
    const uint8_t *at = l.file.bytes + 4;
    l.count = (int)get32(l.file.bytes);
    for (int i = 0; i < l.count; i++) {
        l.channels[i] = (int)get32(at);
        l.values[i] = at + 4;
        at += 4 + (size_t)p->w * (size_t)p->h * (size_t)l.channels[i] * (i == l.count - 1 ? 4 : 1);
    }
    TAP_CHECK(at == l.file.bytes + l.file.size, "%s has another size", path);
    return l;
}

static int tail_row_right(const layers *l, int x, int y, int n, const void *row, size_t stride)
{
    const int cout = l->channels[l->count - 1], per_row = 3 * l->scale;
    for (int i = 0; i < n; i++)
        for (int o = 0; o < cout; o++) {
            const int32_t *values = (const int32_t *)(const void *)((const uint8_t *)row + (size_t)(o / per_row) * stride);
            const size_t at = ((size_t)y * (size_t)l->w + (size_t)(x + i)) * (size_t)cout + (size_t)o;
            if (values[i * per_row + o % per_row] != (int32_t)get32(l->values[l->count - 1] + 4 * at)) return 0;
        }
    return 1;
}

static void on_row(void *user, int layer, int x, int y, int n, const void *row, size_t stride)
{
    layers *l = user;
    const size_t c = (size_t)l->channels[layer], at = ((size_t)y * (size_t)l->w + (size_t)x) * c;
    const int right = layer == l->count - 1 ? tail_row_right(l, x, y, n, row, stride)
                                            : memcmp(row, l->values[layer] + at, (size_t)n * c) == 0;
    l->rows++;
    if (!right && l->wrong++ == 0) TAP_CHECK(right, "%s: layer %d, row %d from pixel %d on", l->name, layer, y, x);
}

/* ---- Results ---- */

/* Groups of ticks cost memory: only for nets that have a layer made in groups of rows. */
static void check_group(const fv_plan *p, const char *stem)
{
    bool grouped = false;
    for (int i = 0; i < p->steps; i++) grouped = grouped || p->step[i].conv.winograd;
    TAP_CHECK(p->group == (grouped ? FV_GROUP : 1), "%s with %s: %d ticks at once", stem, p->kernels.name, p->group);
}

/* wanted: of the net alone, of which every layer is compared too if l is not NULL, or the faithful one. */
static void check_result(const fovea_model *m, const char *stem, const picture *in, const picture *wanted, bool net_alone,
                         layers *l, uint32_t cpu)
{
    const fovea_allocator a = {fv_default_alloc, fv_default_free, NULL};
    const fv_plan_options options = {.cpu = cpu, .strip_width = fv_max(in->w, 8), .net_alone = net_alone};
    fv_plan *plan;
    TAP_CHECK(fv_plan_new(m, options, &a, &plan) == FOVEA_OK, "plan");
    check_group(plan, stem);
    uint8_t *scratch = fv_new(&a, plan->scratch_size), *result = malloc(wanted->stride * (size_t)wanted->h);
    fovea_source src = {in->pixels, in->stride, in->format, 0, 0, in->w, in->h, in->w, in->h, wanted->w, wanted->h};
    fovea_target dst = {result, wanted->stride, wanted->format};
    const fv_tap tap = {on_row, l};
    if (l) l->rows = l->wrong = 0;
    fv_walk walk;
    fv_run_begin(&walk, plan, &src, (fovea_rect){0, 0, wanted->w, wanted->h}, &dst, scratch, l ? &tap : NULL);
    fv_run_rows(&walk, wanted->h);
    if (fv_format_alpha(in->format)) { /* even if it is the same everywhere, which fovea.c leaves out */
        src.format = (fovea_format)(src.format | FV_ALPHA_ALONE);
        dst.format = (fovea_format)(dst.format | FV_ALPHA_ALONE);
        fv_run_begin(&walk, plan, &src, (fovea_rect){0, 0, wanted->w, wanted->h}, &dst, scratch, NULL);
        fv_run_rows(&walk, wanted->h);
    }
    if (l) {
        TAP_CHECK(l->wrong == 0 && l->rows == (long)l->count * in->h, "%s with %s: %ld rows, %ld wrong", l->name,
                  plan->kernels.name, l->rows, l->wrong);
    }
    TAP_CHECK(memcmp(result, wanted->pixels, wanted->stride * (size_t)wanted->h) == 0, "%s with %s: another %s result", stem,
              plan->kernels.name, net_alone ? "net-alone" : "faithful");
    free(result);
    fv_delete(&a, scratch);
    fv_plan_free(plan);
}

/* stem: NET-CASE, of the net file that has the longest fitting name. */
static fovea_model *model_of(const char *stem)
{
    char path[4096];
    for (size_t length = strlen(stem); length > 0; length--) {
        if (stem[length] != '-') continue;
        snprintf(path, sizeof path, "%s/%.*s.fovea", folder, (int)length, stem);
        net_bytes n = net_read(path);
        if (!n.bytes) continue;
        fovea_model *m;
        fovea_error error;
        TAP_CHECK(fovea_model_new(n.bytes, n.size, NULL, &m, &error) == FOVEA_OK, "%s: %s", path, error.message);
        free(n.bytes);
        return m;
    }
    return NULL;
}

/* Cases with layers and those of nets with passes, by scale and D: there must be some of each. */
static long layered, guarded[5][3], sized[5];

static void check_sets(const fovea_model *m, const char *stem, const picture *in, const char *what, layers *l)
{
    picture wanted = golden_read(folder, stem, what);
    const bool net_alone = strcmp(what, "out") == 0;
    const uint32_t cpu = fv_cpu_detect();
    const bool own_size = wanted.w == in->w * m->scale && wanted.h == in->h * m->scale;
    if (TAP_CHECK(own_size != (strcmp(what, "sized") == 0) && wanted.format == in->format, "%s.%s does not fit", stem, what)) {
        check_result(m, stem, in, &wanted, net_alone, l, 0);
        for (uint32_t bit = 1; bit && bit <= cpu; bit <<= 1) /* each set and those before it */
            if (cpu & bit) check_result(m, stem, in, &wanted, net_alone, l, cpu & (2 * bit - 1));
    }
    free(wanted.pixels);
}

static void check_case(const char *stem)
{
    char path[4096];
    fovea_model *m = model_of(stem);
    if (!TAP_CHECK(m != NULL, "%s has no net", stem)) return;
    picture in = golden_read(folder, stem, "in");
    snprintf(path, sizeof path, "%s/%s.layers", folder, stem);
    FILE *f = fopen(path, "rb");
    TAP_CHECK(f || m->passes, "%s has neither layers nor passes", stem);
    if (f) {
        fclose(f);
        layers l = read_layers(path, &in, m->scale);
        if (TAP_CHECK(l.count == m->layers, "%s does not fit", path)) check_sets(m, stem, &in, "out", &l);
        free(l.file.bytes);
        layered++;
    } else {
        check_sets(m, stem, &in, "out", NULL);
    }
    if (m->passes) {
        check_sets(m, stem, &in, "faithful", NULL);
        guarded[m->scale][m->keeps]++;
    } else {
        TAP_CHECK(!golden_find(folder, stem, "faithful", path), "%s: a net without passes", path);
    }
    if (golden_find(folder, stem, "sized", path)) {
        check_sets(m, stem, &in, "sized", NULL);
        sized[m->scale]++;
    }
    free(in.pixels);
    fovea_model_free(m);
}

int main(int argc, char **argv)
{
    if (argc > 1) snprintf(folder, sizeof folder, "%s/golden/good", argv[1]);
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        const char *end = strstr(e->d_name, ".in.p");
        char stem[512];
        if (!end) continue;
        snprintf(stem, sizeof stem, "%.*s", (int)(end - e->d_name), e->d_name);
        check_case(stem);
    }
    if (d) closedir(d);
    TAP_CHECK(layered > 0, "no case with layers");
    for (int scale = 2; scale <= 4; scale++) TAP_CHECK(sized[scale] > 0, "no case of another size for x%d", scale);
    for (int scale = 2; scale <= 4; scale++)
        for (int shrinking = 0; shrinking < 3; shrinking++)
            TAP_CHECK(guarded[scale][shrinking] > 0, "no faithful case for x%d, D = %d", scale, shrinking);
    return tap_done("golden");
}
