#include "picture/show/gif.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#if VIB_WITH_GIF
#include <gif_lib.h>

enum { AS_BEFORE = VIB_COLOURS, TABLE = 256, CUBE = 1 << 15 };

struct vib_gif {
    GifFileType *file;
    vib_str data;
    int width, height, frames;
    unsigned char palette[VIB_COLOURS][3];
    unsigned char nearest[CUBE]; /* colour of each cell of the cube */
    unsigned char *shown, *next; /* colours of the frame before, and of this one */
    unsigned char *line;         /* what is written of it */
};

static int failed(const char *what, int code)
{
    const char *why = GifErrorString(code);
    return vib_fail(VIB_FAILED, "cannot make a GIF: %s: %s", what, why ? why : "unknown reason");
}

static int add_bytes(GifFileType *file, const GifByteType *data, int n)
{
    vib_str *out = file->UserData;
    vib_str_add_n(out, (const char *)data, (size_t)n);
    return out->failed ? 0 : n;
}

static unsigned char nearest_to(const vib_gif *g, const int rgb[3])
{
    int best = 0, least = 1 << 30;
    for (int i = 0; i < VIB_COLOURS; i++) {
        int far = 0;
        for (int c = 0; c < 3; c++)
            far += (rgb[c] - g->palette[i][c]) * (rgb[c] - g->palette[i][c]);
        if (far < least) {
            least = far;
            best = i;
        }
    }
    return (unsigned char)best;
}

static void fill_nearest(vib_gif *g)
{
    for (int i = 0; i < CUBE; i++) {
        int rgb[3];
        for (int c = 0; c < 3; c++) {
            const int high = i >> (5 * c) & 31;
            rgb[c] = high << 3 | high >> 2; /* 0 and 255 are reached */
        }
        g->nearest[i] = nearest_to(g, rgb);
    }
}

/* Played for ever: an extension that everybody reads. */
static int put_loop(GifFileType *file)
{
    static const char again[] = {1, 0, 0};
    return EGifPutExtensionLeader(file, APPLICATION_EXT_FUNC_CODE) == GIF_OK &&
           EGifPutExtensionBlock(file, 11, "NETSCAPE2.0") == GIF_OK &&
           EGifPutExtensionBlock(file, (int)sizeof again, again) == GIF_OK &&
           EGifPutExtensionTrailer(file) == GIF_OK;
}

static int begin(vib_gif *g)
{
    int err = 0, code = 0;
    ColorMapObject *map = GifMakeMapObject(TABLE, NULL);
    VIB_CHECK_MEM(map);
    for (int i = 0; i < VIB_COLOURS; i++)
        map->Colors[i] = (GifColorType){g->palette[i][0], g->palette[i][1], g->palette[i][2]};
    if (!(g->file = EGifOpen(&g->data, add_bytes, &code)))
        VIB_TRY(failed("begin", code));
    EGifSetGifVersion(g->file, true);
    if (EGifPutScreenDesc(g->file, g->width, g->height, 8, 0, map) != GIF_OK || !put_loop(g->file))
        VIB_TRY(failed("head", g->file->Error));
fail:
    GifFreeMapObject(map);
    return err;
}

int vib_gif_create(int width, int height, const unsigned char *sample, vib_gif **out)
{
    int err = 0;
    const size_t n = (size_t)width * (size_t)height;
    vib_gif *g = vib_calloc(1, sizeof *g);
    VIB_CHECK_MEM(g);
    g->width = width;
    g->height = height;
    VIB_CHECK_MEM(g->shown = vib_calloc(n, 1));
    VIB_CHECK_MEM(g->next = vib_calloc(n, 1));
    VIB_CHECK_MEM(g->line = vib_calloc((size_t)width, 1));
    VIB_TRY(vib_choose_colours(sample, n, g->palette));
    fill_nearest(g);
    VIB_TRY(begin(g));
    *out = g;
    g = NULL;
fail:
    vib_gif_free(&g);
    return err;
}

typedef struct area {
    int left, top, width, height;
} area;

