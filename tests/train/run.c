/* Whole runs on a tiny network through the public API: stopped after every step, with a full disk, with other
 * files than a model needs. Skipped where there is no OpenCL device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <png.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vibrisa/vibrisa.h>

#include "base/file.h"
#include "train/checkpoint.h"

enum { SIDE = 8, PER_CLASS = 6, EPOCHS = 2, STEPS = 3, NO_STOP = 1000 };

static const char recipe_text[] = "vibrisa 1\nimage 8x8 rgb\naugment hflip\nconv2d 4 3x3 same relu\n"
                                  "maxpool2d 2x2\nflatten\nclassify\ntrain epochs=2 batch=4\n";

static struct {
    char folder[40];
    vib_device *dev;
    vib_recipe *recipe;
    vib_dataset *train, *validation;
} world = {.folder = "/tmp/vibrisa-test-XXXXXX"};

/* ---- a run and what is seen of it ---- */

typedef struct watch {
    uint64_t stop_after;     /* steps */
    uint64_t stop_validated; /* pictures validated in the whole; 0: do not */
    int full_in_epoch;       /* the disk is full while this epoch is saved */
    uint64_t steps, validated;
    int begins, epochs, saved, ends;
    double first_loss, last_loss;
} watch;

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void on_event(void *user, const vib_train_event *e)
{
    watch *w = user;
    switch (e->type) {
    case VIB_TRAIN_BEGIN:
        w->begins++;
        break;
    case VIB_TRAIN_STEP:
        if (!w->steps++)
            w->first_loss = e->loss;
        w->last_loss = e->loss;
        break;
    case VIB_TRAIN_EPOCH_BEGIN:
        limit_files(RLIM_INFINITY);
        break;
    case VIB_TRAIN_EPOCH_END:
        w->epochs++;
        if (e->epoch == w->full_in_epoch)
            limit_files(64);
        break;
    case VIB_TRAIN_SAVED:
        w->saved++;
        break;
    case VIB_TRAIN_END:
        w->ends++;
        break;
    case VIB_TRAIN_VALIDATING:
        w->validated = e->pictures;
        break;
    case VIB_TRAIN_RATE:
    case VIB_TRAIN_STOPPED:
    case VIB_TRAIN_EVALUATED:
        break;
    }
}

static int stop_now(void *user)
{
    const watch *w = user;
    return w->steps >= w->stop_after || (w->stop_validated && w->validated >= w->stop_validated);
}

static char *path_of(const char *run, const char *file)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s/%s", world.folder, run, file);
    return path;
}

static void add_loss(void *user, const vib_prediction *p)
{
    *(double *)user += p->loss;
}

static int train_recipe(const vib_recipe *recipe, const char *run, int resume, watch *w,
                        vib_train_result *result)
{
    char folder[128];
    snprintf(folder, sizeof folder, "%s/%s", world.folder, run);
    const vib_train_params params = {
        .run = folder,
        .resume = resume ? folder : NULL,
        .seed = 3,
        .workers = 2,
        .interrupted = stop_now,
        .event = on_event,
        .user = w,
    };
    const int err = vib_train(world.dev, recipe, world.train, world.validation, &params, result);
    limit_files(RLIM_INFINITY);
    return err;
}

static int train(const char *run, int resume, watch *w, vib_train_result *result)
{
    return train_recipe(world.recipe, run, resume, w, result);
}

static void hash_of(const char *run, const char *file, char out[65])
{
    vib_model *model;
    assert_int_equal(vib_model_open(path_of(run, file), &model), 0);
    strcpy(out, vib_model_hash(model));
    vib_model_free(&model);
}

static void assert_same_models(const char *a, const char *b)
{
    static const char *const files[] = {"best.safetensors", "last.safetensors"};
    char of_a[65], of_b[65];
    for (size_t i = 0; i < VIB_COUNT(files); i++) {
        hash_of(a, files[i], of_a);
        hash_of(b, files[i], of_b);
        assert_string_equal(of_a, of_b);
    }
}

/* ---- tests ---- */

