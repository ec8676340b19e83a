/* Prediction inside another program: one that reads names of pictures, a line each, for as long as it runs,
 * and puts each into the folder of its class. The device and the model are opened once.
 *
 *   find incoming -type f | ./sort_pictures runs/mine sorted */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <vibrisa/vibrisa.h>

/* What the program keeps of the library. */
typedef struct sorter {
    vib_device *device;
    vib_model *model;
    const char *into;
} sorter;

/* The library's messages go where the program's own go. */
static void on_message(void *user, vib_log_level level, const char *text)
{
    fprintf(user, "[classifier%s] %s\n", level == VIB_LOG_ERROR ? ", error" : "", text);
}

static void on_answer(void *user, const vib_prediction *p)
{
    const sorter *s = user;
    char folder[2048], path[4096];
    if (p->error) {
        printf("left %s: %s\n", p->path, p->error);
        return;
    }
    const char *slash = strrchr(p->path, '/');
    snprintf(folder, sizeof folder, "%s/%s", s->into, vib_model_class_name(s->model, p->label));
    snprintf(path, sizeof path, "%s/%s", folder, slash ? slash + 1 : p->path);
    mkdir(s->into, 0777);
    mkdir(folder, 0777);
    if (rename(p->path, path) < 0)
        printf("left %s: %s\n", p->path, strerror(errno));
    else
        printf("moved %s to %s\n", p->path, path);
}

static int sorter_open(sorter *s, const char *model)
{
    vib_log_set(on_message, stderr, VIB_LOG_WARNING);
    const int status = vib_model_open(model, &s->model);
    return status < 0 ? status : vib_device_open(NULL, &s->device);
}

static int sorter_take(sorter *s, const char *picture)
{
    return vib_model_predict(s->model, s->device, &picture, 1, NULL, on_answer, s);
}

static void sorter_close(sorter *s)
{
    vib_device_close(&s->device);
    vib_model_free(&s->model);
}

int main(int argc, char **argv)
{
    char line[2048];
    if (argc != 3)
        return fprintf(stderr, "usage: %s MODEL FOLDER < NAMES\n", argv[0]), 2;
    sorter s = {.into = argv[2]};
    int status = sorter_open(&s, argv[1]);
    while (status == VIB_OK && fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (*line)
            status = sorter_take(&s, line);
    }
    if (status < 0)
        fprintf(stderr, "stopped: %s\n", vib_strerror(status));
    sorter_close(&s);
    return status < 0;
}
