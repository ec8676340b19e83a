#ifndef VIBRISA_INSIDE_H
#define VIBRISA_INSIDE_H

#include <stddef.h>
#include <vibrisa/device.h>
#include <vibrisa/model.h>
#include <vibrisa/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What a model does with a picture on the way to its answer: what each layer says, what the answer depends
 * on, which pixels an output sees. vibrisa/show.h draws it. Every layer is computed by itself, as Keras does;
 * where evaluation and prediction fold a batchnorm into the layer in front of it, the answer may differ from
 * theirs in the last bits.
 */

/** 8-bit pixels, rows without padding, channels interleaved. */
typedef struct vib_bitmap {
    int height, width, channels; ///< channels: 3 (RGB) or 1 (grey)
    unsigned char *bytes;        ///< height × width × channels; owned
} vib_bitmap;

/**
 * Reads a picture as the model takes it: upright, cut and resized as its recipe says.
 *
 * @param model borrowed
 * @param path  a picture's file, borrowed
 * @param times 1: as the network takes it; 2 to 16: the same part of the picture, so many times as high and
 *              as wide, antialiased, to be looked at
 * @param out   release with vib_bitmap_free; untouched on failure
 * @return VIB_OK · VIB_USAGE  times · VIB_BAD_DATA  cannot be read (logged with the reason) · VIB_FAILED
 *
 * Thread-safety: safe.
 */
VIB_API int vib_model_picture(const vib_model *model, const char *path, int times, vib_bitmap *out);
/** Frees the bytes and zeroes the struct; a zeroed one is fine. */
VIB_API void vib_bitmap_free(vib_bitmap *pixels);

/** In the place of a layer: the picture that goes in, as numbers. */
enum { VIB_LAYER_INPUT = -1 };

/** One layer of a model. Texts are owned by the model. */
typedef struct vib_layer_info {
    const char *name;            ///< "conv2d_1": given by the recipe, or Keras's
    const char *type;            ///< the recipe's word: "conv2d"
    int inputs;                  ///< how many layers it reads
    int input;                   ///< the first of them; VIB_LAYER_INPUT: the picture
    int height, width, channels; ///< of its output; flat: 1, 1, n
    int flat;                    ///< 1: its output has no place in the picture any more
    int filters;                 ///< of a convolution, else 0
    int rows, columns;           ///< of its window; 0: it sees everything; 1: one pixel
    int step_rows, step_columns; ///< input pixels between neighbouring windows
    int above, left;             ///< rows and columns of the first window that are outside of the input
} vib_layer_info;

/** Number of layers. Thread-safety: safe. */
VIB_API size_t vib_model_layers(const vib_model *model);
/**
 * Describes a layer.
 *
 * @param model borrowed
 * @param layer its place in the recipe, from 0
 * @param out   filled
 * @return VIB_OK · VIB_USAGE  there is no such layer (logged)
 *
 * Thread-safety: safe.
 */
VIB_API int vib_model_layer(const vib_model *model, int layer, vib_layer_info *out);

/** A weight as it is in the model's file, row-major. Owned by the model. */
typedef struct vib_weights {
    int rank;            ///< 1 to 4
    int dims[4];         ///< of a convolution's kernel: rows, columns, input channels, filters
    const float *values; ///< as many as the product of dims
} vib_weights;

/**
 * Finds a weight.
 *
 * @param model borrowed
 * @param layer as vib_model_layer
 * @param name  "kernel", "bias": Keras's word
 * @param out   filled
 * @return VIB_OK · VIB_USAGE  no such layer, or it has no such weight (logged)
 *
 * Thread-safety: safe.
 */
VIB_API int vib_model_weights(const vib_model *model, int layer, const char *name, vib_weights *out);

/** What a layer said, or a gradient by it. */
typedef struct vib_maps {
    int height, width, channels; ///< of one picture; flat: 1, 1, n
    float *values;               ///< pictures × height × width × channels; owned
} vib_maps;

