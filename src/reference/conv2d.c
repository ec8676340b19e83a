#include <stdlib.h>

#include "reference/real.h"

/* Sizes in the letters of kernels/common.cl. */
typedef struct geometry {
    int N, H, W, C, K, R, S, OH, OW, sh, sw, dh, dw, ph, pw;
    int CG, KG; /* channels of a group */
} geometry;

static geometry geometry_of(const REF(site) * s)
{
    const vib_conv2d_opts *o = s->opts;
    const vib_size span = vib_conv2d_span(o);
    const int groups = vib_conv2d_groups(o, s->in.c);
    return (geometry){
        .N = s->in.n,
        .H = s->in.h,
        .W = s->in.w,
        .C = s->in.c,
        .K = s->out.c,
        .R = o->kernel.h,
        .S = o->kernel.w,
        .OH = s->out.h,
        .OW = s->out.w,
        .sh = o->stride.h,
        .sw = o->stride.w,
        .dh = o->dilation.h,
        .dw = o->dilation.w,
        .ph = vib_window_of(s->in.h, span.h, o->stride.h, o->padding).before,
        .pw = vib_window_of(s->in.w, span.w, o->stride.w, o->padding).before,
        .CG = s->in.c / groups,
        .KG = s->out.c / groups,
    };
}

/* x[n,h,w,c], +0 outside. */
static real pixel(const real *x, const geometry *g, int n, int h, int w, int c)
{
    if (h < 0 || h >= g->H || w < 0 || w >= g->W)
        return 0;
    return x[(((size_t)n * g->H + h) * g->W + w) * g->C + c];
}

/* x[n, oh*sh+r*dh-ph, ow*sw+s*dw-pw, c], c counted in the group of output channel k */
static real tap(const real *x, const geometry *g, int n, int oh, int ow, int r, int s, int c, int k)
{
    return pixel(x, g, n, oh * g->sh + r * g->dh - g->ph, ow * g->sw + s * g->dw - g->pw,
                 k / g->KG * g->CG + c);
}

/* y[n,oh,ow,k] = bias[k] + sum over r, s, c of the tap * w[r,s,c,k]; without a bias, bias[k] = +0 */
static void direct(const geometry *g, const REF(site) * site)
{
    const real *w = site->w[0], *bias = site->w[1];
    real *y = site->y;
    for (int n = 0; n < g->N; n++)
        for (int oh = 0; oh < g->OH; oh++)
            for (int ow = 0; ow < g->OW; ow++)
                for (int k = 0; k < g->K; k++) {
                    real sum = bias ? bias[k] : 0;
                    for (int r = 0; r < g->R; r++)
                        for (int s = 0; s < g->S; s++)
                            for (int c = 0; c < g->CG; c++)
                                sum = real_fma(tap(site->x, g, n, oh, ow, r, s, c, k),
                                               w[((size_t)(r * g->S + s) * g->CG + c) * g->K + k], sum);
                    *y++ = sum;
                }
}

/* ---- Winograd's F(2x2,3x3): 16 products for a tile of 2x2 outputs, which sees 4x4 pixels ---- */

enum { PRODUCTS = 16, CENTRE = 5 };

/* Three weights of a row or column, `step` apart, to four; the middle two twice what G makes of them. */
static void filter_of(real *g, int step)
{
    const real sum = g[0] + g[2 * step];
    g[3 * step] = g[2 * step];
    g[2 * step] = sum - g[step];
    g[step] = sum + g[step];
}

/* Four pixels to four: B' of them. */
static void input_of(real *d, int step)
{
    const real second = d[step], third = d[2 * step];
    d[0] = d[0] - third;
    d[step] = second + third;
    d[2 * step] = third - second;
    d[3 * step] = second - d[3 * step];
}

/* Four products to two: A' of them. */
static void output_of(real *m, int step)
{
    const real second = m[step];
    m[0] = m[0] + second + m[2 * step];
    m[step] = second - m[2 * step] - m[3 * step];
}

