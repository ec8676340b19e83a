/* What one drawn picture shows, decided before a line is drawn. */
#ifndef VIB_PICTURE_SCENE_H
#define VIB_PICTURE_SCENE_H

#include "picture/dice.h"

typedef struct vib_colour {
    double r, g, b; /* 0 … 1 */
} vib_colour;

typedef enum vib_species { VIB_CAT, VIB_DOG } vib_species;

typedef enum vib_ears {
    VIB_EARS_POINTED, /* a cat's */
    VIB_EARS_FOLDED,  /* a cat's whose tips hang forward */
    VIB_EARS_FLOPPY,  /* a dog's that hang down at the sides */
    VIB_EARS_PRICKED, /* a dog's that stand, narrow and round at the tip */
    VIB_EARS_BUTTON,  /* a dog's that stand and tip over half-way */
} vib_ears;

typedef enum vib_pattern {
    VIB_COAT_PLAIN,
    VIB_COAT_STRIPED,
    VIB_COAT_BLAZE,  /* a light muzzle and a stripe up between the eyes */
    VIB_COAT_PATCHY, /* large spots */
    VIB_COAT_MASKED, /* a dark muzzle and dark ears */
    VIB_N_COATS,
} vib_pattern;

typedef enum vib_backdrop {
    VIB_BACKDROP_GRADIENT,
    VIB_BACKDROP_BLOBS,
    VIB_BACKDROP_GRASS,
    VIB_BACKDROP_ROOM,
    VIB_BACKDROP_HILLS,
    VIB_BACKDROP_CLOTH,
    VIB_N_BACKDROPS,
} vib_backdrop;

/* The head's own coordinates: the origin is between the eyes' line and the muzzle, y points down, and 1 is
 * about half the width of a head. */
typedef struct vib_pose {
    double x, y;                 /* of the origin, in pixels */
    double scale;                /* pixels in 1 */
    double roll;                 /* radians, clockwise */
    double yaw, pitch;           /* -1 … 1: looks to the right of the picture, down */
    double stretch_x, stretch_y; /* about 1 */
    double lean;                 /* of the body, against the head */
} vib_pose;

typedef struct vib_coat {
    vib_pattern pattern;
    vib_colour base, second; /* second: stripes, spots, blaze or mask */
    double length;           /* of the hairs, in head units */
    int hairs;
} vib_coat;

typedef struct vib_face {
    double width, height; /* of the skull */
    double cheeks;        /* how far the lower half bulges */
    vib_ears ears[2];     /* left and right in the picture */
    double ear_height, ear_width, ear_apart, ear_turn[2];
    double muzzle_width, muzzle_height, muzzle_y, nose;
    double eye, eye_apart, eye_y, eye_slant, eye_open, pupil;
    double tongue; /* 0: not out */
    double whiskers, whisker_droop;
    int n_whiskers;
    vib_colour iris, nose_colour;
} vib_face;

typedef struct vib_light {
    double angle, shade; /* where from, how dark the far side */
    double warmth;       /* -1 blue … 1 yellow */
    double gain;         /* exposure */
    double vignette, noise;
} vib_light;

typedef struct vib_scene {
    int width, height; /* pixels */
    double sharpness;  /* 1, or less for a soft picture */
    int quality;       /* of the JPEG */
    vib_species species;
    vib_pose pose;
    vib_coat coat;
    vib_face face;
    int collar;
    vib_colour collar_colour;
    vib_backdrop backdrop;
    vib_colour behind[3];
    vib_light light;
    vib_dice dice; /* for what is left to draw: hairs, leaves, noise */
} vib_scene;

/* Decides everything for one picture of one species. Everything but `face` comes from the same distributions
 * for every species. */
vib_scene vib_scene_choose(uint64_t seed, uint64_t picture, vib_species species);

#endif
