"""Features of HTML and CSS in a letter that some mail programs leave out, by the data of Can I email.

Those that the letters rely on knowingly stand in ``data/baseline.csv``, each with its reason.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from docchat_mailer.checking.draft import Draft
from docchat_mailer.checking.sheets import Declared, Rule, declarations
from docchat_mailer.model.finding import Finding

DATA = Path(__file__).parent / "data"

FAMILIES = {
    "gmail": "Gmail",
    "apple_mail": "Apple Mail",
    "outlook": "Outlook",
    "outlook_windows": "Outlook on Windows",
}
"""Columns of the data, and how they are called."""

_FUNCTION = re.compile(r"([a-z-]+)\(")
_UNIT = re.compile(r"(?<![\w#])\d*\.?\d+([a-z]{1,4})\b")
_TEXT = re.compile(r"""url\([^)]*\)|"[^"]*"|'[^']*'""")
_PSEUDO = re.compile(r"(::?)([a-z-]+)")
_QUERY = re.compile(r"\(\s*([a-z-]+)")
_BESIDE = re.compile(r"\[[^\]]*\]|\([^)]*\)")


@functools.cache
def unsupported() -> Mapping[str, tuple[str, ...]]:
    """Feature to the families that leave it out, without the baseline."""
    with (DATA / "baseline.csv").open(encoding="utf-8", newline="") as file:
        known = {row["feature"] for row in csv.DictReader(file)}
    with (DATA / "mail_support.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["feature"]: without
            for row in csv.DictReader(file)
            if (without := tuple(shown for column, shown in FAMILIES.items() if row[column] == "n"))
            and row["feature"] not in known
        }


def support_findings(draft: Draft) -> Iterator[Finding]:
    """One finding for each feature that is new to the baseline and not supported everywhere."""
    table = unsupported()
    for feature in sorted(features(draft) & table.keys()):
        yield draft.finding("C418", f"{_shown(feature)} is left out by {_listed(table[feature])}")


def features(draft: Draft) -> set[str]:
    """Every feature the letter uses, as ``kind:name``."""
    found: set[str] = set()
    for element in draft.elements:
        found.add(f"element:{element.tag}")
        found.update(f"attribute:{name}" for name in element.attrib if isinstance(name, str))
        found |= _inlined(element.get("style", ""))
    for rule in draft.rules:
        found.update(_of_rule(rule))
    return found


@functools.lru_cache(maxsize=4096)
def _inlined(style: str) -> frozenset[str]:
    return frozenset(_of_declarations(declarations(style)))


def _of_rule(rule: Rule) -> Iterator[str]:
    if rule.under:
        name = rule.under.partition(" ")[0].partition("(")[0].lstrip("@")
        yield f"at:{name}"
        yield from (f"media:{query}" for query in _QUERY.findall(rule.under))
    for selector in rule.selectors:
        bare = _BESIDE.sub("", selector)
        yield from (f"selector:{colons}{name}" for colons, name in _PSEUDO.findall(bare))
        yield from (f"selector:{mark}" for mark in ">+~*" if mark in bare)
        if "[" in selector:
            yield "selector:[]"
        if "#" in bare:
            yield "selector:#"
    yield from _of_declarations(rule.declarations)


def _of_declarations(style: Mapping[str, Declared]) -> Iterator[str]:
    for name, declared in style.items():
        yield f"property:{name}"
        yield from (f"value:{name}={word}" for word in re.split(r"[\s,]+", declared.value))
        bare = _TEXT.sub("", declared.value)
        yield from (f"function:{called}" for called in _FUNCTION.findall(bare))
        yield from (f"unit:{unit}" for unit in _UNIT.findall(bare))


def _shown(feature: str) -> str:
    kind, _, name = feature.partition(":")
    forms = {
        "property": f"the property {name}",
        "value": name.replace("=", ": "),
        "function": f"{name}()",
        "unit": f"the unit {name}",
        "at": f"@{name}",
        "media": f"@media ({name})",
        "selector": f"the selector {name}",
        "element": f"the element <{name}>",
        "attribute": f"the attribute {name}",
    }
    return forms[kind]


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
