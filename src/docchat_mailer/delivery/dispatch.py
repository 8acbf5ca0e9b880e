"""What the batches of one run of sending share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from docchat_mailer.delivery.addressing import Envelope, envelope_for
from docchat_mailer.delivery.ledger_thread import LedgerThread
from docchat_mailer.delivery.pacing import Pacer
from docchat_mailer.delivery.report import SendReport
from docchat_mailer.model.delivery import Sign
from docchat_mailer.model.site import Sender
from docchat_mailer.model.subscriber import Follow
from docchat_mailer.rules.windowing import LARGEST, SECONDS
from docchat_mailer.store.journal import Journal


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailing:
    """How this site mails: what it signs with, who it writes as, and the clock it goes by.

    *key* signs Message-IDs and return paths, and links where *link_key* is empty; *why* says in the reader's
    words why they get a letter, *jitter* gives numbers from -1 to 1 that spread retries, *sign* puts
    signatures before a message.  *connections* letters are under way at once, and *window* rows are open on
    each; *canary* is the share of the readers of a large edition who get it ahead of the others, *grace* the
    time from a publication being live to its fan-out.
    *rate* is letters a second, and *daily_cap* letters a day of UTC, that the relay at *route* may be given;
    None and 0 for no limit.  *resend* says that letters in doubt are sent once more.
    """

    key: bytes
    sender: Sender
    why: Callable[[Follow | None], str]
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    sign: Sign | None = None
    connections: int = 1
    window: int = LARGEST
    canary: float = 0.0
    route: str = ""
    rate: float | None = None
    daily_cap: int = 0
    grace: timedelta = timedelta(0)
    resend: bool = False
    link_key: bytes = b""


@dataclass(kw_only=True)
class Dispatch:
    """The ledger, the journal and the letters of one run; *stop* is asked before each letter.

    *recent* is how many letters the last window had and the seconds they took, and *sound* holds editions
    that were found so.
    """

    mailing: Mailing
    ledger: LedgerThread
    journal: Journal
    stop: Callable[[], bool]
    report: SendReport
    progress: Callable[[SendReport], None] | None = None
    signers: Executor | None = None
    _envelopes: dict[int, asyncio.Future[Envelope]] = field(default_factory=dict)
    sound: set[int] = field(default_factory=set)
    complained: bool = False
    recent: tuple[int, float] = (0, 0.0)

    @cached_property
    def pacer(self) -> Pacer:
        """The turns that every connection takes."""
        mailing = self.mailing
        return Pacer(
            ledger=self.ledger,
            route=mailing.route,
            rate=mailing.rate,
            cap=mailing.daily_cap,
            now=mailing.now,
        )

    async def turn(self) -> float | None:
        """Seconds until the next letter may go, slower where the relay complained; None: not today."""
        if self.complained:
            self.complained = False
            await self.pacer.complained()
        return await self.pacer.turn()

    def largest_window(self) -> int:
        """Rows to open at most: two seconds of work, at the pace of one connection."""
        pace = self.pacer.pace
        if pace is None:
            return self.mailing.window
        return max(1, min(self.mailing.window, int(SECONDS * pace / self.mailing.connections)))

    async def envelope(self, edition: int) -> Envelope:
        """An edition's letter, read once for the run."""
        waiting = self._envelopes.get(edition)
        if waiting is None:
            waiting = self._envelopes[edition] = asyncio.ensure_future(self._envelope(edition))
        return await waiting

    async def _envelope(self, edition: int) -> Envelope:
        mailing = self.mailing
        return await self.ledger.read(
            lambda c: envelope_for(
                c,
                edition,
                key=mailing.key,
                link_key=mailing.link_key,
                sender=mailing.sender,
                why=mailing.why,
                sign=mailing.sign,
            )
        )

    def told(self) -> None:
        """Let whoever watches see how far it is."""
        if self.progress is not None:
            self.progress(self.report)
