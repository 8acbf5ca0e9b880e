"""One tick: publish what is due, fan out what is live, mail what is pending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from docchat_mailer.delivery.fan_out import FannedOut, fan_out_due
from docchat_mailer.delivery.report import SendReport
from docchat_mailer.delivery.sending import send_due
from docchat_mailer.publishing.round import RoundReport, publish_due
from docchat_mailer.worker.crew import Crew


@dataclass(frozen=True, kw_only=True, slots=True)
class TickReport:
    """What one tick did."""

    round: RoundReport
    fanned_out: tuple[FannedOut, ...]
    sent: SendReport


def tick(
    crew: Crew,
    *,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[SendReport], None] | None = None,
) -> TickReport:
    """Do everything that is due now; a tick with nothing to do changes nothing."""
    done = publish_due(crew.press, crew.clock.now())
    fanned_out = fan_out_due(crew.press.db, crew.clock.now())
    sent = asyncio.run(
        send_due(
            crew.press.db,
            crew.courier,
            crew.mailing,
            journal=crew.journal,
            stop=stop,
            progress=progress,
        )
    )
    return TickReport(round=done, fanned_out=tuple(fanned_out), sent=sent)
