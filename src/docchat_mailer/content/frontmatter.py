"""The YAML between two lines of ``---``, read as plain values with the line of every key.

Only scalars, lists and mappings are taken: no tags, no anchors, no double keys.  Dates stay text, so that
the one place that knows the site's zone reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.series import Source

MAX_FRONT_MATTER = 64 * 1024
"""Bytes between the two lines."""

MAX_DEPTH = 8
"""Lists in mappings in lists: no key needs more."""

Where = tuple[str | int, ...]
"""The way to a value: ``("image", "alt")``."""

_FENCE = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_TEXT = frozenset({"tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"})
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """Values by key, the line of every key, and what was wrong; *body_line* is where the text begins."""

    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Where, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    body_line: int = 1


def split(text: str) -> tuple[str, int] | None:
    """The YAML of a post and the line its text begins on, or None where there is no front matter."""
    first, _, rest = text.partition("\n")
    if first.rstrip() != "---":
        return None
    end = _FENCE.search(rest)
    if end is None:
        return None
    matter = rest[: end.start()]
    return matter, matter.count("\n") + 3


def read_front_matter(text: str, source: Source) -> Document:
    """The front matter of a post; all that is wrong with it are findings."""
    parts = split(text)
    if parts is None:
        return Document(findings=(finding("C110", source, "the post has no front matter"),))
    matter, body_line = parts
    if len(matter.encode()) > MAX_FRONT_MATTER:
        what = f"the front matter has {len(matter.encode()):,} bytes"
        return Document(findings=(finding("C112", source, what),), body_line=body_line)
    try:
        refused = _refused_events(matter, source)
        if refused:
            return Document(findings=refused, body_line=body_line)
        node = yaml.compose(matter, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as exc:
        return Document(findings=(_malformed(exc, source),), body_line=body_line)
    return _document(node, source, body_line)


def _line(mark: Any) -> int:
    """The line in the file: marks count from 0, and ``---`` stands before the first."""
    return int(mark.line) + 2


def _refused_events(matter: str, source: Source) -> tuple[Finding, ...]:
    """Anchors, aliases, tags and depth are seen in the stream of events, before anything is built."""
    depth = 0
    found: list[Finding] = []
    for event in yaml.parse(matter, Loader=yaml.CSafeLoader):
        where = Source(path=source.path, line=_line(event.start_mark))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            return (finding("C111", where, "the front matter is nested too deeply"),)
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor:
            found.append(finding("C114", where, f"anchor or alias {anchor!r}"))
        if tag:
            found.append(finding("C115", where, f"the tag {tag!r}"))
    return tuple(found)


def _malformed(exc: yaml.YAMLError, source: Source) -> Finding:
    mark = getattr(exc, "problem_mark", None)
    line = _line(mark) if mark is not None else 1
    problem = getattr(exc, "problem", None) or str(exc).split("\n", maxsplit=1)[0]
    return finding("C111", Source(path=source.path, line=line), f"the front matter is not YAML: {problem}")


def _document(node: yaml.Node | None, source: Source, body_line: int) -> Document:
    if node is None:
        return Document(body_line=body_line)
    if not isinstance(node, yaml.MappingNode):
        what = "the front matter is not a list of keys and values"
        where = Source(path=source.path, line=_line(node.start_mark))
        return Document(findings=(finding("C111", where, what),), body_line=body_line)
    lines: dict[Where, int] = {}
    found: list[Finding] = []
    values = _mapping(node, (), lines, found, source)
    return Document(values=values, lines=lines, findings=tuple(found), body_line=body_line)


def _mapping(
    node: yaml.MappingNode, way: Where, lines: dict[Where, int], found: list[Finding], source: Source
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
        line = _line(key_node.start_mark)
        if not key:
            what = "a key that is not a word"
            found.append(finding("C111", Source(path=source.path, line=line), what))
            continue
        if key in values:
            what = f"the key {key!r} stands here again, after line {lines[*way, key]}"
            found.append(finding("C113", Source(path=source.path, line=line), what))
            continue
        lines[*way, key] = line
        values[key] = _value(value_node, (*way, key), lines, found, source)
    return values


def _value(
    node: yaml.Node, way: Where, lines: dict[Where, int], found: list[Finding], source: Source
) -> object:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, way, lines, found, source)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[*way, index] = _line(item.start_mark)
        return [_value(item, (*way, index), lines, found, source) for index, item in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> object:
    text = str(node.value)
    if node.tag in _TEXT:
        return text
    if node.tag.endswith(":bool"):
        return _WORDS[text.lower()]
    if node.tag.endswith(":null"):
        return None
    if node.tag.endswith(":int") and re.fullmatch(r"[-+]?[0-9]{1,18}", text):
        return int(text)
    return text
