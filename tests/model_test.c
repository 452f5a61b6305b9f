/* SPDX-License-Identifier: MIT
 *
 * The loader: good files load, each bad file of golden/bad is refused with its status and byte offset, and no mutation or
 * truncation of a good file does anything but load or be refused. Usage: model_test [folder with golden/] */
#include <dirent.h>

#include "fovea.h"
#include "net.h"
#include "tap.h"

static const char *tests = "tests";

static fovea_status load(const uint8_t *bytes, size_t size, fovea_error *error)
{
    fovea_model *model = (fovea_model *)1;
    const fovea_status status = fovea_model_new(bytes, size, NULL, &model, error);
    TAP_CHECK((status == FOVEA_OK) == (model != NULL), "status %s and model %p", fovea_status_name(status), (void *)model);
    TAP_CHECK(error->status == status && error->message && error->message[0], "error not filled");
    fovea_model_free(model);
    return status;
}

static int ends_with(const char *name, const char *end)
{
    const size_t a = strlen(name), b = strlen(end);
    return a >= b && strcmp(name + a - b, end) == 0;
}

static void test_good(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/golden/good", tests);
    DIR *folder = opendir(path);
    int found = 0;
    for (struct dirent *e; folder && (e = readdir(folder));) {
        if (!ends_with(e->d_name, ".fovea")) continue;
        snprintf(path, sizeof path, "%s/golden/good/%s", tests, e->d_name);
        net_bytes n = net_read(path);
        fovea_error error;
        TAP_CHECK(load(n.bytes, n.size, &error) == FOVEA_OK, "%s: %s at %llu", path, error.message,
                  (unsigned long long)error.offset);
        free(n.bytes);
        found++;
    }
    if (folder) closedir(folder);
    TAP_CHECK(found > 0, "no good models under %s", tests);
}

/* EXPECTED.tsv: file, status name, offset; a line a file, and every file has its line. */
static void test_bad(void)
{
    char path[4096], line[1024], name[512], status[256];
    unsigned long long offset;
    snprintf(path, sizeof path, "%s/golden/bad/EXPECTED.tsv", tests);
    FILE *expected = fopen(path, "r");
    int listed = 0, present = 0;
    while (expected && fgets(line, sizeof line, expected)) {
        if (line[0] == '#' || sscanf(line, "%511s %255s %llu", name, status, &offset) != 3) continue;
        snprintf(path, sizeof path, "%s/golden/bad/%s", tests, name);
        net_bytes n = net_read(path);
        fovea_error error;
        const fovea_status got = load(n.bytes ? n.bytes : (const uint8_t *)"", n.size, &error);
        TAP_CHECK(strcmp(fovea_status_name(got), status) == 0 && error.offset == offset, "%s: %s at %llu, expected %s at %llu",
                  name, fovea_status_name(got), (unsigned long long)error.offset, status, offset);
        free(n.bytes);
        listed++;
    }
    if (expected) fclose(expected);
    snprintf(path, sizeof path, "%s/golden/bad", tests);
    DIR *folder = opendir(path);
    for (struct dirent *e; folder && (e = readdir(folder));) present += ends_with(e->d_name, ".fovea");
    if (folder) closedir(folder);
    TAP_CHECK(listed > 0 && listed == present, "%d bad models listed, %d present", listed, present);
}

/* Every truncation is refused, and so is every single wrong bit by the checksum; with the checksum repaired, a changed
 * byte may be anything but a crash. */
static void test_mutations(void)
{
    net_bytes n = net_make((net_shape){.scale = 2, .channels = 16, .layers = 4, .skip = 2, .zp = 127}, 7);
    fovea_error error;
    TAP_CHECK(load(n.bytes, n.size, &error) == FOVEA_OK, "%s at %llu", error.message, (unsigned long long)error.offset);
    for (size_t size = 0; size < n.size; size += size < 200 ? 1 : 97) {
        uint8_t *exact = malloc(size + 1); /* so that reading beyond it is seen */
        memcpy(exact, n.bytes, size);
        TAP_CHECK(load(exact, size, &error) != FOVEA_OK, "truncated to %zu", size);
        net_bytes sealed = {exact, size};
        if (size >= 64) {
            net_seal(&sealed);
            TAP_CHECK(load(exact, size, &error) == FOVEA_ERROR_MODEL_TRUNCATED, "sealed at %zu: %s", size, error.message);
        }
        free(exact);
    }
    uint64_t seed = 99;
    const int count = tap_soak() ? 200000 : 3000;
    for (int i = 0; i < count; i++) {
        net_bytes copy = {malloc(n.size), n.size};
        memcpy(copy.bytes, n.bytes, n.size);
        const size_t limit = i % 2 ? n.size : 80; /* half of them in the headers */
        copy.bytes[net_random(&seed) % limit] ^= (uint8_t)(1 << net_random(&seed) % 8);
        TAP_CHECK(load(copy.bytes, copy.size, &error) != FOVEA_OK, "a flipped bit passed");
        for (int k = net_between(&seed, 1, 4); k > 0; k--) copy.bytes[net_random(&seed) % limit] = (uint8_t)net_random(&seed);
        net_seal(&copy);
        load(copy.bytes, copy.size, &error);
        free(copy.bytes);
    }
    free(n.bytes);
}

static void test_kinds(void)
{
    net_bytes n = net_make((net_shape){.scale = 2, .channels = 16, .layers = 3, .zp = 0}, 4);
    fovea_error error;
    for (int kind = 0; kind < 256; kind++) {
        const bool is_kind = kind <= FOVEA_KIND_CREATIVE_ART || kind == FOVEA_KIND_CREATIVE_FACE;
        n.bytes[21] = (uint8_t)kind;
        n.bytes[23] = 0; /* any kind may keep pixels */
        net_seal(&n);
        const fovea_status status = load(n.bytes, n.size, &error);
        TAP_CHECK(status == (is_kind ? FOVEA_OK : FOVEA_ERROR_MODEL_HEADER), "kind %d: %s", kind, error.message);
    }
    free(n.bytes);
}

