/* SPDX-License-Identifier: MIT
 *
 * Public entry points: arguments are checked here, then calls go inward. An upscaler is a plan, a pool of threads and a
 * walk and a scratch for each; a rectangle is cut into strips, and these into pieces, which the threads go down. */
#include "cpu.h"
#include "model.h"
#include "pixels.h"
#include "plan.h"
#include "pool.h"
#include "run.h"

/* Source rows of a piece: few, so that no thread waits long for the last one. */
enum { PIECE_HEIGHT = 16, MAX_PIECES = 1 << 20 };

/* Where a thread is. */
typedef struct lane {
    fv_walk walk;
    int next; /* the piece that the walk goes on with, or -1 */
} lane;

struct fovea_upscaler {
    fovea_allocator allocator;
    fv_plan *plan;
    fv_pool *pool;
    lane *lanes; /* (threads) */
    uint8_t *scratch; /* (threads, plan->scratch_size) */
    fovea_source made_of; /* the last rectangle's, to compare; its pixels may be gone */
    fovea_rect made; /* the last rectangle, if the first lane can go on below it; otherwise empty */
    const struct pieces *at_work; /* NULL: no rectangle is */
    uint64_t memory;
    int (*progress)(void *user, uint64_t done, uint64_t total);
    void *progress_user;
};

/* ---- Names ---- */

#define STRING(x) #x
#define VERSION_STRING(a, b, c) STRING(a) "." STRING(b) "." STRING(c)

const char *fovea_version(void) { return VERSION_STRING(FOVEA_VERSION_MAJOR, FOVEA_VERSION_MINOR, FOVEA_VERSION_PATCH); }

const char *fovea_status_name(fovea_status status)
{
#define NAME(s) \
    case s: return #s
    switch (status) {
        NAME(FOVEA_OK);
        NAME(FOVEA_ERROR_ARGUMENT);
        NAME(FOVEA_ERROR_MEMORY);
        NAME(FOVEA_ERROR_LIMIT);
        NAME(FOVEA_ERROR_CANCELLED);
        NAME(FOVEA_ERROR_MODEL_TRUNCATED);
        NAME(FOVEA_ERROR_MODEL_MAGIC);
        NAME(FOVEA_ERROR_MODEL_VERSION);
        NAME(FOVEA_ERROR_MODEL_SIZE);
        NAME(FOVEA_ERROR_MODEL_CRC);
        NAME(FOVEA_ERROR_MODEL_HEADER);
        NAME(FOVEA_ERROR_MODEL_LAYER);
        NAME(FOVEA_ERROR_MODEL_VALUE);
        NAME(FOVEA_ERROR_MODEL_TRAILING);
        NAME(FOVEA_ERROR_JPEG);
    }
#undef NAME
    return "unknown status";
}

size_t fovea_format_size(fovea_format format)
{
    return fv_format_valid(format) ? (size_t)fv_format_channels(format) * (size_t)fv_format_sample(format) : 0;
}

/* ---- An upscaler's life ---- */

static bool options_valid(const fovea_options *o)
{
    return o->threads >= 0 && o->threads <= FV_MAX_THREADS &&
           (o->strip_width == 0 || (o->strip_width >= 16 && o->strip_width <= 8192)) &&
           (o->mode == FOVEA_MODE_FAITHFUL || o->mode == FOVEA_MODE_NET_ALONE);
}

static bool protect_valid(const fovea_options *o)
{
    if (o->protect_count < 0 || o->protect_count > FOVEA_MAX_PROTECTED || (o->protect_count && !o->protect)) return false;
    for (int i = 0; i < o->protect_count; i++) {
        const fovea_rect r = o->protect[i];
        if (r.w < 1 || r.h < 1 || r.w > FOVEA_MAX_SIDE || r.h > FOVEA_MAX_SIDE) return false;
        if (r.x < -FOVEA_MAX_SIDE || r.y < -FOVEA_MAX_SIDE || r.x > FOVEA_MAX_SIDE || r.y > FOVEA_MAX_SIDE) return false;
    }
    return true;
}

