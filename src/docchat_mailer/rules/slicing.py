"""How the readers of an edition are cut into batches, a canary first where there is one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil

BATCH = 500
"""Deliveries of a batch: the unit of claiming."""

CANARY_LEAST = 200
"""A canary smaller than this says nothing."""

CANARY_FROM = 2000
"""Candidates below which an edition has no canary."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The readers of one destination, in a fixed order: the first *canary* of them go out ahead."""

    destination: str
    readers: int
    canary: int

    @property
    def canary_batches(self) -> int:
        """Batches of the canary; those of the rest are numbered after them."""
        return ceil(self.canary / BATCH)

    @property
    def batches(self) -> int:
        """Batches in all."""
        return self.canary_batches + ceil((self.readers - self.canary) / BATCH)


def share_of(written: str) -> float:
    """A share as it is written, ``1 %`` or ``2.5 %``; an empty text is none.

    Raises ValueError for anything else, and for more than 100 percent.
    """
    if not written:
        return 0.0
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,3})?)\s*%", written.strip())
    share = float(found.group(1)) / 100 if found else -1.0
    if not 0 <= share <= 1:
        raise ValueError(f"{written!r} is no share: write 1 %")
    return share


def slices(readers: dict[str, int], share: float = 0.0) -> list[Slice]:
    """Slices for *readers*, a count by destination, with a canary of *share* (0 to 1) of all of them.

    The canary takes from each destination in proportion, so that each is heard.

    Raises ValueError for a share outside 0 to 1.
    """
    if not 0 <= share <= 1:
        raise ValueError("a share runs from 0 to 1")
    total = sum(readers.values())
    if not share or total < CANARY_FROM:
        return [Slice(destination, count, 0) for destination, count in sorted(readers.items())]
    part = max(share, CANARY_LEAST / total)
    return [
        Slice(destination, count, min(count, ceil(count * part)))
        for destination, count in sorted(readers.items())
    ]
