/* Uploaded bytes -> floats of the first tensor. One work-item: one pixel (id 0) of row (id 1) of a picture (id 2),
 * unless said otherwise.
 *
 *   SCALE         times `scale`, nothing else. One work-item: V values of a row (id 0: of any row of picture id 1)
 *   AFFINE        one bilinear resampling for all that moves pixels (K18-K23). With TONES the values stay 0 to 255 for
 *                 the passes behind, else they are scaled and a rectangle is erased
 *   RANGE         the least and the largest value of a row. One work-item: a row (id 0) of a picture (id 1), as GREY
 *   FOLD_RANGE    of a picture. One work-item: one picture, as FOLD_GREY
 *   GREY          the sum of the greys of a row, as channel shift and brightness leave them
 *   FOLD_GREY     the mean of a picture
 *   TONE          channel shift, brightness, contrast, saturation, hue; scaled; a rectangle is erased
 *
 * how[n]: vib_augment_row of src/network/augment.h. The source of p is p + (M - 1)(p - centre) + offset: the whole
 * pixels of what is added to p stay integers, so the fraction keeps its precision.
 * stat, for each picture: least, largest, mean, unused, then two a row. */
#define SCALE 1
#define AFFINE 2
#define RANGE 3
#define FOLD_RANGE 4
#define GREY 5
#define FOLD_GREY 6
#define TONE 7

#ifndef PASS
#define PASS TONE
#define NAME augment
#endif
/* FILL */
#define NEAREST 0
#define CONSTANT 1
#define REFLECT 2
#define WRAP 3
/* What the recipe uses, 0 or 1; BRIGHTNESS 2: behind a stretch to 0..255 (R20). */
#ifndef C
#define C 3
#define FILL REFLECT
#define VFLIP 1
#define CROP 1
#define CROP_SCALE 1
#define TONES 1
#define CHANNEL_SHIFT 1
#define BRIGHTNESS 2
#define CONTRAST 1
#define SATURATION 1
#define HUE 1
#define ERASE 1
#endif
#ifndef V
#define V 16 /* of SCALE; 4, 8 or 16 */
#endif

/* Places in a row of `how`. */
#define HOW 32
#define CENTRE 4
#define OFFSET 6
#define HFLIPPED 8
#define VFLIPPED 9
#define CROPPED 10
#define INTO 12
#define INTO_OFFSET 14
#define LOW 16
#define HIGH 18
#define SHIFTED 20
#define BRIGHT 21
#define CONTRASTED 22
#define SATURATED 23
#define TURNED 24
#define ERASED 25

/* Channels are taken STEP at a time. Of three channels four bytes are read: the host leaves room behind the last. */
#if C == 3
#define STEP 3
#define PIXEL float4
#define GET(p) convert_float4(vload4(0, p))
#define GET_FLOATS(p) ((float4) (vload3(0, p), 0.0f))
#define PUT(v, p) vstore3((v).xyz, 0, p)
#define GREY_OF(v) fma(0.114f, (v).z, fma(0.587f, (v).y, 0.299f * (v).x))
#else
#define STEP 1
#define PIXEL float
#define GET(p) ((float) *(p))
#define GET_FLOATS(p) (*(p))
#define PUT(v, p) (*(p) = (v))
#define GREY_OF(v) (v)
#endif

#define CLAMP(v, low, high) ((v) < (low) ? (low) : (v) > (high) ? (high) : (v))
#define CLAMP_PIXEL(v, low, high) CLAMP(v, (PIXEL) (low), (PIXEL) (high))

#define STATS (4 + 2 * H)

#if ERASE
/* A float's zero is a value too, scaled like others. */
#define FINISH(v) \
    ((float) i >= m[ERASED] && (float) i < m[ERASED + 2] && (float) j >= m[ERASED + 1] && (float) j < m[ERASED + 3] \
         ? (PIXEL) (erased * scale) \
         : (v) * scale)
#else
#define FINISH(v) ((v) * scale)
#endif

#if PASS == AFFINE

/* Brings *r of r + a, 0 <= a < 1, into a side of n, by FILL; returns the neighbour that a leads to. */
#define PLACE CAT(NAME, _place)
#if FILL == REFLECT
#define MIRROR CAT(NAME, _mirror)
int MIRROR(int r, int n)
{
    r %= 2 * n;
    r = r < 0 ? r + 2 * n : r;
    return r < n ? r : 2 * n - 1 - r;
}
#endif

