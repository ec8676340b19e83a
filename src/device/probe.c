#include "device/probe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"

enum { ITEMS = 1024, OPERATIONS = 7 };

static const char *const operations[OPERATIONS] = {
    "fma", "multiplication", "addition", "division", "square root", "comparison", "conversion",
};

/* Values at the edges; every pair of them is tried. */
static const uint32_t edges[] = {
    0x00000000, 0x80000000, 0x00000001, 0x80000001, /* zeros and the smallest denormals */
    0x007fffff, 0x807fffff, 0x00800000, 0x00800001, /* around the smallest normal number */
    0x3f800000, 0x3f7fffff, 0x3f800001, 0xbf800001, /* around one */
    0x4b000001, 0x4effffff, 0x7f7fffff, 0x7f800000, /* 2^23 + 1, near 2^31, the largest, infinity */
    0x3eaaaaab, 0x3dcccccd, 0x33800000, 0x34000001, /* a third, a tenth, half an ulp and an ulp of one */
    0x2f1aa6d2, 0x5e9f3b11, 0x1f000001, 0x60fffffe, /* products that underflow or nearly overflow */
};

static float from_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static uint32_t to_bits(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

/* Edges first, then random bits: half of them anywhere, half with exponents where results stay in range. */
static void make_input(uint32_t i, uint32_t in[3])
{
    enum { N = VIB_COUNT(edges) };
    if (i < N * N) {
        in[0] = edges[i / N];
        in[1] = edges[i % N];
        in[2] = edges[(i * 7 + i / N) % N];
        return;
    }
    for (uint32_t j = 0; j < 3; j++) {
        const uint32_t bits = vib_random_u32(1, 0, i, j);
        in[j] = i & 1 ? bits : (bits & 0x83ffffffu) | 0x3c000000u;
    }
}

/* What kernels/probe.cl computes, in C. The file says how; both must stay alike. */
static void expect(const uint32_t in[3], uint32_t out[OPERATIONS])
{
    const float a = from_bits(in[0]), b = from_bits(in[1]), c = from_bits(in[2]);
    const float product = a * b, sum = a + c;
    out[0] = to_bits(fmaf(a, b, c));
    out[1] = to_bits(product);
    out[2] = to_bits(sum);
    out[3] = to_bits(a / b);
    out[4] = to_bits(sqrtf(from_bits(in[0] & 0x7fffffffu)));
    out[5] = to_bits(a <= 0.0f ? 0.0f : a);
    out[6] = to_bits((float)(in[0] >> 8) * 0x1p-24f);
}

static int is_nan(uint32_t bits)
{
    return (bits & 0x7fffffffu) > 0x7f800000u;
}

/* Any NaN is as good as another: their bits are nobody's promise. */
static int same(uint32_t a, uint32_t b)
{
    return a == b || (is_nan(a) && is_nan(b));
}

static int run(vib_device *dev, const uint32_t *in, uint32_t *out)
{
    int err = 0;
    vib_program *program = NULL;
    vib_kernel *kernel;
    vib_buffer *x = NULL, *y = NULL;
    static const size_t local[3] = {1, 1, 1};
    VIB_TRY(vib_program_create(dev, &program));
    VIB_TRY(vib_program_add(program, "probe.cl", "probe", NULL, 0, local, &kernel));
    VIB_TRY(vib_program_build(program));
    VIB_TRY(vib_buffer_create(dev, ITEMS * 3 * sizeof *in, "probe", &x));
    VIB_TRY(vib_buffer_create(dev, ITEMS * OPERATIONS * sizeof *out, "probe", &y));
    VIB_TRY(vib_buffer_write(x, 0, in, ITEMS * 3 * sizeof *in, NULL));
    VIB_TRY(VIB_LAUNCH(kernel, VIB_GROUPS(ITEMS, 1, 1), vib_arg_buffer(y), vib_arg_buffer(x)));
    VIB_TRY(vib_buffer_read(y, 0, out, ITEMS * OPERATIONS * sizeof *out, NULL));
fail:
    vib_buffer_destroy(&x);
    vib_buffer_destroy(&y);
    vib_program_destroy(&program);
    return err;
}

static void compare(const uint32_t *in, const uint32_t *out, int *exact, vib_str *why)
{
    size_t wrong[OPERATIONS] = {0}, first[OPERATIONS] = {0};
    for (size_t i = 0; i < ITEMS; i++) {
        uint32_t expected[OPERATIONS];
        expect(in + 3 * i, expected);
        for (size_t op = 0; op < OPERATIONS; op++)
            if (!same(out[OPERATIONS * i + op], expected[op]) && wrong[op]++ == 0)
                first[op] = i;
    }
    *exact = 1;
    for (size_t op = 0; op < OPERATIONS; op++) {
        if (!wrong[op])
            continue;
        const uint32_t *x = in + 3 * first[op];
        uint32_t expected[OPERATIONS];
        expect(x, expected);
        vib_str_printf(why, "%s%s: %zu of %d results differ, first for %08x %08x %08x: %08x, not %08x",
                       *exact ? "" : "; ", operations[op], wrong[op], ITEMS, (unsigned)x[0], (unsigned)x[1],
                       (unsigned)x[2], (unsigned)out[OPERATIONS * first[op] + op], (unsigned)expected[op]);
        *exact = 0;
    }
}

int vib_device_probe(vib_device *dev, int *exact, vib_str *why)
{
    int err = 0;
    uint32_t *in = vib_calloc((size_t)ITEMS * 3, sizeof *in);
    uint32_t *out = vib_calloc((size_t)ITEMS * OPERATIONS, sizeof *out);
    VIB_CHECK_MEM(in);
    VIB_CHECK_MEM(out);
    for (uint32_t i = 0; i < ITEMS; i++)
        make_input(i, in + 3 * (size_t)i);
    VIB_TRY(run(dev, in, out));
    compare(in, out, exact, why);
fail:
    free(in);
    free(out);
    return err;
}
