#!/usr/bin/env python3
"""Writes text files as a C table: embed.py [--kernels] [--plant] TABLE OUT FILE...

--kernels  starts each text with a #line and ends it with an #undef of every macro the file defines, so that
           a file can be compiled many times in one program
--plant    spoils one kernel on purpose (the ties of max-pooling), to prove that selftest notices
"""
import os
import re
import sys

PRELUDE = ("common.cl", "exact.h")
PLANT = ("maxpool2d.cl", "v > best", "v >= best")


def main(args):
    kernels = "--kernels" in args
    plant = "--plant" in args
    table, out, *paths = [a for a in args if not a.startswith("--")]
    arrays, rows, planted = [], [], False
    for path in sorted(paths, key=os.path.basename):
        name = os.path.basename(path)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        if plant and name == PLANT[0]:
            assert PLANT[1] in text, f"{name}: nothing to plant"
            text, planted = text.replace(PLANT[1], PLANT[2]), True
        if kernels:
            text = f'#line 1 "{name}"\n' + text
            if name not in PRELUDE:
                macros = sorted(set(re.findall(r"^\s*#\s*define\s+(\w+)", text, re.M)))
                text += "".join(f"#undef {m}\n" for m in macros)
        data = text.encode() + b"\0"
        ident = re.sub(r"\W", "_", name)
        # A byte above 127 is written so that it fits into a char with a sign and into one without.
        values = [str(b) if b < 128 else f"'\\{b:o}'" for b in data]
        lines = [", ".join(values[i:i + 24]) for i in range(0, len(values), 24)]
        arrays.append(f"static const char {ident}[] = {{\n    " + ",\n    ".join(lines) + "\n};\n")
        rows.append(f'    {{ "{name}", {ident}, {len(data) - 1} }},\n')
    assert planted or not plant
    with open(out, "w", encoding="utf-8") as f:
        f.write('#include "base/embedded.h"\n\n' + "\n".join(arrays))
        f.write(f"\nconst vib_embedded {table}[] = {{\n{''.join(rows)}    {{ NULL, NULL, 0 }},\n}};\n")


main(sys.argv[1:])
