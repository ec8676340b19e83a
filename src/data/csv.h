/* Rows of a CSV file: quoted fields, doubled quotes, line ends of any system (RFC 4180). */
#ifndef VIB_DATA_CSV_H
#define VIB_DATA_CSV_H

#include <stddef.h>

#include "base/common.h"

enum { VIB_CSV_FIELDS = 64 };

typedef struct vib_csv {
    const char *name;            /* for messages */
    char *at, *end;              /* of the text, which is changed; *end is a zero byte */
    char separator;              /* , ; or a tab: the first of them in the first line */
    int line;                    /* of `at`, from 1 */
    int row_line;                /* where the row began */
    size_t n;                    /* fields of the row */
    char *field[VIB_CSV_FIELDS]; /* in the text */
} vib_csv;

/* Begins: passes over a byte order mark, finds the separator. `text` is followed by a zero byte. */
int vib_csv_start(vib_csv *csv, const char *name, char *text, size_t size);
/* The next row that is not empty: 1, 0 at the end, or VIB_BAD_DATA (logged with file and line). */
int vib_csv_next(vib_csv *csv);

#endif
