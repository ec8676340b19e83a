#include "recipe/words.h"

#include <limits.h>

#define IMAGE(m) offsetof(vib_settings, image.m) - offsetof(vib_settings, image)
#define RESCALE(m) offsetof(vib_settings, rescale.m) - offsetof(vib_settings, rescale)
#define AUGMENT(m) offsetof(vib_augment, m)
#define LOSS(m) offsetof(vib_settings, loss.m) - offsetof(vib_settings, loss)
#define OPTIMIZER(m) offsetof(vib_settings, optimizer.m) - offsetof(vib_settings, optimizer)
#define SCHEDULE(m) offsetof(vib_schedule, m)
#define STOP(m) offsetof(vib_stop, m)
#define TRAIN(m) offsetof(vib_settings, train.m) - offsetof(vib_settings, train)
#define VALIDATE(m) offsetof(vib_settings, validate.m) - offsetof(vib_settings, validate)
#define EVALUATE(m) offsetof(vib_settings, evaluate.m) - offsetof(vib_settings, evaluate)

/* Every list is in the order of the enum it stands for: vib_resize, vib_fit, vib_loss (from 1),
 * vib_schedule_method, vib_monitor, vib_order. */
static const char *const colors[] = {"grey", "rgb", NULL};
static const char *const resizes[] = {"nearest", "antialias", NULL};
static const char *const fits[] = {"stretch", "crop", "pad", NULL};
static const char *const compats[] = {"none", "keras", NULL};
static const char *const augment_compats[] = {"keras-2.3", "keras-2.9", NULL};
/* As vib_fill. */
static const char *const fills[] = {"nearest", "constant", "reflect", "wrap", NULL};
static const char *const losses[] = {"binary_crossentropy", "categorical_crossentropy", NULL};
static const char *const methods[] = {"adam", "adamw", "sgd", NULL};
static const char *const none_balanced[] = {"none", "balanced", NULL};
static const char *const schedules[] = {"constant", "step", "cosine", "onecycle", "plateau", NULL};
static const char *const monitors[] = {"loss", "accuracy", "val_loss", "val_accuracy", NULL};
static const char *const no_yes[] = {"no", "yes", NULL};
static const char *const orders[] = {"fixed", "reshuffled", NULL};
static const char *const none_all[] = {"none", "all", NULL};

static const vib_field image_fields[] = {
    {"size", "height and width every picture is brought to", VIB_FIELD_SIZE,
     VIB_FIELD_POSITIONAL | VIB_FIELD_REQUIRED, IMAGE(size), 1, 16384},
    {"color", "three channels or one", VIB_FIELD_CHOICE, VIB_FIELD_BARE, IMAGE(color), .def = 1,
     .choices = colors},
    {"resize", "nearest as Pillow's, or antialiased", VIB_FIELD_CHOICE, 0, IMAGE(resize), .def = 1,
     .choices = resizes},
    {"fit", "what happens to other proportions", VIB_FIELD_CHOICE, 0, IMAGE(fit), .choices = fits},
    {"compat", "keras: its folder rules and conversions, EXIF orientation ignored", VIB_FIELD_CHOICE, 0,
     IMAGE(compat), .choices = compats},
    {0},
};

static const vib_field rescale_fields[] = {
    {"factor", "what bytes are multiplied by", VIB_FIELD_REAL, VIB_FIELD_POSITIONAL | VIB_FIELD_REQUIRED,
     RESCALE(factor), 1e-6, 1e6, 1.0 / 255},
    {0},
};

/* What came after the first release is left out of canonical text while it is off, so that text stays as it
 * was. */
