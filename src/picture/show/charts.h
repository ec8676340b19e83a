/* The charts, as sheets: for a file of their own, and for the report. */
#ifndef VIB_PICTURE_SHOW_CHARTS_H
#define VIB_PICTURE_SHOW_CHARTS_H

#include <vibrisa/show.h>

#include "picture/show/history.h"
#include "picture/show/sheet.h"

int vib_chart_curves(const vib_run_log *log, const char *run, vib_language language, vib_sheet **out);
int vib_chart_compare(const vib_run_log *logs, const char *const *runs, size_t n, vib_language language,
                      vib_sheet **out);
int vib_chart_confusion(const vib_model *model, const vib_evaluation *e, vib_language language,
                        vib_sheet **out);

#endif
