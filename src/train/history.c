#include "train/history.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "train/json.h"

/* Figures in Keras's order (K49, K53), then what only this program knows. */
static const char *header(const vib_history *h)
{
    return h->has_lr ? "epoch,accuracy,loss,lr,val_accuracy,val_loss,round,steps,pictures,seconds,"
                       "images_per_second\n"
                     : "epoch,accuracy,loss,val_accuracy,val_loss,round,steps,pictures,seconds,"
                       "images_per_second\n";
}

static void lost(vib_history *h, const char *path)
{
    if (!h->failed)
        vib_warn("%s: cannot write: %s; training goes on, but the log will have a gap", path,
                 strerror(errno));
    h->failed = 1;
}

/* ---- cutting back to a checkpoint ---- */

static int keep_csv(const char *line, const vib_state *state)
{
    char *end;
    const unsigned long long epoch = strtoull(line, &end, 10);
    return end != line && *end == ',' && epoch <= state->epochs;
}

static int keep_json(const char *line, const vib_state *state)
{
    const char *event = NULL;
    json_int_t step = 0, epoch = 0;
    json_t *all = json_loads(line, 0, NULL);
    int keep = json_unpack(all, "{s:s, s?I, s?I}", "event", &event, "step", &step, "epoch", &epoch) == 0;
    if (keep && step)
        keep = (uint64_t)step <= state->global_step;
    else if (keep && !strcmp(event, "evaluated"))
        keep = state->complete;
    else if (keep && epoch)
        keep = (uint64_t)epoch <= state->epochs;
    json_decref(all);
    return keep;
}

/* Rewrites a log with the lines worth keeping; a line without its newline was cut off by the end of the
 * process. A missing log starts afresh. */
static int cut(const char *path, const char *first, int (*keep)(const char *, const vib_state *),
               const vib_state *state)
{
    int err = 0;
    char *old = NULL, *line, *end;
    size_t size = 0;
    vib_str text = {0};
    const int failed = vib_file_read(path, SIZE_MAX / 2, &old, &size);
    if (failed && failed != ENOENT)
        VIB_FAIL(VIB_FAILED, "%s: cannot read: %s", path, strerror(failed));
    vib_str_add(&text, first);
    for (line = old; line && (end = strchr(line, '\n')); line = end + 1) {
        *end = 0;
        if (keep(line, state))
            vib_str_printf(&text, "%s\n", line);
    }
    VIB_CHECK_MEM(!text.failed);
    VIB_TRY(vib_file_write(path, &(vib_piece){text.text, text.len}, 1, NULL));
fail:
    free(old);
    vib_str_free(&text);
    return err;
}

/* ---- opening ---- */

static int open_log(const char *path, const char *mode, const char *first, FILE **out)
{
    if (!(*out = fopen(path, mode)) || fputs(first, *out) == EOF || fflush(*out) == EOF)
        return vib_fail(VIB_FAILED, "%s: cannot write: %s", path, strerror(errno));
    return 0;
}

/* Names of Keras's folders. */
static int open_board(vib_history *h, const char *run, int resumed, int wanted)
{
    static const char *const names[] = {"tensorboard/train", "tensorboard/validation"};
    int err = 0;
    char *folder[2] = {0}, *all = vib_path_join(run, "tensorboard");
    VIB_CHECK_MEM(all);
    if (!wanted && (!resumed || access(all, F_OK) < 0))
        goto fail;
    if (!wanted && !vib_tfevents_available()) {
        vib_warn("%s: not gone on with: built without protobuf-c", all);
        goto fail;
    }
    for (size_t i = 0; i < VIB_COUNT(names); i++) {
        VIB_CHECK_MEM(folder[i] = vib_path_join(run, names[i]));
        VIB_TRY(vib_tfevents_open(folder[i], &h->board[i]));
    }
fail:
    free(folder[0]);
    free(folder[1]);
    free(all);
    return err;
}