static const vib_field augment_fields[] = {
    {"rotation", "turned by an angle between minus and plus this", VIB_FIELD_ANGLE, VIB_FIELD_OPTIONAL,
     AUGMENT(rotation), 0, 180},
    {"width_shift", "moved sideways by up to this: below 1 a share of the width, else pixels", VIB_FIELD_REAL,
     VIB_FIELD_OPTIONAL, AUGMENT(width_shift), 0, 16384},
    {"height_shift", "moved up or down by up to this: below 1 a share of the height, else pixels",
     VIB_FIELD_REAL, VIB_FIELD_OPTIONAL, AUGMENT(height_shift), 0, 16384},
    {"shear", "sheared by an angle between minus and plus this", VIB_FIELD_ANGLE, 0, AUGMENT(shear), 0, 89},
    {"zoom", "rows and columns scaled by two factors from this range", VIB_FIELD_RANGE, 0, AUGMENT(zoom),
     0.01, 100, 1, 1},
    {"fill", "what lies outside a picture that was moved", VIB_FIELD_CHOICE, VIB_FIELD_OPTIONAL,
     AUGMENT(fill), .choices = fills},
    {"cval", "the byte outside with fill=constant and with crop", VIB_FIELD_REAL, VIB_FIELD_OPTIONAL,
     AUGMENT(cval), 0, 255},
    {"crop_scale", "the share of a picture that is cut out and enlarged", VIB_FIELD_RANGE, VIB_FIELD_OPTIONAL,
     AUGMENT(crop_scale), 0.0001, 1, 1, 1},
    {"crop_ratio", "its width divided by its height", VIB_FIELD_RANGE, VIB_FIELD_OPTIONAL,
     AUGMENT(crop_ratio), 0.01, 100, 3 / 4.0, 4 / 3.0},
    {"crop", "pixels of padding all round, of which a window of the old size is cut", VIB_FIELD_INT,
     VIB_FIELD_OPTIONAL, AUGMENT(crop), 0, 16384},
    {"hflip", "half of the pictures mirrored", VIB_FIELD_FLAG, 0, AUGMENT(hflip)},
    {"vflip", "half of the pictures upside down", VIB_FIELD_FLAG, VIB_FIELD_OPTIONAL, AUGMENT(vflip)},
    {"channel_shift", "up to this is added to all channels or taken away, within the picture's range",
     VIB_FIELD_REAL, VIB_FIELD_OPTIONAL, AUGMENT(channel_shift), 0, 255},
    {"brightness", "multiplied by a factor from this range", VIB_FIELD_RANGE, VIB_FIELD_OPTIONAL,
     AUGMENT(brightness), 0.01, 100, 1, 1},
    {"contrast", "distances from the mean grey multiplied by a factor from this range", VIB_FIELD_RANGE,
     VIB_FIELD_OPTIONAL, AUGMENT(contrast), 0.01, 100, 1, 1},
    {"saturation", "distances from each pixel's grey multiplied by a factor from this range", VIB_FIELD_RANGE,
     VIB_FIELD_OPTIONAL, AUGMENT(saturation), 0.01, 100, 1, 1},
    {"hue", "colours turned by up to this share of the circle", VIB_FIELD_REAL, VIB_FIELD_OPTIONAL,
     AUGMENT(hue), 0, 0.5},
    {"erase", "the share of pictures in which a rectangle is erased", VIB_FIELD_REAL, VIB_FIELD_OPTIONAL,
     AUGMENT(erase), 0, 1},
    {"erase_scale", "the share of the picture it covers", VIB_FIELD_RANGE, VIB_FIELD_OPTIONAL,
     AUGMENT(erase_scale), 0.0001, 1, 0.02, 0.33},
    {"erase_ratio", "its height divided by its width", VIB_FIELD_RANGE, VIB_FIELD_OPTIONAL,
     AUGMENT(erase_ratio), 0.01, 100, 0.3, 3.3},
    {"erase_value", "the byte it is filled with", VIB_FIELD_REAL, VIB_FIELD_OPTIONAL, AUGMENT(erase_value), 0,
     255},
    {"compat", "whose centre, axes and brightness are used", VIB_FIELD_CHOICE, 0, AUGMENT(keras29),
     .choices = augment_compats},
    {0},
};

/* `classify` chooses the function itself, so only the parser knows whether it is missing. */
static const vib_field loss_fields[] = {
    {"function", "what training makes small", VIB_FIELD_CHOICE,
     VIB_FIELD_POSITIONAL | VIB_FIELD_BARE | VIB_FIELD_OPTIONAL, LOSS(function), .def = -1,
     .choices = losses},
    {"label_smoothing", "the share of a picture that all classes have alike", VIB_FIELD_REAL,
     VIB_FIELD_OPTIONAL, LOSS(label_smoothing), 0, 0.999999, .also = "smoothing"},
    {0},
};

enum { ADAM = 1 << VIB_METHOD_ADAM, ADAMW = 1 << VIB_METHOD_ADAMW, SGD = 1 << VIB_METHOD_SGD };

