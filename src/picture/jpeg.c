#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

/* Needs stdio.h before it. */
#include <jpeglib.h>

#include "base/common.h"
#include "picture/picture.h"

typedef struct encoder {
    struct jpeg_error_mgr errors; /* first: what libjpeg calls cinfo->err */
    struct jpeg_compress_struct cinfo;
    jmp_buf escape;
    unsigned char *data; /* malloc's, by jpeg_mem_dest */
    unsigned long size;
    char message[JMSG_LENGTH_MAX];
} encoder;

static void on_error(j_common_ptr cinfo)
{
    encoder *e = (encoder *)cinfo->err;
    e->errors.format_message(cinfo, e->message);
    longjmp(e->escape, 1);
}

/* Apart from the function that owns *e, whose locals would be lost by the jump. */
static int encode(encoder *e, const unsigned char *rgb, int width, int height, int quality)
{
    e->cinfo.err = jpeg_std_error(&e->errors);
    e->errors.error_exit = on_error;
    if (setjmp(e->escape))
        return VIB_FAILED;
    jpeg_create_compress(&e->cinfo);
    jpeg_mem_dest(&e->cinfo, &e->data, &e->size);
    e->cinfo.image_width = (JDIMENSION)width;
    e->cinfo.image_height = (JDIMENSION)height;
    e->cinfo.input_components = 3;
    e->cinfo.in_color_space = JCS_RGB;
    jpeg_set_defaults(&e->cinfo);
    jpeg_set_quality(&e->cinfo, quality, TRUE);
    jpeg_start_compress(&e->cinfo, TRUE);
    while (e->cinfo.next_scanline < e->cinfo.image_height) {
        /* libjpeg takes rows that are not const, and reads them only. */
        JSAMPROW row = (JSAMPROW)(rgb + (size_t)e->cinfo.next_scanline * 3 * (size_t)width);
        jpeg_write_scanlines(&e->cinfo, &row, 1);
    }
    jpeg_finish_compress(&e->cinfo);
    return 0;
}

int vib_jpeg_encode(const unsigned char *rgb, int width, int height, int quality, unsigned char **data,
                    size_t *size)
{
    encoder e = {.data = NULL};
    const int err = encode(&e, rgb, width, height, quality);
    jpeg_destroy_compress(&e.cinfo);
    if (err < 0) {
        free(e.data);
        return vib_fail(err, "cannot write a JPEG: %s", e.message);
    }
    *data = e.data;
    *size = e.size;
    return 0;
}
