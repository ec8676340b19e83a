#include <stdio.h>

#include "picture/show/charts.h"
#include "picture/show/view.h"
#include "picture/show/words.h"

enum { WIDTH = 1000, ACROSS = 4, SIDE = 112, PAIR_GAP = 4, UNDER = 40, HEAD = 26 };

static const unsigned char *picture(const vib_preview *p, const unsigned char *all, size_t i)
{
    return all + i * (size_t)p->height * (size_t)p->width * (size_t)p->channels;
}

static void draw_pair(vib_sheet *s, const vib_preview *p, const vib_dataset *set, size_t i, double x,
                      double y, double side_h)
{
    const vib_place at = vib_fit_into(x, y, SIDE, side_h, p->width, p->height);
    vib_sheet_pixels(s, at.x, at.y, at.w, at.h, picture(p, p->before, i), p->width, p->height, p->channels);
    vib_sheet_pixels(s, at.x + SIDE + PAIR_GAP, at.y, at.w, at.h, picture(p, p->after, i), p->width,
                     p->height, p->channels);
    vib_sheet_text(s, x, y + side_h + 16, VIB_LEFT, VIB_TEXT, VIB_INK_BLUE, 2 * SIDE,
                   vib_dataset_class_name(set, vib_dataset_label(set, p->index[i])));
    vib_sheet_text(s, x, y + side_h + 31, VIB_LEFT, VIB_TEXT_SMALL, VIB_INK_GREY, 2 * SIDE,
                   vib_base_name(vib_dataset_path(set, p->index[i])));
}

int vib_chart_batch(const vib_preview *p, const vib_dataset *set, vib_language l, vib_sheet **out)
{
    vib_sheet *s;
    const double side_h = SIDE * (p->height < p->width ? (double)p->height / p->width : 1);
    const double pitch_x = (WIDTH - 2 * VIB_MARGIN - 2 * SIDE - PAIR_GAP) / (ACROSS - 1.),
                 pitch_y = side_h + UNDER + 8;
    const size_t rows = (p->n + ACROSS - 1) / ACROSS;
    const int err = vib_sheet_create(WIDTH, VIB_SUBHEAD + HEAD + (int)((double)rows * pitch_y) + VIB_MARGIN,
                                     vib_say(l, "The pictures that training begins with"), &s);
    if (err < 0)
        return err;
    vib_sheet_subtitle(
        s, vib_say(l, "%zu of %zu pictures, each as it is and as the network is given it, %d×%d pixels"),
        p->n, vib_dataset_size(set), p->height, p->width);
    for (size_t i = 0; i < p->n; i++) {
        const double x = VIB_MARGIN + (double)(i % ACROSS) * pitch_x;
        if (i < ACROSS) {
            vib_sheet_text(s, x, VIB_SUBHEAD + 14, VIB_LEFT, VIB_TEXT_SMALL, VIB_INK_GREY, SIDE,
                           vib_say(l, "before"));
            vib_sheet_text(s, x + SIDE + PAIR_GAP, VIB_SUBHEAD + 14, VIB_LEFT, VIB_TEXT_SMALL, VIB_INK_GREY,
                           SIDE, vib_say(l, "augmented"));
        }
        draw_pair(s, p, set, i, x, VIB_SUBHEAD + HEAD + (double)(i / ACROSS) * pitch_y, side_h);
    }
    *out = s;
    return VIB_OK;
}

int vib_show_batch(const vib_preview *preview, const vib_dataset *set, vib_language language,
                   const char *file)
{
    int err = 0;
    vib_sheet *s = NULL;
    VIB_TRY(vib_sheet_check_path(file));
    VIB_TRY(vib_chart_batch(preview, set, language, &s));
    VIB_TRY(vib_sheet_write(s, file));
fail:
    vib_sheet_free(&s);
    return err;
}
