"""Fragments kept for the next feed that holds the same entry: site, series and tag feeds share them."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from docchat_mailer.render.entries import EARLIER
from docchat_mailer.render.views import Entry, FeedFormat

Key = tuple[str, bool, bytes, FeedFormat]
"""Entry id, whether its language differs from the feed's, digest of what it shows, format."""


class FragmentCache:
    """The fragments used last, at most *size* bytes of them."""

    def __init__(self, size: int) -> None:
        self._size, self._held = size, 0
        self._kept: OrderedDict[Key, bytes] = OrderedDict()

    @property
    def held(self) -> int:
        """How many bytes of fragments are kept now."""
        return self._held

    def fetch(self, key: Key, make: Callable[[], bytes]) -> bytes:
        """The fragment kept under *key*, or the one *make* makes, kept from now on."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        made = make()
        self._kept[key] = made
        self._held += len(made)
        while self._held > self._size:
            self._held -= len(self._kept.popitem(last=False)[1])
        return made


def digest(entry: Entry) -> bytes:
    """SHA-256 over all an entry shows; of the parts around it only those that its furniture names."""
    shown = (
        (entry.permalink, entry.kind.value, entry.path, entry.title, entry.summary, entry.language),
        (entry.author, entry.tags, entry.picture, entry.enclosure, entry.published, entry.updated),
        (entry.series, entry.number, entry.earlier[-EARLIER:], entry.next, entry.promises),
    )
    made = hashlib.sha256(repr(shown).encode("utf-8", "backslashreplace"))
    for text in (entry.html, entry.text):
        made.update(b"\0" + text.encode("utf-8", "backslashreplace"))
    return made.digest()
