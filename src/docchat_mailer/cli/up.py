"""``up``: the worker and the door, in one process tree."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from docchat_mailer.cli.options import LOG, with_config
from docchat_mailer.cli.output import say
from docchat_mailer.errors import TemporaryError

GRACE = 40.0
"""Seconds that both have to end in: a worker finishes the letters in hand."""

GLANCE = 0.2
"""Seconds between two looks whether one has ended."""

FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

Child = subprocess.Popen[bytes]


@click.command("up")
@click.option("--port", type=click.IntRange(0, 65535), help="As of `serve`.")
@with_config
def command(config: Path, *, port: int | None) -> None:
    """Publish, mail and answer readers on one machine: `run` and `serve` together, until SIGTERM.

    When one of them ends, the other is ended too, so that whoever watches starts both again; the exit code is
    that of the one that ended.

    \b
    docchat-mailer up
    docchat-mailer up --port 8080
    """
    served = ["serve", *(["--port", str(port)] if port is not None else [])]
    code = supervise([["run"], served], ["--config", str(config), *_log_options()])
    if code:
        raise SystemExit(code)


def _log_options() -> list[str]:
    """What was asked of the log, for both to heed."""
    asked = click.get_current_context().meta[LOG]
    named = [f"--{name}" for name in ("quiet", "verbose") if asked[name]]
    return [*named, *(["--log-format", "json"] if asked["as_json"] else [])]


def supervise(verbs: Sequence[Sequence[str]], options: Sequence[str]) -> int:
    """Run *verbs* until one of them ends, or a signal asks us to; the exit code that tells how it went.

    Each is a process group of its own, so that Ctrl-C of a terminal reaches each once and through us: to a
    worker, a second signal means that it shall not finish the letter in hand.
    """
    base = [sys.executable, "-m", "docchat_mailer.cli"]
    with _asked() as asked:
        children = [
            subprocess.Popen([*base, *verb, *options], process_group=0)  # noqa: S603 - our own verbs
            for verb in verbs
        ]
        while not asked and all(child.poll() is None for child in children):
            time.sleep(GLANCE)
        wished = bool(asked)
        first = next((child.returncode for child in children if child.returncode is not None), None)
        if not wished:
            ended = [verb[0] for verb, child in zip(verbs, children, strict=True) if child.poll() is not None]
            say(f"{' and '.join(ended)} ended; the rest is ended too")
        codes = _end(children, asked)
    return _told(codes) if wished else _told([first or 0, *codes]) or TemporaryError.exit_code


def _told(codes: Sequence[int]) -> int:
    """The first code that is not 0, as a shell tells it; who was ended by SIGTERM did as asked."""
    told = (128 - code if code < 0 else code for code in codes if code != -signal.SIGTERM)
    return next((code for code in told if code), 0)


def _end(children: Sequence[Child], asked: Sequence[int]) -> list[int]:
    """Ask all to end and wait; who does not in time is killed, and at once where we are *asked* again."""
    before = len(asked)
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + GRACE
    while any(child.poll() is None for child in children):
        if len(asked) > before or time.monotonic() > until:
            for child in children:
                child.kill()
        time.sleep(GLANCE)
    return [child.returncode for child in children]


@contextmanager
def _asked() -> Iterator[list[int]]:
    """The signals to end that came."""
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    before = {number: signal.signal(number, note) for number in FORWARDED}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
