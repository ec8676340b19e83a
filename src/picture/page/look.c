#include "picture/page/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "picture/page/facts.h"
#include "picture/page/image.h"
#include "picture/page/template.h"
#include "picture/show/charts.h"
#include "picture/show/view.h"

/* Of a layer at most so many maps, enlarged to about this side. */
enum { MOST_MAPS = 16, ACROSS = 8, SIDE = 64, GAP = 4, MOST_ANSWERS = 5, MOST_STAGES = 40 };

/* One picture's way through the network. */
typedef struct way {
    const vib_model *model;
    const json_t *words;
    vib_view view;
    size_t n; /* layers */
    vib_layer_info *layers;
    int *places;
    vib_maps *maps;
    float *probabilities;
    size_t answer;
} way;

int vib_last_convolution(const vib_model *model)
{
    vib_layer_info info;
    int last = -1;
    for (int k = 0; k < (int)vib_model_layers(model); k++)
        if (vib_model_layer(model, k, &info) == 0 && info.filters)
            last = k;
    return last;
}

static int run(way *w, vib_device *dev, const char *path)
{
    int err = 0;
    w->n = vib_model_layers(w->model);
    VIB_CHECK_MEM(w->layers = vib_calloc(w->n, sizeof *w->layers));
    VIB_CHECK_MEM(w->places = vib_calloc(w->n, sizeof *w->places));
    VIB_CHECK_MEM(w->maps = vib_calloc(w->n, sizeof *w->maps));
    VIB_CHECK_MEM(w->probabilities = vib_calloc(vib_model_classes(w->model), sizeof *w->probabilities));
    VIB_TRY(vib_view_open(w->model, path, &w->view));
    for (size_t k = 0; k < w->n; k++) {
        w->places[k] = (int)k;
        VIB_TRY(vib_model_layer(w->model, (int)k, &w->layers[k]));
    }
    VIB_TRY(vib_model_run(w->model, dev, w->view.input.bytes, 1, w->places, w->n, w->maps, w->probabilities));
    w->answer = vib_most_probable(w->probabilities, vib_model_classes(w->model));
fail:
    return err;
}

static void free_way(way *w)
{
    for (size_t k = 0; w->maps && k < w->n; k++)
        vib_maps_free(&w->maps[k]);
    vib_view_free(&w->view);
    free(w->layers);
    free(w->places);
    free(w->maps);
    free(w->probabilities);
}

/* Takes the text over. */
static int set_uri(json_t *data, const char *key, vib_str *uri)
{
    const int failed = uri->failed || json_object_set_new(data, key, json_stringn(uri->text, uri->len)) < 0;
    vib_str_free(uri);
    return failed ? vib_fail(VIB_FAILED, "out of memory") : 0;
}

/* ---- stages ---- */

/* Channel c of maps into a sheet `width` pixels wide, `times` as large, from (x, y) on. */
static void draw_map(const vib_maps *m, int c, double low, double high, int times, unsigned char *tile,
                     unsigned char *sheet, size_t width, size_t x, size_t y)
{
    const size_t n = (size_t)m->height * (size_t)m->width;
    vib_shade_values(m->values + c, n, (size_t)m->channels, low, high, vib_cividis, tile);
    for (size_t i = 0; i < (size_t)(m->height * times); i++)
        for (size_t k = 0; k < (size_t)(m->width * times); k++)
            memcpy(sheet + 3 * ((y + i) * width + x + k),
                   tile + 3 * (i / (size_t)times * (size_t)m->width + k / (size_t)times), 3);
}

/* The first maps of a layer side by side, all in the same shades. */
static int draw_maps(json_t *stage, const vib_maps *m)
{
    int err = 0;
    double low, high;
    vib_str uri = {0};
    const int shown = VIB_MIN(m->channels, MOST_MAPS), across = VIB_MIN(shown, ACROSS);
    const int times = VIB_MAX(1, SIDE / VIB_MAX(m->height, m->width));
    const int step_x = m->width * times + GAP, step_y = m->height * times + GAP;
    const int width = across * step_x - GAP, height = (shown + across - 1) / across * step_y - GAP;
    unsigned char *sheet = vib_calloc((size_t)width * (size_t)height, 3);
    unsigned char *tile = vib_calloc((size_t)m->height * (size_t)m->width, 3);
    VIB_CHECK_MEM(sheet && tile);
    memset(sheet, 128, (size_t)width * (size_t)height * 3);
    vib_limits(m->values, (size_t)m->height * (size_t)m->width * (size_t)m->channels, &low, &high);
    for (int c = 0; c < shown; c++)
        draw_map(m, c, low, high, times, tile, sheet, (size_t)width, (size_t)(c % across * step_x),
                 (size_t)(c / across * step_y));
    VIB_TRY(vib_image_png(sheet, width, height, &uri));
    VIB_TRY(set_uri(stage, "maps", &uri));
    json_object_set_new(stage, "width", json_integer(width));
    json_object_set_new(stage, "height", json_integer(height));
    json_object_set_new(stage, "shown", json_integer(shown));
    json_object_set_new(stage, "channels", json_integer(m->channels));
fail:
    vib_str_free(&uri);
    free(sheet);
    free(tile);
    return err;
}

