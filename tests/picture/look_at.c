/* look_at FILE.png...: whether pictures can be looked at, a line for each that cannot. */
#include "looks.h"

#include "base/file.h"
#include "image/image.h"

static const char *look(const char *path)
{
    static char text[200];
    const vib_preprocess how = {.channels = 3};
    vib_image image = {0};
    vib_str why = {0};
    char *data = NULL;
    size_t size;
    const char *wrong = NULL;
    if (vib_file_read(path, (size_t)64 << 20, &data, &size) ||
        vib_image_decode(data, size, &how, NULL, &image, &why) < 0) {
        snprintf(text, sizeof text, "cannot be read: %s", why.text ? why.text : "no such file");
        wrong = text;
    } else {
        wrong = what_is_wrong(image.pixels, image.width, image.height);
    }
    free(data);
    vib_str_free(&why);
    vib_image_free(&image);
    return wrong;
}

int main(int argc, char **argv)
{
    int bad = argc < 2;
    for (int i = 1; i < argc; i++) {
        const char *wrong = look(argv[i]);
        if (wrong)
            printf("%s: %s\n", argv[i], wrong);
        bad |= wrong != NULL;
    }
    return bad;
}