static void test_info(void)
{
    net_bytes n = net_make((net_shape){.scale = 3, .channels = 32, .layers = 6, .zp = 0}, 1);
    fovea_model *model;
    fovea_error error;
    TAP_CHECK(fovea_model_new(n.bytes, n.size, NULL, &model, &error) == FOVEA_OK, "%s", error.message);
    free(n.bytes); /* the model keeps its own copy */
    fovea_model_info info = {.struct_size = sizeof info};
    TAP_CHECK(fovea_model_get_info(model, &info) == FOVEA_OK, "info");
    TAP_CHECK(info.scale == 3 && info.layers == 6 && strcmp(info.name, "random-32x6-x3") == 0, "%s", info.name);
    TAP_CHECK(info.macs_per_pixel == 9 * (3 * 32 + 4 * 32 * 32 + 32 * 27), "%llu", (unsigned long long)info.macs_per_pixel);
    fovea_model_info shorter = {.struct_size = offsetof(fovea_model_info, kind), .layers = -1};
    TAP_CHECK(fovea_model_get_info(model, &shorter) == FOVEA_OK && shorter.scale == 3 && shorter.layers == -1, "prefix");
    TAP_CHECK(fovea_model_get_info(NULL, &info) == FOVEA_ERROR_ARGUMENT, "no model");
    fovea_model_free(model);
    fovea_model_free(NULL);
}

/* The header alone says the same, whatever the layers hold; what it refuses a reader refuses for the same reason. */
static void test_peek(void)
{
    net_bytes n = net_make((net_shape){.scale = 3, .channels = 32, .layers = 6, .zp = 0}, 1);
    fovea_model *model;
    fovea_error error, other;
    fovea_model_info info = {.struct_size = sizeof info}, seen = {.struct_size = sizeof seen};
    TAP_CHECK(fovea_model_new(n.bytes, n.size, NULL, &model, &error) == FOVEA_OK, "%s", error.message);
    fovea_model_get_info(model, &info);
    fovea_model_free(model);
    TAP_CHECK(fovea_model_peek(n.bytes, n.size, &seen, &error) == FOVEA_OK && !strcmp(seen.name, info.name) &&
                  seen.scale == info.scale && seen.kind == info.kind && seen.effort == info.effort &&
                  seen.layers == info.layers && seen.keeps == info.keeps && !seen.macs_per_pixel,
              "%s", error.message);
    seen.layers = -1;
    TAP_CHECK(fovea_model_peek(n.bytes, 64, &seen, NULL) == FOVEA_OK && seen.layers == 6, "64 bytes are enough");
    seen.layers = -1;
    TAP_CHECK(fovea_model_peek(n.bytes, 63, &seen, &error) == FOVEA_ERROR_MODEL_TRUNCATED && seen.layers == -1, "63 are not");
    for (size_t i = 0; i < 64; i++) {
        const uint8_t was = n.bytes[i];
        n.bytes[i] ^= 0x80;
        net_seal(&n); /* mends the size and the checksum, of which a peek says nothing */
        const fovea_status peeked = fovea_model_peek(n.bytes, n.size, &seen, &error), read = load(n.bytes, n.size, &other);
        TAP_CHECK(peeked == read, "byte %zu: %s, %s", i, error.message, other.message);
        n.bytes[i] = was;
    }
    TAP_CHECK(fovea_model_peek(NULL, 64, &seen, &error) == FOVEA_ERROR_ARGUMENT, "no bytes");
    TAP_CHECK(fovea_model_peek(n.bytes, 64, NULL, &error) == FOVEA_ERROR_ARGUMENT, "no info");
    free(n.bytes);
}

static void test_arguments(void)
{
    fovea_model *model;
    fovea_error error;
    TAP_CHECK(fovea_model_new(NULL, 10, NULL, &model, &error) == FOVEA_ERROR_ARGUMENT && !model, "no bytes");
    TAP_CHECK(fovea_model_new("x", 1, NULL, NULL, NULL) == FOVEA_ERROR_ARGUMENT, "no out");
    fovea_options half = {.struct_size = sizeof half, .allocator = {.alloc = (void *(*)(void *, size_t))1}};
    TAP_CHECK(fovea_model_new("x", 1, &half, &model, &error) == FOVEA_ERROR_ARGUMENT, "half an allocator");
    struct {
        fovea_options options;
        int more;
    } newer = {{.struct_size = sizeof newer}, 1};
    TAP_CHECK(fovea_model_new("x", 1, &newer.options, &model, &error) == FOVEA_ERROR_ARGUMENT, "unknown option set");
    newer.more = 0;
    TAP_CHECK(fovea_model_new("x", 1, &newer.options, &model, &error) == FOVEA_ERROR_MODEL_TRUNCATED, "newer struct");
    for (int s = 0; s <= FOVEA_ERROR_JPEG; s++)
        TAP_CHECK(strncmp(fovea_status_name((fovea_status)s), "FOVEA_", 6) == 0, "status %d has no name", s);
    TAP_CHECK(strcmp(fovea_status_name((fovea_status)1000), "unknown status") == 0, "status 1000");
}

int main(int argc, char **argv)
{
    if (argc > 1) tests = argv[1];
    test_good();
    test_bad();
    test_mutations();
    test_kinds();
    test_info();
    test_peek();
    test_arguments();
    return tap_done("model");
}