/* What a kind of layer does, where it comes for the first time. */
static void explain(json_t *stage, const way *w, size_t k)
{
    char key[64];
    for (size_t i = 0; i < k; i++)
        if (!strcmp(w->layers[i].type, w->layers[k].type))
            return;
    snprintf(key, sizeof key, "stage_%s", w->layers[k].type);
    const json_t *text = json_object_get(w->words, key);
    json_object_set(stage, "about",
                    text ? (json_t *)(uintptr_t)text : json_object_get(w->words, "stage_other"));
}

static int add_stages(json_t *data, const way *w)
{
    int err = 0;
    json_t *stages = json_array();
    json_object_set_new(data, "stages", stages);
    for (size_t k = 0; k < w->n && k < MOST_STAGES; k++) {
        const vib_layer_info *l = &w->layers[k];
        json_t *shape = l->flat ? vib_page_textf("%d", l->channels)
                                : vib_page_textf("%d × %d × %d", l->height, l->width, l->channels);
        json_t *stage = json_pack("{s:o, s:o}", "name", vib_page_text(l->name), "shape", shape);
        json_array_append_new(stages, stage);
        explain(stage, w, k);
        if (!l->flat)
            VIB_TRY(draw_maps(stage, &w->maps[k]));
    }
fail:
    return err;
}

/* ---- its answer ---- */

static json_t *answers(const way *w)
{
    const size_t n = vib_model_classes(w->model);
    json_t *list = json_array();
    float last = 2;
    /* The most probable first; classes of the same probability in their order. */
    while (json_array_size(list) < VIB_MIN(n, MOST_ANSWERS)) {
        float next = -1;
        for (size_t k = 0; k < n; k++)
            if (w->probabilities[k] < last && w->probabilities[k] > next)
                next = w->probabilities[k];
        if (next < 0)
            break;
        for (size_t k = 0; k < n && json_array_size(list) < MOST_ANSWERS; k++)
            if (w->probabilities[k] == next)
                json_array_append_new(list, json_pack("{s:o, s:o}", "name",
                                                      vib_page_text(vib_model_class_name(w->model, k)),
                                                      "percent", vib_page_textf("%.1f", 100 * (double)next)));
        last = next;
    }
    return list;
}

static int add_cam(json_t *data, const way *w, vib_device *dev)
{
    int err = 0;
    double low, high;
    vib_maps map = {0};
    vib_bitmap overlay = {w->view.large.height, w->view.large.width, 3, NULL};
    vib_str uri = {0};
    const int layer = vib_last_convolution(w->model);
    if (layer < 0)
        return 0;
    json_object_set_new(data, "layer", vib_page_text(w->layers[layer].name));
    VIB_TRY(vib_model_cam(w->model, dev, w->view.input.bytes, w->answer, layer, &map));
    vib_limits(map.values, (size_t)map.height * (size_t)map.width, &low, &high);
    if (!(high > 0)) {
        json_object_set_new(data, "no_cam", json_true());
        goto fail;
    }
    VIB_CHECK_MEM(overlay.bytes = vib_cam_overlay(&map, &w->view.large));
    VIB_TRY(vib_image_jpeg(&overlay, &uri));
    VIB_TRY(set_uri(data, "cam", &uri));
fail:
    vib_maps_free(&map);
    vib_bitmap_free(&overlay);
    vib_str_free(&uri);
    return err;
}

static void add_heading(json_t *data, const way *w, int truth)
{
    const char *key = truth < 0 ? "look_plain" : (size_t)truth == w->answer ? "look_right" : "look_wrong";
    json_object_set_new(data, "answer", vib_page_text(vib_model_class_name(w->model, w->answer)));
    if (truth >= 0)
        json_object_set_new(data, "truth", vib_page_text(vib_model_class_name(w->model, (size_t)truth)));
    char *heading = vib_page_word(w->words, key, data);
    if (heading)
        json_object_set_new(data, "heading", json_string(heading));
    free(heading);
}

int vib_page_look(const vib_model *model, vib_device *dev, const vib_look *look, const json_t *words,
                  vib_str *out)
{
    int err = 0;
    vib_str uri = {0};
    way w = {.model = model, .words = words};
    json_t *data =
        json_pack("{s:s, s:o, s:b}", "id", look->id, "file", vib_page_text(look->name), "open", look->open);
    VIB_CHECK_MEM(data);
    VIB_TRY(run(&w, dev, look->path));
    const vib_bitmap *in = &w.view.input;
    json_object_set_new(data, "size", vib_page_textf("%d × %d", in->width, in->height));
    VIB_TRY(vib_image_jpeg(&w.view.large, &uri));
    VIB_TRY(set_uri(data, "picture", &uri));
    add_heading(data, &w, look->truth);
    json_object_set_new(data, "probabilities", answers(&w));
    VIB_TRY(add_cam(data, &w, dev));
    VIB_TRY(add_stages(data, &w));
    VIB_TRY(vib_page_fill("look.html", data, words, out));
fail:
    vib_str_free(&uri);
    free_way(&w);
    json_decref(data);
    return err;
}
