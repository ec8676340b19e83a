#!/usr/bin/env python3
"""Every public function, struct and enum has a comment of its own. Functions that can fail have a line for each
parameter, list what they return and say which threads may call them."""
import re
import sys


def parameters(declaration):
    inside = declaration[declaration.index("(") + 1:declaration.rindex(")")]
    return [re.search(r"(\w+)(?:\[\])?$", p.strip())[1] for p in inside.split(",") if p.strip() != "void"]


QUESTIONS = "dataset_set_aside|device_is|device_hints|recipe_keras|show_available"  # they answer; they cannot fail
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
        fails = re.match(rf"VIB_API int vib_(?!{QUESTIONS})", match[0])
        if not fails:
            continue
        described = re.findall(r"@param (\w+)", comment)
        wrong += [f"{place}: what is {p}?" for p in parameters(match[0]) if p not in described]
        if "@return" not in comment:
            wrong.append(f"{place}: what does it return?")
        if "hread-safety" not in comment:
            wrong.append(f"{place}: which threads may call it?")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
