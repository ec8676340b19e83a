#include "picture/picture.h"

#include <stdlib.h>

#include "base/common.h"
#include "base/mem.h"
#include "base/random.h"
#include "picture/paint.h"

static void paint_animal(cairo_t *cr, vib_scene *s)
{
    const vib_pose *p = &s->pose;
    cairo_save(cr);
    cairo_translate(cr, p->x, p->y);
    cairo_scale(cr, p->scale * p->stretch_x, p->scale * p->stretch_y);
    cairo_rotate(cr, p->roll);
    vib_paint_body(cr, s);
    vib_paint_ears(cr, s, 0);
    vib_paint_head(cr, s);
    vib_paint_ears(cr, s, 1);
    vib_paint_face(cr, s);
    cairo_restore(cr);
}

/* A picture out of focus is painted small and enlarged. */
static void paint_scene(cairo_t *cr, vib_scene *s)
{
    const double k = s->sharpness;
    const int soft = k < 1;
    cairo_surface_t *small = soft ? cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(k * s->width) + 1,
                                                               (int)(k * s->height) + 1)
                                  : cairo_surface_reference(cairo_get_target(cr));
    cairo_t *to = cairo_create(small);
    cairo_set_antialias(to, CAIRO_ANTIALIAS_FAST);
    cairo_scale(to, k, k);
    vib_paint_backdrop(to, s);
    paint_animal(to, s);
    vib_paint_light(to, s);
    cairo_destroy(to);
    if (soft) {
        cairo_scale(cr, 1 / k, 1 / k);
        cairo_set_source_surface(cr, small, 0, 0);
        cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
        cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_BILINEAR);
        cairo_paint(cr);
    }
    cairo_surface_destroy(small);
}

/* -1 … 1, most often near 0; four for each random block, so that a picture takes a millisecond. */
static double grain(const vib_scene *s, uint32_t block[4], uint32_t pixel)
{
    if (pixel % 4 == 0)
        vib_philox4x32((uint32_t[4]){(uint32_t)s->dice.picture, (uint32_t)(s->dice.picture >> 32),
                                     VIB_STREAM_DRAW_NOISE, pixel / 4},
                       (uint32_t[2]){(uint32_t)s->dice.seed, (uint32_t)(s->dice.seed >> 32)}, block);
    const uint32_t x = block[pixel % 4];
    return ((double)(x & 0xffff) - (double)(x >> 16)) * 0x1p-16;
}

static unsigned char to_byte(double x)
{
    return (unsigned char)(x < 0 ? 0 : x > 255 ? 255 : x + .5);
}

/* cairo's 0x00RRGGBB words to RGB bytes, with exposure and grain. */
static void develop(const vib_scene *s, const unsigned char *pixels, int stride, unsigned char *rgb)
{
    uint32_t block[4] = {0}, pixel = 0;
    for (int y = 0; y < s->height; y++) {
        const uint32_t *row = (const uint32_t *)(const void *)(pixels + (size_t)y * (size_t)stride);
        for (int x = 0; x < s->width; x++, rgb += 3) {
            const double noise = s->light.noise > 0 ? s->light.noise * grain(s, block, pixel++) : 0;
            rgb[0] = to_byte(s->light.gain * (row[x] >> 16 & 255) + noise);
            rgb[1] = to_byte(s->light.gain * (row[x] >> 8 & 255) + noise);
            rgb[2] = to_byte(s->light.gain * (row[x] & 255) + noise);
        }
    }
}

int vib_picture_draw(uint64_t seed, uint64_t picture, vib_species species, unsigned char **data, size_t *size)
{
    int err = 0;
    vib_scene s = vib_scene_choose(seed, picture, species);
    unsigned char *rgb = vib_calloc((size_t)s.width * (size_t)s.height, 3);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, s.width, s.height);
    cairo_t *cr = cairo_create(surface);
    VIB_CHECK_MEM(rgb);
    paint_scene(cr, &s);
    if (cairo_status(cr) != CAIRO_STATUS_SUCCESS)
        VIB_FAIL(VIB_FAILED, "cairo cannot draw: %s", cairo_status_to_string(cairo_status(cr)));
    cairo_surface_flush(surface);
    develop(&s, cairo_image_surface_get_data(surface), cairo_image_surface_get_stride(surface), rgb);
    VIB_TRY(vib_jpeg_encode(rgb, s.width, s.height, s.quality, data, size));
fail:
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    free(rgb);
    return err;
}
