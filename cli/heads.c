/* SPDX-License-Identifier: MIT */
#include "heads.h"

/* A found face goes from the brows to the chin; around it, in percent of its side: */
#define HAIR 45 /* above */
#define EARS 30 /* on each side */
#define CHIN 25 /* below */

static int32_t within(int64_t at, int32_t size) { return (int32_t)(at < 0 ? 0 : at > size ? size : at); }

static fovea_rect head_of(fovea_rect face, int32_t width, int32_t height)
{
    const int64_t side = face.w > face.h ? face.w : face.h;
    const int32_t left = within(face.x - side * EARS / 100, width), right = within(face.x + side + side * EARS / 100, width);
    const int32_t top = within(face.y - side * HAIR / 100, height), bottom = within(face.y + side + side * CHIN / 100, height);
    return (fovea_rect){left, top, right - left, bottom - top};
}

static bool is_safe(const fovea_face *face)
{
    return face->rect.w >= HEADS_SAFE_SIDE && face->rect.h >= HEADS_SAFE_SIDE && face->score >= HEADS_SAFE_SCORE;
}

void heads_sort(struct heads *heads, const struct look *look, int32_t width, int32_t height, bool enhances)
{
    heads->kept_count = heads->enhanced_count = 0;
    for (int32_t i = 0; i < look->face_count; i++) {
        const fovea_rect head = head_of(look->faces[i].rect, width, height);
        if (enhances && is_safe(&look->faces[i]))
            heads->enhanced[heads->enhanced_count++] = head;
        else
            heads->kept[heads->kept_count++] = head;
    }
}

/* From where a side of `size` begins to where it ends, among `count` instead of `whole`. */
static void stretch(int32_t first, int32_t size, int32_t whole, int32_t count, int32_t *to, int32_t *to_size)
{
    *to = (int32_t)((int64_t)first * count / whole);
    *to_size = (int32_t)(((int64_t)(first + size) * count + whole - 1) / whole) - *to;
}

fovea_rect heads_in_result(fovea_rect rect, int32_t width, int32_t height, int32_t result_w, int32_t result_h)
{
    fovea_rect result;
    stretch(rect.x, rect.w, width, result_w, &result.x, &result.w);
    stretch(rect.y, rect.h, height, result_h, &result.y, &result.h);
    return result;
}