static void events_and_files_are_complete(void **unused)
{
    (void)unused;
    watch w = {.stop_after = NO_STOP};
    vib_train_result result;
    assert_int_equal(train("whole", 0, &w, &result), 0);
    assert_int_equal(w.steps, EPOCHS * STEPS);
    assert_int_equal(w.epochs, EPOCHS);
    assert_int_equal(w.begins, 1);
    assert_int_equal(w.ends, 1);
    assert_true(w.saved >= EPOCHS);
    assert_in_range(result.best_epoch, 1, EPOCHS);

    vib_model *model;
    vib_state state = {0};
    uint64_t seed;
    assert_int_equal(vib_model_read(path_of("whole", "last.safetensors"), &model), 0);
    assert_int_equal(vib_checkpoint_state(model, &state, &seed), 0);
    assert_int_equal(seed, 3);
    assert_int_equal(state.global_step, EPOCHS * STEPS);
    assert_int_equal(state.epochs, EPOCHS);
    assert_true(state.complete);
    assert_true(state.last.loss == result.loss && state.last.val_loss == result.val_loss);
    assert_non_null(vib_safetensors_tensor(&model->file, "adam/v/conv2d/kernel"));
    assert_string_equal(vib_model_class_name(model, 1), "light");
    vib_state_free(&state);
    vib_model_free(&model);

    /* A model has no moments and is nothing to resume from. */
    assert_int_equal(vib_model_read(path_of("whole", "best.safetensors"), &model), 0);
    assert_null(vib_safetensors_tensor(&model->file, "adam/v/conv2d/kernel"));
    assert_int_equal(vib_checkpoint_state(model, &state, &seed), VIB_BAD_MODEL);
    vib_model_free(&model);
}

/* Stopped after every possible step, and once more on the way. */
static void stopping_leaves_no_trace(void **unused)
{
    (void)unused;
    for (uint64_t k = 0; k <= EPOCHS * STEPS; k++) {
        char run[32];
        snprintf(run, sizeof run, "stopped-%d", (int)k);
        watch w = {.stop_after = k};
        const int err = train(run, 0, &w, NULL);
        assert_true(err == VIB_INTERRUPTED);
        w = (watch){.stop_after = 1};
        const int again = train(run, 1, &w, NULL);
        assert_true(again == VIB_INTERRUPTED || again == VIB_OK);
        w = (watch){.stop_after = NO_STOP};
        assert_int_equal(train(run, 1, &w, NULL), 0);
        assert_same_models("whole", run);
    }
}

/* Every optimizer: its moments, and whatever else it needs to go on, are in the checkpoint. */
static void every_way_of_training_is_resumed(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        const char *const lines[3];
    } ways[] = {
        {"sgd", {"optimizer sgd", "loss label_smoothing=0.1"}},
        {"momentum", {"optimizer sgd momentum=0.9 weight_decay=0.01", "+train class_weight=balanced"}},
        {"nesterov", {"optimizer sgd momentum=0.5 nesterov clip_norm=0.1", "+train class_weight=0.5,2"}},
        {"adamw", {"optimizer adamw clip_norm=0.2"}},
        {"cosine", {"schedule cosine warmup=0.4 min_lr=1e-5"}},
        {"onecycle", {"schedule onecycle"}},
        /* Every epoch lowers the rate: nothing gets better by 10. */
        {"plateau", {"schedule plateau patience=0 min_delta=10 warmup=0.7", "+train epochs=4"}},
        {"stop", {"stop patience=2 min_delta=0.001", "optimizer sgd lr=50", "+train epochs=8"}},
    };
    for (size_t i = 0; i < VIB_COUNT(ways); i++) {
        vib_recipe *recipe;
        char stopped[64];
        size_t n = 0;
        while (n < 3 && ways[i].lines[n])
            n++;
        assert_int_equal(vib_recipe_parse(recipe_text, "test", ways[i].lines, n, &recipe), 0);
        watch w = {.stop_after = NO_STOP};
        assert_int_equal(train_recipe(recipe, ways[i].name, 0, &w, NULL), 0);
        snprintf(stopped, sizeof stopped, "%s-stopped", ways[i].name);
        w = (watch){.stop_after = 2};
        assert_int_equal(train_recipe(recipe, stopped, 0, &w, NULL), VIB_INTERRUPTED);
        for (int err = VIB_INTERRUPTED; err == VIB_INTERRUPTED;) { /* and every four steps again */
            w = (watch){.stop_after = 4};
            err = train_recipe(recipe, stopped, 1, &w, NULL);
            assert_true(err == VIB_INTERRUPTED || err == VIB_OK);
        }
        assert_same_models(ways[i].name, stopped);
        vib_recipe_free(&recipe);
    }
}