static const vib_field optimizer_fields[] = {
    {"method", "how weights follow gradients", VIB_FIELD_CHOICE, VIB_FIELD_POSITIONAL | VIB_FIELD_BARE,
     OPTIMIZER(method), .choices = methods},
    {"lr", "learning rate", VIB_FIELD_REAL, 0, OPTIMIZER(lr), 0, 1000, -1, .also = "learning_rate rate"},
    {"beta1", "memory of the mean of the gradients", VIB_FIELD_REAL, 0, OPTIMIZER(beta1), 0, 0.999999, 0.9,
     .only = ADAM | ADAMW, .also = "beta_1 betas"},
    {"beta2", "memory of their squares", VIB_FIELD_REAL, 0, OPTIMIZER(beta2), 0, 0.999999, 0.999,
     .only = ADAM | ADAMW, .also = "beta_2"},
    {"epsilon", "added to the root, outside the bias correction", VIB_FIELD_REAL, 0, OPTIMIZER(epsilon),
     1e-30, 1, 1e-7, .only = ADAM | ADAMW, .also = "eps"},
    {"momentum", "how much of the last step stays in the next", VIB_FIELD_REAL, 0, OPTIMIZER(momentum), 0,
     0.999999, 0, .only = SGD},
    {"nesterov", "the gradient as if the momentum's step were done", VIB_FIELD_FLAG, 0, OPTIMIZER(nesterov),
     .only = SGD},
    {"weight_decay", "times lr, what each step takes off every value", VIB_FIELD_REAL, 0,
     OPTIMIZER(weight_decay), 0, 1000, -1, .only = ADAMW | SGD, .also = "decay wd"},
    {"clip_norm", "what the norm of all gradients may be; 0: anything", VIB_FIELD_REAL, VIB_FIELD_OPTIONAL,
     OPTIMIZER(clip_norm), 0, 1e30, .also = "clipnorm global_clipnorm clip_grad_norm max_norm"},
    {0},
};

enum {
    CONSTANT = 1 << VIB_SCHEDULE_CONSTANT,
    STEP = 1 << VIB_SCHEDULE_STEP,
    COSINE = 1 << VIB_SCHEDULE_COSINE,
    ONECYCLE = 1 << VIB_SCHEDULE_ONECYCLE,
    PLATEAU = 1 << VIB_SCHEDULE_PLATEAU
};

static const vib_field schedule_fields[] = {
    {"method", "how the learning rate goes", VIB_FIELD_CHOICE, VIB_FIELD_POSITIONAL | VIB_FIELD_BARE,
     SCHEDULE(method), .choices = schedules},
    {"every", "epochs between drops", VIB_FIELD_INT, 0, SCHEDULE(every), 1, 1000000, 10, .only = STEP,
     .also = "step_size"},
    {"monitor", "the figure that should get better", VIB_FIELD_CHOICE, 0, SCHEDULE(monitor),
     .def = VIB_MONITOR_VAL_LOSS, .choices = monitors, .only = PLATEAU},
    {"factor", "what a drop multiplies the rate with", VIB_FIELD_REAL, 0, SCHEDULE(factor), 0, 0.999999, 0.1,
     .only = STEP | PLATEAU, .also = "gamma"},
    {"patience", "epochs without a gain before a drop", VIB_FIELD_INT, 0, SCHEDULE(patience), 0, 1000000, 10,
     .only = PLATEAU},
    {"min_delta", "what counts as a gain", VIB_FIELD_REAL, 0, SCHEDULE(min_delta), 0, 1000, 1e-4,
     .only = PLATEAU, .also = "threshold epsilon"},
    {"cooldown", "epochs after a drop that do not count", VIB_FIELD_INT, 0, SCHEDULE(cooldown), 0, 1000000, 0,
     .only = PLATEAU},
    {"min_lr", "the least rate", VIB_FIELD_REAL, 0, SCHEDULE(min_lr), 0, 1000, 0, .only = COSINE | PLATEAU,
     .also = "eta_min alpha"},
    {"pct_start", "the part of the run in which the rate rises", VIB_FIELD_REAL, 0, SCHEDULE(pct_start), 0, 1,
     0.3, .only = ONECYCLE},
    {"div_factor", "the largest rate over the first", VIB_FIELD_REAL, 0, SCHEDULE(div_factor), 1, 1e9, 25,
     .only = ONECYCLE},
    {"final_div_factor", "the first rate over the last", VIB_FIELD_REAL, 0, SCHEDULE(final_div_factor), 1,
     1e9, 1e4, .only = ONECYCLE},
    {"warmup", "epochs over which the rate rises at first", VIB_FIELD_REAL, VIB_FIELD_OPTIONAL,
     SCHEDULE(warmup), 0, 1000000, .only = CONSTANT | STEP | COSINE | PLATEAU,
     .also = "warmup_epochs warmup_steps warm_up"},
    {0},
};

