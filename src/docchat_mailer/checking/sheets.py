"""Just enough CSS to judge a letter: declarations, rules, media, and which element a rule means."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STEP = re.compile(r"([a-zA-Z][\w-]*|\*)?((?:\.[\w-]+|#[\w-]+|\[[^\]]*\])*)")
_PIECE = re.compile(r"\.[\w-]+|#[\w-]+|\[[^\]]*\]")
_ATTRIBUTE = re.compile(r"""\[\s*([\w-]+)\s*(?:=\s*["']?([^"'\]]*)["']?\s*)?\]""")


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """One value of a property, lower-cased; *important* as written."""

    value: str
    important: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A rule of a sheet: what it is under (``@media ...`` or nothing), its selectors and declarations."""

    under: str
    selectors: tuple[str, ...]
    declarations: Mapping[str, Declared]


@functools.lru_cache(maxsize=4096)
def declarations(style: str) -> Mapping[str, Declared]:
    """The declarations of a style attribute or a rule's body, by property; the last of a name counts."""
    found = {}
    for piece in _split(style):
        name, colon, value = piece.partition(":")
        if colon:
            bare = value.strip().lower()
            important = bare.endswith("!important")
            found[name.strip().lower()] = Declared(
                value=bare.removesuffix("!important").strip(), important=important
            )
    return found


def _split(style: str) -> list[str]:
    """Cut at semicolons, but not inside brackets, where addresses may hold them."""
    if "(" not in style:
        return style.split(";")
    return re.split(r";(?![^(]*\))", style)


@functools.lru_cache(maxsize=64)
def rules_of(sheet: str) -> tuple[Rule, ...]:
    """The rules of a style sheet in their order; at-rules without braces are no rules."""
    return tuple(_rules(_COMMENT.sub("", sheet), ""))


def _rules(sheet: str, under: str) -> Iterator[Rule]:
    at = 0
    while (brace := sheet.find("{", at)) >= 0:
        head = sheet[at:brace].rpartition(";")[2].strip()
        end = _closing(sheet, brace)
        body = sheet[brace + 1 : end]
        if head.startswith("@"):
            if "{" in body:
                yield from _rules(body, head)
            else:
                yield Rule(under=head, selectors=(), declarations=declarations(body))
        else:
            selectors = tuple(selector.strip() for selector in head.split(","))
            yield Rule(under=under, selectors=selectors, declarations=declarations(body))
        at = end + 1


def _closing(sheet: str, brace: int) -> int:
    """Where the brace at *brace* is closed; the end of the sheet if it never is."""
    depth = 0
    for index in range(brace, len(sheet)):
        depth += {"{": 1, "}": -1}.get(sheet[index], 0)
        if depth == 0:
            return index
    return len(sheet)


class Sheet:
    """Rules with plain selectors (types, classes, ids, attributes, descendants), ready to be asked."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._ranked: dict[str, list[tuple[tuple[int, int], list[_Step], Rule]]] = {}
        for order, rule in enumerate(rules):
            for selector in rule.selectors:
                steps = _steps(selector)
                if steps:
                    rank = (sum(step.weight for step in steps), order)
                    self._ranked.setdefault(steps[-1].key, []).append((rank, steps, rule))

    def __bool__(self) -> bool:
        """Whether there is any rule that can be judged."""
        return bool(self._ranked)

    def meant_for(self, element: etree._Element) -> Mapping[str, Declared]:
        """What the sheet declares for *element*, the heaviest selector and important values winning."""
        keys = [str(element.tag), *(f".{name}" for name in element.get("class", "").split()), ""]
        meant = [
            (rank, rule)
            for key in keys
            for rank, steps, rule in self._ranked.get(key, ())
            if _fits(steps, element)
        ]
        found: dict[str, Declared] = {}
        for _, rule in sorted(meant, key=lambda one: one[0]):
            for name, declared in rule.declarations.items():
                if declared.important or name not in found or not found[name].important:
                    found[name] = declared
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """One compound selector: a type (or empty) and what else the element must have."""

    type: str
    classes: tuple[str, ...]
    ids: tuple[str, ...]
    attributes: tuple[tuple[str, str | None], ...]

    @property
    def weight(self) -> int:
        """Its share of the specificity, as one number."""
        return 10_000 * len(self.ids) + 100 * (len(self.classes) + len(self.attributes)) + bool(self.type)

    @property
    def key(self) -> str:
        """What an element it means certainly has: its first class or its type."""
        return f".{self.classes[0]}" if self.classes else self.type

    def fits(self, element: etree._Element) -> bool:
        """Whether *element* has all of it."""
        if self.type and element.tag != self.type:
            return False
        if any(element.get("id") != name for name in self.ids):
            return False
        named = element.get("class", "").split() if self.classes else ()
        if any(name not in named for name in self.classes):
            return False
        return all(
            element.get(name) is not None and value in (None, element.get(name))
            for name, value in self.attributes
        )


@functools.lru_cache(maxsize=1024)
def _steps(selector: str) -> list[_Step]:
    """The compounds of *selector*, outermost first; empty where it asks for more than can be judged."""
    steps = []
    for word in selector.split():
        found = _STEP.fullmatch(word)
        if found is None:
            return []
        pieces = _PIECE.findall(found[2])
        steps.append(
            _Step(
                type=(found[1] or "").replace("*", "").lower(),
                classes=tuple(piece[1:] for piece in pieces if piece.startswith(".")),
                ids=tuple(piece[1:] for piece in pieces if piece.startswith("#")),
                attributes=tuple(
                    (match[1], match[2]) for piece in pieces if (match := _ATTRIBUTE.fullmatch(piece))
                ),
            )
        )
    return steps


def _fits(steps: Sequence[_Step], element: etree._Element) -> bool:
    if not steps[-1].fits(element):
        return False
    waiting = list(steps[:-1])
    above = element.getparent()
    while waiting and above is not None:
        if waiting[-1].fits(above):
            waiting.pop()
        above = above.getparent()
    return not waiting
