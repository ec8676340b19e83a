#include "data/sketch.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

enum { SIDE = VIB_SKETCH_SIDE, PIXELS = VIB_SKETCH_PIXELS, FREQUENCIES = 8 };

/* Grey levels of standard deviation below which noise decides. */
static const double least_contrast = 3.0;

typedef struct grid {
    float at[SIDE][SIDE];
} grid;

/* cos((2x + 1) u π / 64) */
static float cosines[FREQUENCIES][SIDE];

static void fill_cosines(void)
{
    const double pi = 3.14159265358979323846;
    for (int u = 0; u < FREQUENCIES; u++)
        for (int x = 0; x < SIDE; x++)
            cosines[u][x] = (float)cos((2 * x + 1) * u * pi / (2 * SIDE));
}

int vib_sketch_make(const vib_image *grey, vib_sketch *out)
{
    double sum = 0, squares = 0;
    if (vib_image_resize(grey, VIB_RESIZE_ANTIALIAS, SIDE, SIDE, out->pixels) < 0)
        return VIB_FAILED;
    for (int i = 0; i < PIXELS; i++) {
        sum += out->pixels[i];
        squares += (double)out->pixels[i] * out->pixels[i];
    }
    const double mean = sum / PIXELS;
    out->usable = squares / PIXELS - mean * mean >= least_contrast * least_contrast;
    return 0;
}

/* Where the outputs of one axis are taken from, between two pixels. */
typedef struct taps {
    int first[SIDE];
    float part[SIDE]; /* of the pixel after it */
} taps;

static void make_taps(float low, float high, taps *t)
{
    const float scale = ((float)SIDE - low - high) / SIDE;
    for (int i = 0; i < SIDE; i++) {
        const float at = low + ((float)i + 0.5f) * scale - 0.5f;
        const float inside = fminf(fmaxf(at, 0), SIDE - 1);
        t->first[i] = VIB_MIN((int)inside, SIDE - 2);
        t->part[i] = inside - (float)t->first[i];
    }
}

/* The view, stretched to the whole grid. */
static void sample(const vib_sketch *sketch, const vib_view *view, grid *out)
{
    taps across, down;
    make_taps(view->left, view->right, &across);
    make_taps(view->top, view->bottom, &down);
    for (int y = 0; y < SIDE; y++) {
        const unsigned char *row = sketch->pixels + down.first[y] * SIDE;
        float line[SIDE];
        for (int x = 0; x < SIDE; x++)
            line[x] = (float)row[x] + down.part[y] * (float)(row[x + SIDE] - row[x]);
        for (int x = 0; x < SIDE; x++) {
            const int k = across.first[x];
            out->at[y][x] = line[k] + across.part[x] * (line[k + 1] - line[k]);
        }
    }
}

uint64_t vib_sketch_signs(const vib_sketch *sketch, const vib_view *view)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    grid g;
    float rows[SIDE][FREQUENCIES];
    uint64_t signs = 0;
    pthread_once(&once, fill_cosines);
    sample(sketch, view, &g);
    for (int y = 0; y < SIDE; y++)
        for (int u = 0; u < FREQUENCIES; u++) {
            float sum = 0;
            for (int x = 0; x < SIDE; x++)
                sum += g.at[y][x] * cosines[u][x];
            rows[y][u] = sum;
        }
    /* The mean, v = u = 0, says nothing about shapes: its bit stays 0. */
    for (int v = 0; v < FREQUENCIES; v++)
        for (int u = v == 0; u < FREQUENCIES; u++) {
            float sum = 0;
            for (int y = 0; y < SIDE; y++)
                sum += rows[y][u] * cosines[v][y];
            signs |= (uint64_t)(sum > 0) << (v * FREQUENCIES + u);
        }
    return signs;
}

static void mirror(grid *g)
{
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE / 2; x++) {
            const float left = g->at[y][x];
            g->at[y][x] = g->at[y][SIDE - 1 - x];
            g->at[y][SIDE - 1 - x] = left;
        }
}

static double correlation(const grid *a, const grid *b)
{
    const float *p = &a->at[0][0], *q = &b->at[0][0];
    float sp = 0, sq = 0, pp = 0, qq = 0, pq = 0;
    for (int i = 0; i < PIXELS; i++) {
        sp += p[i];
        sq += q[i];
    }
    const float mp = sp / PIXELS, mq = sq / PIXELS;
    for (int i = 0; i < PIXELS; i++) {
        const float x = p[i] - mp, y = q[i] - mq;
        pp += x * x;
        qq += y * y;
        pq += x * y;
    }
    return pp > 0 && qq > 0 ? (double)pq / sqrt((double)pp * (double)qq) : 0;
}

/* What is left when the mean of the 3×3 pixels around is taken away; the edge has none. */
static void sharpen(const grid *in, grid *out)
{
    memset(out, 0, sizeof *out);
    for (int y = 1; y < SIDE - 1; y++)
        for (int x = 1; x < SIDE - 1; x++) {
            float sum = 0;
            for (int j = -1; j <= 1; j++)
                sum += in->at[y + j][x - 1] + in->at[y + j][x] + in->at[y + j][x + 1];
            out->at[y][x] = in->at[y][x] - sum / 9;
        }
}

/* The view of a as b would show it. */
static void show(const vib_sketch *a, const vib_view *view, int mirrored, grid *out)
{
    sample(a, view, out);
    if (mirrored)
        mirror(out);
}

vib_match vib_sketch_compare(const vib_sketch *a, const vib_view *start, int mirrored, const vib_sketch *b)
{
    static const float most = 0.15f * SIDE; /* cropped off one side */
    static const vib_view whole = {0};
    static const double hopeless = 0.75;
    grid target, seen, fine_target, fine_seen;
    float side[4] = {start->left, start->top, start->right, start->bottom};
    sample(b, &whole, &target);
    show(a, start, mirrored, &seen);
    double best = correlation(&seen, &target);
    /* One side at a time, as long as it gets better; then in smaller steps. */
    for (float step = 0.8f; step > 0.1f && best > hopeless; step /= 2)
        for (int again = 1, rounds = 0; again && rounds < 8; rounds++) {
            again = 0;
            for (int k = 0; k < 8; k++) {
                const float before = side[k / 2];
                side[k / 2] = fminf(fmaxf(before + (k % 2 ? step : -step), 0), most);
                const vib_view view = {side[0], side[1], side[2], side[3]};
                show(a, &view, mirrored, &seen);
                const double c = side[k / 2] != before ? correlation(&seen, &target) : 0;
                if (c > best) {
                    best = c;
                    again = 1;
                } else {
                    side[k / 2] = before;
                }
            }
        }
    const vib_view view = {side[0], side[1], side[2], side[3]};
    show(a, &view, mirrored, &seen);
    sharpen(&seen, &fine_seen);
    sharpen(&target, &fine_target);
    return (vib_match){.whole = best, .detail = correlation(&fine_seen, &fine_target)};
}
