#!/usr/bin/env python3
"""Runs command-line tests that are files.

A test is x.sh, run by `sh -eu` in a scratch folder of its own. Beside it, each optional:
  x.sh.exit                        the exit code (default 0); 77 means skipped
  x.sh.stdout.exact, .stderr.exact what is printed, to the byte
  x.sh.stdout.glob,  .stderr.glob  the same with * for anything, newlines included

The script finds: $VIBRISA the program, $PICTURES the tool that draws a data set, $NEAR the one
that makes near-duplicates, $LOOK_AT the one that says of PNG files whether they can be looked at,
$TESTS this folder, $RECIPE a tiny recipe. --set-exact-output rewrites the .exact files that exist
with what was printed.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
KEEP = ("PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "OCL_ICD_VENDORS", "OCL_ICD_FILENAMES", "ASAN_OPTIONS",
        "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "POCL_MAX_PTHREAD_COUNT", "RUSTICL_ENABLE")


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        return None


def matches(glob, text):
    return re.fullmatch(b".*".join(re.escape(part) for part in glob.split(b"*")), text, re.S) is not None


def check(test, stream, text, rewrite):
    """Yields what is wrong with one stream."""
    exact, glob = read(f"{test}.{stream}.exact"), read(f"{test}.{stream}.glob")
    if exact is not None and exact != text:
        if rewrite:
            with open(f"{test}.{stream}.exact", "wb") as f:
                f.write(text)
        else:
            yield f"{stream} is not what {os.path.basename(test)}.{stream}.exact says:\n{exact.decode()}"
    if glob is not None and not matches(glob, text):
        yield f"{stream} does not match {os.path.basename(test)}.{stream}.glob:\n{glob.decode()}"


def run(test, environment, rewrite):
    with tempfile.TemporaryDirectory(prefix="vibrisa-") as scratch:
        environment = dict(environment, HOME=scratch, TMPDIR=scratch)
        done = subprocess.run(["sh", "-eu", test], cwd=scratch, env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=300)
        subprocess.run(["chmod", "-R", "u+rwx", scratch], check=False)
    want = int(read(f"{test}.exit") or 0)
    if done.returncode == 77 and want != 77:
        return None, done
    wrong = [] if done.returncode == want else [f"exit code {done.returncode}, not {want}"]
    wrong += check(test, "stdout", done.stdout, rewrite)
    wrong += check(test, "stderr", done.stderr, rewrite)
    return wrong, done


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--vibrisa", required=True)
    args.add_argument("--pictures", required=True)
    args.add_argument("--near", default="make_near")
    args.add_argument("--look-at", default="look_at")
    args.add_argument("--cache", required=True)
    args.add_argument("--set-exact-output", action="store_true")
    args.add_argument("tests", nargs="*")
    args = args.parse_args()
    environment = {k: os.environ[k] for k in KEEP if k in os.environ}
    environment.update(VIBRISA=os.path.abspath(args.vibrisa), PICTURES=os.path.abspath(args.pictures),
                       NEAR=os.path.abspath(args.near), LOOK_AT=os.path.abspath(args.look_at),
                       TESTS=HERE, RECIPE=os.path.join(HERE, "tiny.recipe"),
                       XDG_CACHE_HOME=os.path.abspath(args.cache), LC_ALL="C.UTF-8")
    tests = args.tests or sorted(os.path.join(HERE, f) for f in os.listdir(HERE) if f.endswith(".sh"))
    failed = skipped = 0
    for test in tests:
        name = os.path.basename(test)[:-3]
        wrong, done = run(os.path.abspath(test), environment, args.set_exact_output)
        if wrong is None:
            skipped += 1
            print(f"skipped {name}: {done.stdout.decode(errors='replace').strip()}")
        elif wrong:
            failed += 1
            print(f"FAILED  {name}: " + "\n".join(wrong))
            print("--- stdout:\n" + done.stdout.decode(errors="replace"))
            print("--- stderr:\n" + done.stderr.decode(errors="replace"))
        else:
            print(f"passed  {name}")
    print(f"{len(tests) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 77 if skipped == len(tests) else 0)


main()
