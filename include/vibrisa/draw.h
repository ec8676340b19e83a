#ifndef VIBRISA_DRAW_H
#define VIBRISA_DRAW_H

#include <stddef.h>
#include <stdint.h>
#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to draw; zero means default. Needs to live only for the call. */
typedef struct vib_draw_params {
    size_t count;      ///< pictures of each class for training, default 1000, at most 1,000,000
    size_t validation; ///< pictures of each class for validation, default a fifth of count, at least 1
    uint64_t seed;     ///< of everything in the pictures
    int workers;       ///< threads, 1 to 256, default: cores
    int (*interrupted)(void *user); ///< polled between pictures, on the caller's thread: non-zero stops
    void (*progress)(void *user, size_t done, size_t total); ///< on the caller's thread, now and then
    void *user;
} vib_draw_params;

/** What was written. */
typedef struct vib_draw_result {
    size_t train, validation; ///< pictures, of both classes together
    uint64_t bytes;           ///< of all files
} vib_draw_result;

/**
 * Draws a data set: faces of cats and dogs, 200 to 500 pixels a side, as JPEGs
 *
 *   folder/train/cats/cat-00001.jpg …        folder/validation/cats/cat-00001.jpg …
 *   folder/train/dogs/dog-00001.jpg …        folder/validation/dogs/dog-00001.jpg …
 *
 * Only shape tells the classes apart (ears, head, eyes, muzzle, whiskers): colour, coat, background, light,
 * size and place are drawn from the same distributions for both. No picture depends on another, so more
 * pictures or more threads change none of those there were. The same seed gives the same bytes with the same
 * versions of cairo and libjpeg.
 *
 * @param folder where; made when missing; must have neither train/ nor validation/ yet
 * @param params borrowed; NULL: defaults
 * @param out    what was written, also after a failure; may be NULL
 * @return VIB_OK · VIB_USAGE  a count or a number of workers out of range · VIB_BAD_DATA  folder holds a data
 *         set already · VIB_FAILED  disk full, out of memory, or built without cairo (each is logged) ·
 *         VIB_INTERRUPTED  the pictures drawn so far stay
 *
 * Thread-safety: safe, for different folders.   Cost: 3 to 10 ms a picture and thread.
 */
VIB_API int vib_draw(const char *folder, const vib_draw_params *params, vib_draw_result *out);

#ifdef __cplusplus
}
#endif

#endif
