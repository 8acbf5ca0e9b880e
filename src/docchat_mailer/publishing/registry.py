"""The identity file and the database agree, or nothing goes on: ids are minted once and kept for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from docchat_mailer.errors import ConfigError, ContentError
from docchat_mailer.model.publication import Publication
from docchat_mailer.publishing.identity import (
    Identities,
    Identity,
    identities_of,
    new_authority,
    read_identities,
    write_identities,
)
from docchat_mailer.publishing.press import Press
from docchat_mailer.store import meta, publications

AUTHORITY = "authority"
WRITTEN = "identity file written"


def open_registry(
    press: Press, known: Sequence[Publication], now: datetime
) -> tuple[str, tuple[Identity, ...]]:
    """The authority ids are minted under, kept from now on, and what the database has forgotten.

    Raises what :func:`read_registry` raises.
    """
    authority, lost = read_registry(press, known, now)
    with press.db.read() as c:
        kept = meta.get(c, AUTHORITY)
    if kept != authority:
        with press.db.write() as c:
            meta.put(c, AUTHORITY, authority)
    return authority, lost


def read_registry(
    press: Press, known: Sequence[Publication], now: datetime
) -> tuple[str, tuple[Identity, ...]]:
    """The authority ids are minted under, and the publications the file knows and the database does not.

    Raises ConfigError where the two name one publication differently, and ContentError where the file is
    older than the database, as after checking out an older commit of the posts.
    """
    identities = read_identities(press.ids_file) or read_identities(press.spare_ids_file)
    with press.db.read() as c:
        authority = meta.get(c, AUTHORITY)
        written = meta.get(c, WRITTEN)
    if identities is None:
        return authority or new_authority(press.site.base_url, now), ()
    _refuse_changes(identities, known)
    _refuse_older(press, identities, known, written)
    here = {(p.series, p.number, p.kind) for p in known}
    return identities.authority, tuple(line for line in identities.lines if _key(line) not in here)


def mirror(press: Press, authority: str, known: Sequence[Publication]) -> None:
    """Write the identity file again after a publication."""
    identities = identities_of(authority, known)
    file = write_identities(press.ids_file, press.spare_ids_file, identities)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    with press.db.read() as c:
        written = meta.get(c, WRITTEN)
    if written != digest:
        with press.db.write() as c:
            meta.put(c, WRITTEN, digest)


def _key(line: Identity) -> tuple[str, int, str]:
    return (line.series, line.number, line.kind)


def _refuse_changes(identities: Identities, known: Sequence[Publication]) -> None:
    stored = {(p.series, p.number, p.kind): p for p in known}
    for line in identities.lines:
        publication = stored.get((line.series, line.number, line.kind))
        if publication is not None and publication.entry_id != line.entry_id:
            raise ConfigError(
                f"the entry id of {line.series}/{line.number} would change",
                where="ids.txt",
                why=f"the file says {line.entry_id}, the database {publication.entry_id}",
                fix="take the file back from version control: everyone would be sent the part again",
            )


def _refuse_older(
    press: Press, identities: Identities, known: Sequence[Publication], written: str | None
) -> None:
    listed = {line.entry_id for line in identities.lines}
    missing = [p.entry_id for p in known if p.entry_id not in listed]
    if not missing or written is None or not press.ids_file.is_file():
        return
    if hashlib.sha256(press.ids_file.read_bytes()).hexdigest() != written:
        raise ContentError(
            f"{len(missing)} published parts are missing from the identity file",
            where=str(press.ids_file),
            why="the posts look older than what is published; was an older commit checked out?",
            fix="check out the newest posts, or go on with these: docchat-mailer resume --accept-posts",
        )


def mirror_known(press: Press, now: datetime) -> None:
    """Write the identity file anew from the database, under the authority it has."""
    with press.db.read() as c:
        authority = meta.get(c, AUTHORITY)
        known = publications.all_publications(c)
    mirror(press, authority or new_authority(press.site.base_url, now), known)
