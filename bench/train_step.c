/* Training speed of the notebook's network, data in memory, to set beside bench/keras_step.py.
 *
 *     train_step [RECIPE] [--steps N] [--profile]
 *
 * Prints one line, `train_images_per_second N`; with --profile each kernel's time on standard error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "recipe/recipe.h"

enum { WARM_UP = 20 };

static void print_log(void *user, vib_log_level level, const char *text)
{
    (void)user, (void)level;
    fprintf(stderr, "%s\n", text);
}

/* Steps WARM_UP + steps; the time of the last `steps`. */
static int run(vib_network *net, const vib_feed *feed, const vib_recipe *recipe, int steps, double *seconds)
{
    int err = 0;
    vib_result result;
    double start = 0;
    for (int t = 1; t <= WARM_UP + steps; t++) {
        VIB_TRY(vib_network_train(net, feed, (uint64_t)t, recipe->optimizer.lr));
        while ((err = vib_network_result(net, vib_network_pending(net) >= VIB_IN_FLIGHT / 2 || t == WARM_UP,
                                         &result)) > 0)
            ;
        VIB_TRY(err);
        if (t == WARM_UP)
            start = vib_clock();
    }
    while ((err = vib_network_result(net, 1, &result)) > 0)
        ;
    *seconds = vib_clock() - start;
fail:
    return err;
}

int main(int argc, char **argv)
{
    int err = 0, steps = 100, profile = 0;
    const char *name = "notebook";
    vib_device *dev = NULL;
    vib_recipe *recipe = NULL, *resolved = NULL;
    vib_network *net = NULL;
    unsigned char *pixels = NULL;
    int32_t *labels = NULL;
    uint64_t *presentations = NULL;
    double seconds = 0;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--profile"))
            profile = 1;
        else if (!strcmp(argv[i], "--steps") && i + 1 < argc)
            steps = atoi(argv[++i]);
        else
            name = argv[i];
    }
    vib_log_set(print_log, NULL, profile ? VIB_LOG_DEBUG : VIB_LOG_WARNING);
    VIB_TRY(
        vib_device_open(&(vib_device_params){.device = getenv("VIBRISA_DEVICE"), .profile = profile}, &dev));
    VIB_TRY(vib_recipe_load(name, NULL, 0, &recipe));
    VIB_TRY(vib_recipe_resolve(recipe, 2, &resolved));
    const size_t batch = (size_t)resolved->train.batch, picture = vib_shape_count(&resolved->graph.input);
    const vib_network_params params = {.graph = &resolved->graph,
                                       .loss = resolved->loss,
                                       .optimizer = resolved->optimizer,
                                       .rescale = resolved->rescale,
                                       .augment = resolved->augment,
                                       .seed = 1,
                                       .batch = (int)batch,
                                       .training = 1};
    VIB_TRY(vib_network_create(dev, &params, &net));
    VIB_TRY(vib_network_init(net));
    VIB_CHECK_MEM(pixels = vib_calloc(batch, picture));
    VIB_CHECK_MEM(labels = vib_calloc(batch, sizeof *labels));
    VIB_CHECK_MEM(presentations = vib_calloc(batch, sizeof *presentations));
    for (size_t i = 0; i < batch * picture; i++)
        pixels[i] = (unsigned char)vib_random_u32(1, 9, i, 0);
    for (size_t i = 0; i < batch; i++) {
        labels[i] = (int32_t)(i % 2);
        presentations[i] = i;
    }
    const vib_feed feed = {pixels, labels, resolved->has_augment ? presentations : NULL, (int)batch};
    VIB_TRY(run(net, &feed, resolved, steps, &seconds));
    printf("train_images_per_second %.1f\n", (double)steps * (double)batch / seconds);
    vib_device_log_profile(dev);
fail:
    vib_network_destroy(&net);
    vib_recipe_free(&recipe);
    vib_recipe_free(&resolved);
    vib_device_close(&dev);
    free(pixels);
    free(labels);
    free(presentations);
    return -err;
}
