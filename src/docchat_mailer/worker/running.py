"""The loop of ``run``: ring, look, sleep; a signal ends it after the letter in hand."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import structlog

from docchat_mailer.delivery.recovering import Recovered, recover
from docchat_mailer.errors import BusyError
from docchat_mailer.worker.alarm import AlarmClock, Job
from docchat_mailer.worker.crew import Crew
from docchat_mailer.worker.locking import instance_lock
from docchat_mailer.worker.metering import Meter, metered
from docchat_mailer.worker.pulse import Pulse
from docchat_mailer.worker.resting import Rest
from docchat_mailer.worker.ticking import TickReport, tick
from docchat_mailer.worker.watch import Watch

EVERY = 5
"""Seconds between two ticks."""

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
    """Tick until SIGTERM or SIGINT; a second worker stands by until the first is gone."""
    pulse = Pulse(crew.lock, crew.clock.now)
    with _signals() as stop:
        while not stop.is_set():
            try:
                with instance_lock(crew.lock), metered(crew, pulse) as (meter, ticked):
                    _take_over(crew)
                    _loop(crew, _Told(report, stop, pulse, meter, ticked), every)
            except BusyError as exc:
                log.info("standby", reason=str(exc))
                stop.wait(every)
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


def _loop(crew: Crew, told: _Told, every: int) -> None:
    watch, rest = Watch(crew), Rest()
    stop = _heard(told.stop, told.pulse)

    def look() -> None:
        told.pulse.beat()
        sight, now = watch.sight(), crew.clock.now()
        if not watch.holds(sight, now):
            mail = rest.over(now)
            done = tick(crew, stop=stop, mail=mail, wire=told.meter.wire)
            if done.failed is not None:
                wait = rest.failed(done.failed, now)
                log.warning("relay_rests", seconds=wait.total_seconds(), reason=str(done.failed))
            elif mail:
                rest.worked()
            watch.looked(sight, done.round.desk, now)
            told.report(done)
            told.ticked()

    clock = AlarmClock([Job("tick", every, look)])
    clock.ring_all()
    while not told.stop.wait(clock.idle()):
        clock.look()


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
