"""Findings kept from one check to the next, so that what did not change is not looked at again.

The file is a convenience: lost, damaged or made by another version, it is made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from docchat_mailer.content.body import Body
from docchat_mailer.disk import write_whole
from docchat_mailer.model.finding import Finding

FORM = 1
"""Raised whenever the rules of checking change, so that findings of the old ones are forgotten."""

ABOUT_OTHERS = frozenset({"C202", "C203", "C207", "C208", "C305"})
"""Findings that pass when another file changes: they are looked for again each time."""


class Kept(msgspec.Struct, array_like=True):
    """What is known of one part: what it was made of, what it relied on, what was found.

    *files* are its images with their time and size; *links* the pages it leads to.
    """

    fingerprint: str
    files: list[tuple[str, int, int]]
    links: list[str]
    findings: list[Finding]


class Memory:
    """The findings of earlier checks in *file*; *basis* names everything that all findings depend on."""

    def __init__(self, file: Path, basis: object) -> None:
        self._file, self._basis = file, digest(FORM, basis)
        self._old = self._read()
        self._new: dict[str, Kept] = {}

    def _read(self) -> Mapping[str, Kept]:
        try:
            return _DECODER.decode(self._file.read_bytes())
        except (FileNotFoundError, msgspec.DecodeError):
            return {}

    def recall(self, key: str, made_of: object, pages: Collection[str] = ()) -> Sequence[Finding] | None:
        """What was found about *key* when it was *made_of* the same, else None; *pages* are what there is."""
        kept = self._old.get(key)
        if kept is None or kept.fingerprint != digest(self._basis, made_of):
            return None
        if any(link not in pages for link in kept.links) or any(
            _stat(file[0]) != file for file in kept.files
        ):
            return None
        self._new[key] = kept
        return kept.findings

    def keep(
        self,
        key: str,
        made_of: object,
        findings: Sequence[Finding],
        body: Body | None = None,
        links: Collection[str] = (),
    ) -> None:
        """Remember *findings* about *key*, unless another file could make them pass."""
        if ABOUT_OTHERS.isdisjoint(one.code for one in findings):
            media = [_stat(str(one.source)) for one in body.media] if body else []
            self._new[key] = Kept(
                fingerprint=digest(self._basis, made_of),
                files=[file for file in media if file],
                links=list(links),
                findings=list(findings),
            )

    def save(self) -> None:
        """Write down what this check asked for, if it differs from what was known."""
        if self._new != self._old:
            write_whole(self._file, msgspec.msgpack.encode(self._new))


_DECODER = msgspec.msgpack.Decoder(dict[str, Kept])


def digest(*values: object) -> str:
    """A short digest of plain values."""
    return hashlib.blake2b(repr(values).encode(), digest_size=16).hexdigest()


def _stat(path: str) -> tuple[str, int, int] | None:
    try:
        found = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return path, found.st_mtime_ns, found.st_size
