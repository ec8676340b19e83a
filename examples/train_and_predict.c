/* Trains a classifier on a folder of pictures and asks it about one of them.
 *
 *   cc train_and_predict.c $(pkg-config --cflags --libs vibrisa) && ./a.out photos runs/mine
 * photos/cats/1.jpg */
#include <stdio.h>
#include <vibrisa/vibrisa.h>

static void on_event(void *user, const vib_train_event *e)
{
    (void)user;
    if (e->type == VIB_TRAIN_EPOCH_END)
        printf("epoch %d: loss %.4f, accuracy on other pictures %.4f\n", e->epoch, e->loss, e->val_accuracy);
}

static void on_answer(void *user, const vib_prediction *p)
{
    if (p->error)
        printf("%s: %s\n", p->path, p->error);
    else
        printf("%s: %s (%.1f %%)\n", p->path, vib_model_class_name(user, p->label),
               100 * (double)p->probabilities[p->label]);
}

int main(int argc, char **argv)
{
    vib_device *device = NULL;
    vib_recipe *recipe = NULL;
    vib_dataset *train = NULL, *validation = NULL;
    vib_model *model = NULL;
    if (argc != 4)
        return fprintf(stderr, "usage: %s PICTURES RUN PICTURE\n", argv[0]), 2;
    const vib_dataset_params data = {.root = argv[1]};
    const vib_train_params params = {.run = argv[2], .seed = 1, .event = on_event};
    const char *const fewer[] = {"+train epochs=3"}, *const picture[] = {argv[3]};
    /* Whatever fails has said why on standard error. */
    const int ok = vib_device_open(NULL, &device) == VIB_OK &&
                   vib_recipe_load("default", fewer, 1, &recipe) == VIB_OK &&
                   vib_dataset_open(&data, &train, &validation) == VIB_OK &&
                   vib_train(device, recipe, train, validation, &params, NULL) == VIB_OK &&
                   vib_model_open(argv[2], &model) == VIB_OK &&
                   vib_model_predict(model, device, picture, 1, NULL, on_answer, model) == VIB_OK;
    vib_model_free(&model);
    vib_dataset_free(&train);
    vib_dataset_free(&validation);
    vib_recipe_free(&recipe);
    vib_device_close(&device);
    return ok ? 0 : 1;
}
