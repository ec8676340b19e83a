#include <vibrisa/draw.h>
#include <vibrisa/page.h>
#include <vibrisa/show.h>

#include "base/common.h"

int vib_draw(const char *folder, const vib_draw_params *params, vib_draw_result *out)
{
    (void)params;
    if (out)
        *out = (vib_draw_result){0};
    return vib_fail(VIB_FAILED, "%s: cannot draw pictures: built without cairo; install it and build again",
                    folder);
}

int vib_show_available(void)
{
    return 0;
}

static int no_picture(const char *file)
{
    return vib_fail(VIB_FAILED, "%s: cannot draw pictures: built without cairo; install it and build again",
                    file);
}

int vib_show_check(const char *file)
{
    return no_picture(file);
}

int vib_show_lr_find(const vib_lr_find_result *result, vib_language language, const char *file)
{
    (void)result, (void)language;
    return no_picture(file);
}

int vib_show_curves(const char *const *runs, size_t n, vib_language language, const char *file)
{
    (void)runs, (void)n, (void)language;
    return no_picture(file);
}

int vib_show_confusion(const vib_model *model, const vib_evaluation *e, vib_language language,
                       const char *file)
{
    (void)model, (void)e, (void)language;
    return no_picture(file);
}

int vib_show_errors(const vib_model *model, const vib_dataset *set, const vib_mistakes *mistakes,
                    vib_language language, const char *file)
{
    (void)model, (void)set, (void)mistakes, (void)language;
    return no_picture(file);
}

int vib_show_batch(const vib_preview *preview, const vib_dataset *set, vib_language language,
                   const char *file)
{
    (void)preview, (void)set, (void)language;
    return no_picture(file);
}

int vib_show_filters(const vib_model *model, int layer, vib_language language, const char *file)
{
    (void)model, (void)layer, (void)language;
    return no_picture(file);
}

int vib_show_features(const vib_model *model, vib_device *dev, const char *image, int layer,
                      vib_language language, const char *file)
{
    (void)model, (void)dev, (void)image, (void)layer, (void)language;
    return no_picture(file);
}

int vib_show_cam(const vib_model *model, vib_device *dev, const char *image, int layer, int class_index,
                 vib_language language, const char *file)
{
    (void)model, (void)dev, (void)image, (void)layer, (void)class_index, (void)language;
    return no_picture(file);
}

int vib_show_field(const vib_model *model, vib_device *dev, const char *image, int layer, int y, int x,
                   vib_language language, const char *file)
{
    (void)model, (void)dev, (void)image, (void)layer, (void)y, (void)x, (void)language;
    return no_picture(file);
}

int vib_show_convolution(const vib_model *model, vib_device *dev, const char *image, int layer, int filter,
                         vib_language language, const char *file)
{
    (void)model, (void)dev, (void)image, (void)layer, (void)filter, (void)language;
    return no_picture(file);
}

int vib_report(const vib_model *model, vib_device *dev, const vib_dataset *set,
               const vib_report_params *params, vib_evaluation *out, const char *file)
{
    (void)model, (void)dev, (void)set, (void)params, (void)out;
    return no_picture(file);
}

int vib_page_serve(const vib_model *model, vib_language language, size_t limit, char **html)
{
    (void)model, (void)language, (void)limit, (void)html;
    return no_picture("serve");
}

int vib_page_picture(const vib_model *model, vib_device *dev, const char *path, const char *name,
                     vib_language language, char **html)
{
    (void)model, (void)dev, (void)name, (void)language, (void)html;
    return no_picture(path);
}
