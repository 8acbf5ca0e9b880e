"""What a reply means to us: (code, enhanced code, text, stage) to an outcome, as a table.

The enhanced status code (RFC 3463) weighs more than the basic one (RFC 5321 section 4.2), and words of policy
weigh more than a code that says the mailbox is not there.  What is unknown is temporary; only "no such
mailbox" is this reader's fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from docchat_mailer.model.delivery import Outcome, Reason, Verdict
from docchat_mailer.rules.printing import printable

ENHANCED = re.compile(r"\s*#?([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
"""The enhanced code stands first (RFC 2034 section 4); further in it may be part of an address."""

WHOLE = 8 * 1024
"""Characters of a reply that are looked at."""

TEXT = 200
"""Characters of a reply that are kept."""


class Stage(StrEnum):
    """Where in the conversation a reply came."""

    GREETING = "greeting"
    HELLO = "hello"
    SECURITY = "starttls"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    RESET = "rset"
    QUIT = "quit"


HARD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
"""No such mailbox, domain or route, or a mailbox that takes nothing any more (RFC 3463 section 3)."""

TOO_BIG = frozenset({"5.3.4", "5.2.3"})
OUR_SENDER = frozenset({"5.1.7", "5.1.8"})
LOGIN = frozenset({530, 534, 535})
"""Log in first, with another mechanism, with the right words (RFC 4954 section 6)."""

SYNTAX = frozenset({500, 501, 502, 503, 504, 555})
"""A command or its parameters were not understood, or came out of turn."""

NO_MAILBOX = frozenset({550, 551, 553})
POLICY_WORDS = re.compile(r"policy|spam|dmarc|blocked|blacklist|reputation", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """A reply with the stage it answers; *enhanced* is empty where the text has no such code."""

    code: int
    enhanced: str
    text: str
    stage: Stage

    @property
    def bare(self) -> bool:
        """Whether only the basic code speaks."""
        return not self.enhanced

    @property
    def permanent(self) -> bool:
        """Whether the same letter would be refused again: the more telling code decides."""
        return (self.enhanced or str(self.code)).startswith("5")

    @property
    def policy(self) -> bool:
        """Whether it speaks of the sender's name and not of the reader."""
        return self.enhanced.startswith("5.7.") or POLICY_WORDS.search(self.text) is not None


RULES: tuple[tuple[Callable[[Said], bool], Verdict, Reason | None], ...] = (
    (lambda r: 200 <= r.code < 300 and r.stage is Stage.BODY, Verdict.ACCEPTED, None),
    (lambda r: 200 <= r.code < 400 and r.stage is Stage.BODY, Verdict.UNCERTAIN, Reason.OUT_OF_STEP),
    (lambda r: 200 <= r.code < 400, Verdict.UNSENT, Reason.OUT_OF_STEP),
    (lambda r: r.code in LOGIN or r.enhanced in OUR_SENDER, Verdict.UNSENT, Reason.CONFIGURATION),
    (lambda r: r.code == 421 or r.enhanced.startswith("4.7."), Verdict.DEFERRED, Reason.RATE),
    (lambda r: r.enhanced == "4.2.2", Verdict.DEFERRED, Reason.MAILBOX_FULL),
    (lambda r: not r.permanent, Verdict.DEFERRED, Reason.TEMPORARY),
    (lambda r: r.enhanced == "5.2.2", Verdict.REJECTED, Reason.MAILBOX_FULL),
    (lambda r: r.bare and r.code == 552 and r.stage is Stage.RCPT, Verdict.REJECTED, Reason.MAILBOX_FULL),
    (lambda r: r.enhanced in TOO_BIG or (r.bare and r.code == 552), Verdict.UNSENT, Reason.TOO_BIG),
    (lambda r: r.policy, Verdict.REJECTED, Reason.POLICY),
    (lambda r: r.enhanced in HARD, Verdict.REJECTED, Reason.UNKNOWN_USER),
    (
        lambda r: r.bare and r.stage is Stage.RCPT and r.code in NO_MAILBOX,
        Verdict.REJECTED,
        Reason.UNKNOWN_USER,
    ),
    (lambda r: r.code in SYNTAX, Verdict.REJECTED, Reason.PROTOCOL),
    (lambda _: True, Verdict.REJECTED, Reason.CONTENT),
)
"""What a reply means: the first rule that fits decides, and its reason is stored.

A refusal for size or for our settings is unsent: the same letter is right once that is mended.
"""


def judge(code: int, text: str, stage: Stage, *, relay: str = "") -> Outcome:
    """The outcome of a letter whose *stage* was answered by *relay* with *code* and *text*."""
    text = printable(text[:WHOLE])
    found = ENHANCED.match(text)
    enhanced = found.group(1) if found else ""
    if 200 <= code < 300 and stage is Stage.BODY:  # the first rule; nearly all replies fit it
        return Outcome(verdict=Verdict.ACCEPTED, code=code, enhanced=enhanced, text=text[:TEXT], relay=relay)
    said = Said(code, enhanced, text, stage)
    verdict, reason = next((verdict, reason) for fits, verdict, reason in RULES if fits(said))
    return Outcome(
        verdict=verdict, code=code, enhanced=said.enhanced, text=text[:TEXT], reason=reason or "", relay=relay
    )
