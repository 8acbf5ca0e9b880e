"""``up``: the worker and the door, in one process tree."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import click

from docchat_mailer.cli.options import with_config
from docchat_mailer.cli.output import say

GRACE = 40.0
"""Seconds that both have to end in: a worker finishes the letters in hand."""

GLANCE = 0.2
"""Seconds between two looks whether one has ended."""


@click.command("up")
@click.option("--port", type=click.IntRange(0, 65535), help="As of `serve`.")
@with_config
def command(config: Path, *, port: int | None) -> None:
    """Publish, mail and answer readers on one machine: `run` and `serve` together, until SIGTERM.

    When one of them ends, the other is ended too, so that whoever watches starts both again.

    \b
    docchat-mailer up
    docchat-mailer up --port 8080
    """
    served = ["serve", *(["--port", str(port)] if port is not None else [])]
    code = _supervise([["run"], served], config)
    if code:
        raise SystemExit(code)


def _supervise(verbs: Sequence[Sequence[str]], config: Path) -> int:
    """Run *verbs* until one of them ends, or we are asked to; the first exit code that is not 0."""
    asked = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    base = [sys.executable, "-m", "docchat_mailer.cli"]
    children = [
        subprocess.Popen([*base, *verb, "--config", str(config)])  # noqa: S603 - our own verbs
        for verb in verbs
    ]
    try:
        while not asked and all(child.poll() is None for child in children):
            time.sleep(GLANCE)
        ended = [verb[0] for verb, child in zip(verbs, children, strict=True) if child.poll() is not None]
        if ended and not asked:
            say(f"{' and '.join(ended)} ended; the rest is ended too")
        return _end(children)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(children: Sequence[subprocess.Popen[bytes]]) -> int:
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + GRACE
    for child in children:
        try:
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return next((code for child in children if (code := child.returncode)), 0)
