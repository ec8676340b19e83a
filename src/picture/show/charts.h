/* The charts, as sheets: for a file of their own, and for the report. */
#ifndef VIB_PICTURE_SHOW_CHARTS_H
#define VIB_PICTURE_SHOW_CHARTS_H

#include <vibrisa/show.h>

#include "picture/show/history.h"
#include "picture/show/sheet.h"
#include "picture/show/view.h"

int vib_chart_curves(const vib_run_log *log, const char *run, vib_language language, vib_sheet **out);
int vib_chart_compare(const vib_run_log *logs, const char *const *runs, size_t n, vib_language language,
                      vib_sheet **out);
int vib_chart_lr_find(const vib_lr_find_result *result, vib_language language, vib_sheet **out);
int vib_chart_confusion(const vib_model *model, const vib_evaluation *e, vib_language language,
                        vib_sheet **out);
int vib_chart_errors(const vib_model *model, const vib_dataset *set, const vib_mistakes *mistakes,
                     vib_language language, vib_sheet **out);
int vib_chart_batch(const vib_preview *preview, const vib_dataset *set, vib_language language,
                    vib_sheet **out);

/* Pictures by their probability of the second class, true class by true class: two classes. */
enum { VIB_SCORE_BINS = 40 };
int vib_chart_scores(const vib_model *model, const uint64_t bins[2][VIB_SCORE_BINS], vib_language language,
                     vib_sheet **out);
/* Where 0 is in it and how far 1 is from there, as parts of its width. */
void vib_scores_span(double *left, double *span);

/* Of a model and what it makes of a picture; layer, class and place as in vibrisa/show.h. */
int vib_chart_filters(const vib_model *model, int layer, vib_language language, vib_sheet **out);
int vib_chart_features(const vib_model *model, vib_device *dev, const vib_view *view, int layer,
                       vib_language language, vib_sheet **out);
int vib_chart_cam(const vib_model *model, vib_device *dev, const vib_view *view, int layer, int class_index,
                  vib_language language, vib_sheet **out);
int vib_chart_field(const vib_model *model, vib_device *dev, const vib_view *view, int layer, int y, int x,
                    vib_language language, vib_sheet **out);
/* One frame: after `part` of the way, 0 to 1. */
int vib_chart_convolution(const vib_model *model, vib_device *dev, const vib_view *view, int layer,
                          int filter, double part, vib_language language, vib_sheet **out);

/* A picture in grey under the colours of a Grad-CAM map, RGB, as large as the picture; owned by the caller
 * (free). NULL: out of memory. */
unsigned char *vib_cam_overlay(const vib_maps *map, const vib_bitmap *picture);

/* One filter of a kernel as rows × columns RGB pixels: input channel `input` in blue and vermillion, or,
 * input < 0, all three as colours around grey; its largest weight gets the full colour. */
void vib_filter_rgb(const vib_weights *w, int filter, int input, unsigned char *rgb);

#endif