/* What is wrong with the wish for creative mode; NULL: nothing. */
static const char *check_creative(const fovea_model *m, const fovea_options *o)
{
    if (!o->creative) return o->strength || o->protect_count ? "strength and protect go with a creative net" : NULL;
    if (o->creative->kind < FOVEA_KIND_CREATIVE_PHOTO) return "the creative net is of another kind";
    if (m->kind >= FOVEA_KIND_CREATIVE_PHOTO || !m->passes) return "creative mode needs a faithful net beside the creative one";
    if (m->scale != o->creative->scale) return "the faithful and the creative net differ in scale";
    if (o->mode != FOVEA_MODE_FAITHFUL) return "creative mode blends into the faithful result";
    if (o->strength < 0 || o->strength > 100) return "strength is 0 to 100";
    return protect_valid(o) ? NULL : "unusable protected rectangles";
}

static fv_plan_options plan_options(const fovea_options *o)
{
    const bool blends = o->creative && o->strength;
    return (fv_plan_options){.cpu = fv_cpu_detect() & ~o->cpu_disable,
                             .strip_width = o->strip_width,
                             .max_memory = o->max_memory,
                             .net_alone = o->mode == FOVEA_MODE_NET_ALONE,
                             .creative = blends ? o->creative : NULL,
                             .strength = o->strength,
                             .protect = o->protect,
                             .protect_count = o->protect_count};
}

fovea_status fovea_upscaler_new(const fovea_model *model, const fovea_options *options, fovea_upscaler **out,
                                fovea_error *error)
{
    if (!out) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "nowhere to put the upscaler");
    *out = NULL;
    fovea_options o;
    if (!fv_options_read(options, &o) || !options_valid(&o)) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "unusable options");
    if (!fv_rounds_to_nearest()) return fv_fail_rounding(error);
    if (!model) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "no model");
    const char *message = check_creative(model, &o);
    if (message) return fv_fail(error, FOVEA_ERROR_ARGUMENT, message);

    fovea_status status = FOVEA_ERROR_MEMORY;
    fovea_upscaler *up = fv_new(&o.allocator, sizeof *up);
    if (!up) goto fail;
    up->allocator = o.allocator;
    up->progress = o.progress;
    up->progress_user = o.progress_user;
    status = fv_plan_new(model, plan_options(&o), &o.allocator, &up->plan);
    if (status) goto fail;

    status = FOVEA_ERROR_MEMORY;
    const size_t threads = (size_t)fv_pool_most(o.threads ? o.threads : fv_cpu_count());
    size_t scratch = 0;
    if (!fv_add_size(&scratch, threads, up->plan->scratch_size)) goto fail;
    up->memory = sizeof *up + up->plan->memory + fv_pool_size() + threads * sizeof *up->lanes + scratch;
    if (o.max_memory && up->memory > o.max_memory) {
        status = FOVEA_ERROR_LIMIT;
        goto fail;
    }
    up->lanes = fv_new(&o.allocator, threads * sizeof *up->lanes);
    up->scratch = fv_new(&o.allocator, scratch);
    up->pool = fv_pool_new((int)threads, &o.allocator);
    if (!up->lanes || !up->scratch || !up->pool) goto fail;

    *out = up;
    return fv_ok(error);
fail:
    fovea_upscaler_free(up);
    return fv_fail(error, status,
                   status == FOVEA_ERROR_LIMIT ? "the upscaler needs more than max_memory" : "no memory for the upscaler");
}

void fovea_upscaler_free(fovea_upscaler *up)
{
    if (!up) return;
    const fovea_allocator allocator = up->allocator;
    fv_pool_free(up->pool);
    fv_plan_free(up->plan);
    fv_delete(&allocator, up->scratch);
    fv_delete(&allocator, up->lanes);
    fv_delete(&allocator, up);
}

fovea_status fovea_upscaler_get_info(const fovea_upscaler *up, fovea_upscaler_info *info)
{
    if (!up || !fv_struct_usable(info)) return FOVEA_ERROR_ARGUMENT;
    const fovea_upscaler_info full = {
        .scale = up->plan->scale,
        .threads = fv_pool_threads(up->pool),
        .strip_width = up->plan->strip_width,
        .cpu = up->plan->kernels.cpu,
        .kernels = up->plan->kernels.name,
        .memory = up->memory,
    };
    fv_struct_give(&full, sizeof full, info);
    return FOVEA_OK;
}

