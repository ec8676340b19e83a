/* Trains a classifier on a folder of pictures and asks it about one of them. */
#include <stdio.h>
#include <vibrisa/vibrisa.h>

static void on_event(void *out, const vib_train_event *e)
{
    if (e->type == VIB_TRAIN_EPOCH_END)
        fprintf(out, "epoch %d: loss %.4f, validation accuracy %.4f\n", e->epoch, e->loss, e->val_accuracy);
}

static void on_answer(void *model, const vib_prediction *p)
{
    if (p->error)
        printf("%s: %s\n", p->path, p->error);
    else
        printf("%s: %s (%.1f %%)\n", p->path, vib_model_class_name(model, p->label),
               100 * (double)p->probabilities[p->label]);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return fprintf(stderr, "usage: %s PICTURES RUN PICTURE\n", argv[0]), 2;
    const vib_train_params run = {.run = argv[2], .seed = 1, .event = on_event, .user = stdout};
    vib_device *device = NULL;
    vib_dataset *train = NULL, *validation = NULL;
    vib_model *model = NULL;
    /* Whatever fails has said why on standard error. */
    const int ok =
        vib_device_open(NULL, &device) == VIB_OK &&
        vib_dataset_open(&(vib_dataset_params){.root = argv[1]}, &train, &validation) == VIB_OK &&
        vib_train(device, NULL, train, validation, &run, NULL) == VIB_OK &&
        vib_model_open(argv[2], &model) == VIB_OK &&
        vib_model_predict(model, device, (const char *[]){argv[3]}, 1, NULL, on_answer, model) == VIB_OK;
    vib_model_free(&model);
    vib_dataset_free(&train);
    vib_dataset_free(&validation);
    vib_device_close(&device);
    return ok ? 0 : 1;
}
