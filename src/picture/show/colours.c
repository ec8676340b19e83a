#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "picture/show/gif.h"

enum { BITS = 5, SIDE = 1 << BITS, CUBE = SIDE * SIDE * SIDE };

/* The pixels of one cell of the cube: how many, and their colours added up. */
typedef struct cell {
    uint64_t count, sum[3];
} cell;

/* A part of the list of cells that have pixels. */
typedef struct box {
    size_t first, n;
    int axis, extent; /* the longest side, in cells */
    uint64_t count;
} box;

static int along(uint16_t cube, int axis)
{
    return cube >> (BITS * axis) & (SIDE - 1);
}

static box measure(const cell *cells, const uint16_t *list, size_t first, size_t n)
{
    box b = {.first = first, .n = n};
    for (int axis = 0; axis < 3; axis++) {
        int low = SIDE, high = 0;
        for (size_t i = first; i < first + n; i++) {
            low = VIB_MIN(low, along(list[i], axis));
            high = VIB_MAX(high, along(list[i], axis));
        }
        if (high - low > b.extent) {
            b.axis = axis;
            b.extent = high - low;
        }
    }
    for (size_t i = first; i < first + n; i++)
        b.count += cells[list[i]].count;
    return b;
}

/* Orders a box's cells along its axis, by counting, and cuts it where half of its pixels are on each side. */
static void cut(const cell *cells, uint16_t *list, uint16_t *spare, box *b, box *other)
{
    size_t k = 0, left = 0;
    uint64_t seen = 0;
    for (int at = 0; at < SIDE; at++)
        for (size_t i = b->first; i < b->first + b->n; i++)
            if (along(list[i], b->axis) == at)
                spare[k++] = list[i];
    memcpy(list + b->first, spare, k * sizeof *list);
    while (left < b->n - 1 && (seen += cells[list[b->first + left]].count) * 2 < b->count)
        left++;
    /* All cells at one place along the axis stay together. */
    left = VIB_MIN(left + 1, b->n - 1);
    *other = measure(cells, list, b->first + left, b->n - left);
    *b = measure(cells, list, b->first, left);
}

static void average(const cell *cells, const uint16_t *list, const box *b, unsigned char colour[3])
{
    for (int c = 0; c < 3; c++) {
        uint64_t sum = 0;
        for (size_t i = b->first; i < b->first + b->n; i++)
            sum += cells[list[i]].sum[c];
        colour[c] = (unsigned char)((sum + b->count / 2) / b->count);
    }
}

/* The box where a cut helps most: much to be seen, of many colours. */
static box *worst(box *boxes, size_t n)
{
    box *best = NULL;
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        const double weight = (double)boxes[i].extent * (double)boxes[i].extent * (double)boxes[i].count;
        if (boxes[i].n > 1 && weight > most) {
            most = weight;
            best = &boxes[i];
        }
    }
    return best;
}

static size_t count(const unsigned char *rgb, size_t n, cell *cells, uint16_t *list)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++, rgb += 3) {
        const uint16_t at = (uint16_t)(rgb[0] >> 3 | rgb[1] >> 3 << BITS | rgb[2] >> 3 << 2 * BITS);
        cell *c = &cells[at];
        if (!c->count++)
            list[used++] = at;
        for (int k = 0; k < 3; k++)
            c->sum[k] += rgb[k];
    }
    return used;
}

int vib_choose_colours(const unsigned char *rgb, size_t n, unsigned char palette[VIB_COLOURS][3])
{
    int err = 0;
    box boxes[VIB_COLOURS], *b;
    size_t n_boxes = 1;
    cell *cells = vib_calloc(CUBE, sizeof *cells);
    uint16_t *list = vib_calloc(CUBE, sizeof *list), *spare = vib_calloc(CUBE, sizeof *spare);
    VIB_CHECK_MEM(cells && list && spare);
    memset(palette, 0, VIB_COLOURS * sizeof *palette);
    const size_t used = count(rgb, n, cells, list);
    boxes[0] = measure(cells, list, 0, used);
    while (n_boxes < VIB_COLOURS && (b = worst(boxes, n_boxes)))
        cut(cells, list, spare, b, &boxes[n_boxes++]);
    for (size_t i = 0; i < n_boxes && used; i++)
        average(cells, list, &boxes[i], palette[i]);
fail:
    free(cells);
    free(list);
    free(spare);
    return err;
}
