#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "picture/show/charts.h"
#include "picture/show/view.h"
#include "picture/show/words.h"

enum { WIDTH = 1000, ACROSS = 6, SIDE = 150, UNDER = 66 };

/* Text after its name, cut where the cell ends. */
static void named(vib_sheet *s, double x, double y, const char *name, const char *text, vib_ink ink,
                  double most)
{
    const double width = vib_sheet_text(s, x, y, VIB_LEFT, VIB_TEXT_SMALL, VIB_INK_GREY, most, name) + 5;
    vib_sheet_text(s, x + width, y, VIB_LEFT, VIB_TEXT_SMALL, ink, most - width, text);
}

static int draw_mistake(vib_sheet *s, vib_language l, const vib_model *model, const vib_dataset *set,
                        const vib_mistake *m, double x, double y)
{
    enum { TIMES = 3 };
    int err = 0;
    char percent[32];
    vib_bitmap b = {0};
    char *path = vib_dataset_full_path(set, m->index);
    VIB_CHECK_MEM(path);
    VIB_TRY(vib_model_picture(model, path, TIMES, &b));
    const vib_place p = vib_fit_into(x, y, SIDE, SIDE, b.width, b.height);
    vib_sheet_pixels(s, p.x, p.y, p.w, p.h, b.bytes, b.width, b.height, b.channels);
    vib_sheet_text(s, x, y + SIDE + 15, VIB_LEFT, VIB_TEXT_SMALL, VIB_INK_BLACK, SIDE,
                   vib_base_name(vib_dataset_path(set, m->index)));
    snprintf(percent, sizeof percent, "%.1f %%", 100 * m->confidence);
    const double room = vib_sheet_text_width(s, VIB_TEXT_SMALL, percent) + 6;
    named(s, x, y + SIDE + 31, vib_say(l, "truth:"), vib_model_class_name(model, m->truth), VIB_INK_BLUE,
          SIDE);
    named(s, x, y + SIDE + 47, vib_say(l, "answer:"), vib_model_class_name(model, m->answer),
          VIB_INK_VERMILLION, SIDE - room);
    vib_sheet_text(s, x + SIDE, y + SIDE + 47, VIB_RIGHT, VIB_TEXT_SMALL, VIB_INK_VERMILLION, 0, percent);
fail:
    free(path);
    vib_bitmap_free(&b);
    return err;
}

int vib_chart_errors(const vib_model *model, const vib_dataset *set, const vib_mistakes *m, vib_language l,
                     vib_sheet **out)
{
    int err = 0;
    vib_sheet *s = NULL;
    const size_t rows = (m->n + ACROSS - 1) / ACROSS;
    const double pitch = (WIDTH - 2 * VIB_MARGIN - SIDE) / (ACROSS - 1.);
    VIB_TRY(vib_sheet_create(WIDTH, VIB_SUBHEAD + (rows ? (int)rows * (SIDE + UNDER) : 60) + VIB_MARGIN,
                             vib_say(l, "The worst mistakes"), &s));
    vib_sheet_subtitle(
        s, vib_say(l, "answered wrong: %zu of %zu pictures, those with the least for the truth first"),
        m->wrong, m->pictures);
    if (!m->n)
        vib_sheet_text(s, VIB_MARGIN, VIB_SUBHEAD + 40, VIB_LEFT, VIB_TEXT_TITLE, VIB_INK_GREEN,
                       WIDTH - 2 * VIB_MARGIN,
                       vib_say(l, "There are none: every picture is answered right."));
    for (size_t i = 0; i < m->n; i++)
        VIB_TRY(draw_mistake(s, l, model, set, &m->worst[i], VIB_MARGIN + (double)(i % ACROSS) * pitch,
                             VIB_SUBHEAD + (double)(i / ACROSS) * (SIDE + UNDER)));
    *out = s;
    s = NULL;
fail:
    vib_sheet_free(&s);
    return err;
}

int vib_show_errors(const vib_model *model, const vib_dataset *set, const vib_mistakes *mistakes,
                    vib_language language, const char *file)
{
    int err = 0;
    vib_sheet *s = NULL;
    VIB_TRY(vib_sheet_check_path(file));
    VIB_TRY(vib_chart_errors(model, set, mistakes, language, &s));
    VIB_TRY(vib_sheet_write(s, file));
fail:
    vib_sheet_free(&s);
    return err;
}
