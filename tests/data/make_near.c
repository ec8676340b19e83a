/* make_near IN OUT KIND writes a near-duplicate of a picture: see near.h. */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "near.h"

int main(int argc, char **argv)
{
    static const vib_preprocess rgb = {.channels = 3};
    char *data = NULL;
    size_t size = 0;
    vib_image image = {0};
    vib_str why = {0};
    int quality;
    if (argc != 4) {
        fprintf(stderr, "usage: make_near IN OUT KIND\n");
        return 2;
    }
    if (vib_file_read(argv[1], (size_t)1 << 26, &data, &size) != 0 ||
        vib_image_decode(data, size, &rgb, NULL, &image, &why) < 0) {
        fprintf(stderr, "%s: cannot read\n", argv[1]);
        return 1;
    }
    const vib_image near = near_duplicate(&image, atoi(argv[3]), &quality);
    put_jpeg(argv[2], near, quality);
    vib_image_free(&image);
    free(data);
    return 0;
}