/* What the run of `stop` above ends with are the weights of its best epoch, and it has not seen them all. */
static void early_stopping_restores_the_best(void **unused)
{
    (void)unused;
    vib_model *model;
    vib_state state = {0};
    uint64_t seed;
    assert_int_equal(vib_model_read(path_of("stop", "last.safetensors"), &model), 0);
    assert_int_equal(vib_checkpoint_state(model, &state, &seed), 0);
    assert_true(state.stop.stopped && state.complete);
    assert_in_range(state.epochs, 3, 7);
    assert_int_equal(state.best.epoch, state.epochs - 2);
    vib_model *best;
    assert_int_equal(vib_model_read(path_of("stop", "best.safetensors"), &best), 0);
    const vib_tensor_record *a = vib_safetensors_tensor(&model->file, "conv2d/kernel"),
                            *b = vib_safetensors_tensor(&best->file, "conv2d/kernel");
    assert_memory_equal(a->data, b->data, a->count * sizeof(float));
    vib_model_free(&best);
    vib_state_free(&state);
    vib_model_free(&model);
}

/* All steps of the epoch are done then; its validation comes again, unless its last figures had come already.
 */
static void stopping_while_validating_leaves_no_trace(void **unused)
{
    (void)unused;
    watch w = {.stop_after = NO_STOP, .stop_validated = 1};
    assert_int_equal(train("validating", 0, &w, NULL), VIB_INTERRUPTED);
    assert_int_equal(w.steps, STEPS);
    assert_true(w.epochs <= 1);
    const uint64_t ended = w.epochs;
    w = (watch){.stop_after = NO_STOP};
    assert_int_equal(train("validating", 1, &w, NULL), 0);
    assert_int_equal(w.steps, (EPOCHS - 1) * STEPS);
    assert_int_equal(w.epochs, EPOCHS - ended);
    assert_same_models("whole", "validating");
}

static void a_finished_run_stays_as_it_is(void **unused)
{
    (void)unused;
    char before[65], after[65];
    watch w = {.stop_after = NO_STOP};
    vib_train_result result;
    hash_of("whole", "last.safetensors", before);
    assert_int_equal(train("whole", 1, &w, &result), 0);
    hash_of("whole", "last.safetensors", after);
    assert_int_equal(w.steps, 0);
    assert_string_equal(before, after);
    assert_in_range(result.best_epoch, 1, EPOCHS);
}

static void a_run_is_not_written_over(void **unused)
{
    (void)unused;
    watch w = {.stop_after = NO_STOP};
    assert_int_equal(train("whole", 0, &w, NULL), VIB_USAGE);
}

/* The checkpoint of the first epoch cannot be saved, that of the second can: trained to the end, told at the
 * end, nothing lost. */
static void a_full_disk_does_not_stop_training(void **unused)
{
    (void)unused;
    watch w = {.stop_after = NO_STOP, .full_in_epoch = 1};
    assert_int_equal(train("full", 0, &w, NULL), VIB_FAILED);
    assert_int_equal(w.epochs, EPOCHS);
    assert_int_equal(w.ends, 0);
    vib_model *model;
    vib_state state = {0};
    uint64_t seed;
    assert_int_equal(vib_model_read(path_of("full", "last.safetensors"), &model), 0);
    assert_int_equal(vib_checkpoint_state(model, &state, &seed), 0);
    assert_int_equal(state.global_step, EPOCHS * STEPS);
    vib_state_free(&state);
    vib_model_free(&model);
    assert_int_equal(vib_model_read(path_of("full", "best.safetensors"), &model), 0);
    vib_model_free(&model);
}

