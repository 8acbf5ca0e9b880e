"""The rows of a CSV file one by one, whatever a spreadsheet wrote; a huge line is never held whole."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from docchat_mailer.errors import ContentError

LINE_LIMIT = 64 * 1024
"""Bytes of a row; what is longer is set aside without being held."""

LINES_LIMIT = 50
"""Lines that one row may go over, where a cell in quotes holds breaks; a quote that never ends costs one."""

DELIMITERS = ",;\t"


class Raw(NamedTuple):
    """A row as it stands in the file: the *number* of its first line from 1, and what is wrong, if so."""

    number: int
    text: str
    fault: str = ""


def raw_rows(stream: BinaryIO) -> Iterator[Raw]:
    """The rows of *stream*; empty lines are passed over."""
    reader = _Reader(stream)
    while (row := reader.row()) is not None:
        if row.text.strip() or row.fault:
            yield row


class _Reader:
    """Lines of a stream; some may be put back."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._number = stream, 0
        self._back: deque[Raw] = deque()

    def row(self) -> Raw | None:
        """The next row, which may be of several lines; None at the end."""
        line = self._line()
        if line is None or line.fault or not line.text.count('"') % 2:
            return line
        more: list[Raw] = []
        size = len(line.text)
        while len(more) < LINES_LIMIT and size < LINE_LIMIT and (following := self._line()) is not None:
            more.append(following)
            size += len(following.text)
            if following.text.count('"') % 2:
                return Raw(line.number, line.text + "".join(each.text for each in more))
        self._back.extendleft(reversed(more))
        return line._replace(fault="a quote is never closed")

    def _line(self) -> Raw | None:
        if self._back:
            return self._back.popleft()
        raw = self._stream.readline(LINE_LIMIT)
        if not raw:
            return None
        self._number += 1
        if len(raw) == LINE_LIMIT and not raw.endswith(b"\n"):
            while raw and not raw.endswith(b"\n"):
                raw = self._stream.readline(LINE_LIMIT)
            return Raw(self._number, "", f"the line is longer than {LINE_LIMIT} bytes")
        if self._number == 1 and raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise ContentError(
                "the file is UTF-16", why="only UTF-8 is read", fix="save it as CSV in UTF-8, and import that"
            )
        try:
            text = raw.decode("utf-8-sig" if self._number == 1 else "utf-8")
        except UnicodeDecodeError:
            return Raw(self._number, raw.decode("utf-8", "backslashreplace"), "the line is not UTF-8")
        return Raw(self._number, text, "the line holds a NUL" if "\0" in text else "")


def delimiter_of(header: str) -> str:
    """What stands between the columns of a file with that first line."""
    return max(DELIMITERS, key=header.count)


def cells_of(text: str, delimiter: str) -> list[str]:
    """The cells of a row; raises ValueError where it is no CSV."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration) as exc:
        raise ValueError(f"the line is no CSV ({exc})") from exc
