"""Metrics of a worker, written whole to a file that a collector on this machine reads.

See https://github.com/prometheus/node_exporter#textfile-collector.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from docchat_mailer import __version__
from docchat_mailer.delivery.measuring import measure
from docchat_mailer.delivery.report import Wire
from docchat_mailer.disk import write_whole
from docchat_mailer.errors import DocChatError
from docchat_mailer.model.measures import Heard
from docchat_mailer.worker.crew import Crew
from docchat_mailer.worker.pulse import Pulse

EVERY = 15.0
"""Seconds between two files; a collector looks about as often."""

SHARE = 50
"""A file is followed by a rest of so many times what it took: every row of the ledger is counted for it."""

log = structlog.get_logger("docchat.worker")


@dataclass(frozen=True, kw_only=True)
class Meter:
    """What a worker measures of itself: *wire* is counted in by every tick."""

    crew: Crew
    pulse: Pulse
    wire: Wire = field(default_factory=Wire)

    def text(self) -> bytes:
        """Everything that is measured, as a collector reads it."""
        from docchat_mailer.metrics.exposition import exposition  # noqa: PLC0415 - only who is asked loads it

        heard = Heard(
            last_tick=self.pulse.last,
            replies=dict(self.wire.replies),
            sending=self.wire.sending,
            commits=self.crew.press.db.commits,
        )
        return exposition(measure(self.crew.press.db, self.crew.clock.now()), heard, version=__version__)

    def write(self, file: Path) -> None:
        """Write the file; one that cannot be written is told of, and stops nothing."""
        try:
            write_whole(file, self.text())
        except DocChatError as exc:
            log.warning("metrics_unwritten", reason=str(exc))


@contextmanager
def metered(crew: Crew, pulse: Pulse) -> Iterator[tuple[Meter, Callable[[], None]]]:
    """While the block runs, write the file of *crew*, where it names one; a last time at the end.

    Gives the meter, and what to call after each tick, so that the file follows at once.
    """
    meter = Meter(crew=crew, pulse=pulse)
    if crew.metrics is None:
        yield meter, lambda: None
        return
    ticked, over = threading.Event(), threading.Event()
    arguments = (meter, crew.metrics, ticked, over)
    thread = threading.Thread(target=_write_on, args=arguments, name="metrics", daemon=True)
    thread.start()
    try:
        yield meter, ticked.set
    finally:
        over.set()
        ticked.set()
        thread.join()
        meter.write(crew.metrics)


def _write_on(meter: Meter, file: Path, ticked: threading.Event, over: threading.Event) -> None:
    """Write when a tick is done, and every so often while one lasts."""
    while True:
        ticked.wait(EVERY)
        ticked.clear()
        if over.is_set():
            return
        began = time.monotonic()
        meter.write(file)
        over.wait(SHARE * (time.monotonic() - began))
