#ifndef VIBRISA_PAGE_H
#define VIBRISA_PAGE_H

#include <vibrisa/data.h>
#include <vibrisa/device.h>
#include <vibrisa/model.h>
#include <vibrisa/show.h>
#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Pages for a browser: HTML that loads nothing from anywhere, with charts and pictures inside.
 */

/** What a report is told beside the model; zero means none or default. Needs to live only for the call. */
typedef struct vib_report_params {
    vib_language language;
    const char *run;      ///< folder of the run, whose logs are shown
    const char *evaluate; ///< shell's commands, shown to be copied: looks at other pictures
    const char *predict;  ///< classifies a picture
    const char *report;   ///< makes the page in the other language
    vib_run_params work;  ///< of the evaluation; `picture` is not used
} vib_report_params;

/**
 * Writes a page about a model: how good it is on a data set, beside always guessing the larger class; how it
 * learned, what it confuses and where it is most wrong; what happens to a picture inside; the recipe, and how
 * to use it.
 *
 * @param model  borrowed
 * @param dev    borrowed
 * @param set    pictures it has not been trained on, the model's classes; borrowed; NULL: none, and what
 *               needs them is left out
 * @param params borrowed
 * @param out    the evaluation of set, to be released with vib_evaluation_free, filled also when what comes
 *               after it fails; may be NULL
 * @param file   where to, written whole or not at all; borrowed
 * @return VIB_OK · VIB_BAD_MODEL  classes differ · VIB_BAD_DATA  no readable picture · VIB_FAILED  disk,
 *         memory, driver, or built without cairo · VIB_INTERRUPTED
 *
 * Thread-safety: one thread per device; the callbacks run on the calling thread.
 */
VIB_API int vib_report(const vib_model *model, vib_device *dev, const vib_dataset *set,
                       const vib_report_params *params, vib_evaluation *out, const char *file);

/**
 * The page of a server for one model: it asks for a picture, sends its bytes to `answer?name=NAME` and shows
 * what comes back.
 *
 * @param model    borrowed
 * @param language of its words
 * @param limit    bytes of a picture at most: more is not sent
 * @param html     owned by the caller (free); untouched on failure
 * @return VIB_OK · VIB_FAILED  memory, or built without cairo
 *
 * Thread-safety: safe.
 */
VIB_API int vib_page_serve(const vib_model *model, vib_language language, size_t limit, char **html);

/**
 * What happens to a picture inside a model, as a part of a page: the answer, where it looked, what each layer
 * made of it.
 *
 * @param model    borrowed
 * @param dev      borrowed
 * @param path     the picture's file, borrowed
 * @param name     as it is shown, of any bytes; borrowed
 * @param language of its words
 * @param html     owned by the caller (free); untouched on failure
 * @return VIB_OK · VIB_BAD_DATA  the picture cannot be read (logged) · VIB_FAILED  memory, driver, or built
 * without cairo
 *
 * Thread-safety: one thread per device.
 */
VIB_API int vib_page_picture(const vib_model *model, vib_device *dev, const char *path, const char *name,
                             vib_language language, char **html);

#ifdef __cplusplus
}
#endif

#endif