/* ---- Rectangles ---- */

static bool picture_valid(int32_t w, int32_t h) { return w >= 1 && h >= 1; }
static bool picture_fits(int32_t w, int32_t h) { return w <= FOVEA_MAX_SIDE && h <= FOVEA_MAX_SIDE; }

static bool rect_within(fovea_rect r, int64_t w, int64_t h)
{
    return r.x >= 0 && r.y >= 0 && r.w >= 1 && r.h >= 1 && (int64_t)r.x + r.w <= w && (int64_t)r.y + r.h <= h;
}

/* The size of the whole result: what was asked for, or s times the picture. */
static void fill_result(const fv_plan *p, int32_t picture_w, int32_t picture_h, int32_t *w, int32_t *h)
{
    if (*w || *h) return;
    *w = picture_w * p->scale;
    *h = picture_h * p->scale;
}

static bool result_valid(const fv_plan *p, int32_t picture_w, int32_t picture_h, int32_t w, int32_t h)
{
    return w >= picture_w && h >= picture_h && w <= picture_w * p->scale && h <= picture_h * p->scale;
}

/* The source window of a rectangle, which lies within the result; the result's size is filled in. */
static fovea_rect source_window(const fv_plan *p, int32_t picture_w, int32_t picture_h, int32_t result_w, int32_t result_h,
                                fovea_rect r)
{
    const int reach = p->margin + FV_FILL_REACH;
    int x0, x1, y0, y1;
    fv_run_span(p, picture_w, result_w, r.x, r.w, &x0, &x1);
    fv_run_span(p, picture_h, result_h, r.y, r.h, &y0, &y1);
    x0 = fv_max(x0 - reach, 0);
    y0 = fv_max(y0 - reach, 0);
    return (fovea_rect){x0, y0, fv_min(x1 + reach, picture_w) - x0, fv_min(y1 + reach, picture_h) - y0};
}

fovea_status fovea_rect_source_sized(const fovea_upscaler *up, int32_t picture_w, int32_t picture_h, int32_t result_w,
                                     int32_t result_h, fovea_rect rect, fovea_rect *need)
{
    if (!up || !need || !picture_valid(picture_w, picture_h)) return FOVEA_ERROR_ARGUMENT;
    if (!picture_fits(picture_w, picture_h)) return FOVEA_ERROR_LIMIT;
    fill_result(up->plan, picture_w, picture_h, &result_w, &result_h);
    if (!result_valid(up->plan, picture_w, picture_h, result_w, result_h) || !rect_within(rect, result_w, result_h))
        return FOVEA_ERROR_ARGUMENT;
    *need = source_window(up->plan, picture_w, picture_h, result_w, result_h, rect);
    return FOVEA_OK;
}

fovea_status fovea_rect_source(const fovea_upscaler *up, int32_t picture_w, int32_t picture_h, fovea_rect rect,
                               fovea_rect *need)
{
    return fovea_rect_source_sized(up, picture_w, picture_h, 0, 0, rect, need);
}

/* w pixels of this format are w * size bytes, which a row's stride must hold, and h rows memory; 16-bit samples stand at even bytes. */
static bool rows_valid(const void *pixels, size_t stride, fovea_format format, int32_t w, int32_t h)
{
    const size_t size = fovea_format_size(format), even = size ? (size_t)fv_format_sample(format) : 1;
    return pixels && size && stride / size >= (size_t)w && stride <= (size_t)PTRDIFF_MAX / (size_t)(h > 0 ? h : 1) &&
           (uintptr_t)pixels % even == 0 && stride % even == 0;
}

