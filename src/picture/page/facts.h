/* What a report says, as data for its template. */
#ifndef VIB_PICTURE_PAGE_FACTS_H
#define VIB_PICTURE_PAGE_FACTS_H

#include <jansson.h>
#include <vibrisa/model.h>

#include "picture/show/history.h"

/* Text of any bytes, escaped to UTF-8. NULL: out of memory. */
json_t *vib_page_text(const char *text);
json_t *vib_page_textf(const char *fmt, ...) VIB_PRINTF(1, 2);

/* "cats, dogs": the first classes' names. */
json_t *vib_page_names(const vib_model *model);

/* How good the model is: keys accuracy, hits, pictures, guess, larger, low, high, classes, auc, skipped, ...
 */
void vib_facts_measured(json_t *data, const vib_model *model, const vib_evaluation *e);

/* The limits between which the share behind `hits` of `n` lies with 95 % (Wilson 1927). */
void vib_wilson(double hits, double n, double *low, double *high);

/* The network's layers, their shapes and cost. 0 or a negative status (logged). */
int vib_facts_layers(json_t *data, const vib_model *model);

/* Epochs, time and speed from the run's log, device and seed from its first event. */
void vib_facts_run(json_t *data, const char *run, const vib_run_log *log, const json_t *words);

#endif
