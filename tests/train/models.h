/* Models made up for tests, as files. Include after cmocka.h. */
#ifndef TESTS_TRAIN_MODELS_H
#define TESTS_TRAIN_MODELS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sequence.h"
#include "train/model.h"

/* Weights by the sequence, in the order of the recipe; returns its next number. classes: a JSON list. */
static inline uint64_t write_model(const char *recipe, const char *classes, const char *path)
{
    enum { MOST = 16 };
    vib_recipe *r = NULL;
    vib_tensor_record tensors[MOST] = {{0}};
    char names[MOST][64];
    size_t n = 0;
    uint64_t k = 1;
    assert_int_equal(vib_recipe_parse(recipe, "golden", NULL, 0, &r), 0);
    for (size_t i = 0; i < r->graph.n; i++) {
        vib_shape shapes[MOST];
        vib_layer_need needs[MOST];
        size_t at;
        vib_str why = {0};
        assert_int_equal(vib_graph_infer(&r->graph, shapes, needs, &at, &why), 0);
        for (int w = 0; w < needs[i].n_weights; w++, n++) {
            const vib_weight_need *need = &needs[i].weights[w];
            vib_tensor_record *t = &tensors[n];
            snprintf(names[n], sizeof names[n], "%s/%s", r->graph.layers[i].name, need->name);
            *t = (vib_tensor_record){.name = names[n], .rank = need->rank, .count = 1};
            for (int d = 0; d < need->rank; d++) {
                t->dims[d] = (uint64_t)need->dims[d];
                t->count *= t->dims[d];
            }
            float *values = calloc(t->count, sizeof *values);
            for (size_t e = 0; e < t->count; e++, k++)
                values[e] =
                    (float)(strstr(need->name, "variance") ? sequence(k) + 0.5 : (2 * sequence(k) - 1) / 2);
            t->data = values;
        }
    }
    const vib_metadata metadata[] = {{"format", VIB_MODEL_FORMAT}, {"classes", classes}, {"recipe", recipe}};
    assert_int_equal(vib_safetensors_write(path, tensors, n, metadata, VIB_COUNT(metadata), NULL), 0);
    for (size_t i = 0; i < n; i++)
        free((void *)(uintptr_t)tensors[i].data);
    vib_recipe_free(&r);
    return k;
}

#endif