/** Frees the values and zeroes the struct; a zeroed one is fine. */
VIB_API void vib_maps_free(vib_maps *maps);

/**
 * Runs pictures through the network, every layer by itself, and keeps what the wanted layers say: Keras's
 * numbers for the same weights.
 *
 * @param model         borrowed
 * @param dev           borrowed
 * @param pixels        n pictures of the model's height × width × channels bytes, borrowed
 * @param n             1 or more
 * @param layers        n_layers places (vib_model_layer, or VIB_LAYER_INPUT), borrowed; of the last layer:
 * its activation included
 * @param n_layers      0 or more
 * @param out           n_layers, each to be released with vib_maps_free; untouched on failure
 * @param probabilities n × classes, [0,1]; NULL: not wanted
 * @return VIB_OK · VIB_USAGE  no picture, or no such layer (logged) · VIB_FAILED  memory, driver
 *
 * Thread-safety: one thread per device; a model may serve several threads at once.
 */
VIB_API int vib_model_run(const vib_model *model, vib_device *dev, const unsigned char *pixels, int n,
                          const int *layers, size_t n_layers, vib_maps *out, float *probabilities);

/**
 * How a class's score depends on a layer's output: the gradient, by that output, of the number that the last
 * activation makes the class's probability of. With two classes and one output that number stands for the
 * second class, and its negative for the first.
 *
 * @param model       borrowed
 * @param dev         borrowed
 * @param pixels      one picture, as vib_model_run
 * @param class_index below vib_model_classes
 * @param layer       as vib_model_layer, or VIB_LAYER_INPUT: by the picture itself, in [0,1] or whatever its
 *                    bytes are rescaled to
 * @param out         release with vib_maps_free; untouched on failure
 * @return VIB_OK · VIB_USAGE  no such layer or class (logged) · VIB_FAILED  memory, driver
 *
 * Thread-safety: one thread per device; a model may serve several threads at once.
 */
VIB_API int vib_model_gradient(const vib_model *model, vib_device *dev, const unsigned char *pixels,
                               size_t class_index, int layer, vib_maps *out);

/**
 * Grad-CAM (Selvaraju et al. 2017): where in the picture a layer speaks for a class.
 *
 *   cam[y,x] = relu(sum over c of a[c] A[y,x,c])    A: what the layer says, a[c]: mean over y,x of its
 * gradient
 *
 * @param model       borrowed
 * @param dev         borrowed
 * @param pixels      one picture, as vib_model_run
 * @param class_index below vib_model_classes
 * @param layer       as vib_model_layer; one whose output is not flat
 * @param out         height × width × 1, not normalised: all zero where the layer does not speak for the
 * class; release with vib_maps_free; untouched on failure
 * @return as vib_model_gradient · VIB_USAGE  the layer's output is flat
 *
 * Thread-safety: one thread per device; a model may serve several threads at once.
 */
VIB_API int vib_model_cam(const vib_model *model, vib_device *dev, const unsigned char *pixels,
                          size_t class_index, int layer, vib_maps *out);

/** Pixels of the network's input: rows top to bottom - 1, columns left to right - 1. */
typedef struct vib_box {
    int top, left, bottom, right; ///< all 0: none
} vib_box;

/**
 * The receptive field of one output of a layer: the pixels that it can depend on.
 *
 * @param model borrowed
 * @param layer as vib_model_layer
 * @param y     row of its output, from 0; of a flat output 0
 * @param x     column of it, from 0; of a flat output 0
 * @param out   filled: inside of the picture, which windows may reach beyond
 * @return VIB_OK · VIB_USAGE  no such layer or output (logged with what there is)
 *
 * Thread-safety: safe.
 */
VIB_API int vib_model_field(const vib_model *model, int layer, int y, int x, vib_box *out);

#ifdef __cplusplus
}
#endif

#endif
