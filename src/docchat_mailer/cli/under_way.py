"""How far the mailings are, while ``run`` sends them: a bar each on a terminal, a line a minute elsewhere.

It is read from the ledger by a thread of its own, so that whoever sends is not asked and does not wait.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from docchat_mailer.cli.output import draws
from docchat_mailer.cli.watched import bar, told
from docchat_mailer.delivery.progress import Progress, under_way
from docchat_mailer.errors import DocChatError
from docchat_mailer.store.database import Database

DRAW, TELL = 1.0, 60.0
"""Seconds between two looks: for a terminal, and for the log."""

SHARE = 20
"""A look is followed by a rest of so many times its length at least: it counts every row of an edition."""

MOST = 5
"""Mailings shown at once: the newest."""

log = structlog.get_logger("docchat.worker")


@contextmanager
def shown(db: Database, now: Callable[[], datetime], zone: ZoneInfo) -> Iterator[None]:
    """Show how far the mailings are, for as long as the block runs."""
    over = threading.Event()
    looker = _Looker(db, now, over)
    show = _draw if draws() else _tell
    thread = threading.Thread(target=show, args=(looker, zone), name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@dataclass(frozen=True, slots=True)
class _Looker:
    db: Database
    now: Callable[[], datetime]
    over: threading.Event

    def looks(self, every: float) -> Iterator[list[Progress]]:
        """What is under way, every so many seconds until it is over; a look that fails is told of."""
        pause = every
        while not self.over.wait(pause):
            began = time.monotonic()
            try:
                seen = under_way(self.db, self.now(), MOST)
            except DocChatError as exc:
                log.warning("progress_unknown", reason=str(exc))
            else:
                yield seen
            pause = max(every, SHARE * (time.monotonic() - began))


def _tell(looker: _Looker, _zone: ZoneInfo) -> None:
    """A line of the log for each mailing, a minute apart."""
    for seen in looker.looks(TELL):
        for each in seen:
            log.info(
                "mailing",
                edition=each.edition,
                part=each.part,
                kind=str(each.kind),
                done=each.done,
                total=each.total,
                deferred=each.deferred,
                rejected=each.rejected,
                uncertain=each.uncertain,
                rate=round(each.rate, 1),
                ends_at=each.ends_at.strftime("%Y-%m-%dT%H:%M:%SZ") if each.ends_at else None,
            )


def _draw(looker: _Looker, zone: ZoneInfo) -> None:
    """A line and a bar for each mailing, below what is said meanwhile; nothing is left of them at the end."""
    from rich.console import Console, Group  # noqa: PLC0415 - only a terminal needs it
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(stderr=True, no_color="NO_COLOR" in os.environ)
    live: Live | None = None
    for seen in looker.looks(DRAW):
        if seen and live is None:
            live = Live(console=console, auto_refresh=False, transient=True)
            live.start()
            console.show_cursor(True)  # whoever is killed leaves a terminal with one
        if live is not None and seen:
            pieces = ((Text(told(each, looker.now(), zone)), bar(each)) for each in seen)
            live.update(Group(*(piece for pair in pieces for piece in pair)), refresh=True)
        elif live is not None:
            live.stop()
            live = None
    if live is not None:
        live.stop()
