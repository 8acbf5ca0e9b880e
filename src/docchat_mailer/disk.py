"""Files that are whole or not there: temporary file beside the target, flushed to disk, renamed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from docchat_mailer.errors import CreateError, FileError, PermissionDeniedError
from docchat_mailer.failpoints import failpoint

FEW = 16
"""Up to so many files are flushed one by one; more of them with one ``sync`` of the whole disk."""


def write_whole(target: Path, content: bytes, mode: int = 0o644) -> None:
    """Write *content* to *target* so that a reader sees the old file or the new one, and nothing between.

    Raises PermissionDeniedError or FileError, naming the path; the old file is then untouched.
    """
    write_all([(target, content)], mode)


def write_new(target: Path, content: bytes, mode: int = 0o644) -> None:
    """Write *content* to *target*, whole or not at all, where nothing stands yet.

    Raises CreateError where something does, else as :func:`write_whole`.
    """
    with _blamed(target):
        temporary = _write_beside(target, content, mode, flush=True)
        try:
            # A link, unlike a rename, never takes the place of what is there.
            os.link(temporary, target)
        except FileExistsError as exc:
            fix = "choose another name, or move the old file away"
            raise CreateError(f"{target} is there already", why="it is never overwritten", fix=fix) from exc
        finally:
            temporary.unlink(missing_ok=True)


def write_all(files: Sequence[tuple[Path, bytes]], mode: int = 0o644) -> None:
    """Write each file whole; none is renamed into place before all of them have reached the disk."""
    flush = len(files) <= FEW
    waiting: list[tuple[Path, Path]] = []
    try:
        for target, content in files:
            with _blamed(target):
                waiting.append((_write_beside(target, content, mode, flush=flush), target))
        if not flush:
            os.sync()
        while waiting:
            temporary, target = waiting[-1]
            with _blamed(target):
                failpoint("feed.before_rename")
                temporary.replace(target)
            waiting.pop()
            failpoint("feed.after_rename")
    finally:
        for temporary, _ in waiting:
            temporary.unlink(missing_ok=True)


def is_leftover(name: str) -> bool:
    """Whether a file *name* is that of a temporary file a killed process left behind."""
    return name.startswith(".") and name.endswith(".tmp")


def _write_beside(target: Path, content: bytes, mode: int, *, flush: bool) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if flush:
                os.fsync(file.fileno())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


@contextmanager
def _blamed(target: Path) -> Iterator[None]:
    """Turn an operating system's error into one that names the path and the next step."""
    try:
        yield
    except PermissionError as exc:
        raise PermissionDeniedError(
            f"{target} cannot be written",
            why=str(exc.strerror),
            fix="give this user write access to the folder",
        ) from exc
    except OSError as exc:
        raise FileError(
            f"{target} could not be written",
            why=str(exc.strerror),
            fix="make room or mend the disk, then run again",
        ) from exc
