"""Collect what came back from a mailbox: each message is taken in, and only then seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import structlog

from docchat_mailer.errors import DocChatError
from docchat_mailer.returns.intake import Taken

log = structlog.get_logger("docchat.returns")


class Mail(Protocol):
    """A message in a mailbox."""

    def read(self) -> bytes:
        """Its bytes."""
        ...

    def done(self) -> None:
        """It was taken in."""
        ...


@dataclass(slots=True)
class Collected:
    """What a visit brought: messages, bounces in them, those nobody vouches for, readers barred or gone.

    *unread* is how many were left for the next visit.
    """

    messages: int = 0
    known: int = 0
    bounces: int = 0
    unvouched: int = 0
    barred: int = 0
    senders_faults: int = 0
    left: int = 0
    unread: int = 0

    def __add__(self, other: Collected) -> Collected:
        """Both visits."""
        return Collected(
            messages=self.messages + other.messages,
            known=self.known + other.known,
            bounces=self.bounces + other.bounces,
            unvouched=self.unvouched + other.unvouched,
            barred=self.barred + other.barred,
            senders_faults=self.senders_faults + other.senders_faults,
            left=self.left + other.left,
            unread=self.unread + other.unread,
        )

    def add(self, taken: Taken) -> None:
        """Count one message."""
        self.messages += 1
        self.known += taken.known
        self.bounces += taken.bounces
        self.unvouched += bool(taken.bounces) and not taken.vouched
        self.barred += taken.barred is not None
        self.left += bool(taken.leaves)
        if taken.senders_fault:
            self.senders_faults += 1
            log.warning("a_server_finds_fault_with_us", said=taken.senders_fault)

    def leave(self, why: DocChatError) -> None:
        """Count one that is left for the next visit."""
        self.unread += 1
        log.warning("mail_left_for_later", reason=str(why))


def collect(mails: Iterable[Mail], take: Callable[[bytes], Taken], *, dry_run: bool = False) -> Collected:
    """Take in every message of *mails*; one that was taken in before is only marked as seen.

    One that cannot be read, or not be marked, is left for the next visit, and stops no other.
    """
    collected = Collected()
    for mail in mails:
        try:
            octets = mail.read()
        except DocChatError as exc:
            collected.leave(exc)
            continue
        collected.add(take(octets))
        try:
            if not dry_run:
                mail.done()
        except DocChatError as exc:
            collected.leave(exc)
    return collected
