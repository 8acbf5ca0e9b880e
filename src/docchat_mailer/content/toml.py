"""``series.toml`` as plain values with the line of every key, which the parser of the library forgets."""

from __future__ import annotations

import re
import tomllib
from collections import Counter

from docchat_mailer.content.frontmatter import Document, Where
from docchat_mailer.model.codes import finding
from docchat_mailer.model.series import Source

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?")
_KEY = re.compile(r"""^\s*["']?([A-Za-z0-9_.-]+)["']?\s*=""")
_POSITION = re.compile(r"\(at line (\d+), column \d+\)")


def read_toml(text: str, source: Source) -> Document:
    """The keys and values of a TOML text; a text that cannot be read is one finding with its line."""
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as exc:
        place = _POSITION.search(str(exc))
        line = int(place[1]) if place else text.count("\n") + 1
        problem = _POSITION.sub("", str(exc)).strip().replace("\n", " ")[:200]
        where = Source(path=source.path, line=line)
        return Document(findings=(finding("C122", where, f"the file is not TOML: {problem}"),))
    return Document(values=values, lines=_lines(text))


def _lines(text: str) -> dict[Where, int]:
    """Way to line, by looking at headers and keys; the first line of a key counts."""
    lines: dict[Where, int] = {}
    tables: Counter[str] = Counter()
    way: Where = ()
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(line):
            name = header[2]
            way = (name,)
            if header[1] == "[[":
                way = (name, tables[name])
                tables[name] += 1
            lines.setdefault((name,), number)
            lines.setdefault(way, number)
        elif key := _KEY.match(line):
            lines.setdefault((*way, *key[1].split(".")), number)
    return lines
