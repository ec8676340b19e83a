/**
 * vibrisa: train and run image classifiers on any OpenCL device.
 *
 *   recipe  ─ what to do ─────────────┐
 *   dataset ─ class folders, indexed ─┤→ vib_train → run folder → vib_model_open → evaluate, predict
 *   device  ─ where to run ───────────┘
 *
 * Objects are opaque; parameter structs mean "default" where they are zero; functions return VIB_OK or a
 * negative vib_status and log one line saying what, where and what to do.
 *
 * Threads: each function that does work says which may call it. One that only looks at an object may be
 * called from any, also at once; one that releases it, when no other thread uses it any more.
 */
#ifndef VIBRISA_VIBRISA_H
#define VIBRISA_VIBRISA_H

#include <vibrisa/bench.h>
#include <vibrisa/check.h>
#include <vibrisa/data.h>
#include <vibrisa/device.h>
#include <vibrisa/draw.h>
#include <vibrisa/inside.h>
#include <vibrisa/log.h>
#include <vibrisa/lr_find.h>
#include <vibrisa/model.h>
#include <vibrisa/page.h>
#include <vibrisa/recipe.h>
#include <vibrisa/selftest.h>
#include <vibrisa/show.h>
#include <vibrisa/status.h>
#include <vibrisa/train.h>
#include <vibrisa/tune.h>
#include <vibrisa/version.h>

#endif
