"""A look at the machine: folders, key, disk, lock, database, releases and zones; nothing is changed."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from docchat_mailer.checking.deployment import Deployment
from docchat_mailer.errors import DocChatError
from docchat_mailer.store.database import Database, has_begun
from docchat_mailer.store.dialect import journal_mode, shown, sqlite_module
from docchat_mailer.store.latest import latest_instant

MOUNTS = Path("/proc/self/mounts")
LOCALTIME = Path("/etc/localtime")


@dataclass(frozen=True, kw_only=True, slots=True)
class Premises:
    """What to look at: the folders that are written to, and the files that must be sound.

    *url* is the database's; *database* its file, or None in memory and on a server.
    """

    folders: tuple[Path, ...]
    url: str
    database: Path | None
    key_file: Path
    lock_file: Path
    zone: str


def survey(premises: Premises, now: datetime) -> Deployment:
    """The machine as it is at *now*."""
    module = sqlite_module()
    file = premises.database
    refusal, damages, journal, latest = _database(premises.url, file)
    return Deployment(
        now=now,
        unwritable=tuple(str(folder) for folder in premises.folders if not _is_writable(folder)),
        database=str(file or shown(premises.url)),
        refusal=refusal,
        damages=damages,
        journal=journal,
        sqlite=module.sqlite_version,
        sqlite_safe=file is None or journal_mode(module.sqlite_version_info) == "WAL",
        file_system=_file_system(_there(file), _mounts()) if file else "",
        latest=latest,
        python=sys.version_info[:3],
        zone=premises.zone,
        zone_loads=_loads(premises.zone),
        host_zone=_host_zone(LOCALTIME),
        key_file=str(premises.key_file),
        key_mode=_mode(premises.key_file),
        free=shutil.disk_usage(_there(file or premises.key_file)).free,
        lock_file=str(premises.lock_file),
        ghost=_ghost(premises.lock_file),
    )


def _database(url: str, file: Path | None) -> tuple[str, tuple[str, ...], str, datetime | None]:
    """Why it cannot be opened, what is damaged, its journal mode and the last instant on record.

    A database that has not begun is not made, and has none of them.
    """
    try:
        if not (file.exists() if file else has_begun(url)):
            return "", (), "", None
        db = Database.open(url, create=False)
        try:
            damages = tuple(db.check_integrity())
            with db.read() as c:
                return "", damages, db.journal(), latest_instant(c)
        finally:
            db.close()
    except DocChatError as exc:
        return f"{exc.what}: {exc.why}" if exc.why else exc.what, (), "", None


def _there(path: Path) -> Path:
    """*path*, or the nearest folder above it that there is."""
    return next(one for one in (path, *path.parents) if one.exists())


def _is_writable(folder: Path) -> bool:
    """Whether files can be made in *folder*, or it can be made itself."""
    there = _there(folder)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _mode(file: Path) -> int | None:
    return file.stat().st_mode & 0o777 if file.exists() else None


def _mounts() -> list[tuple[str, str]]:
    """Mount points and their file systems; none where the system does not list them so."""
    if not MOUNTS.exists():
        return []
    rows = [line.split() for line in MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()]
    return [(row[1].replace("\\040", " "), row[2]) for row in rows]


def _file_system(path: Path, mounts: Iterable[tuple[str, str]]) -> str:
    """The file system of the deepest mount above *path*; of two at one place the later covers the other."""
    real = path.resolve()
    above = [(point, kind) for point, kind in mounts if real.is_relative_to(point)]
    return max(above, key=lambda row: len(row[0]), default=("", ""))[1] if above else ""


def _loads(zone: str) -> bool:
    try:
        ZoneInfo.no_cache(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _host_zone(localtime: Path) -> str:
    """The host's zone by the link systemd and Debian keep; empty where it cannot be told."""
    if os.environ.get("TZ"):
        return os.environ["TZ"].lstrip(":")
    _, found, name = str(localtime.resolve()).partition("/zoneinfo/")
    return {"Etc/UTC": "UTC", "Universal": "UTC"}.get(name, name) if found else ""


def _ghost(lock: Path) -> int | None:
    """The process named in *lock* where it is held by one that is not on this machine."""
    if not lock.exists():
        return None
    with lock.open("rb") as file:
        said = file.read(32).decode("ascii", "replace").strip()
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            number = int(said) if said.isdigit() else 0
            return None if number and _is_alive(number) else number
    return None


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
