"""One worker a site: a lock on a file, held for the life of the process and freed by its death."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docchat_mailer.errors import BusyError


@contextmanager
def instance_lock(file: Path) -> Iterator[None]:
    """Hold the lock on *file* (``flock(2)``).

    Raises BusyError, naming the holder, where another process has it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise BusyError(
                "another process works on this site",
                why=f"process {holder} holds {file}",
                fix="wait for it, or stop it",
            ) from exc
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)