static const char *check_pictures(const fovea_source *src, const fovea_target *dst, fovea_rect rect)
{
    if (!src || !dst) return "no source or no target";
    if (!picture_valid(src->picture_w, src->picture_h)) return "an empty picture";
    if (!rect_within((fovea_rect){src->x, src->y, src->w, src->h}, src->picture_w, src->picture_h))
        return "the source window is not within its picture";
    if (!rows_valid(src->pixels, src->stride, src->format, src->w, src->h)) return "unusable source pixels, stride or format";
    if (!rows_valid(dst->pixels, dst->stride, dst->format, rect.w, rect.h)) return "unusable target pixels, stride or format";
    if (fv_format_channels(src->format) != fv_format_channels(dst->format)) return "source and target differ in channels";
    return NULL;
}

static bool holds(const fovea_source *src, fovea_rect need)
{
    return src->x <= need.x && src->y <= need.y && src->x + src->w >= need.x + need.w && src->y + src->h >= need.y + need.h;
}

/* ---- Pieces: what the threads take ---- */

/* The rectangle is cut into strips as wide as a plan can walk, and each strip into pieces, numbered down the first strip,
 * then the second. A thread that does the next piece of the same strip goes on with its walk; elsewhere it has to run up
 * to the first row. Pieces are whole units wide and high, so that only the rectangle's own edges cut one. A unit is a
 * source pixel's block of results, or where the result has another size, a pixel of it. */
typedef struct pieces {
    fovea_upscaler *up;
    const fovea_source *src;
    const fovea_target *dst;
    fovea_rect rect;
    int unit; /* pixels of the result */
    int x0, y0, x1, y1; /* the units under the rectangle */
    int w, h; /* units of a piece */
    int strips, rows; /* pieces across and down */
    int run_up; /* pieces that take as long as running up to one */
    int walks, walk; /* 2 where alpha is made after the colours; the one at work */
} pieces;

/* Source pixels that a strip must have to spare where it is resized: what the resampler reads to either side. */
enum { RESIZE_SPARE = 8 };

static int ceil_div(int a, int b) { return (a + b - 1) / b; }

/* The widest piece, in units. */
static int width_limit(const fv_plan *p, const fovea_source *src, int unit)
{
    if (unit > 1) return p->strip_width;
    return (int)((int64_t)(p->strip_width - RESIZE_SPARE) * src->result_w / src->picture_w);
}

/* Strips of w x h units that leave the cuts shortest, as each is computed from both sides, where every thread has a stretch
 * of its own: with n strips, n - 1 cuts of h and threads - n of w / n. No strip is narrower than `least`. */
static int strips_for_threads(int threads, int w, int h, int least)
{
    int n = 1;
    while (n < threads && (int64_t)n * (n + 1) * h < (int64_t)threads * w && w / (n + 1) >= least) n++;
    return n;
}

/* The narrowest strip that is worth a cut, in units: twice what it repeats at either side. */
static int worth_a_strip(const fv_plan *p, const fovea_source *src, int unit)
{
    return (int)((int64_t)4 * p->margin * src->result_w / src->picture_w) / unit;
}

static pieces cut_rect(fovea_upscaler *up, const fovea_source *src, const fovea_target *dst, fovea_rect rect)
{
    const fv_plan *p = up->plan;
    const int s = p->scale;
    const bool own_size = src->result_w == src->picture_w * s && src->result_h == src->picture_h * s;
    pieces t = {.up = up, .src = src, .dst = dst, .rect = rect, .unit = own_size ? s : 1};
    t.x0 = rect.x / t.unit;
    t.y0 = rect.y / t.unit;
    t.x1 = (rect.x + rect.w - 1) / t.unit + 1;
    t.y1 = (rect.y + rect.h - 1) / t.unit + 1;
    const int w = t.x1 - t.x0, h = t.y1 - t.y0;
    const int strips = strips_for_threads(fv_pool_threads(up->pool), w, h, worth_a_strip(p, src, t.unit));
    t.w = ceil_div(w, fv_max(ceil_div(w, width_limit(p, src, t.unit)), strips));
    t.strips = ceil_div(w, t.w);

    t.h = PIECE_HEIGHT * s / t.unit;
    while (ceil_div(h, t.h) > fv_min(MAX_PIECES / t.strips + 1, FV_MAX_ROWS)) t.h *= 2;
    t.rows = ceil_div(h, t.h);
    t.run_up = ceil_div(p->margin * s / t.unit, t.h);
    return t;
}

