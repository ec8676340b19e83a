/* A sheet of paper for charts: drawn once, then written as SVG or PNG. Coordinates are pixels of the PNG. */
#ifndef VIB_PICTURE_SHOW_SHEET_H
#define VIB_PICTURE_SHOW_SHEET_H

#include <cairo.h>

#include "base/common.h"
#include "base/str.h"

/* Colours of lines and areas that people with any kind of colour vision tell apart (Okabe and Ito 2008); INK
 * and the greys are for text, axes and grids. */
typedef enum vib_ink {
    VIB_INK_BLUE,
    VIB_INK_VERMILLION,
    VIB_INK_GREEN,
    VIB_INK_PURPLE,
    VIB_INK_SKY,
    VIB_INK_ORANGE,
    VIB_INK_BROWN, /* in place of their yellow, which paper swallows */
    VIB_INK_SERIES,
    VIB_INK_BLACK = VIB_INK_SERIES,
    VIB_INK_GREY, /* second-rank text */
    VIB_INK_GRID,
    VIB_INK_WHITE,
} vib_ink;

/* Sizes of text: every word can be read where the picture is shown as it is. */
enum { VIB_TEXT_SMALL = 12, VIB_TEXT = 14, VIB_TEXT_TITLE = 18 };

typedef enum vib_anchor { VIB_LEFT, VIB_CENTRE, VIB_RIGHT } vib_anchor;

typedef struct vib_sheet {
    cairo_t *cr;
    cairo_surface_t *drawing; /* recorded */
    int width, height;
    vib_str title, words; /* UTF-8: what a reader who cannot see the picture is told */
    int failed;           /* out of memory, or a text that could not be drawn */
} vib_sheet;

/* White paper with the title at its top, left. Release with vib_sheet_free. */
int vib_sheet_create(int width, int height, const char *title, vib_sheet **out);
void vib_sheet_free(vib_sheet **sheet);

/* Height that the title, and one line of text under it, take. */
enum { VIB_MARGIN = 20, VIB_HEAD = 52, VIB_SUBHEAD = 74 };

/* The line under the title, in grey; cut where the paper ends. */
void vib_sheet_subtitle(vib_sheet *s, const char *fmt, ...) VIB_PRINTF(2, 3);

void vib_sheet_ink(vib_sheet *s, vib_ink ink);

/* One line of text; y is its baseline, x what the anchor says. Text that is not UTF-8 is escaped; text wider
 * than `most` (0: any width) is cut with an ellipsis. Returns its width. */
double vib_sheet_text(vib_sheet *s, double x, double y, vib_anchor anchor, double size, vib_ink ink,
                      double most, const char *text);
double vib_sheet_textf(vib_sheet *s, double x, double y, vib_anchor anchor, double size, vib_ink ink,
                       const char *fmt, ...) VIB_PRINTF(7, 8);
/* The same, upwards: for the name of a vertical axis. */
void vib_sheet_text_up(vib_sheet *s, double x, double y, vib_anchor anchor, double size, vib_ink ink,
                       double most, const char *text);
double vib_sheet_text_width(vib_sheet *s, double size, const char *text);

/* A picture of w × h pixels, 3 bytes each (channels 1: grey), enlarged to a box without smoothing; when the
 * box is smaller, with. */
void vib_sheet_pixels(vib_sheet *s, double x, double y, double box_w, double box_h,
                      const unsigned char *pixels, int w, int h, int channels);

/* RGB pixels as they are, as the bytes of a PNG. 0 or VIB_FAILED (logged). */
int vib_pixels_png(const unsigned char *rgb, int w, int h, vib_str *out);

/* A thin frame. */
void vib_sheet_frame(vib_sheet *s, double x, double y, double w, double h, vib_ink ink);

/* Writes the file its ending asks for, .png or .svg (another: VIB_USAGE), whole or not at all. */
int vib_sheet_write(vib_sheet *s, const char *path);
/* Whether vib_sheet_write could: 0, or VIB_USAGE (logged) before any work is done. */
int vib_sheet_check_path(const char *path);

/* The SVG element alone, for a page: without the XML head. `name` makes its identifiers unique in the page.
 */
int vib_sheet_svg(vib_sheet *s, const char *name, vib_str *out);

/* Pixels of the whole sheet, RGB, width × height × 3 bytes; owned by the caller (free). NULL: out of memory.
 */
unsigned char *vib_sheet_rgb(vib_sheet *s);

#endif
