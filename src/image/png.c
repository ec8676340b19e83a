/* PNG with libpng: every kind becomes 8-bit grey or RGB, alpha dropped without compositing (K10). */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "base/mem.h"
#include "image/decode.h"

typedef struct decoder {
    vib_decoding *job;
    png_structp png;
    png_infop info;
    size_t at;             /* bytes read */
    unsigned char *pixels; /* as libpng gives them */
    png_bytepp rows;
    vib_colour colour;
    int status, truncated, started, complete;
    char message[128]; /* of the error, or of the first warning */
} decoder;

static void keep_message(decoder *d, const char *text)
{
    snprintf(d->message, sizeof d->message, "PNG: %s", text);
}

static _Noreturn void leave(decoder *d, int status)
{
    d->status = status;
    png_longjmp(d->png, 1);
}

static void on_error(png_structp png, png_const_charp text)
{
    decoder *d = png_get_error_ptr(png);
    keep_message(d, text);
    leave(d, VIB_BAD_DATA);
}

static void on_warning(png_structp png, png_const_charp text)
{
    decoder *d = png_get_error_ptr(png);
    if (!*d->message)
        keep_message(d, text);
}

static void on_read(png_structp png, png_bytep to, png_size_t n)
{
    decoder *d = png_get_io_ptr(png);
    if (n > d->job->size - d->at) {
        d->truncated = 1;
        leave(d, VIB_BAD_DATA);
    }
    memcpy(to, d->job->data + d->at, n);
    d->at += n;
}

/* Only the chunks that make pixels, and EXIF: no colour profiles, no compressed texts. */
static void limit(decoder *d)
{
    png_set_keep_unknown_chunks(d->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    if (d->job->how->exif)
        png_set_keep_unknown_chunks(d->png, PNG_HANDLE_CHUNK_AS_DEFAULT, (png_const_bytep) "eXIf", 1);
    png_set_chunk_malloc_max(d->png, 8000000);
    png_set_chunk_cache_max(d->png, 128);
    png_set_benign_errors(d->png, 1);
}

static void choose_transforms(decoder *d)
{
    const int type = png_get_color_type(d->png, d->info), depth = png_get_bit_depth(d->png, d->info);
    const int grey16 = depth == 16 && type == PNG_COLOR_TYPE_GRAY;
    if (type == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(d->png);
    if (type == PNG_COLOR_TYPE_GRAY && depth < 8)
        png_set_expand_gray_1_2_4_to_8(d->png);
    if (depth == 16 && !d->job->how->keras)
        png_set_scale_16(d->png);
    else if (depth == 16 && !grey16)
        png_set_strip_16(d->png);
    png_set_strip_alpha(d->png);
    png_set_interlace_handling(d->png);
    d->colour = grey16 && d->job->how->keras  ? VIB_COLOUR_GREY16
                : type & PNG_COLOR_MASK_COLOR ? VIB_COLOUR_RGB
                                              : VIB_COLOUR_GREY;
}

static int orientation_of(decoder *d)
{
    png_bytep exif = NULL;
    png_uint_32 n = 0;
    return png_get_eXIf_1(d->png, d->info, &n, &exif) ? vib_exif_orientation_of_block(exif, n) : 1;
}

/* Runs under setjmp: leaves by longjmp when libpng or we give up. */
static void read_picture(decoder *d)
{
    vib_decoding *job = d->job;
    limit(d);
    png_set_read_fn(d->png, d, on_read);
    png_read_info(d->png, d->info);
    /* A wrong checksum in the pixels' chunks is noted and the picture used, as Pillow does. */
    png_set_crc_action(d->png, PNG_CRC_WARN_USE, PNG_CRC_DEFAULT);

    const int err = vib_decoding_allocate(job, png_get_image_width(d->png, d->info),
                                          png_get_image_height(d->png, d->info));
    if (err < 0)
        leave(d, err);
    choose_transforms(d);
    png_read_update_info(d->png, d->info);
    const size_t line = png_get_rowbytes(d->png, d->info), height = (size_t)job->image.height;
    d->pixels = vib_calloc(height, line);
    d->rows = vib_calloc(height, sizeof *d->rows);
    if (!d->pixels || !d->rows)
        leave(d, VIB_FAILED);
    for (size_t y = 0; y < height; y++)
        d->rows[y] = d->pixels + y * line;

    d->started = 1;
    png_read_image(d->png, d->rows);
    d->complete = 1;
    if (job->how->exif)
        png_read_end(d->png, d->info); /* EXIF may follow the pixels */
}

static int guarded_read(decoder *d)
{
    if (setjmp(png_jmpbuf(d->png)))
        return d->complete || (d->started && d->truncated && d->job->how->partial) ? 0 : d->status;
    read_picture(d);
    return 0;
}

static int guarded_orientation(decoder *d)
{
    return setjmp(png_jmpbuf(d->png)) ? 1 : orientation_of(d);
}

int vib_png_decode(vib_decoding *job)
{
    int err = VIB_FAILED;
    decoder d = {.job = job};
    d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, on_error, on_warning);
    if (!d.png || !(d.info = png_create_info_struct(d.png)))
        goto fail;

    err = guarded_read(&d);
    if (d.truncated && !d.complete)
        vib_str_add(job->why, "truncated PNG");
    else if (!job->why->len && *d.message)
        vib_str_add(job->why, d.message);
    if (err < 0)
        goto fail;
    const size_t pixels = (size_t)job->image.width * (size_t)job->image.height;
    vib_colour_convert(d.colour, d.pixels, job->image.pixels, job->image.channels, pixels);
    if (job->how->exif)
        job->orientation = guarded_orientation(&d);
fail:
    png_destroy_read_struct(&d.png, &d.info, NULL);
    free(d.rows);
    free(d.pixels);
    return err;
}