static void models_that_lack_something_are_refused(void **unused)
{
    (void)unused;
    static const char *const keys[] = {"format", "recipe", "classes"};
    vib_safetensors file;
    vib_model *model = NULL;
    assert_int_equal(vib_safetensors_read(path_of("whole", "best.safetensors"), &file), 0);
    char copy[256];
    snprintf(copy, sizeof copy, "%s", path_of("whole", "copy.safetensors"));
    for (size_t i = 0; i < VIB_COUNT(keys); i++) {
        vib_metadata kept[32];
        size_t n = 0;
        for (size_t k = 0; k < file.n_metadata; k++)
            if (strcmp(file.metadata[k].key, keys[i]) && strcmp(file.metadata[k].key, "sha256"))
                kept[n++] = file.metadata[k];
        assert_int_equal(vib_safetensors_write(copy, file.tensors, file.n_tensors, kept, n, NULL), 0);
        assert_int_equal(vib_model_open(copy, &model), VIB_BAD_MODEL);
    }
    vib_metadata all[32];
    size_t n = 0;
    for (size_t k = 0; k < file.n_metadata; k++)
        if (strcmp(file.metadata[k].key, "sha256"))
            all[n++] = file.metadata[k];
    assert_int_equal(vib_safetensors_write(copy, file.tensors, file.n_tensors, all, n, NULL), 0);
    assert_int_equal(vib_model_open(copy, &model), 0);
    vib_model_free(&model);
    assert_int_equal(vib_safetensors_write(copy, file.tensors + 1, file.n_tensors - 1, all, n, NULL), 0);
    assert_int_equal(vib_model_open(copy, &model), VIB_BAD_MODEL);
    unlink(copy);
    vib_safetensors_free(&file);
}

/* As Keras reports it, in training and in evaluation: the mean cross-entropy and l2 times the squares. */
static void the_loss_has_the_penalty_in_it(void **unused)
{
    (void)unused;
    static const char text[] = "vibrisa 1\nimage 8x8 rgb\nflatten\ndense 4 relu l2=0.5 l1=0.25\nclassify\n"
                               "optimizer sgd lr=0\ntrain epochs=1 batch=4\n";
    vib_recipe *recipe;
    vib_model *model;
    vib_evaluation e;
    vib_train_result result;
    watch w = {.stop_after = NO_STOP};
    assert_int_equal(vib_recipe_parse(text, "test", NULL, 0, &recipe), 0);
    assert_int_equal(train_recipe(recipe, "penalty", 0, &w, &result), 0);
    assert_int_equal(vib_model_open(path_of("penalty", "best.safetensors"), &model), 0);
    double losses = 0, penalty = 0;
    const vib_tensor_record *kernel = vib_safetensors_tensor(&model->file, "dense/kernel");
    for (size_t i = 0; i < kernel->count; i++) {
        const double v = (double)kernel->data[i];
        penalty += 0.5 * v * v + 0.25 * fabs(v);
    }
    const vib_run_params params = {.picture = add_loss, .user = &losses};
    assert_int_equal(vib_model_evaluate(model, world.dev, world.validation, &params, &e), 0);
    assert_true(penalty > 0.1);
    assert_true(fabs(e.loss - losses / (double)e.pictures - penalty) < 1e-5 * penalty);
    assert_true(fabs(result.val_loss - e.loss) < 1e-12);
    assert_true(result.loss > penalty);
    vib_evaluation_free(&e);
    vib_model_free(&model);
    vib_recipe_free(&recipe);
}

static void collect(void *user, const vib_prediction *p)
{
    size_t *seen = user;
    const float sum = p->probabilities[0] + p->probabilities[1];
    assert_null(p->error);
    assert_true(sum > 0.9999f && sum < 1.0001f);
    assert_true(p->probabilities[p->label] >= 0.5f);
    (*seen)++;
}