int PLACE(int n, int *r, float *a, int *outside)
{
#if FILL == REFLECT
    const int next = MIRROR(*r + 1, n);
    *r = MIRROR(*r, n);
    return next;
#elif FILL == WRAP
    if (*r < 0 || *r > n - 1 || (*r == n - 1 && *a > 0.0f)) {
        const int period = n > 1 ? n - 1 : 1;
        *r %= period;
        *r = *r < 0 ? *r + period : *r;
    }
    return *r < n - 1 ? *r + 1 : *r;
#else
    if (*r < 0 || *r >= n - 1) {
#if FILL == CONSTANT
        *outside |= *r < 0 || *r > n - 1 || *a > 0.0f;
#endif
        *r = *r < 0 ? 0 : n - 1;
        *a = 0.0f;
    }
    return *r < n - 1 ? *r + 1 : *r;
#endif
}

#elif PASS == GREY || PASS == TONE

/* Channel shift and brightness of Keras, which works on whole numbers there. */
#define TONE_OF CAT(NAME, _tone)
PIXEL TONE_OF(PIXEL v, const __global float *m, float low, float high)
{
#if CHANNEL_SHIFT
    v = CLAMP_PIXEL(v + m[SHIFTED], low, high);
#endif
#if BRIGHTNESS == 2
#if CHANNEL_SHIFT
    const float from = CLAMP(low + m[SHIFTED], low, high), to = CLAMP(high + m[SHIFTED], low, high);
#else
    const float from = low, to = high;
#endif
    v = v - from;
    v = to > from ? v / (to - from) : v;
    v = v * 255.0f;
#endif
#if BRIGHTNESS
    v = floor(CLAMP_PIXEL(floor(v) * m[BRIGHT], 0.0f, 255.0f));
#endif
    return v;
}

#if PASS == TONE && HUE && C == 3
/* The circle is cut into six; a channel falls from `most` by `depth` on the far side of its own colour. */
#define TURN CAT(NAME, _turn)
float TURN(float most, float depth, float at)
{
    const float k = at >= 6.0f ? at - 6.0f : at;
    const float t = k < 4.0f - k ? k : 4.0f - k;
    return fma(-depth, CLAMP(t, 0.0f, 1.0f), most);
}

#define HUE_OF CAT(NAME, _hue)
float4 HUE_OF(float4 v, float turn)
{
    const float gb = v.y > v.z ? v.y : v.z, least_gb = v.y > v.z ? v.z : v.y;
    const float most = v.x > gb ? v.x : gb, depth = most - (v.x < least_gb ? v.x : least_gb);
    float at = 0.0f;
    if (depth > 0.0f)
        at = v.x == most ? (v.y - v.z) / depth : v.y == most ? (v.z - v.x) / depth + 2.0f : (v.x - v.y) / depth + 4.0f;
    at = fma(6.0f, turn, at);
    at = at < 0.0f ? at + 6.0f : at;
    at = at >= 6.0f ? at - 6.0f : at;
    return (float4) (TURN(most, depth, at + 5.0f), TURN(most, depth, at + 3.0f), TURN(most, depth, at + 1.0f), 0.0f);
}
#endif

#endif

