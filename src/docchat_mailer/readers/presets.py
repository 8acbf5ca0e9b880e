"""What other programs write when they export their readers: how columns are named, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType


class Standing(StrEnum):
    """How somebody stood where a file comes from."""

    ACTIVE = "active"
    LEFT = "left"
    BARRED = "barred"  # mail to them came back, or they complained
    UNCONFIRMED = "unconfirmed"  # they never said yes


Names = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """Columns by field, in lower case; how a state is written; what else tells it.

    *marks* are columns that tell a standing by not being empty, *words* those that tell it by a word of
    theirs, and *files* what a file's name begins with.
    """

    name: str
    columns: Names
    states: Mapping[str, Standing] = field(default_factory=dict)
    marks: Mapping[str, Standing] = field(default_factory=dict)
    files: Mapping[str, Standing] = field(default_factory=dict)

    def mapped(self, columns: Names) -> Preset:
        """The same with these columns in the place of its own."""
        return replace(self, columns={**self.columns, **columns})

    def standing_by_name(self, file_name: str) -> Standing:
        """What a file's name tells of everybody in it; active where it tells nothing."""
        lowered = file_name.lower()
        found = (standing for start, standing in self.files.items() if lowered.startswith(start))
        return next(found, Standing.ACTIVE)


OURS = {
    "active": Standing.ACTIVE,
    "subscribed": Standing.ACTIVE,
    "pending": Standing.UNCONFIRMED,
    "unconfirmed": Standing.UNCONFIRMED,
    "left": Standing.LEFT,
    "unsubscribed": Standing.LEFT,
    "bounced": Standing.BARRED,
    "cleaned": Standing.BARRED,
    "complained": Standing.BARRED,
    "suppressed": Standing.BARRED,
}

PLAIN = Preset(
    name="plain",
    columns={"email": "email", "name": "name", "follows": "follows", "state": "state"},
    states=OURS,
)

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "plain": PLAIN,
        # one file for each state: https://mailchimp.com/help/view-export-contacts/
        "mailchimp": Preset(
            name="mailchimp",
            columns={"email": "email address", "first": "first name", "last": "last name"},
            marks={"unsub_time": Standing.LEFT, "clean_time": Standing.BARRED},
            files={
                "nonsubscribed": Standing.UNCONFIRMED,
                "unsubscribed": Standing.LEFT,
                "cleaned": Standing.BARRED,
            },
        ),
        # who disabled e-mail there keeps an account, and gets none
        "substack": Preset(
            name="substack",
            columns={"email": "email", "name": "name", "state": "email_disabled"},
            states={"false": Standing.ACTIVE, "true": Standing.LEFT},
        ),
        # https://listmonk.app/docs/concepts/: enabled, disabled by an operator, or blocklisted
        "listmonk": Preset(
            name="listmonk",
            columns={"email": "email", "name": "name", "state": "status"},
            states={
                "enabled": Standing.ACTIVE,
                "disabled": Standing.LEFT,
                "blocklisted": Standing.BARRED,
            },
        ),
        # https://kb.mailpoet.com/article/245-what-is-global-status: inactive is about opening, not about will
        "mailpoet": Preset(
            name="mailpoet",
            columns={"email": "email", "first": "first name", "last": "last name", "state": "global status"},
            states={**OURS, "inactive": Standing.ACTIVE},
        ),
    }
)

FIELDS = frozenset({"email", "name", "first", "last", "follows", "state"})

PAIR = re.compile(r"""\s*(\w+)\s*=\s*("[^"]*"|'[^']*'|[^,]*)\s*(?:,|$)""")


def parse_map(text: str) -> Names:
    """Columns by field from ``email=Mail,name="First name"``, in lower case.

    Raises ValueError where a field is none of ours, or something is no pair.
    """
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        pair = PAIR.match(text, at)
        if pair is None:
            raise ValueError(f"{text[at:]!r} is no FIELD=COLUMN")
        known = pair[1].lower()
        if known not in FIELDS:
            raise ValueError(f"{pair[1]!r} is no field; there are {', '.join(sorted(FIELDS))}")
        found[known] = pair[2].strip().strip("\"'").lower()
        at = pair.end()
    return found
