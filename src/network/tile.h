/* Tiles: how a pass of a layer is cut into work-items, as numbers its speed depends on and no bit of its
 * result. This is the one place where they are asked for. */
#ifndef VIB_NETWORK_TILE_H
#define VIB_NETWORK_TILE_H

#include "base/str.h"

/* 0: the pass has no such number. */
typedef struct vib_tile {
    int v;     /* floats of a vector */
    int kb;    /* vectors of channels at a time */
    int p;     /* pixels, or pictures, in registers */
    int jb;    /* columns of a filter in registers */
    int rb;    /* rows of it */
    int tiles; /* tiles of pixels with one row of a filter before the next */
    int span;  /* channels, or rows, of a work-item; or work-items that share a window */
    int wm;    /* rows of a product's tile in a work-item's registers */
    int wn;    /* columns of it */
    int lx;    /* work-items side by side in a group of 64 */
} vib_tile;

struct vib_layer;

/* Whether a kernel of a layer can be built and launched with a tile: all numbers are positive. */
typedef int vib_tile_fits(const struct vib_layer *layer, int kernel, const vib_tile *tile);

/* Sees each choice of a network, and may change it, in the place of what the device's table says. */
typedef struct vib_tile_chooser {
    void (*choose)(void *user, const struct vib_layer *layer, int kernel, const char *pass, vib_tile *tile,
                   vib_tile_fits *fits);
    void *user;
} vib_tile_chooser;

/* layer->tiles[kernel] = what is known to be fastest for this device, pass, layer, shape and batch, else the
 * usual. Called by prepare. */
int vib_choose_tile(struct vib_layer *layer, int kernel, const char *pass, vib_tile usual,
                    vib_tile_fits *fits);

/* "cpu fwd 64x64x3: conv2d 32 3x3 same relu; maxpool2d 2x2; batch 32" */
void vib_tile_key(const struct vib_layer *layer, const char *pass, vib_str *out);

/* "v=16 kb=2 p=8" */
void vib_tile_print(const vib_tile *tile, vib_str *out);

/* The k-th number of a tile, NULL past the last, and its name. */
int *vib_tile_number(vib_tile *tile, size_t k, const char **name);

/* Numbers that differ, and by how many steps of vib_tile_steps. */
int vib_tile_distance(const vib_tile *a, const vib_tile *b);

/* Values worth trying, ended by 0. */
extern const int vib_tile_steps[];

#endif
