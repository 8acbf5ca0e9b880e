"""What a fault sink is told to do: at which stage, for whom, which time, and what happens then.

A script is a list of rules; the first rule that fits a moment is obeyed, and without one the sink answers as a
good server does.  In a file a script is JSON: ``[{"at": "rcpt", "to": "x@example.org", "reply": "550 5.1.1 no"}]``.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

STAGES = frozenset(
    {
        *("connect", "greeting", "ehlo", "helo", "starttls", "tls", "auth", "mail", "rcpt", "data", "body"),
        *("rset", "noop", "quit", "other", "any"),
    }
)
"""``body`` is the reply to the final dot, ``auth`` each reply of a login, ``any`` every reply of all stages."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """When, and what.

    When: *at* a stage; on the *connection* of that number (from 1); for a recipient (*to*; at ``data`` and
    ``body`` the first one) or a *sender*; at the *nth* time all of that fits; for so many *times* (once where
    *nth* is given, else always).

    What, in this order: the connection reads at *pace* bytes a second from here on (0: never again); at
    ``body``, *after* so many bytes of the message the connection is reset; *delay* seconds pass; with
    *close* ``before`` the connection ends here; *reply* is said (lines parted by newlines), or *raw* bytes
    in its place (Latin-1, unframed), or the first *half* of it, or nothing (*silent*), or a line that does
    not end (*endless*); then *more*, a surplus reply in the same write; with *close* ``after`` the connection
    ends; *hang* stops all reading and writing for ever.  *reset* makes an end a TCP reset.

    A message is taken if its reply begins with 2, also when the connection ends before it is said.
    """

    at: str
    connection: int | None = None
    to: str | None = None
    sender: str | None = None
    nth: int | None = None
    times: int | None = None
    reply: str | None = None
    raw: str | None = None
    more: str | None = None
    delay: float = 0
    close: str = ""
    reset: bool = False
    half: bool = False
    silent: bool = False
    endless: bool = False
    hang: bool = False
    pace: float | None = None
    after: int | None = None

    def __post_init__(self) -> None:
        """Refuse a word that no sink knows."""
        if self.at not in STAGES or self.close not in {"", "before", "after"}:
            raise ValueError(f"no such stage or close: {self}")

    def fits(self, stage: str, connection: int, to: str, sender: str) -> bool:
        """Whether the moment is the rule's, counting aside."""
        return (
            self.at in {stage, "any"}
            and (self.at != "any" or stage not in {"connect", "tls"})
            and self.connection in {None, connection}
            and (self.to is None or self.to.lower() == to.lower())
            and (self.sender is None or self.sender.lower() == sender.lower())
        )

    def due(self, seen: int) -> bool:
        """Whether it is obeyed the *seen*-th time it fits."""
        first = self.nth or 1
        if self.times is None:
            return seen == first if self.nth else True
        return first <= seen < first + self.times


@dataclass
class Script:
    """Rules, how often each fitted (*seen*), and how often it was obeyed (*obeyed*).

    One script may serve several sinks and threads; rules may be added while it runs.
    """

    rules: list[Rule] = field(default_factory=list)
    seen: dict[int, int] = field(default_factory=dict)
    obeyed: dict[int, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, *rules: Rule) -> None:
        """Have more rules, after those there are."""
        with self._lock:
            self.rules.extend(rules)

    def clear(self) -> None:
        """Behave well from now on."""
        with self._lock:
            self.rules, self.seen, self.obeyed = [], {}, {}

    def at(self, stage: str, connection: int, to: str = "", sender: str = "") -> Rule:
        """What to do at this moment; each rule that fits counts it, and the first that is due is obeyed."""
        with self._lock:
            chosen = None
            for number, rule in enumerate(self.rules):
                if not rule.fits(stage, connection, to, sender):
                    continue
                self.seen[number] = self.seen.get(number, 0) + 1
                if chosen is None and rule.due(self.seen[number]):
                    chosen = rule
                    self.obeyed[number] = self.obeyed.get(number, 0) + 1
            return chosen or Rule(at="any")


def script_of(rules: Iterable[Rule] | Script) -> Script:
    """A script of rules, or the script itself."""
    return rules if isinstance(rules, Script) else Script(list(rules))


def read_script(text: str) -> Script:
    """The script of a JSON text, or of the file it names; none for an empty text.

    Raises ValueError and TypeError for what is no rule.
    """
    if not text.strip():
        return Script()
    source = text if text.lstrip().startswith("[") else Path(text).read_text(encoding="utf-8")
    return Script([Rule(**row) for row in json.loads(source)])