/* Evaluation agrees with validation, and prediction with evaluation, for any batch size. */
static void evaluation_agrees_with_training(void **unused)
{
    (void)unused;
    vib_model *model;
    vib_state state = {0};
    uint64_t seed;
    assert_int_equal(vib_model_read(path_of("whole", "last.safetensors"), &model), 0);
    assert_int_equal(vib_checkpoint_state(model, &state, &seed), 0);
    for (int batch = 1; batch <= 5; batch += 2) {
        vib_evaluation e;
        const vib_run_params params = {.batch = batch, .workers = 1};
        assert_int_equal(vib_model_evaluate(model, world.dev, world.validation, &params, &e), 0);
        assert_true(e.loss == state.last.val_loss);
        assert_true(e.accuracy == state.last.val_accuracy);
        const double hits = (double)(e.confusion[0] + e.confusion[3]);
        assert_true(hits / (double)e.pictures == e.accuracy);
        vib_evaluation_free(&e);
    }
    char path[128];
    size_t seen = 0;
    snprintf(path, sizeof path, "%s/data/validation/dark/0.png", world.folder);
    assert_int_equal(
        vib_model_predict(model, world.dev, (const char *const[]){path, path, path}, 3, NULL, collect, &seen),
        0);
    assert_int_equal(seen, 3);
    vib_state_free(&state);
    vib_model_free(&model);
}

/* ---- a search for a learning rate ---- */

typedef struct steps {
    size_t n, stop_after;
    double rate, smoothed;
} steps;

static void on_search_step(void *user, size_t done, size_t all, double rate, double smoothed)
{
    steps *s = user;
    assert_int_equal(done, s->n + 1);
    assert_true(done <= all);
    *s = (steps){done, s->stop_after, rate, smoothed};
}

static int stop_search(void *user)
{
    const steps *s = user;
    return s->stop_after && s->n >= s->stop_after;
}

static void a_search_is_the_beginning_of_a_run(void **unused)
{
    (void)unused;
    steps seen = {0};
    vib_lr_find_params params = {
        .from = 1e-5, .to = 0.1, .steps = 41, .seed = 3, .workers = 2, .step = on_search_step, .user = &seen};
    vib_lr_find_result r, again;
    assert_int_equal(vib_lr_find(world.dev, world.recipe, world.train, &params, &r), 0);
    assert_int_equal(r.n, 41);
    assert_int_equal(r.end, VIB_LR_FIND_DONE);
    assert_int_equal(seen.n, 41);
    assert_true(seen.rate == r.rate[40] && seen.smoothed == r.smoothed[40]);
    assert_true(r.rate[0] == 1e-5 && fabs(r.rate[40] / 0.1 - 1) < 1e-12);
    assert_true(fabs(r.rate[20] / 1e-3 - 1) < 1e-12); /* the middle of four decades */
    double sum = 0;
    for (size_t i = 0; i < r.n; i++) {
        sum = 0.98 * sum + 0.02 * r.loss[i];
        assert_true(fabs(r.smoothed[i] - sum / (1 - pow(0.98, (double)i + 1))) < 1e-12);
    }
    /* Its first step is the run's: of that, the rate does not matter yet. */
    watch w = {.stop_after = 1};
    assert_int_equal(train("beginning", 0, &w, NULL), VIB_INTERRUPTED);
    assert_true(w.first_loss == r.loss[0]);
    params.workers = 1;
    seen = (steps){0};
    assert_int_equal(vib_lr_find(world.dev, world.recipe, world.train, &params, &again), 0);
    assert_memory_equal(again.loss, r.loss, r.n * sizeof *r.loss);
    assert_true(again.suggestion == r.suggestion);
    vib_lr_find_result_free(&again);
    vib_lr_find_result_free(&r);
}

static void a_search_ends_where_the_loss_does(void **unused)
{
    (void)unused;
    static const char *const lines[] = {"optimizer sgd"};
    vib_recipe *recipe;
    vib_lr_find_result r;
    const vib_lr_find_params params = {.from = 1e-3, .to = 1000, .steps = 100};
    assert_int_equal(vib_recipe_parse(recipe_text, "test", lines, 1, &recipe), 0);
    assert_int_equal(vib_lr_find(world.dev, recipe, world.train, &params, &r), 0);
    assert_in_range(r.n, 20, 99);
    assert_int_not_equal(r.end, VIB_LR_FIND_DONE);
    for (size_t i = 0; i < r.n; i++)
        assert_true(isfinite(r.loss[i]));
    if (r.end == VIB_LR_FIND_DIVERGED) {
        double best = r.smoothed[0];
        for (size_t i = 0; i < r.n; i++) {
            best = fmin(best, r.smoothed[i]);
            assert_true((r.smoothed[i] > 4 * best) == (i + 1 == r.n));
        }
    }
    vib_lr_find_result_free(&r);
    vib_recipe_free(&recipe);
}

