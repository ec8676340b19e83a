#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "picture/show/charts.h"
#include "picture/show/view.h"
#include "picture/show/words.h"

enum { PANEL = 420, BETWEEN = 30, UNDER = 26, WIDTH = 2 * (PANEL + VIB_MARGIN) + BETWEEN };

static double at(const vib_maps *map, int y, int x)
{
    y = VIB_MIN(VIB_MAX(y, 0), map->height - 1);
    x = VIB_MIN(VIB_MAX(x, 0), map->width - 1);
    return (double)map->values[(size_t)y * (size_t)map->width + (size_t)x];
}

/* The map where pixel (y, x) of height × width is, between its four neighbours. */
static double between(const vib_maps *map, int y, int x, int height, int width)
{
    const double fy = (y + .5) / height * map->height - .5, fx = (x + .5) / width * map->width - .5;
    const int iy = (int)floor(fy), ix = (int)floor(fx);
    const double ty = fy - iy, tx = fx - ix;
    return (1 - ty) * ((1 - tx) * at(map, iy, ix) + tx * at(map, iy, ix + 1)) +
           ty * ((1 - tx) * at(map, iy + 1, ix) + tx * at(map, iy + 1, ix + 1));
}

unsigned char *vib_cam_overlay(const vib_maps *map, const vib_bitmap *picture)
{
    double low, high;
    unsigned char *rgb = vib_calloc((size_t)picture->height * (size_t)picture->width, 3), *to = rgb;
    vib_limits(map->values, (size_t)map->height * (size_t)map->width, &low, &high);
    for (int y = 0; rgb && y < picture->height; y++)
        for (int x = 0; x < picture->width; x++, to += 3) {
            const unsigned char *p =
                picture->bytes + ((size_t)y * (size_t)picture->width + (size_t)x) * (size_t)picture->channels;
            const int colour = picture->channels == 3;
            const double light = colour ? .2126 * p[0] + .7152 * p[1] + .0722 * p[2] : p[0];
            vib_cividis(high > 0 ? between(map, y, x, picture->height, picture->width) / high : 0, to);
            for (int c = 0; c < 3; c++)
                to[c] = (unsigned char)(.6 * to[c] + .4 * light + .5);
        }
    return rgb;
}

static int draw(const vib_view *view, const vib_maps *map, const char *layer, const char *class_name,
                double probability, vib_language l, vib_sheet **out)
{
    int err = 0;
    char text[300];
    double low, high;
    vib_sheet *s = NULL;
    unsigned char *overlay = vib_cam_overlay(map, &view->large);
    const vib_place p =
        vib_fit_into(VIB_MARGIN, VIB_SUBHEAD, PANEL, PANEL, view->large.width, view->large.height);
    VIB_CHECK_MEM(overlay);
    snprintf(text, sizeof text, vib_say(l, "Grad-CAM: where the network sees '%s'"), class_name);
    VIB_TRY(vib_sheet_create(WIDTH, VIB_SUBHEAD + (int)p.h + 2 * UNDER + VIB_MARGIN, text, &s));
    vib_limits(map->values, (size_t)map->height * (size_t)map->width, &low, &high);
    vib_sheet_subtitle(s,
                       high > 0 ? vib_say(l, "%s: '%s' with %.1f %%")
                                : vib_say(l, "%s: '%s' with %.1f %%; nothing in this layer speaks for it"),
                       view->name, class_name, 100 * probability);
    const double y = VIB_SUBHEAD, x2 = VIB_MARGIN + PANEL + BETWEEN, side = (PANEL - p.w) / 2;
    vib_sheet_pixels(s, VIB_MARGIN + side, y, p.w, p.h, view->large.bytes, view->large.width,
                     view->large.height, view->large.channels);
    vib_sheet_pixels(s, x2 + side, y, p.w, p.h, overlay, view->large.width, view->large.height, 3);
    vib_sheet_text(s, VIB_MARGIN, y + p.h + 20, VIB_LEFT, VIB_TEXT, VIB_INK_BLACK, PANEL,
                   vib_say(l, "what the network is given"));
    snprintf(text, sizeof text, vib_say(l, "where %s speaks for '%s'"), layer, class_name);
    vib_sheet_text(s, x2, y + p.h + 20, VIB_LEFT, VIB_TEXT, VIB_INK_BLACK, PANEL, text);
    vib_shade_bar(s, x2, y + p.h + 20 + UNDER, 140, vib_cividis, vib_say(l, "nowhere"), vib_say(l, "most"));
    *out = s;
    s = NULL;
fail:
    vib_sheet_free(&s);
    free(overlay);
    return err;
}

int vib_chart_cam(const vib_model *model, vib_device *dev, const vib_view *view, int layer, int class_index,
                  vib_language l, vib_sheet **out)
{
    int err = 0;
    vib_layer_info info;
    vib_maps map = {0};
    float *probabilities = vib_calloc(vib_model_classes(model), sizeof *probabilities);
    VIB_CHECK_MEM(probabilities);
    VIB_TRY(vib_model_layer(model, layer, &info));
    VIB_TRY(vib_model_run(model, dev, view->input.bytes, 1, NULL, 0, NULL, probabilities));
    const size_t k =
        class_index < 0 ? vib_most_probable(probabilities, vib_model_classes(model)) : (size_t)class_index;
    VIB_TRY(vib_model_cam(model, dev, view->input.bytes, k, layer, &map));
    VIB_TRY(draw(view, &map, info.name, vib_model_class_name(model, k), (double)probabilities[k], l, out));
fail:
    vib_maps_free(&map);
    free(probabilities);
    return err;
}

int vib_show_cam(const vib_model *model, vib_device *dev, const char *image, int layer, int class_index,
                 vib_language language, const char *file)
{
    int err = 0;
    vib_view view = {0};
    vib_sheet *s = NULL;
    VIB_TRY(vib_sheet_check_path(file));
    VIB_TRY(vib_view_open(model, image, &view));
    VIB_TRY(vib_chart_cam(model, dev, &view, layer, class_index, language, &s));
    VIB_TRY(vib_sheet_write(s, file));
fail:
    vib_sheet_free(&s);
    vib_view_free(&view);
    return err;
}
