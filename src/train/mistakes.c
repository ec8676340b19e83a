/* The worst mistakes of an evaluation. */
#include <stdlib.h>
#include <string.h>
#include <vibrisa/model.h>

#include "base/common.h"
#include "base/mem.h"

int vib_mistakes_init(vib_mistakes *mistakes, size_t most)
{
    *mistakes = (vib_mistakes){.most = most, .worst = vib_calloc(most, sizeof *mistakes->worst)};
    return mistakes->worst ? VIB_OK : vib_fail(VIB_FAILED, "out of memory");
}

void vib_mistakes_free(vib_mistakes *mistakes)
{
    free(mistakes->worst);
    *mistakes = (vib_mistakes){0};
}

void vib_mistakes_add(vib_mistakes *m, const vib_prediction *p)
{
    if (p->error)
        return;
    m->pictures++;
    if (p->label == p->truth)
        return;
    m->wrong++;
    size_t place = m->n;
    while (place > 0 && m->worst[place - 1].loss < p->loss)
        place--;
    if (place == m->most)
        return;
    if (m->n < m->most)
        m->n++;
    memmove(&m->worst[place + 1], &m->worst[place], (m->n - 1 - place) * sizeof *m->worst);
    m->worst[place] =
        (vib_mistake){p->index, p->truth, p->label, (double)p->probabilities[p->label], p->loss};
}
