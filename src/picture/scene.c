#include "picture/scene.h"

#include <math.h>

#include "base/common.h"

enum { SHORTEST = 200, LONGEST = 500 };

/* ---- colours ---- */

static const vib_colour furs[] = {
    {.13, .12, .13}, {.24, .23, .25}, {.42, .42, .45}, {.66, .66, .68}, {.29, .19, .13}, {.45, .29, .17},
    {.62, .43, .25}, {.80, .60, .34}, {.84, .50, .20}, {.72, .36, .14}, {.92, .82, .65}, {.95, .94, .92},
};

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static vib_colour near(vib_dice *d, vib_colour c, double spread)
{
    const double all = spread * vib_dice_bell(d);
    c.r = clamp(c.r + all + spread / 2 * vib_dice_bell(d), 0, 1);
    c.g = clamp(c.g + all + spread / 2 * vib_dice_bell(d), 0, 1);
    c.b = clamp(c.b + all + spread / 2 * vib_dice_bell(d), 0, 1);
    return c;
}

static vib_colour any_fur(vib_dice *d)
{
    const vib_colour *fur = &furs[vib_dice_below(d, VIB_COUNT(furs))];
    return near(d, *fur, .03);
}

/* Between a grey and a full colour, so that few backgrounds shout. */
static vib_colour any_colour(vib_dice *d)
{
    const double grey = vib_dice_between(d, .12, .92);
    const double spread = vib_dice_between(d, .05, .4);
    return near(d, (vib_colour){grey, grey, grey}, spread);
}

static double lightness(vib_colour c)
{
    return .3 * c.r + .59 * c.g + .11 * c.b;
}

/* Brought away from another colour when it is nearly as light: no animal is photographed against its own
 * colour. */
static vib_colour apart(vib_colour c, vib_colour from)
{
    enum { TENTHS = 2 };
    const double gap = lightness(c) - lightness(from);
    if (fabs(gap) * 10 >= TENTHS)
        return c;
    const double shift = (lightness(from) > .5 ? -.1 : .1) * TENTHS - gap;
    return (vib_colour){clamp(c.r + shift, 0, 1), clamp(c.g + shift, 0, 1), clamp(c.b + shift, 0, 1)};
}

/* ---- what does not depend on the species ---- */

static void choose_size(vib_scene *s, vib_dice *d)
{
    static const double ratios[] = {1, 1, 4. / 3, 3. / 2, 5. / 4};
    const double ratio = ratios[vib_dice_below(d, VIB_COUNT(ratios))];
    const double shorter = vib_dice_between(d, SHORTEST, LONGEST / ratio + 1);
    const int tall = vib_dice_chance(d, .5), longer = (int)(shorter * ratio);
    s->width = tall ? (int)shorter : VIB_MIN(longer, LONGEST);
    s->height = tall ? VIB_MIN(longer, LONGEST) : (int)shorter;
    s->sharpness = vib_dice_chance(d, .25) ? vib_dice_between(d, .45, .8) : 1;
    s->quality = 55 + vib_dice_below(d, 41);
}

static void choose_pose(vib_scene *s, vib_dice *d)
{
    vib_pose *p = &s->pose;
    p->scale = VIB_MIN(s->width, s->height) * vib_dice_between(d, .28, .4);
    p->roll = .19 * vib_dice_bell(d);
    p->yaw = clamp(.45 * vib_dice_bell(d), -1, 1);
    p->pitch = clamp(.4 * vib_dice_bell(d), -1, 1);
    p->stretch_x = vib_dice_between(d, .92, 1.08);
    p->stretch_y = vib_dice_between(d, .92, 1.08);
    p->lean = .3 * vib_dice_bell(d);
    /* Nearly all of the head stays inside. */
    p->x = s->width / 2. + vib_dice_between(d, -1, 1) * VIB_MAX(0, s->width / 2. - 1.05 * p->scale);
    p->y = s->height * .54 + vib_dice_between(d, -1, 1) * VIB_MAX(0, s->height / 2. - 1.2 * p->scale);
}

static void choose_coat(vib_scene *s, vib_dice *d)
{
    vib_coat *c = &s->coat;
    c->pattern = (vib_pattern)vib_dice_below(d, VIB_N_COATS);
    c->base = any_fur(d);
    c->second = any_fur(d);
    if (c->pattern == VIB_COAT_BLAZE)
        c->second = near(d, (vib_colour){.95, .93, .9}, .03);
    else if (c->pattern == VIB_COAT_MASKED)
        c->second = near(d, (vib_colour){.2, .16, .15}, .04);
    /* A pattern nobody can see is none: white goes with a mid brown, dark with a light one. */
    if (c->pattern != VIB_COAT_PLAIN && fabs(lightness(c->second) - lightness(c->base)) < .2)
        c->base = near(d, lightness(c->second) > .5 ? furs[5] : furs[10], .04);
    c->length = vib_dice_between(d, .05, .17);
    c->hairs = 90 + vib_dice_below(d, 90);
    s->collar = vib_dice_chance(d, .4);
    s->collar_colour = any_colour(d);
}

