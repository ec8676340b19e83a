/* What happens to one picture inside a network, as part of a page. */
#ifndef VIB_PICTURE_PAGE_LOOK_H
#define VIB_PICTURE_PAGE_LOOK_H

#include <jansson.h>
#include <vibrisa/device.h>
#include <vibrisa/model.h>

#include "base/str.h"

typedef struct vib_look {
    const char *path; /* the picture's file */
    const char *name; /* as it is shown */
    const char *id;   /* unique in the page */
    int truth;        /* its class; < 0: not known */
    int open;         /* 1: the stages are unfolded from the start */
} vib_look;

/* Appends pages/look.html, filled. VIB_BAD_DATA (logged) when the picture cannot be read. */
int vib_page_look(const vib_model *model, vib_device *dev, const vib_look *look, const json_t *words,
                  vib_str *out);

/* The last layer whose output is made of maps that a convolution filled: where Grad-CAM looks. -1: there is
 * none. */
int vib_last_convolution(const vib_model *model);

#endif