int vib_history_open(vib_history *h, const char *folder, const vib_state *resumed, int board)
{
    int err = 0;
    const char *mode = resumed ? "a" : "w";
    VIB_CHECK_MEM(h->csv_path = vib_path_join(folder, "log.csv"));
    VIB_CHECK_MEM(h->jsonl_path = vib_path_join(folder, "log.jsonl"));
    if (resumed) {
        VIB_TRY(cut(h->csv_path, header(h), keep_csv, resumed));
        VIB_TRY(cut(h->jsonl_path, "", keep_json, resumed));
    }
    VIB_TRY(open_log(h->csv_path, mode, resumed ? "" : header(h), &h->csv));
    VIB_TRY(open_log(h->jsonl_path, mode, "", &h->jsonl));
    VIB_TRY(open_board(h, folder, resumed != NULL, board));
fail:
    return err;
}

void vib_history_close(vib_history *h)
{
    if (h->csv && fclose(h->csv) == EOF)
        lost(h, h->csv_path);
    if (h->jsonl && fclose(h->jsonl) == EOF)
        lost(h, h->jsonl_path);
    vib_tfevents_close(&h->board[0]);
    vib_tfevents_close(&h->board[1]);
    free(h->csv_path);
    free(h->jsonl_path);
    memset(h, 0, sizeof *h);
}

/* ---- writing ---- */

/* Takes the event over. */
static void write_json(vib_history *h, json_t *event)
{
    char *text = json_dumps(event, JSON_COMPACT);
    json_decref(event);
    if (!text || fprintf(h->jsonl, "%s\n", text) < 0 || fflush(h->jsonl) == EOF)
        lost(h, h->jsonl_path);
    free(text);
}

void vib_history_begin(vib_history *h, const vib_device_info *device, const vib_identity *identity,
                       const vib_state *resumed)
{
    json_t *event = json_pack("{s:s, s:o, s:o, s:b, s:s, s:I}", "event", resumed ? "resume" : "begin",
                              "device", vib_json_text(device->name), "platform",
                              vib_json_text(device->platform), "exact", identity->exact, "recipe",
                              vib_recipe_text(identity->recipe), "seed", (json_int_t)identity->seed);
    if (resumed)
        json_object_set_new(event, "after", json_integer((json_int_t)resumed->global_step));
    write_json(h, event);
}

void vib_history_step(vib_history *h, uint64_t global_step, uint64_t epoch, double lr,
                      const vib_metrics *batch, const vib_dataset *set, const vib_pass_step *step)
{
    json_t *files = json_array();
    for (size_t i = 0; i < step->n; i++)
        json_array_append_new(files, vib_json_text(vib_dataset_path(set, step->items[i])));
    json_t *event = json_pack("{s:s, s:I, s:I, s:f, s:f}", "event", "step", "step", (json_int_t)global_step,
                              "epoch", (json_int_t)epoch, "loss", vib_metrics_loss(batch), "accuracy",
                              vib_metrics_accuracy(batch));
    if (h->has_lr)
        json_object_set_new(event, "lr", json_real(lr));
    json_object_set_new(event, "files", files);
    write_json(h, event);
}

/* The shortest text that reads back to the same double. */
static const char *shortest(double x, char text[32])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    return text;
}

static void csv_line(vib_history *h, const vib_epoch_record *r)
{
    char a[32], b[32], c[32] = "NA", d[32] = "NA"; /* NA: as Keras's CSVLogger says "none" */
    char lr[32] = "";
    if (h->has_lr)
        shortest(r->lr, lr);
    if (r->has_validation) {
        shortest(r->val_accuracy, c);
        shortest(r->val_loss, d);
    }
    if (fprintf(h->csv, "%" PRIu64 ",%s,%s,%s%s%s,%s,%d,%" PRIu64 ",%" PRIu64 ",%.3f,%.1f\n", r->epoch,
                shortest(r->accuracy, a), shortest(r->loss, b), lr, h->has_lr ? "," : "", c, d, r->round,
                r->steps, r->pictures, r->seconds, r->images_per_second) < 0 ||
        fflush(h->csv) == EOF)
        lost(h, h->csv_path);
}