static void run_piece(void *arg, int worker, int item)
{
    const pieces *t = arg;
    lane *l = &t->up->lanes[worker];
    const fovea_rect whole = t->rect;
    const int strip = item / t->rows, row = item % t->rows;
    const int top = fv_max((t->y0 + row * t->h) * t->unit, whole.y);
    const int bottom = row == t->rows - 1 ? whole.y + whole.h : (t->y0 + (row + 1) * t->h) * t->unit;
    if (l->next == item && row == 0) {
        fv_run_go_on(&l->walk, t->src, t->dst);
    } else if (l->next != item) {
        const int left = fv_max((t->x0 + strip * t->w) * t->unit, whole.x);
        const int right = strip == t->strips - 1 ? whole.x + whole.w : (t->x0 + (strip + 1) * t->w) * t->unit;
        const fv_plan *p = t->up->plan;
        fovea_target dst = *t->dst;
        dst.pixels = (uint8_t *)dst.pixels + (size_t)(top - whole.y) * dst.stride +
                     (size_t)(left - whole.x) * fv_format_pixel(dst.format);
        fv_run_begin(&l->walk, p, t->src, (fovea_rect){left, top, right - left, 0}, &dst,
                     t->up->scratch + (size_t)worker * p->scratch_size, NULL);
    }
    fv_run_rows(&l->walk, bottom - top);
    l->next = row == t->rows - 1 ? -1 : item + 1;
}

static bool check_progress(void *arg, int done, int items)
{
    const pieces *t = arg;
    const uint64_t before = (uint64_t)t->walk * (uint64_t)items;
    return t->up->progress(t->up->progress_user, before + (uint64_t)done, (uint64_t)t->walks * (uint64_t)items) != 0;
}

/* All pieces; false: cancelled. */
static bool walk_pieces(pieces *t)
{
    fovea_upscaler *up = t->up;
    up->at_work = t;
    const bool done = fv_pool_run(up->pool, t->strips, t->rows, t->run_up, run_piece, up->progress ? check_progress : NULL, t);
    up->at_work = NULL;
    return done;
}

/* ---- Alpha ---- */

/* Is it not the same in all of a window? If it is, the walk of the colours has it already. */
static bool alpha_varies(const fovea_source *src, fovea_rect window)
{
    if (!fv_format_alpha(src->format)) return false;
    const size_t pixel = fv_format_pixel(src->format), sample = (size_t)fv_format_sample(src->format);
    const uint8_t *first = (const uint8_t *)src->pixels + (size_t)(window.y - src->y) * src->stride +
                           (size_t)(window.x - src->x) * pixel + pixel - sample;
    for (int y = 0; y < window.h; y++) {
        const uint8_t *alpha = first + (size_t)y * src->stride;
        for (int x = 0; x < window.w; x++, alpha += pixel)
            if (alpha[0] != first[0] || alpha[sample - 1] != first[sample - 1]) return true;
    }
    return false;
}

/* Among the colours that are there already. */
static bool walk_alpha(pieces *t)
{
    fovea_source src = *t->src;
    fovea_target dst = *t->dst;
    src.format = (fovea_format)(src.format | FV_ALPHA_ALONE);
    dst.format = (fovea_format)(dst.format | FV_ALPHA_ALONE);
    t->src = &src;
    t->dst = &dst;
    t->walk = 1;
    for (int i = 0; i < fv_pool_threads(t->up->pool); i++) t->up->lanes[i].next = -1;
    return walk_pieces(t);
}

/* Is the rectangle the next one down of what the first lane has just walked? */
static bool is_below(const fovea_upscaler *up, const fovea_source *src, fovea_rect rect)
{
    const fovea_source *of = &up->made_of;
    const fovea_rect last = up->made;
    return last.h && rect.x == last.x && rect.w == last.w && rect.y == last.y + last.h && of->format == src->format &&
           of->picture_w == src->picture_w && of->picture_h == src->picture_h && of->result_w == src->result_w &&
           of->result_h == src->result_h;
}

