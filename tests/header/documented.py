#!/usr/bin/env python3
"""Every public function, struct and enum has a comment of its own; functions that can fail list what they return."""
import re
import sys

wrong = []
for path in sys.argv[1:]:
    text = open(path, encoding="utf-8").read()
    for match in re.finditer(r"^(VIB_API [^;{]*;|typedef (?:struct|enum|void) [^;{]*[;{])", text, re.M):
        before = text[:match.start()]
        name = re.search(r"(vib_\w+)\s*(?:\(|;|\{|$)", match[0])[1]
        place = f"{path}:{before.count(chr(10)) + 1}: {name}"
        if not before.endswith("*/\n"):
            wrong.append(f"{place}: no comment")
            continue
        comment = before[before.rindex("/**"):]
        fails = re.match(r"VIB_API int vib_(?!device_is|device_hints|recipe_keras)", match[0])
        if fails and not re.search(r"@return|as vib_\w+", comment):
            wrong.append(f"{place}: what does it return?")
        if fails and "hread-safety" not in comment:
            wrong.append(f"{place}: which threads may call it?")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
