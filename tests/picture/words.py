#!/usr/bin/env python3
"""words.py WORDS.c SOURCE...: every text the sources pass to vib_say is in the table, with the same
conversions in both languages, and nothing in the table is unused."""
import re
import sys

STRING = r'"(?:[^"\\]|\\.)*"'
STRINGS = rf'{STRING}(?:\s*{STRING})*'


def joined(text):
    return "".join(part[1:-1] for part in re.findall(STRING, text))


def conversions(text):
    return re.findall(r'%(?!%)[-+ #0]*\d*(?:\.\d+)?[a-z]+', text.replace("%%", "").replace("% ", ""))


table = {}
wrong = []
for english, spanish in re.findall(rf'\{{({STRINGS}),\s*({STRINGS})\}}', open(sys.argv[1]).read()):
    english, spanish = joined(english), joined(spanish)
    if english in table:
        wrong.append(f"twice in the table: {english}")
    table[english] = spanish
    if conversions(english) != conversions(spanish):
        wrong.append(f"other conversions: {english} / {spanish}")
used = set()
for path in sys.argv[2:]:
    source = open(path).read()
    used.update(joined(s) for s in re.findall(rf'(?:vib_say\(\w+(?:->\w+)*,\s*|SAY\()({STRINGS})', source))
wrong += [f"not in the table: {text}" for text in sorted(used - table.keys())]
wrong += [f"nobody says: {text}" for text in sorted(table.keys() - used)]
if len(table) < 10 or len(used) < 10:
    wrong.append("too few texts: has the table another form?")
print("\n".join(wrong) or f"{len(table)} texts")
sys.exit(1 if wrong else 0)
