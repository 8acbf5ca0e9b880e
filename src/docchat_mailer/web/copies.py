"""Copies of published files in memory, as they are and compressed: the latest used, up to a bound."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

KEPT = 32 * 1024 * 1024
"""Bytes that are kept, compressed or not."""

LEVEL = 6


@dataclass(frozen=True, slots=True)
class Copy:
    """The bytes of a file, perhaps compressed; *sha256* is of what they say, in hex, as a whole file."""

    octets: bytes
    sha256: str


class Copies:
    """What was read lately; a file that was replaced since is read again."""

    def __init__(self, limit: int = KEPT) -> None:
        self._limit, self._size, self._lock = limit, 0, Lock()
        self._kept: OrderedDict[tuple[Path, bool, tuple[int, ...]], Copy] = OrderedDict()

    def of(self, file: Path, *, packed: bool) -> Copy:
        """The bytes of *file*, *packed* by gzip (RFC 1952), without a time in them.

        Raises OSError where it cannot be read.
        """
        with file.open("rb") as opened:
            stat = os.fstat(opened.fileno())
            key = (file, packed, (stat.st_ino, stat.st_mtime_ns, stat.st_size))
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            octets = opened.read()
        digest = hashlib.sha256(octets).hexdigest()
        copy = Copy(gzip.compress(octets, LEVEL, mtime=0) if packed else octets, digest)
        self._keep(key, copy)
        return copy

    def _keep(self, key: tuple[Path, bool, tuple[int, ...]], copy: Copy) -> None:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = copy
                self._size += len(copy.octets)
            while self._size > self._limit:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone.octets)
