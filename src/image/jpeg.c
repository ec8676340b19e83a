/* JPEG with libjpeg's default settings, which are Pillow's too (K12): accurate integer DCT, fancy upsampling,
 * full size. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "base/mem.h"
#include "image/decode.h"

/* Enough for the coefficients of a progressive picture at the default pixel limit, 4:2:0. */
enum { MEMORY_LIMIT = 512 << 20 };

typedef struct decoder {
    struct jpeg_error_mgr errors; /* first: what libjpeg calls cinfo->err */
    struct jpeg_progress_mgr progress;
    struct jpeg_decompress_struct cinfo;
    jmp_buf escape;
    vib_decoding *job;
    unsigned char *row; /* one line before conversion */
    int status, truncated, warnings;
    char message[JMSG_LENGTH_MAX + 8]; /* of the error, or of the first warning */
} decoder;

static _Noreturn void leave(decoder *d, int status)
{
    d->status = status;
    longjmp(d->escape, 1);
}

static void format(decoder *d)
{
    memcpy(d->message, "JPEG: ", 6);
    d->errors.format_message((j_common_ptr)&d->cinfo, d->message + 6);
}

static void on_error(j_common_ptr cinfo)
{
    decoder *d = (decoder *)cinfo->err;
    format(d);
    leave(d, VIB_BAD_DATA);
}

/* Warnings are negative levels. Two mean that pixels are missing: the file ended, or the data of a scan did
 * and grey is filled in. The rest ("extraneous bytes") leave a whole picture. */
static void on_message(j_common_ptr cinfo, int level)
{
    decoder *d = (decoder *)cinfo->err;
    if (level >= 0)
        return;
    if (!d->warnings++)
        format(d);
    if (cinfo->err->msg_code != JWRN_JPEG_EOF && cinfo->err->msg_code != JWRN_HIT_MARKER)
        return;
    d->truncated = 1;
    if (!d->job->how->partial)
        leave(d, VIB_BAD_DATA);
}

static void on_output(j_common_ptr cinfo)
{
    (void)cinfo;
}

/* A small file may ask for thousands of passes over a large picture. */
static void on_progress(j_common_ptr cinfo)
{
    decoder *d = (decoder *)cinfo->err;
    if (d->cinfo.input_scan_number > d->job->limits.scans) {
        snprintf(d->message, sizeof d->message, "JPEG: more than %d scans", d->job->limits.scans);
        leave(d, VIB_BAD_DATA);
    }
}

/* The first EXIF segment before the pixels. Not by jpeg_save_markers: it takes quadratic time, and a file of
 * empty segments would keep it busy for minutes. */
static int find_orientation(const unsigned char *data, size_t size)
{
    size_t at = 2; /* after the start marker */
    while (at + 4 <= size && data[at] == 0xFF) {
        const unsigned char marker = data[at + 1];
        if (marker == 0xFF) { /* filling */
            at++;
            continue;
        }
        const size_t length = (size_t)data[at + 2] << 8 | data[at + 3];
        if (marker == 0xDA || length < 2 || length > size - at - 2)
            break;
        if (marker == JPEG_APP0 + 1 && length > 8 && !memcmp(data + at + 4, "Exif\0\0", 6))
            return vib_exif_orientation(data + at + 4, length - 2);
        at += 2 + length;
    }
    return 1;
}

static vib_colour colour_of(decoder *d)
{
    switch (d->cinfo.num_components) {
    case 1:
        d->cinfo.out_color_space = JCS_GRAYSCALE;
        return VIB_COLOUR_GREY;
    case 3:
        d->cinfo.out_color_space = JCS_RGB;
        return VIB_COLOUR_RGB;
    case 4:
        d->cinfo.out_color_space = JCS_CMYK;
        return VIB_COLOUR_ADOBE_CMYK;
    default:
        snprintf(d->message, sizeof d->message, "JPEG: %d colour components: not supported",
                 d->cinfo.num_components);
        leave(d, VIB_BAD_DATA);
    }
}

/* Runs under setjmp: leaves by longjmp when libjpeg or we give up. */
static void read_picture(decoder *d)
{
    struct jpeg_decompress_struct *cinfo = &d->cinfo;
    vib_decoding *job = d->job;
    jpeg_create_decompress(cinfo);
    cinfo->mem->max_memory_to_use = MEMORY_LIMIT;
    cinfo->progress = &d->progress;
    jpeg_mem_src(cinfo, job->data, (unsigned long)job->size);
    jpeg_read_header(cinfo, TRUE);

    const int err = vib_decoding_allocate(job, cinfo->image_width, cinfo->image_height);
    if (err < 0)
        leave(d, err);
    if (job->how->exif)
        job->orientation = find_orientation(job->data, job->size);
    const vib_colour colour = colour_of(d);
    const size_t line = (size_t)job->image.width * (size_t)job->image.channels;

    jpeg_start_decompress(cinfo);
    if (!(d->row = malloc((size_t)cinfo->output_width * (size_t)cinfo->output_components)))
        leave(d, VIB_FAILED);
    while (cinfo->output_scanline < cinfo->output_height) {
        unsigned char *to = job->image.pixels + cinfo->output_scanline * line;
        const int direct = cinfo->output_components == job->image.channels;
        JSAMPROW row = direct ? to : d->row;
        jpeg_read_scanlines(cinfo, &row, 1);
        if (!direct)
            vib_colour_convert(colour, d->row, to, job->image.channels, cinfo->output_width);
    }
    /* No jpeg_finish_decompress: with every line read, a missing end marker is of no account. */
}

static int guarded_read(decoder *d)
{
    if (setjmp(d->escape))
        return d->status;
    read_picture(d);
    return 0;
}

int vib_jpeg_decode(vib_decoding *job)
{
    decoder *d = vib_calloc(1, sizeof *d);
    if (!d)
        return VIB_FAILED;
    d->job = job;
    d->cinfo.err = jpeg_std_error(&d->errors);
    d->errors.error_exit = on_error;
    d->errors.emit_message = on_message;
    d->errors.output_message = on_output;
    d->progress.progress_monitor = on_progress;

    const int err = guarded_read(d);
    if (d->truncated)
        vib_str_add(job->why, "truncated JPEG");
    else if (!job->why->len && *d->message)
        vib_str_add(job->why, d->message);
    jpeg_destroy_decompress(&d->cinfo);
    free(d->row);
    free(d);
    return err;
}
