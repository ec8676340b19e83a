#ifndef VIBRISA_CHECK_H
#define VIBRISA_CHECK_H

#include <stddef.h>
#include <stdint.h>
#include <vibrisa/data.h>
#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to look at; zero means default. Needs to live only for the call. */
typedef struct vib_check_params {
    vib_dataset_params data;        ///< without a validation part nothing is set aside
    int workers;                    ///< threads, default: cores
    int (*interrupted)(void *user); ///< polled on the caller's thread: non-zero stops
    void (*progress)(void *user, size_t done, size_t total); ///< pictures read, on the caller's thread
    void *user;
} vib_check_params;

/** One picture. Strings belong to the report. */
typedef struct vib_check_picture {
    const char *path;    ///< the root it was found under, and the path below it
    uint32_t label;      ///< index among the report's classes
    int validation;      ///< 1: of the validation part
    int readable;        ///< 0: `problem` says why
    int misnamed;        ///< 1: its name ends as another format's
    int width, height;   ///< as it is shown, in pixels; 0 when unreadable
    uint64_t bytes;      ///< of the file
    const char *format;  ///< by content: "JPEG", "PNG", "GIF" ...; NULL: no picture
    const char *problem; ///< why it cannot be read, or what is odd about it; NULL: nothing
} vib_check_picture;

/** How alike the pictures of a pair are. */
typedef enum vib_likeness {
    VIB_LIKE_SAME_FILE = 0, ///< the same bytes
    VIB_LIKE_NEAR = 1,      ///< one looks like the other resized, recompressed, cropped or mirrored
} vib_likeness;

/** Two pictures that show the same. Each picture is the second of at most one pair. */
typedef struct vib_check_pair {
    size_t first, second; ///< indices of pictures, first < second
    vib_likeness kind;
    double correlation; ///< of the two, brought into line: 1 is the same
    int mirrored;       ///< 1: one is the other's mirror image
    int leak;           ///< 1: one is trained on, the other validated on
    int conflict;       ///< 1: of different classes
} vib_check_pair;

/** A class and how many pictures of it there are. */
typedef struct vib_check_class {
    const char *name;
    size_t train, validation;
} vib_check_class;

/** What a check found; filled by vib_check, owned by the caller, released with vib_check_report_free. */
typedef struct vib_check_report {
    vib_check_picture *pictures; ///< those of the training part first, in index order
    size_t n_pictures;
    vib_check_class *classes;
    size_t n_classes;
    vib_check_pair *pairs; ///< by second picture
    size_t n_pairs;
    size_t unreadable, odd, misnamed; ///< pictures; odd: readable, with a `problem`
    size_t same, near;                ///< pairs of each kind
    size_t leaks, conflicts;          ///< pairs of either kind
} vib_check_report;

/**
 * Reads every picture of a data set and reports what would spoil a training run: pictures that cannot be
 * read or are misnamed, copies, and copies that stand on both sides.
 *
 * @param params borrowed
 * @param report out; release with vib_check_report_free
 * @return VIB_OK, whatever was found · VIB_BAD_DATA as vib_dataset_open · VIB_INTERRUPTED · VIB_FAILED
 *
 * Thread-safety: safe.
 */
VIB_API int vib_check(const vib_check_params *params, vib_check_report **report);
/** Releases and sets to NULL; NULL is fine. */
VIB_API void vib_check_report_free(vib_check_report **report);

#ifdef __cplusplus
}
#endif

#endif
