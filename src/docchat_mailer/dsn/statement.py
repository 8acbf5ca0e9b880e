"""What a report states about a recipient, before anybody judges it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One recipient in a report's own words.

    *action* and *status* are as RFC 3464 section 2.3 has them, empty where nothing says so; *diagnostic* is
    what the refusing server said, *around* what the reporting one added for people.  *source* names the
    format that it was found in.
    """

    recipient: str
    source: str
    original: str = ""
    action: str = ""
    status: str = ""
    diagnostic: str = ""
    around: str = ""
