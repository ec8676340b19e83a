#ifndef VIB_BASE_CLOCK_H
#define VIB_BASE_CLOCK_H

/* Seconds on a clock that never jumps; only differences mean anything. */
double vib_clock(void);

#endif
