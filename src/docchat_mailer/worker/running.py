"""The loop of ``run``: ring, look, sleep; a signal ends it after the letter in hand."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import structlog

from docchat_mailer.delivery.recovering import Recovered, recover
from docchat_mailer.errors import BusyError, ConflictError, DocChatError, TemporaryError
from docchat_mailer.worker.alarm import AlarmClock, Job
from docchat_mailer.worker.away import Away
from docchat_mailer.worker.crew import Crew
from docchat_mailer.worker.locking import instance_lock
from docchat_mailer.worker.metering import Meter, metered
from docchat_mailer.worker.pulse import Pulse
from docchat_mailer.worker.resting import Rest
from docchat_mailer.worker.ticking import TickReport, tick
from docchat_mailer.worker.watch import Watch

EVERY = 5
"""Seconds between two ticks."""

RETURNS_EVERY = 300
"""Seconds between two visits to the mailboxes that bounces come to."""

FORGETS_EVERY = 24 * 60 * 60
"""Seconds between two looks for people who are kept long enough."""

log = structlog.get_logger("docchat.worker")


def run_once(crew: Crew, report: Callable[[TickReport], None]) -> None:
    """One tick under the instance lock, for cron and timers.

    Raises BusyError where another worker runs, and whatever the tick raises.
    """
    pulse = Pulse(crew.lock, crew.clock.now)
    with instance_lock(crew.lock), _signals() as stop, metered(crew, pulse) as (meter, _):
        _take_over(crew)
        pulse.beat()
        done = tick(crew, stop=_heard(stop, pulse), wire=meter.wire)
        report(done)
        if done.failed is not None:
            raise done.failed


def run(crew: Crew, report: Callable[[TickReport], None], every: int = EVERY) -> None:
    """Tick until SIGTERM or SIGINT; a second worker stands by until the first is gone.

    A database that cannot be reached is waited for.
    """
    pulse, away = Pulse(crew.lock, crew.clock.now), Away()
    with _signals() as stop:
        while not stop.is_set():
            try:
                with instance_lock(crew.lock), metered(crew, pulse) as (meter, ticked):
                    _take_over(crew)
                    _loop(crew, _Told(report, stop, pulse, meter, ticked), away, every)
            except BusyError as exc:
                log.info("standby", reason=str(exc))
                stop.wait(every)
            except TemporaryError as exc:
                stop.wait(_left_alone(crew, away, exc))
    log.info("stopped")


def _take_over(crew: Crew) -> None:
    """Holding the lock proves that whoever was sending is gone: what they left open is settled."""
    found = recover(crew.press.db, crew.journal, crew.clock.now())
    if found != Recovered():
        log.warning("recovered", settled=found.settled, pending_again=found.unsent, uncertain=found.uncertain)


@dataclass(frozen=True, slots=True)
class _Told:
    """Who hears of a loop: of each tick, and of its signs of life; and who ends it."""

    report: Callable[[TickReport], None]
    stop: threading.Event
    pulse: Pulse
    meter: Meter
    ticked: Callable[[], None]


def _heard(stop: threading.Event, pulse: Pulse) -> Callable[[], bool]:
    """Whether to stop; asked before each letter and while one waits, it tells that the worker lives."""

    def asked() -> bool:
        pulse.beat()
        return stop.is_set()

    return asked


def _left_alone(crew: Crew, away: Away, error: TemporaryError) -> float:
    """The database cannot be reached; returns the seconds it is left alone."""
    wait = away.lost(time.monotonic(), crew.mailing.jitter())
    log.warning("database_away", seconds=round(wait, 1), reason=str(error))
    return wait


def _loop(crew: Crew, told: _Told, away: Away, every: int) -> None:
    looking = _Looking(crew, told, away)
    jobs = [Job("tick", every, looking.look)]
    if crew.returns is not None:
        jobs.append(Job("returns", RETURNS_EVERY, _patiently(crew.returns, "returns_not_collected")))
    if crew.forget is not None:
        jobs.append(Job("forget", FORGETS_EVERY, _patiently(crew.forget, "nobody_forgotten")))
    clock = AlarmClock(jobs)
    clock.ring_all()
    while not told.stop.wait(clock.idle()):
        clock.look()


def _patiently(work: Callable[[], None], otherwise: str) -> Callable[[], None]:
    """*work* that is tried again next time where it fails; nothing else waits for it."""

    def visit() -> None:
        try:
            work()
        except DocChatError as exc:
            log.warning(otherwise, reason=str(exc))

    return visit


class _Looking:
    """Each look: whether anything may be due, a tick if so, and patience with whom it depends on."""

    def __init__(self, crew: Crew, told: _Told, away: Away) -> None:
        self._crew, self._told, self._away = crew, told, away
        self._watch, self._rest = Watch(crew), Rest()
        self._stop = _heard(told.stop, told.pulse)

    def look(self) -> None:
        """Look, unless the database is left alone for a while."""
        self._told.pulse.beat()
        if not self._away.over(time.monotonic()):
            return
        try:
            self._look()
        except (BusyError, ConflictError):
            raise
        except TemporaryError as exc:
            _left_alone(self._crew, self._away, exc)
        else:
            if gone := self._away.back(time.monotonic()):
                log.info("database_back", seconds=round(gone, 1))

    def _look(self) -> None:
        sight, now = self._watch.sight(), self._crew.clock.now()
        if self._watch.holds(sight, now):
            return
        mail = self._rest.over(now)
        done = tick(self._crew, stop=self._stop, mail=mail, wire=self._told.meter.wire)
        if done.failed is not None:
            wait = self._rest.failed(done.failed, now)
            log.warning("relay_rests", seconds=wait.total_seconds(), reason=str(done.failed))
        elif mail:
            self._rest.worked()
        self._watch.looked(sight, done.round.desk, now)
        self._told.report(done)
        self._told.ticked()


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """An event that the first SIGTERM or SIGINT sets; the second ends the process at once."""
    stop = threading.Event()

    def asked(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()

    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