static const vib_field stop_fields[] = {
    {"patience", "epochs without a gain before the end", VIB_FIELD_INT, 0, STOP(patience), 0, 1000000},
    {"monitor", "the figure that should get better", VIB_FIELD_CHOICE, 0, STOP(monitor),
     .def = VIB_MONITOR_VAL_LOSS, .choices = monitors},
    {"min_delta", "what counts as a gain", VIB_FIELD_REAL, 0, STOP(min_delta), 0, 1000},
    {0},
};

static const vib_field train_fields[] = {
    {"epochs", "of each round", VIB_FIELD_INT, 0, TRAIN(epochs), 1, 1000000, 25},
    {"batch", "pictures in a step", VIB_FIELD_INT, 0, TRAIN(batch), 1, 65536, 32},
    {"steps", "of each epoch; all: every picture once", VIB_FIELD_COUNT, 0, TRAIN(steps), 1, INT_MAX},
    {"rounds", "times the epochs are run, as repeated calls of fit", VIB_FIELD_INT, 0, TRAIN(rounds), 1,
     1000000, 1},
    {"shuffle", "a new order every epoch", VIB_FIELD_CHOICE, 0, TRAIN(shuffle), .def = 1, .choices = no_yes},
    {"class_weight", "how much a picture of each class counts; balanced: the less the more there are",
     VIB_FIELD_LIST, VIB_FIELD_OPTIONAL, TRAIN(class_weight), 0, 1e6, .choices = none_balanced,
     .also = "class_weights"},
    {0},
};

static const vib_field validate_fields[] = {
    {"steps", "batches; all: every picture once", VIB_FIELD_COUNT, 0, VALIDATE(steps), 1, INT_MAX},
    {"order", "the same pictures every epoch, or newly drawn ones", VIB_FIELD_CHOICE, 0, VALIDATE(order),
     .choices = orders},
    {0},
};

static const vib_field evaluate_fields[] = {
    {"pictures", "all: every validation picture after the last epoch", VIB_FIELD_CHOICE,
     VIB_FIELD_POSITIONAL | VIB_FIELD_BARE | VIB_FIELD_REQUIRED, EVALUATE(pictures), .choices = none_all},
    {0},
};

const vib_word vib_words[VIB_WORDS] = {
    [VIB_WORD_IMAGE] = {"image", "what the network sees", image_fields, offsetof(vib_settings, image)},
    [VIB_WORD_RESCALE] = {"rescale", "bytes to numbers", rescale_fields, offsetof(vib_settings, rescale)},
    [VIB_WORD_AUGMENT] = {"augment", "random changes while training", augment_fields,
                          offsetof(vib_settings, augment)},
    [VIB_WORD_LOSS] = {"loss", "what training makes small", loss_fields, offsetof(vib_settings, loss)},
    [VIB_WORD_OPTIMIZER] = {"optimizer", "how weights change", optimizer_fields,
                            offsetof(vib_settings, optimizer)},
    [VIB_WORD_SCHEDULE] = {"schedule", "how the learning rate goes", schedule_fields,
                           offsetof(vib_settings, schedule), .optional = 1},
    [VIB_WORD_STOP] = {"stop", "early, when nothing gets better", stop_fields, offsetof(vib_settings, stop),
                       .optional = 1},
    [VIB_WORD_TRAIN] = {"train", "how long", train_fields, offsetof(vib_settings, train)},
    [VIB_WORD_VALIDATE] = {"validate", "after each epoch", validate_fields, offsetof(vib_settings, validate)},
    [VIB_WORD_EVALUATE] = {"evaluate", "after the last epoch", evaluate_fields,
                           offsetof(vib_settings, evaluate)},
};
