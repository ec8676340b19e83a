/*
 * Signs are cut into four bands of 16 bits; for each band there is a table of the pictures by its value. Two
 * pictures whose signs differ in at most 7 places agree but for one bit in some band, so looking up each band
 * and its 16 neighbours finds all of those and most of the others up to MOST_DIFFERENT. A crop shifts
 * everything, so a picture is looked up as seven parts of itself, each also mirrored.
 */
#include "data/alike.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parallel.h"

enum {
    BANDS = 4,
    BAND_BITS = 16,
    VALUES = 1 << BAND_BITS,
    MOST_DIFFERENT = 12,  /* signs */
    MOST_LOOKS = 1 << 17, /* at others, for one picture: thousands of frames of one film stay affordable */
    MOST_CANDIDATES = 64, /* compared as pictures */
};

/* Chosen on photographs and on drawn pictures: see tests/data/check.c. */
static const double least_whole = 0.92, least_detail = 0.7;

/* Parts looked up: all, a little or more off every side, and each corner. */
static const vib_view views[] = {
    {0, 0, 0, 0},       {0.8f, 0.8f, 0.8f, 0.8f}, {1.6f, 1.6f, 1.6f, 1.6f}, {0, 0, 1.6f, 1.6f},
    {1.6f, 0, 0, 1.6f}, {0, 1.6f, 1.6f, 0},       {1.6f, 1.6f, 0, 0},
};

typedef struct table {
    uint32_t *first; /* VALUES + 1 */
    uint32_t *pictures;
} table;

typedef struct candidate {
    uint32_t picture;
    int different, mirrored;
    size_t view;
} candidate;

/* What a thread has of its own. */
typedef struct bench {
    uint32_t *seen; /* of each picture: the one it was last met by, + 1 */
    uint32_t *slot; /* and its place among the candidates then */
    candidate *candidates;
    size_t n_candidates, candidates_cap;
    vib_alike *found;
    size_t n_found, found_cap;
} bench;

typedef struct search {
    const vib_sketch *sketches;
    size_t n;
    uint64_t *signs; /* of the whole pictures */
    table tables[BANDS];
    bench *benches;
    size_t n_benches;
    int (*tick)(void *user, size_t done);
    void *user;
} search;

static size_t band_of(uint64_t signs, int band)
{
    return (size_t)(signs >> (band * BAND_BITS)) & (VALUES - 1);
}

/* Counting sort: the pictures of each value in index order. */
static int fill_table(const search *s, int band, table *t)
{
    t->first = vib_calloc(VALUES + 1, sizeof *t->first);
    t->pictures = vib_calloc(s->n, sizeof *t->pictures);
    if (!t->first || !t->pictures)
        return vib_fail(VIB_FAILED, "out of memory");
    for (size_t i = 0; i < s->n; i++)
        if (s->sketches[i].usable)
            t->first[band_of(s->signs[i], band) + 1]++;
    for (size_t v = 0; v < VALUES; v++)
        t->first[v + 1] += t->first[v];
    for (size_t i = 0; i < s->n; i++)
        if (s->sketches[i].usable)
            t->pictures[t->first[band_of(s->signs[i], band)]++] = (uint32_t)i;
    /* Each start has become its end, which is the next one's start. */
    memmove(t->first + 1, t->first, VALUES * sizeof *t->first);
    t->first[0] = 0;
    return 0;
}

static int count_bits(uint64_t x)
{
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_popcountll(x);
#else
    int n = 0;
    for (; x; x &= x - 1)
        n++;
    return n;
#endif
}

/* Keeps the way of looking at picture i that is nearest to `other`. */
static int keep(bench *b, size_t i, candidate c)
{
    if (b->seen[c.picture] == i + 1) {
        candidate *known = &b->candidates[b->slot[c.picture]];
        if (c.different < known->different)
            *known = c;
        return 0;
    }
    if (vib_grow(&b->candidates, &b->candidates_cap, b->n_candidates + 1, sizeof *b->candidates) < 0)
        return vib_fail(VIB_FAILED, "out of memory");
    b->seen[c.picture] = (uint32_t)i + 1;
    b->slot[c.picture] = (uint32_t)b->n_candidates;
    b->candidates[b->n_candidates++] = c;
    return 0;
}

/* Looks up one band with one value. `looks` is what may still be looked at. */
static int look(const search *s, bench *b, size_t i, uint64_t signs, const table *t, size_t value,
                candidate how, size_t *looks)
{
    const uint32_t *p = t->pictures + t->first[value], *end = t->pictures + t->first[value + 1];
    for (; p < end && *looks; p++, --*looks) {
        how.different = count_bits(signs ^ s->signs[*p]);
        if (how.different > MOST_DIFFERENT || *p == i)
            continue;
        how.picture = *p;
        const int err = keep(b, i, how);
        if (err < 0)
            return err;
    }
    return 0;
}

static int look_up(const search *s, bench *b, size_t i)
{
    int err = 0;
    size_t looks = MOST_LOOKS;
    for (size_t v = 0; v < VIB_COUNT(views); v++) {
        const uint64_t straight = v ? vib_sketch_signs(&s->sketches[i], &views[v]) : s->signs[i];
        for (int mirrored = 0; mirrored < 2; mirrored++) {
            const uint64_t signs = mirrored ? straight ^ VIB_SKETCH_MIRROR : straight;
            const candidate how = {.view = v, .mirrored = mirrored};
            for (int band = 0; band < BANDS; band++) {
                const size_t value = band_of(signs, band);
                VIB_TRY(look(s, b, i, signs, &s->tables[band], value, how, &looks));
                for (int bit = 0; bit < BAND_BITS; bit++)
                    VIB_TRY(look(s, b, i, signs, &s->tables[band], value ^ (size_t)1 << bit, how, &looks));
            }
        }
    }
fail:
    return err;
}

