/* Tables as RFC 4180 says, but for the line end, which is a newline alone. */
#ifndef VIBRISA_CLI_CSV_H
#define VIBRISA_CLI_CSV_H

#include <stdio.h>
#include <vibrisa/model.h>

typedef struct csv {
    FILE *file;
    char *path, *temporary; /* NULL: standard output; temporary NULL: written in place */
    int fields;             /* of the row begun */
} csv;

/* A table on standard output. */
csv csv_stdout(void);

/* Begins a file: under a temporary name, unless the path is a pipe or a device. 0, or -1 after one line. */
int csv_open(csv *c, const char *path);

void csv_text(csv *c, const char *text);
/* Enough digits to read a float back; an empty field for NaN. */
void csv_number(csv *c, double x);
void csv_end_row(csv *c);

/* Names of the columns that hold the probability of each class. */
void csv_classes(csv *c, const vib_model *model);

/* Syncs the file and gives it its name; not `keep`: removes it. 0, or -1 after one line. Zeroed is fine. */
int csv_close(csv *c, int keep);

#endif
