"""The alarm clock: ``schedule`` rings, and the plan and the database say what is due.

It persists nothing and nothing depends on when it rings, so its faults with clock changes cost at most a
late look.  The process lives in UTC before ``schedule`` is imported, because it reads naive local time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

os.environ["TZ"] = "UTC"
if hasattr(time, "tzset"):
    time.tzset()

import schedule

STEP = 2.0
"""Seconds by which wall and monotonic time may differ between two looks before the clock counts as set."""

log = structlog.get_logger("docchat.alarm")


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every *seconds* seconds."""

    name: str
    seconds: int
    run: Callable[[], None]


class AlarmClock:
    """Rings for a table of jobs; a job that raises is logged and rings again, and stops no other."""

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs, self._wall, self._monotonic = jobs, wall, monotonic
        self._scheduler = schedule.Scheduler()
        self._seen = (wall(), monotonic())
        self.failures: dict[str, int] = {}
        self.arm()

    def arm(self) -> None:
        """Set every alarm anew, and ring for each at the next look."""
        self._scheduler.clear()
        for job in self._jobs:
            self._scheduler.every(job.seconds).seconds.do(self._ring, job)

    def ring_all(self) -> None:
        """Do every job now."""
        self._scheduler.run_all(delay_seconds=0)

    def look(self) -> None:
        """Do what is due; if the wall clock was set since the last look, set all alarms anew first."""
        wall, monotonic = self._wall(), self._monotonic()
        stepped = (wall - self._seen[0]) - (monotonic - self._seen[1])
        self._seen = (wall, monotonic)
        if abs(stepped) > STEP:
            log.warning("clock_step", seconds=round(stepped, 1))
            self.arm()
            self.ring_all()
            return
        self._scheduler.run_pending()

    def idle(self) -> float:
        """Seconds until the next alarm, at most the shortest interval and at least a twentieth."""
        waiting = self._scheduler.idle_seconds
        shortest = min(job.seconds for job in self._jobs)
        return shortest if waiting is None else min(max(waiting, 0.05), shortest)

    def _ring(self, job: Job) -> None:
        try:
            job.run()
        except Exception as exc:  # noqa: BLE001 - whatever it is, the other alarms must go on ringing
            self.failures[job.name] = self.failures.get(job.name, 0) + 1
            log.error("job_failed", job=job.name, error=str(exc), kind=type(exc).__name__)  # noqa: TRY400