static void choose_surroundings(vib_scene *s, vib_dice *d)
{
    s->backdrop = (vib_backdrop)vib_dice_below(d, VIB_N_BACKDROPS);
    for (int i = 0; i < 3; i++)
        s->behind[i] = apart(any_colour(d), s->coat.base);
    vib_light *l = &s->light;
    l->angle = vib_dice_between(d, 0, 6.2832);
    l->shade = vib_dice_chance(d, .7) ? vib_dice_between(d, 0, .4) : 0;
    l->warmth = .5 * vib_dice_bell(d);
    l->gain = vib_dice_between(d, .8, 1.15);
    l->vignette = vib_dice_chance(d, .3) ? vib_dice_between(d, .1, .5) : 0;
    l->noise = vib_dice_chance(d, .6) ? vib_dice_between(d, 3, 16) : 0;
}

/* ---- what tells a cat from a dog ---- */

static void choose_cat(vib_face *f, vib_dice *d)
{
    static const vib_colour irises[] = {{.55, .72, .25}, {.86, .76, .22}, {.82, .52, .16},
                                        {.40, .66, .86}, {.36, .58, .42}, {.62, .50, .24}};
    static const vib_colour noses[] = {{.90, .58, .58}, {.78, .45, .42}, {.84, .55, .52}, {.30, .20, .19}};
    f->width = vib_dice_between(d, .94, 1.1);
    f->height = vib_dice_between(d, .78, .9);
    f->cheeks = vib_dice_between(d, .02, .16);
    f->ears[0] = f->ears[1] = vib_dice_chance(d, .1) ? VIB_EARS_FOLDED : VIB_EARS_POINTED;
    f->ear_height = vib_dice_between(d, .55, .92);
    f->ear_width = vib_dice_between(d, .62, .78);
    f->ear_apart = vib_dice_between(d, .5, .64);
    f->muzzle_width = vib_dice_between(d, .34, .44);
    f->muzzle_height = vib_dice_between(d, .22, .29);
    f->muzzle_y = vib_dice_between(d, .36, .44);
    f->nose = vib_dice_between(d, .1, .14);
    f->eye = vib_dice_between(d, .21, .29);
    f->eye_apart = vib_dice_between(d, .42, .49);
    f->eye_y = vib_dice_between(d, -.12, -.02);
    f->eye_slant = vib_dice_between(d, .1, .4);
    f->eye_open = vib_dice_between(d, .55, 1);
    f->pupil = vib_dice_between(d, .14, .75);
    f->tongue = vib_dice_chance(d, .08) ? .5 : 0;
    f->whiskers = vib_dice_between(d, .6, 1.1);
    f->n_whiskers = 3 + vib_dice_below(d, 3);
    f->iris = irises[vib_dice_below(d, VIB_COUNT(irises))];
    f->nose_colour = noses[vib_dice_below(d, VIB_COUNT(noses))];
}

static void choose_dog(vib_face *f, vib_dice *d)
{
    static const vib_colour irises[] = {{.30, .18, .10}, {.22, .13, .08}, {.42, .26, .12},
                                        {.58, .38, .14}, {.46, .66, .82}, {.30, .18, .10}};
    static const vib_colour noses[] = {{.10, .09, .10}, {.14, .11, .11}, {.12, .10, .10}, {.34, .20, .16}};
    static const vib_ears kinds[] = {VIB_EARS_FLOPPY, VIB_EARS_FLOPPY, VIB_EARS_PRICKED, VIB_EARS_BUTTON};
    f->width = vib_dice_between(d, .74, .92);
    f->height = vib_dice_between(d, .82, .96);
    f->cheeks = vib_dice_between(d, -.1, .06);
    f->ears[0] = f->ears[1] = kinds[vib_dice_below(d, VIB_COUNT(kinds))];
    if (vib_dice_chance(d, .08)) /* one ear has its own mind */
        f->ears[vib_dice_below(d, 2)] = VIB_EARS_BUTTON;
    f->ear_height = vib_dice_between(d, .7, 1.1);
    f->ear_width = vib_dice_between(d, .42, .58);
    f->ear_apart = vib_dice_between(d, .44, .56);
    f->muzzle_width = vib_dice_between(d, .4, .54);
    f->muzzle_height = vib_dice_between(d, .36, .5);
    f->muzzle_y = vib_dice_between(d, .46, .58);
    f->nose = vib_dice_between(d, .22, .29);
    f->eye = vib_dice_between(d, .12, .16);
    f->eye_apart = vib_dice_between(d, .34, .42);
    f->eye_y = vib_dice_between(d, -.22, -.1);
    f->eye_slant = vib_dice_between(d, -.2, .15);
    f->eye_open = vib_dice_between(d, .65, 1);
    f->pupil = vib_dice_between(d, .5, .7);
    f->tongue = vib_dice_chance(d, .4) ? vib_dice_between(d, .6, 1.2) : 0;
    f->whiskers = vib_dice_between(d, .15, .4);
    f->n_whiskers = vib_dice_below(d, 4);
    f->iris = irises[vib_dice_below(d, VIB_COUNT(irises))];
    f->nose_colour = noses[vib_dice_below(d, VIB_COUNT(noses))];
}

vib_scene vib_scene_choose(uint64_t seed, uint64_t picture, vib_species species)
{
    vib_scene s = {.species = species};
    vib_dice d = {.seed = seed, .picture = picture};
    choose_size(&s, &d);
    choose_pose(&s, &d);
    choose_coat(&s, &d);
    choose_surroundings(&s, &d);
    (species == VIB_CAT ? choose_cat : choose_dog)(&s.face, &d);
    for (int i = 0; i < 2; i++)
        s.face.ear_turn[i] = .12 * vib_dice_bell(&d);
    s.face.whisker_droop = vib_dice_between(&d, -.2, .25);
    s.dice = d;
    return s;
}
