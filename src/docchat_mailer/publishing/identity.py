"""The identity file beside the posts: entry ids survive a lost database and a renamed file.

``posts/ids.txt``: a first line ``# authority example.org,2026``, then a line per publication, sorted, with
entry id, kind, part key, page path, the published instant and aliases, separated by tabs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from docchat_mailer.disk import write_whole
from docchat_mailer.errors import ConfigError, PermissionDeniedError
from docchat_mailer.model.instants import utc
from docchat_mailer.model.publication import Kind, Publication
from docchat_mailer.model.series import part_key

HEAD = "# authority "


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """One line: what a publication is called for ever."""

    entry_id: str
    kind: Kind
    series: str
    number: int
    path: str
    published_at: datetime
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Identities:
    """The whole file: the authority new ids are minted under (RFC 4151), and every publication's name."""

    authority: str
    lines: tuple[Identity, ...] = ()


def new_authority(base_url: str, now: datetime) -> str:
    """The authority of a site that starts now: its host and the year."""
    host = urlsplit(base_url).hostname or "localhost"
    return f"{host.encode('idna').decode('ascii').lower()},{utc(now).year}"


def read_identities(file: Path) -> Identities | None:
    """What *file* says, or None where there is none.

    Raises ConfigError with the line that cannot be read.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as exc:
        raise _unreadable(file, 1, "it is not UTF-8") from exc
    if not lines or not lines[0].startswith(HEAD):
        raise _unreadable(file, 1, f"the first line must begin with '{HEAD}'")
    parsed = tuple(_parse(file, number, line) for number, line in enumerate(lines[1:], 2) if line)
    return Identities(authority=lines[0].removeprefix(HEAD).strip(), lines=parsed)


def _parse(file: Path, number: int, line: str) -> Identity:
    try:
        entry_id, kind, key, path, published, *aliases = line.split("\t")
        series, _, part = key.rpartition("/")
        return Identity(
            entry_id=entry_id,
            kind=Kind(kind),
            series=series,
            number=int(part),
            path=path,
            published_at=utc(datetime.fromisoformat(published)),
            aliases=tuple(aliases),
        )
    except ValueError as exc:
        raise _unreadable(file, number, str(exc)) from exc


def _unreadable(file: Path, line: int, why: str) -> ConfigError:
    return ConfigError(
        "the identity file cannot be read",
        where=f"{file.name}:{line}",
        why=why,
        fix="take the file back from version control; entry ids must never change",
    )


def identities_of(authority: str, publications: Iterable[Publication]) -> Identities:
    """The file's content for *publications*, sorted by entry id so that a diff shows what is new."""
    lines = (
        Identity(
            entry_id=p.entry_id,
            kind=p.kind,
            series=p.series,
            number=p.number,
            path=p.path,
            published_at=p.published_at,
            aliases=p.aliases,
        )
        for p in publications
    )
    return Identities(authority=authority, lines=tuple(sorted(lines, key=lambda line: line.entry_id)))


def write_identities(file: Path, spare: Path, identities: Identities) -> Path:
    """Write the file if it changed, to *spare* where the posts are read-only; returns where it stands."""
    content = _text(identities).encode()
    for target in (file, spare):
        if target.is_file() and target.read_bytes() == content:
            return target
    try:
        write_whole(file, content)
    except PermissionDeniedError:
        write_whole(spare, content)
        return spare
    return file


def _text(identities: Identities) -> str:
    lines = [f"{HEAD}{identities.authority}"]
    for line in identities.lines:
        key = part_key(line.series, line.number)
        instant = line.published_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        lines.append("\t".join((line.entry_id, line.kind, key, line.path, instant, *line.aliases)))
    return "\n".join(lines) + "\n"
