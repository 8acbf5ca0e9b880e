"""The deploy command: what brings ``public/`` to where readers look."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from docchat_mailer.errors import TemporaryError

LIMIT = 600
"""Seconds a deploy may take."""


def deploy(command: Sequence[str], folder: Path) -> None:
    """Run *command* (an argument list, never a shell line) in *folder*.

    Raises TemporaryError with the end of what it said where it fails: nothing is mailed, and the next run
    tries again.
    """
    try:
        ended = subprocess.run(  # noqa: S603 - the operator's own command, without a shell
            list(command), cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise _failed(command, str(exc)) from exc
    if ended.returncode != 0:
        said = (ended.stderr or ended.stdout).strip()[-500:]
        raise _failed(command, said or f"it ended with {ended.returncode}")


def _failed(command: Sequence[str], why: str) -> TemporaryError:
    return TemporaryError(
        f"the deploy command {command[0]!r} failed",
        why=why,
        fix="mend it; pages are written, nothing was mailed, and the next run tries again",
    )
