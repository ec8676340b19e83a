#!/usr/bin/env python3
"""What the documents quote is so.

  console   a fenced block marked by a line `<!-- tested -->` or `<!-- tested: SHELL -->` in front of it: SHELL and
            the commands after `$ ` are run, in one scratch folder a document, and must print what stands below
            them, standard error included; `...` stands for anything
  c, meson  a fenced block after a line that ends in `path`: must stand in that file
  links     to files of the project must lead somewhere
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"(?:^(?P<before>[^\n]+)\n)?\n*^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.M | re.S)
COMMAND = re.compile(r"^\$ (?P<command>.*(?:\n> .*)*)\n(?P<output>(?:(?!\$ ).*\n)*)", re.M)


def matches(want, got):
    parts = [re.escape(part) for part in want.split("...")]
    return re.fullmatch(".*".join(parts), got, re.S) is not None


def run(shell, folder, environment):
    done = subprocess.run(["sh", "-c", shell], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    return done.stdout


def check_console(block, setup, folder, environment):
    out = run(setup, folder, environment) if setup else ""
    if out:
        yield f"`{setup}` said: {out}"
    commands = list(COMMAND.finditer(block))
    if not commands:
        yield "a tested block without a command"
    for match in commands:
        got = run(match["command"].replace("\n> ", "\n"), folder, environment)
        if not matches(match["output"], got):
            yield f"`{match['command']}` prints\n{got}not\n{match['output']}"


def check_document(root, path, environment):
    text = open(path, encoding="utf-8").read()
    folder_of = os.path.dirname(path)
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        if not os.path.exists(os.path.join(folder_of, target)):
            yield f"link to {target}, which is not there"
    tested = 0
    with tempfile.TemporaryDirectory(prefix="vibrisa-") as scratch:
        for match in FENCE.finditer(text):
            before, kind, body = match["before"] or "", match["kind"], match["body"]
            mark = re.fullmatch(r"<!-- tested(?:: (.*))? -->", before)
            source = re.search(r"`([^`]+)`:$", before)
            if mark and kind == "console":
                tested += 1
                yield from check_console(body, mark[1], scratch, environment)
            elif source and kind in ("c", "meson"):
                tested += 1
                if body not in open(os.path.join(root, source[1]), encoding="utf-8").read():
                    yield f"{source[1]} does not have\n{body}"
    if tested != len(re.findall(r"^<!-- tested", text, re.M)) + len(re.findall(r"`:\n+```(?:c|meson)$", text, re.M)):
        yield "a marked block was not found: is the mark right in front of it?"
    print(f"{os.path.relpath(path, root)}: {tested} quotations")


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--vibrisa", required=True)
    args.add_argument("--pictures", required=True)
    args.add_argument("--cache", required=True)
    args.add_argument("root")
    args = args.parse_args()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VIBRISA_")}
    environment.update(PATH=os.path.dirname(os.path.abspath(args.vibrisa)) + ":" + os.environ["PATH"],
                       PICTURES=os.path.abspath(args.pictures), XDG_CACHE_HOME=os.path.abspath(args.cache),
                       LC_ALL="C.UTF-8")
    root = os.path.abspath(args.root)
    documents = [os.path.join(root, "docs", f) for f in os.listdir(os.path.join(root, "docs"))]
    documents += [os.path.join(root, f) for f in os.listdir(root)]
    failed = 0
    for path in sorted(d for d in documents if d.endswith(".md")):
        for wrong in check_document(root, path, environment):
            failed += 1
            print(f"{os.path.relpath(path, root)}: {wrong}")
    sys.exit(1 if failed else 0)


main()
