#include "train/pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int reserve(vib_pass *pass)
{
    int err = 0;
    for (size_t i = 0; i < VIB_IN_FLIGHT; i++) {
        vib_pass_step *step = &pass->flight[i];
        VIB_CHECK_MEM(step->items = vib_calloc(pass->batches.batch, sizeof *step->items));
        VIB_CHECK_MEM(step->places = vib_calloc(pass->batches.batch, sizeof *step->places));
        VIB_CHECK_MEM(step->labels = vib_calloc(pass->batches.batch, sizeof *step->labels));
    }
fail:
    return err;
}

static void release(vib_pass *pass)
{
    for (size_t i = 0; i < VIB_IN_FLIGHT; i++) {
        free(pass->flight[i].items);
        free(pass->flight[i].places);
        free(pass->flight[i].labels);
    }
    memset(pass->flight, 0, sizeof pass->flight);
}

/* Takes the oldest result: 1 taken, 0 none (ready), < 0 failed. */
static int take(vib_pass *pass, int wait)
{
    vib_result result;
    const int got = vib_network_result(pass->net, wait, &result);
    if (got <= 0)
        return got;
    const vib_pass_step *step = &pass->flight[pass->head];
    pass->head = (pass->head + 1) % VIB_IN_FLIGHT;
    pass->pending--;
    const int err = pass->after ? pass->after(pass->user, step, &result) : 0;
    return err < 0 ? err : 1;
}

int vib_pass_drain(vib_pass *pass)
{
    while (pass->pending) {
        const int got = take(pass, 1);
        if (got < 0)
            return got;
    }
    return 0;
}

/* The next free record, filled from the batch. */
static vib_pass_step *remember(vib_pass *pass, const vib_batch *batch)
{
    vib_pass_step *step = &pass->flight[(pass->head + pass->pending) % VIB_IN_FLIGHT];
    step->number = batch->number;
    step->place = vib_batches_start(&pass->batches, (size_t)batch->number);
    step->n = batch->n;
    step->asked = batch->asked;
    memcpy(step->items, batch->items, batch->n * sizeof *step->items);
    memcpy(step->places, batch->places, batch->n * sizeof *step->places);
    memcpy(step->labels, batch->labels, batch->n * sizeof *step->labels);
    return step;
}

static int issue(vib_pass *pass, const vib_batch *batch)
{
    vib_feed feed = {
        .pixels = batch->pixels,
        .labels = pass->unlabelled ? NULL : batch->labels,
        .n = (int)batch->n,
    };
    return pass->issue ? pass->issue(pass->user, batch, &feed) : vib_network_evaluate(pass->net, &feed);
}

static int one_batch(vib_pass *pass, const vib_batch *batch)
{
    int err = 0;
    /* Results that are ready are taken at once; when the network is full, or the batch has nothing to
     * compute and so no result of its own, the order is kept by waiting. */
    while (pass->pending) {
        const int got = take(pass, pass->pending >= VIB_IN_FLIGHT || batch->n == 0);
        VIB_TRY(got);
        if (!got)
            break;
    }
    const vib_pass_step *step = remember(pass, batch);
    if (batch->n) {
        VIB_TRY(issue(pass, batch));
        pass->pending++;
    } else if (pass->after) {
        VIB_TRY(pass->after(pass->user, step, NULL));
    }
fail:
    return err;
}

int vib_pass_run(vib_pass *pass)
{
    int err = 0, more;
    vib_batch batch;
    pass->head = pass->pending = 0;
    VIB_TRY(reserve(pass));
    VIB_TRY(vib_loader_start(pass->loader, pass->order, &pass->batches, pass->first, pass->last));
    for (;;) {
        if (pass->before)
            VIB_TRY(pass->before(pass->user));
        VIB_TRY(more = vib_loader_next(pass->loader, &batch));
        if (!more)
            break;
        err = one_batch(pass, &batch);
        vib_loader_release(pass->loader, &batch);
        VIB_TRY(err);
    }
    VIB_TRY(vib_pass_drain(pass));
fail:
    release(pass);
    return err;
}