/* One thread went down one strip, and it ended below all rows of a source pixel. */
static bool can_go_on(const pieces *t)
{
    return t->walks == 1 && fv_pool_threads(t->up->pool) == 1 && t->strips == 1 && (t->rect.y + t->rect.h) % t->unit == 0;
}

static fovea_status upscale(fovea_upscaler *up, const fovea_source *src, fovea_rect rect, const fovea_target *dst, bool below,
                            fovea_error *error)
{
    if (!up) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "no upscaler");
    const char *wrong = check_pictures(src, dst, rect);
    if (wrong) return fv_fail(error, FOVEA_ERROR_ARGUMENT, wrong);
    if (!picture_fits(src->picture_w, src->picture_h)) return fv_fail(error, FOVEA_ERROR_LIMIT, "the picture is too large");
    if (!fv_rounds_to_nearest()) return fv_fail_rounding(error);
    const fv_plan *p = up->plan;
    fovea_source full = *src;
    fill_result(p, full.picture_w, full.picture_h, &full.result_w, &full.result_h);
    if (!result_valid(p, full.picture_w, full.picture_h, full.result_w, full.result_h))
        return fv_fail(error, FOVEA_ERROR_ARGUMENT, "a result smaller than the picture or larger than the model makes");
    if (!rect_within(rect, full.result_w, full.result_h))
        return fv_fail(error, FOVEA_ERROR_ARGUMENT, "the rectangle is not within the result");
    const fovea_rect window = source_window(p, full.picture_w, full.picture_h, full.result_w, full.result_h, rect);
    if (!holds(src, window))
        return fv_fail(error, FOVEA_ERROR_ARGUMENT, "the source window is smaller than the rectangle needs");

    pieces t = cut_rect(up, &full, dst, rect);
    t.walks = alpha_varies(&full, window) ? 2 : 1;
    for (int i = 0; i < fv_pool_threads(up->pool); i++) up->lanes[i].next = -1;
    if (below && is_below(up, &full, rect)) up->lanes[0].next = 0;
    up->made.h = 0;
    if (!walk_pieces(&t) || (t.walks > 1 && !walk_alpha(&t))) return fv_fail(error, FOVEA_ERROR_CANCELLED, "cancelled");
    up->made_of = full;
    if (can_go_on(&t)) up->made = rect;
    return fv_ok(error);
}

void fovea_upscaler_set_progress(fovea_upscaler *up, int (*progress)(void *user, uint64_t done, uint64_t total), void *user)
{
    if (!up) return;
    up->progress = progress;
    up->progress_user = user;
}

int32_t fovea_upscaler_finished(const fovea_upscaler *up)
{
    const pieces *t = up ? up->at_work : NULL;
    return t && t->walk == t->walks - 1
               ? fv_clamp((t->y0 + fv_pool_rows_done(up->pool) * t->h) * t->unit - t->rect.y, 0, t->rect.h)
               : 0;
}

fovea_status fovea_upscale_rect(fovea_upscaler *up, const fovea_source *src, fovea_rect rect, const fovea_target *dst,
                                fovea_error *error)
{
    return upscale(up, src, rect, dst, false, error);
}

fovea_status fovea_upscale_below(fovea_upscaler *up, const fovea_source *src, fovea_rect rect, const fovea_target *dst,
                                 fovea_error *error)
{
    return upscale(up, src, rect, dst, true, error);
}

fovea_status fovea_upscale(fovea_upscaler *up, const fovea_source *src, const fovea_target *dst, fovea_error *error)
{
    if (!up || !src) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "no upscaler or no source");
    if (!picture_valid(src->picture_w, src->picture_h)) return fv_fail(error, FOVEA_ERROR_ARGUMENT, "an empty picture");
    if (!picture_fits(src->picture_w, src->picture_h)) return fv_fail(error, FOVEA_ERROR_LIMIT, "the picture is too large");
    int32_t w = src->result_w, h = src->result_h;
    fill_result(up->plan, src->picture_w, src->picture_h, &w, &h);
    return fovea_upscale_rect(up, src, (fovea_rect){0, 0, w, h}, dst, error);
}
