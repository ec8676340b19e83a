/* Options as tables: parsing, printing, ranges and help of recipe words and layers come from one list. */
#ifndef VIB_BASE_FIELD_H
#define VIB_BASE_FIELD_H

#include <stddef.h>

#include "base/common.h"
#include "base/str.h"

typedef enum vib_field_type {
    VIB_FIELD_INT,    /* int: 32 */
    VIB_FIELD_REAL,   /* double: 0.001, 1e-3, also a fraction 1/255 */
    VIB_FIELD_SIZE,   /* vib_size, height before width: 64x64; a single number is square */
    VIB_FIELD_CHOICE, /* int, index into choices: resize=nearest */
    VIB_FIELD_FLAG,   /* int, 0 or 1: hflip, hflip=yes, hflip=no */
    VIB_FIELD_RANGE,  /* vib_range_value: 0.8..1.2 */
    VIB_FIELD_ANGLE,  /* double, degrees: 0.2deg */
    VIB_FIELD_COUNT,  /* int, or 0 for the word `all` */
    VIB_FIELD_LIST,   /* vib_list_value: one of choices, or numbers: 1,2.5,1 */
} vib_field_type;

typedef struct vib_size {
    int h, w;
} vib_size;

typedef struct vib_range_value {
    double low, high;
} vib_range_value;

enum { VIB_LIST_MAX = 1024 };
typedef struct vib_list_value {
    int word; /* index into choices, or -1: numbers */
    int n;
    double numbers[VIB_LIST_MAX];
} vib_list_value;

enum {
    VIB_FIELD_POSITIONAL = 1, /* may be given without its name, in the order of the table */
    VIB_FIELD_BARE = 2,       /* a CHOICE whose values stand alone: `same`, `relu` */
    VIB_FIELD_REQUIRED = 4,
    VIB_FIELD_OPTIONAL = 8, /* left out of canonical text while it has its default */
};

/* At most 64, ended by {0}. */
typedef struct vib_field {
    const char *name, *help;
    vib_field_type type;
    unsigned flags;
    size_t offset;              /* into the options struct */
    double min, max;            /* of numbers, both sides of a size or range; equal: any */
    double def, def2;           /* default; def2 = width or upper end */
    const char *const *choices; /* NULL-terminated */
    unsigned only;              /* bit i: for the i-th choice of the table's first field; 0: for all */
    const char *also;           /* names others have for it, apart by spaces: for "did you mean" */
    /* Of a value that was given: whether the others go with it, else VIB_USAGE with the reason in why. */
    int (*check)(const void *options, vib_str *why);
} vib_field;

/* A token with its place, for messages. */
typedef struct vib_token {
    const char *text;
    int line, column; /* from 1 */
} vib_token;

/* Sets every field to its default. */
void vib_fields_default(const vib_field *fields, void *options);

/* Whether the option has its default. */
int vib_field_is_default(const vib_field *field, const void *options);

/*
 * Reads tokens ("3x3", "same", "stride=2") into options, which must hold defaults.
 * On a mistake writes the reason into `why` and the token's index into *at, and returns VIB_USAGE without
 * logging: the caller knows the file. n is returned in *at for a missing required field; one that no longer
 * has its default counts as given, so that tokens may amend options read before.
 */
int vib_fields_parse(const vib_field *fields, void *options, const vib_token *tokens, size_t n, vib_str *why,
                     size_t *at);

/* Appends " 32 3x3 same relu": what vib_fields_parse reads back to the same options. */
void vib_fields_print(const vib_field *fields, const void *options, vib_str *out);

#endif
