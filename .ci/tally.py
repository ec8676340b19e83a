#!/usr/bin/env python3
"""Prints a line for each test of a meson testlog.json: pass|fail|skip BUILD/TEST.

A cmocka program that skips some of its tests counts as passed, and each skipped one as BUILD/TEST: NAME.
"""
import json
import re
import sys

VERDICTS = {"OK": "pass", "EXPECTEDFAIL": "pass", "SKIP": "skip"}


def main(build, path):
    try:
        with open(path, encoding="utf-8") as f:
            tests = [json.loads(line) for line in f]
    except FileNotFoundError:
        return  # no test ran: the stage says so
    for test in tests:
        name = f"{build}/{test['name'].split(' / ')[-1]}"
        print(VERDICTS.get(test["result"], "fail"), name)
        if test["result"] == "OK":
            for inner in re.findall(r"^\[  SKIPPED \] (?!\d+ test)(\S+)", test.get("stdout", ""), re.M):
                print("skip", f"{name}: {inner}")


main(*sys.argv[1:])