static int by_difference(const void *a, const void *b)
{
    const candidate *p = a, *q = b;
    return p->different != q->different ? p->different - q->different
                                        : (p->picture > q->picture) - (p->picture < q->picture);
}

static int compare(const search *s, bench *b, size_t i, const candidate *c)
{
    const vib_match m =
        vib_sketch_compare(&s->sketches[i], &views[c->view], c->mirrored, &s->sketches[c->picture]);
    if (m.whole < least_whole || m.detail < least_detail)
        return 0;
    if (vib_grow(&b->found, &b->found_cap, b->n_found + 1, sizeof *b->found) < 0)
        return vib_fail(VIB_FAILED, "out of memory");
    b->found[b->n_found++] = (vib_alike){.first = (uint32_t)VIB_MIN(i, c->picture),
                                         .second = (uint32_t)VIB_MAX(i, c->picture),
                                         .correlation = m.whole,
                                         .mirrored = c->mirrored};
    return 0;
}

static int search_one(void *user, size_t worker, size_t i)
{
    const search *s = user;
    bench *b = &s->benches[worker];
    int err = 0;
    if (!s->sketches[i].usable)
        return 0;
    b->n_candidates = 0;
    VIB_TRY(look_up(s, b, i));
    if (b->n_candidates)
        qsort(b->candidates, b->n_candidates, sizeof *b->candidates, by_difference);
    for (size_t k = 0; k < VIB_MIN(b->n_candidates, MOST_CANDIDATES); k++)
        VIB_TRY(compare(s, b, i, &b->candidates[k]));
fail:
    return err;
}

static int take_signs(void *user, size_t worker, size_t i)
{
    const search *s = user;
    (void)worker;
    if (s->sketches[i].usable)
        s->signs[i] = vib_sketch_signs(&s->sketches[i], &views[0]);
    return 0;
}

static int tick(void *user, size_t done)
{
    const search *s = user;
    return s->tick ? s->tick(s->user, done) : 0;
}

/* By pair; the better of two ways to see one first. */
static int by_pair(const void *a, const void *b)
{
    const vib_alike *p = a, *q = b;
    if (p->second != q->second)
        return p->second < q->second ? -1 : 1;
    if (p->first != q->first)
        return p->first < q->first ? -1 : 1;
    return (p->correlation < q->correlation) - (p->correlation > q->correlation);
}

/* Joins what the threads found; a pair is often found from both sides. */
static int collect(search *s, vib_alike **out, size_t *n_out)
{
    size_t n = 0, kept = 0;
    for (size_t k = 0; k < s->n_benches; k++)
        n += s->benches[k].n_found;
    vib_alike *all = vib_calloc(n, sizeof *all);
    if (!all)
        return vib_fail(VIB_FAILED, "out of memory");
    n = 0;
    for (size_t k = 0; k < s->n_benches; k++) {
        if (s->benches[k].n_found)
            memcpy(all + n, s->benches[k].found, s->benches[k].n_found * sizeof *all);
        n += s->benches[k].n_found;
    }
    qsort(all, n, sizeof *all, by_pair);
    for (size_t i = 0; i < n; i++)
        if (!kept || all[i].first != all[kept - 1].first || all[i].second != all[kept - 1].second)
            all[kept++] = all[i];
    *out = all;
    *n_out = kept;
    return 0;
}

static void free_search(search *s)
{
    for (int band = 0; band < BANDS; band++) {
        free(s->tables[band].first);
        free(s->tables[band].pictures);
    }
    for (size_t k = 0; s->benches && k < s->n_benches; k++) {
        free(s->benches[k].seen);
        free(s->benches[k].slot);
        free(s->benches[k].candidates);
        free(s->benches[k].found);
    }
    free(s->benches);
    free(s->signs);
}

int vib_find_alike(const vib_sketch *sketches, size_t n, int workers, int (*user_tick)(void *, size_t),
                   void *user, vib_alike **out, size_t *n_out)
{
    int err = 0;
    search s = {.sketches = sketches, .n = n, .tick = user_tick, .user = user};
    vib_parallel_job job = {.n = n, .workers = workers, .work = take_signs, .tick = tick, .user = &s};
    VIB_CHECK_MEM(s.signs = vib_calloc(n, sizeof *s.signs));
    s.n_benches = vib_parallel_workers(&job);
    VIB_CHECK_MEM(s.benches = vib_calloc(s.n_benches, sizeof *s.benches));
    for (size_t k = 0; k < s.n_benches; k++) {
        VIB_CHECK_MEM(s.benches[k].seen = vib_calloc(n, sizeof *s.benches[k].seen));
        VIB_CHECK_MEM(s.benches[k].slot = vib_calloc(n, sizeof *s.benches[k].slot));
    }
    VIB_TRY(vib_parallel(&job));
    for (int band = 0; band < BANDS; band++)
        VIB_TRY(fill_table(&s, band, &s.tables[band]));
    job.work = search_one;
    VIB_TRY(vib_parallel(&job));
    VIB_TRY(collect(&s, out, n_out));
fail:
    free_search(&s);
    return err;
}