KERNEL64 void NAME(TENSOR(__global float, y), const __global uchar *restrict x, const ulong x_base,
                   const __global float *restrict how, const ulong how_base, __global float *restrict stat,
                   const int N, const int H, const int W, const float scale, const float cval, const float erased)
{
#if PASS == FOLD_RANGE || PASS == FOLD_GREY
    const int n = (int) get_global_id(0);
    if (n < N) {
        __global float *const s = stat + (ulong) n * STATS;
#if PASS == FOLD_RANGE
        float low = s[4], high = s[5];
        for (int i = 1; i < H; i++) {
            low = s[4 + 2 * i] < low ? s[4 + 2 * i] : low;
            high = s[5 + 2 * i] > high ? s[5 + 2 * i] : high;
        }
        s[0] = low;
        s[1] = high;
#else
        float sum = 0.0f;
        for (int i = 0; i < H; i++)
            sum = sum + s[4 + 2 * i];
        s[2] = sum / (float) (H * W);
#endif
    }
#elif PASS == RANGE || PASS == GREY
    const int i = (int) get_global_id(0), n = (int) get_global_id(1);
    if (i < H) {
        __global float *const s = stat + (ulong) n * STATS;
        const __global float *const row = ROW(y, n, i);
#if PASS == RANGE
        float low = row[0], high = row[0];
        for (int k = 1; k < W * C; k++) {
            low = row[k] < low ? row[k] : low;
            high = row[k] > high ? row[k] : high;
        }
        s[4 + 2 * i] = low;
        s[5 + 2 * i] = high;
#else
        const __global float *const m = how + how_base + n * HOW;
        const float low = s[0], high = s[1];
        float sum = 0.0f;
        for (int k = 0; k < W * C; k += STEP)
            sum = sum + GREY_OF(TONE_OF(GET_FLOATS(row + k), m, low, high));
        s[4 + 2 * i] = sum;
#endif
    }
#elif PASS == SCALE
    const int runs = (W * C + V - 1) / V, id = (int) get_global_id(0), n = (int) get_global_id(1);
    if (id < H * runs) {
        const int i = id / runs, first = id % runs * V;
        const __global uchar *const from = x + x_base + ((ulong) n * H + i) * W * C + first;
        __global float *const out = ROW(y, n, i) + first;
        if (first + V <= W * C)
            CAT(vstore, V)(CAT(convert_float, V)(CAT(vload, V)(0, from)) * scale, 0, out);
        else
            for (int k = 0; k < W * C - first; k++)
                out[k] = (float) from[k] * scale;
    }
#else
    const int j = (int) get_global_id(0), i = (int) get_global_id(1), n = (int) get_global_id(2);
    if (j < W) {
        __global float *const out = ROW(y, n, i) + j * C;
#if PASS == AFFINE
        const __global uchar *const picture = x + x_base + (ulong) n * H * W * C;
        const __global float *const m = how + how_base + n * HOW;
        int to = i, from = m[HFLIPPED] != 0.0f ? W - 1 - j : j, outside = 0;
#if VFLIP
        to = m[VFLIPPED] != 0.0f ? H - 1 - i : i;
#endif
#if CROP
        to += (int) m[CROPPED];
        from += (int) m[CROPPED + 1];
        outside = to < 0 || to >= H || from < 0 || from >= W;
#endif
        float ci = (float) to - m[CENTRE], cj = (float) from - m[CENTRE + 1];
#if CROP_SCALE
        const float pi = (float) to, pj = (float) from;
        const float in = fma(m[INTO], pi, m[INTO_OFFSET]), jn = fma(m[INTO + 1], pj, m[INTO_OFFSET + 1]);
        const float ti = CLAMP(in, m[LOW] - pi, m[HIGH] - pi), tj = CLAMP(jn, m[LOW + 1] - pj, m[HIGH + 1] - pj);
        ci = ci + ti;
        cj = cj + tj;
#endif
        float di = fma(m[0], ci, fma(m[1], cj, m[OFFSET])), dj = fma(m[2], ci, fma(m[3], cj, m[OFFSET + 1]));
#if CROP_SCALE
        di = di + ti;
        dj = dj + tj;
#endif
        /* Rounded down; floor() has branches where a compiler has no instruction for it. */
        int fi = (int) di, fj = (int) dj;
        fi -= (float) fi > di ? 1 : 0;
        fj -= (float) fj > dj ? 1 : 0;
        float a = di - (float) fi, b = dj - (float) fj;
        int r = to + fi, q = from + fj;
        const int below = PLACE(H, &r, &a, &outside), beside = PLACE(W, &q, &b, &outside);
        const int down = (below - r) * W * C, right = (beside - q) * C;
        const __global uchar *const p = picture + (r * W + q) * C;
        for (int c = 0; c < C; c += STEP) {
            const PIXEL p00 = GET(p + c), p01 = GET(p + c + right);
            const PIXEL p10 = GET(p + c + down), p11 = GET(p + c + down + right);
            const PIXEL top = fma((PIXEL) (b), p01 - p00, p00), low = fma((PIXEL) (b), p11 - p10, p10);
            PIXEL v = fma((PIXEL) (a), low - top, top);
#if CROP || FILL == CONSTANT
            v = outside ? (PIXEL) (cval) : v;
#endif
#if TONES
            PUT(v, out + c);
#else
            PUT(FINISH(v), out + c);
#endif
        }
#else
        const __global float *const m = how + how_base + n * HOW, *const s = stat + (ulong) n * STATS;
        for (int c = 0; c < C; c += STEP) {
            PIXEL v = TONE_OF(GET_FLOATS(out + c), m, s[0], s[1]);
#if CONTRAST
            v = CLAMP_PIXEL(fma((PIXEL) (m[CONTRASTED]), v - s[2], (PIXEL) (s[2])), 0.0f, 255.0f);
#endif
#if SATURATION
            const PIXEL grey = (PIXEL) (GREY_OF(v));
            v = CLAMP_PIXEL(fma((PIXEL) (m[SATURATED]), v - grey, grey), 0.0f, 255.0f);
#endif
#if HUE && C == 3
            v = HUE_OF(v, m[TURNED]);
#endif
            PUT(FINISH(v), out + c);
        }
#endif
    }
#endif
}