/* u[product,c,k] = G w G' of w[r,s,c,k]: over the rows, then over the columns, then the halves. */
static void transform_filters(const geometry *g, const real *w, real *u)
{
    const size_t count = (size_t)g->C * g->K;
    for (size_t i = 0; i < count; i++) {
        real t[PRODUCTS];
        for (int r = 0; r < 3; r++)
            for (int s = 0; s < 3; s++)
                t[r * 4 + s] = w[(r * 3 + s) * count + i];
        for (int s = 0; s < 3; s++)
            filter_of(t + s, 4);
        for (int r = 0; r < 4; r++)
            filter_of(t + r * 4, 1);
        for (int p = 0; p < PRODUCTS; p++) {
            const int halves = (p / 4 == 1 || p / 4 == 2) + (p % 4 == 1 || p % 4 == 2);
            u[p * count + i] = t[p] / (real)(1 << halves);
        }
    }
}

/* v[product,c] = B' d B of the tile whose first output is (oh, ow). */
static void transform_tile(const geometry *g, const real *x, int n, int oh, int ow, real *v)
{
    for (int c = 0; c < g->C; c++) {
        real t[PRODUCTS];
        for (int p = 0; p < PRODUCTS; p++)
            t[p] = pixel(x, g, n, oh + p / 4 - g->ph, ow + p % 4 - g->pw, c);
        for (int j = 0; j < 4; j++)
            input_of(t + j, 4);
        for (int i = 0; i < 4; i++)
            input_of(t + i * 4, 1);
        for (int p = 0; p < PRODUCTS; p++)
            v[p * g->C + c] = t[p];
    }
}

/* Channel k of the tile: a chain over c for each product, then A' m A. */
static void multiply_tile(const geometry *g, const real *u, const real *v, real bias, int k, real out[2][2])
{
    real m[PRODUCTS];
    for (int p = 0; p < PRODUCTS; p++) {
        m[p] = p == CENTRE ? bias : 0;
        for (int c = 0; c < g->C; c++)
            m[p] = real_fma(v[p * g->C + c], u[((size_t)p * g->C + c) * g->K + k], m[p]);
    }
    for (int j = 0; j < 4; j++)
        output_of(m + j, 4);
    for (int i = 0; i < 2; i++)
        output_of(m + i * 4, 1);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            out[i][j] = m[i * 4 + j];
}

static void winograd(const geometry *g, const REF(site) * site)
{
    real *u = malloc((size_t)PRODUCTS * g->C * g->K * sizeof *u), out[2][2];
    real *v = malloc((size_t)PRODUCTS * g->C * sizeof *v);
    if (!u || !v)
        abort();
    transform_filters(g, site->w[0], u);
    for (int n = 0; n < g->N; n++)
        for (int oh = 0; oh < g->OH; oh += 2)
            for (int ow = 0; ow < g->OW; ow += 2) {
                transform_tile(g, site->x, n, oh, ow, v);
                for (int k = 0; k < g->K; k++) {
                    multiply_tile(g, u, v, site->w[1] ? site->w[1][k] : 0, k, out);
                    for (int i = 0; i < 2 && oh + i < g->OH; i++)
                        for (int j = 0; j < 2 && ow + j < g->OW; j++)
                            site->y[(((size_t)n * g->OH + oh + i) * g->OW + ow + j) * g->K + k] = out[i][j];
                }
            }
    free(u);
    free(v);
}

void REF(conv2d_forward)(const REF(site) * site)
{
    const geometry g = geometry_of(site);
    const vib_conv2d_opts *o = site->opts;
    (o->algorithm == VIB_ALGORITHM_WINOGRAD ? winograd : direct)(&g, site);
    REF(activate)(o->activation, site->y, (size_t)g.N * g.OH * g.OW, g.K);
}

/* Which tap of a window lies `distance` pixels behind its first; -1: none. */
static int tap_at(int distance, int dilation, int taps)
{
    return distance >= 0 && distance % dilation == 0 && distance / dilation < taps ? distance / dilation : -1;
}

/* dx[n,h,w,c] = sum over the outputs (oh, ow) that saw the pixel, row-major, and k of its group of dy * w;
 * stored as +0 when it is a zero of either sign, so that leaving out terms with dy = 0 changes nothing. */
