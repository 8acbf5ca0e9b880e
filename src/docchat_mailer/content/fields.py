"""Values taken from a document one by one: each is what it should be, or a finding with its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from docchat_mailer.content.characters import LINE_BREAKING, name_of
from docchat_mailer.content.frontmatter import Document, Where
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.series import Source

MAX_TEXT = 2_000
"""Characters of one value."""


class Fields:
    """The keys of one table, and the findings of all who read from it."""

    def __init__(
        self, document: Document, path: str, found: list[Finding], way: Where = (), values: Any = None
    ) -> None:
        """Read *values* (by default the whole document), which stand at *way* in it."""
        self._document, self._path, self.found, self._way = document, path, found, way
        self.values: dict[str, Any] = document.values if values is None else values

    def source(self, *way: str | int) -> Source:
        """Where the value at *way* stands, or the nearest table around it."""
        full: Where = (*self._way, *way)
        while full and full not in self._document.lines:
            full = full[:-1]
        return Source(path=self._path, line=self._document.lines.get(full, 1))

    def fault(self, code: str, way: str | tuple[str | int, ...], what: str, fix: str = "") -> None:
        """Note a finding at *way*."""
        steps = (way,) if isinstance(way, str) else way
        self.found.append(finding(code, self.source(*steps), what, fix=fix))

    def known(self, keys: Iterable[str]) -> None:
        """Note every key that is not one of *keys*, with the nearest that is."""
        accepted = list(keys)
        for key in self.values:
            if key in accepted:
                continue
            near = difflib.get_close_matches(key, accepted, n=1, cutoff=0.6)
            fix = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(accepted)}"
            self.fault("C116", key, f"unknown key {key!r}", fix)

    def table(self, key: str) -> Fields | None:
        """The table at *key*, or None where it is missing or something else."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.fault("C118", key, f"{key!r} is not a table of keys", f"write keys below {key!r}")
            return None
        return self.below((key,), value)

    def below(self, way: Where, values: dict[str, Any]) -> Fields:
        """Fields over *values*, which stand at *way*."""
        return Fields(self._document, self._path, self.found, (*self._way, *way), values)

    def tables(self, key: str) -> list[Fields]:
        """The tables listed at *key*."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or any(not isinstance(item, dict) for item in value):
            self.fault("C118", key, f"{key!r} is not a list of tables", f"write [[{key}]] or {{...}} items")
            return []
        return [self.below((key, index), item) for index, item in enumerate(value)]

    def text(self, key: str, *, required: bool = False) -> str:
        """One line of text; empty where it is missing or refused."""
        value = self.values.get(key)
        if value is None or (isinstance(value, str) and not value.strip()):
            if required:
                self.fault("C117", key, f"{key!r} is missing or empty", f'add {key}: "..."')
            return ""
        return self._one_line((key,), value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of lines of text; a single one stands for a list of one."""
        value = self.values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            single = self._one_line((key,), value)
            return (single,) if single else ()
        lines = (self._one_line((key, index), item) for index, item in enumerate(value))
        return tuple(dict.fromkeys(line for line in lines if line))

    def _one_line(self, way: tuple[str | int, ...], value: object) -> str:
        name = way[0]
        if not isinstance(value, str):
            self.fault("C118", way, f"{name!r} is {value!r}, not text", f'put quotes around it: "{value}"')
            return ""
        line = value.strip()
        bad = LINE_BREAKING.search(line)
        if bad is not None:
            self.fault("C102", way, f"{name!r} holds {name_of(bad[0])}", "write it on one line, without it")
            return ""
        if len(line) > MAX_TEXT:
            self.fault("C119", way, f"{name!r} has {len(line):,} characters", f"at most {MAX_TEXT:,}")
            return ""
        return line

    def number(self, key: str, least: int = 1, most: int = 9_999) -> int | None:
        """A whole number from *least* to *most*."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.fault("C118", key, f"{key!r} is {value!r}, not a whole number", f"write {key} as a number")
            return None
        if not least <= value <= most:
            self.fault("C119", key, f"{key!r} is {value}", f"write a number from {least} to {most}")
            return None
        return value

    def switch(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.fault("C118", key, f"{key!r} is {value!r}", "write true or false")
            return default
        return value
