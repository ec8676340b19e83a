/* Animations, with giflib: frames of RGB, of which only what changed is kept. */
#ifndef VIB_PICTURE_SHOW_GIF_H
#define VIB_PICTURE_SHOW_GIF_H

#include "base/common.h"

typedef struct vib_gif vib_gif;

/* The colours are chosen for `sample`, width × height RGB pixels: it should hold all that will be shown. */
int vib_gif_create(int width, int height, const unsigned char *sample, vib_gif **out);
/* One more frame, shown for so many hundredths of a second. */
int vib_gif_add(vib_gif *gif, const unsigned char *rgb, int hundredths);
/* Writes the file, whole or not at all. It is played again and again. */
int vib_gif_write(vib_gif *gif, const char *path);
void vib_gif_free(vib_gif **gif);

/* Whether a path ends in .gif and giflib is there: 0, or VIB_USAGE or VIB_FAILED (logged). */
int vib_gif_check_path(const char *path);

/* One place of a GIF's table stands for "as before". */
enum { VIB_COLOURS = 255 };

/* The colours, 3 bytes each, nearest to those of n RGB pixels: boxes of the colour cube are cut in two until
 * there are enough (Heckbert 1982). Colours are told apart by their upper 5 bits. 0 or VIB_FAILED (logged).
 */
int vib_choose_colours(const unsigned char *rgb, size_t n, unsigned char palette[VIB_COLOURS][3]);

#endif
