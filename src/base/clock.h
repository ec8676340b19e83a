#ifndef VIB_BASE_CLOCK_H
#define VIB_BASE_CLOCK_H

/* Seconds on a clock that never jumps; only differences mean anything. */
double vib_clock(void);

/* Seconds since 1970, as files have them. */
double vib_clock_date(void);

#endif
