#include "network/augment.h"

#include <math.h>

#include "base/math.h"
#include "base/random.h"
#include "exact.h"

_Static_assert(VIB_AUGMENT_FLOATS == 32, "kernels/augment.cl steps by as many");

/* How often a rectangle is drawn before giving up, and the draws of one go: torchvision's. */
enum { TRIES = 10, PER_TRY = 4 };

static int is_on(vib_range_value range)
{
    return range.high != 0 && (range.low != 1 || range.high != 1);
}

unsigned vib_augment_uses(const vib_augment *a)
{
    unsigned uses = 0;
    if (a->rotation != 0 || a->shear != 0 || a->height_shift != 0 || a->width_shift != 0 || is_on(a->zoom))
        uses |= VIB_USES_AFFINE;
    uses |= a->hflip ? VIB_USES_HFLIP : 0;
    uses |= a->vflip ? VIB_USES_VFLIP : 0;
    uses |= a->crop ? VIB_USES_CROP : 0;
    uses |= is_on(a->crop_scale) ? VIB_USES_CROP_SCALE : 0;
    uses |= a->channel_shift != 0 ? VIB_USES_CHANNEL_SHIFT : 0;
    uses |= is_on(a->brightness) ? VIB_USES_BRIGHTNESS : 0;
    uses |= is_on(a->contrast) ? VIB_USES_CONTRAST : 0;
    uses |= is_on(a->saturation) ? VIB_USES_SATURATION : 0;
    uses |= a->hue != 0 ? VIB_USES_HUE : 0;
    uses |= a->erase != 0 ? VIB_USES_ERASE : 0;
    return uses;
}

/* ---- drawing ---- */

/* The picture whose numbers are drawn. */
typedef struct picture {
    uint64_t seed, presentation;
    int h, w;
} picture;

static double unit(const picture *p, uint32_t which)
{
    return (double)vib_random_unit(p->seed, VIB_STREAM_AUGMENT, p->presentation, which);
}

/* U(low, high) as Keras draws it: low + (high - low) u. */
static double draw(const picture *p, uint32_t which, double low, double high)
{
    return fma(high - low, unit(p, which), low);
}

/* From a range whose factors are as likely as their inverses. */
static double draw_ratio(const picture *p, uint32_t which, vib_range_value ratio)
{
    const double low = (double)exact_log((float)ratio.low), high = (double)exact_log((float)ratio.high);
    return (double)exact_exp((float)draw(p, which, low, high));
}

/* A whole number from 0 to n - 1. */
static int draw_int(const picture *p, uint32_t which, int n)
{
    return (int)(unit(p, which) * n);
}

static int nearest(double x)
{
    return (int)floor(x + 0.5);
}

typedef struct rectangle {
    int row, column, h, w;
} rectangle;

/* A rectangle of `scale` of the picture's area, `ratio` its first side : the second; 0: none fits. The sides
 * are exchanged for `tall`, whose first is the height, and must be below the picture's. */
static int draw_rectangle(const picture *p, uint32_t first, vib_range_value scale, vib_range_value ratio,
                          int tall, rectangle *out)
{
    for (uint32_t which = first; which < first + TRIES * PER_TRY; which += PER_TRY) {
        const double area = (double)p->h * p->w * draw(p, which, scale.low, scale.high);
        const double r = draw_ratio(p, which + 1, ratio);
        const int one = nearest(sqrt(area * r)), other = nearest(sqrt(area / r));
        const int h = tall ? one : other, w = tall ? other : one;
        if (h < 1 || w < 1 || h > p->h - tall || w > p->w - tall)
            continue;
        *out = (rectangle){draw_int(p, which + 2, p->h - h + 1), draw_int(p, which + 3, p->w - w + 1), h, w};
        return 1;
    }
    return 0;
}

/* The largest rectangle in the middle whose width : height the range allows. */
static rectangle middle(const picture *p, vib_range_value ratio)
{
    rectangle r = {0, 0, p->h, p->w};
    const double own = (double)p->w / p->h;
    if (own < ratio.low)
        r.h = VIB_MAX(1, nearest(p->w / ratio.low));
    else if (own > ratio.high)
        r.w = VIB_MAX(1, nearest(p->h * ratio.high));
    r.row = (p->h - r.h) / 2;
    r.column = (p->w - r.w) / 2;
    return r;
}

/* ---- the row ---- */

/* K20, K21: M = rotation · shift · shear · zoom over (row, column); R20 turns about one pixel past the
 * centre, R22 about the centre with the two axes exchanged. */
void vib_affine_row(const vib_affine *a, int keras29, int h, int w, vib_augment_row *row)
{
    const double radian = 0x1.921fb54442d18p+1 / 180, sine = vib_sin(a->shear * radian);
    const double sheared[4] = {a->zx, -sine * a->zy, 0, vib_cos(a->shear * radian) * a->zy};
    const double s = vib_sin(a->rotation * radian), c = vib_cos(a->rotation * radian);
    const double m[4] = {c * sheared[0] - s * sheared[2], c * sheared[1] - s * sheared[3],
                         s * sheared[0] + c * sheared[2], s * sheared[1] + c * sheared[3]};
    const double shift[2] = {c * a->height_shift - s * a->width_shift,
                             s * a->height_shift + c * a->width_shift};
    const double centre[2] = {h / 2.0, w / 2.0};
    for (int i = 0; i < 4; i++) {
        const int from = keras29 ? 3 - i : i;
        row->delta[i] = (float)(m[from] - (from == 0 || from == 3));
    }
    for (int i = 0; i < 2; i++) {
        const int from = keras29 ? 1 - i : i;
        row->centre[i] = (float)(centre[from] + (keras29 ? -0.5 : 0.5));
        row->offset[i] = (float)shift[from];
    }
}