static void a_search_refuses_what_cannot_be(void **unused)
{
    (void)unused;
    static const vib_lr_find_params wrong[] = {
        {.from = 1}, {.from = 0.1, .to = 0.01}, {.to = 1001}, {.from = -1}, {.steps = 19}, {.steps = 10001}};
    steps seen = {.stop_after = 5};
    const vib_lr_find_params stopped = {.interrupted = stop_search, .step = on_search_step, .user = &seen};
    vib_lr_find_result r;
    for (size_t i = 0; i < VIB_COUNT(wrong); i++)
        assert_int_equal(vib_lr_find(world.dev, world.recipe, world.train, &wrong[i], &r), VIB_USAGE);
    assert_int_equal(vib_lr_find(world.dev, world.recipe, world.train, &stopped, &r), VIB_INTERRUPTED);
    assert_in_range(seen.n, 5, 20);
}

/* ---- the world ---- */

static int write_picture(const char *path, int light, int k)
{
    unsigned char pixels[3 * SIDE * SIDE];
    png_image png = {.version = PNG_IMAGE_VERSION, .width = SIDE, .height = SIDE, .format = PNG_FORMAT_RGB};
    for (int i = 0; i < (int)sizeof pixels; i++)
        pixels[i] = (unsigned char)((light ? 150 : 20) + (i * 7 + k * 13) % 90);
    return png_image_write_to_file(&png, path, 0, pixels, 0, NULL) ? 0 : -1;
}

static int make_pictures(void)
{
    static const char *const parts[] = {"train", "validation"}, *const classes[] = {"dark", "light"};
    char path[128];
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/data/%s/%s", world.folder, parts[i / 2], classes[i % 2]);
        if (vib_make_folders(path) < 0)
            return -1;
        for (int k = 0; k < PER_CLASS; k++) {
            snprintf(path, sizeof path, "%s/data/%s/%s/%d.png", world.folder, parts[i / 2], classes[i % 2],
                     k);
            if (write_picture(path, (int)i % 2, k + PER_CLASS * (int)(i / 2)) < 0)
                return -1;
        }
    }
    return 0;
}

static int make_world(void **unused)
{
    char root[64];
    (void)unused;
    signal(SIGXFSZ, SIG_IGN);
    if (!mkdtemp(world.folder) || make_pictures() < 0)
        return -1;
    snprintf(root, sizeof root, "%s/data", world.folder);
    const vib_dataset_params data = {.root = root};
    return vib_dataset_open(&data, &world.train, &world.validation) < 0 ||
                   vib_recipe_parse(recipe_text, "test", NULL, 0, &world.recipe) < 0
               ? -1
               : 0;
}

static int remove_world(void **unused)
{
    char command[64];
    (void)unused;
    vib_dataset_free(&world.train);
    vib_dataset_free(&world.validation);
    vib_recipe_free(&world.recipe);
    vib_device_close(&world.dev);
    snprintf(command, sizeof command, "rm -r %s", world.folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_and_files_are_complete),
        cmocka_unit_test(stopping_leaves_no_trace),
        cmocka_unit_test(every_way_of_training_is_resumed),
        cmocka_unit_test(early_stopping_restores_the_best),
        cmocka_unit_test(the_loss_has_the_penalty_in_it),
        cmocka_unit_test(stopping_while_validating_leaves_no_trace),
        cmocka_unit_test(a_finished_run_stays_as_it_is),
        cmocka_unit_test(a_run_is_not_written_over),
        cmocka_unit_test(a_full_disk_does_not_stop_training),
        cmocka_unit_test(evaluation_agrees_with_training),
        cmocka_unit_test(models_that_lack_something_are_refused),
        cmocka_unit_test(a_search_is_the_beginning_of_a_run),
        cmocka_unit_test(a_search_ends_where_the_loss_does),
        cmocka_unit_test(a_search_refuses_what_cannot_be),
    };
    if (vib_device_open(NULL, &world.dev) < 0) {
        printf("skipped: no OpenCL device\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, make_world, remove_world);
}