/* Where this frame differs from the one before; of the first, everywhere. */
static area changed(const vib_gif *g)
{
    int left = g->width, right = -1, top = g->height, bottom = -1;
    for (int y = 0; y < g->height; y++)
        for (int x = 0; x < g->width; x++) {
            const size_t i = (size_t)y * (size_t)g->width + (size_t)x;
            if (g->frames && g->next[i] == g->shown[i])
                continue;
            left = VIB_MIN(left, x);
            right = VIB_MAX(right, x);
            top = VIB_MIN(top, y);
            bottom = VIB_MAX(bottom, y);
        }
    return right < 0 ? (area){0, 0, 1, 1} : (area){left, top, right - left + 1, bottom - top + 1};
}

/* A line of the changed area: what is as before compresses to nothing. */
static int put_line(vib_gif *g, const area *a, int y)
{
    const size_t first = (size_t)y * (size_t)g->width + (size_t)a->left;
    for (size_t i = 0; i < (size_t)a->width; i++) {
        const int same = g->frames && g->next[first + i] == g->shown[first + i];
        g->line[i] = same ? AS_BEFORE : g->next[first + i];
    }
    return EGifPutLine(g->file, g->line, a->width);
}

int vib_gif_add(vib_gif *g, const unsigned char *rgb, int hundredths)
{
    const GraphicsControlBlock control = {DISPOSE_DO_NOT, false, hundredths, AS_BEFORE};
    GifByteType bytes[4];
    for (size_t i = 0; i < (size_t)g->width * (size_t)g->height; i++, rgb += 3)
        g->next[i] = g->nearest[rgb[0] >> 3 | rgb[1] >> 3 << 5 | rgb[2] >> 3 << 10];
    const area a = changed(g);
    EGifGCBToExtension(&control, bytes);
    int status = EGifPutExtension(g->file, GRAPHICS_EXT_FUNC_CODE, (int)sizeof bytes, bytes);
    if (status == GIF_OK)
        status = EGifPutImageDesc(g->file, a.left, a.top, a.width, a.height, false, NULL);
    for (int y = a.top; status == GIF_OK && y < a.top + a.height; y++)
        status = put_line(g, &a, y);
    if (status != GIF_OK)
        return failed("a frame", g->file->Error);
    memcpy(g->shown, g->next, (size_t)g->width * (size_t)g->height);
    g->frames++;
    return VIB_OK;
}

int vib_gif_write(vib_gif *g, const char *path)
{
    int code = 0;
    const int done = EGifCloseFile(g->file, &code) == GIF_OK;
    g->file = NULL;
    if (!done)
        return failed("end", code);
    if (g->data.failed)
        return vib_fail(VIB_FAILED, "out of memory");
    return vib_file_write(path, &(vib_piece){g->data.text, g->data.len}, 1, NULL);
}

void vib_gif_free(vib_gif **gif)
{
    vib_gif *g = *gif;
    int code;
    if (!g)
        return;
    if (g->file)
        EGifCloseFile(g->file, &code);
    vib_str_free(&g->data);
    free(g->shown);
    free(g->next);
    free(g->line);
    free(g);
    *gif = NULL;
}

#else

int vib_gif_create(int width, int height, const unsigned char *sample, vib_gif **out)
{
    (void)width, (void)height, (void)sample, (void)out;
    return vib_fail(VIB_FAILED, "cannot make a GIF: built without giflib; install it and build again");
}

int vib_gif_add(vib_gif *gif, const unsigned char *rgb, int hundredths)
{
    (void)gif, (void)rgb, (void)hundredths;
    return VIB_FAILED;
}

int vib_gif_write(vib_gif *gif, const char *path)
{
    (void)gif, (void)path;
    return VIB_FAILED;
}

void vib_gif_free(vib_gif **gif)
{
    (void)gif;
}

#endif

int vib_gif_check_path(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (!dot || strcasecmp(dot, ".gif"))
        return vib_fail(VIB_USAGE, "%s: animations are written as .gif", path);
    return VIB_WITH_GIF ? VIB_OK
                        : vib_fail(VIB_FAILED, "%s: built without giflib; install it and build again", path);
}
