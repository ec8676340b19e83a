#!/usr/bin/env python3
"""pages.py FOLDER: the words of pages/ are the same in every language, with the same {name}s in them, and all are used:
by a page, or by the sources next to which they are made."""
import json
import os
import re
import sys

folder = sys.argv[1]
sources = "".join(open(path, encoding="utf-8").read() for path in sys.argv[2:])
words = {name: json.load(open(os.path.join(folder, name), encoding="utf-8")) for name in ("en.json", "es.json")}
pages = "".join(open(os.path.join(folder, name), encoding="utf-8").read()
                for name in sorted(os.listdir(folder)) if name.endswith(".html"))
english, wrong = words["en.json"], []
for name, other in words.items():
    wrong += [f"{name}: '{key}' is in one language only" for key in english.keys() ^ other.keys()]
    wrong += [f"{name}: '{key}' has other {{names}}" for key in english.keys() & other.keys()
              if sorted(re.findall(r"\{\w*\}", english[key])) != sorted(re.findall(r"\{\w*\}", other[key]))]
    wrong += [f"{name}: '{key}' has markup" for key, text in other.items() if re.search("[<>&]", text)]
same = [key for key in english if english[key] == words["es.json"].get(key)]
wrong += [f"'{key}' is not translated" for key in same if re.sub(r"\{\w*\}", "", english[key]).strip(" :")
          and not key.startswith("time_")]
used = set(re.findall(r"\{\{_(\w+)\}\}", pages))
wrong += [f"no words for {{{{_{key}}}}}" for key in used - english.keys()]
wrong += [f"nobody says '{key}'" for key in english.keys() - used
          if f'"{key}"' not in sources and not key.startswith("stage_")]
if len(used) < 30:
    wrong.append("too few words in the pages: have they another form?")
print("\n".join(wrong) or f"{len(english)} texts")
sys.exit(1 if wrong else 0)