/* As Keras's callback: epochs from 0, validation under the names of training in a folder of its own. */
static void board_epoch(vib_history *h, const vib_epoch_record *r)
{
    const uint64_t epoch = r->epoch - 1, step = r->global_step;
    const struct {
        int side;
        const char *tag;
        uint64_t step;
        double value;
    } numbers[] = {
        {0, "epoch_loss", epoch, r->loss},
        {0, "epoch_accuracy", epoch, r->accuracy},
        {0, "epoch_lr", epoch, r->lr},
        {1, "epoch_loss", epoch, r->val_loss},
        {1, "epoch_accuracy", epoch, r->val_accuracy},
        {1, "epoch_lr", epoch, r->lr},
        {1, "evaluation_loss_vs_iterations", step, r->val_loss},
        {1, "evaluation_accuracy_vs_iterations", step, r->val_accuracy},
    };
    for (size_t i = 0; i < VIB_COUNT(numbers); i++) {
        vib_tfevents **file = &h->board[numbers[i].side];
        if (!*file || (numbers[i].side && !r->has_validation) ||
            vib_tfevents_scalar(*file, numbers[i].tag, numbers[i].step, numbers[i].value) == 0)
            continue;
        vib_warn("TensorBoard's file is not gone on with; training is");
        vib_tfevents_close(file);
    }
}

void vib_history_epoch(vib_history *h, const vib_epoch_record *r)
{
    csv_line(h, r);
    board_epoch(h, r);
    json_t *event = json_pack("{s:s, s:I, s:i, s:I, s:I, s:f, s:f}", "event", "epoch", "epoch",
                              (json_int_t)r->epoch, "round", r->round, "steps", (json_int_t)r->steps,
                              "pictures", (json_int_t)r->pictures, "loss", r->loss, "accuracy", r->accuracy);
    if (h->has_lr)
        json_object_set_new(event, "lr", json_real(r->lr));
    if (r->has_validation) {
        json_object_set_new(event, "val_loss", json_real(r->val_loss));
        json_object_set_new(event, "val_accuracy", json_real(r->val_accuracy));
    }
    json_object_set_new(event, "seconds", json_real(r->seconds));
    json_object_set_new(event, "images_per_second", json_real(r->images_per_second));
    write_json(h, event);
}

void vib_history_rate(vib_history *h, uint64_t epoch, double lr)
{
    write_json(h, json_pack("{s:s, s:I, s:f}", "event", "rate", "epoch", (json_int_t)epoch, "lr", lr));
}

void vib_history_stop(vib_history *h, uint64_t epoch, uint64_t best_epoch)
{
    write_json(h, json_pack("{s:s, s:I, s:I}", "event", "stop", "epoch", (json_int_t)epoch, "best_epoch",
                            (json_int_t)best_epoch));
}

void vib_history_nonfinite(vib_history *h, uint64_t step, const char *what)
{
    write_json(h, json_pack("{s:s, s:I, s:s}", "event", "nonfinite", "step", (json_int_t)step, "what", what));
}

void vib_history_evaluated(vib_history *h, const vib_metrics *sums)
{
    write_json(h,
               json_pack("{s:s, s:I, s:f, s:f}", "event", "evaluated", "pictures", (json_int_t)sums->pictures,
                         "loss", vib_metrics_loss(sums), "accuracy", vib_metrics_accuracy(sums)));
}

void vib_history_sync(vib_history *h)
{
    if (fflush(h->csv) == EOF || fsync(fileno(h->csv)) < 0)
        lost(h, h->csv_path);
    if (fflush(h->jsonl) == EOF || fsync(fileno(h->jsonl)) < 0)
        lost(h, h->jsonl_path);
}
