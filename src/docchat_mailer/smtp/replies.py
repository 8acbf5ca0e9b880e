"""What a reply means to us: (code, enhanced code, stage) to an outcome, as a table.

The enhanced status code (RFC 3463) weighs more than the basic one (RFC 5321 section 4.2); what is unknown is
temporary; only "no such mailbox" is this reader's fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from docchat_mailer.model.delivery import Outcome, Verdict

ENHANCED = re.compile(r"\s*#?([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
"""The enhanced code stands first (RFC 2034 section 4); further in it may be part of an address."""


class Stage(StrEnum):
    """Where in the conversation a reply came."""

    GREETING = "greeting"
    HELLO = "hello"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"


UNKNOWN_USER = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
CONFIGURATION = "configuration"
"""The reason where our settings are at fault, and nobody's letter."""

TOO_BIG = frozenset({"5.3.4", "5.2.3"})
SENDER = frozenset({"5.1.7", "5.1.8"})
POLICY_WORDS = re.compile(r"policy|spam|dmarc|blocked|blacklist|reputation", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
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


RULES: tuple[tuple[Callable[[Reply], object], Verdict, str], ...] = (
    (lambda r: 200 <= r.code < 300 and r.stage is Stage.BODY, Verdict.ACCEPTED, ""),
    (lambda r: 200 <= r.code < 400 and r.stage is Stage.BODY, Verdict.UNCERTAIN, "out of step"),
    (lambda r: 200 <= r.code < 400, Verdict.DEFERRED, "out of step"),
    (lambda r: r.code == 421 or r.enhanced.startswith("4.7."), Verdict.DEFERRED, "rate"),
    (lambda r: r.enhanced == "4.2.2", Verdict.DEFERRED, "mailbox full"),
    (lambda r: not r.permanent, Verdict.DEFERRED, "temporary"),
    (lambda r: r.enhanced in UNKNOWN_USER, Verdict.REJECTED, "unknown user"),
    (lambda r: r.enhanced == "5.2.2", Verdict.REJECTED, "mailbox full"),
    (lambda r: r.bare and r.code == 552 and r.stage is Stage.RCPT, Verdict.REJECTED, "mailbox full"),
    (lambda r: r.enhanced in TOO_BIG or (r.bare and r.code == 552), Verdict.REJECTED, "too big"),
    (lambda r: r.enhanced in SENDER or r.code in {530, 534, 535}, Verdict.DEFERRED, CONFIGURATION),
    (lambda r: r.enhanced.startswith("5.7."), Verdict.REJECTED, "policy"),
    (lambda r: POLICY_WORDS.search(r.text), Verdict.REJECTED, "policy"),
    (lambda r: r.code in {500, 501, 502, 503, 504, 555}, Verdict.REJECTED, "protocol"),
    (
        lambda r: r.bare and r.stage is Stage.RCPT and r.code in {550, 551, 553},
        Verdict.REJECTED,
        "unknown user",
    ),
    (lambda _: True, Verdict.REJECTED, "content"),
)
"""What a reply means: the first rule that fits decides, and its reason is stored."""


def judge(code: int, text: str, stage: Stage) -> Outcome:
    """The outcome of a letter whose *stage* was answered with *code* and *text*."""
    found = ENHANCED.match(text)
    reply = Reply(code, found.group(1) if found else "", text, stage)
    verdict, reason = next((verdict, reason) for fits, verdict, reason in RULES if fits(reply))
    return Outcome(verdict=verdict, code=code, enhanced=reply.enhanced, text=text[:200], reason=reason)
