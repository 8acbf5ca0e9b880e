"""The server's replies, out of the bytes as they come (RFC 5321 section 4.2), with limits on all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

LINE = 2000
"""Bytes of a line, with its end; RFC 5321 section 4.5.3.1.5 grants 512."""

WHOLE = 64 * 1024
"""Bytes of all lines of a reply."""

SINGLE = re.compile(rb"([2-5][0-9]{2}) ([^\0\r\n]*)\r\n")
"""A reply of one line, as most are."""

SHAPE = re.compile(rb"([2-5][0-9]{2})(?:([ -])([^\0\r]*))?")
"""A code, what tells the last line from the others, and the text; 1yz and 6yz are no replies of SMTP."""


class OutOfStepError(Exception):
    """What the server says cannot be matched with what was asked; the connection is of no use any more."""


class Reply(NamedTuple):
    """One reply: its code, and the text of its lines."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All lines as one text."""
        return "\n".join(self.lines)

    @property
    def positive(self) -> bool:
        """Whether it says yes (RFC 5321 section 4.2.1)."""
        return 200 <= self.code < 300  # noqa: PLR2004 - the first digit is the answer


class ReplyReader:
    """Takes bytes and gives replies; *rest* is what does not make a line yet."""

    def __init__(self) -> None:
        self.rest = b""
        self._lines: list[str] = []
        self._code, self._size = b"", 0

    @property
    def between(self) -> bool:
        """Whether nothing has been read of a next reply."""
        return not self.rest and not self._lines

    def feed(self, data: bytes) -> Iterator[Reply]:
        """The replies that *data* completes.

        Raises OutOfStepError for anything else than a reply, after those before it were given.
        """
        buffer = self.rest + data if self.rest else data
        start = 0
        while not self._lines and (single := SINGLE.match(buffer, start)) and single.end() - start <= LINE:
            self.rest, start = b"", single.end()
            code, text = single.groups()
            yield Reply(int(code), (text.decode("utf-8", "replace"),))
        while (end := buffer.find(b"\n", start)) >= 0:
            line = buffer[start : end + 1]
            self.rest, start = b"", end + 1
            reply = self._line(line)
            if reply is not None:
                yield reply
        self.rest = buffer[start:]
        if len(self.rest) > LINE:
            raise OutOfStepError("a line of a reply has no end")

    def _line(self, line: bytes) -> Reply | None:
        """The reply that ends with *line*, or None where more lines are to come."""
        if len(line) > LINE:
            raise OutOfStepError("a line of a reply is too long")
        found = SHAPE.fullmatch(line, 0, len(line) - 2)
        if found is None or line[-2] != CR:
            raise OutOfStepError(f"this is no reply: {line[:80]!r}")
        code, mark, text = found.groups(b"")
        if self._lines and code != self._code:
            raise OutOfStepError(f"a reply of many lines has two codes, {self._code!r} and {code!r}")
        self._code, self._size = code, self._size + len(line)
        if self._size > WHOLE:
            raise OutOfStepError("a reply is too long")
        self._lines.append(text.decode("utf-8", "replace"))
        if mark == b"-":
            return None
        lines, self._lines, self._size = tuple(self._lines), [], 0
        return Reply(int(code), lines)


CR = 13
