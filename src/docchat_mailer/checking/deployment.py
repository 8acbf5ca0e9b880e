"""What may be wrong with the machine a site runs on, from plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.series import Source

SPACE = 500_000_000
"""Bytes that should be free."""

SLACK = timedelta(minutes=5)
"""How far a recorded instant may lie ahead: parts of one second are set a second apart."""

SUPPORTED: dict[tuple[int, int], date] = {
    (3, 11): date(2027, 10, 31),
    (3, 12): date(2028, 10, 31),
    (3, 13): date(2029, 10, 31),
    (3, 14): date(2030, 10, 31),
}
"""When its security fixes end (https://devguide.python.org/versions/); newer ones are fine."""

NETWORKED = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.sshfs"})
"""File systems that other hosts write to as well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment:
    """A site's machine as it was found.

    *journal* is SQLite's mode, empty without a database; *sqlite_safe* says whether *sqlite* may use WAL.
    *latest* is the last instant on record, *key_mode* the permission bits of the key file, *free* bytes on
    its disk, *ghost* the process in the lock file that holds the lock and is not here.
    """

    now: datetime
    unwritable: tuple[str, ...] = ()
    database: str
    refusal: str = ""
    damages: tuple[str, ...] = ()
    journal: str = ""
    sqlite: str
    sqlite_safe: bool = True
    file_system: str = ""
    latest: datetime | None = None
    python: tuple[int, int, int]
    zone: str
    zone_loads: bool = True
    host_zone: str = ""
    key_file: str
    key_mode: int | None = None
    free: int
    lock_file: str
    ghost: int | None = None


def deployment_findings(found: Deployment) -> list[Finding]:
    """Everything that should be changed about the machine."""
    return [*_files(found), *_database(found), *_releases(found), *_time(found)]


def _files(found: Deployment) -> Iterator[Finding]:
    for folder in found.unwritable:
        yield finding("C801", Source(path=folder), "nothing can be written here")
    if found.key_mode is not None and found.key_mode & 0o077:
        where = Source(path=found.key_file)
        yield finding("C811", where, f"the key has mode {found.key_mode:04o}", file=found.key_file)
    if found.free < SPACE:
        yield finding("C812", Source(path=found.database), f"{found.free // 1_000_000} MB are free")
    if found.ghost is not None:
        what = f"process {found.ghost} holds the lock and is not on this machine"
        yield finding("C813", Source(path=found.lock_file), what, file=found.lock_file)


def _database(found: Deployment) -> Iterator[Finding]:
    where = Source(path=found.database)
    if found.refusal:
        yield finding("C802", where, found.refusal)
    for damage in found.damages:
        yield finding("C803", where, damage)
    if found.file_system in NETWORKED:
        yield finding("C806", where, f"it lies on {found.file_system}")
    if found.journal and found.journal.upper() not in {"WAL", "MEMORY"}:
        yield finding("C805", where, f"the journal mode is {found.journal.upper()}")


def _releases(found: Deployment) -> Iterator[Finding]:
    if not found.sqlite_safe:
        yield finding("C804", Source(path=found.database), f"SQLite {found.sqlite} has no fix for WAL resets")
    minor, said = found.python[:2], ".".join(str(number) for number in found.python)
    end = SUPPORTED.get(minor)
    if minor < min(SUPPORTED) or (end is not None and found.now.date() > end):
        until = f" since {end}" if end else ""
        yield finding("C807", Source(path="python"), f"Python {said} gets no security fixes{until}")


def _time(found: Deployment) -> Iterator[Finding]:
    where = Source(path="config.toml")
    if not found.zone_loads:
        yield finding("C808", where, f"the rules of {found.zone} are nowhere")
    if found.host_zone and found.host_zone != found.zone:
        yield finding("C809", where, f"the host is in {found.host_zone}, the site in {found.zone}")
    if found.latest is not None and found.latest - found.now > SLACK:
        what = f"it is {_told(found.now)}, and {_told(found.latest)} is on record"
        yield finding("C810", Source(path=found.database), what)


def _told(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
