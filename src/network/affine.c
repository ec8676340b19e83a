#include <math.h>

#include "base/math.h"
#include "base/random.h"
#include "network/internal.h"

/* U(low, high) as Keras draws it: low + (high - low) u. */
static double draw(uint64_t seed, uint64_t presentation, uint32_t which, double low, double high)
{
    return fma(high - low, (double)vib_random_unit(seed, VIB_STREAM_AUGMENT, presentation, which), low);
}

/* K20, K21: M = shear · zoom over (row, col); R20 turns about one pixel past the centre, R22 about the centre
 * with the two axes exchanged. */
void vib_affine_row(double shear_degrees, double zx, double zy, int flip, int keras29, int h, int w,
                    float row[8])
{
    const double radians = shear_degrees * (0x1.921fb54442d18p+1 / 180);
    const double s = vib_sin(radians), c = vib_cos(radians);
    const double m[4] = {zx, -s * zy, 0, c * zy};
    for (int i = 0; i < 4; i++) {
        const int from = keras29 ? 3 - i : i;
        row[i] = (float)(m[from] - (from == 0 || from == 3));
    }
    const double offset = keras29 ? -0.5 : 0.5;
    row[4] = (float)(h / 2.0 + offset);
    row[5] = (float)(w / 2.0 + offset);
    row[6] = flip ? 1.0f : 0.0f;
    row[7] = 0;
}

void vib_augment_row(const vib_augment *augment, uint64_t seed, uint64_t presentation, int h, int w,
                     float row[8])
{
    const double shear = draw(seed, presentation, VIB_DRAW_SHEAR, -augment->shear, augment->shear);
    double zx = 1, zy = 1;
    if (augment->zoom.low != 1 || augment->zoom.high != 1) {
        zx = draw(seed, presentation, VIB_DRAW_ZOOM_X, augment->zoom.low, augment->zoom.high);
        zy = draw(seed, presentation, VIB_DRAW_ZOOM_Y, augment->zoom.low, augment->zoom.high);
    }
    const int flip =
        augment->hflip && vib_random_unit(seed, VIB_STREAM_AUGMENT, presentation, VIB_DRAW_HFLIP) < 0.5f;
    vib_affine_row(shear, zx, zy, flip, augment->keras29, h, w, row);
}