/* Keras's shift of one side, in pixels. */
static double draw_shift(const picture *p, uint32_t which, double most, int side)
{
    return most == 0 ? 0 : draw(p, which, -most, most) * (most < 1 ? side : 1);
}

static void draw_affine(const vib_augment *a, const picture *p, vib_augment_row *row)
{
    vib_affine affine = {.zx = 1, .zy = 1};
    if (a->rotation != 0)
        affine.rotation = draw(p, VIB_DRAW_ROTATION, -a->rotation, a->rotation);
    affine.height_shift = draw_shift(p, VIB_DRAW_HEIGHT_SHIFT, a->height_shift, p->h);
    affine.width_shift = draw_shift(p, VIB_DRAW_WIDTH_SHIFT, a->width_shift, p->w);
    affine.shear = draw(p, VIB_DRAW_SHEAR, -a->shear, a->shear);
    if (is_on(a->zoom)) {
        affine.zx = draw(p, VIB_DRAW_ZOOM_X, a->zoom.low, a->zoom.high);
        affine.zy = draw(p, VIB_DRAW_ZOOM_Y, a->zoom.low, a->zoom.high);
    }
    vib_affine_row(&affine, a->keras29, p->h, p->w, row);
}

/* Output pixel k of n samples first + (k + 1/2) part / n - 1/2. */
static void draw_crop(const vib_augment *a, unsigned uses, const picture *p, vib_augment_row *row)
{
    if (uses & VIB_USES_CROP) {
        row->crop[0] = (float)(draw_int(p, VIB_DRAW_CROP_ROW, 2 * a->crop + 1) - a->crop);
        row->crop[1] = (float)(draw_int(p, VIB_DRAW_CROP_COLUMN, 2 * a->crop + 1) - a->crop);
    }
    if (uses & VIB_USES_CROP_SCALE) {
        rectangle r;
        if (!draw_rectangle(p, VIB_DRAW_CROP_TRIES, a->crop_scale, a->crop_ratio, 0, &r))
            r = middle(p, a->crop_ratio);
        const int first[2] = {r.row, r.column}, part[2] = {r.h, r.w}, side[2] = {p->h, p->w};
        for (int i = 0; i < 2; i++) {
            const double factor = (double)part[i] / side[i];
            row->into[i] = (float)(factor - 1);
            row->into_offset[i] = (float)(first[i] + (factor - 1) / 2);
            row->low[i] = (float)first[i];
            row->high[i] = (float)(first[i] + part[i] - 1);
        }
    }
}

static void draw_colors(const vib_augment *a, unsigned uses, const picture *p, vib_augment_row *row)
{
    if (uses & VIB_USES_CHANNEL_SHIFT)
        row->channel_shift = (float)draw(p, VIB_DRAW_CHANNEL_SHIFT, -a->channel_shift, a->channel_shift);
    if (uses & VIB_USES_BRIGHTNESS)
        row->brightness = (float)draw(p, VIB_DRAW_BRIGHTNESS, a->brightness.low, a->brightness.high);
    if (uses & VIB_USES_CONTRAST)
        row->contrast = (float)draw(p, VIB_DRAW_CONTRAST, a->contrast.low, a->contrast.high);
    if (uses & VIB_USES_SATURATION)
        row->saturation = (float)draw(p, VIB_DRAW_SATURATION, a->saturation.low, a->saturation.high);
    if (uses & VIB_USES_HUE)
        row->hue = (float)draw(p, VIB_DRAW_HUE, -a->hue, a->hue);
}

static void draw_erased(const vib_augment *a, unsigned uses, const picture *p, vib_augment_row *row)
{
    rectangle r;
    if (!(uses & VIB_USES_ERASE) || unit(p, VIB_DRAW_ERASE) >= a->erase ||
        !draw_rectangle(p, VIB_DRAW_ERASE_TRIES, a->erase_scale, a->erase_ratio, 1, &r))
        return;
    row->erased[0] = (float)r.row;
    row->erased[1] = (float)r.column;
    row->erased[2] = (float)(r.row + r.h);
    row->erased[3] = (float)(r.column + r.w);
}

void vib_augment_draw(const vib_augment *a, uint64_t seed, uint64_t presentation, int h, int w,
                      vib_augment_row *row)
{
    const picture p = {seed, presentation, h, w};
    const unsigned uses = vib_augment_uses(a);
    *row = (vib_augment_row){.unused = {0}};
    draw_affine(a, &p, row);
    row->hflip = a->hflip && unit(&p, VIB_DRAW_HFLIP) < 0.5;
    row->vflip = a->vflip && unit(&p, VIB_DRAW_VFLIP) < 0.5;
    draw_crop(a, uses, &p, row);
    draw_colors(a, uses, &p, row);
    draw_erased(a, uses, &p, row);
}
