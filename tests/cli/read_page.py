#!/usr/bin/env python3
"""read_page.py FILE LANGUAGE [no-run|no-pictures]: a report, read as a browser would: whole, with everything inside,
what it must say there, headings in order, every picture described, nothing of a name taken for markup."""
import html.parser
import json
import re
import sys

VOID = {"meta", "link", "img", "br", "input", "hr"}
SPANISH = ("How good", "What it confuses", "Copy a command")
ENGLISH = ("¿Qué tan buena", "Qué confunde", "Se copia una orden")


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.refs, self.headings, self.wrong = [], [], [], [], []
        self.scripts, self.text, self.images, self.svgs, self.counts = 0, [], 0, 0, None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        for name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            value = attrs.get(name, "#")
            if not value.startswith(("#", "data:")):
                self.wrong.append(f"<{tag} {name}={value[:60]}>: from elsewhere")
            if value.startswith("#"):
                self.refs.append(value[1:])
        if any(name.startswith("on") for name in attrs):
            self.wrong.append(f"<{tag}> with a handler: {attrs}")
        for name in ("aria-labelledby", "aria-describedby", "for"):
            self.refs += attrs.get(name, "").split()
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "img":
            self.images += 1
            if not attrs.get("alt") or not attrs.get("src", "").startswith("data:image/"):
                self.wrong.append(f"a picture without words, or from elsewhere: {str(attrs)[:80]}")
        if tag == "svg":
            self.svgs += 1
            if attrs.get("role") != "img" or not attrs.get("aria-labelledby"):
                self.wrong.append("a chart without words")
        if tag == "table" and "data-counts" in attrs:
            self.counts = json.loads(attrs["data-counts"])
        self.scripts += tag == "script"
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes what is not open, at {self.getpos()}")

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.text.append(data)


def main(path, language, but=""):
    with open(path, encoding="utf-8") as f:
        source = f.read()
    page = Page()
    page.feed(source)
    page.close()
    wrong, text = page.wrong, re.sub(r"\s+", " ", " ".join(page.text))
    if page.open or not source.startswith("<!DOCTYPE html>") or f'<html lang="{language}">' not in source:
        wrong.append(f"not a whole page in {language}: {page.open}")
    if page.scripts != 1 or "@import" in source or "url(http" in source:
        wrong.append(f"{page.scripts} scripts, or styles from elsewhere")
    wrong += [f"twice: #{i}" for i in set(page.ids) if page.ids.count(i) > 1]
    wrong += [f"leads nowhere: #{i}" for i in page.refs if i and i not in page.ids]
    if page.headings[:1] != [1] or any(b > a + 1 for a, b in zip(page.headings, page.headings[1:])):
        wrong.append(f"headings out of order: {page.headings}")
    wrong += [f"in another language: {words}" for words in (SPANISH if language == "es" else ENGLISH) if words in text]
    wanted = {"good", "layers", "run", "use"}
    wanted |= set() if but == "no-run" else {"curves"}
    wanted |= set() if but == "no-pictures" else {"confusion", "threshold", "errors", "inside", "c11"}
    wrong += [f"missing: #{i}" for i in wanted - set(page.ids)]
    wrong += [f"left out of the page: {name}" for name in ("<img src=x onerror=alert(1)>", "\"&amp;'{{hash}}{answer}")
              if name not in text]
    if but != "no-pictures":
        first, second = page.counts
        assert first["all"] + second["all"] > 0 and len(first["above"]) == len(second["above"]) == 101
        assert all(a >= b for side in page.counts for a, b in zip(side["above"], side["above"][1:]))
        if page.images < 4 or page.svgs < 3:
            wrong.append(f"{page.images} pictures, {page.svgs} charts")
    print("\n".join(wrong[:20]), end="\n" if wrong else "")
    sys.exit(1 if wrong else 0)


main(*sys.argv[1:])
