"""What planning reads and what it answers: history in, steps out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """What a step does."""

    RELEASE = "release"
    ANNOUNCE = "announce"
    HOLD = "hold"  # nothing goes out; a person has to decide, or the text has to come
    SKIP = "skip"  # an announcement or a slot that has passed is left out


class Why(StrEnum):
    """Why a step holds or skips."""

    NO_TEXT = "no text"  # the slot is here, the part is not written
    FAULT = "fault"  # the series or the part has an error
    LATE = "late"  # the series' misfire policy says hold
    TOO_LATE = "too late"  # later than max_lateness
    FIRST_START = "first start"  # already past when this site was first run
    OPERATOR = "operator"  # someone said hold
    SLOT_PASSED = "slot passed"  # an announcement whose part is due or out
    SLOT_LEFT_OUT = "slot left out"  # misfire = "skip"
    EARLIER_PART = "earlier part"  # waits for the part before it


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One thing due in a plan; *due* is the UTC instant, *detail* a sentence for the operator."""

    action: Action
    series: str
    number: int
    due: datetime
    why: Why | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """A decision someone has to take: the part (or, with number None, the series) stays where it is."""

    why: Why
    since: datetime
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PartHistory:
    """What has happened to one part.

    *released* and *announced* are publication instants, *slot* the slot the release was planned for;
    *announce_skipped* says its announcement was left out for good.  *not_before* is the floor under its
    slot: the instant its missing text arrived, a slot was skipped, or the operator approved the next slot.
    """

    released: datetime | None = None
    slot: datetime | None = None
    announced: datetime | None = None
    announce_skipped: bool = False
    hold: Hold | None = None
    not_before: datetime | None = None


UNTOUCHED = PartHistory()
"""The history of a part to which nothing has happened yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """What has happened to a series: part number to its history, and a hold on the whole of it.

    *first_run* is when this site first asked for a plan (None: it never has).
    """

    parts: Mapping[int, PartHistory] = field(default_factory=dict)
    hold: Hold | None = None
    first_run: datetime | None = None

    def part(self, number: int) -> PartHistory:
        """The history of one part; empty where nothing has happened yet."""
        return self.parts.get(number, UNTOUCHED)
