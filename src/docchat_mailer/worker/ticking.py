"""One tick: publish what is due, fan out what is live, mail what is pending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from docchat_mailer.delivery.cancelling import settle_cancelled
from docchat_mailer.delivery.fan_out import FannedOut, fan_out_due
from docchat_mailer.delivery.report import SendReport, Wire
from docchat_mailer.delivery.sending import send_due
from docchat_mailer.errors import RelayError
from docchat_mailer.publishing.digesting import make_digests
from docchat_mailer.publishing.notices import prepare_notices
from docchat_mailer.publishing.round import RoundReport, publish_due
from docchat_mailer.publishing.telling import tell_hub
from docchat_mailer.worker.crew import Crew
from docchat_mailer.worker.guarding import before_sending, refuse_old


@dataclass(frozen=True, kw_only=True, slots=True)
class TickReport:
    """What one tick did; *failed* is why the mail did not go on."""

    round: RoundReport
    fanned_out: tuple[FannedOut, ...]
    sent: SendReport
    failed: RelayError | None = None


def tick(
    crew: Crew,
    *,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[SendReport], None] | None = None,
    mail: bool = True,
    wire: Wire | None = None,
) -> TickReport:
    """Do everything that is due now; a tick with nothing to do changes nothing.

    With *mail* False nothing is sent: the relay rests.  What relays answer is counted in *wire*.
    """
    refuse_old(crew.press.db, crew.mark)
    done = publish_due(crew.press, crew.clock.now())
    tell_hub(crew.press, crew.clock.now())
    prepare_notices(done.desk, crew.clock.now())
    make_digests(done.desk, crew.clock.now())
    mailing = crew.mailing
    fanned_out = fan_out_due(crew.press.db, crew.clock.now(), canary=mailing.canary, grace=mailing.grace)
    sent = SendReport(wire=wire or Wire())
    failed = _send(crew, sent, stop, progress) if mail else None
    settle_cancelled(crew.press.db, crew.clock.now())
    return TickReport(round=done, fanned_out=tuple(fanned_out), sent=sent, failed=failed)


def _send(
    crew: Crew,
    report: SendReport,
    stop: Callable[[], bool],
    progress: Callable[[SendReport], None] | None,
) -> RelayError | None:
    """Send what is due, counted in *report*; what kept the relay from being used."""
    before_sending(crew.press.db, crew.mark, crew.clock.now())
    sending = send_due(
        crew.press.db,
        crew.courier,
        crew.mailing,
        journal=crew.journal,
        stop=stop,
        progress=progress,
        report=report,
    )
    try:
        asyncio.run(sending)
    except RelayError as exc:
        return exc
    return None
