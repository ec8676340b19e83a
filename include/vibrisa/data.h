#ifndef VIBRISA_DATA_H
#define VIBRISA_DATA_H

#include <stddef.h>
#include <stdint.h>
#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Labelled pictures found on disk: paths, labels, class names. Nothing is decoded. Immutable. */
typedef struct vib_dataset vib_dataset;

/** Where pictures are and how folders are read; zero means default. Needs to live only for the call. */
typedef struct vib_dataset_params {
    const char *root;        ///< holds train/ and validation/ (val/, test/), or the class folders, or a
                             ///< labels.csv of lines path,label[,split]; or is such a file
    const char *train;       ///< class folders to train on, instead of root
    const char *validation;  ///< class folders to validate on, with `train`
    double validation_split; ///< part set aside when there is no validation folder, (0,1), default 0.2:
                             ///< of each class, by the pictures' paths, the same ones each time
    int keras;               ///< 1: read folders as Keras does (hidden and empty folders are classes, K1-K4)
} vib_dataset_params;

/** What a picture that cannot be read properly does. */
typedef enum vib_bad_images {
    VIB_BAD_SKIP = 0, ///< it is named once and left out
    VIB_BAD_STOP = 1, ///< the work stops with VIB_BAD_DATA
    VIB_BAD_USE = 2,  ///< what could be decoded of a damaged picture is used
} vib_bad_images;

/**
 * Indexes the training and validation pictures. Nothing is decoded: an unreadable picture is found later.
 *
 * @param params     borrowed
 * @param train      out; release with vib_dataset_free
 * @param validation out, may be NULL when only one set is wanted: then everything is in *train
 * @return VIB_OK · VIB_USAGE  validation_split out of range, or no folder to train on · VIB_BAD_DATA  folder
 *         missing, empty, one class only, classes that differ between the two (each is logged with the path)
 *         · VIB_FAILED  out of memory
 *
 * Thread-safety: safe.
 */
VIB_API int vib_dataset_open(const vib_dataset_params *params, vib_dataset **train, vib_dataset **validation);
/** Releases and sets to NULL; NULL is fine. */
VIB_API void vib_dataset_free(vib_dataset **set);

/** Number of pictures. */
VIB_API size_t vib_dataset_size(const vib_dataset *set);
/**
 * Whether these are validation pictures that vib_dataset_open took from the training folder, there being no
 * other: 1 when they are, else 0.
 */
VIB_API int vib_dataset_set_aside(const vib_dataset *set);
/** Number of classes, at least 2. */
VIB_API size_t vib_dataset_classes(const vib_dataset *set);
/** Name of class k < classes, which is its folder's; classes are in byte order of their names. Owned by the
 * set. */
VIB_API const char *vib_dataset_class_name(const vib_dataset *set, size_t k);
/** Path of picture i < size relative to the root it was found under; owned by the set. The order is that of
 * the classes, then of the paths. */
VIB_API const char *vib_dataset_path(const vib_dataset *set, size_t i);
/** Path of picture i < size from the current folder: owned by the caller (free); NULL: out of memory. */
VIB_API char *vib_dataset_full_path(const vib_dataset *set, size_t i);
/** Class index of picture i. */
VIB_API uint32_t vib_dataset_label(const vib_dataset *set, size_t i);

/** Receives one path, borrowed until it returns; non-zero stops. */
typedef int vib_path_fn(void *user, const char *path);

/**
 * Names the pictures of a folder and of the folders in it, by name in byte order, folders among files. Names
 * that begin with a dot, what other programs leave (__MACOSX, @eaDir) and links to folders are passed over;
 * pictures of a kind that cannot be read are counted, with a warning.
 *
 * @param folder borrowed
 * @param found  gets folder/…/name of each
 * @param user   first argument of found
 * @return VIB_OK · VIB_BAD_DATA  a folder cannot be read (logged) · VIB_FAILED  out of memory · what found
 *         returned, when that is not 0
 *
 * Thread-safety: safe.
 */
VIB_API int vib_pictures_find(const char *folder, vib_path_fn *found, void *user);

#ifdef __cplusplus
}
#endif

#endif