static void input_gradient(const geometry *g, real *dx, const real *dy, const real *w)
{
    for (int n = 0; n < g->N; n++)
        for (int h = 0; h < g->H; h++)
            for (int x = 0; x < g->W; x++)
                for (int c = 0; c < g->C; c++) {
                    real sum = 0;
                    for (int oh = 0; oh < g->OH; oh++) {
                        const int r = tap_at(h + g->ph - oh * g->sh, g->dh, g->R);
                        if (r < 0)
                            continue;
                        for (int ow = 0; ow < g->OW; ow++) {
                            const int s = tap_at(x + g->pw - ow * g->sw, g->dw, g->S);
                            if (s < 0)
                                continue;
                            const real *d = dy + (((size_t)n * g->OH + oh) * g->OW + ow) * g->K;
                            const real *f = w + ((size_t)(r * g->S + s) * g->CG + c % g->CG) * g->K;
                            for (int k = c / g->CG * g->KG; k < (c / g->CG + 1) * g->KG; k++)
                                sum = real_fma(d[k], f[k], sum);
                        }
                    }
                    *dx++ = sum + 0;
                }
}

/* One leaf: rows [from, to) of picture n, a chain from +0. With c < 0: of the bias. */
static real leaf(const geometry *g, const real *x, const real *dy, int n, int from, int to, int r, int s,
                 int c, int k)
{
    real sum = 0;
    for (int oh = from; oh < to; oh++)
        for (int ow = 0; ow < g->OW; ow++) {
            const real d = dy[(((size_t)n * g->OH + oh) * g->OW + ow) * g->K + k];
            sum = c < 0 ? sum + d : real_fma(tap(x, g, n, oh, ow, r, s, c, k), d, sum);
        }
    return sum;
}

/* The leaves of the pictures of each group of 8 in (picture, row) order, then the tree. */
static void sum_batch(const geometry *g, const real *x, const real *dy, int r, int s, int c, int k, real *out,
                      real *groups)
{
    const int rows = 256 / g->OW > 1 ? 256 / g->OW : 1;
    int n_groups = 0;
    for (int first = 0; first < g->N; first += REF_GROUP) {
        real sum = 0;
        for (int n = first; n < first + REF_GROUP && n < g->N; n++)
            for (int from = 0; from < g->OH; from += rows) {
                const int to = from + rows < g->OH ? from + rows : g->OH;
                sum += leaf(g, x, dy, n, from, to, r, s, c, k);
            }
        groups[n_groups++] = sum;
    }
    REF(tree)(out, groups, n_groups, 1);
}

void REF(conv2d_backward)(const REF(site) * site)
{
    const geometry g = geometry_of(site);
    const size_t n_out = (size_t)g.N * g.OH * g.OW;
    real *dy = malloc(n_out * g.K * sizeof *dy + 1);
    real *groups = malloc((size_t)(g.N + REF_GROUP) * sizeof *groups);
    if (!dy || !groups)
        abort();
    for (size_t i = 0; i < n_out * g.K; i++)
        dy[i] = site->dy[i];
    REF(activate_backward)(((const vib_conv2d_opts *)site->opts)->activation, dy, site->y, n_out, g.K);

    if (site->dx)
        input_gradient(&g, site->dx, dy, site->w[0]);
    real *dw = site->dw[0], *db = site->dw[1];
    for (int r = 0; r < g.R; r++)
        for (int s = 0; s < g.S; s++)
            for (int c = 0; c < g.CG; c++)
                for (int k = 0; k < g.K; k++)
                    sum_batch(&g, site->x, dy, r, s, c, k, dw++, groups);
    for (int k = 0; db && k < g.K; k++)
        sum_batch(&g, site->x, dy, 0, 0, -1, k, db++, groups);
    free(groups);
    free(dy);
}

/* A convolution in groups of one channel; its weights (R,S,C,M) are laid out as (R,S,1,C*M). */
void REF(depthwise_conv2d_forward)(const REF(site) * site)
{
    REF(conv2d_forward)(site);
}

void REF(depthwise_conv2d_backward)(const REF(site) * site)
{
    REF(conv2d_backward)(site);
}
